/** Round-trip time and retransmission time-out (RFC 6298). The clock's grain is 1 µs. */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT,
  CONFIG_NET_TCP_MAX_RETRANSMISSION_TIMEOUT,
  CONFIG_NET_TCP_MIN_RETRANSMISSION_TIMEOUT,
} from "../../../config";
import { TCP_SYN_LOST, Tcb } from "./connection";

const MICROS_PER_MILLI: u32 = 1000;
const INITIAL: u32 = CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT * MICROS_PER_MILLI;
const MINIMUM: u32 = CONFIG_NET_TCP_MIN_RETRANSMISSION_TIMEOUT * MICROS_PER_MILLI;
const MAXIMUM: u32 = CONFIG_NET_TCP_MAX_RETRANSMISSION_TIMEOUT * MICROS_PER_MILLI;
/** RTO of data after a SYN that had to be sent again (RFC 6298 §5.7). */
const AFTER_LOST_SYN: u32 = 3_000_000;
/** Longest round trip that is believed, µs: eight times it fits in a word with room for the variation. */
const LONGEST: u32 = 1 << 27;
/** Doublings after which the largest RTO is reached whatever it was (240 s over 10 ms is less than 2^15). */
const MOST_DOUBLINGS: u32 = 15;

export class RoundTrip {
  /** Sets the RTO of a connection that has not measured anything yet; what it has measured stays. */
  static initialise(tcb: Tcb): void {
    if (tcb.srtt) return;
    tcb.rto = tcb.is(TCP_SYN_LOST) && INITIAL < AFTER_LOST_SYN ? AFTER_LOST_SYN : INITIAL;
  }

  /** Takes in one measured round trip of `micros` µs (RFC 6298 §2.2 and §2.3, with α = 1/8 and β = 1/4). */
  static sample(tcb: Tcb, micros: u32): void {
    const measured: u32 = micros == 0 ? 1 : micros > LONGEST ? LONGEST : micros;
    let srtt = tcb.srtt;
    let rttvar: u32;
    if (srtt) {
      const delta = <i32>measured - <i32>(srtt >>> 3);
      const distance: u32 = delta < 0 ? -delta : delta;
      rttvar = tcb.rttvar;
      rttvar += distance - (rttvar >>> 2);
      srtt += delta;
    } else {
      srtt = measured << 3;
      rttvar = measured << 1;
    }
    tcb.srtt = srtt;
    tcb.rttvar = rttvar;
    tcb.rto = RoundTrip.bounded((srtt >>> 3) + rttvar);
  }

  /** As `sample`, for the first one of a connection. */
  @inline static first(tcb: Tcb, micros: u32): void {
    if (!CONFIG_NET_FAST_PATHS) {
      RoundTrip.sample(tcb, micros);
      return;
    }
    const measured: u32 = micros == 0 ? 1 : micros > LONGEST ? LONGEST : micros;
    tcb.srtt = measured << 3;
    tcb.rttvar = measured << 1;
    tcb.rto = RoundTrip.bounded(measured * 3);
  }

  @inline private static bounded(rto: u32): u32 {
    return rto < MINIMUM ? MINIMUM : rto > MAXIMUM ? MAXIMUM : rto;
  }

  /** The smoothed round-trip time, µs; 0 before the first sample. */
  @inline static smoothed(tcb: Tcb): u32 {
    return tcb.srtt >>> 3;
  }

  /** The present time-out, µs: the RTO, doubled for each of `backoff` (RFC 6298 §5.5), at most the largest. */
  static timeout(tcb: Tcb): u32 {
    const rto = tcb.rto;
    const backoff = <u32>tcb.backoff;
    if (!backoff) return rto;
    return backoff > MOST_DOUBLINGS || rto > MAXIMUM >>> backoff ? MAXIMUM : rto << backoff;
  }
}
