/**
 * The frame being read, wherever it lies: in the chip's FIFO or in core memory (loopback, reassembled datagrams).
 * The hot path reads its header words straight from `Nic`; everything after the headers comes through here.
 */
import { Device } from "./device";
import { bulk_copy, bulk_copy_sum } from "./imports";
import { Nic } from "./nic";

/** Words that one bulk call takes at most. */
const BULK_WORDS: u32 = 384;

export class Frame {
  /** Next word. The caller has checked that `device.rxWords` is not 0. */
  @inline static word(device: Device): u32 {
    const memory = device.rxMemory;
    if (!memory) {
      device.rxWords -= 1;
      return Nic.rxWord(device);
    }
    Frame.advance(device, memory, 1);
    return load<u32>(memory);
  }

  /** Moves the next `words` words to core memory at `dst` (usize → u32[words], 4-aligned). For slow paths: not inlined. */
  static read(device: Device, dst: usize, words: u32): void {
    if (!device.rxMemory) Nic.rxRead(device, dst, words);
    else Frame.copy(device, dst, words);
  }

  /** As `read`; returns `seed` plus the ones-complement sum of the words. */
  @inline static readSum(device: Device, dst: usize, words: u32, seed: u32): u32 {
    if (!device.rxMemory) return Nic.rxReadSum(device, dst, words, seed);
    return Frame.copySum(device, dst, words, seed);
  }

  /** `readSum` for slow paths: not inlined. */
  static takeSum(device: Device, dst: usize, words: u32, seed: u32): u32 {
    return Frame.readSum(device, dst, words, seed);
  }

  /** Drops the next `words` words. */
  @inline static skip(device: Device, words: u32): void {
    const memory = device.rxMemory;
    if (!memory) Nic.rxSkip(device, words);
    else Frame.advance(device, memory, words);
  }

  /** Drops what is left of the frame. */
  @inline static end(device: Device): void {
    if (!device.rxMemory) Nic.rxEnd(device);
    else device.rxWords = 0;
  }

  /** From memory; a reassembled datagram can have more words than one bulk call takes. */
  private static copy(device: Device, dst: usize, words: u32): void {
    let source = device.rxMemory;
    device.rxMemory = source + (words << 2);
    device.rxWords -= words;
    while (words > BULK_WORDS) {
      bulk_copy(dst, source, BULK_WORDS);
      dst += BULK_WORDS << 2;
      source += BULK_WORDS << 2;
      words -= BULK_WORDS;
    }
    bulk_copy(dst, source, words);
  }

  private static copySum(device: Device, dst: usize, words: u32, seed: u32): u32 {
    let source = device.rxMemory;
    device.rxMemory = source + (words << 2);
    device.rxWords -= words;
    while (words > BULK_WORDS) {
      seed = bulk_copy_sum(dst, source, BULK_WORDS, seed);
      dst += BULK_WORDS << 2;
      source += BULK_WORDS << 2;
      words -= BULK_WORDS;
    }
    return bulk_copy_sum(dst, source, words, seed);
  }

  @inline private static advance(device: Device, memory: usize, words: u32): void {
    device.rxMemory = memory + (words << 2);
    device.rxWords -= words;
  }
}
