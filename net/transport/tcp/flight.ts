/**
 * What is in flight: one record per segment, oldest first, in a ring of the send buffer. A record has two words: the sequence
 * number after the segment, and the time it was last sent (ticks) with marks in the low three bits. It begins where the record
 * before it ends; the first begins at sndUna. Together they cover sndUna to sndNxt.
 *
 * Times are therefore multiples of 8 µs, rounded down.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP_SACK, CONFIG_NET_TCP_SEND_RECORDS } from "../../../config";
import { Clock } from "../../base/clock";
import { Tcb } from "./connection";
import { Delivery } from "./delivery";
import { FLIGHT_RECORD_BYTES, SendBuffer } from "./send-buffer";
import { Sequence } from "./sequence";

/** The peer has it, beyond a gap (RFC 2018). */
export const MARK_SACKED: u32 = CONFIG_NET_TCP_SACK ? 1 : 0;
/** Taken to be lost, and not sent again since. */
export const MARK_LOST: u32 = 2;
/** Has been sent more than once: its acknowledgement says nothing about the round-trip time (RFC 6298 §3). */
export const MARK_RETRANSMITTED: u32 = 4;
const MARKS: u32 = 7;

const RECORDS: u32 = CONFIG_NET_TCP_SEND_RECORDS;

export class Flight {
  // ---- one record ----

  /** usize → record `index`, counted from the oldest. `index` is at most recordCount. */
  @inline static record(buffer: SendBuffer, index: u32): usize {
    let place = buffer.recordFirst + index;
    if (place >= RECORDS) place -= RECORDS;
    const record = buffer.records() + <usize>place * FLIGHT_RECORD_BYTES;
    // What a function has looked at before it answers needs no check in its callers (docs/aot.md), and small images have this one once.
    if (!CONFIG_NET_FAST_PATHS) load<u32>(record);
    return record;
  }

  /** Sequence number after the segment. */
  @inline static end(record: usize): u32 {
    return load<u32>(record);
  }

  /** Ticks at which it was last sent. */
  @inline static sentAt(record: usize): u32 {
    return load<u32>(record, 4) & ~MARKS;
  }

  /** MARK_*. */
  @inline static marks(record: usize): u32 {
    return load<u32>(record, 4) & MARKS;
  }

  /** Switches `marks` on. The sums of the buffer are the caller's. */
  @inline static raise(record: usize, marks: u32): void {
    store<u32>(record, load<u32>(record, 4) | marks, 4);
  }

  /** Sequence number of the first byte of record `index`, while the records begin at sndUna. */
  @inline static start(tcb: Tcb, buffer: SendBuffer, index: u32): u32 {
    return index ? Flight.end(Flight.record(buffer, index - 1)) : tcb.sndUna;
  }

  // ---- all of them ----

  /** Bytes that are on the wire as far as we know: "pipe" of RFC 6675 §4. */
  @inline static pipe(tcb: Tcb, buffer: SendBuffer): u32 {
    return tcb.flightSize() - buffer.sackedBytes - buffer.lostBytes;
  }

  /** Notes that the new segment from sndNxt to `end` has gone out. The caller moves sndNxt. */
  static sent(tcb: Tcb, buffer: SendBuffer, end: u32): void {
    let count = buffer.recordCount;
    if (count == RECORDS) {
      if (!Flight.makeRoom(tcb, buffer, end)) return;
      count--;
    }
    const record = Flight.record(buffer, count);
    store<u32>(record, end);
    store<u32>(record, Clock.ticks() & ~MARKS, 4);
    buffer.recordCount = count + 1;
  }

  /** Makes sure that something in flight has a record. */
  static cover(tcb: Tcb, buffer: SendBuffer): void {
    if (!buffer.recordCount && tcb.sndNxt != tcb.sndUna) Flight.sent(tcb, buffer, tcb.sndNxt);
  }

  /**
   * Frees a record of a full ring: the last two neighbours with the same marks become one, with the later time. When there are
   * none (every other one is marked) the last record takes in the segment up to `end` and loses its mark: false.
   */
  private static makeRoom(tcb: Tcb, buffer: SendBuffer, end: u32): bool {
    if (Flight.join(buffer, 1)) return true;
    const last = Flight.record(buffer, RECORDS - 1);
    const length = Flight.end(last) - Flight.start(tcb, buffer, RECORDS - 1);
    const marks = Flight.marks(last);
    if (marks & MARK_SACKED) buffer.sackedBytes -= length;
    if (marks & MARK_LOST) buffer.lostBytes -= length;
    store<u32>(last, end);
    store<u32>(last, (Clock.ticks() & ~MARKS) | MARK_RETRANSMITTED, 4);
    return false;
  }

  /** Makes one of the last two neighbours with the same marks, of which the second is at least number `lowest`. False when no two have them. */
  private static join(buffer: SendBuffer, lowest: u32): bool {
    for (let i = buffer.recordCount - 1; i >= lowest; i--) {
      const earlier = Flight.record(buffer, i - 1);
      const later = Flight.record(buffer, i);
      if (Flight.marks(earlier) != Flight.marks(later)) continue;
      const time = Flight.sentAt(later) - Flight.sentAt(earlier);
      store<u32>(earlier, Flight.end(later));
      if (<i32>time > 0) store<u32>(earlier, load<u32>(later, 4), 4);
      Flight.close(buffer, i);
      return true;
    }
    return false;
  }

  /** Takes record `index` out: those after it move up. */
  private static close(buffer: SendBuffer, index: u32): void {
    const last = buffer.recordCount - 1;
    for (let i = index; i < last; i++) store<u64>(Flight.record(buffer, i), load<u64>(Flight.record(buffer, i + 1)));
    buffer.recordCount = last;
  }

  /**
   * Makes two records of number `index` at sequence number `at`, which lies inside it. False, and nothing done, when the ring is
   * full and nothing after `index` can be joined.
   */
  static split(buffer: SendBuffer, index: u32, at: u32): bool {
    if (buffer.recordCount == RECORDS && !Flight.join(buffer, index + 2)) return false;
    for (let i = buffer.recordCount; i > index; i--) {
      store<u64>(Flight.record(buffer, i), load<u64>(Flight.record(buffer, i - 1)));
    }
    buffer.recordCount += 1;
    store<u32>(Flight.record(buffer, index), at);
    return true;
  }

  /**
   * Drops what lies below sndUna, which has just moved by `acked`, and tells `delivery` of what the peer has now and had not
   * told of before. @effects sackedBytes and lostBytes follow.
   */
  static acknowledge(tcb: Tcb, buffer: SendBuffer, acked: u32, delivery: Delivery): void {
    const una = tcb.sndUna;
    let start = una - acked;
    while (buffer.recordCount) {
      const record = Flight.record(buffer, 0);
      const end = Flight.end(record);
      const isWhole = Sequence.atOrBefore(end, una);
      const word = load<u32>(record, 4);
      const length = (isWhole ? end : una) - start;
      if (word & MARK_LOST) buffer.lostBytes -= length;
      if (word & MARK_SACKED) {
        buffer.sackedBytes -= length;
      } else {
        delivery.bytes += length;
        if (isWhole) delivery.segment(end, word);
      }
      if (!isWhole) return;
      start = end;
      const next = buffer.recordFirst + 1;
      buffer.recordFirst = next == RECORDS ? 0 : next;
      buffer.recordCount -= 1;
    }
  }
}
