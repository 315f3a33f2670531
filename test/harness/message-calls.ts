/** sendmsg and recvmsg as verbs of a script, on top of socket-calls.ts: buffers, an address, control messages. */
import { type Bytes, bytes, ipBytes, ipText } from "./bytes.js";
import { AF_INET, type Call } from "./socket-calls.js";
import type { Stack } from "./stack.js";

export const MSG_CTRUNC = 0x08;
export const MSG_EOR = 0x80;
export const IPPROTO_IP = 0;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_PKTINFO = 8;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const MSG_ERRQUEUE = 0x2000;
export const IP_RECVERR = 11;
export const SO_TIMESTAMP = 29;
export const SO_TIMESTAMPNS = 35;
export const SO_TIMESTAMPING = 37;

const MSGHDR_BYTES = 28;
const SOCKADDR_BYTES = 8;
const CMSG_DATA = 16;

/** A control message. */
export interface Control {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

export interface Outgoing {
  /** The buffers; each lies at an address of its own. */
  readonly parts: readonly Bytes[];
  readonly to?: { readonly ip: string; readonly port: number };
  readonly control?: readonly Control[];
  /** Instead of the length of `control`. */
  readonly controlLength?: number;
  readonly flags?: number;
}

export interface Incoming {
  /** Bytes of each buffer; default one of 2,048. */
  readonly sizes?: readonly number[];
  /** Room for control messages; default 256. 0: none. */
  readonly room?: number;
  /** Room for the name; default 8. 0: NULL. */
  readonly nameRoom?: number;
  readonly flags?: number;
}

export interface Message {
  /** What came, buffer by buffer. */
  readonly parts: readonly Uint8Array[];
  /** What the call answered. */
  readonly length: number;
  readonly from: string;
  readonly port: number;
  readonly nameLength: number;
  readonly control: readonly Control[];
  readonly controlLength: number;
  readonly flags: number;
}

/** i32 values, little-endian, as the data of a control message. */
export function words(...values: readonly number[]): Uint8Array {
  const data = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) data.setInt32(i * 4, value, true);
  return new Uint8Array(data.buffer);
}

/** An address as a word of in_pktinfo. */
export function ipWord(ip: string): number {
  return new DataView(Uint8Array.from(ipBytes(ip)).buffer).getInt32(0, true);
}

/** Control messages one behind the other, as CMSG_NXTHDR finds them. */
export function controlBytes(messages: readonly Control[]): Uint8Array {
  const parts = messages.flatMap(({ level, type, data }, i) => {
    const whole = CMSG_DATA + data.length;
    const padding = i + 1 < messages.length ? -whole & 7 : 0;
    return [...words(whole, level, type, 0), ...data, ...new Array<number>(padding).fill(0)];
  });
  return Uint8Array.from(parts);
}

/** A msghdr with its list of buffers (address and length each), no name and no control messages, in guest memory. */
export function messageHeader(stack: Stack, buffers: readonly (readonly [number, number])[]): number {
  const at = stack.scratch(MSGHDR_BYTES);
  const vector = stack.scratch(buffers.length * 8);
  for (const [i, [place, length]] of buffers.entries()) {
    stack.memory.store32(vector + i * 8, place);
    stack.memory.store32(vector + i * 8 + 4, length);
  }
  stack.memory.store32(at + 8, vector);
  stack.memory.store32(at + 12, buffers.length);
  return at;
}

export function beginSendMessage(stack: Stack, fd: number, outgoing: Outgoing): Call<number> {
  const buffers = outgoing.parts.map((part): [number, number] => {
    const data = bytes(part);
    // One byte more, so that not every buffer is aligned.
    const place = stack.scratch(data.length + 1) + (data.length & 1);
    stack.memory.write(place, data);
    return [place, data.length];
  });
  const at = messageHeader(stack, buffers);
  if (outgoing.to !== undefined) {
    const address = stack.scratch(SOCKADDR_BYTES);
    stack.memory.store16(address, AF_INET);
    stack.memory.store16(address + 2, ((outgoing.to.port & 0xff) << 8) | (outgoing.to.port >> 8));
    stack.memory.write(address + 4, ipBytes(outgoing.to.ip));
    stack.memory.store32(at, address);
    stack.memory.store32(at + 4, SOCKADDR_BYTES);
  }
  if (outgoing.control !== undefined) {
    const data = controlBytes(outgoing.control);
    const control = stack.scratch(data.length);
    stack.memory.write(control, data);
    stack.memory.store32(at + 16, control);
    stack.memory.store32(at + 20, outgoing.controlLength ?? data.length);
  }
  const out = stack.scratch(4);
  return stack.start("send_message", [fd, at, outgoing.flags ?? 0, out], () => stack.memory.load32(out));
}

/** @returns bytes sent */
export function sendMessage(stack: Stack, fd: number, outgoing: Outgoing): number {
  return stack.wait(beginSendMessage(stack, fd, outgoing));
}

/** What `length` bytes left in each of the buffers (address and bytes) that they were received into. */
export function partsOf(stack: Stack, buffers: readonly (readonly [number, number])[], length: number): Uint8Array[] {
  let left = length;
  return buffers.map(([place, size]) => {
    const taken = Math.min(size, left);
    left -= taken;
    return stack.memory.bytes.slice(place, place + taken);
  });
}

export function beginReceiveMessage(stack: Stack, fd: number, incoming: Incoming = {}): Call<Message> {
  const sizes = incoming.sizes ?? [2048];
  const buffers = sizes.map((size): [number, number] => [stack.scratch(size), size]);
  const at = messageHeader(stack, buffers);
  const nameRoom = incoming.nameRoom ?? SOCKADDR_BYTES;
  const name = nameRoom > 0 ? stack.scratch(nameRoom) : 0;
  stack.memory.store32(at, name);
  stack.memory.store32(at + 4, nameRoom);
  const room = incoming.room ?? 256;
  const control = room > 0 ? stack.scratch(room) : 0;
  stack.memory.bytes.fill(0xa5, control, control + room);
  stack.memory.store32(at + 16, control);
  stack.memory.store32(at + 20, room);
  stack.memory.store32(at + 24, 0x5a5a);
  const out = stack.scratch(4);
  return stack.start("receive_message", [fd, at, incoming.flags ?? 0, out], () => {
    const length = stack.memory.load32(out);
    const controlLength = stack.memory.load32(at + 20);
    return {
      parts: partsOf(stack, buffers, length),
      length,
      from: name > 0 ? ipText(stack.memory.bytes.slice(name + 4, name + 8)) : "",
      port: name > 0 ? (stack.memory.bytes[name + 2] << 8) | stack.memory.bytes[name + 3] : 0,
      nameLength: stack.memory.load32(at + 4),
      control: readControl(stack, control, controlLength),
      controlLength,
      flags: stack.memory.load32(at + 24),
    };
  });
}

/** Waits, in virtual time, for a message. */
export function receiveMessage(stack: Stack, fd: number, incoming: Incoming = {}): Message {
  return stack.wait(beginReceiveMessage(stack, fd, incoming));
}

function readControl(stack: Stack, place: number, length: number): Control[] {
  const messages: Control[] = [];
  for (let at = 0; at < length; ) {
    const whole = stack.memory.load32(place + at);
    if (whole < CMSG_DATA || at + whole > length) throw new Error(`a control message of ${whole} bytes at ${at}`);
    messages.push({
      level: stack.memory.load32(place + at + 4),
      type: stack.memory.load32(place + at + 8),
      data: stack.memory.bytes.slice(place + at + CMSG_DATA, place + at + whole),
    });
    at += (whole + 7) & ~7;
  }
  return messages;
}
