/**
 * The timer of what is in flight: retransmission time-out (RFC 6298 §5), tail loss probe and reordering window (RFC 8985).
 * One deadline, one kind, in the connection (sendAt, sendTimer).
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP_RETRY_COUNT } from "../../../config";
import { Clock } from "../../base/clock";
import { LongClock } from "../../base/long-clock";
import { Congestion } from "./congestion";
import {
  TCP_ECN_CWR,
  TCP_HAS_ECN,
  TCP_IN_RECOVERY,
  Tcb,
  TIMER_LOSS_PROBE,
  TIMER_REORDER,
  TIMER_RETRANSMIT,
} from "./connection";
import { Flight } from "./flight";
import { TcpIcmp } from "./icmp";
import {
  RECOVERY_ECN,
  RECOVERY_FIRST_ACK,
  RECOVERY_STAMPED,
  RECOVERY_TIMEOUT,
  RECOVERY_UNDO,
  WITH_RACK,
} from "./recovery-marks";
import { RoundTrip } from "./round-trip";
import { Scoreboard } from "./scoreboard";
import { SendBuffer } from "./send-buffer";
import { TailProbe } from "./tail-probe";
import { TcpTimers } from "./timers";
import { Undo } from "./undo";

/** `backoff` stops here: RoundTrip.timeout has reached the largest time-out long before. */
const BACKOFF_MAX: u32 = 15;
/** Time-outs in a row of a full-sized segment after which smaller ones are tried. */
const BLACK_HOLE: u32 = 3;

export class RetransmissionTimer {
  /** Starts it anew for what is in flight: as a probe when one is allowed, otherwise with the time-out. */
  static arm(tcb: Tcb, buffer: SendBuffer): void {
    RetransmissionTimer.start(tcb, buffer, TailProbe.isAllowed(tcb, buffer));
  }

  /** Starts it with the time-out, whatever probes there might be. */
  static armTimeout(tcb: Tcb, buffer: SendBuffer): void {
    RetransmissionTimer.start(tcb, buffer, false);
  }

  @inline private static start(tcb: Tcb, buffer: SendBuffer, mayProbe: bool): void {
    // The highest field first: its bounds check serves for the others.
    const limit = tcb.userTimeout;
    let delay = CONFIG_NET_FAST_PATHS && !tcb.backoff ? tcb.rto : RoundTrip.timeout(tcb);
    let kind = TIMER_RETRANSMIT;
    if (WITH_RACK && mayProbe) {
      const probe = TailProbe.delay(tcb);
      if (probe < delay) {
        delay = probe;
        kind = TIMER_LOSS_PROBE;
      }
    }
    if (limit) delay = RetransmissionTimer.shorten(tcb, buffer, delay);
    RetransmissionTimer.set(tcb, kind, delay);
  }

  /** RACK looks again after `delay` (µs). */
  @inline static armReorder(tcb: Tcb, delay: u32): void {
    RetransmissionTimer.set(tcb, TIMER_REORDER, delay);
  }

  /** The send timer is `kind`, due after `delay` (µs). */
  @inline static set(tcb: Tcb, kind: u32, delay: u32): void {
    const at = Clock.ticks() + delay;
    tcb.sendTimer = <u8>kind;
    tcb.sendAt = at;
    TcpTimers.armAt(tcb, at);
  }

  /** `delay` (µs), or less when TCP_USER_TIMEOUT ends before. */
  private static shorten(tcb: Tcb, buffer: SendBuffer, delay: u32): u32 {
    const limit = LongClock.ofMilliseconds(tcb.userTimeout);
    const passed = buffer.retries ? LongClock.now() - buffer.silentSince : 0;
    const left = limit > passed ? limit - passed : 1;
    return left < delay >>> 10 ? left << 10 : delay;
  }

  /** True when the peer has been silent for too long (RFC 9293 §3.8.3, R2; RFC 5482). Called at a time-out. */
  private static isOver(tcb: Tcb, buffer: SendBuffer, retries: u32): bool {
    const limit = tcb.userTimeout;
    let most: u32 = CONFIG_NET_TCP_RETRY_COUNT;
    let silence = retries;
    if (limit) {
      most = LongClock.ofMilliseconds(limit);
      silence = LongClock.now() - buffer.silentSince + 1;
    }
    return silence >= most;
  }

  /**
   * The retransmission time-out has passed (RFC 6298 §5.4 to §5.7, RFC 5681 §3.1): everything counts as lost, one segment may
   * go. The caller sends it.
   * @returns true when the connection is to be given up
   */
  static timedOut(tcb: Tcb, buffer: SendBuffer): bool {
    Flight.cover(tcb, buffer);
    const first = Flight.record(buffer, 0);
    const retries = buffer.retries;
    if (!retries) buffer.silentSince = LongClock.now() - ((Clock.ticks() - Flight.sentAt(first)) >>> 10);
    if (RetransmissionTimer.isOver(tcb, buffer, retries)) return true;
    const isFull = Flight.end(first) - tcb.sndUna >= tcb.payloadRoom();
    RetransmissionTimer.reduce(tcb, buffer);
    Scoreboard.loseAll(tcb, buffer);
    buffer.duplicateAcks = 0;
    buffer.recoveryPoint = tcb.sndNxt;
    buffer.retries = retries + 1;
    if (<u32>tcb.backoff < BACKOFF_MAX) tcb.backoff += 1;
    if (retries + 1 == BLACK_HOLE && isFull) TcpIcmp.blackHole(tcb);
    tcb.cwnd = tcb.payloadRoom();
    RetransmissionTimer.armTimeout(tcb, buffer);
    return false;
  }

  /** ssthresh goes down the first time only; whether it had to is F-RTO's question, unless recovery was going on already. */
  private static reduce(tcb: Tcb, buffer: SendBuffer): void {
    const marks = buffer.recoveryMarks;
    let kept = marks & RECOVERY_ECN;
    if (marks & RECOVERY_TIMEOUT) {
      kept |= marks & (RECOVERY_UNDO | RECOVERY_STAMPED);
    } else {
      if (!tcb.is(TCP_IN_RECOVERY)) {
        Undo.remember(tcb, buffer);
        kept |= RECOVERY_UNDO | RECOVERY_FIRST_ACK;
      }
      Congestion.reduce(tcb, buffer);
    }
    buffer.recoveryMarks = kept | RECOVERY_TIMEOUT;
    tcb.raise(tcb.is(TCP_HAS_ECN) ? TCP_IN_RECOVERY | TCP_ECN_CWR : TCP_IN_RECOVERY);
  }
}
