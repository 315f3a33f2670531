import { bulk_reverse } from "../../hal/imports";

/** Byte order. Packet fields are big-endian; every host that runs this is little-endian (WebAssembly is). */
export class Be {
  /** Swaps the two low bytes; the high half of the argument is ignored and that of the result is 0. */
  @inline static swap16(value: u32): u32 {
    // Two instructions on ARM (rev, lsr), one fewer than swapping two bytes.
    return Be.swap32(value) >>> 16;
  }

  /** `value`, which is below 65,536, in the high half of a word with its bytes swapped; the low half is 0. One instruction on ARM (rev). */
  @inline static high16(value: u32): u32 {
    return bulk_reverse(value);
  }

  /** Swaps all four bytes. */
  @inline static swap32(value: u32): u32 {
    return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
  }
}
