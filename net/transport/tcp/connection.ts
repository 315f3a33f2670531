/**
 * A TCP connection: the transmission control block of RFC 9293 §3.3.1, in the same record as the socket it belongs to.
 * It outlives its descriptors: what is left of a connection after close() (an orphan) is a record without references.
 *
 * Half-open connections of a listener and connections in TIME-WAIT have smaller records of their own (syn-queue.ts,
 * time-wait.ts). Everything that only data in flight needs lies in the send buffer (send-buffer.ts), everything that only
 * data out of order needs in a Reassembly record (out-of-order.ts): an idle connection has neither.
 *
 * Sequence numbers are in host order, addresses and ports in network order. Times: "ticks" are wrapping µs (Clock.ticks),
 * "long ticks" wrapping units of 1,024 µs (LongClock), for what lies further ahead than half an hour.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_TCP_CUBIC,
  CONFIG_NET_TCP_ECN,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_TIMESTAMPS,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { STATE_FASTOPEN_PENDING, TCB_BYTES } from "../../socket/socket";
import { NearFields } from "./near-fields";

/** `Tcb.state` (RFC 9293 §3.3.2). LISTEN is a socket without a peer; TIME_WAIT and passive SYN_RECEIVED have other records. */
export const CLOSED: u32 = 0;
export const LISTEN: u32 = 1;
export const SYN_SENT: u32 = 2;
/** Here only after a simultaneous open. */
export const SYN_RECEIVED: u32 = 3;
export const ESTABLISHED: u32 = 4;
export const FIN_WAIT_1: u32 = 5;
export const FIN_WAIT_2: u32 = 6;
export const CLOSE_WAIT: u32 = 7;
export const CLOSING: u32 = 8;
export const LAST_ACK: u32 = 9;
export const TIME_WAIT: u32 = 10;

/** `Socket.detail` of a connection. A flag of what an image does not have is no bit: it is never there, and nothing is compiled that asks for it. */
// What the two SYNs agreed on
export const TCP_HAS_TIMESTAMPS: u32 = CONFIG_NET_TCP_TIMESTAMPS ? 1 << 0 : 0;
export const TCP_HAS_SACK: u32 = CONFIG_NET_TCP_SACK ? 1 << 1 : 0;
export const TCP_HAS_SCALE: u32 = CONFIG_NET_TCP_WINDOW_SCALE ? 1 << 2 : 0;
export const TCP_HAS_ECN: u32 = CONFIG_NET_TCP_ECN ? 1 << 3 : 0;
// What is owed to the peer
/** An ACK is to go out at once. */
export const TCP_ACK_NOW: u32 = 1 << 4;
/** An ACK is owed, `acknowledgeAt` says until when. */
export const TCP_ACK_DELAYED: u32 = 1 << 5;
/** The application has closed its side: a FIN follows the data in the send buffer. */
export const TCP_FIN_QUEUED: u32 = 1 << 6;
/** The FIN has been sent at least once; it occupies sndNxt - 1. */
export const TCP_FIN_SENT: u32 = 1 << 7;
/** The peer's FIN has been taken; it occupies rcvNxt - 1. */
export const TCP_FIN_RECEIVED: u32 = 1 << 8;
/** The chip had no room for the last segment: `acknowledgeAt` is the time of the next try. */
export const TCP_OUTPUT_BLOCKED: u32 = 1 << 9;
// Options of the socket
export const TCP_NODELAY: u32 = 1 << 10;
export const TCP_CORK: u32 = 1 << 11;
export const TCP_KEEPALIVE: u32 = 1 << 12;
export const TCP_OOBINLINE: u32 = 1 << 13;
export const TCP_LINGER: u32 = 1 << 14;
/** ACKs are not delayed (TCP_QUICKACK; also the first ones of a connection). */
export const TCP_QUICKACK: u32 = 1 << 15;
// Congestion
/** Loss recovery is going on (fast recovery or after a time-out): Recovery looks at every ACK. */
export const TCP_IN_RECOVERY: u32 = 1 << 16;
/** The last send() said that more follows (MSG_MORE): a partial segment waits as with TCP_CORK. */
export const TCP_MORE: u32 = 1 << 17;
/** ECE is set in what we send until the peer says CWR (RFC 3168 §6.1.3). */
export const TCP_ECN_ECHO: u32 = CONFIG_NET_TCP_ECN ? 1 << 18 : 0;
/** The next new data carries CWR. */
export const TCP_ECN_CWR: u32 = CONFIG_NET_TCP_ECN ? 1 << 19 : 0;
// Urgent data
/** `rcvUp` is valid: urgent data has been announced and not yet been read past. */
export const TCP_URGENT_PENDING: u32 = 1 << 20;
/** The byte at the mark has been taken out of the stream and can be read with MSG_OOB: it is in `urgentByte`. */
export const TCP_URGENT_BYTE: u32 = 1 << 21;
/** Urgent data of ours is not yet acknowledged: SendBuffer.sndUp is valid. */
export const TCP_URGENT_SENDING: u32 = 1 << 22;
// Life
/** In the hash table (ConnectionTable). */
export const TCP_IN_TABLE: u32 = 1 << 23;
/** In the list of connections with a timer (TcpTimers). */
export const TCP_TIMED: u32 = 1 << 24;
/** In the accept queue of `listener`. */
export const TCP_IN_ACCEPT_QUEUE: u32 = 1 << 25;
/** The handshake was begun by us (active open). */
export const TCP_ACTIVE: u32 = 1 << 26;
/** The congestion control is CUBIC; otherwise NewReno. */
export const TCP_CUBIC: u32 = CONFIG_NET_TCP_CUBIC ? 1 << 27 : 0;
/** `sndWnd` was 0 when the last segment came (zero-window probes are due while data waits). */
export const TCP_PERSISTING: u32 = 1 << 28;
/** The SYN had to be sent again: initial window of one segment, RTO of 3 s (RFC 6298 §5.7, RFC 5681 §3.1). */
export const TCP_SYN_LOST: u32 = 1 << 29;
/** A waiting application was woken for data that is owed an ACK: its read sends that ACK, with the room it has made. */
export const TCP_ACK_WITH_READ: u32 = 1 << 30;
/** Somebody found no room in the send buffer: an acknowledgement that makes some wakes him. */
export const TCP_WANTS_ROOM: u32 = 1 << 31;

/** What a predicted connection must not be in. */
export const NOT_PREDICTED: u32 =
  TCP_IN_RECOVERY | TCP_PERSISTING | TCP_OUTPUT_BLOCKED | TCP_URGENT_PENDING | TCP_URGENT_SENDING | TCP_HAS_ECN;

/** Word 3 of a header as it lies in memory, but for the window and PSH: data offset 5 (or 8, with timestamps), ACK and nothing else. */
export const PREDICTED_MASK: u32 = 0xf7ff;
export const PREDICTED_PLAIN: u32 = 0x1050;
export const PREDICTED_STAMPED: u32 = 0x1080;
/** In LAST-ACK, with nothing special going on: the ACK of our FIN is expected. No masked word is that. */
export const PREDICTED_LAST: u32 = 0x1850;

/** `Tcb.sendTimer`: what happens at `sendAt` (one timer; RFC 6298 §5, RFC 8985 §7, RFC 9293 §3.8.6.1). */
export const TIMER_OFF: u32 = 0;
export const TIMER_RETRANSMIT: u32 = 1;
/** Zero-window probe. */
export const TIMER_PERSIST: u32 = 2;
/** Tail loss probe (RFC 8985 §7). */
export const TIMER_LOSS_PROBE: u32 = 3;
/** RACK's reordering window ends (RFC 8985 §6.3). */
export const TIMER_REORDER: u32 = 4;
/** Small data that Nagle or SWS avoidance holds back goes out (RFC 9293 §3.8.6.2.1: 0.1 to 1 s). */
export const TIMER_OVERRIDE: u32 = 5;
/** Nothing is queued or in flight; the send buffer is kept for the next write, and goes back when none comes. */
export const TIMER_RELEASE: u32 = 6;

/** `Tcb.longTimer`: what happens at `longAt`. */
export const LONG_OFF: u32 = 0;
export const LONG_KEEPALIVE: u32 = 1;
/** FIN-WAIT-2 of an orphan ends. */
export const LONG_FIN_WAIT_2: u32 = 2;

@unmanaged
@final
export class Tcb extends NearFields {
  // ---- send sequence space ----
  sndWl1: u32;
  sndWl2: u32;

  // ---- receive sequence space ----
  /** rcvNxt of the last ACK that went out (Last.ACK.sent of RFC 7323 §4.3). */
  lastAckSent: u32;

  // ---- timestamps (RFC 7323) ----
  tsRecent: u32;
  /** Long ticks at which tsRecent was taken. */
  tsRecentAt: u32;
  /** Our TSval is LongClock.now() + tsOffset. */
  tsOffset: u32;

  // ---- round-trip time (RFC 6298), µs ----
  /** RTTVAR × 4. */
  rttvar: u32;
  /** Present RTO, without back-off. */
  rto: u32;

  // ---- timers ----
  /** Ticks; valid while sendTimer is not TIMER_OFF. */
  sendAt: u32;
  /** Ticks; valid with TCP_ACK_DELAYED. */
  acknowledgeAt: u32;
  /** Long ticks; valid while longTimer is not LONG_OFF. */
  longAt: u32;
  /** usize → next Tcb with a timer. */
  timedNext: usize;

  // ---- listening ----
  /** In an accept queue: usize → the listener. Of a listener: usize → the first connection of its accept queue. */
  listener: usize;

  // ---- options of the socket ----
  /** Seconds until the first keep-alive probe, and between probes. Of a listener, keepInterval … keep their meaning. */
  keepIdle: u16;
  keepInterval: u16;
  keepCount: u8;
  /** SYNs that are sent again before connect gives up (TCP_SYNCNT). */
  synCount: u8;
  /** Seconds that TCP_DEFER_ACCEPT waits for data; 0 = off. */
  deferAccept: u8;
  /** Challenge ACKs sent in the present second (RFC 5961 §7), and which second: see challenge.ts. */
  challenges: u8;
  /** TCP_USER_TIMEOUT, ms; 0 = by number of retries. */
  userTimeout: u32;
  /** SO_SNDBUF, bytes; at most CONFIG_NET_TCP_SEND_BUFFER. SO_RCVBUF is ringCapacity. */
  sendCapacity: u32;

  @inline static of(p: usize): Tcb {
    return changetype<Tcb>(p);
  }

  // ---- words of Socket that mean something else to datagrams ----

  /**
   * What word 3 of the usual segment has, but for the window, while nothing special goes on (`PREDICTED_*`); 0 sends every
   * segment the slow way. PREDICTED_PLAIN and PREDICTED_STAMPED mean: ESTABLISHED, no flag of NOT_PREDICTED, nothing out of order, and in the send buffer nothing
   * marked and no time-out counted. Whatever changes one of these sets it to 0; `predict` looks anew. Without fast paths nobody asks.
   */
  @inline get predicted(): u32 {
    return CONFIG_NET_FAST_PATHS ? this.cachedRoom : 0;
  }
  set predicted(value: u32) {
    if (CONFIG_NET_FAST_PATHS) this.cachedRoom = value;
  }

  // ---- flags ----

  @inline is(flags: u32): bool {
    return (this.detail & flags) != 0;
  }

  @inline raise(flags: u32): void {
    this.detail |= flags;
    // Most callers name their flags: then this is decided when the code is compiled.
    if (flags & NOT_PREDICTED) this.predicted = 0;
  }

  @inline lower(flags: u32): void {
    this.detail &= ~flags;
  }

  /** Raises or lowers: for the flags that options and calls switch. */
  put(flags: u32, on: bool): void {
    if (on) this.raise(flags);
    else this.lower(flags);
  }

  /** Looks whether nothing special goes on. `marked`: the send buffer has marks or time-outs. */
  predict(marked: bool): void {
    if (!CONFIG_NET_FAST_PATHS) return;
    if (CONFIG_NET_TCP_FASTOPEN && this.has(STATE_FASTOPEN_PENDING)) {
      this.predicted = 0;
      return;
    }
    const usual =
      <u32>this.state == ESTABLISHED && (this.detail & NOT_PREDICTED) == 0 && this.outOfOrder == 0 && !marked;
    this.predicted = !usual ? 0 : this.detail & TCP_HAS_TIMESTAMPS ? PREDICTED_STAMPED : PREDICTED_PLAIN;
  }

  /** As `predict`, for a connection that has just been established, with `flags` beside those of its listener, which matter for nothing here. */
  @inline predictFirst(flags: u32): void {
    if (!(flags & (NOT_PREDICTED | TCP_HAS_TIMESTAMPS))) this.predicted = PREDICTED_PLAIN;
    else this.predicted = flags & NOT_PREDICTED ? 0 : PREDICTED_STAMPED;
  }

  /** Another state than ESTABLISHED, or another one for the moment. */
  @inline enter(state: u32): void {
    this.state = <u8>state;
    this.predicted = 0;
  }

  /** True in the states in which both sequence spaces are known (RFC 9293 §3.3.2: ESTABLISHED and later). */
  @inline isSynchronized(): bool {
    return <u32>this.state >= ESTABLISHED;
  }

  /** Bytes that the peer offers with `field` as the window of a segment after its SYN (RFC 7323 §2.3). */
  @inline offered(field: u32): u32 {
    return CONFIG_NET_TCP_WINDOW_SCALE ? field << this.sndScale : field;
  }

  /** Bytes of payload that one segment carries: the MSS less the timestamps. */
  @inline payloadRoom(): u32 {
    return Tcb.roomIn(<u32>this.mss, this.detail);
  }

  /** `payloadRoom` of a connection with that MSS and those flags. */
  @inline static roomIn(mss: u32, flags: u32): u32 {
    return mss - (flags & TCP_HAS_TIMESTAMPS ? 12 : 0);
  }

  /** Bytes between sndUna and sndNxt (SYN and FIN count as one each): FlightSize of RFC 5681. */
  @inline flightSize(): u32 {
    return this.sndNxt - this.sndUna;
  }
}

/** Smallest MSS that a peer can make us use: smaller ones are an attack (CVE-2019-11479); as Linux has it by default. */
export const TCP_MSS_FLOOR: u32 = 48;
/** MSS of a peer that does not say (RFC 9293 §3.7.1, MUST-15). */
export const TCP_MSS_DEFAULT: u32 = 536;

if (offsetof<Tcb>() > TCB_BYTES) ERROR("a connection's record has grown beyond TCB_BYTES");
