/**
 * Half-open connections of all listeners (SYN-RECEIVED after a passive open, RFC 9293 §3.10.7.4): a pool of
 * CONFIG_NET_TCP_SYN_QUEUE records, found by a keyed hash. When it is full, SYN cookies stand in (syn-cookies.ts): a flood of
 * SYNs neither takes memory nor keeps anybody out (RFC 4987).
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_SOCKETS_DONTROUTE,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_ECN,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT,
  CONFIG_NET_TCP_MAX_RETRANSMISSION_TIMEOUT,
  CONFIG_NET_TCP_SYN_ACK_RETRY_COUNT,
  CONFIG_NET_TCP_SYN_COOKIES,
  CONFIG_NET_TCP_SYN_QUEUE,
  CONFIG_NET_TCP_TIMESTAMPS,
} from "../../../config";
import { bulk_sum5 } from "../../../hal/imports";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import { Clock, TICKS_PER_SECOND } from "../../base/clock";
import {
  COUNTER_DROP_TCP_ACK,
  COUNTER_DROP_TCP_BACKLOG,
  COUNTER_DROP_TCP_PAWS,
  COUNTER_DROP_TCP_SEQUENCE,
  COUNTER_DROP_TCP_STATE,
  COUNTER_DROP_TCP_SYN_QUEUE,
  COUNTER_TCP_COOKIES_IN,
  COUNTER_TCP_PREDICTED,
  COUNTER_TCP_RESETS_IN,
  COUNTER_TCP_RETRANSMITS,
  Counter,
} from "../../base/counters";
import { Pool } from "../../base/pool";
import { Timers } from "../../base/timers";
import { DirectRoute } from "../../socket/direct-route";
import { SocketPool } from "../../socket/socket";
import { PROTOCOL_TCP } from "../../wire/ipv4";
import { TCP_ACK, TCP_ECE, TCP_FIN, TCP_HEADER_BYTES, TCP_RST, TCP_SYN, TcpHeader } from "../../wire/tcp";
import { Challenge } from "./challenge";
import { TCP_HAS_ECN, TCP_HAS_TIMESTAMPS, Tcb } from "./connection";
import { FastOpenOption } from "./fast-open-option";
import { FastOpenServer } from "./fast-open-server";
import { HALF_DEFER_OVER, HALF_DEFERRED, HALF_FAST, HALF_OPEN_BYTES, HALF_REPEATED, HalfOpen } from "./half-open";
import { InitialSequence } from "./initial-sequence";
import { Listeners } from "./listener";
import { Reply } from "./reply";
import { HAS_TIMESTAMPS, Segment } from "./segment";
import { Sequence } from "./sequence";
import { SynCookies } from "./syn-cookies";
import { TimeWait } from "./time-wait";
import { Tuple, TupleChain } from "./tuple";
import { TupleHash } from "./tuple-hash";

const COUNT: u32 = CONFIG_NET_TCP ? CONFIG_NET_TCP_SYN_QUEUE : 1;
function storage(): usize {
  return CONFIG_NET_TCP ? memory.data(CONFIG_NET_TCP ? CONFIG_NET_TCP_SYN_QUEUE * 56 : 56, 4) : 0;
}
function end(): usize {
  return storage() + <usize>COUNT * HALF_OPEN_BYTES;
}
/** usize[COUNT]: the heads of the chains. */
const TABLE: usize = CONFIG_NET_TCP ? memory.data(CONFIG_NET_TCP ? CONFIG_NET_TCP_SYN_QUEUE * 4 : 4, 4) : 0;
const POOL: usize = CONFIG_NET_TCP ? memory.data<u32>([COUNT, 56, 0, 0, 0, 0]) : 0;

/** Protocol number, as the 16-bit word [0, protocol] of the pseudo-header lies in memory. */
const PSEUDO_PROTOCOL: u32 = PROTOCOL_TCP << 8;
const INITIAL: u32 = CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT * 1000;
const MAXIMUM: u32 = CONFIG_NET_TCP_MAX_RETRANSMISSION_TIMEOUT * 1000;
/** The flags that say what a segment is about when it could be the SYN again. */
const OPENING: u32 = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN;

export class SynQueue {
  static initialise(): void {
    Pool.at(POOL).initialise(storage());
  }

  /** The statistics of the pool. */
  @inline static pool(): usize {
    return POOL;
  }

  /** usize → the head of the chain. */
  @inline private static chain(remote: u32, ports: u32): usize {
    return TABLE + ((<usize>TupleHash.below(COUNT, remote, ports)) << 2);
  }

  /**
   * The half-open connection of a segment.
   * @param local, remote addresses, network order; @param ports as `Socket.ports`
   * @returns usize → HalfOpen, or 0
   */
  static find(local: u32, remote: u32, ports: u32): usize {
    if (CONFIG_NET_FAST_PATHS && !Pool.at(POOL).used) return 0;
    return TupleChain.find(SynQueue.chain(remote, ports), local, remote, ports);
  }

  /**
   * A SYN for `listener` from somebody new: answers it, and remembers it while there is room. Without room the answer is a
   * cookie, or nothing.
   * @see RFC 9293 §3.10.7.2 (third)
   */
  static open(listener: Tcb, segment: Segment): void {
    const p = Pool.at(POOL).takeDirty();
    if (!p) {
      if (CONFIG_NET_TCP_SYN_COOKIES) SynCookies.answer(listener, segment);
      else Counter.add(COUNTER_DROP_TCP_SYN_QUEUE);
      return;
    }
    const entry = HalfOpen.at(p);
    entry.begin(listener, segment);
    const local = segment.local;
    const remote = segment.remote;
    const ports = segment.ports;
    entry.iss = SynQueue.number(local, remote, ports);
    SynQueue.insert(p, remote, ports);
    if (CONFIG_NET_TCP_FASTOPEN) FastOpenServer.arrived(entry, listener, segment);
    entry.sendSynAck();
    if (CONFIG_NET_TCP_FASTOPEN) FastOpenOption.clear();
  }

  /**
   * As `open`, for a SYN whose only option is its MSS, and which nobody but a listener can be meant by: nothing of it goes through memory.
   * @param irs, mss host order
   * @returns false when nobody listens there, or there is something else about it: nothing has changed
   */
  static openPlain(local: u32, remote: u32, ports: u32, irs: u32, mss: u32): bool {
    // From ourselves, or from port 0?
    if (local == remote || !(ports & 0xffff)) return false;
    if (TimeWait.find(local, remote, ports) || SynQueue.find(local, remote, ports)) return false;
    const found = Listeners.find(local, remote, ports);
    if (!found) return false;
    const listener = Tcb.of(found);
    if ((CONFIG_NET_SOCKETS_DONTROUTE && DirectRoute.isOn(listener)) || Listeners.isFull(listener)) return false;
    const pool = Pool.at(POOL);
    if (pool.isEmpty()) return false;
    const p = pool.takeDirty();
    Counter.add(COUNTER_TCP_PREDICTED);
    // Before the record is filled in: what goes into it stays in registers for the answer.
    const iss = SynQueue.number(local, remote, ports);
    const entry = HalfOpen.at(p);
    entry.beginPlain(listener, local, remote, ports, irs, mss);
    entry.iss = iss;
    SynQueue.insert(p, remote, ports);
    entry.sendPlain(listener, local, remote, ports, iss, irs);
    return true;
  }

  /** An initial sequence number. */
  @inline private static number(local: u32, remote: u32, ports: u32): u32 {
    return TimeWait.beyond(InitialSequence.isn(local, remote, ports), local, remote, ports);
  }

  /** Makes the record at `p` known, and gives its SYN-ACK its time to be answered. */
  @inline private static insert(p: usize, remote: u32, ports: u32): void {
    TupleChain.add(SynQueue.chain(remote, ports), p);
    const deadline = Clock.ticks() + INITIAL;
    HalfOpen.at(p).deadline = deadline;
    Timers.arm(deadline);
  }

  /** Forgets a half-open connection. */
  static remove(p: usize): void {
    SynQueue.unlink(p, HalfOpen.at(p).remote, HalfOpen.at(p).ports);
  }

  /** As `remove`, with the peer's address and the ports at hand. */
  @inline private static unlink(p: usize, remote: u32, ports: u32): void {
    TupleChain.remove(SynQueue.chain(remote, ports), p);
    HalfOpen.at(p).listener = 0;
    Pool.at(POOL).give(p);
  }

  /** The listener is closed: forgets its half-open connections. Their peers hear of it when they send their ACK. */
  static forget(listener: Tcb): void {
    if (CONFIG_NET_FAST_PATHS && !Pool.at(POOL).used) return;
    for (let p = storage(); p < end(); p += HALF_OPEN_BYTES) {
      if (HalfOpen.at(p).listener == changetype<usize>(listener)) SynQueue.remove(p);
      else if (CONFIG_NET_TCP_FASTOPEN && SynQueue.isFastOf(p, SocketPool.indexOf(changetype<usize>(listener))))
        HalfOpen.at(p).fastListener = 0;
    }
  }

  /** True when `p` is the SYN-ACK of a connection that TCP Fast Open has made for the listener in record `index`. */
  private static isFastOf(p: usize, index: i32): bool {
    const entry = HalfOpen.at(p);
    return entry.listener != 0 && entry.is(HALF_FAST) && <i32>entry.fastListener == index + 1;
  }

  /** Connections of the listener in record `index` that TCP Fast Open has made, and whose handshake is not over. */
  static pendingOf(index: i32): u32 {
    let count: u32 = 0;
    if (!Pool.at(POOL).used) return 0;
    for (let p = storage(); p < end(); p += HALF_OPEN_BYTES) count += u32(SynQueue.isFastOf(p, index));
    return count;
  }

  /**
   * A segment of the half-open connection at `p`, step by step as RFC 9293 §3.10.7.4 has it, with RFC 5961 and RFC 7323:
   *
   * - the SYN again (at IRS, and no other flag of these): the same SYN-ACK again;
   * - an old timestamp, or a segment outside the window: an ACK, of which only so many go out (Challenge); nothing for a RST,
   *   nor for a segment without the timestamp that was agreed;
   * - a RST exactly at RCV.NXT: back to LISTEN; one elsewhere in the window: a challenge ACK (RFC 5961 §3.2);
   * - any other SYN: a challenge ACK, as in the synchronised states (RFC 5961 §4.2). RFC 9293 would go back to LISTEN, which
   *   lets one guess in the window end the handshake; a peer that has really begun anew answers the challenge with a RST at
   *   RCV.NXT, and its next SYN is taken;
   * - an ACK of anything but our SYN: a RST (SEQ=SEG.ACK);
   * - the ACK of our SYN: the connection is made, unless the accept queue is full (the SYN-ACK comes again later, and so the
   *   ACK) or TCP_DEFER_ACCEPT waits for data.
   *
   * @returns usize → Tcb in ESTABLISHED, when the caller is to go on with the payload and FIN of the segment; else 0
   */
  static segmentArrives(p: usize, segment: Segment): usize {
    const entry = HalfOpen.at(p);
    if ((segment.flags & OPENING) == TCP_SYN && segment.seq == entry.irs) {
      SynQueue.repeat(entry, segment);
      return 0;
    }
    if (!SynQueue.checkTimestamp(entry, segment) || !SynQueue.checkSequence(entry, segment)) return 0;
    if (segment.has(TCP_RST)) {
      if (segment.seq == entry.irs + 1) {
        Counter.add(COUNTER_TCP_RESETS_IN);
        SynQueue.remove(p);
      } else {
        SynQueue.challenge(entry);
      }
      return 0;
    }
    if (segment.has(TCP_SYN)) {
      SynQueue.challenge(entry);
      return 0;
    }
    if (!segment.has(TCP_ACK)) {
      Counter.add(COUNTER_DROP_TCP_STATE);
      return 0;
    }
    if (segment.ack != entry.iss + 1) return SynQueue.otherwiseAcknowledged(p, segment);
    if (
      CONFIG_NET_TCP_TIMESTAMPS &&
      segment.hasOption(HAS_TIMESTAMPS) &&
      Sequence.atOrBefore(segment.seq, entry.irs + 1)
    ) {
      entry.tsRecent = segment.tsVal;
    }
    return SynQueue.complete(p, segment);
  }

  /**
   * The usual end of a handshake: a segment that is an ACK and nothing else, without payload and options, of our SYN-ACK on a
   * connection without timestamps.
   * @param seqBe … word4 its words as they lie in memory
   * @returns false when it is not that, or damaged: nothing has changed
   */
  static completePlain(local: u32, remote: u32, ports: u32, seqBe: u32, ackBe: u32, word3: u32, word4: u32): bool {
    const p = SynQueue.find(local, remote, ports);
    if (!p) return false;
    const entry = HalfOpen.at(p);
    const seq = Be.swap32(seqBe);
    const ack = Be.swap32(ackBe);
    if (seq != entry.irs + 1 || ack != entry.iss + 1 || entry.is(TCP_HAS_TIMESTAMPS)) return false;
    const listener = Tcb.of(entry.listener);
    if (Listeners.isFull(listener) || listener.deferAccept) return false;
    const sum = bulk_sum5(local, remote, PSEUDO_PROTOCOL | Be.high16(TCP_HEADER_BYTES), ports, seqBe);
    if (!Checksum.isValid(bulk_sum5(sum, ackBe, word3, word4, 0))) return false;
    Counter.add(COUNTER_TCP_PREDICTED);
    if (entry.establish(listener, seq, TcpHeader.window(word3))) SynQueue.unlink(p, remote, ports);
    return true;
  }

  /**
   * An ACK of something else than the SYN-ACK that is remembered: of a cookie that answered the same SYN when there was no room
   * yet, or of nothing. @returns as `segmentArrives`
   */
  private static otherwiseAcknowledged(p: usize, segment: Segment): usize {
    const listener = Tcb.of(HalfOpen.at(p).listener);
    if (CONFIG_NET_TCP_SYN_COOKIES && !Listeners.isFull(listener)) {
      const cookie = SynCookies.check(listener, segment);
      if (cookie) {
        SynQueue.remove(p);
        const opened = HalfOpen.opened(cookie, listener);
        if (opened) Counter.add(COUNTER_TCP_COOKIES_IN);
        return opened;
      }
    }
    Counter.add(COUNTER_DROP_TCP_ACK);
    Reply.reset(segment);
    return 0;
  }

  /** The ACK of our SYN is there. @returns as `segmentArrives` */
  private static complete(p: usize, segment: Segment): usize {
    const entry = HalfOpen.at(p);
    const listener = Tcb.of(entry.listener);
    if (Listeners.isFull(listener)) {
      Counter.add(COUNTER_DROP_TCP_BACKLOG);
      return 0;
    }
    const wait = <u32>listener.deferAccept;
    if (wait && !segment.length && !segment.has(TCP_FIN) && !entry.is(HALF_DEFER_OVER)) {
      if (!entry.is(HALF_DEFERRED)) {
        entry.raise(HALF_DEFERRED);
        entry.deadline = Clock.ticks() + wait * TICKS_PER_SECOND;
        Timers.arm(entry.deadline);
      }
      return 0;
    }
    const opened = HalfOpen.opened(p, listener);
    if (opened) SynQueue.remove(p);
    return opened;
  }

  /** The SYN has come again: so goes the SYN-ACK, which then has its full time to be answered (as Linux does). */
  static repeat(entry: HalfOpen, segment: Segment): void {
    if (!entry.is(HALF_DEFERRED)) entry.deadline = Clock.ticks() + SynQueue.timeout(entry);
    if (CONFIG_NET_TCP_TIMESTAMPS && segment.hasOption(HAS_TIMESTAMPS) && <i32>(segment.tsVal - entry.tsRecent) > 0) {
      entry.tsRecent = segment.tsVal;
    }
    entry.raise(HALF_REPEATED);
    // RFC 3168 §6.1.1: one SYN without it is enough to do without.
    if (CONFIG_NET_TCP_ECN && !segment.has(TCP_ECE)) entry.lower(TCP_HAS_ECN);
    Counter.add(COUNTER_TCP_RETRANSMITS);
    entry.sendSynAck();
  }

  /** RFC 7323 §3.2 and §5.3. False = dropped. */
  private static checkTimestamp(entry: HalfOpen, segment: Segment): bool {
    if (!CONFIG_NET_TCP_TIMESTAMPS || !entry.is(TCP_HAS_TIMESTAMPS) || segment.has(TCP_RST)) return true;
    if (segment.hasOption(HAS_TIMESTAMPS)) {
      if (<i32>(segment.tsVal - entry.tsRecent) >= 0) return true;
      SynQueue.challenge(entry);
    }
    Counter.add(COUNTER_DROP_TCP_PAWS);
    return false;
  }

  /** The first step of RFC 9293 §3.10.7.4. False = dropped. */
  private static checkSequence(entry: HalfOpen, segment: Segment): bool {
    if (segment.isAcceptable(entry.irs + 1, <u32>entry.window)) return true;
    Counter.add(COUNTER_DROP_TCP_SEQUENCE);
    if (!segment.has(TCP_RST)) SynQueue.challenge(entry);
    return false;
  }

  /** An ACK that tells where we are, as far as their number allows. */
  private static challenge(entry: HalfOpen): void {
    const state = changetype<usize>(entry) + offsetof<HalfOpen>("challenges");
    if (Challenge.allowedAt(state, Tuple.at(changetype<usize>(entry)))) entry.acknowledge();
  }

  /** Sends SYN-ACKs again that are due, with back-off, and forgets those that nobody has answered; notes what comes next. */
  static expire(ticks: u32): void {
    if (CONFIG_NET_FAST_PATHS && !Pool.at(POOL).used) return;
    for (let p = storage(); p < end(); p += HALF_OPEN_BYTES) {
      const entry = HalfOpen.at(p);
      if (!entry.listener) continue;
      if (Clock.isDue(entry.deadline, ticks) && !SynQueue.due(entry, ticks)) {
        if (CONFIG_NET_TCP_FASTOPEN && entry.is(HALF_FAST)) FastOpenServer.timedOut(entry);
        else SynQueue.remove(p);
        continue;
      }
      Timers.note(entry.deadline);
    }
  }

  /** How long a SYN-ACK that goes out now has to be answered, µs (RFC 6298 §5.5). */
  private static timeout(entry: HalfOpen): u32 {
    const retries = <u32>entry.retries;
    // With few retries no time comes to the maximum.
    if (INITIAL <= MAXIMUM >>> CONFIG_NET_TCP_SYN_ACK_RETRY_COUNT) return INITIAL << retries;
    return INITIAL > MAXIMUM >>> retries ? MAXIMUM : INITIAL << retries;
  }

  /** The deadline of `entry` has come. False = it is to be forgotten. */
  private static due(entry: HalfOpen, ticks: u32): bool {
    if (entry.is(HALF_DEFERRED)) {
      // No data came in the time of TCP_DEFER_ACCEPT: the peer is asked for one more ACK, and that opens the connection.
      entry.lower(HALF_DEFERRED);
      entry.raise(HALF_DEFER_OVER);
    } else {
      if (<u32>entry.retries >= <u32>CONFIG_NET_TCP_SYN_ACK_RETRY_COUNT) return false;
      entry.retries += 1;
    }
    entry.deadline = ticks + SynQueue.timeout(entry);
    Counter.add(COUNTER_TCP_RETRANSMITS);
    entry.sendSynAck();
    return true;
  }
}
