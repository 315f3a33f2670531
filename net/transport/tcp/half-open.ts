/**
 * A connection in SYN-RECEIVED after a passive open: a SYN has come, its SYN-ACK is out, the ACK has not come. It costs a
 * record of 56 bytes in place of a whole connection. Records lie in the SYN queue (syn-queue.ts); one more serves SYN
 * cookies, which rebuild it from the ACK (syn-cookies.ts).
 *
 * Nothing of the payload or FIN of a SYN is kept: the SYN-ACK acknowledges the SYN alone, and the peer sends the rest again. TCP Fast
 * Open makes the connection at once (HALF_FAST, fast-open-server.ts); the record then stands for its SYN-ACK alone.
 */
import {
  CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE,
  CONFIG_NET_LOOPBACK,
  CONFIG_NET_TCP_ECN,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_TIMESTAMPS,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { Device } from "../../../hal/device";
import { Be } from "../../base/be";
import { Clock } from "../../base/clock";
import { COUNTER_DROP_TCP_BACKLOG, Counter } from "../../base/counters";
import { LongClock } from "../../base/long-clock";
import { Interfaces } from "../../link/interface";
import { HeaderOptions } from "../../socket/header-options";
import { SocketPool } from "../../socket/socket";
import { IPV4_HEADER_BYTES } from "../../wire/ipv4";
import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_FIN, TCP_HEADER_BYTES, TCP_SYN } from "../../wire/tcp";
import {
  ESTABLISHED,
  TCP_HAS_ECN,
  TCP_HAS_SACK,
  TCP_HAS_SCALE,
  TCP_HAS_TIMESTAMPS,
  TCP_IN_ACCEPT_QUEUE,
  TCP_IN_TABLE,
  TCP_MSS_DEFAULT,
  TCP_SYN_LOST,
  Tcb,
} from "./connection";
import { Connections } from "./connections";
import { FastOpenOption } from "./fast-open-option";
import { InitialSequence } from "./initial-sequence";
import { Listeners } from "./listener";
import { TcpOptions, WORD_MSS } from "./options";
import { RING_BYTES } from "./receive-ring";
import { ReceiveWindow } from "./receive-window";
import { Reply } from "./reply";
import { RoundTrip } from "./round-trip";
import { HAS_MSS, HAS_SACK_PERMITTED, HAS_SCALE, HAS_TIMESTAMPS, Segment } from "./segment";
import { Tuple } from "./tuple";

/** `HalfOpen.flags` beyond the TCP_HAS_* that both sides agreed on. */
/** The same SYN has come again, and the SYN-ACK has gone out again: its round trip cannot be measured. */
export const HALF_REPEATED: u32 = 1 << 4;
/** The ACK has come; TCP_DEFER_ACCEPT waits for data until `deadline`. */
export const HALF_DEFERRED: u32 = 1 << 5;
/** The wait of TCP_DEFER_ACCEPT is over: the next ACK is enough. */
export const HALF_DEFER_OVER: u32 = 1 << 6;
/** The connection is there already: see `listener`, `irs`, `window`, `peerMss`. */
export const HALF_FAST: u32 = 1 << 7;
/** What both sides agreed on. */
const AGREED: u32 = TCP_HAS_TIMESTAMPS | TCP_HAS_SACK | TCP_HAS_SCALE | TCP_HAS_ECN;

/** Of `marks`: what keeps the round trip of a SYN-ACK from being measured. Any retry does. */
const UNMEASURED: u32 = HALF_REPEATED | HALF_DEFER_OVER | 0xff00;

/** What the window field holds without scaling. */
const FIELD_MAX: u32 = 65_535;

@unmanaged
@final
export class HalfOpen {
  /** Our initial sequence number; of a free record: the pool's link. */
  iss: u32;
  /** The peer's initial sequence number; with HALF_FAST that of its last byte that has been taken. */
  irs: u32;
  /** Shifts of the peer's window, in the low byte, and of ours, as they lie in a Tcb. */
  scales: u16;
  /** TCP_HAS_*, HALF_*. */
  flags: u8;
  /** Times that the SYN-ACK has been sent again because nothing came. */
  retries: u8;
  /** Own and peer's address, network order. */
  local: u32;
  remote: u32;
  /** As `Socket.ports`. */
  ports: u32;
  /** usize → next with the same hash. */
  next: usize;
  /** State of Challenge. */
  challenges: u8;
  /** With HALF_FAST: number of the listener's record and 1; 0 = it has been closed. */
  fastListener: u16;
  /** usize → Tcb of the listener, with HALF_FAST of the connection; 0 = free. */
  listener: usize;
  /** Ticks: when the SYN-ACK goes out again, or the wait of TCP_DEFER_ACCEPT ends. */
  deadline: u32;
  /** Ticks at which the first SYN-ACK went out. */
  sentAt: u32;
  /** TS.Recent, and what is added to the long ticks for TSval; valid with TCP_HAS_TIMESTAMPS. */
  tsRecent: u32;
  tsOffset: u32;
  /** What the peer takes, at most TCP_MAXSEG of the listener; with HALF_FAST our MSS option. */
  peerMss: u16;
  /** The window in the SYN-ACK, bytes. */
  window: u16;

  @inline static at(p: usize): HalfOpen {
    return changetype<HalfOpen>(p);
  }

  @inline is(flags: u32): bool {
    return (<u32>this.flags & flags) != 0;
  }

  /** `flags`, and in the second byte `retries`. */
  @inline private marks(): u32 {
    return <u32>load<u16>(changetype<usize>(this), offsetof<HalfOpen>("flags"));
  }

  @inline raise(flags: u32): void {
    this.flags = <u8>(<u32>this.flags | flags);
  }

  @inline lower(flags: u32): void {
    this.flags = <u8>(<u32>this.flags & ~flags);
  }

  /** Shift of the window in what the peer sends after its SYN. */
  @inline sndScale(): u32 {
    return CONFIG_NET_TCP_WINDOW_SCALE ? <u32>this.scales & 0xff : 0;
  }

  /** Shift of the window in what we send after our SYN. */
  @inline rcvScale(): u32 {
    return CONFIG_NET_TCP_WINDOW_SCALE ? <u32>this.scales >>> 8 : 0;
  }

  /**
   * Takes over a SYN that came for `listener`: who sent it, and what of its options both sides have. `iss` and `deadline` are left to the
   * caller; every other field that means something is set.
   */
  @inline begin(listener: Tcb, segment: Segment): void {
    const mss = segment.hasOption(HAS_MSS) ? segment.mss : TCP_MSS_DEFAULT;
    this.beginPlain(listener, segment.local, segment.remote, segment.ports, segment.seq, mss);
    let agreed: u32 = 0;
    if (CONFIG_NET_TCP_TIMESTAMPS && segment.hasOption(HAS_TIMESTAMPS)) {
      agreed |= TCP_HAS_TIMESTAMPS;
      this.tsRecent = segment.tsVal;
    }
    if (CONFIG_NET_TCP_SACK && segment.hasOption(HAS_SACK_PERMITTED)) agreed |= TCP_HAS_SACK;
    if (CONFIG_NET_TCP_WINDOW_SCALE && segment.hasOption(HAS_SCALE)) {
      agreed |= TCP_HAS_SCALE;
      this.setScale(listener, segment.scale);
    }
    // RFC 3168 §6.1.1: both marks on a SYN ask for it.
    if (CONFIG_NET_TCP_ECN && (segment.flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR)) agreed |= TCP_HAS_ECN;
    this.flags = <u8>agreed;
    if (CONFIG_NET_TCP_TIMESTAMPS && agreed & TCP_HAS_TIMESTAMPS) this.stamp();
  }

  /** As `begin`, but for the deadline, for a SYN without other options than its MSS, which is `mss`: nothing is agreed. */
  @inline beginPlain(listener: Tcb, local: u32, remote: u32, ports: u32, irs: u32, mss: u32): void {
    this.listener = changetype<usize>(listener);
    this.local = local;
    this.remote = remote;
    this.ports = ports;
    this.irs = irs;
    this.sentAt = Clock.ticks();
    // `scales`, `flags` and `retries`.
    store<u32>(changetype<usize>(this), 0, offsetof<HalfOpen>("scales"));
    this.challenges = 0;
    this.offer(listener);
    this.setPeerMss(listener, mss);
  }

  /** What depends on our side alone: the window of the SYN-ACK. */
  @inline offer(listener: Tcb): void {
    const capacity = listener.ringCapacity;
    this.window = <u16>(RING_BYTES > FIELD_MAX && capacity > FIELD_MAX ? FIELD_MAX : capacity);
  }

  /** The offset of the timestamps. Addresses and ports are set. */
  stamp(): void {
    this.tsOffset = InitialSequence.timestampOffset(this.local, this.remote, this.ports);
  }

  /** Both sides scale windows: the peer by `scale`, we as the buffer of the listener needs it. */
  setScale(listener: Tcb, scale: u32): void {
    this.scales = <u16>(scale | (ReceiveWindow.scaleFor(listener.ringCapacity) << 8));
  }

  /** The peer takes segments of `mss` bytes; TCP_MAXSEG of the listener may be less. */
  setPeerMss(listener: Tcb, mss: u32): void {
    const most = <u32>listener.peerMss;
    this.peerMss = <u16>(most && most < mss ? most : mss);
  }

  /** The TSval of a segment that goes out now. */
  @inline timestamp(): u32 {
    return LongClock.now() + this.tsOffset;
  }

  /** Sends the SYN-ACK with what was agreed. */
  sendSynAck(): void {
    this.sendSynAckAt(this.is(TCP_HAS_TIMESTAMPS) ? this.timestamp() : 0);
  }

  /** As `sendSynAck`, where nothing was agreed and the caller has the fields at hand. */
  @inline sendPlain(listener: Tcb, local: u32, remote: u32, ports: u32, iss: u32, irs: u32): void {
    if (Reply.isDirect(remote)) {
      const option = WORD_MSS | Be.high16(HalfOpen.mssOn(Interfaces.nicDevice(), listener));
      const window = <u32>this.window;
      Reply.sendDirect(local, remote, ports, iss, irs + 1, TCP_SYN | TCP_ACK, window, 4, option, listener.ttlTos);
    } else {
      this.sendSynAckAt(0);
    }
  }

  /** As `sendSynAck`, with the timestamp `tsVal`, if it has one. */
  @inline sendSynAckAt(tsVal: u32): void {
    const place = Reply.options();
    const mss = this.ownMss(Tcb.of(this.listener));
    let bytes = TcpOptions.writeAgreed(place, mss, <u32>this.flags, tsVal, this.tsRecent, this.rcvScale());
    const flags = this.is(TCP_HAS_ECN) ? TCP_SYN | TCP_ACK | TCP_ECE : TCP_SYN | TCP_ACK;
    if (CONFIG_NET_TCP_FASTOPEN) bytes += FastOpenOption.write(Reply.options() + bytes);
    this.send(this.iss, flags, <u32>this.window, bytes);
  }

  /** Sends <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
  acknowledge(): void {
    let optionBytes: u32 = 0;
    if (this.is(TCP_HAS_TIMESTAMPS)) {
      optionBytes = TcpOptions.writeTimestamps(Reply.options(), this.timestamp(), this.tsRecent);
    }
    // Rounded up: the right edge that the SYN-ACK gave is not taken back.
    const scale = this.rcvScale();
    this.send(this.iss + 1, TCP_ACK, (<u32>this.window + (1 << scale) - 1) >>> scale, optionBytes);
  }

  @inline private send(seq: u32, flags: u32, field: u32, optionBytes: u32): void {
    const ttlTos = Tcb.of(this.listener).ttlTos;
    Reply.send(Tuple.at(changetype<usize>(this)), seq, this.irs + 1, flags, field, optionBytes, ttlTos);
  }

  /** Our MSS option: what the link carries (RFC 6691), or TCP_MAXSEG of the listener when that is less. */
  ownMss(listener: Tcb): u32 {
    if (CONFIG_NET_TCP_FASTOPEN && this.is(HALF_FAST)) return <u32>this.peerMss;
    const device =
      CONFIG_NET_LOOPBACK && Interfaces.isLocal(this.remote) ? Interfaces.loopbackDevice() : Interfaces.nicDevice();
    return HalfOpen.mssOn(device, listener);
  }

  @inline private static mssOn(device: Device, listener: Tcb): u32 {
    const link = device.mtu - (IPV4_HEADER_BYTES + TCP_HEADER_BYTES);
    const wanted = <u32>listener.peerMss;
    return wanted && wanted < link ? wanted : link;
  }

  /** As `establish`, by the segment that is being looked at. */
  @inline static opened(p: usize, listener: Tcb): usize {
    const segment = Segment.current();
    return HalfOpen.at(p).establish(listener, segment.seq, segment.window);
  }

  /**
   * The ACK of our SYN has come: makes the connection, ESTABLISHED, in the accept queue of its listener, which has room. The
   * record itself is left to the caller.
   *
   * When all records of sockets are taken an orphan is reset for it, and its RST is built where the payload of the segment
   * lies: then the payload is given up, and the peer sends it again.
   * @param listener that of the record; @param seq sequence number of the ACK; @param field its window field
   * @returns usize → Tcb, or 0: no record (counted)
   */
  establish(listener: Tcb, seq: u32, field: u32): usize {
    // Everything is read before anything is written: a store makes the compiler load again what it had.
    const marks = this.marks();
    const agreed = marks & AGREED;
    const flags = TCP_IN_TABLE | TCP_IN_ACCEPT_QUEUE | (marks >>> 8 ? agreed | TCP_SYN_LOST : agreed);
    let p = SocketPool.takeBare();
    if (!p) {
      const segment = Segment.current();
      segment.length = 0;
      segment.flags &= ~TCP_FIN;
      if (Connections.reclaim()) p = SocketPool.takeBare();
      if (!p) {
        Counter.add(COUNTER_DROP_TCP_BACKLOG);
        return 0;
      }
    }
    Connections.beginFor(listener, p, flags);
    const tcb = Tcb.of(p);
    const local = this.local;
    const remote = this.remote;
    const ports = this.ports;
    const scales: u32 = CONFIG_NET_TCP_WINDOW_SCALE ? this.scales : 0;
    const next = this.iss + 1;
    const expected = this.irs + 1;
    const edge = expected + <u32>this.window;
    const window = field << (scales & 0xff);
    tcb.localAddress = local;
    tcb.remoteAddress = remote;
    tcb.ports = ports;
    tcb.begin(ESTABLISHED, scales);
    tcb.sndUna = next;
    tcb.sndNxt = next;
    tcb.sndWnd = window;
    tcb.sndWndMax = window;
    tcb.sndWl1 = seq;
    // The ACK of our SYN.
    tcb.sndWl2 = next;
    tcb.rcvNxt = expected;
    tcb.rcvAdv = edge;
    tcb.lastAckSent = expected;
    const peerMss = <u32>this.peerMss;
    tcb.peerMss = <u16>peerMss;
    if (agreed & TCP_HAS_TIMESTAMPS) {
      tcb.tsRecent = this.tsRecent;
      tcb.tsRecentAt = LongClock.now();
      tcb.tsOffset = this.tsOffset;
    }
    const sentAt = this.sentAt;
    if (sentAt && !(marks & UNMEASURED)) {
      RoundTrip.first(tcb, Clock.ticks() - sentAt);
    } else {
      RoundTrip.initialise(tcb);
    }
    Connections.link(tcb, local, remote, ports);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE) HeaderOptions.keepRoute(tcb);
    Connections.openQueued(tcb, remote, peerMss, flags);
    tcb.predictFirst(flags);
    Listeners.enqueue(listener, tcb);
    return p;
  }
}

/** Bytes of a record. */
export const HALF_OPEN_BYTES: usize = 56;
if (offsetof<HalfOpen>("flags") != offsetof<HalfOpen>("scales") + 2 || offsetof<HalfOpen>("scales") & 3)
  ERROR("scales, flags and retries are one word for beginPlain");
if (offsetof<HalfOpen>("local") != offsetof<Tuple>("local") || offsetof<HalfOpen>("next") != offsetof<Tuple>("next"))
  ERROR("a half-open connection begins as Tuple has it");
if (offsetof<HalfOpen>() > HALF_OPEN_BYTES) ERROR("a half-open connection has grown beyond HALF_OPEN_BYTES");
