/** TCP segments as bytes (RFC 9293 §3.1). Of the options only the maximum segment size is read and written. */
import { checksum, type Datagram, PROTOCOL_TCP, pseudoSum, viewOf } from "../frames.js";

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const HEADER_BYTES = 20;
const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_MSS = 2;
const MSS_BYTES = 4;

/** Numbers are in host order; `window` is the field as it stands, there is no scale here. */
export interface Segment {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  /** Without the flag ACK: 0. */
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  /** Maximum segment size, bytes; undefined without the option. */
  readonly mss?: number;
  readonly payload: Uint8Array;
}

/** What a segment takes of the sequence space: its payload, and one for SYN and FIN each. */
export function segmentLength(segment: Segment): number {
  return segment.payload.length + (segment.flags & SYN ? 1 : 0) + (segment.flags & FIN ? 1 : 0);
}

/** Signed distance from `b` to `a` in the sequence space (RFC 9293 §3.4). */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** The MSS option among `options`, or undefined when there is none or the options are damaged. */
function readMss(options: Uint8Array): number | undefined {
  let at = 0;
  while (at < options.length && options[at] !== OPTION_END) {
    if (options[at] === OPTION_NOTHING) {
      at += 1;
      continue;
    }
    const length = at + 1 < options.length ? options[at + 1] : 0;
    if (length < 2 || at + length > options.length) return undefined;
    if (options[at] === OPTION_MSS && length === MSS_BYTES) return (options[at + 2] << 8) | options[at + 3];
    at += length;
  }
  return undefined;
}

/** The segment in an IP payload, or undefined when its header or checksum is wrong. */
export function readSegment(datagram: Datagram): Segment | undefined {
  const { payload: bytes, src, dst } = datagram;
  if (bytes.length < HEADER_BYTES) return undefined;
  const headerBytes = (bytes[12] >> 4) * 4;
  if (headerBytes < HEADER_BYTES || headerBytes > bytes.length) return undefined;
  if (checksum(bytes, pseudoSum(src, dst, PROTOCOL_TCP, bytes.length)) !== 0) return undefined;
  const view = viewOf(bytes);
  const flags = bytes[13];
  return {
    srcPort: view.getUint16(0),
    dstPort: view.getUint16(2),
    seq: view.getUint32(4),
    ack: flags & ACK ? view.getUint32(8) : 0,
    flags,
    window: view.getUint16(14),
    mss: flags & SYN ? readMss(bytes.subarray(HEADER_BYTES, headerBytes)) : undefined,
    payload: bytes.slice(headerBytes),
  };
}

/** The bytes of a segment from `src` to `dst`. */
export function writeSegment(src: number, dst: number, segment: Segment): Uint8Array {
  const headerBytes = HEADER_BYTES + (segment.mss === undefined ? 0 : MSS_BYTES);
  const bytes = new Uint8Array(headerBytes + segment.payload.length);
  const view = viewOf(bytes);
  view.setUint16(0, segment.srcPort);
  view.setUint16(2, segment.dstPort);
  view.setUint32(4, segment.seq);
  view.setUint32(8, segment.ack);
  bytes[12] = (headerBytes / 4) << 4;
  bytes[13] = segment.flags;
  view.setUint16(14, segment.window);
  if (segment.mss !== undefined) {
    bytes[HEADER_BYTES] = OPTION_MSS;
    bytes[HEADER_BYTES + 1] = MSS_BYTES;
    view.setUint16(HEADER_BYTES + 2, segment.mss);
  }
  bytes.set(segment.payload, headerBytes);
  view.setUint16(16, checksum(bytes, pseudoSum(src, dst, PROTOCOL_TCP, bytes.length)));
  return bytes;
}

/** The reset that answers a segment of no connection (RFC 9293 §3.10.7.1), or undefined for a reset. */
export function resetFor(segment: Segment): Segment | undefined {
  if (segment.flags & RST) return undefined;
  const ports = { srcPort: segment.dstPort, dstPort: segment.srcPort, window: 0, payload: new Uint8Array() };
  if (segment.flags & ACK) return { ...ports, seq: segment.ack, ack: 0, flags: RST };
  return { ...ports, seq: 0, ack: (segment.seq + segmentLength(segment)) >>> 0, flags: RST | ACK };
}
