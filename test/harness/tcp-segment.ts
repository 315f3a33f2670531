/**
 * TCP segments for tests: builder, parser and one-line text (RFC 9293 §3.1, RFC 7323, RFC 2018). Shares nothing with the stack.
 *
 *     tcpSegment({ src: "10.0.2.2", dst: "10.0.2.15", srcPort: 5555, dstPort: 7, flags: "S", seq: 1,
 *       options: [{ kind: "mss", value: 1460 }, { kind: "sackOK" }] })
 *     tcpSegment({ …, flags: "P.", ack: 77, checksum: "bad", dataOffset: 4 }, "hello")
 *     tcpSegment({ …, options: [{ kind: "raw", data: [2, 0] }] })          // bytes as they are, wrong ones too
 *
 * Flags are letters, in any order: S SYN, . ACK, F FIN, R RST, P PSH, U URG, E ECE, W CWR; "-" or "" for none.
 */
import { type Bytes, bytes, concat, hex, internetChecksum, u16, u32 } from "./bytes.js";
import { type Checksum, PROTOCOL_TCP, pseudoHeader } from "./packets.js";

/** Letters of the flags, by bit from 0. */
const FLAG_LETTERS = "FSRP.UEW";

/** An option of the header. Numbers are unsigned. */
export type TcpOption =
  | { readonly kind: "mss"; readonly value: number }
  | { readonly kind: "wscale"; readonly shift: number }
  | { readonly kind: "sackOK" }
  | { readonly kind: "sack"; readonly blocks: readonly (readonly [left: number, right: number])[] }
  | { readonly kind: "TS"; readonly val: number; readonly ecr: number }
  /** RFC 7413 §2; without a cookie it asks for one. */
  | { readonly kind: "fastopen"; readonly cookie: Bytes }
  | { readonly kind: "nop" }
  /** End of Option List; what follows in the header is not read. */
  | { readonly kind: "eol" }
  /** Bytes of the header as they are. */
  | { readonly kind: "raw"; readonly data: Bytes };

export interface TcpFields {
  /** Addresses of the pseudo-header. */
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  /** Default 0. */
  readonly seq?: number;
  /** The acknowledgement field, also sent without the ACK flag; default 0. */
  readonly ack?: number;
  /** Letters; default ".". */
  readonly flags?: string;
  /** The window field as it is; default 65535. */
  readonly window?: number;
  readonly urgent?: number;
  /** Padded with End of Option List to a multiple of 4. */
  readonly options?: readonly TcpOption[];
  /** Header length in words; default from the options. */
  readonly dataOffset?: number;
  /** The four reserved bits, 0 to 15. */
  readonly reserved?: number;
  readonly checksum?: Checksum;
}

/** A segment as it was read. */
export interface TcpSegment {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack: number;
  /** Letters in the order SFRP.UEW, "-" for none: "S.", "P.", "FP.". */
  readonly flags: string;
  /** The window field, not scaled. */
  readonly window: number;
  readonly urgent: number;
  readonly reserved: number;
  readonly dataOffset: number;
  readonly checksum: number;
  /** Without NOPs and the end. */
  readonly options: readonly TcpOption[];
  /** The options as they stand in the header. */
  readonly optionBytes: Uint8Array;
  readonly payload: Uint8Array;
}

/** Bits of a flag text. */
export function flagBits(text: string): number {
  let flags = 0;
  for (const letter of text === "-" ? "" : text) {
    const bit = FLAG_LETTERS.indexOf(letter);
    if (bit < 0) throw new Error(`"${letter}" is no TCP flag of ${FLAG_LETTERS}`);
    flags |= 1 << bit;
  }
  return flags;
}

/** Letters of flag bits, SYN first, ACK after FIN, RST and PSH; "-" for none. */
export function flagText(bits: number): string {
  let text = "";
  for (const letter of "SFRP.UEW") if (bits & (1 << FLAG_LETTERS.indexOf(letter))) text += letter;
  return text || "-";
}

/** The same letters in the order of `flagText`. */
export function canonicalFlags(text: string): string {
  return flagText(flagBits(text));
}

/** Bytes of one option. */
export function optionBytes(option: TcpOption): Uint8Array {
  switch (option.kind) {
    case "nop":
      return Uint8Array.of(1);
    case "eol":
      return Uint8Array.of(0);
    case "mss":
      return concat(Uint8Array.of(2, 4), u16(option.value));
    case "wscale":
      return Uint8Array.of(3, 3, option.shift);
    case "sackOK":
      return Uint8Array.of(4, 2);
    case "sack":
      return concat(
        Uint8Array.of(5, 2 + 8 * option.blocks.length),
        ...option.blocks.flatMap(([left, right]) => [u32(left), u32(right)]),
      );
    case "TS":
      return concat(Uint8Array.of(8, 10), u32(option.val), u32(option.ecr));
    case "fastopen":
      return concat(Uint8Array.of(34, 2 + bytes(option.cookie).length), bytes(option.cookie));
    case "raw":
      return bytes(option.data);
  }
}

/** A TCP segment: header, options and payload. */
export function tcpSegment(fields: TcpFields, payload: Bytes = []): Uint8Array {
  const given = concat(...(fields.options ?? []).map(optionBytes));
  const options = new Uint8Array((given.length + 3) & ~3);
  options.set(given);
  const segment = concat(
    u16(fields.srcPort),
    u16(fields.dstPort),
    u32(fields.seq ?? 0),
    u32(fields.ack ?? 0),
    Uint8Array.of(
      (((fields.dataOffset ?? 5 + options.length / 4) & 15) << 4) | ((fields.reserved ?? 0) & 15),
      flagBits(fields.flags ?? "."),
    ),
    u16(fields.window ?? 65_535),
    u16(0),
    u16(fields.urgent ?? 0),
    options,
    bytes(payload),
  );
  const right = segmentChecksum(fields.src, fields.dst, segment);
  const wanted = fields.checksum ?? "right";
  const sum = wanted === "right" ? right : wanted === "bad" ? right ^ 0x0100 : wanted === "none" ? 0 : wanted;
  segment.set(u16(sum), 16);
  return segment;
}

/** The checksum of a segment with its pseudo-header; 0 when the field in it is right. */
function segmentChecksum(src: string, dst: string, segment: Uint8Array): number {
  return internetChecksum(pseudoHeader(src, dst, PROTOCOL_TCP, segment.length), segment);
}

/** Reads the payload of an IP datagram as a segment; what is wrong with it goes into `problems`. Never throws. */
export function parseTcp(src: string, dst: string, segment: Uint8Array, problems: string[]): TcpSegment | undefined {
  if (segment.length < 20) {
    problems.push(`a TCP segment of ${segment.length} bytes`);
    return undefined;
  }
  const view = new DataView(segment.buffer, segment.byteOffset, segment.length);
  const dataOffset = segment[12] >> 4;
  const headerBytes = Math.max(20, Math.min(dataOffset * 4, segment.length));
  if (dataOffset < 5 || dataOffset * 4 > segment.length)
    problems.push(`TCP data offset ${dataOffset} in ${segment.length} bytes`);
  if (segmentChecksum(src, dst, segment) !== 0) problems.push("wrong TCP checksum");
  const area = segment.slice(20, headerBytes);
  return {
    srcPort: view.getUint16(0),
    dstPort: view.getUint16(2),
    seq: view.getUint32(4),
    ack: view.getUint32(8),
    flags: flagText(segment[13]),
    window: view.getUint16(14),
    urgent: view.getUint16(18),
    reserved: segment[12] & 15,
    dataOffset,
    checksum: view.getUint16(16),
    options: parseOptions(area, problems),
    optionBytes: area,
    payload: segment.slice(headerBytes),
  };
}

function parseOptions(area: Uint8Array, problems: string[]): TcpOption[] {
  const list: TcpOption[] = [];
  const view = new DataView(area.buffer, area.byteOffset, area.length);
  for (let at = 0; at < area.length; ) {
    const kind = area[at];
    if (kind === 0) {
      if (area.subarray(at).some((byte) => byte !== 0)) problems.push("bytes behind the end of the TCP options");
      break;
    }
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = at + 1 < area.length ? area[at + 1] : 0;
    if (length < 2 || at + length > area.length) {
      problems.push(`TCP option ${kind} of length ${length} at ${at} of ${area.length}`);
      break;
    }
    list.push(readOption(view, area, at, kind, length, problems));
    at += length;
  }
  return list;
}

function readOption(
  view: DataView,
  area: Uint8Array,
  at: number,
  kind: number,
  length: number,
  problems: string[],
): TcpOption {
  if (kind === 2 && length === 4) return { kind: "mss", value: view.getUint16(at + 2) };
  if (kind === 3 && length === 3) return { kind: "wscale", shift: area[at + 2] };
  if (kind === 4 && length === 2) return { kind: "sackOK" };
  if (kind === 8 && length === 10) return { kind: "TS", val: view.getUint32(at + 2), ecr: view.getUint32(at + 6) };
  if (kind === 5 && length >= 10 && (length - 2) % 8 === 0) {
    const blocks: [number, number][] = [];
    for (let i = at + 2; i < at + length; i += 8) blocks.push([view.getUint32(i), view.getUint32(i + 4)]);
    return { kind: "sack", blocks };
  }
  if (kind === 34 && (length === 2 || (length >= 6 && length <= 18 && length % 2 === 0)))
    return { kind: "fastopen", cookie: area.slice(at + 2, at + length) };
  if (kind <= 8 || kind === 34) problems.push(`TCP option ${kind} of length ${length}`);
  return { kind: "raw", data: area.slice(at, at + length) };
}

/** The option of a kind, or undefined. */
export function findOption<K extends TcpOption["kind"]>(
  segment: { readonly options: readonly TcpOption[] },
  kind: K,
): Extract<TcpOption, { kind: K }> | undefined {
  return segment.options.find((option): option is Extract<TcpOption, { kind: K }> => option.kind === kind);
}

/** SEG.LEN: payload, and one for each of SYN and FIN. */
export function sequenceLength(segment: { readonly flags: string; readonly payload: Uint8Array }): number {
  return segment.payload.length + (segment.flags.includes("S") ? 1 : 0) + (segment.flags.includes("F") ? 1 : 0);
}

/** An option as text; sequence numbers in SACK blocks less `base`. */
export function optionText(option: TcpOption, base = 0): string {
  switch (option.kind) {
    case "mss":
      return `mss ${option.value}`;
    case "wscale":
      return `wscale ${option.shift}`;
    case "TS":
      return `TS val ${option.val} ecr ${option.ecr}`;
    case "sack":
      return `sack ${option.blocks.map(([left, right]) => `${(left - base) >>> 0}:${(right - base) >>> 0}`).join(" ")}`;
    case "raw":
      return `raw ${hex(bytes(option.data))}`;
    case "fastopen":
      return `fastopen ${hex(bytes(option.cookie))}`.trim();
    default:
      return option.kind;
  }
}

/** A segment as one line, in the notation of scripts; numbers less these bases. */
export function segmentText(segment: TcpSegment, seqBase = 0, ackBase = 0): string {
  const seq = (segment.seq - seqBase) >>> 0;
  const end = (seq + segment.payload.length) >>> 0;
  const ack = segment.flags.includes(".") ? ` ack ${(segment.ack - ackBase) >>> 0}` : "";
  const urgent = segment.flags.includes("U") || segment.urgent > 0 ? ` urg ${segment.urgent}` : "";
  const options = segment.options.map((option) => optionText(option, ackBase)).join(",");
  return `${segment.flags} ${seq}:${end}(${segment.payload.length})${ack} win ${segment.window}${urgent}${options ? ` <${options}>` : ""}`;
}
