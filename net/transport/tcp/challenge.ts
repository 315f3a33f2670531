/**
 * How many challenge ACKs go out (RFC 5961 §7): for each connection its own limit, so that the answers to one connection
 * tell nothing about another (CVE-2016-5696), and a new one each period, drawn by a keyed hash between half and one and a
 * half times CONFIG_NET_TCP_CHALLENGE_ACKS, so that not even its own user can count on it.
 *
 * One byte per connection: the period in its two high bits, the count in the others. A period is 2^20 µs. A connection that
 * is challenged again exactly four periods later goes on with the count of that time: it gets fewer, never more.
 */
import { CONFIG_NET_TCP_CHALLENGE_ACKS } from "../../../config";
import { host_random } from "../../../hal/imports";
import { Clock } from "../../base/clock";
import { COUNTER_TCP_CHALLENGES_HELD, COUNTER_TCP_CHALLENGES_OUT, Counter } from "../../base/counters";
import { Tcb } from "./connection";
import { InitialSequence } from "./initial-sequence";
import { Tuple } from "./tuple";

const AVERAGE: u32 = CONFIG_NET_TCP_CHALLENGE_ACKS;
/** A period is 2 to the power of this, µs: a second and 5 %. */
const PERIOD_BITS: u64 = 20;
const COUNT_BITS: u32 = 6;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;
/** A count stands for this many: limits beyond 63 are counted by chance, one in so many. */
const UNIT: u32 = (AVERAGE + AVERAGE / 2) / COUNT_MASK + 1;

export class Challenge {
  /** True when a challenge ACK may go out on `tcb`: then it counts as sent. */
  static allowed(tcb: Tcb): bool {
    const self = changetype<usize>(tcb);
    return Challenge.allowedAt(self + offsetof<Tcb>("challenges"), Tuple.at(self));
  }

  /**
   * As `allowed`, for records that are not connections.
   * @param state usize → u8, which is kept between the calls, 0 at first
   */
  static allowedAt(state: usize, tuple: Tuple): bool {
    const period = <u32>(Clock.now() >>> PERIOD_BITS);
    const held = <u32>load<u8>(state);
    const mark = period << COUNT_BITS;
    let count = ((held ^ mark) & 0xff) >>> COUNT_BITS == 0 ? held & COUNT_MASK : 0;
    const limit = Challenge.limit(period, tuple);
    if (count * UNIT >= limit) {
      Counter.add(COUNTER_TCP_CHALLENGES_HELD);
      return false;
    }
    if (UNIT == 1 || host_random() % UNIT == 0) count++;
    store<u8>(state, <u8>(mark | count));
    Counter.add(COUNTER_TCP_CHALLENGES_OUT);
    return true;
  }

  /** The limit of a connection in `period`: CONFIG / 2 to 3 × CONFIG / 2, at least 1. */
  private static limit(period: u32, tuple: Tuple): u32 {
    const limit =
      AVERAGE - AVERAGE / 2 + (InitialSequence.hash(period, tuple.remote, tuple.ports) % (2 * (AVERAGE / 2) + 1));
    return limit ? limit : 1;
  }
}
