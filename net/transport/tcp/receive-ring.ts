/**
 * Bytes that have arrived in order and wait to be read, and behind them, each at its place, those that came out of order.
 * A connection takes the storage from the pool when the first byte comes and gives it back when all has been read.
 *
 *     ringTail                ringTail + ringCount (the place of rcvNxt)          + (rcvAdv - rcvNxt)
 *        | ringCount bytes to be read | holes and data out of order | never written |
 *
 * The storage has CONFIG_NET_TCP_RECV_BUFFER bytes, all modulo that; ringCapacity (SO_RCVBUF) bounds the window. While
 * the ring is empty its next byte goes to offset 0, so that full segments begin on words.
 */
import { CONFIG_NET_TCP, CONFIG_NET_TCP_RECV_BUFFER, CONFIG_NET_TCP_RECV_BUFFERS } from "../../../config";
import { guest_write } from "../../../hal/imports";
import { Pool } from "../../base/pool";
import { GuestVector } from "../../socket/guest-vector";
import { Tcb } from "./connection";

/** Bytes of the storage. */
export const RING_BYTES: u32 = CONFIG_NET_TCP ? CONFIG_NET_TCP_RECV_BUFFER : 4;

function storage(): usize {
  return CONFIG_NET_TCP
    ? memory.data(CONFIG_NET_TCP ? CONFIG_NET_TCP_RECV_BUFFER * CONFIG_NET_TCP_RECV_BUFFERS : 4, 4)
    : 0;
}
const POOL: usize = CONFIG_NET_TCP
  ? memory.data<u32>([CONFIG_NET_TCP ? CONFIG_NET_TCP_RECV_BUFFERS : 1, RING_BYTES, 0, 0, 0, 0])
  : 0;

export class ReceiveRing {
  /** Offset of the place `ahead` bytes after the first unread byte; ahead ≤ RING_BYTES. */
  @inline static offset(tcb: Tcb, ahead: u32): u32 {
    const place = tcb.ringTail + ahead;
    return place >= RING_BYTES ? place - RING_BYTES : place;
  }

  /** Copies `bytes` bytes from core memory at `src` to the place `ahead` bytes after rcvNxt. There is room. */
  static put(tcb: Tcb, ahead: u32, src: usize, bytes: u32): void {
    let place = ReceiveRing.offset(tcb, tcb.ringCount + ahead);
    while (bytes) {
      const part = min<u32>(bytes, RING_BYTES - place);
      memory.copy(tcb.ringBase + place, src, part);
      src += part;
      bytes -= part;
      place = 0;
    }
  }

  /** Copies `bytes` unread bytes, from the first on, into the vector at `offset` of the whole. Both have them. */
  @inline static get(tcb: Tcb, task: i32, vector: GuestVector, offset: u32, bytes: u32): void {
    const place = tcb.ringTail;
    if (vector.count == 1 && bytes <= RING_BYTES - place) {
      guest_write(task, vector.first + offset, tcb.ringBase + place, bytes);
      return;
    }
    ReceiveRing.getParts(tcb, task, vector, offset, bytes);
  }

  private static getParts(tcb: Tcb, task: i32, vector: GuestVector, offset: u32, bytes: u32): void {
    const place = tcb.ringTail;
    const first = min<u32>(bytes, RING_BYTES - place);
    vector.writeAt(task, offset, tcb.ringBase + place, first);
    if (first < bytes) vector.writeAt(task, offset + first, tcb.ringBase, bytes - first);
  }

  /** Forgets the first `bytes` unread bytes. */
  @inline static drop(tcb: Tcb, bytes: u32): void {
    tcb.ringTail = ReceiveRing.offset(tcb, bytes);
    tcb.ringCount -= bytes;
  }
}

/** The pool of their storage. */
export class ReceiveRings {
  static initialise(): void {
    Pool.at(POOL).initialise(storage());
  }

  /** Gives `tcb` its storage, if it has none. False when the pool is empty. */
  @inline static attach(tcb: Tcb): bool {
    return tcb.ringBase != 0 || ReceiveRings.take(tcb);
  }

  private static take(tcb: Tcb): bool {
    const base = Pool.at(POOL).takeDirty();
    if (!base) return false;
    tcb.ringBase = base;
    tcb.ringTail = 0;
    tcb.ringCount = 0;
    return true;
  }

  /** Takes the storage back, and what is in it. */
  static detach(tcb: Tcb): void {
    const base = tcb.ringBase;
    if (!base) return;
    tcb.ringBase = 0;
    tcb.ringTail = 0;
    tcb.ringCount = 0;
    Pool.at(POOL).give(base);
  }

  /** The statistics of the pool. */
  @inline static pool(): usize {
    return POOL;
  }
}
