/**
 * SEGMENT ARRIVES for a connection in a synchronised state, and in SYN-RECEIVED after a simultaneous open: RFC 9293
 * §3.10.7.4, step by step, with RFC 5961 (RST, SYN, ACK) and RFC 7323 (timestamps, PAWS). The other states are elsewhere:
 * CLOSED in reply.ts, LISTEN in listener.ts, SYN-SENT in syn-sent.ts, SYN-RECEIVED after a passive open in syn-queue.ts,
 * TIME-WAIT in time-wait.ts.
 */
import { CONFIG_NET_TCP_FASTOPEN, CONFIG_NET_TCP_WINDOW_SCALE } from "../../../config";
import {
  COUNTER_DROP_TCP_ACK,
  COUNTER_DROP_TCP_PAWS,
  COUNTER_DROP_TCP_SEQUENCE,
  COUNTER_DROP_TCP_STATE,
  COUNTER_TCP_RESETS_IN,
  Counter,
} from "../../base/counters";
import { ECONNREFUSED, ECONNRESET } from "../../base/errno";
import { LongClock } from "../../base/long-clock";
import { STATE_FASTOPEN_PENDING } from "../../socket/socket";
import { Tasks } from "../../socket/task";
import { TCP_ACK, TCP_CWR, TCP_FIN, TCP_RST, TCP_SYN, TCP_URG } from "../../wire/tcp";
import { ACK_REFUSED, Acknowledgement } from "./acknowledgement";
import { Calls } from "./calls";
import { Challenge } from "./challenge";
import {
  CLOSE_WAIT,
  CLOSING,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  LONG_OFF,
  SYN_RECEIVED,
  TCP_ACK_NOW,
  TCP_ECN_ECHO,
  TCP_FIN_SENT,
  TCP_HAS_ECN,
  TCP_HAS_SACK,
  TCP_HAS_TIMESTAMPS,
  TCP_IN_ACCEPT_QUEUE,
  Tcb,
} from "./connection";
import { Connections } from "./connections";
import { FastOpenClient } from "./fast-open-client";
import { FastOpenServer } from "./fast-open-server";
import { OutOfOrder } from "./out-of-order";
import { Output } from "./output";
import { Receiver } from "./receiver";
import { Reply } from "./reply";
import { HAS_TIMESTAMPS, Segment } from "./segment";
import { Sender } from "./sender";
import { Sequence } from "./sequence";
import { TimeWait } from "./time-wait";

/** Long ticks after which an idle connection's TS.Recent is no longer compared: 24 days (RFC 7323 §5.5). */
const TS_RECENT_LIFETIME: u32 = 24 * 24 * 3600 * 977;
/** Congestion experienced: both bits of the ECN field (RFC 3168 §5). */
const ECN_CE: u32 = 3;

export class SegmentArrives {
  /** A segment of the connection `tcb`. The connection may be gone afterwards. */
  static synchronized(tcb: Tcb, segment: Segment): void {
    if (<u32>tcb.state == SYN_RECEIVED) SegmentArrives.mendSynAck(tcb, segment);
    if (CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_PENDING) && FastOpenServer.repeated(tcb, segment)) return;

    // First: the sequence number, and before it the timestamp.
    if (!SegmentArrives.checkTimestamp(tcb, segment)) return;
    if (!SegmentArrives.checkSequence(tcb, segment)) return;
    // The peer is alive: what a stranger can send from anywhere does not say so.
    if (tcb.longTimer != <u8>LONG_OFF) tcb.heardAt = LongClock.now();
    tcb.probes = 0;
    // Second: RST.
    if (segment.has(TCP_RST)) {
      SegmentArrives.reset(tcb, segment);
      return;
    }
    // Fourth: SYN.
    if (segment.has(TCP_SYN)) {
      SegmentArrives.challenge(tcb);
      return;
    }
    // Fifth: ACK.
    if (!segment.has(TCP_ACK)) {
      Counter.add(COUNTER_DROP_TCP_STATE);
      return;
    }
    if (<u32>tcb.state == SYN_RECEIVED && !SegmentArrives.completeOpen(tcb, segment)) return;
    if (CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_PENDING) && !FastOpenServer.complete(tcb, segment)) return;
    if (Acknowledgement.process(tcb, segment) == ACK_REFUSED) {
      Counter.add(COUNTER_DROP_TCP_ACK);
      SegmentArrives.challenge(tcb);
      return;
    }
    // Only now is it certain that the segment is the peer's: its timestamp counts (RFC 7323 §4.3).
    SegmentArrives.takeTimestamp(tcb, segment);
    SegmentArrives.noteCongestion(tcb, segment);
    if (tcb.is(TCP_FIN_SENT) && tcb.sndUna == tcb.sndNxt && !SegmentArrives.finAcknowledged(tcb)) return;
    SegmentArrives.text(tcb, segment);
  }

  /** The segment that completed a passive open: what is in it beside the ACK. */
  static opened(tcb: Tcb, segment: Segment): void {
    // Usually there is nothing, and a connection that has just been made has nothing to send either.
    if (!segment.length && !segment.has(TCP_FIN | TCP_URG)) return;
    SegmentArrives.trim(tcb, segment, tcb.rcvAdv - tcb.rcvNxt);
    SegmentArrives.text(tcb, segment);
  }

  /**
   * A FIN without payload, in order and in the window, its ACK and window known to be good, on a connection that is predicted
   * (`Tcb.predicted`) and has nothing in flight.
   */
  static finAlone(tcb: Tcb, window: u32, ack: u32): void {
    const seq = tcb.rcvNxt;
    Acknowledgement.setWindow(tcb, window, seq, ack);
    tcb.rcvNxt = seq + 1;
    tcb.enter(CLOSE_WAIT);
    Receiver.oweFin(tcb);
    if (tcb.is(TCP_ACK_NOW) || tcb.sendBuffer) Sender.run(tcb);
  }

  /** Sixth to eighth: URG, the payload, FIN; then what there is to be sent. */
  static text(tcb: Tcb, segment: Segment): void {
    if (Receiver.isOpen(tcb)) {
      if (segment.length && SegmentArrives.isOrphan(tcb) && Sequence.after(segment.seq + segment.length, tcb.rcvNxt)) {
        // Nobody will ever read it: the peer has to know (RFC 9293 §3.6.1, RFC 1122 §4.2.2.13).
        Reply.reset(segment);
        Connections.release(tcb);
        return;
      }
      if (segment.has(TCP_URG)) Receiver.noteUrgent(tcb, segment.seq + segment.urgentPointer);
      const end = segment.seq + segment.length;
      const hasFin = segment.has(TCP_FIN);
      // Something of it is not new, or did not fit: the peer may have missed an ACK.
      if (segment.cut) tcb.raise(TCP_ACK_NOW);
      if (segment.length) Receiver.take(tcb, segment);
      if (hasFin && Sequence.after(end, tcb.rcvNxt)) {
        // It is kept until what is before it has come.
        OutOfOrder.addFin(tcb, end);
        tcb.raise(TCP_ACK_NOW);
      } else if ((hasFin && end == tcb.rcvNxt) || OutOfOrder.isFinAt(tcb, tcb.rcvNxt)) {
        if (!SegmentArrives.finReceived(tcb)) return;
      }
    }
    Sender.run(tcb);
  }

  // ---- first: sequence number ---------------------------------------------------------------------------------

  /**
   * In a simultaneous open the peer's SYN-ACK repeats its SYN, which has been taken: what is left of it is an ACK
   * (RFC 9293 §3.5, figure 8).
   */
  private static mendSynAck(tcb: Tcb, segment: Segment): void {
    if ((segment.flags & (TCP_SYN | TCP_ACK | TCP_RST)) != (TCP_SYN | TCP_ACK)) return;
    if (
      segment.seq + 1 != tcb.rcvNxt ||
      (CONFIG_NET_TCP_FASTOPEN ? !FastOpenClient.acknowledges(tcb, segment.ack) : segment.ack != tcb.sndNxt)
    ) {
      return;
    }
    segment.flags &= ~(TCP_SYN | TCP_URG);
    segment.seq += 1;
    // The window of a SYN is not scaled (RFC 7323 §2.2); it will be.
    if (CONFIG_NET_TCP_WINDOW_SCALE) segment.window >>>= tcb.sndScale;
  }

  /** RFC 7323 §3.2 and §5.3: without its timestamp, or with an old one, a segment is dropped. False = dropped. */
  private static checkTimestamp(tcb: Tcb, segment: Segment): bool {
    if (!tcb.is(TCP_HAS_TIMESTAMPS) || segment.has(TCP_RST)) return true;
    if (!segment.hasOption(HAS_TIMESTAMPS)) {
      Counter.add(COUNTER_DROP_TCP_PAWS);
      return false;
    }
    if (<i32>(segment.tsVal - tcb.tsRecent) >= 0) return true;
    if (LongClock.now() - tcb.tsRecentAt >= TS_RECENT_LIFETIME) return true;
    Counter.add(COUNTER_DROP_TCP_PAWS);
    if (Challenge.allowed(tcb)) Output.acknowledge(tcb);
    return false;
  }

  /** RFC 9293 §3.10.7.4, the four cases; cuts the segment to the window. False = dropped, and answered as it must be. */
  private static checkSequence(tcb: Tcb, segment: Segment): bool {
    const next = tcb.rcvNxt;
    const window = tcb.rcvAdv - next;
    const length = segment.sequenceLength();
    const seq = segment.seq;
    let acceptable = false;
    // An ACK at the right edge comes from a peer that has filled the window: RFC 9293 refuses it, Linux takes it. Where both sides
    // have filled a window and lost it, neither would ever hear what the other has got.
    if (!length) acceptable = segment.has(TCP_RST) && window ? seq - next < window : seq - next <= window;
    else if (window) acceptable = seq - next < window || seq + length - 1 - next < window;
    if (!acceptable) {
      // With a closed window valid ACKs and RSTs still count (RFC 9293 §3.8.6, MUST-66): the payload alone is refused.
      if (!window && seq == next && segment.has(TCP_ACK | TCP_RST) && !segment.has(TCP_SYN)) {
        segment.cut = length;
        segment.length = 0;
        segment.flags &= ~TCP_FIN;
        return true;
      }
      SegmentArrives.refuse(tcb, segment, seq, length);
      return false;
    }
    // A RST counts with the number that it has, not with that of its payload.
    if (!segment.has(TCP_RST)) SegmentArrives.trim(tcb, segment, window);
    return true;
  }

  /** Cuts off what has been taken before and what is beyond the window. */
  private static trim(tcb: Tcb, segment: Segment, window: u32): void {
    const before = tcb.rcvNxt - segment.seq;
    if (<i32>before > 0) {
      // A SYN in front makes it a challenge, and a RST counts by its own number, not by that of what it carries.
      if (segment.has(TCP_SYN | TCP_RST)) return;
      const bytes = before < segment.length ? before : segment.length;
      segment.trimFront(bytes);
      // It counts from where the segment began; modulo 2^32 that still comes out.
      segment.urgentPointer -= bytes;
    }
    const end = segment.seq + segment.length;
    const edge = tcb.rcvNxt + window;
    if (Sequence.after(end, edge)) {
      segment.length -= end - edge;
      segment.flags &= ~TCP_FIN;
    }
    // A FIN just behind a payload that fills the window is taken: it needs no room (Linux does the same).
  }

  /** Answers a segment outside the window: with an ACK, and a report when it is a duplicate (RFC 2883). */
  private static refuse(tcb: Tcb, segment: Segment, seq: u32, length: u32): void {
    Counter.add(COUNTER_DROP_TCP_SEQUENCE);
    if (segment.has(TCP_RST)) return;
    // Without payload it may be one of a loop of ACKs that answer each other: those are limited.
    if (!segment.length && !Challenge.allowed(tcb)) return;
    const right = seq + segment.length;
    if (tcb.is(TCP_HAS_SACK) && segment.length && Sequence.atOrBefore(right, tcb.rcvNxt)) {
      Output.acknowledgeDuplicate(tcb, seq, right);
      return;
    }
    if (!Output.acknowledge(tcb)) tcb.raise(TCP_ACK_NOW);
  }

  // ---- second: RST, fourth: SYN -------------------------------------------------------------------------------

  /** RFC 5961 §3.2: exactly at rcvNxt it resets, elsewhere in the window it is asked about. */
  private static reset(tcb: Tcb, segment: Segment): void {
    if (segment.seq != tcb.rcvNxt) {
      // Its own number counts, not where what it carries ends.
      if (segment.seq - tcb.rcvNxt < tcb.rcvAdv - tcb.rcvNxt) SegmentArrives.challenge(tcb);
      return;
    }
    Counter.add(COUNTER_TCP_RESETS_IN);
    if (CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_PENDING)) FastOpenServer.wasReset(tcb);
    const state = <u32>tcb.state;
    if (state == SYN_RECEIVED) Connections.fail(tcb, ECONNREFUSED);
    else if (state == CLOSING || state == LAST_ACK) Connections.release(tcb);
    else Connections.fail(tcb, ECONNRESET);
  }

  /** A challenge ACK, as far as their number allows (RFC 5961 §7). */
  private static challenge(tcb: Tcb): void {
    if (Challenge.allowed(tcb)) Output.acknowledge(tcb);
  }

  // ---- fifth: ACK ---------------------------------------------------------------------------------------------

  /** SYN-RECEIVED after a simultaneous open: our SYN has been acknowledged, or the ACK is answered with a RST. */
  private static completeOpen(tcb: Tcb, segment: Segment): bool {
    if (CONFIG_NET_TCP_FASTOPEN) FastOpenClient.takeAcknowledged(tcb, segment.ack);
    if (!Sequence.after(segment.ack, tcb.sndUna) || Sequence.after(segment.ack, tcb.sndNxt)) {
      Reply.reset(segment);
      return false;
    }
    tcb.sndUna = segment.ack;
    Calls.established(tcb, segment, tcb.offered(segment.window));
    return true;
  }

  /** RFC 7323 §4.3: TS.Recent follows the segment that our last ACK was for. */
  private static takeTimestamp(tcb: Tcb, segment: Segment): void {
    if (!tcb.is(TCP_HAS_TIMESTAMPS) || !segment.hasOption(HAS_TIMESTAMPS)) return;
    if (Sequence.after(segment.seq, tcb.lastAckSent)) return;
    tcb.tsRecent = segment.tsVal;
    tcb.tsRecentAt = LongClock.now();
  }

  /** RFC 3168 §6.1.3: says ECE from a mark on until the peer says CWR. */
  private static noteCongestion(tcb: Tcb, segment: Segment): void {
    if (!tcb.is(TCP_HAS_ECN)) return;
    if (segment.has(TCP_CWR)) tcb.lower(TCP_ECN_ECHO);
    if (segment.ecn == ECN_CE && segment.length) {
      tcb.raise(TCP_ECN_ECHO | TCP_ACK_NOW);
    }
  }

  /** Our FIN has been acknowledged. False when the connection is over. */
  private static finAcknowledged(tcb: Tcb): bool {
    const state = <u32>tcb.state;
    if (state == FIN_WAIT_1) {
      tcb.enter(FIN_WAIT_2);
      if (!tcb.references) Calls.limitFinWait2(tcb);
      Tasks.wake(changetype<usize>(tcb));
    } else if (state == CLOSING) {
      TimeWait.enter(tcb);
      Connections.release(tcb);
      return false;
    } else if (state == LAST_ACK) {
      Connections.release(tcb);
      return false;
    }
    return true;
  }

  /** True when no descriptor refers to the connection and none will: nobody reads what comes. */
  @inline private static isOrphan(tcb: Tcb): bool {
    return !tcb.references && !tcb.is(TCP_IN_ACCEPT_QUEUE) && <u32>tcb.state >= FIN_WAIT_1;
  }

  // ---- eighth: FIN --------------------------------------------------------------------------------------------

  /** The peer's FIN, and everything before it, is there. False when the connection is over. */
  private static finReceived(tcb: Tcb): bool {
    if (tcb.outOfOrder) OutOfOrder.detach(tcb);
    tcb.rcvNxt += 1;
    if (Sequence.before(tcb.rcvAdv, tcb.rcvNxt)) tcb.rcvAdv = tcb.rcvNxt;
    const state = <u32>tcb.state;
    if (state == ESTABLISHED || state == SYN_RECEIVED) {
      tcb.enter(CLOSE_WAIT);
    } else if (state == FIN_WAIT_1) {
      tcb.enter(CLOSING);
    } else {
      Output.acknowledge(tcb);
      TimeWait.enter(tcb);
      Connections.release(tcb);
      return false;
    }
    Receiver.oweFin(tcb);
    return true;
  }
}
