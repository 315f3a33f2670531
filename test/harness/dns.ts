/** DNS messages of a scripted server, what a question says, and sock_addr_resolve as a script calls it. */
import assert from "node:assert/strict";
import { concat, ipText } from "./bytes.js";
import { errnoName } from "./errno.js";
import type { Stack } from "./stack.js";

export const TYPE_A = 1;
export const TYPE_CNAME = 5;
export const TYPE_SOA = 6;

/** Big-endian 16 bits. */
export function short(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

function long(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** A name as labels, uncompressed. */
export function labels(name: string): number[] {
  const parts = name === "" ? [] : name.split(".");
  return [...parts.flatMap((part) => [part.length, ...Buffer.from(part)]), 0];
}

/** A pointer to `offset`; the question's name is at 12. */
export function pointer(offset: number): number[] {
  return short(0xc000 | offset);
}

export interface RecordFields {
  /** Raw bytes of the name, or text. Default: a pointer to the question's. */
  readonly name?: string | readonly number[];
  readonly type?: number;
  readonly class?: number;
  readonly ttl?: number;
  /** Length said; default that of the data. */
  readonly length?: number;
  readonly data: readonly number[];
}

/** One resource record. */
export function record(fields: RecordFields): number[] {
  const name = typeof fields.name === "string" ? labels(fields.name) : (fields.name ?? pointer(12));
  return [
    ...name,
    ...short(fields.type ?? TYPE_A),
    ...short(fields.class ?? 1),
    ...long(fields.ttl ?? 60),
    ...short(fields.length ?? fields.data.length),
    ...fields.data,
  ];
}

/** An address record. */
export function a(address: string, ttl = 60, name?: string | readonly number[]): number[] {
  return record({ name, ttl, data: address.split(".").map(Number) });
}

/** An SOA record for negative answers. */
export function soa(ttl: number, minimum: number): number[] {
  const numbers = [1, 2, 3, 4, minimum].flatMap(long);
  return record({ name: [0], type: TYPE_SOA, ttl, data: [0, 0, ...numbers] });
}

/** A question of the stack. */
export interface Question {
  readonly id: number;
  readonly port: number;
  readonly server: string;
  /** The name as it was sent. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The next frame that was sent, which must be a question for an IPv4 address. */
export function question(stack: Stack): Question {
  const { udp, ip } = stack.expect({ udp: { dstPort: 53 } });
  const payload = udp?.payload ?? new Uint8Array();
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  assert.deepEqual([...payload.slice(2, 12)], [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const parts: string[] = [];
  let at = 12;
  while (payload[at] !== 0) {
    parts.push(Buffer.from(payload.slice(at + 1, at + 1 + payload[at])).toString());
    at += 1 + payload[at];
  }
  assert.deepEqual([...payload.slice(at + 1)], [0, 1, 0, 1]);
  return {
    id: view.getUint16(0),
    port: udp?.srcPort ?? 0,
    server: ip?.dst ?? "",
    name: parts.join("."),
    bytes: payload.slice(12),
  };
}

export interface AnswerFields {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: number;
  readonly question?: readonly number[] | Uint8Array;
  readonly answers?: readonly (readonly number[])[];
  readonly answerCount?: number;
  readonly authority?: readonly (readonly number[])[];
  readonly from?: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  /** Where it goes; default: the stack's configured address. */
  readonly to?: string;
  /** Only the first bytes of the message. */
  readonly cut?: number;
}

/** The server's answer. */
export function answerMessage(asked: Question, fields: AnswerFields = {}): Uint8Array {
  const answers = fields.answers ?? [];
  const authority = fields.authority ?? [];
  const header = [
    ...short(fields.id ?? asked.id),
    ...short(fields.flags ?? 0x8180),
    ...short(fields.questions ?? 1),
    ...short(fields.answerCount ?? answers.length),
    ...short(authority.length),
    0,
    0,
  ];
  const body = [...(fields.question ?? asked.bytes), ...answers.flat(), ...authority.flat()];
  return concat(Uint8Array.from(header), Uint8Array.from(body)).slice(0, fields.cut);
}

/** The server's answer arrives over UDP. */
export function answer(stack: Stack, asked: Question, fields: AnswerFields = {}): void {
  const from = fields.from ?? asked.server;
  stack.inject(
    stack.peer.udp(
      {
        srcPort: fields.fromPort ?? 53,
        dstPort: fields.toPort ?? asked.port,
        ip: { src: from, ...(fields.to === undefined ? {} : { dst: fields.to }) },
      },
      answerMessage(asked, fields),
    ),
  );
}

/** A call of sock_addr_resolve. */
export interface Resolving {
  /** Name of the errno, or undefined while it waits. */
  readonly errno: string | undefined;
  /** Addresses and ports written, each with its type: `192.0.2.1:80 stream`. */
  readonly found: string[];
  readonly total: number;
}

export interface ResolveOptions {
  readonly service?: string;
  readonly type?: number;
  readonly family?: number;
  readonly hints?: boolean;
  readonly room?: number;
}

const HOST = 1024;
const SERVICE = 1400;
const HINTS = 1420;
const TOTAL = 1440;
const INFO = 2048;

/** Calls sock_addr_resolve for `name`, for stream sockets unless the options say otherwise. */
export function resolve(stack: Stack, name: string, options: ResolveOptions = {}): Resolving {
  const { memory } = stack;
  const text = (at: number, value: string): boolean => memory.write(at, Uint8Array.of(...Buffer.from(value), 0));
  text(HOST, name);
  text(SERVICE, options.service ?? "");
  memory.store32(HINTS, options.type ?? 1);
  memory.store32(HINTS + 4, options.family ?? 2);
  memory.store32(HINTS + 8, options.hints === false ? 0 : 1);
  memory.store32(TOTAL, 0);
  const room = options.room ?? 16;
  const result = stack.sys("sock_addr_resolve", HOST, SERVICE, HINTS, INFO, room, TOTAL);
  const parked = result === -1 ? stack.node.parked(stack.task) : undefined;
  return {
    get errno() {
      const value = result === -1 ? parked?.result : result;
      return value === undefined ? undefined : errnoName(value);
    },
    get total() {
      return memory.load32(TOTAL);
    },
    get found() {
      return Array.from({ length: Math.min(room, memory.load32(TOTAL)) }, (_, i) => {
        const at = INFO + 28 * i;
        const port = memory.load32(at + 8) & 0xffff;
        const address = ipText(memory.bytes.slice(at + 4, at + 8));
        return `${address}:${port} ${memory.load32(at + 24) === 1 ? "stream" : "dgram"}`;
      });
    },
  };
}

/** A call for stream sockets and no service has found these addresses. */
export function finds(call: Resolving, ...addresses: readonly string[]): void {
  assert.equal(call.errno, "SUCCESS");
  assert.deepEqual(
    call.found,
    addresses.map((address) => `${address}:0 stream`),
  );
}
