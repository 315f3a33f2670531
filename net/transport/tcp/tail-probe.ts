/**
 * Tail loss probe (RFC 8985 §7): two round trips after the last segment, one more is sent (new data, else the last segment
 * again), so that its acknowledgement shows what was lost at the end of a burst before the retransmission time-out does.
 */
import { Clock } from "../../base/clock";
import { Congestion } from "./congestion";
import {
  TCP_ECN_CWR,
  TCP_HAS_ECN,
  TCP_HAS_SACK,
  TCP_IN_RECOVERY,
  Tcb,
  TIMER_LOSS_PROBE,
  TIMER_RETRANSMIT,
} from "./connection";
import { Flight } from "./flight";
import { RECOVERY_PROBE, RECOVERY_PROBE_AGAIN, WITH_RACK } from "./recovery-marks";
import { Retransmission } from "./retransmission";
import { RetransmissionTimer } from "./retransmission-timer";
import { RoundTrip } from "./round-trip";
import { SendBuffer } from "./send-buffer";
import { Sender } from "./sender";
import { Sequence } from "./sequence";

/** Longest delay of a peer's ACK of a single segment, µs (WCDelAckT of RFC 8985 §7.2). */
const ACK_DELAY: u32 = 200_000;
/** Smallest time-out of a probe, µs: acknowledgements on a fast network wait for software. */
const SHORTEST: u32 = 10_000;

export class TailProbe {
  /** True when the next timer is to be a probe: SACK, a round-trip time, and nothing that recovery is busy with (§7.2). */
  @inline static isAllowed(tcb: Tcb, buffer: SendBuffer): bool {
    return (
      WITH_RACK &&
      (tcb.detail & (TCP_HAS_SACK | TCP_IN_RECOVERY)) == TCP_HAS_SACK &&
      tcb.srtt != 0 &&
      !tcb.backoff &&
      (buffer.recoveryMarks | buffer.sackedBytes | buffer.lostBytes) == 0
    );
  }

  /** PTO without the time that a peer may delay the ACK of a single segment, µs: `expired` adds it when it comes to that. */
  @inline static delay(tcb: Tcb): u32 {
    const twice = tcb.srtt >>> 2;
    return twice < SHORTEST ? SHORTEST : twice;
  }

  /**
   * The timer is due. It was armed for the oldest segment: when later ones were sent since, or there is only one, it waits on.
   * Otherwise a probe goes, and the retransmission time-out starts (§7.3).
   */
  static expired(tcb: Tcb, buffer: SendBuffer): void {
    const now = Clock.ticks();
    const count = buffer.recordCount;
    const delay = TailProbe.delay(tcb) + (count == 1 ? ACK_DELAY : 0);
    const due = Flight.sentAt(Flight.record(buffer, count - 1)) + delay;
    const limit = Flight.sentAt(Flight.record(buffer, 0)) + RoundTrip.timeout(tcb);
    const isProbeFirst = <i32>(limit - due) > 0;
    const left = (isProbeFirst ? due : limit) - now;
    if (<i32>left > 0) {
      RetransmissionTimer.set(tcb, isProbeFirst ? TIMER_LOSS_PROBE : TIMER_RETRANSMIT, left);
      return;
    }
    const isNew = Sender.sendProbe(tcb, buffer);
    if (isNew || TailProbe.sendLast(tcb, buffer)) {
      buffer.recoveryMarks |= isNew ? RECOVERY_PROBE : RECOVERY_PROBE | RECOVERY_PROBE_AGAIN;
      buffer.tailProbeEnd = tcb.sndNxt;
    }
    RetransmissionTimer.armTimeout(tcb, buffer);
  }

  /** Sends the last segment in flight again. False when the chip had no room. */
  private static sendLast(tcb: Tcb, buffer: SendBuffer): bool {
    const index = buffer.recordCount - 1;
    const start = Flight.start(tcb, buffer, index);
    const most = tcb.payloadRoom();
    const length = Flight.end(Flight.record(buffer, index)) - start;
    if (length <= most + 1) return Retransmission.send(tcb, buffer, index, start);
    // Several in one record: the last of them.
    const last = start + length - most;
    return Flight.split(buffer, index, last) && Retransmission.send(tcb, buffer, index + 1, last);
  }

  /**
   * An ACK while a probe is out (§7.4.2).
   * @param isRepeated it carries a D-SACK, or is a duplicate ACK without blocks
   */
  static acknowledged(tcb: Tcb, buffer: SendBuffer, isRepeated: bool): void {
    const end = buffer.tailProbeEnd;
    if (Sequence.before(tcb.sndUna, end)) return;
    if (buffer.recoveryMarks & RECOVERY_PROBE_AGAIN && !isRepeated) {
      // Until more than the probe is acknowledged it may yet turn out that both copies have arrived.
      if (tcb.sndUna == end) return;
      // The probe has mended a loss that nothing else showed.
      Congestion.reduceAtOnce(tcb, buffer);
      if (tcb.is(TCP_HAS_ECN)) tcb.raise(TCP_ECN_CWR);
    }
    buffer.recoveryMarks &= ~(RECOVERY_PROBE | RECOVERY_PROBE_AGAIN);
  }
}
