/**
 * The loopback interface: a queue of IP datagrams in core memory. Sending puts a copy into it, `poll` takes them out one
 * after the other and reads them where they lie. A datagram that does not fit is dropped and counted.
 */
import { CONFIG_NET_LOOPBACK, CONFIG_NET_LOOPBACK_BUFFER } from "../../config";
import { bulk_copy } from "../../hal/imports";
import { Clock } from "../base/clock";
import { COUNTER_DROP_ETHERTYPE, COUNTER_DROP_LOOPBACK_FULL, COUNTER_LOOPBACK_FRAMES, Counter } from "../base/counters";
import { Pool } from "../base/pool";
import { Timers } from "../base/timers";
import { Ipv4Input } from "../ip/ipv4-input";
import { PacketInput } from "../packet/packet-input";
import { PACKET_SOCKETS } from "../socket/raw-kinds";
import { ETHERNET_SPACE, ETHERTYPE_IPV4_BE, EthernetHeader } from "../wire/ethernet";
import { Interfaces } from "./interface";

const CAPACITY: u32 = CONFIG_NET_LOOPBACK ? CONFIG_NET_LOOPBACK_BUFFER & ~3 : 4;
/** Records of u32 frame bytes and the frame in its word layout; contiguous. */
function storage(): usize {
  return memory.data(CONFIG_NET_LOOPBACK ? CONFIG_NET_LOOPBACK_BUFFER & ~3 : 4, 4);
}

@unmanaged
@final
class Queue {
  /** Offset of the oldest record. */
  head: u32;
  /** Offset of the next record. */
  tail: u32;
  /** Where the records end that lie before a wrap; CAPACITY without one. */
  end: u32;
  count: u32;
}

const QUEUE: usize = memory.data(<i32>offsetof<Queue>(), 4);
const POOL: usize = memory.data<u32>([CAPACITY, 1, 0, 0, 0, 0]);

export class Loopback {
  /** The statistics of the queue, in bytes. */
  @inline static pool(): usize {
    return POOL;
  }

  /** True while datagrams wait. */
  @inline static hasFrames(): bool {
    return CONFIG_NET_LOOPBACK && changetype<Queue>(QUEUE).count != 0;
  }

  /**
   * Puts a copy of a frame into the queue.
   * @param frame      usize → u8[frameBytes + 2], word layout of hal/device.ts, 4-aligned; only what follows its
   *                   Ethernet header is looked at
   * @param frameBytes with Ethernet header, without padding
   * @returns false when it does not fit (counted)
   */
  static enqueue(frame: usize, frameBytes: u32): bool {
    if (!CONFIG_NET_LOOPBACK) return false;
    const queue = changetype<Queue>(QUEUE);
    const words = (frameBytes + 5) >>> 2;
    const need: u32 = 4 + (words << 2);
    if (!queue.count) {
      queue.head = 0;
      queue.tail = 0;
      queue.end = CAPACITY;
    }
    let place = queue.tail;
    let fits = false;
    if (place < queue.head) {
      fits = queue.head - place >= need;
    } else if (!queue.count || place != queue.head) {
      fits = CAPACITY - place >= need;
      if (!fits && queue.head >= need) {
        queue.end = place;
        place = 0;
        fits = true;
      }
    }
    const pool = Pool.at(POOL);
    if (!fits) {
      pool.refused += 1;
      Counter.add(COUNTER_DROP_LOOPBACK_FULL);
      return false;
    }
    store<u32>(storage() + place, frameBytes);
    bulk_copy(storage() + place + 4, frame, words);
    queue.tail = place + need;
    queue.count += 1;
    pool.used += need;
    if (pool.used > pool.highWater) pool.highWater = pool.used;
    Timers.arm(Clock.ticks());
    return true;
  }

  /** Handles up to `budget` datagrams. Returns how many it handled. */
  static poll(budget: i32): i32 {
    if (!CONFIG_NET_LOOPBACK) return 0;
    const queue = changetype<Queue>(QUEUE);
    const device = Interfaces.loopbackDevice();
    let handled = 0;
    while (handled < budget && queue.count) {
      if (queue.head == queue.end) {
        queue.head = 0;
        queue.end = CAPACITY;
      }
      const record = storage() + queue.head;
      const frameBytes = load<u32>(record);
      const words = (frameBytes + 5) >>> 2;
      device.rxLength = frameBytes;
      device.rxWords = words - (ETHERNET_SPACE >>> 2);
      device.rxMemory = record + 4 + ETHERNET_SPACE;
      device.rxFrames += 1;
      device.rxBytes += frameBytes;
      if (PACKET_SOCKETS) PacketInput.deliver(device, record + 4, frameBytes);
      // Only packet sockets put anything else into the queue.
      if (PACKET_SOCKETS && EthernetHeader.at(record + 4).typeBe() != ETHERTYPE_IPV4_BE) {
        Counter.add(COUNTER_DROP_ETHERTYPE);
      } else {
        Ipv4Input.inputMemory(device);
      }
      // Only now may the place be used again: the answer to it may have gone into the queue meanwhile.
      const bytes: u32 = 4 + (words << 2);
      queue.head += bytes;
      queue.count -= 1;
      Pool.at(POOL).used -= bytes;
      handled++;
    }
    if (handled) Counter.addMany(COUNTER_LOOPBACK_FRAMES, handled);
    return handled;
  }
}
