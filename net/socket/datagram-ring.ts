/**
 * Datagrams that wait to be read: contiguous, 4-aligned records in a ring, so that a payload goes from the chip to its
 * place in one pass and from there to the application in one copy.
 *
 *     +0  length of the payload, bytes
 *     +4  source address, network order
 *     +8  source port (low half, network order); high half 0
 *     +12 what datagram-info.ts says, if the image keeps that
 *     +12 or behind it: payload, padded to a multiple of 4
 *
 * A record never wraps: when it does not fit before the end of the ring it starts at 0, and `wrap` remembers where the
 * data before the end stops.
 */
import { CONFIG_NET_SOCKETS_UDP_BUFFERS, CONFIG_NET_SOCKETS_UDP_RCVBUF, CONFIG_NET_UDP } from "../../config";
import { Pool } from "../base/pool";
import { DATAGRAM_INFO, DATAGRAM_INFO_BYTES, DatagramInfo } from "./datagram-info";
import { WHOLE_FRAMES } from "./raw-kinds";

/** Offset of what datagram-info.ts says. */
export const DATAGRAM_INFO_OFFSET: u32 = 12;
/** Bytes in front of each payload. */
export const DATAGRAM_HEADER_BYTES: u32 = DATAGRAM_INFO_OFFSET + DATAGRAM_INFO_BYTES;

/** `wrap` while no data lies beyond a wrap. */
const NOT_WRAPPED: u32 = 0xffffffff;

/** The ring part of a socket; the fields repeat those of `Socket` from ringBase on. */
@unmanaged
@final
export class DatagramRing {
  base: usize;
  capacity: u32;
  head: u32;
  tail: u32;
  wrap: u32;
  count: u32;

  /**
   * Finds room for a datagram of `words` payload words.
   * @returns usize → the record (header first), or 0 when it does not fit. Nothing is changed before `commit`, so what
   *          was written to a record that is not committed is gone.
   */
  @inline reserve(words: u32): usize {
    const need = (words << 2) + DATAGRAM_HEADER_BYTES;
    const head = this.head;
    if (!this.count) {
      if (head) this.clear();
      return need <= this.capacity ? this.base : 0;
    }
    return this.reserveBehind(head, need);
  }

  private reserveBehind(head: u32, need: u32): usize {
    const tail = this.tail;
    if (head > tail) {
      if (this.capacity - head >= need) return this.base + head;
      return need < tail ? this.base : 0;
    }
    return tail - head > need ? this.base + head : 0;
  }

  /** Makes the record at `record`, from `reserve`, readable. */
  @inline commit(record: usize, length: u32, source: u32, sourcePort: u32): void {
    store<u32>(record, length);
    store<u32>(record, source, 4);
    store<u32>(record, sourcePort, 8);
    if (DATAGRAM_INFO) DatagramInfo.keep(record + DATAGRAM_INFO_OFFSET);
    const position = <u32>(record - this.base);
    if (position < this.head) this.wrap = this.head;
    this.head = position + ((length + 3) & ~3) + DATAGRAM_HEADER_BYTES;
    this.count += 1;
  }

  /** usize → the oldest record. The caller has checked `count`. */
  @inline front(): usize {
    return this.base + this.tail;
  }

  /** Forgets the oldest record. */
  @inline pop(): void {
    const count = this.count - 1;
    this.count = count;
    if (!count) {
      this.clear();
      return;
    }
    const tail = this.tail + ((load<u32>(this.front()) + 3) & ~3) + DATAGRAM_HEADER_BYTES;
    if (tail >= this.wrap) {
      this.tail = 0;
      this.wrap = NOT_WRAPPED;
    } else {
      this.tail = tail;
    }
  }

  /** Forgets everything. */
  @inline clear(): void {
    this.head = 0;
    this.tail = 0;
    this.wrap = NOT_WRAPPED;
    this.count = 0;
  }
}

/** True when there are sockets that need rings. */
const RINGS: bool = CONFIG_NET_UDP || WHOLE_FRAMES;
function storage(): usize {
  return memory.data(RINGS ? CONFIG_NET_SOCKETS_UDP_BUFFERS * CONFIG_NET_SOCKETS_UDP_RCVBUF : 4, 4);
}
const POOL: usize = memory.data<u32>([
  RINGS ? CONFIG_NET_SOCKETS_UDP_BUFFERS : 1,
  RINGS ? CONFIG_NET_SOCKETS_UDP_RCVBUF : 4,
  0,
  0,
  0,
  0,
]);

/** The pool of ring storage. */
export class DatagramRings {
  static initialise(): void {
    Pool.at(POOL).initialise(storage());
  }

  /** Gives `ring` its storage. False when none is left. */
  static attach(ring: DatagramRing): bool {
    const base = Pool.at(POOL).take();
    if (!base) return false;
    ring.base = base;
    ring.capacity = CONFIG_NET_SOCKETS_UDP_RCVBUF;
    ring.clear();
    return true;
  }

  /** Takes the storage back. */
  static detach(ring: DatagramRing): void {
    Pool.at(POOL).give(ring.base);
    ring.base = 0;
    ring.capacity = 0;
    ring.clear();
  }

  /** The statistics of the pool. */
  @inline static pool(): usize {
    return POOL;
  }
}
