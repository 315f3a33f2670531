/**
 * The Internet checksum over unfolded 32-bit ones-complement sums of little-endian words (RFC 1071 §2).
 * Sums of big-endian 16-bit fields and of little-endian words differ only in byte order, so a field computed here
 * is stored as it is, with `store<u16>`.
 */
import { bulk_add_carry, bulk_sum } from "../../hal/imports";

export class Checksum {
  /** Folds a 32-bit sum to 16 bits. */
  @inline static fold(sum: u32): u32 {
    return (sum + rotr<u32>(sum, 16)) >>> 16;
  }

  /** True when `sum`, which includes the checksum field itself, says that the data is intact. */
  @inline static isValid(sum: u32): bool {
    return sum + rotr<u32>(sum, 16) >= 0xffff0000;
  }

  /** The value for the checksum field, in memory order: the complement of the folded sum. */
  @inline static finish(sum: u32): u32 {
    return Checksum.fold(sum) ^ 0xffff;
  }

  /** Mask of the bytes that belong to the last word of `bytes` bytes; all ones when they fill it. */
  @inline static lastWordMask(bytes: u32): u32 {
    const tail = bytes & 3;
    return tail ? (1 << (tail << 3)) - 1 : <u32>-1;
  }

  /** `sum` without `word`. */
  @inline static subtract(sum: u32, word: u32): u32 {
    return bulk_add_carry(sum, ~word);
  }

  /** `seed` plus the sum of `bytes` bytes at `src` (usize → u8[bytes], 4-aligned; its last word may be read whole). */
  static sumBytes(src: usize, bytes: u32, seed: u32): u32 {
    let sum = seed;
    // One bulk call takes 384 words; a reassembled datagram can have more.
    for (; bytes > 1536; bytes -= 1536) {
      sum = bulk_sum(src, 384, sum);
      src += 1536;
    }
    const words = bytes >>> 2;
    sum = bulk_sum(src, words, sum);
    if (!(bytes & 3)) return sum;
    return bulk_add_carry(sum, load<u32>(src + (words << 2)) & Checksum.lastWordMask(bytes));
  }
}
