/** What the driver tests need from a register model of a network chip. */

/** How many bytes a frame has on the wire at least, CRC not counted. */
export const MIN_FRAME_BYTES = 60;

/** Stands for the CRC that a chip leaves behind a received frame: a driver that lets it through is seen. */
export const CRC_SENTINEL: readonly number[] = [0xc5, 0xc6, 0xc7, 0xc8];

/**
 * A network chip behind its registers. Frames are Uint8Arrays from destination MAC to payload, without CRC. Numbers
 * read and written are u32.
 */
export interface ChipModel {
  /** Bytes of the register window. */
  readonly windowBytes: number;
  read32(offset: number): number;
  write32(offset: number, value: number): void;
  /** The interrupt line, active high. */
  readonly interrupt: boolean;
  /** A frame arrives from the wire. False when the chip did not take it (off, full, filtered). */
  deliver(frame: Uint8Array): boolean;
  /** Frames that went out, as the wire saw them. */
  readonly sent: Uint8Array[];
  /** Data words read while there was nothing to read. */
  readonly underflows: number;
  /** What the driver did that the chip's data sheet forbids. */
  readonly violations: string[];
  /** Register accesses so far: bounds of waits are checked with it. */
  readonly accesses: number;
  /** The MAC address that was programmed. */
  readonly address: Uint8Array;

  // ---- faults ----
  /** Another chip answers. Returns the value that the driver's log line must show. */
  answerAsOtherChip(): number;
  /** A reset (or what the driver waits for in its place) never ends. */
  neverReset(): void;
  /** While held, frames that are complete stay in the chip. Released, they go out. */
  holdTransmitter(held: boolean): void;
  /** The next frame that arrives is reported with this length instead of its own (frame bytes, without CRC). */
  reportLength(length: number): void;
  /** Lengths for reportLength that no frame can have. */
  readonly impossibleLengths: readonly number[];
  /** The chip says that it lost `frames` frames. */
  lose(frames: number): void;
  setLink(up: boolean): void;
}

/** Words of a frame as the contract lays it out: two bytes of padding, the frame, then `tail` bytes and zeros. */
export function frameWords(frame: Uint8Array, padding: number, tail: readonly number[]): number[] {
  const bytes = new Uint8Array((2 + frame.length + tail.length + 3) & ~3);
  bytes[0] = padding & 0xff;
  bytes[1] = (padding >>> 8) & 0xff;
  bytes.set(frame, 2);
  bytes.set(tail, 2 + frame.length);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}

/** Little-endian bytes of words. */
export function wordBytes(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word, true);
  return bytes;
}

/** A frame padded with zeros to what Ethernet demands. */
export function padded(frame: Uint8Array): Uint8Array {
  if (frame.length >= MIN_FRAME_BYTES) return frame;
  const longer = new Uint8Array(MIN_FRAME_BYTES);
  longer.set(frame);
  return longer;
}

/** True for a group address that is not the broadcast address. */
export function isMulticast(frame: Uint8Array): boolean {
  return ((frame[0] ?? 0) & 1) === 1 && !isBroadcast(frame);
}

export function isBroadcast(frame: Uint8Array): boolean {
  return frame.subarray(0, 6).every((byte) => byte === 0xff);
}
