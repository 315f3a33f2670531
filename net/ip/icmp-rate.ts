/**
 * How many ICMP errors go out: token buckets for groups of destinations, CONFIG_NET_ICMP_ERROR_RATE a second each and
 * CONFIG_NET_ICMP_ERROR_BURST at once. Which destinations share a bucket is secret, and refills come at irregular times,
 * so that nobody can tell from his own errors how many another one got (the side channel of CVE-2020-25705).
 * @see RFC 1812 §4.3.2.8
 */
import { CONFIG_NET_ICMP_ERROR_BURST, CONFIG_NET_ICMP_ERROR_RATE } from "../../config";
import { host_random } from "../../hal/imports";
import { Clock, TICKS_PER_SECOND } from "../base/clock";

const BUCKETS: i32 = 8;
const BURST: u32 = CONFIG_NET_ICMP_ERROR_BURST;
const INTERVAL: u32 = TICKS_PER_SECOND / <u32>CONFIG_NET_ICMP_ERROR_RATE;

/** u32 tokens, u32 ticks of the last refill. */
const TABLE: usize = memory.data(8 * 8, 4);
const REFILLED_AT: usize = 4;
/** u32 secret. */
const SECRET: usize = memory.data(4, 4);

export class IcmpRate {
  /** Fills the buckets and draws the secret. */
  static initialise(): void {
    store<u32>(SECRET, host_random() | 1);
    for (let i: i32 = 0; i < BUCKETS; i++) {
      store<u32>(TABLE + ((<usize>i) << 3), BURST);
      store<u32>(TABLE + ((<usize>i) << 3), Clock.ticks(), REFILLED_AT);
    }
  }

  /** Takes a token for an error to `destinationBe`; false when there is none. */
  static allow(destinationBe: u32): bool {
    let hash = (destinationBe ^ load<u32>(SECRET)) * 0x9e3779b1;
    hash ^= hash >>> 15;
    const bucket = TABLE + ((((hash * load<u32>(SECRET)) >>> 29) & (BUCKETS - 1)) << 3);
    let tokens = load<u32>(bucket);
    const ticks = Clock.ticks();
    const elapsed = ticks - load<u32>(bucket, REFILLED_AT);
    // After a refill the time stands up to half an interval ahead: then `elapsed` is negative.
    if (<i32>elapsed >= <i32>INTERVAL || elapsed - TICKS_PER_SECOND < 0x7fff_ffff) {
      tokens += elapsed / INTERVAL;
      if (tokens > BURST) tokens = BURST;
      store<u32>(bucket, ticks + (host_random() % (INTERVAL / 2 + 1)), REFILLED_AT);
    }
    if (!tokens) {
      store<u32>(bucket, 0);
      return false;
    }
    store<u32>(bucket, tokens - 1);
    return true;
  }
}
