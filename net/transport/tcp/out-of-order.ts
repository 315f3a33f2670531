/**
 * Which bytes beyond rcvNxt have arrived already (the bytes themselves lie in the receive ring). The ranges are kept in
 * the order in which they last grew, the latest first: SACK blocks are reported in that order (RFC 2018 §4). Their number
 * is bounded, so the work of a segment is too (CVE-2018-5390).
 */
import { CONFIG_NET_TCP, CONFIG_NET_TCP_REASSEMBLY, CONFIG_NET_TCP_REASSEMBLY_RANGES } from "../../../config";
import { Be } from "../../base/be";
import { Pool } from "../../base/pool";
import { Tcb } from "./connection";
import { Sequence } from "./sequence";

/** Bytes of a range: sequence number of its first byte, and of the byte after its last. */
const RANGE_BYTES: usize = 8;
const RANGES: u32 = CONFIG_NET_TCP ? CONFIG_NET_TCP_REASSEMBLY_RANGES : 1;

@unmanaged
@final
class Reassembly {
  count: u32;
  /** Sequence number of the peer's FIN; valid when hasFin is 1. */
  fin: u32;
  hasFin: u32;

  @inline static at(p: usize): Reassembly {
    return changetype<Reassembly>(p);
  }

  /** usize → range `i`: u32 left edge, u32 right edge. */
  @inline range(i: u32): usize {
    return changetype<usize>(this) + offsetof<Reassembly>() + <usize>i * RANGE_BYTES;
  }

  /** Takes range `i` out. */
  remove(i: u32): void {
    const count = this.count - 1;
    this.count = count;
    const place = this.range(i);
    memory.copy(place, place + RANGE_BYTES, <usize>(count - i) * RANGE_BYTES);
  }

  /** Puts a range, both words of it, before all others. There is room. */
  prepend(range: u64): void {
    const first = this.range(0);
    memory.copy(first + RANGE_BYTES, first, <usize>this.count * RANGE_BYTES);
    store<u64>(first, range);
    this.count += 1;
  }

  /** Takes out the ranges that touch [left, right). @returns what they are together with it: a range, the right edge in the high word */
  join(left: u32, right: u32): u64 {
    for (let i: u32 = 0; i < this.count; ) {
      const range = this.range(i);
      const otherLeft = load<u32>(range);
      const otherRight = load<u32>(range, 4);
      if (Sequence.after(otherLeft, right) || Sequence.before(otherRight, left)) {
        i++;
        continue;
      }
      left = Sequence.min(left, otherLeft);
      right = Sequence.max(right, otherRight);
      this.remove(i);
    }
    return ((<u64>right) << 32) | <u64>left;
  }
}

const ELEMENT: i32 = 12 + (CONFIG_NET_TCP ? CONFIG_NET_TCP_REASSEMBLY_RANGES : 1) * 8 + 4;
function storage(): usize {
  return CONFIG_NET_TCP
    ? memory.data(CONFIG_NET_TCP ? (12 + CONFIG_NET_TCP_REASSEMBLY_RANGES * 8 + 4) * CONFIG_NET_TCP_REASSEMBLY : 32, 8)
    : 0;
}
const POOL: usize = CONFIG_NET_TCP
  ? memory.data<u32>([CONFIG_NET_TCP ? CONFIG_NET_TCP_REASSEMBLY : 1, ELEMENT, 0, 0, 0, 0])
  : 0;

export class OutOfOrder {
  static initialise(): void {
    Pool.at(POOL).initialise(storage());
  }

  /** The statistics of the pool. */
  @inline static pool(): usize {
    return POOL;
  }

  /**
   * Notes that [left, right) has arrived; left is beyond rcvNxt.
   * @returns false when that would need one range too many, or no record is left: then nothing has changed
   */
  static add(tcb: Tcb, left: u32, right: u32): bool {
    const record = OutOfOrder.attach(tcb);
    if (!record) return false;
    const ranges = Reassembly.at(record);
    const range = ranges.join(left, right);
    if (ranges.count >= RANGES) {
      OutOfOrder.detachEmpty(tcb);
      return false;
    }
    ranges.prepend(range);
    return true;
  }

  /** Notes where the stream ends: the FIN at `sequence` came before what is in front of it. False when no record is left. */
  static addFin(tcb: Tcb, sequence: u32): bool {
    const record = OutOfOrder.attach(tcb);
    if (!record) return false;
    Reassembly.at(record).fin = sequence;
    Reassembly.at(record).hasFin = 1;
    return true;
  }

  /**
   * [rcvNxt, next) has arrived, and something is out of order.
   * @returns how many bytes from `next` on have arrived before; what is up to there is forgotten, and the record given back when that was all
   */
  static advance(tcb: Tcb, next: u32): u32 {
    const range = Reassembly.at(tcb.outOfOrder).join(tcb.rcvNxt, next);
    OutOfOrder.detachEmpty(tcb);
    return <u32>(range >>> 32) - next;
  }

  /** True when the peer's FIN, which came early, is at `next`. */
  static isFinAt(tcb: Tcb, next: u32): bool {
    if (!tcb.outOfOrder) return false;
    const ranges = Reassembly.at(tcb.outOfOrder);
    return ranges.hasFin != 0 && ranges.fin == next;
  }

  /** Gives the record back when there is nothing in it. */
  static detachEmpty(tcb: Tcb): void {
    const ranges = Reassembly.at(tcb.outOfOrder);
    if (!ranges.count && !ranges.hasFin) OutOfOrder.detach(tcb);
  }

  /** Forgets everything that is out of order. */
  static detach(tcb: Tcb): void {
    const p = tcb.outOfOrder;
    if (!p) return;
    tcb.outOfOrder = 0;
    Pool.at(POOL).give(p);
  }

  /**
   * Writes SACK blocks, the latest first, as they go onto the wire.
   * @param place usize → u8[8 × most]
   * @param most  blocks that there is room for
   * @returns     blocks written
   */
  static writeBlocks(tcb: Tcb, place: usize, most: u32): u32 {
    if (!tcb.outOfOrder) return 0;
    const ranges = Reassembly.at(tcb.outOfOrder);
    const count = min<u32>(ranges.count, most);
    for (let i: u32 = 0; i < count; i++) {
      const range = ranges.range(i);
      store<u32>(place, Be.swap32(load<u32>(range)));
      store<u32>(place, Be.swap32(load<u32>(range, 4)), 4);
      place += 8;
    }
    return count;
  }

  /** Blocks that there are to report. */
  @inline static count(tcb: Tcb): u32 {
    return tcb.outOfOrder ? Reassembly.at(tcb.outOfOrder).count : 0;
  }

  /** True when all of [left, right) has arrived before: it lies in one range, since ranges that touch are one. */
  static covers(tcb: Tcb, left: u32, right: u32): bool {
    if (!tcb.outOfOrder) return false;
    const ranges = Reassembly.at(tcb.outOfOrder);
    for (let i: u32 = 0; i < ranges.count; i++) {
      const range = ranges.range(i);
      if (Sequence.atOrBefore(load<u32>(range), left) && Sequence.atOrAfter(load<u32>(range, 4), right)) return true;
    }
    return false;
  }

  private static attach(tcb: Tcb): usize {
    if (!tcb.outOfOrder) {
      tcb.outOfOrder = Pool.at(POOL).take();
      tcb.predicted = 0;
    }
    return tcb.outOfOrder;
  }
}

if (offsetof<Reassembly>() != 12) ERROR("ranges follow the 12 bytes of Reassembly");
