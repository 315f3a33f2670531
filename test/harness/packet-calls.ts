/** AF_PACKET as verbs of a script, on top of socket-calls.ts. */
import { type Bytes, bytes, macBytes, macText } from "./bytes.js";
import { messageHeader, partsOf } from "./message-calls.js";
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

/** sendmsg of a frame in several buffers; without `to` with no address. `nameLength` instead of the address's own. */
export function beginSendFrameMessage(
  stack: Stack,
  fd: number,
  parts: readonly Bytes[],
  { to, flags = 0, nameLength = LINK_BYTES, control = 0 }: SendFrameOptions = {},
): Call<number> {
  const buffers = parts.map((part): [number, number] => {
    const data = bytes(part);
    // One byte more, so that not every buffer is aligned.
    const place = stack.scratch(data.length + 1) + (data.length & 1);
    stack.memory.write(place, data);
    return [place, data.length];
  });
  const at = messageHeader(stack, buffers);
  if (to !== undefined) {
    stack.memory.store32(at, linkAddress(stack, to));
    stack.memory.store32(at + 4, nameLength);
  }
  if (control > 0) {
    stack.memory.store32(at + 16, stack.scratch(control));
    stack.memory.store32(at + 20, control);
  }
  const out = stack.scratch(4);
  return stack.start("send_message", [fd, at, flags, out], () => stack.memory.load32(out));
}

export interface SendFrameOptions {
  readonly to?: LinkAddress;
  readonly flags?: number;
  readonly nameLength?: number;
  /** Bytes of control messages. */
  readonly control?: number;
}

export interface FrameMessage {
  /** What came, buffer by buffer. */
  readonly parts: readonly Uint8Array[];
  /** What the call answered. */
  readonly length: number;
  readonly from: LinkName;
  readonly nameLength: number;
  readonly controlLength: number;
  readonly flags: number;
}

/** recvmsg of a frame; `nameRoom` 0: NULL. */
export function beginReceiveFrameMessage(
  stack: Stack,
  fd: number,
  { sizes = [2000] as readonly number[], nameRoom = LINK_BYTES, flags = 0 } = {},
): Call<FrameMessage> {
  const buffers = sizes.map((size): [number, number] => [stack.scratch(size), size]);
  const at = messageHeader(stack, buffers);
  // Behind what may be written there is something to be seen, were more written.
  const name = stack.scratch(LINK_BYTES);
  stack.memory.store32(at, nameRoom > 0 ? name : 0);
  stack.memory.store32(at + 4, nameRoom);
  stack.memory.store32(at + 16, stack.scratch(64));
  stack.memory.store32(at + 20, 64);
  stack.memory.store32(at + 24, 0x5a5a);
  const out = stack.scratch(4);
  return stack.start("receive_message", [fd, at, flags, out], () => {
    const length = stack.memory.load32(out);
    return {
      parts: partsOf(stack, buffers, length),
      length,
      from: nameAt(stack, name),
      nameLength: stack.memory.load32(at + 4),
      controlLength: stack.memory.load32(at + 20),
      flags: stack.memory.load32(at + 24),
    };
  });
}
