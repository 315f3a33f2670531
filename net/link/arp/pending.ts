/**
 * Datagrams that wait for their neighbour to be resolved: the latest one of each (RFC 1122 §2.3.2.2). When all places
 * are taken, a datagram of a socket replaces the one that has waited longest; an answer to the wire is dropped instead.
 */
import { CONFIG_NET_ARP_PENDING } from "../../../config";
import { bulk_copy } from "../../../hal/imports";
import { COUNTER_DROP_ARP_PENDING, Counter } from "../../base/counters";
import { Pool } from "../../base/pool";
import { FRAME_BUFFER_BYTES } from "../../wire/ethernet";

/** usize neighbour (0 = free), u32 bytes of the frame, the frame. */
const LENGTH: usize = 4;
const FRAME: usize = 8;
const ENTRY_BYTES: usize = 8 + FRAME_BUFFER_BYTES;
const COUNT: i32 = CONFIG_NET_ARP_PENDING;
function table(): usize {
  return memory.data(COUNT * <i32>(8 + FRAME_BUFFER_BYTES), 4);
}
function end(): usize {
  return table() + <usize>COUNT * ENTRY_BYTES;
}
/** usize: the place that is given up next. */
const OLDEST: usize = memory.data(4, 4);
const POOL: usize = memory.data<u32>([COUNT, <u32>ENTRY_BYTES, 0, 0, 0, 0]);

export class Pending {
  static initialise(): void {
    store<usize>(OLDEST, table());
  }

  /** The statistics of the places. */
  @inline static pool(): usize {
    return POOL;
  }

  /**
   * Keeps a copy of a frame for `neighbour` in place of the one it may have; whatever is given up is counted.
   * @param frame      usize → u8[frameBytes + 2], word layout of hal/device.ts, 4-aligned
   * @param frameBytes with Ethernet header, without padding; at most 1514
   * @param ours       true when a socket sends it
   */
  static keep(neighbour: usize, frame: usize, frameBytes: u32, ours: bool): void {
    let place: usize = 0;
    for (let p = table(); p < end(); p += ENTRY_BYTES) {
      const holder = load<usize>(p);
      if (holder == neighbour) {
        Pending.free(p);
        Counter.add(COUNTER_DROP_ARP_PENDING);
        place = p;
        break;
      }
      if (!holder && !place) place = p;
    }
    if (!place) {
      Counter.add(COUNTER_DROP_ARP_PENDING);
      Pool.at(POOL).refused += 1;
      if (!ours) return;
      place = Pending.oldest();
      Pending.free(place);
    }
    Pool.at(POOL).noteTaken();
    store<usize>(place, neighbour);
    store<u32>(place, frameBytes, LENGTH);
    bulk_copy(place + FRAME, frame, (frameBytes + 5) >>> 2);
  }

  /** The place that has been taken longest, when all are. The next one is then the oldest. */
  private static oldest(): usize {
    if (COUNT == 1) return table();
    const place = load<usize>(OLDEST);
    const next = place + ENTRY_BYTES;
    store<usize>(OLDEST, next < end() ? next : table());
    return place;
  }

  /** usize → the place of the frame that waits for `neighbour`, or 0. */
  static find(neighbour: usize): usize {
    for (let p = table(); p < end(); p += ENTRY_BYTES) {
      if (load<usize>(p) == neighbour) return p;
    }
    return 0;
  }

  /** Bytes of the frame in a place. */
  @inline static frameBytes(place: usize): u32 {
    return load<u32>(place, LENGTH);
  }

  /** usize → the frame in a place. */
  @inline static frame(place: usize): usize {
    return place + FRAME;
  }

  /** Frees a place. */
  static free(place: usize): void {
    store<usize>(place, 0);
    Pool.at(POOL).used -= 1;
  }

  /** Drops and counts what waits for `neighbour`. */
  static drop(neighbour: usize): void {
    const place = Pending.find(neighbour);
    if (!place) return;
    Pending.free(place);
    Counter.add(COUNTER_DROP_ARP_PENDING);
  }
}
