/**
 * RACK (RFC 8985 §6): a segment is lost when something that was sent later has been delivered, and more time has passed than
 * reordering explains. Only on connections with selective acknowledgements.
 *
 * Two simplifications: the reordering window is made of SRTT instead of the smallest round trip, which the RFC allows as its
 * upper bound (§6.2 step 4), and the ACK of a segment sent twice is taken to answer the second when half an SRTT has passed (step 2).
 */
import { Clock } from "../../base/clock";
import { TCP_IN_RECOVERY, Tcb } from "./connection";
import { DELIVERED_DUPLICATE, DELIVERED_LATEST, DELIVERED_REORDERED, Delivery } from "./delivery";
import { Flight, MARK_LOST, MARK_RETRANSMITTED, MARK_SACKED } from "./flight";
import { DUPLICATE_THRESHOLD } from "./scoreboard";
import { SendBuffer } from "./send-buffer";
import { Sequence } from "./sequence";

/** `SendBuffer.rackReorder`: reo_wnd_mult - 1, reo_wnd_persist, and flags. */
const MULTIPLE: u32 = 0xff;
const PERSIST_SHIFT: u32 = 8;
const PERSIST: u32 = 0xff00;
/** Reordering has been seen. */
const SEEN: u32 = 1 << 16;
/** rackRound is valid. */
const IN_ROUND: u32 = 1 << 17;
/** Recoveries without a D-SACK after which the window is small again. */
const RECOVERIES: u32 = 16;
/** The window is at most SRTT, which is four quarters. */
const QUARTERS: u32 = 4;

export class Rack {
  /** Steps 1 to 3 of §6.2 and the adaptation of the window by D-SACKs. */
  static update(tcb: Tcb, buffer: SendBuffer, delivery: Delivery): void {
    Rack.adapt(tcb, buffer, delivery);
    buffer.rackFack = delivery.top;
    if (!delivery.has(DELIVERED_LATEST)) return;
    const word = delivery.latestWord;
    const at = word & ~7;
    const passed = Clock.ticks() - at;
    if (word & MARK_RETRANSMITTED && passed < tcb.srtt >>> 4) return;
    buffer.rackRtt = passed ? passed : 1;
    if (!buffer.rackSentAt || Rack.isSentAfter(at, delivery.latestEnd, buffer.rackSentAt, buffer.rackEnd)) {
      // 0 stands for none yet; 8 µs later is as good.
      buffer.rackSentAt = at ? at : 8;
      buffer.rackEnd = delivery.latestEnd;
    }
  }

  /** True when (time, end) was sent after (otherTime, otherEnd). */
  @inline private static isSentAfter(time: u32, end: u32, otherTime: u32, otherEnd: u32): bool {
    const later = <i32>(time - otherTime);
    return later > 0 || (later == 0 && Sequence.after(end, otherEnd));
  }

  /** Notes reordering. A D-SACK says that something was sent again too early: the window grows, once per round trip. */
  private static adapt(tcb: Tcb, buffer: SendBuffer, delivery: Delivery): void {
    let state = buffer.rackReorder;
    if (delivery.has(DELIVERED_REORDERED)) state |= SEEN;
    if (Sequence.atOrAfter(tcb.sndUna, buffer.rackRound)) state &= ~IN_ROUND;
    if (delivery.has(DELIVERED_DUPLICATE) && !(state & IN_ROUND)) {
      const multiple = min<u32>((state & MULTIPLE) + 1, QUARTERS - 1);
      state = (state & ~(MULTIPLE | PERSIST)) | multiple | (RECOVERIES << PERSIST_SHIFT) | IN_ROUND;
      buffer.rackRound = tcb.sndNxt;
    }
    buffer.rackReorder = state;
  }

  /** A recovery has ended: after sixteen without a D-SACK the window is small again. */
  static recovered(buffer: SendBuffer): void {
    const state = buffer.rackReorder;
    if (!(state & PERSIST)) return;
    const next = state - (1 << PERSIST_SHIFT);
    buffer.rackReorder = next & PERSIST ? next : next & ~MULTIPLE;
  }

  /** Something counted as lost and was not. */
  static reordered(buffer: SendBuffer): void {
    buffer.rackReorder |= SEEN;
  }

  /** RACK.reo_wnd, µs (§6.2 step 4). */
  private static window(tcb: Tcb, buffer: SendBuffer): u32 {
    const state = buffer.rackReorder;
    if (!(state & SEEN) && (tcb.is(TCP_IN_RECOVERY) || Rack.isThresholdReached(buffer))) return 0;
    return (tcb.srtt >>> 5) * ((state & MULTIPLE) + 1);
  }

  private static isThresholdReached(buffer: SendBuffer): bool {
    let sacked: u32 = 0;
    for (let i: u32 = 0; i < buffer.recordCount; i++) {
      if (Flight.marks(Flight.record(buffer, i)) & MARK_SACKED && ++sacked >= DUPLICATE_THRESHOLD) return true;
    }
    return false;
  }

  /**
   * Marks what is lost by now (§6.2 step 5).
   * @returns µs until more may be, 0 for never: RACK's reordering timer
   */
  static detect(tcb: Tcb, buffer: SendBuffer): u32 {
    if (!buffer.rackRtt) return 0;
    const now = Clock.ticks();
    const patience = buffer.rackRtt + Rack.window(tcb, buffer);
    let longest: u32 = 0;
    let end = tcb.sndUna;
    for (let i: u32 = 0; i < buffer.recordCount; i++) {
      const record = Flight.record(buffer, i);
      const start = end;
      end = Flight.end(record);
      if (Flight.marks(record) & (MARK_SACKED | MARK_LOST)) continue;
      const at = Flight.sentAt(record);
      if (!Rack.isSentAfter(buffer.rackSentAt, buffer.rackEnd, at, end)) continue;
      const left = <i32>(at + patience - now);
      if (left <= 0) {
        Flight.raise(record, MARK_LOST);
        buffer.lostBytes += end - start;
      } else if (<u32>left > longest) {
        longest = left;
      }
    }
    return longest;
  }
}
