/**
 * Time as the core knows it: what the host passed with the last entry that took `now`. Nothing here asks a clock.
 * `ticks` is the low half of it, a wrapping u32 of microseconds; deadlines are compared by signed difference, so they
 * lie less than 2^31 µs (35 minutes) ahead.
 */
const STATE: usize = memory.data(8, 8);

export class Clock {
  /** Takes over `now` (microseconds, monotonic); the first thing an entry point does. */
  @inline static enter(now: u64): void {
    store<u64>(STATE, now);
  }

  /** Microseconds since the host started. */
  @inline static now(): u64 {
    return load<u64>(STATE);
  }

  /** Low 32 bits of `now`. */
  @inline static ticks(): u32 {
    return load<u32>(STATE);
  }

  /** True when `deadline` (ticks) is not after `ticks`. */
  @inline static isDue(deadline: u32, ticks: u32): bool {
    return <i32>(ticks - deadline) >= 0;
  }
}

/** Ticks in a second. */
export const TICKS_PER_SECOND: u32 = 1_000_000;

/** What an `expire` function returns when it has no deadline; also the longest sleep: just below 30 minutes, a constant that fits into an instruction. */
export const NO_DEADLINE: u32 = 0x6b00_0000;
