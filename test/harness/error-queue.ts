/** IP_RECVERR and MSG_ERRQUEUE as verbs of a script, on top of message-calls.ts. */
import { ipText } from "./bytes.js";
import { errnoName } from "./errno.js";
import {
  beginReceiveMessage,
  type Control,
  type Incoming,
  IP_RECVERR,
  IPPROTO_IP,
  type Message,
  MSG_ERRQUEUE,
  receiveMessage,
} from "./message-calls.js";
import type { Stack } from "./stack.js";

/** `ee_origin`. */
export const LOCAL = 1;
export const ICMP = 2;
export const TIMESTAMPING = 4;

/** ICMP errors (type, code) that mean something, with their errno: RFC 792, RFC 1812, and as Linux has it. */
export const MEANINGS = [
  [3, 0, "ENETUNREACH"],
  [3, 1, "EHOSTUNREACH"],
  [3, 2, "ENOPROTOOPT"],
  [3, 3, "ECONNREFUSED"],
  [3, 13, "EHOSTUNREACH"],
  [11, 0, "EHOSTUNREACH"],
  [12, 0, "EPROTO"],
] as const;

/** A sock_extended_err and what is behind it. */
export interface ExtendedError {
  readonly errno: string;
  readonly origin: number;
  readonly type: number;
  readonly code: number;
  readonly info: number;
  readonly data: number;
  /** "" when there is none. */
  readonly offender: string;
}

/** A message from the error queue. */
export interface QueuedMessage extends Message {
  readonly error: ExtendedError;
  /** The control messages before IP_RECVERR. */
  readonly before: readonly Control[];
  readonly payload: Uint8Array;
}

function extended({ data }: Control): ExtendedError {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const word = (at: number): number => view.getUint32(at, true);
  return {
    errno: errnoName(word(0)),
    origin: view.getUint8(4),
    type: view.getUint8(5),
    code: view.getUint8(6),
    info: word(8),
    data: word(12),
    offender: view.getUint16(16, true) === 1 ? ipText(data.slice(20, 24)) : "",
  };
}

export function receiveErrors(stack: Stack, fd: number, on = 1): void {
  stack.setOption(fd, IPPROTO_IP, IP_RECVERR, on);
}

/** The oldest error of `fd`. @throws ErrnoError EAGAIN when there is none */
export function takeError(stack: Stack, fd: number, incoming: Incoming = {}): QueuedMessage {
  const message = receiveMessage(stack, fd, { ...incoming, flags: (incoming.flags ?? 0) | MSG_ERRQUEUE });
  const last = message.control.at(-1);
  if (last === undefined || last.level !== IPPROTO_IP || last.type !== IP_RECVERR)
    throw new Error(`the last control message is ${JSON.stringify(last)}`);
  return { ...message, error: extended(last), before: message.control.slice(0, -1), payload: message.parts[0] };
}

/** Why no error can be taken: "EAGAIN" as a rule. */
export function noError(stack: Stack, fd: number, flags = 0): string {
  return beginReceiveMessage(stack, fd, { flags: MSG_ERRQUEUE | flags }).errno;
}
