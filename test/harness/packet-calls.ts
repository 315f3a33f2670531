/** AF_PACKET as verbs of a script, on top of socket-calls.ts. */
import { type Bytes, bytes, macBytes, macText } from "./bytes.js";
import type { Call } from "./socket-calls.js";
import type { Stack } from "./stack.js";

export const AF_PACKET = 3;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const ETH_P_IP = 0x0800;
export const ETH_P_ARP = 0x0806;
export const ETH_P_ALL = 0x0003;
export const ETH_P_802_2 = 0x0004;
export const PACKET_HOST = 0;
export const PACKET_BROADCAST = 1;
export const PACKET_OTHERHOST = 3;
/** Bytes of a sockaddr_ll. */
export const LINK_BYTES = 20;

export interface LinkAddress {
  readonly index?: number;
  readonly protocol?: number;
  readonly mac?: string;
}

/** `value` as it lies in memory in network order. */
function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8);
}

/** A sockaddr_ll in guest memory. */
export function linkAddress(stack: Stack, fields: LinkAddress): number {
  const at = stack.scratch(LINK_BYTES);
  stack.memory.store16(at, AF_PACKET);
  stack.memory.store16(at + 2, swapped(fields.protocol ?? 0));
  stack.memory.store32(at + 4, fields.index ?? 0);
  stack.memory.write(at + 12, macBytes(fields.mac ?? "00:00:00:00:00:00"));
  stack.memory.bytes[at + 11] = 6;
  return at;
}

/** @param type SOCK_RAW or SOCK_DGRAM, with SOCK_NONBLOCK if wanted */
export function packetSocket(stack: Stack, type: number, protocol: number): number {
  return stack.socket(AF_PACKET, type, swapped(protocol));
}

export function bindLink(stack: Stack, fd: number, fields: LinkAddress): void {
  stack.wait(stack.start("bind", [fd, linkAddress(stack, fields), LINK_BYTES], () => undefined));
}

/** What a sockaddr_ll says. */
export interface LinkName {
  readonly protocol: number;
  readonly index: number;
  readonly hardware: number;
  readonly kind: number;
  readonly mac: string;
}

function nameAt(stack: Stack, at: number): LinkName {
  const { memory } = stack;
  return {
    protocol: swapped(memory.load16(at + 2)),
    index: memory.load32(at + 4),
    hardware: memory.load16(at + 8),
    kind: memory.bytes[at + 10] as number,
    mac: macText(memory.bytes.slice(at + 12, at + 18)),
  };
}

export function linkName(stack: Stack, fd: number): LinkName {
  const at = stack.scratch(LINK_BYTES);
  const room = stack.scratch(4);
  stack.memory.store32(room, LINK_BYTES);
  return stack.wait(stack.start("local_address", [fd, at, room], () => nameAt(stack, at)));
}

export interface LinkFrame {
  readonly from: LinkName;
  readonly data: Uint8Array;
  /** What the call answered. */
  readonly length: number;
  /** The address's length. */
  readonly nameLength: number;
}

export function beginReceiveFrame(stack: Stack, fd: number, length = 2000, flags = 0): Call<LinkFrame> {
  const buffer = stack.scratch(length);
  const at = stack.scratch(LINK_BYTES);
  const out = stack.scratch(8);
  stack.memory.store32(out, LINK_BYTES);
  return stack.start("recv_from", [fd, buffer, length, flags, at, out, out + 4], () => {
    const count = stack.memory.load32(out + 4);
    const data = stack.memory.bytes.slice(buffer, buffer + Math.min(count, length));
    return { from: nameAt(stack, at), data, length: count, nameLength: stack.memory.load32(out) };
  });
}

export function receiveFrame(stack: Stack, fd: number, length = 2000, flags = 0): LinkFrame {
  return stack.wait(beginReceiveFrame(stack, fd, length, flags));
}

/** sendto; without `to` with no address. */
export function sendFrame(stack: Stack, fd: number, data: Bytes, to?: LinkAddress, flags = 0): number {
  const payload = bytes(data);
  const buffer = stack.scratch(payload.length);
  stack.memory.write(buffer, payload);
  const out = stack.scratch(4);
  const address = to === undefined ? 0 : linkAddress(stack, to);
  const args = [fd, buffer, payload.length, flags, address, to === undefined ? 0 : LINK_BYTES, out];
  return stack.wait(stack.start("send_to", args, () => stack.memory.load32(out)));
}
