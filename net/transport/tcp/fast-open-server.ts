/**
 * TCP Fast Open of a listener (RFC 7413 §4.2): a SYN whose cookie is right opens a connection at once. Its data lies in the
 * receive buffer, the connection in the accept queue, and the application can answer before the handshake is over.
 *
 * Such a connection is ESTABLISHED to everything but the peer: our SYN counts as acknowledged in the connection, and the record
 * of the SYN queue that every handshake has stays, marked HALF_FAST, with the connection in place of the listener. It sends the
 * SYN-ACK again when that is due or the SYN comes again, and goes when the ACK of our SYN is there. Until then
 * (STATE_FASTOPEN_PENDING) nothing of the connection's own is sent twice: a peer that has no SYN-ACK takes nothing else.
 *
 * What bounds it (§5.1): of each listener, TCP_FASTOPEN connections can be in that state, counted together with those that a RST
 * has ended in the last minute; otherwise one who sends SYNs with a cookie of his and RSTs in turn could use up all that
 * there is. They all count until a minute after the last one, so two numbers are enough, where Linux keeps a list. When the limit
 * is reached, or a socket or a receive buffer is missing, the handshake is the usual one, and the peer sends its data again. A full SYN
 * queue answers with SYN cookies, which leave no room for this.
 *
 * As on Linux the option is only answered while the limit allows it. A FIN on such a SYN is not taken, and comes again.
 */
import { CONFIG_NET_MAX_CONTEXTS, CONFIG_NET_TCP_FASTOPEN } from "../../../config";
import { Clock } from "../../base/clock";
import { COUNTER_DROP_TCP_ACK, Counter } from "../../base/counters";
import { ETIMEDOUT } from "../../base/errno";
import { Pool } from "../../base/pool";
import {
  OPTION_FASTOPEN_NO_COOKIE,
  SocketPool,
  STATE_FASTOPEN_DATA,
  STATE_FASTOPEN_PENDING,
} from "../../socket/socket";
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../../wire/tcp";
import { Congestion } from "./congestion";
import { TCP_SYN_LOST, Tcb, TIMER_OFF, TIMER_OVERRIDE, TIMER_RELEASE } from "./connection";
import { Connections } from "./connections";
import { COOKIE_BYTES, COOKIE_RIGHT, COOKIE_WRONG, FastOpenCookie } from "./fast-open-cookie";
import { FastOpenOption } from "./fast-open-option";
import { HALF_FAST, HALF_REPEATED, HalfOpen } from "./half-open";
import { ReceiveRing, ReceiveRings } from "./receive-ring";
import { Reply } from "./reply";
import { RoundTrip } from "./round-trip";
import { HAS_FASTOPEN, Segment } from "./segment";
import { Sequence } from "./sequence";
import { SynQueue } from "./syn-queue";
import { TcpTimers } from "./timers";

/** Of each socket: u16 limit (TCP_FASTOPEN; 0 = off), u16 connections that a RST has ended, u32 until when these count. */
const SOCKETS: usize = CONFIG_NET_TCP_FASTOPEN
  ? memory.data(CONFIG_NET_TCP_FASTOPEN ? CONFIG_NET_MAX_CONTEXTS * 8 : 8, 4)
  : 0;
const RESETS: usize = 2;
const UNTIL: usize = 4;
/** Times are in units of 2^20 µs; a RST counts for a minute, as on Linux. */
const UNIT_BITS: u64 = 20;
const RESET_UNITS: u32 = 58;
/** Flags that say what a segment is about when it could be the SYN again. */
const OPENING: u32 = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN;

export class FastOpenServer {
  // ---- listeners ------------------------------------------------------------------------------------------------------

  @inline private static slot(index: i32): usize {
    return SOCKETS + ((<usize>index) << 3);
  }

  @inline private static slotOf(tcb: Tcb): usize {
    return FastOpenServer.slot(SocketPool.indexOf(changetype<usize>(tcb)));
  }

  /** TCP_FASTOPEN: connections of this listener whose handshake need not be over; 0 = off. */
  static limit(tcb: Tcb): u32 {
    return load<u16>(FastOpenServer.slotOf(tcb));
  }

  /** Sets the limit, and forgets nothing else. */
  static setLimit(tcb: Tcb, limit: u32): void {
    store<u16>(FastOpenServer.slotOf(tcb), <u16>limit);
  }

  /** The record goes back to its pool: the next socket in it has no limit. */
  static forget(tcb: Tcb): void {
    store<u64>(FastOpenServer.slotOf(tcb), 0);
  }

  @inline private static now(): u32 {
    return <u32>(Clock.now() >>> UNIT_BITS);
  }

  /** True when one more connection of `listener` may be opened by its SYN. */
  private static mayOpen(listener: Tcb): bool {
    const index = SocketPool.indexOf(changetype<usize>(listener));
    const slot = FastOpenServer.slot(index);
    const limit = <u32>load<u16>(slot);
    if (!limit) return false;
    let resets = <u32>load<u16>(slot, RESETS);
    if (resets && FastOpenServer.now() >= load<u32>(slot, UNTIL)) {
      resets = 0;
      store<u16>(slot, 0, RESETS);
    }
    return SynQueue.pendingOf(index) + resets < limit;
  }

  // ---- the SYN ----------------------------------------------------------------------------------------------------------

  /**
   * A SYN for `listener` has been noted in `entry`, and its SYN-ACK is about to go out. Opens the connection when the SYN allows it;
   * otherwise the SYN-ACK has what the client needs for the next time.
   * @see RFC 7413 §4.2.1 and §4.2.2
   */
  static arrived(entry: HalfOpen, listener: Tcb, segment: Segment): void {
    const asked = segment.hasOption(HAS_FASTOPEN);
    if ((!asked && !segment.length) || !FastOpenServer.mayOpen(listener)) return;
    if (listener.has(OPTION_FASTOPEN_NO_COOKIE)) {
      FastOpenServer.open(entry, listener, segment);
      return;
    }
    if (!asked) return;
    let standing = COOKIE_WRONG;
    if (FastOpenOption.length() == COOKIE_BYTES) {
      const place = FastOpenOption.cookie();
      const cookie = <u64>load<u32>(place) | ((<u64>load<u32>(place, 4)) << 32);
      standing = FastOpenCookie.check(cookie, segment.remote, segment.local);
    }
    const opened = standing != COOKIE_WRONG && FastOpenServer.open(entry, listener, segment);
    if (opened && standing == COOKIE_RIGHT) return;
    FastOpenOption.give(FastOpenCookie.make(segment.remote, segment.local));
  }

  /** Opens the connection. False when a record or a buffer for it is missing: nothing has changed. */
  private static open(entry: HalfOpen, listener: Tcb, segment: Segment): bool {
    const sockets = Pool.at(SocketPool.pool());
    if (sockets.used == sockets.capacity) return false;
    const rings = Pool.at(ReceiveRings.pool());
    if (segment.length && rings.used == rings.capacity) return false;
    // The SYN-ACK has not been answered: there is no round trip yet. FIN and payload are taken here, or not at all.
    const sentAt = entry.sentAt;
    entry.sentAt = 0;
    const announced = entry.ownMss(listener);
    const p = HalfOpen.opened(changetype<usize>(entry), listener);
    entry.sentAt = sentAt;
    if (!p) return false;
    const tcb = Tcb.of(p);
    tcb.predicted = 0;
    tcb.options |= STATE_FASTOPEN_PENDING;
    // The window of a SYN is not scaled (RFC 7323 §2.2), and its ACK field says nothing.
    tcb.sndWnd = segment.window;
    tcb.sndWndMax = segment.window;
    tcb.sndWl2 = tcb.sndUna;
    entry.listener = p;
    entry.flags = <u8>(<u32>entry.flags | HALF_FAST);
    entry.peerMss = <u16>announced;
    entry.fastListener = <u16>(SocketPool.indexOf(changetype<usize>(listener)) + 1);
    if (segment.length && ReceiveRings.attach(tcb)) FastOpenServer.takeData(entry, tcb, segment);
    return true;
  }

  /** Takes the payload of the SYN, as far as the window goes. The SYN-ACK acknowledges it. */
  private static takeData(entry: HalfOpen, tcb: Tcb, segment: Segment): void {
    const window = <u32>entry.window;
    const bytes = segment.length < window ? segment.length : window;
    ReceiveRing.put(tcb, 0, segment.data, bytes);
    tcb.ringCount = bytes;
    tcb.rcvNxt += bytes;
    tcb.lastAckSent = tcb.rcvNxt;
    tcb.options |= STATE_FASTOPEN_DATA;
    entry.irs += bytes;
    entry.window = <u16>(window - bytes);
  }

  // ---- until its handshake is over ------------------------------------------------------------------------------------

  /** The record of the SYN queue of a pending connection: usize → HalfOpen, or 0. */
  private static recordOf(tcb: Tcb): usize {
    return SynQueue.find(tcb.localAddress, tcb.remoteAddress, tcb.ports);
  }

  /** True when `segment` is the SYN of the pending connection `tcb` again: the SYN-ACK has gone out again, and that is all. */
  static repeated(tcb: Tcb, segment: Segment): bool {
    // Until a segment with an acceptable ACK comes, SND.WL1 is the number of the SYN.
    if ((segment.flags & OPENING) != TCP_SYN || segment.seq != tcb.sndWl1) return false;
    const p = FastOpenServer.recordOf(tcb);
    if (p) SynQueue.repeat(HalfOpen.at(p), segment);
    return true;
  }

  /**
   * A segment of the pending connection `tcb` with an ACK, in the window: the handshake is over when it acknowledges our SYN.
   * False when it does not: it has been answered with a RST (RFC 9293 §3.10.7.4, SYN-RECEIVED).
   */
  static complete(tcb: Tcb, segment: Segment): bool {
    if (Sequence.before(segment.ack, tcb.sndUna) || Sequence.after(segment.ack, tcb.sndNxt)) {
      Counter.add(COUNTER_DROP_TCP_ACK);
      Reply.reset(segment);
      return false;
    }
    const p = FastOpenServer.recordOf(tcb);
    if (p) {
      const entry = HalfOpen.at(p);
      if (entry.retries) {
        // RFC 6298 §5.7, RFC 5681 §3.1.
        tcb.raise(TCP_SYN_LOST);
        RoundTrip.initialise(tcb);
        Congestion.clear(tcb);
        tcb.cwnd = Congestion.firstWindow(tcb.payloadRoom(), TCP_SYN_LOST);
      } else if (!entry.is(HALF_REPEATED)) {
        RoundTrip.first(tcb, Clock.ticks() - entry.sentAt);
      }
    }
    FastOpenServer.ended(tcb);
    // What has been sent meanwhile has its full time from now on, as on Linux.
    if (FastOpenServer.mustWait(tcb)) {
      tcb.backoff = 0;
      FastOpenServer.restart(tcb);
    }
    return true;
  }

  /** A RST has ended the pending connection `tcb`: it goes on counting for its listener (RFC 7413 §5.1). */
  static wasReset(tcb: Tcb): void {
    const p = FastOpenServer.recordOf(tcb);
    const index = p ? <i32>HalfOpen.at(p).fastListener : 0;
    if (!index) return;
    const slot = FastOpenServer.slot(index - 1);
    store<u16>(slot, load<u16>(slot, RESETS) + 1, RESETS);
    store<u32>(slot, FastOpenServer.now() + RESET_UNITS, UNTIL);
  }

  /** The handshake of `tcb` is over, or the connection: its record goes back. */
  static ended(tcb: Tcb): void {
    tcb.options &= ~STATE_FASTOPEN_PENDING;
    const p = FastOpenServer.recordOf(tcb);
    if (p) SynQueue.remove(p);
  }

  /** Nobody has answered the SYN-ACKs of `entry`: the connection is over. */
  static timedOut(entry: HalfOpen): void {
    Connections.fail(Tcb.of(entry.listener), ETIMEDOUT);
  }

  /** True for a send timer that waits for the peer: what it is for is not sent while our SYN is not acknowledged. */
  static mustWait(tcb: Tcb): bool {
    const kind = <u32>tcb.sendTimer;
    return kind != TIMER_OFF && kind != TIMER_OVERRIDE && kind != TIMER_RELEASE;
  }

  /** Starts the send timer anew. */
  static restart(tcb: Tcb): void {
    tcb.sendAt = Clock.ticks() + RoundTrip.timeout(tcb);
    TcpTimers.arm(tcb);
  }
}
