/**
 * IGMP for scripts: messages of routers and of other hosts, what the stack reports, and the options of sockets.
 *
 *     join(stack, fd, "239.1.2.3");
 *     assert.deepEqual(nextReport(stack).records, [record("TO_EX", "239.1.2.3")]);
 *     stack.inject(queryFrame(stack.peer, { tenths: 100 }));
 *
 * A report is checked as a whole: destination, TTL, type of service, Router Alert, checksum. This file shares nothing with the stack.
 */
import assert from "node:assert/strict";
import { type Bytes, bytes, concat, internetChecksum, ipBytes, ipText, u16 } from "./bytes.js";
import type { Checksum, EthernetFields, Ipv4Fields } from "./packets.js";
import type { Packet } from "./parse.js";
import type { Peer } from "./peer.js";
import type { Stack } from "./stack.js";

export const PROTOCOL_IGMP = 2;
export const ROUTER_ALERT = [0x94, 4, 0, 0];

export const IPPROTO_IP = 0;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_DROP_MEMBERSHIP = 36;
export const IP_UNBLOCK_SOURCE = 37;
export const IP_BLOCK_SOURCE = 38;
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
export const IP_DROP_SOURCE_MEMBERSHIP = 40;

/** The Ethernet address of a group (RFC 1112 §6.4). */
export function groupMac(group: string): string {
  const [, b, c, d] = ipBytes(group);
  return ["01", "00", "5e", ...[b & 0x7f, c, d].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

export interface QueryFields {
  /** 1, 2 or 3; default 3. */
  readonly version?: number;
  /** Max Resp Code as it stands in the field; default 100, of version 1: 0. */
  readonly code?: number;
  /** Default: all groups. */
  readonly group?: string;
  readonly sources?: readonly string[];
  /** The number of sources that the message claims to have. */
  readonly claimed?: number;
  readonly robustness?: number;
  readonly intervalCode?: number;
  readonly checksum?: Checksum;
  /** Bytes behind the message. */
  readonly more?: Bytes;
  /** Bytes that the message is cut to. */
  readonly cut?: number;
}

function withChecksum(message: Uint8Array, wanted: Checksum = "right"): Uint8Array {
  const right = internetChecksum(message);
  message.set(u16(wanted === "right" ? right : wanted === "bad" ? right ^ 1 : wanted === "none" ? 0 : wanted), 2);
  return message;
}

/** A query (RFC 3376 §4.1). */
export function query(fields: QueryFields = {}): Uint8Array {
  const { version = 3, sources = [] } = fields;
  const code = fields.code ?? (version === 1 ? 0 : 100);
  const parts = [Uint8Array.of(0x11, code, 0, 0), ipBytes(fields.group ?? "0.0.0.0")];
  if (version === 3) {
    parts.push(Uint8Array.of(fields.robustness ?? 2, fields.intervalCode ?? 125));
    parts.push(u16(fields.claimed ?? sources.length), ...sources.map(ipBytes));
  }
  const whole = concat(...parts, bytes(fields.more ?? []));
  return withChecksum(whole.slice(0, fields.cut ?? whole.length), fields.checksum);
}

/** What is below a message. */
export interface BelowIgmp {
  readonly ip?: Partial<Ipv4Fields>;
  readonly eth?: Partial<EthernetFields>;
}

/** A message from `peer` to `group`, with everything that the standard asks for. */
export function igmpFrame(peer: Peer, group: string, message: Bytes, below: BelowIgmp = {}): Uint8Array {
  const ip = { protocol: PROTOCOL_IGMP, dst: group, ttl: 1, tos: 0xc0, options: ROUTER_ALERT, ...below.ip };
  return peer.ipv4(ip, message, { dst: groupMac(group), ...below.eth });
}

/** A query from `peer`: to all hosts, or to the group that it is about. Version 1 knows no Router Alert. */
export function queryFrame(peer: Peer, fields: QueryFields = {}, below: BelowIgmp = {}): Uint8Array {
  const ip = { ...(fields.version === 1 ? { options: [] } : {}), ...below.ip };
  return igmpFrame(peer, fields.group ?? "224.0.0.1", query(fields), { ...below, ip });
}

/** A report of version 1 or 2 by another host. */
export function reportFrame(peer: Peer, group: string, version: 1 | 2, below: BelowIgmp = {}): Uint8Array {
  const message = concat(Uint8Array.of(version === 1 ? 0x12 : 0x16, 0, 0, 0), ipBytes(group));
  return igmpFrame(peer, group, withChecksum(message), below);
}

const RECORD_TYPES = ["?", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** A group record. */
export interface GroupRecord {
  readonly type: RecordType;
  readonly group: string;
  /** Sorted. */
  readonly sources: readonly string[];
}

export function record(type: RecordType, group: string, ...sources: string[]): GroupRecord {
  return { type, group, sources: [...sources].sort() };
}

/** A message that the stack sent. */
export interface IgmpSent {
  readonly kind: "report 1" | "report 2" | "leave" | "report 3";
  /** Versions 1 and 2. */
  readonly group?: string;
  /** Version 3. */
  readonly records: readonly GroupRecord[];
  /** ms since the last frame that the script looked at. */
  readonly waited: number;
}

const KINDS: Readonly<Record<number, IgmpSent["kind"]>> = {
  18: "report 1",
  22: "report 2",
  23: "leave",
  34: "report 3",
};

function readRecords(payload: Uint8Array): GroupRecord[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const records: GroupRecord[] = [];
  let at = 8;
  for (let i = 0; i < view.getUint16(6); i++) {
    assert.equal(payload[at + 1], 0, "no auxiliary data");
    const count = view.getUint16(at + 2);
    const sources = Array.from({ length: count }, (_, index) =>
      ipText(payload.subarray(at + 8 + index * 4, at + 12 + index * 4)),
    );
    records.push(record(RECORD_TYPES[payload[at]] ?? "?", ipText(payload.subarray(at + 4, at + 8)), ...sources.sort()));
    at += 8 + count * 4;
  }
  assert.equal(at, payload.length, "a report ends with its last record");
  return records;
}

/** Reads a message of the stack, which must be right in every respect. */
export function readIgmp(packet: Packet, stack: Stack, waited = 0): IgmpSent {
  const { ip, eth } = packet;
  assert.ok(ip?.protocol === PROTOCOL_IGMP, "an IGMP message");
  assert.deepEqual([...ip.options], ROUTER_ALERT);
  assert.equal(ip.ttl, 1);
  assert.equal(ip.tos, 0xc0);
  assert.equal(ip.src, stack.ip);
  assert.equal(internetChecksum(ip.payload), 0, "its checksum is right");
  assert.equal(eth.dst, groupMac(ip.dst));
  const kind = KINDS[ip.payload[0]];
  assert.ok(kind !== undefined, `an unknown type ${ip.payload[0]}`);
  if (kind === "report 3") {
    assert.equal(ip.dst, "224.0.0.22");
    return { kind, records: readRecords(ip.payload), waited };
  }
  assert.equal(ip.payload.length, 8);
  const group = ipText(ip.payload.subarray(4, 8));
  assert.equal(ip.dst, kind === "leave" ? "224.0.0.2" : group);
  return { kind, group, records: [], waited };
}

/** The next message of the stack, which comes within `limit` ms and before every other frame. */
export function nextIgmp(stack: Stack, limit = 1000): IgmpSent {
  const waited = stack.untilSent(limit);
  return readIgmp(stack.takeNext("an IGMP message").packet, stack, waited);
}

/** The records of the next report of version 3, sorted by group. */
export function nextRecords(stack: Stack, limit = 1000): GroupRecord[] {
  const message = nextIgmp(stack, limit);
  assert.equal(message.kind, "report 3");
  return sorted(message.records);
}

export function sorted(records: readonly GroupRecord[]): GroupRecord[] {
  return [...records].sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
}

// ---- options ----------------------------------------------------------------------------------------------------------

const ANY = "0.0.0.0";

/** setsockopt with a group and an interface by address (ip_mreq), or by number too (ip_mreqn). */
export function membership(stack: Stack, name: number, fd: number, group: string, address = ANY, index?: number): void {
  const number = index === undefined ? [] : [index & 0xff, index >> 8, 0, 0];
  stack.setOptionBytes(fd, IPPROTO_IP, name, concat(ipBytes(group), ipBytes(address), Uint8Array.from(number)));
}

/** IP_ADD_MEMBERSHIP. */
export function join(stack: Stack, fd: number, group: string, address = ANY, index?: number): void {
  membership(stack, IP_ADD_MEMBERSHIP, fd, group, address, index);
}

/** IP_DROP_MEMBERSHIP. */
export function leave(stack: Stack, fd: number, group: string, address = ANY, index?: number): void {
  membership(stack, IP_DROP_MEMBERSHIP, fd, group, address, index);
}

/** One of the options with a source. */
export function source(stack: Stack, name: number, fd: number, group: string, from: string, address = ANY): void {
  stack.setOptionBytes(fd, IPPROTO_IP, name, concat(ipBytes(group), ipBytes(address), ipBytes(from)));
}
