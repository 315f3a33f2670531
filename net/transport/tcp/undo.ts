/**
 * Reductions that were for nothing: Eifel detection by timestamps (RFC 3522) and F-RTO by what is acknowledged after a
 * time-out (RFC 5682, with the response of RFC 4015: the windows are what they were, nothing more is sent again).
 */
import { CONFIG_NET_TCP_CUBIC } from "../../../config";
import { LongClock } from "../../base/long-clock";
import { TCP_HAS_SACK, TCP_HAS_TIMESTAMPS, TCP_IN_RECOVERY, TCP_NODELAY, Tcb } from "./connection";
import { DELIVERED_ORIGINAL, Delivery } from "./delivery";
import { Rack } from "./rack";
import {
  RECOVERY_FIRST_ACK,
  RECOVERY_GUARD,
  RECOVERY_OUTLASTING,
  RECOVERY_SECOND_ACK,
  RECOVERY_STAMPED,
  RECOVERY_UNDO,
} from "./recovery-marks";
import { Scoreboard } from "./scoreboard";
import { HAS_TIMESTAMPS, Segment } from "./segment";
import { SendBuffer } from "./send-buffer";
import { Sender } from "./sender";
import { Sequence } from "./sequence";

const STAGES: u32 = RECOVERY_FIRST_ACK | RECOVERY_SECOND_ACK;

export class Undo {
  /** A reduction is about to be made: remembers the windows. The caller sets RECOVERY_UNDO, and takes RECOVERY_STAMPED away. */
  static remember(tcb: Tcb, buffer: SendBuffer): void {
    buffer.priorCwnd = tcb.cwnd;
    buffer.priorSsthresh = tcb.ssthresh;
    buffer.priorMemory = tcb.congestionMemory;
  }

  /** A lost segment goes again: notes the timestamp of the first (RetransmitTS of RFC 3522 §3.2). */
  @inline static stamp(tcb: Tcb, buffer: SendBuffer): void {
    if ((buffer.recoveryMarks & (RECOVERY_UNDO | RECOVERY_STAMPED)) != RECOVERY_UNDO) return;
    if (!tcb.is(TCP_HAS_TIMESTAMPS)) return;
    buffer.retransmitStamp = LongClock.now() + tcb.tsOffset;
    buffer.recoveryMarks |= RECOVERY_STAMPED;
  }

  /**
   * Looks whether an ACK during recovery shows that it was for nothing, and then ends it.
   * @param acked  bytes that sndUna has moved
   * @returns true when it has been undone
   */
  static check(tcb: Tcb, buffer: SendBuffer, segment: Segment, acked: u32, delivery: Delivery): bool {
    const marks = buffer.recoveryMarks;
    if (!(marks & RECOVERY_UNDO)) return false;
    if (
      acked &&
      marks & RECOVERY_STAMPED &&
      segment.hasOption(HAS_TIMESTAMPS) &&
      Sequence.before(segment.tsEcr, buffer.retransmitStamp)
    ) {
      Undo.undo(tcb, buffer);
      return true;
    }
    if (!(marks & STAGES)) return false;
    buffer.recoveryMarks = marks & ~STAGES;
    if (marks & RECOVERY_SECOND_ACK) {
      // RFC 5682 §2.1 step 3 and §3.1 step 3: something that was sent once only, before the time-out, has arrived after all.
      if (delivery.has(DELIVERED_ORIGINAL)) {
        Undo.undo(tcb, buffer);
        return true;
      }
      // The two new segments are on the way; room for one of the old ones (step 3a).
      const three = tcb.payloadRoom() * 3;
      if (tcb.cwnd < three) tcb.cwnd = three;
      return false;
    }
    // Step 2: the first ACK moved sndUna, and there is new data to send: the next ACK decides.
    if (acked && Undo.hasNewData(tcb, buffer)) buffer.recoveryMarks |= RECOVERY_SECOND_ACK;
    return false;
  }

  /** True while F-RTO holds old data back in favour of new. */
  @inline static isHolding(buffer: SendBuffer): bool {
    return (buffer.recoveryMarks & RECOVERY_SECOND_ACK) != 0;
  }

  /** True when a segment that was never sent can be sent now, as far as the peer's window and Nagle go. */
  private static hasNewData(tcb: Tcb, buffer: SendBuffer): bool {
    const bytes = Sender.most(tcb, buffer);
    if (bytes == tcb.payloadRoom()) return true;
    return bytes != 0 && bytes == Sender.unsent(tcb, buffer) && tcb.is(TCP_NODELAY);
  }

  private static undo(tcb: Tcb, buffer: SendBuffer): void {
    Scoreboard.loseNone(buffer);
    if (tcb.cwnd < buffer.priorCwnd) tcb.cwnd = buffer.priorCwnd;
    if (tcb.ssthresh < buffer.priorSsthresh) tcb.ssthresh = buffer.priorSsthresh;
    tcb.congestionMemory = buffer.priorMemory;
    if (CONFIG_NET_TCP_CUBIC) buffer.cubicOrigin = 0;
    buffer.duplicateAcks = 0;
    let marks = buffer.recoveryMarks & RECOVERY_OUTLASTING;
    tcb.lower(TCP_IN_RECOVERY);
    if (tcb.is(TCP_HAS_SACK)) {
      Rack.reordered(buffer);
    } else {
      // What was sent again arrives twice, and each copy makes a duplicate ACK.
      buffer.sackedBytes = 0;
      marks |= RECOVERY_GUARD;
    }
    buffer.recoveryMarks = marks;
  }
}
