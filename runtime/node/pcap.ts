/**
 * Capture files in the classic pcap format: microsecond time stamps, link type Ethernet.
 * @see https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
 */
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";

const MAGIC_MICROSECONDS = 0xa1b2_c3d4;
const LINKTYPE_ETHERNET = 1;
const SNAPSHOT_LENGTH = 262_144;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** A frame and when it was on the wire. */
export interface CapturedFrame {
  /** Microseconds; since 1970 when the capture is of real time, since the start of the world when it is virtual. */
  readonly time: number;
  /** Destination MAC to end of payload, without CRC. */
  readonly frame: Uint8Array;
}

function fileHeader(): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC_MICROSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAPSHOT_LENGTH, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  return header;
}

function record(captured: CapturedFrame): Uint8Array {
  const { time, frame } = captured;
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + frame.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(time / 1_000_000), true);
  view.setUint32(4, Math.floor(time % 1_000_000), true);
  view.setUint32(8, frame.length, true);
  view.setUint32(12, frame.length, true);
  bytes.set(frame, RECORD_HEADER_BYTES);
  return bytes;
}

/** A whole capture as the bytes of a pcap file. */
export function pcap(frames: Iterable<CapturedFrame>): Uint8Array {
  return Uint8Array.from(Buffer.concat([fileHeader(), ...Array.from(frames, record)]));
}

/** Writes a whole capture to `path`. */
export function writePcap(path: string, frames: Iterable<CapturedFrame>): void {
  writeFileSync(path, pcap(frames));
}

/** A capture file that grows while it is being written; each frame is in the file when `write` returns. */
export class PcapFile {
  private readonly descriptor: number;
  private open = true;

  constructor(path: string) {
    this.descriptor = openSync(path, "w");
    writeSync(this.descriptor, fileHeader());
  }

  write(captured: CapturedFrame): void {
    if (this.open) writeSync(this.descriptor, record(captured));
  }

  close(): void {
    if (this.open) closeSync(this.descriptor);
    this.open = false;
  }
}
