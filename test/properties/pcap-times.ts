/**
 * Reads the frames of a pcap file of QEMU's `filter-dump` with their times. QEMU stamps a frame with the guest's virtual
 * clock; with -icount that is the number of instructions executed.
 *
 * @see QEMU net/dump.c
 */
import { readFileSync } from "node:fs";

export interface TimedFrame {
  /** Microseconds of guest time. */
  readonly time: number;
  readonly frame: Uint8Array;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const LITTLE_ENDIAN_MICROSECONDS = 0xa1b2c3d4;

/** All whole frames of the file. @throws Error when it is not a pcap file of this machine's byte order */
export function readTimes(path: string): TimedFrame[] {
  const file = readFileSync(path);
  if (file.length < FILE_HEADER || file.readUInt32LE(0) !== LITTLE_ENDIAN_MICROSECONDS) {
    throw new Error(`${path} is not a pcap file with microseconds`);
  }
  const frames: TimedFrame[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const start = at + RECORD_HEADER;
    if (start + length > file.length) break;
    const time = file.readUInt32LE(at) * 1_000_000 + file.readUInt32LE(at + 4);
    frames.push({ time, frame: Uint8Array.from(file.subarray(start, start + length)) });
    at = start + length;
  }
  return frames;
}
