/**
 * Reads frames for tests, checks every checksum and length in them, and renders them as one line.
 *
 *     const packet = parseFrame(frame);
 *     packet.udp?.payload; packet.ip?.ttl; packet.problems;      // [] when all is right
 *     render(frame)   // "10.0.2.15:7 > 10.0.2.2:5555 UDP 5 bytes 68656c6c6f"
 */
import { hex, internetChecksum, ipText, macText } from "./bytes.js";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP, pseudoHeader } from "./packets.js";
import { parseTcp, segmentText, type TcpSegment } from "./tcp-segment.js";

export interface Packet {
  readonly frame: Uint8Array;
  readonly eth: { readonly dst: string; readonly src: string; readonly type: number };
  readonly arp?: {
    readonly hardware: number;
    readonly protocol: number;
    readonly hardwareLength: number;
    readonly protocolLength: number;
    readonly operation: number;
    readonly sha: string;
    readonly spa: string;
    readonly tha: string;
    readonly tpa: string;
  };
  readonly ip?: {
    readonly version: number;
    readonly ihl: number;
    readonly tos: number;
    readonly totalLength: number;
    readonly id: number;
    readonly reserved: boolean;
    readonly df: boolean;
    readonly mf: boolean;
    /** Bytes. */
    readonly offset: number;
    readonly ttl: number;
    readonly protocol: number;
    readonly src: string;
    readonly dst: string;
    /** Where it goes in the end: another address than `dst` while it is on a source route. Checksums of transports are over this one. */
    readonly final: string;
    readonly options: Uint8Array;
    readonly payload: Uint8Array;
    /** Header and payload, without the frame's padding. */
    readonly datagram: Uint8Array;
  };
  readonly icmp?: {
    readonly type: number;
    readonly code: number;
    readonly rest: number;
    readonly id: number;
    readonly sequence: number;
    readonly payload: Uint8Array;
  };
  readonly udp?: {
    readonly srcPort: number;
    readonly dstPort: number;
    readonly length: number;
    readonly checksum: number;
    readonly payload: Uint8Array;
  };
  readonly tcp?: TcpSegment;
  /** What is wrong with it: a sentence each. */
  readonly problems: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a frame as far as it makes sense. Never throws. */
export function parseFrame(frame: Uint8Array): Packet {
  const problems: string[] = [];
  const packet: Mutable<Packet> = { frame, eth: { dst: "", src: "", type: 0 }, problems };
  if (frame.length < 14) {
    problems.push(`a frame of ${frame.length} bytes has no Ethernet header`);
    return packet;
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const type = view.getUint16(12);
  packet.eth = { dst: macText(frame.subarray(0, 6)), src: macText(frame.subarray(6, 12)), type };
  if (frame.length < 60) problems.push(`the frame has ${frame.length} bytes, Ethernet needs 60`);
  if (frame.length > 1514) problems.push(`the frame has ${frame.length} bytes, Ethernet allows 1514`);
  if (frame[6] & 1) problems.push("the source MAC is a group address");
  const body = frame.subarray(14);
  let used = body.length;
  if (type === ETHERTYPE_ARP) used = parseArp(packet, body, problems);
  else if (type === ETHERTYPE_IPV4) used = parseIpv4(packet, body, problems);
  // Padding that is not zero is old memory on the wire (CVE-2003-0001).
  if (body.subarray(used).some((byte) => byte !== 0)) problems.push(`padding is not zero: ${hex(body.subarray(used))}`);
  return packet;
}

function parseArp(packet: Mutable<Packet>, body: Uint8Array, problems: string[]): number {
  if (body.length < 28) {
    problems.push(`an ARP packet of ${body.length} bytes`);
    return body.length;
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  packet.arp = {
    hardware: view.getUint16(0),
    protocol: view.getUint16(2),
    hardwareLength: body[4],
    protocolLength: body[5],
    operation: view.getUint16(6),
    sha: macText(body.subarray(8, 14)),
    spa: ipText(body.subarray(14, 18)),
    tha: macText(body.subarray(18, 24)),
    tpa: ipText(body.subarray(24, 28)),
  };
  const { hardware, protocol, hardwareLength, protocolLength } = packet.arp;
  if (hardware !== 1 || protocol !== 0x0800 || hardwareLength !== 6 || protocolLength !== 4) {
    problems.push("the ARP packet is not one for IPv4 over Ethernet");
  }
  return 28;
}

/** The last address of a source route that goes on, or the destination. */
function finalAddress(header: Uint8Array, headerBytes: number): string {
  for (let at = 20; at + 1 < headerBytes; ) {
    const type = header[at] as number;
    if (type === 0) break;
    const length = type === 1 ? 1 : (header[at + 1] as number);
    // What is no option has no route: tests send such things.
    if (type !== 1 && (length < 2 || at + length > headerBytes)) break;
    if ((type === 131 || type === 137) && length >= 7 && (header[at + 2] as number) < length)
      return ipText(header.subarray(at + length - 4, at + length));
    at += length;
  }
  return ipText(header.subarray(16, 20));
}

function parseIpv4(packet: Mutable<Packet>, body: Uint8Array, problems: string[]): number {
  if (body.length < 20) {
    problems.push(`an IPv4 datagram of ${body.length} bytes`);
    return body.length;
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const headerBytes = (body[0] & 15) * 4;
  const totalLength = view.getUint16(2);
  const word = view.getUint16(6);
  const end = Math.min(totalLength, body.length);
  packet.ip = {
    version: body[0] >> 4,
    ihl: body[0] & 15,
    tos: body[1],
    totalLength,
    id: view.getUint16(4),
    reserved: (word & 0x8000) !== 0,
    df: (word & 0x4000) !== 0,
    mf: (word & 0x2000) !== 0,
    offset: (word & 0x1fff) * 8,
    ttl: body[8],
    protocol: body[9],
    src: ipText(body.subarray(12, 16)),
    dst: ipText(body.subarray(16, 20)),
    final: finalAddress(body, headerBytes),
    options: body.slice(20, Math.max(20, headerBytes)),
    payload: body.slice(Math.max(20, headerBytes), end),
    datagram: body.slice(0, end),
  };
  const ip = packet.ip;
  const before = problems.length;
  if (ip.version !== 4) problems.push(`IP version ${ip.version}`);
  if (ip.ihl < 5 || headerBytes > totalLength) problems.push(`IHL ${ip.ihl} with a total length of ${totalLength}`);
  if (totalLength > body.length) problems.push(`total length ${totalLength} of ${body.length} bytes in the frame`);
  if (internetChecksum(body.subarray(0, headerBytes)) !== 0) problems.push("wrong IPv4 header checksum");
  if (ip.reserved) problems.push("the reserved flag of the IPv4 header is set");
  if (ip.mf && ip.payload.length % 8 !== 0)
    problems.push(`a fragment of ${ip.payload.length} bytes that is not the last`);
  if (ip.df && (ip.mf || ip.offset > 0)) problems.push("a fragment with DF");
  if (ip.ttl === 0) problems.push("TTL 0");
  if (problems.length === before && !ip.mf && ip.offset === 0) parseTransport(packet, ip, problems);
  return end;
}

/** Reads what a whole datagram carries; fragments are put together first (fragment-checker.ts). */
export function parseTransport(
  packet: Mutable<Packet>,
  ip: { readonly protocol: number; readonly src: string; readonly final: string; readonly payload: Uint8Array },
  problems: string[],
): void {
  const payload = ip.payload;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (ip.protocol === PROTOCOL_ICMP) {
    if (payload.length < 8) {
      problems.push(`an ICMP message of ${payload.length} bytes`);
      return;
    }
    packet.icmp = {
      type: payload[0],
      code: payload[1],
      rest: view.getUint32(4),
      id: view.getUint16(4),
      sequence: view.getUint16(6),
      payload: payload.slice(8),
    };
    if (internetChecksum(payload) !== 0) problems.push("wrong ICMP checksum");
  } else if (ip.protocol === PROTOCOL_UDP) {
    if (payload.length < 8) {
      problems.push(`a UDP datagram of ${payload.length} bytes`);
      return;
    }
    const length = view.getUint16(4);
    packet.udp = {
      srcPort: view.getUint16(0),
      dstPort: view.getUint16(2),
      length,
      checksum: view.getUint16(6),
      payload: payload.slice(8, length),
    };
    if (length !== payload.length) problems.push(`UDP length ${length} in an IP payload of ${payload.length} bytes`);
    else if (packet.udp.checksum !== 0) {
      const pseudo = pseudoHeader(ip.src, ip.final, PROTOCOL_UDP, length);
      if (internetChecksum(pseudo, payload) !== 0) problems.push("wrong UDP checksum");
    } else problems.push("a UDP datagram sent without checksum (RFC 1122 §4.1.3.4)");
  } else if (ip.protocol === PROTOCOL_TCP) {
    packet.tcp = parseTcp(ip.src, ip.final, payload, problems);
  }
}

const ICMP_NAMES: Readonly<Record<number, string>> = {
  0: "echo reply",
  3: "unreachable",
  5: "redirect",
  8: "echo request",
  11: "time exceeded",
  12: "parameter problem",
};

function some(data: Uint8Array): string {
  return `${data.length} bytes${data.length > 0 ? ` ${hex(data.subarray(0, 16))}${data.length > 16 ? "…" : ""}` : ""}`;
}

/** A frame as one line. */
export function render(frame: Uint8Array): string {
  const packet = parseFrame(frame);
  const trouble = packet.problems.length > 0 ? ` [${packet.problems.join("; ")}]` : "";
  const { arp, ip, icmp, udp, tcp } = packet;
  if (arp !== undefined) {
    const link = packet.eth.dst === "ff:ff:ff:ff:ff:ff" ? "" : ` (to ${packet.eth.dst})`;
    if (arp.operation === 1) return `ARP who has ${arp.tpa}? tell ${arp.spa} at ${arp.sha}${link}${trouble}`;
    if (arp.operation === 2) return `ARP ${arp.spa} is at ${arp.sha}, to ${arp.tpa}${link}${trouble}`;
    return `ARP operation ${arp.operation}${trouble}`;
  }
  if (ip === undefined)
    return `Ethernet ${packet.eth.src} > ${packet.eth.dst} type 0x${packet.eth.type.toString(16)}${trouble}`;
  const fragment =
    ip.mf || ip.offset > 0 ? ` fragment ${ip.offset}+${ip.payload.length}${ip.mf ? "…" : ""} id ${ip.id}` : "";
  if (udp !== undefined)
    return `${ip.src}:${udp.srcPort} > ${ip.dst}:${udp.dstPort} UDP ${some(udp.payload)}${trouble}`;
  if (tcp !== undefined) return `${ip.src}:${tcp.srcPort} > ${ip.dst}:${tcp.dstPort} TCP ${segmentText(tcp)}${trouble}`;
  if (icmp !== undefined) {
    const name = ICMP_NAMES[icmp.type] ?? `type ${icmp.type}`;
    const echo = icmp.type === 0 || icmp.type === 8 ? ` id ${icmp.id} seq ${icmp.sequence}` : ` code ${icmp.code}`;
    return `${ip.src} > ${ip.dst} ICMP ${name}${echo}, ${some(icmp.payload)}${trouble}`;
  }
  return `${ip.src} > ${ip.dst} protocol ${ip.protocol}${fragment}, ${some(ip.payload)}${trouble}`;
}
