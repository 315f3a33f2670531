/**
 * SYN cookies (RFC 4987 §3.6): while the SYN queue is full, the SYN-ACK itself carries what we would have to remember, and
 * the ACK brings it back. Our initial sequence number is then
 *
 *     | 29 bits of a keyed hash over addresses, ports, the peer's initial sequence number, the period and the index | 3 bits: index of the MSS |
 *
 * With timestamps the low 6 bits of TSval, which the ACK echoes, hold the rest: the shift of the peer's window (15 = none), SACK,
 * ECN. Without, none of these is agreed.
 *
 * A period is 2^26 µs (67 s). Each has a key of its own, drawn when its first cookie is made, and the last but one is forgotten:
 * a cookie is good for one to two periods, and an ACK is only looked at closely while cookies are out. Guessing one takes
 * 2^28 ACKs on average, for each four-tuple anew.
 */
import {
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_ECN,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_TIMESTAMPS,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { Clock } from "../../base/clock";
import { COUNTER_TCP_COOKIES_OUT, Counter } from "../../base/counters";
import { TCP_HAS_ECN, TCP_HAS_SACK, TCP_HAS_SCALE, TCP_HAS_TIMESTAMPS, Tcb } from "./connection";
import { HALF_OPEN_BYTES, HalfOpen } from "./half-open";
import { InitialSequence } from "./initial-sequence";
import { HAS_TIMESTAMPS, Segment } from "./segment";

const PERIOD_BITS: u64 = 26;
/** Two of: u32 number of the period (0 = empty), u32[2] key. */
const SLOTS: usize = CONFIG_NET_TCP ? memory.data(2 * 12, 4) : 0;
const SLOT_BYTES: usize = 12;
const KEY: usize = 4;

/** u16[8]: the values of the MSS that a cookie can hold, ascending: a peer's is rounded down to one of them. */
const MSS_TABLE: usize = memory.data<u16>([48, 216, 536, 1160, 1300, 1400, 1440, 1460]);
const MSS_BITS: u32 = 3;
const MSS_MASK: u32 = (1 << MSS_BITS) - 1;

/** The bits in TSval. */
const STAMP_SCALE: u32 = 0xf;
const STAMP_NO_SCALE: u32 = 0xf;
const STAMP_SACK: u32 = 1 << 4;
const STAMP_ECN: u32 = 1 << 5;
const STAMP_MASK: u32 = 0x3f;

/** The half-open connection that is being answered, or rebuilt: one at a time. */
const RECORD: usize = CONFIG_NET_TCP ? memory.data(56, 4) : 0;

export class SynCookies {
  /** Answers a SYN for `listener` with a cookie. Nothing is kept but that cookies are out. */
  static answer(listener: Tcb, segment: Segment): void {
    // Here, not beside RECORD: files that import each other are compiled in an order that nobody promises.
    if (HALF_OPEN_BYTES != 56) ERROR("RECORD holds one half-open connection");
    const entry = HalfOpen.at(RECORD);
    entry.begin(listener, segment);
    if (!entry.is(TCP_HAS_TIMESTAMPS)) {
      entry.lower(TCP_HAS_SACK | TCP_HAS_SCALE | TCP_HAS_ECN);
      entry.scales = 0;
    }
    const period = SynCookies.period();
    const slot = SynCookies.slot(period);
    if (load<u32>(slot) != period) {
      store<u32>(slot, period);
      InitialSequence.drawKey(slot + KEY);
    }
    let index = MSS_MASK;
    while (index && <u32>load<u16>(MSS_TABLE + ((<usize>index) << 1)) > <u32>entry.peerMss) index--;
    entry.iss = SynCookies.cookie(slot, entry, period, index);
    Counter.add(COUNTER_TCP_COOKIES_OUT);
    entry.sendSynAckAt(SynCookies.stamp(entry));
  }

  /** True while an ACK without a connection may carry a cookie. */
  static areOut(): bool {
    const last = SynCookies.period() - 1;
    return load<u32>(SLOTS) >= last || load<u32>(SLOTS, SLOT_BYTES) >= last;
  }

  /**
   * Rebuilds the half-open connection of a segment for `listener` that has ACK and neither SYN nor RST, when it brings back
   * a cookie of ours.
   * @returns usize → HalfOpen, good until the next call; 0: no cookie, or an old one
   */
  static check(listener: Tcb, segment: Segment): usize {
    const entry = HalfOpen.at(RECORD);
    const iss = segment.ack - 1;
    entry.listener = changetype<usize>(listener);
    entry.local = segment.local;
    entry.remote = segment.remote;
    entry.ports = segment.ports;
    entry.iss = iss;
    entry.irs = segment.seq - 1;
    if (!SynCookies.isOurs(entry)) return 0;
    // How long ago the SYN-ACK went out is not known, and how often: no round trip is measured.
    entry.sentAt = 0;
    entry.retries = 0;
    entry.challenges = 0;
    entry.scales = 0;
    entry.tsRecent = 0;
    entry.offer(listener);
    let agreed: u32 = 0;
    if (CONFIG_NET_TCP_TIMESTAMPS && segment.hasOption(HAS_TIMESTAMPS)) {
      agreed = TCP_HAS_TIMESTAMPS;
      entry.stamp();
      entry.tsRecent = segment.tsVal;
      const bits = segment.tsEcr & STAMP_MASK;
      const scale = bits & STAMP_SCALE;
      if (CONFIG_NET_TCP_WINDOW_SCALE && scale != STAMP_NO_SCALE) {
        agreed |= TCP_HAS_SCALE;
        entry.setScale(listener, scale);
      }
      if (CONFIG_NET_TCP_SACK && bits & STAMP_SACK) agreed |= TCP_HAS_SACK;
      if (CONFIG_NET_TCP_ECN && bits & STAMP_ECN) agreed |= TCP_HAS_ECN;
    }
    entry.flags = <u8>agreed;
    entry.setPeerMss(listener, <u32>load<u16>(MSS_TABLE + ((<usize>(iss & MSS_MASK)) << 1)));
    return RECORD;
  }

  /** The number of the present period. It begins with 2: neither it nor the one before is the 0 of an empty slot. */
  @inline private static period(): u32 {
    return <u32>(Clock.now() >>> PERIOD_BITS) + 2;
  }

  @inline private static slot(period: u32): usize {
    return SLOTS + <usize>(period & 1) * SLOT_BYTES;
  }

  /** The cookie of `entry` with the key in `slot`. */
  private static cookie(slot: usize, entry: HalfOpen, period: u32, index: u32): u32 {
    const key = slot + KEY;
    const who = InitialSequence.keyed(key, entry.local, entry.remote, entry.ports);
    const hash = InitialSequence.keyed(key, who, entry.irs, (period << MSS_BITS) | index);
    return (hash & ~MSS_MASK) | index;
  }

  /** True when the sequence number of `entry` is a cookie of this period or the last one. */
  private static isOurs(entry: HalfOpen): bool {
    const last = SynCookies.period() - 1;
    for (let slot = SLOTS; slot < SLOTS + 2 * SLOT_BYTES; slot += SLOT_BYTES) {
      const period = load<u32>(slot);
      if (period < last) continue;
      if (SynCookies.cookie(slot, entry, period, entry.iss & MSS_MASK) == entry.iss) return true;
    }
    return false;
  }

  /** The timestamp with the options in its low bits: the latest such value that is not ahead of the clock. */
  private static stamp(entry: HalfOpen): u32 {
    let bits = entry.is(TCP_HAS_SCALE) ? entry.sndScale() : STAMP_NO_SCALE;
    if (entry.is(TCP_HAS_SACK)) bits |= STAMP_SACK;
    if (entry.is(TCP_HAS_ECN)) bits |= STAMP_ECN;
    const now = entry.timestamp();
    const value = (now & ~STAMP_MASK) | bits;
    return <i32>(value - now) > 0 ? value - (STAMP_MASK + 1) : value;
  }
}
