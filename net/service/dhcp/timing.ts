/** Times of the DHCP client, absolute ones in µs as of Clock.now: a lease can be longer than ticks reach. */
import { host_random } from "../../../hal/imports";
import { NO_DEADLINE } from "../../base/clock";
import { DHCP_INFINITE } from "./lease";

/** µs of a second. */
export const MICROSECONDS: u64 = 1_000_000;
/** A moment that does not come. */
export const DHCP_NEVER: u64 = u64.MAX_VALUE;
/** First and last step of the back-off: 4 s doubled four times (RFC 2131 §4.1). */
const FIRST_SECONDS: u64 = 4;
const DOUBLINGS: u32 = 4;
/** Least time between two attempts to extend a lease (§4.4.5). */
const EXTEND_MIN: u64 = 60 * MICROSECONDS;

export class DhcpTiming {
  /** Time to the next message after `tries` others: 4, 8, 16, 32, 64 s, each a second more or less, µs. */
  static backOff(tries: u32): u64 {
    const seconds = FIRST_SECONDS << (<u64>min<u32>(tries, DOUBLINGS));
    return (seconds - 1) * MICROSECONDS + <u64>(host_random() % (2 * <u32>MICROSECONDS));
  }

  /** Between 1 s and `seconds`, at random, µs; 0 when that is 0 (RFC 2131 §4.4.1). */
  static initialDelay(seconds: u32): u64 {
    if (!seconds) return 0;
    return MICROSECONDS + <u64>(host_random() % ((seconds - 1) * <u32>MICROSECONDS + 1));
  }

  /** The moment `part` seconds after `since`; never when the lease of `seconds` has no end. */
  static after(since: u64, part: u32, seconds: u32): u64 {
    return seconds == DHCP_INFINITE ? DHCP_NEVER : since + <u64>part * MICROSECONDS;
  }

  /** The middle between `now` and `end`, but 60 s ahead at least and `end` at most. */
  static halfway(now: u64, end: u64): u64 {
    if (now >= end) return end;
    const half = (end - now) >> 1;
    return min<u64>(now + max<u64>(half, EXTEND_MIN), end);
  }

  /** `delay` µs as ticks; long ones come in steps. */
  static ahead(delay: u64): u32 {
    return delay < <u64>NO_DEADLINE ? <u32>delay : NO_DEADLINE;
  }
}
