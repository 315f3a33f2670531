/**
 * Time as the core knows it: what the host passed with the last entry that took `now`. Nothing here asks a clock.
 * `ticks` is the low half of it, a wrapping u32 of microseconds; deadlines are compared by signed difference, so they
 * lie less than 2^31 µs (35 minutes) ahead.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP } from "../../config";

/** u64 now, u32 the same in units of 1,024 µs. */
const STATE: usize = memory.data(12, 8);
const LONG_TICKS: usize = 8;
/**
 * The long ticks are kept, not computed: a shift of two words is four instructions, and a small image with TCP asks in two dozen places,
 * none of them a packet's usual way.
 */
const KEEPS_LONG_TICKS: bool = CONFIG_NET_TCP && !CONFIG_NET_FAST_PATHS;

export class Clock {
  /** Takes over `now` (microseconds, monotonic); the first thing an entry point does. */
  @inline static enter(now: u64): void {
    store<u64>(STATE, now);
    if (KEEPS_LONG_TICKS) store<u32>(STATE, <u32>(now >>> 10), LONG_TICKS);
  }

  /** Microseconds since the host started. */
  @inline static now(): u64 {
    return load<u64>(STATE);
  }

  /** Low 32 bits of `now`. */
  @inline static ticks(): u32 {
    return load<u32>(STATE);
  }

  /** `now` in units of 1,024 µs, wrapping: net/base/long-clock.ts. */
  @inline static longTicks(): u32 {
    return KEEPS_LONG_TICKS ? load<u32>(STATE, LONG_TICKS) : <u32>(Clock.now() >>> 10);
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
