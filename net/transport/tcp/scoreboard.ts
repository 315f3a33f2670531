/**
 * Selective acknowledgements of what we have sent (RFC 2018, RFC 2883), as marks on the records of Flight, and losses found
 * by counting them (RFC 6675). The work of an ACK is at most its blocks (4) times the records.
 *
 * A block marks whole segments only. Where records have been joined they are split at its edges as far as the ring has room:
 * a peer cannot make more records than CONFIG_NET_TCP_SEND_RECORDS.
 */
import { Tcb } from "./connection";
import { DELIVERED_DUPLICATE, Delivery } from "./delivery";
import { Flight, MARK_LOST, MARK_RETRANSMITTED, MARK_SACKED } from "./flight";
import { Segment } from "./segment";
import { SendBuffer } from "./send-buffer";
import { Sequence } from "./sequence";

/** Duplicate ACKs, or segments delivered above, that make a segment count as lost (RFC 5681 §3.2, RFC 6675 §2). */
export const DUPLICATE_THRESHOLD: u32 = 3;

export class Scoreboard {
  /** Takes the blocks of `segment`, whose ACK is sndUna; `delivery` hears what is new. @returns bytes of that */
  static update(tcb: Tcb, buffer: SendBuffer, segment: Segment, delivery: Delivery): u32 {
    const before = buffer.sackedBytes;
    for (let i: u32 = 0; i < segment.sackCount; i++) {
      const block = segment.sackBlock(i);
      const left = load<u32>(block);
      const right = load<u32>(block, 4);
      if (!Sequence.before(left, right)) continue;
      if (i == 0 && Scoreboard.isDuplicate(segment, left, right)) {
        delivery.signs |= DELIVERED_DUPLICATE;
        continue;
      }
      // The byte at sndUna is missing by definition, and what has not been sent cannot have arrived.
      if (Sequence.after(left, tcb.sndUna) && Sequence.atOrBefore(right, tcb.sndNxt)) {
        Scoreboard.take(tcb, buffer, left, right, delivery);
      }
    }
    const bytes = buffer.sackedBytes - before;
    delivery.bytes += bytes;
    return bytes;
  }

  /** True when the first block tells of a duplicate (RFC 2883 §4): below the ACK, or inside the second block. */
  private static isDuplicate(segment: Segment, left: u32, right: u32): bool {
    if (Sequence.atOrBefore(right, segment.ack)) return true;
    if (segment.sackCount < 2) return false;
    const second = segment.sackBlock(1);
    return Sequence.atOrAfter(left, load<u32>(second)) && Sequence.atOrBefore(right, load<u32>(second, 4));
  }

  /** Marks what lies inside [left, right). */
  private static take(tcb: Tcb, buffer: SendBuffer, left: u32, right: u32, delivery: Delivery): void {
    const segment = tcb.payloadRoom();
    let start = tcb.sndUna;
    for (let i: u32 = 0; i < buffer.recordCount; i++) {
      if (Sequence.atOrAfter(start, right)) return;
      const record = Flight.record(buffer, i);
      let end = Flight.end(record);
      if (Sequence.after(end, left) && !(Flight.marks(record) & MARK_SACKED)) {
        if (end - start > segment) {
          const at = Sequence.before(start, left) ? left : right;
          if (Sequence.before(at, end) && Flight.split(buffer, i, at)) end = at;
        }
        if (Sequence.atOrAfter(start, left) && Sequence.atOrBefore(end, right)) {
          Scoreboard.mark(buffer, record, end - start, delivery);
        }
      }
      start = end;
    }
  }

  private static mark(buffer: SendBuffer, record: usize, length: u32, delivery: Delivery): void {
    const word = load<u32>(record, 4);
    delivery.segment(Flight.end(record), word);
    buffer.sackedBytes += length;
    if (word & MARK_LOST) buffer.lostBytes -= length;
    store<u32>(record, (word & ~MARK_LOST) | MARK_SACKED, 4);
  }

  /**
   * Marks as lost what RFC 6675 §4 IsLost() says: three segments, or more than two segments' worth of bytes, have been
   * delivered above it. What has been sent again is left to the retransmission timer.
   */
  static detect(tcb: Tcb, buffer: SendBuffer): void {
    const enough = (DUPLICATE_THRESHOLD - 1) * tcb.payloadRoom();
    let above: u32 = 0;
    let bytes: u32 = 0;
    for (let i = buffer.recordCount; i > 0; i--) {
      const record = Flight.record(buffer, i - 1);
      const length = Flight.end(record) - Flight.start(tcb, buffer, i - 1);
      if (Flight.marks(record) & MARK_SACKED) {
        above++;
        bytes += length;
      } else if ((above >= DUPLICATE_THRESHOLD || bytes > enough) && Scoreboard.isFresh(record)) {
        Flight.raise(record, MARK_LOST);
        buffer.lostBytes += length;
      }
    }
  }

  /** Marks the segment at sndUna as lost, unless it has been sent again since. */
  static loseFirst(tcb: Tcb, buffer: SendBuffer): void {
    const record = Flight.record(buffer, 0);
    if (!buffer.recordCount || !Scoreboard.isFresh(record)) return;
    const segment = tcb.payloadRoom();
    const una = tcb.sndUna;
    if (Flight.end(record) - una > segment) Flight.split(buffer, 0, una + segment);
    const length = Flight.end(record) - una;
    // The estimate of what has arrived must leave room for what has not.
    const rest = tcb.flightSize() - buffer.lostBytes - length;
    if (buffer.sackedBytes > rest) buffer.sackedBytes = rest;
    Flight.raise(record, MARK_LOST);
    buffer.lostBytes += length;
  }

  @inline private static isFresh(record: usize): bool {
    return !(Flight.marks(record) & (MARK_SACKED | MARK_LOST | MARK_RETRANSMITTED));
  }

  /**
   * Marks everything as lost: a time-out. SACK marks go too, since the peer may have dropped what it only promised to keep
   * (RFC 2018 §8); what they stood on counts as sent twice, so that its ACK is not taken for proof that the time-out
   * was for nothing.
   */
  static loseAll(tcb: Tcb, buffer: SendBuffer): void {
    for (let i: u32 = 0; i < buffer.recordCount; i++) {
      const record = Flight.record(buffer, i);
      const word = load<u32>(record, 4);
      const again: u32 = word & MARK_SACKED ? MARK_RETRANSMITTED : 0;
      store<u32>(record, (word & ~MARK_SACKED) | again | MARK_LOST, 4);
    }
    buffer.sackedBytes = 0;
    buffer.lostBytes = tcb.flightSize();
  }

  /** Takes back all marks of loss: what they stood on is still on its way. */
  static loseNone(buffer: SendBuffer): void {
    for (let i: u32 = 0; i < buffer.recordCount; i++) {
      const record = Flight.record(buffer, i);
      store<u32>(record, load<u32>(record, 4) & ~MARK_LOST, 4);
    }
    buffer.lostBytes = 0;
  }
}
