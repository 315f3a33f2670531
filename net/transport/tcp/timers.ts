/**
 * The timers of connections. Each connection keeps its own three deadlines (sendAt, acknowledgeAt, longAt); those that have
 * one are linked in a list, so that idle connections cost nothing. `arm` is a store and, the first time, a link; the list
 * is looked through when the earliest deadline of all has come.
 */
import { CONFIG_NET_TCP, CONFIG_NET_TCP_FASTOPEN, CONFIG_NET_TCP_RETRY_COUNT } from "../../../config";
import { Chain } from "../../base/chain";
import { Clock, NO_DEADLINE } from "../../base/clock";
import { ETIMEDOUT } from "../../base/errno";
import { LongClock } from "../../base/long-clock";
import { Timers } from "../../base/timers";
import { STATE_FASTOPEN_PENDING } from "../../socket/socket";
import { TCP_ACK, TCP_FIN, TCP_SYN } from "../../wire/tcp";
import { Calls } from "./calls";
import {
  CLOSED,
  ESTABLISHED,
  LONG_FIN_WAIT_2,
  LONG_KEEPALIVE,
  LONG_OFF,
  SYN_RECEIVED,
  SYN_SENT,
  TCP_ACK_DELAYED,
  TCP_ACK_NOW,
  TCP_OUTPUT_BLOCKED,
  TCP_SYN_LOST,
  TCP_TIMED,
  Tcb,
  TIMER_OFF,
  TIMER_OVERRIDE,
  TIMER_PERSIST,
  TIMER_RELEASE,
} from "./connection";
import { Connections } from "./connections";
import { FastOpenClient } from "./fast-open-client";
import { FastOpenServer } from "./fast-open-server";
import { Output } from "./output";
import { Recovery } from "./recovery";
import { RetransmissionTimer } from "./retransmission-timer";
import { RoundTrip } from "./round-trip";
import { SendBuffer, SendBuffers } from "./send-buffer";
import { Sender } from "./sender";

/** usize → the first connection with a timer. */
const LIST: usize = CONFIG_NET_TCP ? memory.data(4, 4) : 0;
/** Longest time that a long timer sleeps before it looks again, in ticks and in long ticks. */
const LONG_NAP: u32 = NO_DEADLINE >>> 1;
const LONG_NAP_LONG: u32 = LONG_NAP >>> 10;
/** `backoff` stops here: 2^15 × the smallest time-out is beyond every ceiling. */
const BACKOFF_MAX: u32 = 15;

export class TcpTimers {
  static initialise(): void {
    store<usize>(LIST, 0);
  }

  /** A deadline of `tcb` has been set: sees to it that `expire` comes in time. */
  static arm(tcb: Tcb): void {
    if (!tcb.is(TCP_TIMED)) TcpTimers.link(tcb);
    const ticks = Clock.ticks();
    Timers.arm(ticks + TcpTimers.left(tcb, ticks));
  }

  /** As `arm`, for a caller that knows the deadline (ticks) which it has set: the short way. */
  @inline static armAt(tcb: Tcb, deadline: u32): void {
    if (!tcb.is(TCP_TIMED)) TcpTimers.link(tcb);
    Timers.arm(deadline);
  }

  /** As `armAt`, inside a poll: the host is about to hear of the deadline anyway. */
  @inline static noteAt(tcb: Tcb, deadline: u32): void {
    if (!tcb.is(TCP_TIMED)) TcpTimers.link(tcb);
    Timers.note(deadline);
  }

  private static link(tcb: Tcb): void {
    tcb.raise(TCP_TIMED);
    tcb.timedNext = load<usize>(LIST);
    store<usize>(LIST, changetype<usize>(tcb));
  }

  /** The chip had no room, or a burst has ended: `run` is to be called again after `delay` (µs). */
  static retryOutput(tcb: Tcb, delay: u32): void {
    tcb.raise(TCP_ACK_DELAYED);
    tcb.acknowledgeAt = Clock.ticks() + delay;
    TcpTimers.arm(tcb);
  }

  /** Takes `tcb` out of the list, in which it is. The flag is the caller's to lower. */
  static unlink(tcb: Tcb): void {
    Chain.remove(LIST, changetype<usize>(tcb), offsetof<Tcb>("timedNext"));
  }

  /** Does what is due, and notes what comes next. */
  static expire(ticks: u32): void {
    let link = LIST;
    for (let p = load<usize>(link); p; p = load<usize>(link)) {
      const tcb = Tcb.of(p);
      TcpTimers.expireOne(tcb, ticks);
      // The connection may have ended and left the list.
      if (load<usize>(link) != p) continue;
      if (!TcpTimers.isTimed(tcb)) {
        tcb.lower(TCP_TIMED);
        store<usize>(link, tcb.timedNext);
        continue;
      }
      Timers.note(ticks + TcpTimers.left(tcb, ticks));
      link = p + offsetof<Tcb>("timedNext");
    }
  }

  @inline private static isTimed(tcb: Tcb): bool {
    return (tcb.sendTimer | tcb.longTimer) != 0 || tcb.is(TCP_ACK_DELAYED);
  }

  /** Ticks until the earliest deadline of `tcb`, 0 when it has passed. */
  private static left(tcb: Tcb, ticks: u32): u32 {
    let left = NO_DEADLINE;
    if (tcb.sendTimer) left = TcpTimers.ahead(tcb.sendAt, ticks, left);
    if (tcb.is(TCP_ACK_DELAYED)) left = TcpTimers.ahead(tcb.acknowledgeAt, ticks, left);
    if (tcb.longTimer) {
      const long = <i32>(tcb.longAt - LongClock.now());
      const nap: u32 = long <= 0 ? 0 : <u32>long > LONG_NAP_LONG ? LONG_NAP : (<u32>long) << 10;
      if (nap < left) left = nap;
    }
    return left;
  }

  @inline private static ahead(deadline: u32, ticks: u32, most: u32): u32 {
    const left = <i32>(deadline - ticks);
    if (left <= 0) return 0;
    return <u32>left < most ? <u32>left : most;
  }

  private static expireOne(tcb: Tcb, ticks: u32): void {
    if (tcb.is(TCP_ACK_DELAYED) && Clock.isDue(tcb.acknowledgeAt, ticks)) {
      const blocked = tcb.is(TCP_OUTPUT_BLOCKED);
      tcb.lower(TCP_ACK_DELAYED | TCP_OUTPUT_BLOCKED);
      if (blocked && <u32>tcb.state < ESTABLISHED) TcpTimers.sendOpening(tcb);
      // The deadline may have been for the rest of a burst: an ACK is owed only for what came since the last one.
      if (tcb.lastAckSent != tcb.rcvNxt) tcb.raise(TCP_ACK_NOW);
      Sender.run(tcb);
    }
    if (tcb.sendTimer && Clock.isDue(tcb.sendAt, ticks) && !TcpTimers.sendDue(tcb)) return;
    if (tcb.longTimer && LongClock.isDue(tcb.longAt, LongClock.now())) TcpTimers.longDue(tcb);
  }

  /** The send timer is due. False when the connection is over. */
  private static sendDue(tcb: Tcb): bool {
    const kind = <u32>tcb.sendTimer;
    if (kind != TIMER_RELEASE) tcb.predicted = 0;
    if (CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_PENDING) && FastOpenServer.mustWait(tcb)) {
      FastOpenServer.restart(tcb);
      return true;
    }
    if (kind == TIMER_PERSIST) return TcpTimers.probeWindow(tcb);
    if (kind == TIMER_RELEASE) {
      SendBuffers.release(tcb);
      return true;
    }
    if (kind == TIMER_OVERRIDE) {
      Sender.overrideExpired(tcb);
      return true;
    }
    if (!tcb.sendBuffer || (CONFIG_NET_TCP_FASTOPEN && <u32>tcb.state < ESTABLISHED)) return TcpTimers.resendLone(tcb);
    if (Recovery.timerExpired(tcb, SendBuffer.at(tcb.sendBuffer))) {
      Connections.fail(tcb, ETIMEDOUT);
      return false;
    }
    Sender.run(tcb);
    return true;
  }

  /** A SYN, SYN-ACK or FIN without data has not been acknowledged in time (RFC 6298 §5). False when the connection is over. */
  private static resendLone(tcb: Tcb): bool {
    const state = <u32>tcb.state;
    if (state == CLOSED || tcb.sndUna == tcb.sndNxt) {
      tcb.sendTimer = <u8>TIMER_OFF;
      return true;
    }
    const opening = state == SYN_SENT || state == SYN_RECEIVED;
    const most = opening ? <u32>tcb.synCount : CONFIG_NET_TCP_RETRY_COUNT;
    const backoff = <u32>tcb.backoff;
    if (backoff >= most) {
      // While connecting, `probes` keeps what ICMP said.
      Connections.fail(tcb, opening && tcb.probes ? <i32>tcb.probes : ETIMEDOUT);
      return false;
    }
    tcb.backoff = <u8>(backoff + 1);
    if (CONFIG_NET_TCP_FASTOPEN && opening) FastOpenClient.unanswered(tcb);
    if (opening) tcb.raise(TCP_SYN_LOST);
    if (opening) TcpTimers.sendOpening(tcb);
    else Output.control(tcb, tcb.sndNxt - 1, TCP_FIN | TCP_ACK);
    Sender.armLone(tcb);
    return true;
  }

  /** Sends the SYN or SYN-ACK again. */
  private static sendOpening(tcb: Tcb): void {
    const state = <u32>tcb.state;
    if (state == SYN_SENT) Output.control(tcb, tcb.sndUna, Calls.synFlags(tcb));
    else if (state == SYN_RECEIVED) Output.control(tcb, tcb.sndUna, TCP_SYN | TCP_ACK);
  }

  /**
   * A zero-window probe is due: the first byte that the window has no room for (RFC 9293 §3.8.6.1). It goes on as long as
   * the peer answers; a peer that does not is given up like one that acknowledges nothing. False when the connection is over.
   */
  private static probeWindow(tcb: Tcb): bool {
    const p = tcb.sendBuffer;
    if (!p || !SendBuffer.at(p).length) {
      Sender.endPersist(tcb);
      return true;
    }
    if (<u32>tcb.probes >= <u32>CONFIG_NET_TCP_RETRY_COUNT || TcpTimers.isStalledTooLong(tcb)) {
      Connections.fail(tcb, ETIMEDOUT);
      return false;
    }
    tcb.probes += 1;
    if (<u32>tcb.backoff < BACKOFF_MAX) tcb.backoff += 1;
    Output.data(tcb, SendBuffer.at(p), tcb.sndNxt, 1, 0);
    RetransmissionTimer.set(tcb, TIMER_PERSIST, RoundTrip.timeout(tcb));
    return true;
  }

  /** True when TCP_USER_TIMEOUT has passed since the window closed (RFC 5482). */
  private static isStalledTooLong(tcb: Tcb): bool {
    const limit = tcb.userTimeout;
    return limit != 0 && LongClock.now() - tcb.sentAt > LongClock.ofMilliseconds(limit);
  }

  /** The long timer is due. */
  private static longDue(tcb: Tcb): void {
    if (tcb.longTimer == <u8>LONG_FIN_WAIT_2) {
      Connections.release(tcb);
      return;
    }
    if (tcb.longTimer != <u8>LONG_KEEPALIVE) {
      tcb.longTimer = <u8>LONG_OFF;
      return;
    }
    Calls.keepAlive(tcb);
  }
}
