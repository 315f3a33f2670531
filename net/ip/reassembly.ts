/**
 * Reassembly of IPv4 fragments (RFC 791 §3.2, RFC 1122 §3.3.2). Each datagram has a buffer of fixed size; two bitmaps of
 * 8-byte units say what is there and where fragments began.
 *
 * - A fragment that overlaps another ends the whole datagram: no answer is ever built from a mix (RFC 5722 for IPv6,
 *   taken over). An exact repetition of a fragment is ignored, as the network may duplicate packets.
 * - The timer starts with the first fragment to arrive and is never extended. When it runs out, the sender hears 11/1 if
 *   fragment 0 had come.
 * - When all buffers are taken, the oldest datagram is given up.
 * - A first fragment that does not hold the whole transport header, and a TCP fragment that would replace part of it, are
 *   dropped (RFC 1858, RFC 3128).
 * - Work per fragment: one pass over its data, and bitmaps of one bit per 8 bytes.
 */
import {
  CONFIG_NET_IPV4_FRAGMENT,
  CONFIG_NET_IPV4_FRAGMENT_BUFFER,
  CONFIG_NET_IPV4_FRAGMENT_MAX_COUNT,
  CONFIG_NET_IPV4_FRAGMENT_TIMEOUT,
} from "../../config";
import { Device } from "../../hal/device";
import { Frame } from "../../hal/frame";
import { Clock, TICKS_PER_SECOND } from "../base/clock";
import {
  COUNTER_DROP_FRAGMENT_DUPLICATE,
  COUNTER_DROP_FRAGMENT_EVICTED,
  COUNTER_DROP_FRAGMENT_MALFORMED,
  COUNTER_DROP_FRAGMENT_OVERLAP,
  COUNTER_DROP_FRAGMENT_TIMEOUT,
  COUNTER_DROP_FRAGMENT_TOO_BIG,
  COUNTER_IP_FRAGMENTS_IN,
  COUNTER_IP_REASSEMBLED,
  Counter,
} from "../base/counters";
import { Pool } from "../base/pool";
import { Timers } from "../base/timers";
import { Interfaces } from "../link/interface";
import { Received } from "../link/received";
import { ICMP_CODE_REASSEMBLY, ICMP_TIME_EXCEEDED, IcmpHeader } from "../wire/icmpv4";
import { IPV4_HEADER_MAX_BYTES, IPV4_MORE_FRAGMENTS, IPV4_OFFSET_MASK, PROTOCOL_TCP } from "../wire/ipv4";
import { IcmpErrorsOut } from "./icmp-errors-out";

const COUNT: i32 = CONFIG_NET_IPV4_FRAGMENT ? CONFIG_NET_IPV4_FRAGMENT_MAX_COUNT : 0;
/** There is one buffer. */
const SINGLE: bool = COUNT == 1;
const BUFFER_BYTES: u32 = CONFIG_NET_IPV4_FRAGMENT_BUFFER & ~7;
const BITMAP_WORDS: u32 = (BUFFER_BYTES + 255) >>> 8;
/** Fragments of one datagram; more are not honest. */
const MOST_FRAGMENTS: u32 = (BUFFER_BYTES >>> 5) + 16;
/** Bytes of the smallest TCP header. */
const TCP_HEADER_BYTES: u32 = 20;
const LARGEST_DATAGRAM: u32 = 65_535;
/** Answers of `Reassembly.look`. */
const NONE: u32 = 0;
const SOME: u32 = 1;
const ALL: u32 = 2;

/** A datagram being put together; behind it lie header, bitmaps and buffer. */
@unmanaged
@final
class Partial {
  /** 0 = free. */
  used: u32;
  source: u32;
  destination: u32;
  /** Identification (memory order) in the low half, protocol in the high half. */
  key: u32;
  /** Ticks at which it is given up. */
  deadline: u32;
  /** FLAG_* of its fragments together. */
  flags: u32;
  /** Bytes of the whole payload; 0 until the last fragment has come. */
  total: u32;
  /** End of the fragment that reaches furthest, bytes. */
  reach: u32;
  /** Units received. */
  units: u32;
  fragments: u32;

  /** The record at `p`. Of a single one the addresses of all fields are constants. */
  @inline static at(p: usize): Partial {
    return changetype<Partial>(SINGLE ? table() : p);
  }

  /** usize → u8[60]: the header of fragment 0, and what lay behind it; zeros until it has come. */
  @inline header(): usize {
    return changetype<usize>(this) + offsetof<Partial>();
  }

  /** usize → u32[BITMAP_WORDS]: units received. */
  @inline present(): usize {
    return changetype<usize>(this) + HEADER_END;
  }

  /** usize → u32[BITMAP_WORDS]: units at which a fragment began. */
  @inline starts(): usize {
    return changetype<usize>(this) + HEADER_END + (BITMAP_WORDS << 2);
  }

  /** usize → u8[BUFFER_BYTES + 8]. */
  @inline buffer(): usize {
    return changetype<usize>(this) + HEADER_END + (BITMAP_WORDS << 3);
  }
}

const HEADER_END: usize = offsetof<Partial>() + IPV4_HEADER_MAX_BYTES;
const PARTIAL_BYTES: usize = HEADER_END + (BITMAP_WORDS << 3) + BUFFER_BYTES + 8;
function table(): usize {
  return memory.data(
    COUNT *
      (<i32>offsetof<Partial>() +
        60 +
        (((<i32>CONFIG_NET_IPV4_FRAGMENT_BUFFER + 255) >> 8) << 3) +
        (CONFIG_NET_IPV4_FRAGMENT_BUFFER & ~7) +
        8) +
      4,
    4,
  );
}
function end(): usize {
  return table() + <usize>COUNT * PARTIAL_BYTES;
}
const POOL: usize = memory.data<u32>([COUNT, <u32>PARTIAL_BYTES, 0, 0, 0, 0]);

export class Reassembly {
  /** The statistics of the buffers. */
  @inline static pool(): usize {
    return POOL;
  }

  /**
   * Takes the fragment whose header and first two words are in Received and whose rest is in the frame being read.
   * @param payload bytes after the header
   * @returns usize of the datagram that it completes, to be opened, delivered and closed; or 0
   */
  static input(device: Device, flags: u32, headerBytes: u32, payload: u32): usize {
    Counter.add(COUNTER_IP_FRAGMENTS_IN);
    const header = Received.ipv4();
    const field = header.flagsAndOffset();
    const offset = (field & IPV4_OFFSET_MASK) << 3;
    const more = (field & IPV4_MORE_FRAGMENTS) != 0;
    const end = offset + payload;
    if (!payload || (more && (payload & 7) != 0) || end + headerBytes > LARGEST_DATAGRAM) {
      Counter.add(COUNTER_DROP_FRAGMENT_MALFORMED);
      return 0;
    }
    const protocol = header.protocol();
    if (protocol == PROTOCOL_TCP && (offset == 8 || (!offset && payload < TCP_HEADER_BYTES))) {
      Counter.add(COUNTER_DROP_FRAGMENT_MALFORMED);
      return 0;
    }
    const key = header.identificationBe() | (protocol << 16);
    let p = Reassembly.find(header.sourceBe(), header.destinationBe(), key);
    if (end > BUFFER_BYTES) {
      if (p) Reassembly.close(p);
      Counter.add(COUNTER_DROP_FRAGMENT_TOO_BIG);
      return 0;
    }
    if (!p) p = Reassembly.create(header.sourceBe(), header.destinationBe(), key);
    const partial = Partial.at(p);
    const first = offset >>> 3;
    const last = (end - 1) >>> 3;
    const total = partial.total;
    let contradicts = more ? total != 0 && end >= total : (total != 0 && end != total) || partial.reach > end;
    if (!contradicts) {
      const there = Reassembly.look(partial.present(), first, last);
      if (there == ALL && Reassembly.isRepetition(partial, first, last)) {
        Counter.add(COUNTER_DROP_FRAGMENT_DUPLICATE);
        return 0;
      }
      contradicts = there != NONE;
    }
    if (contradicts || partial.fragments == MOST_FRAGMENTS) {
      Reassembly.close(p);
      Counter.add(COUNTER_DROP_FRAGMENT_OVERLAP);
      return 0;
    }
    Reassembly.take(partial, device, changetype<usize>(header) + headerBytes, offset, payload);
    Reassembly.mark(partial.present(), first, last);
    Reassembly.mark(partial.starts(), first, first);
    partial.flags |= flags;
    partial.units += last - first + 1;
    partial.fragments += 1;
    if (end > partial.reach) partial.reach = end;
    if (!more) partial.total = end;
    if (!offset) memory.copy(partial.header(), changetype<usize>(header), IPV4_HEADER_MAX_BYTES);
    if (!partial.total || partial.units != (partial.total + 7) >>> 3) return 0;
    Counter.add(COUNTER_IP_REASSEMBLED);
    return p;
  }

  /**
   * Makes a complete datagram the frame being read of `device`: header and two words in Received, the rest next.
   * @returns bytes of its payload
   */
  static open(device: Device, p: usize): u32 {
    Reassembly.quote(p);
    const partial = Partial.at(p);
    device.rxMemory = partial.buffer() + 8;
    device.rxWords = ((partial.total + 3) >>> 2) - 2;
    return partial.total;
  }

  /** FLAG_* of a datagram. */
  @inline static flags(p: usize): u32 {
    return Partial.at(p).flags;
  }

  /** Frees the buffer of a datagram. */
  static close(p: usize): void {
    Partial.at(p).used = 0;
    Pool.at(POOL).used -= 1;
  }

  /** Gives up what is due at `ticks`, and notes what comes next. */
  static expire(ticks: u32): void {
    if (!CONFIG_NET_IPV4_FRAGMENT) return;
    for (let p = table(); p < end(); p += PARTIAL_BYTES) {
      const partial = Partial.at(p);
      if (!partial.used) continue;
      if (!Clock.isDue(partial.deadline, ticks)) {
        Timers.note(partial.deadline);
        continue;
      }
      Counter.add(COUNTER_DROP_FRAGMENT_TIMEOUT);
      if (load<u8>(partial.header())) {
        Reassembly.quote(p);
        const device = Interfaces.nicDevice();
        const word0 = IcmpHeader.word0(ICMP_TIME_EXCEEDED, ICMP_CODE_REASSEMBLY);
        IcmpErrorsOut.send(device, partial.flags, word0, 0, 8);
      }
      Reassembly.close(p);
    }
  }

  /** Puts the header of fragment 0 and the first two words into Received. */
  private static quote(p: usize): void {
    const partial = Partial.at(p);
    const header = Received.ipv4();
    memory.copy(changetype<usize>(header), partial.header(), IPV4_HEADER_MAX_BYTES);
    store<u64>(header.payload(), load<u64>(partial.buffer()));
  }

  private static find(source: u32, destination: u32, key: u32): usize {
    for (let p = table(); p < end(); p += PARTIAL_BYTES) {
      const partial = Partial.at(p);
      if (partial.used && partial.key == key && partial.source == source && partial.destination == destination)
        return p;
    }
    return 0;
  }

  /** A new datagram, in a free buffer or in that of the oldest. */
  private static create(source: u32, destination: u32, key: u32): usize {
    let place = table();
    for (let p = table(); p < end(); p += PARTIAL_BYTES) {
      const partial = Partial.at(p);
      if (!partial.used) {
        place = p;
        break;
      }
      if (<i32>(partial.deadline - Partial.at(place).deadline) < 0) place = p;
    }
    if (Partial.at(place).used) {
      Counter.add(COUNTER_DROP_FRAGMENT_EVICTED);
      Pool.at(POOL).refused += 1;
      Reassembly.close(place);
    }
    Pool.at(POOL).noteTaken();
    const partial = Partial.at(place);
    // Everything but the buffer.
    memory.fill(place, 0, HEADER_END + (BITMAP_WORDS << 3));
    const deadline = Clock.ticks() + CONFIG_NET_IPV4_FRAGMENT_TIMEOUT * TICKS_PER_SECOND;
    partial.used = 1;
    partial.source = source;
    partial.destination = destination;
    partial.key = key;
    partial.deadline = deadline;
    Timers.arm(deadline);
    return place;
  }

  /**
   * Moves the data of a fragment to its place. Up to seven bytes behind it are overwritten: only the last fragment, behind which there is
   * nothing, may have a length that is no multiple of eight.
   */
  private static take(partial: Partial, device: Device, words: usize, offset: u32, payload: u32): void {
    const place = partial.buffer() + offset;
    store<u64>(place, load<u64>(words));
    if (payload > 8) Frame.read(device, place + 8, (payload - 8 + 3) >>> 2);
  }

  /** True when the units `first` to `last`, which are all there, came as one fragment before. */
  private static isRepetition(partial: Partial, first: u32, last: u32): bool {
    const starts = partial.starts();
    if (!Reassembly.look(starts, first, first)) return false;
    if (last > first && Reassembly.look(starts, first + 1, last)) return false;
    // It ended there if something else begins there, or nothing follows.
    const after = last + 1;
    if (after >= BUFFER_BYTES >>> 3) return true;
    return !Reassembly.look(partial.present(), after, after) || Reassembly.look(starts, after, after) != NONE;
  }

  /** How many of the units `first` to `last` are in `bitmap`: NONE, SOME or ALL. */
  private static look(bitmap: usize, first: u32, last: u32): u32 {
    return Reassembly.visit(bitmap, first, last, 0);
  }

  /** As `look`; afterwards all of them are. */
  private static mark(bitmap: usize, first: u32, last: u32): void {
    Reassembly.visit(bitmap, first, last, <u32>-1);
  }

  /** `look`, which also sets those that `set` has in each word. */
  private static visit(bitmap: usize, first: u32, last: u32, set: u32): u32 {
    let there: u32 = 0;
    let missing: u32 = 0;
    for (let word = first >>> 5; word <= last >>> 5; word++) {
      // The bits of `word` that belong to these units.
      let mask: u32 = 0xffffffff;
      if (word == first >>> 5) mask <<= first & 31;
      if (word == last >>> 5) mask &= <u32>0xffffffff >>> (~last & 31);
      const place = bitmap + (word << 2);
      const bits = load<u32>(place);
      there |= bits & mask;
      missing |= ~bits & mask;
      store<u32>(place, bits | (mask & set));
    }
    if (!there) return NONE;
    return missing ? SOME : ALL;
  }
}
