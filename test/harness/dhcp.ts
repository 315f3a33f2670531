/** DHCP messages of a scripted server, and what the client's messages say. */
import { concat } from "./bytes.js";

/** Kinds of message (option 53). */
export const DISCOVER = 1;
export const OFFER = 2;
export const REQUEST = 3;
export const DECLINE = 4;
export const ACK = 5;
export const NAK = 6;

export const CLIENT_PORT = 68;
export const SERVER_PORT = 67;

/** Options in the order in which they are sent: code and bytes. */
export type Options = readonly (readonly [number, readonly number[]])[];

export interface DhcpFields {
  readonly op?: number;
  readonly htype?: number;
  readonly hlen?: number;
  readonly xid: number;
  readonly yiaddr?: string;
  readonly chaddr: string;
  readonly cookie?: readonly number[];
  readonly options: Options;
  /** Raw bytes in place of the options. */
  readonly raw?: Uint8Array;
  /** Bytes of the fields for the server's name and the boot file. */
  readonly sname?: readonly number[];
  readonly file?: readonly number[];
}

/** Four bytes of a dotted address. */
export function quad(address: string): number[] {
  return address.split(".").map(Number);
}

/** Four bytes of a number, network order. */
export function long(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Options as bytes, with the end mark. */
export function optionBytes(options: Options): Uint8Array {
  return Uint8Array.of(...options.flatMap(([code, data]) => [code, data.length, ...data]), 255);
}

/** A message from a server. */
export function dhcpReply(fields: DhcpFields): Uint8Array {
  const fixed = new Uint8Array(240);
  fixed.set([fields.op ?? 2, fields.htype ?? 1, fields.hlen ?? 6, 0, ...long(fields.xid)]);
  fixed.set(quad(fields.yiaddr ?? "0.0.0.0"), 16);
  fixed.set(
    fields.chaddr.split(":").map((part) => Number.parseInt(part, 16)),
    28,
  );
  fixed.set(fields.sname ?? [], 44);
  fixed.set(fields.file ?? [], 108);
  fixed.set(fields.cookie ?? [99, 130, 83, 99], 236);
  return concat(fixed, fields.raw ?? optionBytes(fields.options));
}

/** What a client's message says. */
export interface DhcpRequest {
  readonly xid: number;
  readonly secs: number;
  readonly broadcast: boolean;
  readonly ciaddr: string;
  readonly chaddr: string;
  /** Codes in the order in which they came. */
  readonly order: readonly number[];
  readonly options: ReadonlyMap<number, Uint8Array>;
  readonly kind: number;
  /** Option 50 and option 54, "" = none. */
  readonly requested: string;
  readonly server: string;
}

/** Reads a client's message. @throws Error when it is none */
export function parseDhcp(payload: Uint8Array): DhcpRequest {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < 300) throw new Error(`a message of ${payload.length} bytes`);
  if (view.getUint32(0) !== 0x01010600) throw new Error("not a request over Ethernet");
  if (view.getUint32(236) !== 0x63825363) throw new Error("no magic cookie");
  const options = new Map<number, Uint8Array>();
  let at = 240;
  while (payload[at] !== 255) {
    if (at >= payload.length) throw new Error("the options have no end");
    options.set(payload[at], payload.slice(at + 2, at + 2 + payload[at + 1]));
    at += 2 + payload[at + 1];
  }
  const address = (code: number): string => [...(options.get(code) ?? [])].join(".");
  return {
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    broadcast: view.getUint16(10) === 0x8000,
    ciaddr: payload.slice(12, 16).join("."),
    chaddr: [...payload.slice(28, 34)].map((byte) => byte.toString(16).padStart(2, "0")).join(":"),
    order: [...options.keys()],
    options,
    kind: options.get(53)?.[0] ?? 0,
    requested: address(50),
    server: address(54),
  };
}
