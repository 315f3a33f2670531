/**
 * Connections in TIME-WAIT (RFC 9293 §3.6.1): what is left of a connection whose both sides have closed, for 2 MSL, so that the
 * peer's FIN can be acknowledged again and old segments do not reach a new connection. A record of 56 bytes each, in a list
 * from the oldest to the youngest; when all are taken the oldest gives way.
 *
 * Resets are ignored here (RFC 1337): they could come from an old segment, and would end the protection.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_TIME_WAIT,
  CONFIG_NET_TCP_TIME_WAIT_DELAY,
  CONFIG_NET_TCP_TIMESTAMPS,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { Clock } from "../../base/clock";
import {
  COUNTER_DROP_TCP_ACK,
  COUNTER_DROP_TCP_PAWS,
  COUNTER_DROP_TCP_SEQUENCE,
  COUNTER_DROP_TCP_STATE,
  Counter,
} from "../../base/counters";
import { LongClock } from "../../base/long-clock";
import { Pool } from "../../base/pool";
import { Timers } from "../../base/timers";
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../../wire/tcp";
import { Challenge } from "./challenge";
import { TCP_HAS_TIMESTAMPS, Tcb } from "./connection";
import { Listeners } from "./listener";
import { TcpOptions } from "./options";
import { Reply } from "./reply";
import { HAS_TIMESTAMPS, Segment } from "./segment";
import { Sequence } from "./sequence";
import { Tuple, TupleChain } from "./tuple";
import { TupleHash } from "./tuple-hash";

const COUNT: u32 = CONFIG_NET_TCP ? CONFIG_NET_TCP_TIME_WAIT : 1;
const RECORD_BYTES: usize = 56;
function storage(): usize {
  return CONFIG_NET_TCP ? memory.data(CONFIG_NET_TCP ? CONFIG_NET_TCP_TIME_WAIT * 56 : 56, 4) : 0;
}
/** usize[COUNT]: the heads of the chains. */
const TABLE: usize = CONFIG_NET_TCP ? memory.data(CONFIG_NET_TCP ? CONFIG_NET_TCP_TIME_WAIT * 4 : 4, 4) : 0;
/** usize → the oldest, usize → the youngest. */
const ENDS: usize = CONFIG_NET_TCP ? memory.data(8, 4) : 0;
/** The connection that a SYN has just ended: u32 local, u32 remote, u32 ports, u32 first sequence number of its successor. */
const SUCCESSOR: usize = CONFIG_NET_TCP ? memory.data(16, 4) : 0;
const POOL: usize = CONFIG_NET_TCP ? memory.data<u32>([COUNT, <u32>RECORD_BYTES, 0, 0, 0, 0]) : 0;

/** 2 MSL, ticks. */
const DELAY: u32 = CONFIG_NET_TCP_TIME_WAIT_DELAY * 1000;
/** How far beyond the last sequence number of a connection its successor begins: more than an unscaled window. */
const DISTANCE: u32 = 65_537;

@unmanaged
@final
export class TimeWaitRecord {
  /** Our next sequence number; of a free record: the pool's link. */
  sndNxt: u32;
  /** The peer's next sequence number, and the right edge of the last window that it was offered. */
  rcvNxt: u32;
  rcvAdv: u32;
  /** Own and peer's address, network order; ports as `Socket.ports`. */
  local: u32;
  remote: u32;
  ports: u32;
  /** usize → next with the same hash. */
  next: usize;
  /** TTL in the low byte, type of service in the second. */
  ttlTos: u16;
  /** Shift of the window in what we send. */
  rcvScale: u8;
  /** State of Challenge. */
  challenges: u8;
  /** usize → the next older, the next younger record; 0 = none. */
  older: usize;
  younger: usize;
  /** RFC 7323; valid with `stamped`. */
  tsRecent: u32;
  tsOffset: u32;
  /** Ticks at which it ends. */
  deadline: u32;
  /** 1 when the connection had timestamps. */
  stamped: u32;

  @inline static at(p: usize): TimeWaitRecord {
    return changetype<TimeWaitRecord>(p);
  }

  /** True when the connection had timestamps. */
  @inline isStamped(): bool {
    return CONFIG_NET_TCP_TIMESTAMPS && this.stamped != 0;
  }
}

export class TimeWait {
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
   * What is left of a connection.
   * @param local, remote addresses, network order; @param ports as `Socket.ports`
   * @returns usize → TimeWaitRecord, or 0
   */
  static find(local: u32, remote: u32, ports: u32): usize {
    if (CONFIG_NET_FAST_PATHS && !Pool.at(POOL).used) return 0;
    return TupleChain.find(TimeWait.chain(remote, ports), local, remote, ports);
  }

  /** True when a connection in TIME-WAIT has that local port (network order): bind needs SO_REUSEADDR then. */
  static holds(localPort: u32): bool {
    for (let p = load<usize>(ENDS); p; p = TimeWaitRecord.at(p).younger) {
      if (TimeWaitRecord.at(p).ports >>> 16 == localPort) return true;
    }
    return false;
  }

  /** Both FINs of `tcb` have been sent and acknowledged: remembers it for 2 MSL. The caller releases the connection. */
  static enter(tcb: Tcb): void {
    if (!DELAY) return;
    const pool = Pool.at(POOL);
    if (pool.used == pool.capacity) TimeWait.remove(load<usize>(ENDS));
    const p = pool.take();
    if (!p) return;
    const entry = TimeWaitRecord.at(p);
    entry.local = tcb.localAddress;
    entry.remote = tcb.remoteAddress;
    entry.ports = tcb.ports;
    entry.sndNxt = tcb.sndNxt;
    entry.rcvNxt = tcb.rcvNxt;
    entry.rcvAdv = tcb.rcvAdv;
    entry.ttlTos = <u16>tcb.ttlTos;
    if (CONFIG_NET_TCP_WINDOW_SCALE) entry.rcvScale = tcb.rcvScale;
    if (CONFIG_NET_TCP_TIMESTAMPS) {
      entry.tsRecent = tcb.tsRecent;
      entry.tsOffset = tcb.tsOffset;
      entry.stamped = u32(tcb.is(TCP_HAS_TIMESTAMPS));
    }
    TupleChain.add(TimeWait.chain(entry.remote, entry.ports), p);
    TimeWait.append(p);
  }

  /** Puts `p` at the young end of the list, with the whole time before it. */
  private static append(p: usize): void {
    const entry = TimeWaitRecord.at(p);
    const youngest = load<usize>(ENDS, 4);
    entry.older = youngest;
    entry.younger = 0;
    if (youngest) TimeWaitRecord.at(youngest).younger = p;
    else store<usize>(ENDS, p);
    store<usize>(ENDS, p, 4);
    entry.deadline = Clock.ticks() + DELAY;
    Timers.arm(entry.deadline);
  }

  /** Takes `p` out of the list. */
  private static unlink(p: usize): void {
    const entry = TimeWaitRecord.at(p);
    if (entry.older) TimeWaitRecord.at(entry.older).younger = entry.younger;
    else store<usize>(ENDS, entry.younger);
    if (entry.younger) TimeWaitRecord.at(entry.younger).older = entry.older;
    else store<usize>(ENDS, entry.older, 4);
  }

  /** Forgets a record. */
  private static remove(p: usize): void {
    const entry = TimeWaitRecord.at(p);
    TupleChain.remove(TimeWait.chain(entry.remote, entry.ports), p);
    TimeWait.unlink(p);
    Pool.at(POOL).give(p);
  }

  /** Forgets those whose time is over, and notes when the next one's is. */
  static expire(ticks: u32): void {
    for (let p = load<usize>(ENDS); p; p = load<usize>(ENDS)) {
      const deadline = TimeWaitRecord.at(p).deadline;
      if (!Clock.isDue(deadline, ticks)) {
        Timers.note(deadline);
        return;
      }
      TimeWait.remove(p);
    }
  }

  /**
   * A segment of the connection that `p` remembers, as RFC 9293 §3.10.7.4 has it for TIME-WAIT:
   *
   * - the peer's FIN again: ACK, and 2 MSL begin anew;
   * - a SYN that can only be a new connection (RFC 6191; §3.6.1, MAY-2) and for which somebody listens: the record is forgotten, see below; any other SYN
   *   and what is outside the window or has an old timestamp or an ACK of what was never sent: an ACK, of which only so many
   *   go out (Challenge);
   * - a RST: nothing, wherever it is (RFC 1337; it goes beyond RFC 5961, which would let an exact one through);
   * - anything else: nothing.
   *
   * @returns true when the caller is to go on with whoever listens there; its sequence numbers then begin `beyond` ours
   */
  static segmentArrives(p: usize, segment: Segment): bool {
    const entry = TimeWaitRecord.at(p);
    if (segment.has(TCP_RST)) {
      Counter.add(COUNTER_DROP_TCP_STATE);
      return false;
    }
    if (segment.has(TCP_SYN)) {
      if (!segment.has(TCP_ACK) && TimeWait.isNew(entry, segment) && TimeWait.isListenedFor(entry)) {
        TimeWait.noteSuccessor(entry);
        TimeWait.remove(p);
        return true;
      }
      Counter.add(COUNTER_DROP_TCP_STATE);
      TimeWait.challenge(entry);
      return false;
    }
    if (!TimeWait.checkTimestamp(entry, segment)) return false;
    if (segment.has(TCP_FIN) && segment.has(TCP_ACK) && segment.seq + segment.sequenceLength() == entry.rcvNxt) {
      if (CONFIG_NET_TCP_TIMESTAMPS && segment.hasOption(HAS_TIMESTAMPS)) entry.tsRecent = segment.tsVal;
      TimeWait.acknowledge(entry);
      TimeWait.unlink(p);
      TimeWait.append(p);
      return false;
    }
    if (!segment.isAcceptable(entry.rcvNxt, entry.rcvAdv - entry.rcvNxt)) {
      Counter.add(COUNTER_DROP_TCP_SEQUENCE);
      TimeWait.challenge(entry);
      return false;
    }
    if (segment.has(TCP_ACK) && Sequence.after(segment.ack, entry.sndNxt)) {
      // RFC 5961 §5.2.
      Counter.add(COUNTER_DROP_TCP_ACK);
      TimeWait.challenge(entry);
      return false;
    }
    Counter.add(COUNTER_DROP_TCP_STATE);
    return false;
  }

  /**
   * RFC 6191 §2: the timestamp of a SYN, or its sequence number, is beyond all that the old connection has used. An equal
   * timestamp leaves it to the sequence number, as does a SYN or a connection without one.
   */
  private static isNew(entry: TimeWaitRecord, segment: Segment): bool {
    if (entry.isStamped() && segment.hasOption(HAS_TIMESTAMPS)) {
      const ahead = <i32>(segment.tsVal - entry.tsRecent);
      if (ahead) return ahead > 0;
    } else if (segment.hasOption(HAS_TIMESTAMPS)) {
      return true;
    }
    return Sequence.atOrAfter(segment.seq, entry.rcvNxt);
  }

  /** True when somebody could take a new connection: without a listener a SYN would end the protection for nothing. */
  private static isListenedFor(entry: TimeWaitRecord): bool {
    return Listeners.find(entry.local, entry.remote, entry.ports) != 0;
  }

  /** RFC 7323 §5.3. Without the timestamp that was agreed a segment is dropped (§3.2). False = dropped. */
  private static checkTimestamp(entry: TimeWaitRecord, segment: Segment): bool {
    if (!entry.isStamped()) return true;
    if (segment.hasOption(HAS_TIMESTAMPS)) {
      if (<i32>(segment.tsVal - entry.tsRecent) >= 0) return true;
      TimeWait.challenge(entry);
    }
    Counter.add(COUNTER_DROP_TCP_PAWS);
    return false;
  }

  /** An ACK, as far as their number allows. */
  private static challenge(entry: TimeWaitRecord): void {
    const state = changetype<usize>(entry) + offsetof<TimeWaitRecord>("challenges");
    if (Challenge.allowedAt(state, Tuple.at(changetype<usize>(entry)))) TimeWait.acknowledge(entry);
  }

  /** Sends <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
  private static acknowledge(entry: TimeWaitRecord): void {
    let optionBytes: u32 = 0;
    if (entry.isStamped()) {
      optionBytes = TcpOptions.writeTimestamps(Reply.options(), LongClock.now() + entry.tsOffset, entry.tsRecent);
    }
    const scale: u32 = CONFIG_NET_TCP_WINDOW_SCALE ? entry.rcvScale : 0;
    const field = (entry.rcvAdv - entry.rcvNxt) >>> scale;
    Reply.send(
      Tuple.at(changetype<usize>(entry)),
      entry.sndNxt,
      entry.rcvNxt,
      TCP_ACK,
      field < 65_535 ? field : 65_535,
      optionBytes,
      <u32>entry.ttlTos,
    );
  }

  private static noteSuccessor(entry: TimeWaitRecord): void {
    store<u32>(SUCCESSOR, entry.local);
    store<u32>(SUCCESSOR, entry.remote, 4);
    store<u32>(SUCCESSOR, entry.ports, 8);
    store<u32>(SUCCESSOR, entry.sndNxt + DISTANCE, 12);
  }

  /**
   * The initial sequence number of a connection: `isn`, or, when the connection follows one that its SYN has just ended
   * here, one beyond all that the old one has used if `isn` is not (RFC 9293 §3.6.1, MAY-2).
   */
  static beyond(isn: u32, local: u32, remote: u32, ports: u32): u32 {
    const follows =
      load<u32>(SUCCESSOR) == local && load<u32>(SUCCESSOR, 4) == remote && load<u32>(SUCCESSOR, 8) == ports;
    if (!follows) return isn;
    store<u32>(SUCCESSOR, 0);
    const first = load<u32>(SUCCESSOR, 12);
    return Sequence.before(isn, first) ? first : isn;
  }
}

if (
  offsetof<TimeWaitRecord>("local") != offsetof<Tuple>("local") ||
  offsetof<TimeWaitRecord>("next") != offsetof<Tuple>("next")
)
  ERROR("a record of TIME-WAIT begins as Tuple has it");
if (offsetof<TimeWaitRecord>() > RECORD_BYTES) ERROR("a record of TIME-WAIT has grown beyond RECORD_BYTES");
