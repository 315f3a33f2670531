/**
 * Time in wrapping u32 units of 1,024 µs, for deadlines further ahead than the ticks of Clock reach (half an hour) and for
 * TCP timestamps. It wraps after 50 days; deadlines lie less than 25 days ahead.
 */
import { Clock } from "./clock";

/** Units in a second, rounded up: no wait ends early. */
export const LONG_TICKS_PER_SECOND: u32 = 977;

export class LongClock {
  /** The present moment. */
  @inline static now(): u32 {
    return <u32>(Clock.now() >>> 10);
  }

  /** `milliseconds` as long ticks (125 for every 128 ms), rounded up. */
  @inline static ofMilliseconds(milliseconds: u32): u32 {
    return milliseconds - (milliseconds >>> 7) * 3 - (((milliseconds & 127) * 3) >>> 7) + 1;
  }

  /** True when `deadline` is not after `now` (both long ticks). */
  @inline static isDue(deadline: u32, now: u32): bool {
    return <i32>(now - deadline) >= 0;
  }
}
