/** Arithmetic on sequence numbers: comparisons modulo 2^32 (RFC 9293 §3.4). Numbers compared lie less than 2^31 apart. */
export class Sequence {
  /** a < b */
  @inline static before(a: u32, b: u32): bool {
    return <i32>(a - b) < 0;
  }

  /** a ≤ b */
  @inline static atOrBefore(a: u32, b: u32): bool {
    return <i32>(a - b) <= 0;
  }

  /** a > b */
  @inline static after(a: u32, b: u32): bool {
    return <i32>(a - b) > 0;
  }

  /** a ≥ b */
  @inline static atOrAfter(a: u32, b: u32): bool {
    return <i32>(a - b) >= 0;
  }

  /** The later of two. */
  @inline static max(a: u32, b: u32): u32 {
    return Sequence.after(a, b) ? a : b;
  }

  /** The earlier of two. */
  @inline static min(a: u32, b: u32): u32 {
    return Sequence.before(a, b) ? a : b;
  }
}
