/**
 * The ACK field of a segment in a synchronised state: fifth step of RFC 9293 §3.10.7.4, with the range check of RFC 5961
 * §5.2. What has been acknowledged leaves the send buffer; loss recovery and congestion control hear of it.
 */
import { CONFIG_NET_FAST_PATHS } from "../../../config";
import { Clock } from "../../base/clock";
import { Tasks } from "../../socket/task";
import { TCP_ECE, TCP_SYN } from "../../wire/tcp";
import {
  TCP_FIN_SENT,
  TCP_HAS_ECN,
  TCP_IN_RECOVERY,
  TCP_PERSISTING,
  TCP_URGENT_SENDING,
  TCP_WANTS_ROOM,
  Tcb,
  TIMER_OFF,
  TIMER_RELEASE,
} from "./connection";
import { Recovery } from "./recovery";
import { HAS_SACK, Segment } from "./segment";
import { SendBuffer, SendBuffers } from "./send-buffer";
import { Sender } from "./sender";
import { Sequence } from "./sequence";

/** Connections that keep no empty buffer: those that end, and those whose recovery state is not worth keeping. */
const NOT_KEPT: u32 = TCP_FIN_SENT | TCP_IN_RECOVERY | TCP_URGENT_SENDING | TCP_PERSISTING;

/** Answers of `process`. */
export const ACK_FINE: i32 = 0;
/** The ACK is not in the range that it can have: the segment is dropped, and answered with an ACK. */
export const ACK_REFUSED: i32 = 1;

export class Acknowledgement {
  /**
   * Takes the ACK and the window of `segment`, whose sequence number has been accepted.
   * @returns ACK_FINE, or ACK_REFUSED: nothing has changed
   */
  static process(tcb: Tcb, segment: Segment): i32 {
    const ack = segment.ack;
    if (tcb.is(TCP_PERSISTING) && tcb.backoff && ack == tcb.sndNxt + 1) Acknowledgement.takeProbe(tcb);
    if (Sequence.after(ack, tcb.sndNxt) || Sequence.before(ack, tcb.sndUna - tcb.sndWndMax)) return ACK_REFUSED;
    const before = tcb.sndUna;
    if (Sequence.before(ack, before)) {
      // An old one: nothing in it counts, its window neither (SND.UNA =< SEG.ACK does not hold).
      return ACK_FINE;
    }
    const acked = ack - before;
    const window = tcb.sndWnd;
    Acknowledgement.updateWindow(tcb, segment);
    // RFC 5681 §2: no data, no SYN or FIN, the same window, data outstanding.
    const duplicate = !acked && !segment.sequenceLength() && window == tcb.sndWnd && tcb.sndNxt != before;
    const p = tcb.sendBuffer;
    if (!p) {
      Acknowledgement.advanceLone(tcb, ack, acked);
      return ACK_FINE;
    }
    const buffer = SendBuffer.at(p);
    if ((segment.flags & (TCP_ECE | TCP_SYN)) == TCP_ECE && tcb.is(TCP_HAS_ECN)) {
      Recovery.congestionExperienced(tcb, buffer);
    }
    Acknowledgement.advance(tcb, buffer, ack, acked);
    const marked = buffer.sackedBytes | buffer.lostBytes | buffer.duplicateAcks;
    const isPlain = !tcb.is(TCP_IN_RECOVERY) && !marked && !duplicate && !segment.hasOption(HAS_SACK);
    if (CONFIG_NET_FAST_PATHS && isPlain && !(buffer.recoveryMarks | buffer.retries | <u32>tcb.backoff)) {
      if (acked) Recovery.acknowledgedRecords(tcb, buffer, ack, acked);
    } else if (acked || !isPlain) {
      Recovery.acknowledged(tcb, buffer, segment, acked, duplicate);
    }
    if (acked) Acknowledgement.settle(tcb, buffer);
    return ACK_FINE;
  }

  /**
   * The ACK of a predicted segment (`Tcb.predicted`), which moves sndUna by `acked`, at least 1: no FIN is in flight, nothing is
   * marked, no time-out was counted. The same as `process` comes to then.
   */
  static predicted(tcb: Tcb, buffer: SendBuffer, ack: u32, acked: u32): void {
    const length = buffer.length - acked;
    tcb.sndUna = ack;
    buffer.length = length;
    Recovery.acknowledgedRecords(tcb, buffer, ack, acked);
    if (length) {
      buffer.start = buffer.offset(acked);
    } else {
      buffer.start = 0;
      tcb.sendTimer = <u8>TIMER_RELEASE;
      tcb.sendAt = Clock.ticks() + tcb.rto;
    }
    Acknowledgement.tellWriter(tcb);
  }

  /** Moves sndUna and the beginning of the ring by `acked`, which may be 0. The FIN counts as one number and has no byte in the ring. */
  @inline static advance(tcb: Tcb, buffer: SendBuffer, ack: u32, acked: u32): void {
    tcb.sndUna = ack;
    const bytes = acked < buffer.length ? acked : buffer.length;
    buffer.start = buffer.offset(bytes);
    buffer.length -= bytes;
  }

  /** After an ACK that moved sndUna: stops the timer when nothing is in flight, gives an empty buffer back, wakes who waits for room. */
  @inline static settle(tcb: Tcb, buffer: SendBuffer): void {
    if (!buffer.length) Acknowledgement.empty(tcb, buffer);
    else if (tcb.sndUna == tcb.sndNxt) tcb.sendTimer = <u8>TIMER_OFF;
    Acknowledgement.tellWriter(tcb);
  }

  /** Everything in the ring has been acknowledged: the buffer is kept for a while, if more may follow. */
  @inline private static empty(tcb: Tcb, buffer: SendBuffer): void {
    if ((tcb.detail & NOT_KEPT) != 0 || (buffer.recordCount | buffer.recoveryMarks | <u32>tcb.backoff) != 0) {
      Acknowledgement.emptyForGood(tcb, buffer);
      return;
    }
    buffer.start = 0;
    tcb.sendTimer = <u8>TIMER_RELEASE;
    tcb.sendAt = Clock.ticks() + tcb.rto;
  }

  /** What is in flight now can only be the FIN. */
  static emptyForGood(tcb: Tcb, buffer: SendBuffer): void {
    Recovery.flushed(tcb, buffer);
    SendBuffers.detach(tcb);
    tcb.lower(TCP_IN_RECOVERY | TCP_URGENT_SENDING | TCP_PERSISTING);
    tcb.sendTimer = <u8>TIMER_OFF;
    tcb.backoff = 0;
    if (tcb.is(TCP_FIN_SENT) && tcb.sndUna != tcb.sndNxt) Sender.armLone(tcb);
  }

  /** There is more room: tells who waits for it. */
  @inline private static tellWriter(tcb: Tcb): void {
    if (tcb.is(TCP_WANTS_ROOM)) Acknowledgement.wakeWriter(tcb);
  }

  /** Wakes who waits for room once there is as much as is worth it: a segment, or half of a small buffer. */
  private static wakeWriter(tcb: Tcb): void {
    const room = Sender.room(tcb);
    const half = tcb.sendCapacity >>> 1;
    const segment = <u32>tcb.mss;
    if (room < (half < segment ? half : segment)) return;
    tcb.lower(TCP_WANTS_ROOM);
    Tasks.wake(changetype<usize>(tcb));
  }

  /** An ACK while there is no buffer: of our FIN, or one that says nothing new. */
  private static advanceLone(tcb: Tcb, ack: u32, acked: u32): void {
    if (!acked) return;
    tcb.sndUna = ack;
    tcb.backoff = 0;
    tcb.sendTimer = <u8>TIMER_OFF;
  }

  /** The byte of a zero-window probe was taken: it counts as sent, and acknowledged at once. */
  private static takeProbe(tcb: Tcb): void {
    const p = tcb.sendBuffer;
    if (!p || !SendBuffer.at(p).length) return;
    const buffer = SendBuffer.at(p);
    tcb.sndNxt += 1;
    tcb.sndUna += 1;
    buffer.start = buffer.offset(1);
    buffer.length -= 1;
    if (!buffer.length) Acknowledgement.emptyForGood(tcb, buffer);
    Acknowledgement.tellWriter(tcb);
  }

  /** Takes the window, unless the segment is older than the one that the present window came with. */
  private static updateWindow(tcb: Tcb, segment: Segment): void {
    if (Sequence.after(tcb.sndWl1, segment.seq)) return;
    if (tcb.sndWl1 == segment.seq && Sequence.after(tcb.sndWl2, segment.ack)) return;
    Acknowledgement.setWindow(tcb, tcb.offered(segment.window), segment.seq, segment.ack);
  }

  /** The peer offers `window` bytes after `ack`. */
  @inline static setWindow(tcb: Tcb, window: u32, seq: u32, ack: u32): void {
    tcb.sndWnd = window;
    tcb.sndWl1 = seq;
    tcb.sndWl2 = ack;
    if (window > tcb.sndWndMax) tcb.sndWndMax = window;
    if (tcb.is(TCP_PERSISTING) && window) Sender.endPersist(tcb);
  }
}
