/**
 * Loss recovery: what an acknowledgement, a time-out or a mark of congestion means for what is in flight and for how much may
 * be. Read first: flight.ts (records), congestion.ts (windows).
 *
 * Connections with selective acknowledgements find losses by RACK (rack.ts), or by counting (scoreboard.ts) where RACK is
 * configured off; the others by duplicate ACKs (RFC 5681, RFC 6582). Both send by rate-reduction.ts while they recover. Nothing
 * here sends but `retransmit` and the probe of `timerExpired`.
 */
import { CONFIG_NET_TCP_SACK, CONFIG_NET_TCP_SEND_RECORDS } from "../../../config";
import { Clock } from "../../base/clock";
import { LongClock } from "../../base/long-clock";
import { Congestion, GROW_ONE, GROW_TWO } from "./congestion";
import {
  TCP_ECN_CWR,
  TCP_HAS_ECN,
  TCP_HAS_SACK,
  TCP_HAS_TIMESTAMPS,
  TCP_IN_RECOVERY,
  Tcb,
  TIMER_LOSS_PROBE,
  TIMER_OFF,
  TIMER_REORDER,
} from "./connection";
import { DELIVERED_DUPLICATE, DELIVERED_RETRANSMITTED, DELIVERED_SAMPLE, Delivery } from "./delivery";
import { Flight, MARK_LOST, MARK_RETRANSMITTED, MARK_SACKED } from "./flight";
import { Rack } from "./rack";
import { RateReduction } from "./rate-reduction";
import {
  RECOVERY_ECN,
  RECOVERY_GUARD,
  RECOVERY_PROBE,
  RECOVERY_RESCUED,
  RECOVERY_TIMEOUT,
  RECOVERY_UNDO,
  WITH_RACK,
} from "./recovery-marks";
import { Retransmission } from "./retransmission";
import { RetransmissionTimer } from "./retransmission-timer";
import { RoundTrip } from "./round-trip";
import { DUPLICATE_THRESHOLD, Scoreboard } from "./scoreboard";
import { HAS_SACK, HAS_TIMESTAMPS, Segment } from "./segment";
import { SendBuffer } from "./send-buffer";
import { Sequence } from "./sequence";
import { TailProbe } from "./tail-probe";
import { Undo } from "./undo";

/** Longest round trip that a timestamp is believed about, long ticks (134 s). */
const LONGEST_ECHO: u32 = 1 << 17;

export class Recovery {
  /**
   * The usual ACK: it moved sndUna (and the buffer) by `acked` bytes, carried no SACK blocks, and there are neither marks nor
   * time-outs. The same as `acknowledged` comes to then, which is the only way in small images.
   */
  @inline static acknowledgedRecords(tcb: Tcb, buffer: SendBuffer, una: u32, acked: u32): void {
    const records = buffer.records();
    let count = buffer.recordCount;
    const begun = count;
    let first = buffer.recordFirst;
    let last: u32 = 0;
    let every: u32 = 0;
    while (count) {
      const record = records + ((<usize>first) << 3);
      if (Sequence.after(Flight.end(record), una)) break;
      last = load<u32>(record, 4);
      every |= last & MARK_RETRANSMITTED;
      first = first + 1 == <u32>CONFIG_NET_TCP_SEND_RECORDS ? 0 : first + 1;
      count--;
    }
    buffer.recordFirst = first;
    buffer.recordCount = count;
    if (count != begun && every == 0) RoundTrip.sample(tcb, Clock.ticks() - last);
    const flight = tcb.sndNxt - una;
    Congestion.acknowledged(tcb, buffer, acked, flight + acked, GROW_TWO);
    if (flight) RetransmissionTimer.arm(tcb, buffer);
    else tcb.sendTimer = <u8>TIMER_OFF;
  }

  /**
   * Every other acceptable ACK.
   * @param segment     the ACK; its ack field is sndUna
   * @param acked       bytes that sndUna (and the buffer) have just moved, 0 for none
   * @param isDuplicate it is a duplicate ACK (RFC 5681 §2)
   */
  static acknowledged(tcb: Tcb, buffer: SendBuffer, segment: Segment, acked: u32, isDuplicate: bool): void {
    const hasSack = CONFIG_NET_TCP_SACK && tcb.is(TCP_HAS_SACK);
    const lostBefore = buffer.lostBytes;
    const wasRecovering = tcb.is(TCP_IN_RECOVERY);
    const delivery = Delivery.current();
    delivery.begin(buffer.recoveryPoint, buffer.sackedBytes ? buffer.rackFack : tcb.sndUna - acked);
    if (wasRecovering) RateReduction.settle(buffer, Flight.pipe(tcb, buffer) + acked);

    // What has arrived
    // A peer with a closed window answers what is sent again: it lives (RFC 9293 §3.8.6.1).
    if (acked || !tcb.sndWnd) buffer.retries = 0;
    if (acked) {
      buffer.duplicateAcks = 0;
      Flight.acknowledge(tcb, buffer, acked, delivery);
    }
    if (!hasSack) {
      if (acked) Recovery.dropEstimated(tcb, buffer, acked, delivery);
      else if (isDuplicate) Recovery.estimate(tcb, buffer, delivery);
    } else if (segment.hasOption(HAS_SACK)) {
      if (Scoreboard.update(tcb, buffer, segment, delivery)) buffer.duplicateAcks += 1;
    }
    Recovery.measure(tcb, segment, acked, delivery);
    if (buffer.recoveryMarks) {
      const isPlainDuplicate = isDuplicate && !segment.hasOption(HAS_SACK);
      Recovery.updateMarks(tcb, buffer, isPlainDuplicate || delivery.has(DELIVERED_DUPLICATE));
    }

    // What has not
    const undone = tcb.is(TCP_IN_RECOVERY) && Undo.check(tcb, buffer, segment, acked, delivery);
    const left = acked != 0 && tcb.is(TCP_IN_RECOVERY) && Recovery.leave(tcb, buffer, hasSack);
    const wait = Recovery.detect(tcb, buffer, delivery, hasSack, acked);
    const entered = Recovery.enter(tcb, buffer, delivery.bytes);
    if (tcb.is(TCP_IN_RECOVERY) && !(buffer.recoveryMarks & RECOVERY_TIMEOUT)) {
      RateReduction.step(tcb, buffer, delivery.bytes, acked != 0 && buffer.lostBytes <= lostBefore);
    } else if (acked && !left && !undone) {
      Congestion.acknowledged(tcb, buffer, acked, tcb.flightSize() + acked, wasRecovering ? GROW_ONE : GROW_TWO);
    }
    Recovery.restartTimer(tcb, buffer, wait, acked != 0 || entered || undone);
  }

  /** The timer after an ACK. `wait`: µs until RACK looks again, 0 for never. `isProgress`: the time-out starts over. */
  private static restartTimer(tcb: Tcb, buffer: SendBuffer, wait: u32, isProgress: bool): void {
    const kind = <u32>tcb.sendTimer;
    // With nothing in flight the timer is not of this kind, or `Acknowledgement.settle` is about to stop it.
    if (tcb.sndNxt == tcb.sndUna) return;
    if (wait) RetransmissionTimer.armReorder(tcb, wait);
    else if (isProgress || kind == TIMER_OFF || kind == TIMER_REORDER) RetransmissionTimer.arm(tcb, buffer);
  }

  /** Round-trip samples: of what was sent once only, or by timestamps (RFC 6298 §3, RFC 7323 §4). */
  private static measure(tcb: Tcb, segment: Segment, acked: u32, delivery: Delivery): void {
    if (!delivery.has(DELIVERED_RETRANSMITTED)) {
      if (!delivery.has(DELIVERED_SAMPLE)) return;
      RoundTrip.sample(tcb, Clock.ticks() - delivery.sampleAt);
    } else {
      if (!acked || !tcb.is(TCP_HAS_TIMESTAMPS) || !segment.hasOption(HAS_TIMESTAMPS)) return;
      const passed = LongClock.now() + tcb.tsOffset - segment.tsEcr;
      if (passed > LONGEST_ECHO) return;
      RoundTrip.sample(tcb, passed << 10);
    }
    tcb.backoff = 0;
  }

  // ---- without selective acknowledgements ----

  /** A duplicate ACK speaks for one segment that has arrived beyond the gap (RFC 5681 §3.2, RFC 9937 for connections without SACK). */
  private static estimate(tcb: Tcb, buffer: SendBuffer, delivery: Delivery): void {
    if (buffer.recoveryMarks & RECOVERY_TIMEOUT) return;
    if (Recovery.isGuarded(tcb, buffer) || !buffer.recordCount) return;
    buffer.duplicateAcks += 1;
    // The first segment is what is missing, and of the rest not more can have arrived than there is.
    const record = Flight.record(buffer, 0);
    const first: u32 = Flight.marks(record) & MARK_LOST ? 0 : Flight.end(record) - tcb.sndUna;
    const most = tcb.flightSize() - buffer.lostBytes - first;
    const before = buffer.sackedBytes;
    const after = before + tcb.payloadRoom();
    buffer.sackedBytes = after < most ? after : before < most ? most : before;
    delivery.bytes += buffer.sackedBytes - before;
  }

  /** sndUna has moved by `acked`: takes off what duplicate ACKs had already spoken for. */
  private static dropEstimated(tcb: Tcb, buffer: SendBuffer, acked: u32, delivery: Delivery): void {
    const estimated = buffer.sackedBytes;
    if (!estimated) return;
    const segment = tcb.payloadRoom();
    let known: u32 = acked > segment ? acked - segment : 0;
    if (known > estimated) known = estimated;
    delivery.bytes -= known < delivery.bytes ? known : delivery.bytes;
    let rest = tcb.is(TCP_IN_RECOVERY) ? estimated - known : 0;
    const most = tcb.flightSize() - buffer.lostBytes;
    if (rest > most) rest = most;
    buffer.sackedBytes = rest;
  }

  /** True while duplicate ACKs may stem from what was sent twice (RFC 6582 §3.2 step 1 and §4). */
  @inline private static isGuarded(tcb: Tcb, buffer: SendBuffer): bool {
    return (buffer.recoveryMarks & RECOVERY_GUARD) != 0 && Sequence.atOrBefore(tcb.sndUna, buffer.recoveryPoint);
  }

  // ---- losses ----

  /** Marks what is lost by now. @returns µs until more may be, 0 for never */
  private static detect(tcb: Tcb, buffer: SendBuffer, delivery: Delivery, hasSack: bool, acked: u32): u32 {
    if (hasSack) {
      if (WITH_RACK) {
        Rack.update(tcb, buffer, delivery);
        return Rack.detect(tcb, buffer);
      }
      if (buffer.sackedBytes) Scoreboard.detect(tcb, buffer);
    }
    if (!tcb.is(TCP_IN_RECOVERY)) {
      if (buffer.duplicateAcks >= DUPLICATE_THRESHOLD) Scoreboard.loseFirst(tcb, buffer);
    } else if (!hasSack && acked && !(buffer.recoveryMarks & RECOVERY_TIMEOUT)) {
      // A partial acknowledgement: the next segment is missing too (RFC 6582 §3.2 step 3).
      Scoreboard.loseFirst(tcb, buffer);
    }
    return 0;
  }

  /** Begins fast recovery when something has been lost and none goes on. `delivered`: bytes that the ACK reports. */
  private static enter(tcb: Tcb, buffer: SendBuffer, delivered: u32): bool {
    if (!buffer.lostBytes || tcb.is(TCP_IN_RECOVERY)) return false;
    Undo.remember(tcb, buffer);
    // What ECE has just reduced is not reduced again in the same window (RFC 3168 §6.1.2).
    if (!(buffer.recoveryMarks & RECOVERY_ECN)) Congestion.reduce(tcb, buffer);
    RateReduction.begin(tcb, buffer, delivered);
    buffer.recoveryPoint = tcb.sndNxt;
    buffer.recoveryMarks = (buffer.recoveryMarks & RECOVERY_ECN) | RECOVERY_UNDO;
    tcb.raise(tcb.is(TCP_HAS_ECN) ? TCP_IN_RECOVERY | TCP_ECN_CWR : TCP_IN_RECOVERY);
    return true;
  }

  /** Ends recovery when everything has been acknowledged that was in flight when it began. True when it was fast recovery. */
  private static leave(tcb: Tcb, buffer: SendBuffer, hasSack: bool): bool {
    if (Sequence.before(tcb.sndUna, buffer.recoveryPoint)) return false;
    const wasFast = !(buffer.recoveryMarks & RECOVERY_TIMEOUT);
    if (wasFast) Recovery.setLeavingWindow(tcb, hasSack);
    tcb.lower(TCP_IN_RECOVERY);
    buffer.duplicateAcks = 0;
    buffer.recoveryMarks &= RECOVERY_ECN;
    if (hasSack) {
      Rack.recovered(buffer);
    } else {
      buffer.sackedBytes = 0;
      if (tcb.sndUna == buffer.recoveryPoint) buffer.recoveryMarks |= RECOVERY_GUARD;
    }
    return wasFast;
  }

  /** cwnd at the end of fast recovery: ssthresh; without SACK not more than makes one burst (RFC 6582 §3.2 step 3). */
  private static setLeavingWindow(tcb: Tcb, hasSack: bool): void {
    const segment = tcb.payloadRoom();
    const flight = tcb.flightSize();
    const modest = (flight < segment ? segment : flight) + segment;
    tcb.cwnd = hasSack || tcb.ssthresh < modest ? tcb.ssthresh : modest;
  }

  /** What the marks wait for may have come. `isRepeated`: the ACK says that something has arrived twice. */
  private static updateMarks(tcb: Tcb, buffer: SendBuffer, isRepeated: bool): void {
    const una = tcb.sndUna;
    let marks = buffer.recoveryMarks;
    if (Sequence.atOrAfter(una, buffer.ecnPoint)) marks &= ~RECOVERY_ECN;
    if (Sequence.after(una, buffer.recoveryPoint)) marks &= ~RECOVERY_GUARD;
    buffer.recoveryMarks = marks;
    if (marks & RECOVERY_PROBE) TailProbe.acknowledged(tcb, buffer, isRepeated);
  }

  // ---- sending ----

  /** Bytes that congestion control lets be sent now. */
  @inline static room(tcb: Tcb, buffer: SendBuffer): u32 {
    const pipe = Flight.pipe(tcb, buffer);
    return tcb.cwnd > pipe ? tcb.cwnd - pipe : 0;
  }

  /** Sends again what is lost, oldest first, as far as `room` allows. False when the chip had no room (a new try is arranged). */
  static retransmit(tcb: Tcb, buffer: SendBuffer): bool {
    if (!buffer.lostBytes) return WITH_RACK || Recovery.rescue(tcb, buffer);
    return Undo.isHolding(buffer) || Retransmission.sendLost(tcb, buffer);
  }

  /**
   * Once per recovery, when nothing else is to be sent, the last segment again: its loss would show in nothing (RFC 6675 §4,
   * NextSeg rule 4). RACK finds it by time. False when the chip had no room.
   */
  private static rescue(tcb: Tcb, buffer: SendBuffer): bool {
    if (!tcb.is(TCP_HAS_SACK) || !tcb.is(TCP_IN_RECOVERY) || !buffer.sackedBytes || !buffer.recordCount) return true;
    if (buffer.recoveryMarks & (RECOVERY_RESCUED | RECOVERY_TIMEOUT) || buffer.length > tcb.flightSize()) return true;
    const last = buffer.recordCount - 1;
    if (Flight.marks(Flight.record(buffer, last)) & (MARK_SACKED | MARK_RETRANSMITTED)) return true;
    if (Recovery.room(tcb, buffer) < tcb.payloadRoom()) return true;
    buffer.recoveryMarks |= RECOVERY_RESCUED;
    return Retransmission.send(tcb, buffer, last, Flight.start(tcb, buffer, last));
  }

  // ---- timer ----

  /** Starts the timer of what is in flight. */
  @inline static armTimer(tcb: Tcb, buffer: SendBuffer): void {
    RetransmissionTimer.arm(tcb, buffer);
  }

  /**
   * The timer is due (TIMER_RETRANSMIT, TIMER_LOSS_PROBE or TIMER_REORDER). The caller sends afterwards what may go.
   * @returns true when the connection is to be given up
   */
  static timerExpired(tcb: Tcb, buffer: SendBuffer): bool {
    const kind = <u32>tcb.sendTimer;
    if (tcb.sndNxt == tcb.sndUna) {
      tcb.sendTimer = <u8>TIMER_OFF;
      return false;
    }
    if (WITH_RACK && buffer.recordCount && kind == TIMER_LOSS_PROBE) {
      TailProbe.expired(tcb, buffer);
      return false;
    }
    if (WITH_RACK && kind == TIMER_REORDER) {
      Recovery.reorderingEnded(tcb, buffer);
      return false;
    }
    return RetransmissionTimer.timedOut(tcb, buffer);
  }

  /** What has been missing for longer than reordering explains is lost (RFC 8985 §6.3). */
  private static reorderingEnded(tcb: Tcb, buffer: SendBuffer): void {
    const isFast = tcb.is(TCP_IN_RECOVERY) && !(buffer.recoveryMarks & RECOVERY_TIMEOUT);
    if (isFast) RateReduction.settle(buffer, Flight.pipe(tcb, buffer));
    const wait = Rack.detect(tcb, buffer);
    if (Recovery.enter(tcb, buffer, 0) || isFast) RateReduction.step(tcb, buffer, 0, false);
    if (wait) RetransmissionTimer.armReorder(tcb, wait);
    else RetransmissionTimer.armTimeout(tcb, buffer);
  }

  // ---- events from elsewhere ----

  /** The peer says that a segment of ours met congestion (RFC 3168 §6.1.2): the window goes down once per window of data. */
  static congestionExperienced(tcb: Tcb, buffer: SendBuffer): void {
    if (tcb.is(TCP_IN_RECOVERY) || buffer.recoveryMarks & RECOVERY_ECN) return;
    Congestion.reduceAtOnce(tcb, buffer);
    buffer.recoveryMarks |= RECOVERY_ECN;
    buffer.ecnPoint = tcb.sndNxt;
    tcb.raise(TCP_ECN_CWR);
  }

  /**
   * Segments have become smaller (path MTU): those in flight that are too large cannot arrive, and that says nothing about
   * congestion (RFC 1191 §6.5). The caller sends afterwards.
   */
  static pathShrunk(tcb: Tcb, buffer: SendBuffer): void {
    const most = tcb.payloadRoom();
    let end = tcb.sndUna;
    for (let i: u32 = 0; i < buffer.recordCount; i++) {
      const record = Flight.record(buffer, i);
      const start = end;
      end = Flight.end(record);
      const length = end - start;
      if (length <= most || Flight.marks(record) & (MARK_SACKED | MARK_LOST)) continue;
      Flight.raise(record, MARK_LOST);
      buffer.lostBytes += length;
    }
    if (buffer.lostBytes) RetransmissionTimer.armTimeout(tcb, buffer);
  }

  /** Everything has been acknowledged, and the buffer is about to be given back. */
  static flushed(tcb: Tcb, buffer: SendBuffer): void {
    // Where no sample has taken the back-off away it stays in the RTO until there is one (RFC 6298 §5).
    tcb.rto = RoundTrip.timeout(tcb);
    if (tcb.is(TCP_IN_RECOVERY) && !(buffer.recoveryMarks & RECOVERY_TIMEOUT)) tcb.cwnd = tcb.ssthresh;
  }
}
