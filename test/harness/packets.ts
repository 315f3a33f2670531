/**
 * Builders of packets for tests: Ethernet, ARP, IPv4, ICMP, UDP. Every field can be overridden, also with wrong values;
 * what is left out is filled in rightly (lengths, checksums, addresses).
 *
 *     ethernet({ dst: "02:00:00:00:00:01", src: "02:00:00:00:00:99" },
 *       ipv4({ src: "10.0.2.2", dst: "10.0.2.15", protocol: 17, ttl: 1, options: [0x94, 4, 0, 0] },
 *         udp({ src: "10.0.2.2", dst: "10.0.2.15", srcPort: 5555, dstPort: 7, checksum: "bad" }, "hello")))
 *
 * A script uses `stack.peer.udp({ … }, payload)` and the like (peer.ts), which know the addresses.
 * Reading frames: parse.ts. This file shares nothing with the stack.
 */
import { type Bytes, bytes, concat, internetChecksum, ipBytes, macBytes, u16, u32 } from "./bytes.js";

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const BROADCAST_MAC = "ff:ff:ff:ff:ff:ff";
export const ZERO_MAC = "00:00:00:00:00:00";

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

/** A checksum field: right, wrong by one bit, zero, or a given number. */
export type Checksum = "right" | "bad" | "none" | number;

function checksumField(wanted: Checksum | undefined, right: number): number {
  if (wanted === undefined || wanted === "right") return right;
  if (wanted === "bad") return right ^ 0x0100;
  if (wanted === "none") return 0;
  return wanted;
}

export interface EthernetFields {
  readonly dst: string;
  readonly src: string;
  /** Default: ETHERTYPE_IPV4. */
  readonly type?: number;
  /** False: not padded to 60 bytes. */
  readonly pad?: boolean;
  /** Byte that the padding consists of; default 0. */
  readonly padByte?: number;
}

/** An Ethernet frame, padded to 60 bytes. */
export function ethernet(fields: EthernetFields, payload: Bytes): Uint8Array {
  const frame = concat(macBytes(fields.dst), macBytes(fields.src), u16(fields.type ?? ETHERTYPE_IPV4), bytes(payload));
  if (fields.pad === false || frame.length >= 60) return frame;
  const padded = new Uint8Array(60).fill(fields.padByte ?? 0);
  padded.set(frame);
  return padded;
}

export interface ArpFields {
  /** 1 request, 2 reply. */
  readonly operation: number;
  readonly sha: string;
  readonly spa: string;
  readonly tha?: string;
  readonly tpa: string;
  readonly hardware?: number;
  readonly protocol?: number;
  readonly hardwareLength?: number;
  readonly protocolLength?: number;
}

/** An ARP packet (RFC 826). */
export function arp(fields: ArpFields): Uint8Array {
  return concat(
    u16(fields.hardware ?? 1),
    u16(fields.protocol ?? ETHERTYPE_IPV4),
    Uint8Array.of(fields.hardwareLength ?? 6, fields.protocolLength ?? 4),
    u16(fields.operation),
    macBytes(fields.sha),
    ipBytes(fields.spa),
    macBytes(fields.tha ?? ZERO_MAC),
    ipBytes(fields.tpa),
  );
}

export interface Ipv4Fields {
  readonly src: string;
  readonly dst: string;
  readonly protocol: number;
  readonly version?: number;
  /** Header length in words; default from the options. */
  readonly ihl?: number;
  readonly tos?: number;
  readonly totalLength?: number;
  readonly id?: number;
  /** Bit 15 of the fragment word, which must be 0. */
  readonly reserved?: boolean;
  readonly df?: boolean;
  readonly mf?: boolean;
  /** Fragment offset in bytes, a multiple of 8. */
  readonly offset?: number;
  readonly ttl?: number;
  readonly checksum?: Checksum;
  /** Bytes of the options; padded with End of Option List to a multiple of 4. */
  readonly options?: Bytes;
}

/** An IPv4 datagram or fragment (RFC 791). */
export function ipv4(fields: Ipv4Fields, payload: Bytes): Uint8Array {
  const given = bytes(fields.options ?? []);
  const options = new Uint8Array((given.length + 3) & ~3);
  options.set(given);
  const data = bytes(payload);
  const headerBytes = 20 + options.length;
  const fragment =
    (fields.reserved ? 0x8000 : 0) |
    (fields.df ? 0x4000 : 0) |
    (fields.mf ? 0x2000 : 0) |
    (((fields.offset ?? 0) >>> 3) & 0x1fff);
  const header = concat(
    Uint8Array.of(((fields.version ?? 4) << 4) | ((fields.ihl ?? headerBytes / 4) & 15), fields.tos ?? 0),
    u16(fields.totalLength ?? headerBytes + data.length),
    u16(fields.id ?? 0),
    u16(fragment),
    Uint8Array.of(fields.ttl ?? 64, fields.protocol),
    u16(0),
    ipBytes(fields.src),
    ipBytes(fields.dst),
    options,
  );
  // The sum covers the header that IHL claims, as far as there is data.
  const summed = concat(header, data).subarray(0, Math.max(20, (header[0] & 15) * 4));
  header.set(u16(checksumField(fields.checksum, internetChecksum(summed))), 10);
  return concat(header, data);
}

/** Cuts a datagram's payload into fragments of at most `size` bytes of payload each (a multiple of 8). */
export function fragments(fields: Ipv4Fields, payload: Bytes, size: number): Uint8Array[] {
  const data = bytes(payload);
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < data.length; offset += size) {
    const mf = offset + size < data.length;
    pieces.push(ipv4({ ...fields, offset, mf }, data.subarray(offset, offset + size)));
  }
  return pieces;
}

export interface IcmpFields {
  readonly type: number;
  readonly code?: number;
  readonly checksum?: Checksum;
  /** Echo: identifier and sequence number. */
  readonly id?: number;
  readonly sequence?: number;
  /** The second word of the header as a whole, in place of id and sequence. */
  readonly rest?: number;
}

/** An ICMP message (RFC 792). */
export function icmp(fields: IcmpFields, payload: Bytes = []): Uint8Array {
  const rest = fields.rest ?? ((fields.id ?? 0) * 0x1_0000 + (fields.sequence ?? 0)) >>> 0;
  const message = concat(Uint8Array.of(fields.type, fields.code ?? 0, 0, 0), u32(rest), bytes(payload));
  message.set(u16(checksumField(fields.checksum, internetChecksum(message))), 2);
  return message;
}

/** What an ICMP error quotes of `datagram`: its header and the first `payloadBytes` of its payload (RFC 792: 8). */
export function quote(datagram: Uint8Array, payloadBytes = 8): Uint8Array {
  return datagram.slice(0, (datagram[0] & 15) * 4 + payloadBytes);
}

export interface UdpFields {
  /** Addresses of the pseudo-header. */
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly length?: number;
  /** "none" is a datagram without checksum; a right sum of 0 is sent as 0xffff. */
  readonly checksum?: Checksum;
}

/** A UDP datagram (RFC 768). */
export function udp(fields: UdpFields, payload: Bytes): Uint8Array {
  const data = bytes(payload);
  const datagram = concat(
    u16(fields.srcPort),
    u16(fields.dstPort),
    u16(fields.length ?? 8 + data.length),
    u16(0),
    data,
  );
  const pseudo = pseudoHeader(fields.src, fields.dst, PROTOCOL_UDP, datagram.length);
  const right = internetChecksum(pseudo, datagram) || 0xffff;
  datagram.set(u16(checksumField(fields.checksum, right)), 6);
  return datagram;
}

/** The pseudo-header that UDP and TCP sum first (RFC 768, RFC 9293 §3.1). */
export function pseudoHeader(src: string, dst: string, protocol: number, length: number): Uint8Array {
  return concat(ipBytes(src), ipBytes(dst), Uint8Array.of(0, protocol), u16(length));
}
