/**
 * What a connection sends next: retransmissions first, then new data as far as both windows allow, Nagle's rule and silly-
 * window avoidance (RFC 9293 §3.8.6.2.1), then the FIN, then an ACK that is still owed.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP_SEND_BUFFER } from "../../../config";
import { bulk_add_carry, guest_read_sum } from "../../../hal/imports";
import { Checksum } from "../../base/checksum";
import { LongClock } from "../../base/long-clock";
import { Neighbours } from "../../link/neighbour";
import { GuestVector } from "../../socket/guest-vector";
import { TCP_ACK, TCP_FIN, TCP_PSH } from "../../wire/tcp";
import { Congestion } from "./congestion";
import {
  CLOSE_WAIT,
  ESTABLISHED,
  LAST_ACK,
  NOT_PREDICTED,
  PREDICTED_LAST,
  PREDICTED_STAMPED,
  SYN_SENT,
  TCP_ACK_NOW,
  TCP_CORK,
  TCP_FIN_QUEUED,
  TCP_FIN_SENT,
  TCP_HAS_TIMESTAMPS,
  TCP_IN_RECOVERY,
  TCP_MORE,
  TCP_NODELAY,
  TCP_OUTPUT_BLOCKED,
  TCP_PERSISTING,
  TCP_URGENT_SENDING,
  TCP_WANTS_ROOM,
  Tcb,
  TIMER_OFF,
  TIMER_OVERRIDE,
  TIMER_PERSIST,
  TIMER_RELEASE,
  TIMER_RETRANSMIT,
} from "./connection";
import { Flight } from "./flight";
import { Output } from "./output";
import { Recovery } from "./recovery";
import { RetransmissionTimer } from "./retransmission-timer";
import { RoundTrip } from "./round-trip";
import { SendBuffer, SendBuffers } from "./send-buffer";
import { TcpTimers } from "./timers";

/** `flags` of `write`. */
export const SEND_MORE: u32 = 1;
export const SEND_URGENT: u32 = 2;

/** New segments that one call sends at most. */
const BURST: i32 = 16;
/** How long a small segment waits for more, µs (RFC 9293 §3.8.6.2.1: 0.1 to 1 s; TCP_CORK of Linux: 0.2 s). */
const OVERRIDE_DELAY: u32 = 200_000;

/** What a connection must not be in whose FIN the next segment is expected to acknowledge. */
const NOT_LAST: u32 = NOT_PREDICTED | TCP_HAS_TIMESTAMPS;
/** What must not be for `writeSegments` to send at once what it takes. */
const BUSY: u32 = TCP_IN_RECOVERY | TCP_OUTPUT_BLOCKED | TCP_CORK | TCP_MORE | TCP_PERSISTING | TCP_URGENT_SENDING;

export class Sender {
  /** Bytes that `write` would take now; 0 also when no send buffer is left. */
  static room(tcb: Tcb): u32 {
    const queued = tcb.sendBuffer ? SendBuffer.at(tcb.sendBuffer).length : 0;
    if (!tcb.sendBuffer && !SendBuffers.isAvailable()) return 0;
    return queued < tcb.sendCapacity ? tcb.sendCapacity - queued : 0;
  }

  /** Bytes queued and not yet sent. */
  @inline static unsent(tcb: Tcb, buffer: SendBuffer): u32 {
    return buffer.length - (tcb.sndNxt - tcb.sndUna);
  }

  /** Bytes queued and not yet acknowledged (SIOCOUTQ). */
  static queued(tcb: Tcb): u32 {
    return tcb.sendBuffer ? SendBuffer.at(tcb.sendBuffer).length : 0;
  }

  /**
   * Queues bytes of `vector` from `offset` on, and sends what may go.
   * @param flags SEND_MORE: a partial segment waits for the next call; SEND_URGENT: the last byte is urgent
   * @returns bytes taken, 0 when there is no room; the connection then asks to be told when there is some
   */
  static write(tcb: Tcb, task: i32, vector: GuestVector, offset: u32, flags: u32): u32 {
    const wanted = vector.total - offset;
    if (!wanted) return 0;
    if (!Sender.begin(tcb)) {
      tcb.raise(TCP_WANTS_ROOM);
      return 0;
    }
    const buffer = SendBuffer.at(tcb.sendBuffer);
    const room = buffer.length < tcb.sendCapacity ? tcb.sendCapacity - buffer.length : 0;
    const bytes = wanted < room ? wanted : room;
    if (bytes < wanted) tcb.raise(TCP_WANTS_ROOM);
    if (!bytes) return 0;
    let done: u32 = 0;
    if (CONFIG_NET_FAST_PATHS && vector.count == 1 && !flags) {
      done = Sender.writeSegments(tcb, buffer, task, vector.first + offset, bytes, bytes == wanted);
      if (done == bytes) return bytes;
    }
    Sender.store(buffer, task, vector, offset + done, bytes - done);
    if (flags & SEND_URGENT && bytes == wanted) {
      // The pointer is to the byte after the urgent one (RFC 6093 §3.1).
      buffer.sndUp = tcb.sndUna + buffer.length;
      tcb.raise(TCP_URGENT_SENDING);
    }
    if (flags & SEND_MORE) tcb.raise(TCP_MORE);
    else tcb.lower(TCP_MORE);
    Sender.run(tcb);
    return bytes;
  }

  /**
   * The most usual write: one piece that becomes one segment at once, on a connection with nothing special going on.
   * @param source guest address of `bytes` bytes, its range checked
   * @returns false when it is not that simple: nothing has changed
   */
  static writeOne(tcb: Tcb, task: i32, source: usize, bytes: u32): bool {
    // Predicted means ESTABLISHED, with nothing lost, blocked, urgent or out of order; one compare for 0 and for PREDICTED_LAST.
    const p = tcb.sendBuffer;
    if (!p || tcb.predicted - 1 >= PREDICTED_STAMPED || tcb.cachedGeneration != Neighbours.generation()) return false;
    const buffer = SendBuffer.at(p);
    const queued = buffer.length;
    const seq = tcb.sndNxt;
    const after = queued + bytes;
    if (
      queued != seq - tcb.sndUna ||
      // Nagle; and one compare for no bytes and for more than a segment.
      (queued != 0 && !tcb.is(TCP_NODELAY)) ||
      bytes - 1 >= tcb.payloadRoom() ||
      tcb.is(TCP_CORK | TCP_MORE) ||
      after > tcb.sendCapacity ||
      after > tcb.sndWnd ||
      after > tcb.cwnd
    ) {
      return false;
    }
    const place = buffer.offset(queued);
    if ((place | <u32>source) & 3 || bytes > (<u32>CONFIG_NET_TCP_SEND_BUFFER & ~3) - place) return false;
    const target = buffer.ring() + place;
    let sum = guest_read_sum(task, target, source, bytes >>> 2, 0);
    if (bytes & 3) sum = bulk_add_carry(sum, Sender.storeTail(task, target, source, bytes));
    buffer.length = after;
    if (Output.direct(tcb, seq, TCP_PSH | TCP_ACK, target, bytes, sum)) Sender.commit(tcb, buffer, bytes);
    return true;
  }

  /** Makes sure that there is a buffer; after an idle time the congestion window starts over (RFC 5681 §4.1). */
  @inline private static begin(tcb: Tcb): bool {
    return tcb.sendBuffer != 0 || Sender.beginIdle(tcb);
  }

  private static beginIdle(tcb: Tcb): bool {
    if (!SendBuffers.attach(tcb)) return false;
    // The last one went back after the time of an RTO.
    if (<u32>tcb.state >= ESTABLISHED) Congestion.restart(tcb);
    return true;
  }

  /**
   * Queues the first bytes of `vector`, before the connection is made: there is an empty buffer.
   * @returns bytes, at most `most`
   */
  static queueFirst(tcb: Tcb, task: i32, vector: GuestVector, most: u32): u32 {
    const bytes = min<u32>(min<u32>(vector.total, most), tcb.sendCapacity);
    Sender.store(SendBuffer.at(tcb.sendBuffer), task, vector, 0, bytes);
    return bytes;
  }

  /** Copies `bytes` bytes of the vector behind what is queued. There is room. */
  private static store(buffer: SendBuffer, task: i32, vector: GuestVector, offset: u32, bytes: u32): void {
    const place = buffer.offset(buffer.length);
    const first = min<u32>(bytes, CONFIG_NET_TCP_SEND_BUFFER - place);
    vector.read(task, buffer.ring() + place, offset, first);
    if (first < bytes) vector.read(task, buffer.ring(), offset + first, bytes - first);
    buffer.length += bytes;
  }

  /**
   * The usual case: pieces that become segments now, each summed while it is copied into the ring.
   * @param source guest address of `bytes` bytes (at least 1), its range checked; @param all nothing is to follow them
   * @returns bytes that are on their way; the rest is to be queued
   */
  @inline private static writeSegments(
    tcb: Tcb,
    buffer: SendBuffer,
    task: i32,
    source: usize,
    bytes: u32,
    all: bool,
  ): u32 {
    let inFlight = tcb.sndNxt - tcb.sndUna;
    if (
      (<u32>tcb.state != ESTABLISHED && <u32>tcb.state != CLOSE_WAIT) ||
      (tcb.detail & BUSY) != 0 ||
      <u32>source & 3 ||
      buffer.length != inFlight ||
      (buffer.sackedBytes | buffer.lostBytes | buffer.duplicateAcks) != 0
    ) {
      return 0;
    }
    const segment = tcb.payloadRoom();
    const window = tcb.sndWnd < tcb.cwnd ? tcb.sndWnd : tcb.cwnd;
    let done: u32 = 0;
    do {
      let piece = bytes - done;
      let flags: u32 = 0;
      if (piece >= segment) {
        piece = segment;
      } else if (!all || (inFlight != 0 && !tcb.is(TCP_NODELAY))) {
        // Nagle, or more is to come.
        break;
      }
      const place = buffer.offset(buffer.length);
      if (inFlight + piece > window || place & 3 || ((piece + 3) & ~3) > <u32>CONFIG_NET_TCP_SEND_BUFFER - place) break;
      const target = buffer.ring() + place;
      let sum = guest_read_sum(task, target, source, piece >>> 2, 0);
      if (piece & 3) sum = bulk_add_carry(sum, Sender.storeTail(task, target, source, piece));
      buffer.length += piece;
      done += piece;
      if (done == bytes && all) flags = TCP_PSH;
      if (!Output.summed(tcb, buffer, tcb.sndNxt, piece, flags, target, sum)) break;
      Sender.commit(tcb, buffer, piece);
      inFlight += piece;
      source += piece;
    } while (done < bytes);
    return done;
  }

  /** Stores the last 1 to 3 bytes of a piece. @returns them as a word */
  private static storeTail(task: i32, target: usize, source: usize, bytes: u32): u32 {
    const whole = bytes & ~3;
    GuestVector.copyIn(task, target + whole, source + whole, bytes & 3);
    return load<u32>(target + whole) & Checksum.lastWordMask(bytes);
  }

  /** A new segment of `bytes` sequence numbers is in the chip. */
  @inline private static commit(tcb: Tcb, buffer: SendBuffer, bytes: u32): void {
    const end = tcb.sndNxt + bytes;
    Flight.sent(tcb, buffer, end);
    tcb.sndNxt = end;
    const kind = <u32>tcb.sendTimer;
    if (kind == TIMER_OFF || kind == TIMER_RELEASE) Recovery.armTimer(tcb, buffer);
  }

  /** Sends everything that may go now. */
  static run(tcb: Tcb): void {
    if (<u32>tcb.state >= ESTABLISHED && !tcb.is(TCP_OUTPUT_BLOCKED)) {
      const buffer = tcb.sendBuffer;
      if (buffer && !Sender.runBuffer(tcb, SendBuffer.at(buffer))) return;
      if (tcb.is(TCP_FIN_QUEUED) && !tcb.is(TCP_FIN_SENT) && !Sender.sendFin(tcb)) return;
    }
    if (tcb.is(TCP_ACK_NOW) && <u32>tcb.state > SYN_SENT) Output.acknowledge(tcb);
  }

  /** Retransmissions and new data. False when the chip had no room. */
  private static runBuffer(tcb: Tcb, buffer: SendBuffer): bool {
    if (buffer.lostBytes || tcb.is(TCP_IN_RECOVERY)) {
      if (!Recovery.retransmit(tcb, buffer)) return false;
    }
    for (let i = 0; i < BURST; i++) {
      const bytes = Sender.next(tcb, buffer);
      if (!bytes) return true;
      if (!Sender.sendNew(tcb, buffer, bytes)) return false;
    }
    // The rest goes with the next ACK, or as soon as frames have been looked at.
    TcpTimers.retryOutput(tcb, 0);
    return true;
  }

  /** Bytes that a new segment can have now, as far as there are any and the peer's window goes; 0 for none. */
  @inline static most(tcb: Tcb, buffer: SendBuffer): u32 {
    const end = buffer.length < tcb.sndWnd ? buffer.length : tcb.sndWnd;
    // Less than 0 behind a FIN, and in a window that has shrunk.
    const bytes = <i32>(end - tcb.flightSize());
    if (bytes <= 0) return 0;
    const segment = tcb.payloadRoom();
    return <u32>bytes < segment ? <u32>bytes : segment;
  }

  /**
   * Bytes of the next new segment, 0 for none now; then the timer runs that asks again, if nothing else will.
   */
  private static next(tcb: Tcb, buffer: SendBuffer): u32 {
    const inFlight = tcb.sndNxt - tcb.sndUna;
    const unsent = buffer.length - inFlight;
    const bytes = Sender.most(tcb, buffer);
    if (!bytes) {
      // Queued, nothing in flight whose ACK could open the window (a FIN would be, or everything is acknowledged): probes.
      if (unsent && !inFlight) Sender.persist(tcb);
      return 0;
    }
    // Congestion control counts in segments: a part of one now would be a small one later.
    if (Flight.pipe(tcb, buffer) + bytes > tcb.cwnd) return 0;
    if (bytes == tcb.payloadRoom()) return bytes;
    if (bytes == unsent) {
      if (tcb.is(TCP_FIN_QUEUED)) return bytes;
      if (!tcb.is(TCP_CORK | TCP_MORE) && (!inFlight || tcb.is(TCP_NODELAY | TCP_URGENT_SENDING))) return bytes;
    } else if (bytes >= tcb.sndWndMax >>> 1) {
      return bytes;
    }
    if (!inFlight) Sender.hold(tcb);
    return 0;
  }

  /** A segment too small to be sent waits, but not for ever. */
  private static hold(tcb: Tcb): void {
    if (tcb.sendTimer == <u8>TIMER_OVERRIDE) return;
    RetransmissionTimer.set(tcb, TIMER_OVERRIDE, OVERRIDE_DELAY);
  }

  /** Starts zero-window probing (RFC 9293 §3.8.6.1): the first after the retransmission time-out. */
  private static persist(tcb: Tcb): void {
    if (tcb.is(TCP_PERSISTING) && tcb.sendTimer == <u8>TIMER_PERSIST) return;
    tcb.raise(TCP_PERSISTING);
    tcb.sentAt = LongClock.now();
    tcb.backoff = 0;
    tcb.probes = 0;
    RetransmissionTimer.set(tcb, TIMER_PERSIST, tcb.rto);
  }

  /** Ends zero-window probing: the window is open. */
  static endPersist(tcb: Tcb): void {
    tcb.lower(TCP_PERSISTING);
    tcb.backoff = 0;
    if (tcb.sendTimer == <u8>TIMER_PERSIST) tcb.sendTimer = <u8>TIMER_OFF;
  }

  /** Sends `bytes` new bytes; the FIN goes with the last of them. False when the chip had no room. */
  private static sendNew(tcb: Tcb, buffer: SendBuffer, bytes: u32): bool {
    const last = bytes == Sender.unsent(tcb, buffer);
    const fin = last && tcb.is(TCP_FIN_QUEUED);
    if (!Output.data(tcb, buffer, tcb.sndNxt, bytes, (last ? TCP_PSH : 0) | (fin ? TCP_FIN : 0))) return false;
    if (tcb.sendTimer == <u8>TIMER_OVERRIDE) tcb.sendTimer = <u8>TIMER_OFF;
    if (fin) {
      tcb.raise(TCP_FIN_SENT);
      bytes++;
    }
    Sender.commit(tcb, buffer, bytes);
    return true;
  }

  /** Sends the FIN alone: there is no unsent data, and there may be no buffer. False when the chip had no room. */
  static sendFin(tcb: Tcb): bool {
    const p = tcb.sendBuffer;
    if (p && Sender.unsent(tcb, SendBuffer.at(p))) return true;
    const sent = CONFIG_NET_FAST_PATHS && !p ? Output.finish(tcb) : Output.control(tcb, tcb.sndNxt, TCP_FIN | TCP_ACK);
    if (!sent) return false;
    tcb.raise(TCP_FIN_SENT);
    if (p) {
      Sender.commit(tcb, SendBuffer.at(p), 1);
      return true;
    }
    tcb.sndNxt += 1;
    Sender.armLone(tcb);
    if (<u32>tcb.state == LAST_ACK && (tcb.detail & NOT_LAST) == 0 && !tcb.outOfOrder) tcb.predicted = PREDICTED_LAST;
    return true;
  }

  /** Arms the retransmission of a FIN (or SYN) that no send buffer stands behind. */
  @inline static armLone(tcb: Tcb): void {
    RetransmissionTimer.set(tcb, TIMER_RETRANSMIT, RoundTrip.timeout(tcb));
  }

  /** Sends one new segment, whatever Nagle says, when there is one and the peer's window has room (tail loss probe, RFC 8985 §7.3). True when one was sent. */
  static sendProbe(tcb: Tcb, buffer: SendBuffer): bool {
    const bytes = Sender.most(tcb, buffer);
    return bytes != 0 && Sender.sendNew(tcb, buffer, bytes);
  }

  /** TIMER_OVERRIDE is due: what was held back goes out, if the window lets it. */
  static overrideExpired(tcb: Tcb): void {
    tcb.sendTimer = <u8>TIMER_OFF;
    const p = tcb.sendBuffer;
    if (p) Sender.sendProbe(tcb, SendBuffer.at(p));
  }
}
