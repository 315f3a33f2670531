/**
 * What one acknowledgement has told: filled while an ACK is worked on, by the cumulative acknowledgement and by its SACK
 * blocks, and read by round-trip measurement, loss detection and congestion control. Nothing keeps it.
 */
import { CONFIG_NET_TCP } from "../../../config";
import { WITH_RACK } from "./recovery-marks";
import { Sequence } from "./sequence";

/** `Delivery.signs` */
/** Something that had been sent once only, below the recovery point: its acknowledgement answers the original. */
export const DELIVERED_ORIGINAL: u32 = 1;
/** A segment that had been sent again was acknowledged. */
export const DELIVERED_RETRANSMITTED: u32 = 2;
/** An original arrived after something that was sent later (RFC 8985 §6.2 step 3). This and what follows, but for the sample, is for RACK alone. */
export const DELIVERED_REORDERED: u32 = WITH_RACK ? 4 : 0;
/** The ACK reports a duplicate (D-SACK, RFC 2883). */
export const DELIVERED_DUPLICATE: u32 = WITH_RACK ? 8 : 0;
/** latestWord and latestEnd are valid. */
export const DELIVERED_LATEST: u32 = WITH_RACK ? 16 : 0;
/** sampleAt is valid. */
export const DELIVERED_SAMPLE: u32 = 32;

const RETRANSMITTED: u32 = 4;
const MARKS: u32 = 7;

@unmanaged
@final
export class Delivery {
  /** Bytes that the peer has now and had not told of before: DeliveredData of RFC 9937. */
  bytes: u32;
  /** DELIVERED_* */
  signs: u32;
  /** The latest sent of the segments delivered: time and marks as Flight has them, and its end. Valid with DELIVERED_LATEST. */
  latestWord: u32;
  latestEnd: u32;
  /** When the latest delivered segment was sent that was sent once only, ticks; valid with DELIVERED_SAMPLE. */
  sampleAt: u32;
  /** Recovery point. */
  point: u32;
  /** Highest sequence number that had been delivered before; the same with this ACK. For RACK. */
  highest: u32;
  top: u32;

  /** The one that is being filled: ACKs are never nested. */
  @inline static current(): Delivery {
    return changetype<Delivery>(STORAGE);
  }

  /** Empties it. `point`: sequence numbers above it do not count as DELIVERED_ORIGINAL. `highest`: RACK.fack, where there is RACK. */
  begin(point: u32, highest: u32): void {
    this.bytes = 0;
    this.signs = 0;
    this.point = point;
    if (!WITH_RACK) return;
    this.highest = highest;
    this.top = highest;
  }

  @inline has(signs: u32): bool {
    return (this.signs & signs) != 0;
  }

  /** A segment up to `end` is acknowledged; `word` is the second word of its record in Flight. */
  segment(end: u32, word: u32): void {
    if (WITH_RACK && Sequence.after(end, this.top)) this.top = end;
    const at = word & ~MARKS;
    let signs = this.signs;
    if (word & RETRANSMITTED) {
      signs |= DELIVERED_RETRANSMITTED;
    } else {
      if (Sequence.atOrBefore(end, this.point)) signs |= DELIVERED_ORIGINAL;
      if (WITH_RACK && Sequence.before(end, this.highest)) signs |= DELIVERED_REORDERED;
      if (!(signs & DELIVERED_SAMPLE) || <i32>(at - this.sampleAt) > 0) {
        signs |= DELIVERED_SAMPLE;
        this.sampleAt = at;
      }
    }
    this.signs = signs | DELIVERED_LATEST;
    if (!WITH_RACK) return;
    if (signs & DELIVERED_LATEST) {
      const later = <i32>(at - (this.latestWord & ~MARKS));
      if (later < 0 || (later == 0 && Sequence.before(end, this.latestEnd))) return;
    }
    this.latestWord = word;
    this.latestEnd = end;
  }
}

const STORAGE: usize = CONFIG_NET_TCP ? memory.data(<i32>offsetof<Delivery>(), 4) : 0;
