/** AF_UNIX as verbs of a script, on top of socket-calls.ts. An abstract name is written with a leading "@". */
import { type Bytes, bytes } from "./bytes.js";
import type { Call } from "./socket-calls.js";
import type { Stack } from "./stack.js";

export const AF_UNIX = 6;
export const SOCK_SEQPACKET = 5;
/** Bytes that an address of a script may have. */
const ROOM = 64;

/** The address of `name` in guest memory: where it is and how long. */
function address(stack: Stack, name: string): [number, number] {
  const path = Buffer.from(name.startsWith("@") ? `\0${name.slice(1)}` : name === "" ? "" : `${name}\0`, "latin1");
  const at = stack.scratch(ROOM);
  stack.memory.store16(at, AF_UNIX);
  stack.memory.write(at + 2, path);
  return [at, path.length + 2];
}

/** The name at guest address `at`. */
function nameAt(stack: Stack, at: number, length: number): string {
  const path = Buffer.from(stack.memory.bytes.slice(at + 2, at + length)).toString("latin1");
  return path.startsWith("\0") ? `@${path.slice(1)}` : path.replace(/\0$/, "");
}

/** @param type SOCK_STREAM and so on, with SOCK_NONBLOCK if wanted */
export function local(stack: Stack, type: number, name?: string): number {
  const fd = stack.socket(AF_UNIX, type);
  if (name !== undefined) bindLocal(stack, fd, name);
  return fd;
}

export function pair(stack: Stack, type: number): [number, number] {
  const out = stack.scratch(8);
  const fds = stack.wait(
    stack.start("socket_pair", [AF_UNIX, type, 0, out], (): [number, number] => [
      stack.memory.load32(out),
      stack.memory.load32(out + 4),
    ]),
  );
  for (const fd of fds) stack.open.add(fd);
  return fds;
}

export function bindLocal(stack: Stack, fd: number, name: string): void {
  stack.wait(stack.start("bind", [fd, ...address(stack, name)], () => undefined));
}

export function beginConnectLocal(stack: Stack, fd: number, name: string): Call<undefined> {
  return stack.start("connect", [fd, ...address(stack, name)], () => undefined);
}

export function connectLocal(stack: Stack, fd: number, name: string): void {
  stack.wait(beginConnectLocal(stack, fd, name));
}

function addressOf(stack: Stack, call: string, fd: number): string {
  const at = stack.scratch(ROOM);
  const length = stack.scratch(4);
  stack.memory.store32(length, ROOM);
  return stack.wait(stack.start(call, [fd, at, length], () => nameAt(stack, at, stack.memory.load32(length))));
}

export function localName(stack: Stack, fd: number): string {
  return addressOf(stack, "local_address", fd);
}

export function peerName(stack: Stack, fd: number): string {
  return addressOf(stack, "peer_address", fd);
}

export function beginSendTo(stack: Stack, fd: number, name: string, data: Bytes, flags = 0): Call<number> {
  const payload = bytes(data);
  const buffer = stack.scratch(payload.length);
  stack.memory.write(buffer, payload);
  const out = stack.scratch(4);
  return stack.start("send_to", [fd, buffer, payload.length, flags, ...address(stack, name), out], () =>
    stack.memory.load32(out),
  );
}

export function sendToLocal(stack: Stack, fd: number, name: string, data: Bytes, flags = 0): number {
  return stack.wait(beginSendTo(stack, fd, name, data, flags));
}

/** A message with the name of its sender; `length` is what the call answered. */
export function receiveFrom(
  stack: Stack,
  fd: number,
  length = 300,
  flags = 0,
): { from: string; text: string; length: number } {
  const buffer = stack.scratch(length);
  const at = stack.scratch(ROOM);
  const out = stack.scratch(8);
  stack.memory.store32(out, ROOM);
  return stack.wait(
    stack.start("recv_from", [fd, buffer, length, flags, at, out, out + 4], () => {
      const count = stack.memory.load32(out + 4);
      return {
        from: nameAt(stack, at, stack.memory.load32(out)),
        text: Buffer.from(stack.memory.bytes.slice(buffer, buffer + Math.min(count, length))).toString("latin1"),
        length: count,
      };
    }),
  );
}
