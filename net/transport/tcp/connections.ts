/**
 * All connections that have a full record: found by the four-tuple through a keyed hash, made, and given back.
 * The four-tuple is (remote address, remote port, local port, local address); the first three are hashed.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_MAX_CONTEXTS,
  CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_HASH_BITS,
} from "../../../config";
import { bulk_copy, bulk_sum5 } from "../../../hal/imports";
import { HeaderOptions } from "../../socket/header-options";
import { PortRange } from "../../socket/port-range";
import {
  SOCKET_TCP,
  SocketPool,
  STATE_ADDRESS_CHOSEN,
  STATE_BOUND,
  STATE_CONNECTED,
  STATE_FASTOPEN_DEFERRED,
  STATE_FASTOPEN_PENDING,
  STATE_PORT_CHOSEN,
  STATE_RECEIVE_TIMED,
  TCB_BYTES,
} from "../../socket/socket";
import { Tasks } from "../../socket/task";
import { PROTOCOL_TCP } from "../../wire/ipv4";
import { Calls } from "./calls";
import { Congestion } from "./congestion";
import {
  CLOSED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  NOT_PREDICTED,
  TCP_ACK_DELAYED,
  TCP_ACK_NOW,
  TCP_ACK_WITH_READ,
  TCP_CORK,
  TCP_CUBIC,
  TCP_HAS_TIMESTAMPS,
  TCP_IN_ACCEPT_QUEUE,
  TCP_IN_RECOVERY,
  TCP_IN_TABLE,
  TCP_KEEPALIVE,
  TCP_MSS_FLOOR,
  TCP_NODELAY,
  TCP_OOBINLINE,
  TCP_OUTPUT_BLOCKED,
  TCP_PERSISTING,
  TCP_QUICKACK,
  TCP_TIMED,
  Tcb,
} from "./connection";
import { FastOpenServer } from "./fast-open-server";
import { Listeners } from "./listener";
import { OutOfOrder } from "./out-of-order";
import { Output } from "./output";
import { ReceiveRings } from "./receive-ring";
import { SendBuffers } from "./send-buffer";
import { TcpTimers } from "./timers";
import { Tuple, TupleChain } from "./tuple";
import { TupleHash } from "./tuple-hash";

/** Flags of a listener that its connections begin with. Not SO_LINGER: a listener has its backlog in that place. */
const INHERITED: u32 = TCP_NODELAY | TCP_CORK | TCP_KEEPALIVE | TCP_OOBINLINE | TCP_QUICKACK | TCP_CUBIC;
if (INHERITED & (NOT_PREDICTED | TCP_HAS_TIMESTAMPS)) ERROR("Tcb.predictFirst does not look at what a listener gives");
/** State of an accepted socket. Its port is free when the connection is over. */
const ACCEPTED: u32 = STATE_BOUND | STATE_CONNECTED | STATE_ADDRESS_CHOSEN | STATE_PORT_CHOSEN;
/** Options of the socket in the low half of `Socket.options`, and that it may have SO_RCVTIMEO. */
const INHERITED_OPTIONS: u32 = 0xffff | STATE_RECEIVE_TIMED;

/** Flags that a connection loses when it is over. */
const OVER: u32 =
  TCP_IN_TABLE |
  TCP_TIMED |
  TCP_ACK_NOW |
  TCP_ACK_DELAYED |
  TCP_ACK_WITH_READ |
  TCP_OUTPUT_BLOCKED |
  TCP_IN_RECOVERY |
  TCP_PERSISTING;

const BITS: u32 = CONFIG_NET_TCP ? CONFIG_NET_TCP_HASH_BITS : 0;
/** usize[1 << BITS]: the heads of the chains. */
const TABLE: usize = CONFIG_NET_TCP ? memory.data(4 << CONFIG_NET_TCP_HASH_BITS, 4) : 0;

if (offsetof<Tcb>("localAddress") != offsetof<Tuple>("local") || offsetof<Tcb>("hashNext") != offsetof<Tuple>("next"))
  ERROR("a connection begins as Tuple has it");

export class Connections {
  /** usize → the head of the chain. */
  @inline private static chain(remote: u32, ports: u32): usize {
    if (BITS == 0) return TABLE;
    return TABLE + ((TupleHash.of(remote, ports) >>> (32 - BITS)) << 2);
  }

  /**
   * The connection of a segment.
   * @param local, remote addresses, network order; @param ports peer's port in the low half, own port in the high half
   * @returns usize → Tcb, or 0
   */
  @inline static find(local: u32, remote: u32, ports: u32): usize {
    return TupleChain.find(Connections.chain(remote, ports), local, remote, ports);
  }

  /** `find` as a function of its own, for slow paths. */
  static lookup(local: u32, remote: u32, ports: u32): usize {
    return Connections.find(local, remote, ports);
  }

  /** Makes `tcb` known: its addresses and ports are set, and no other connection has them. */
  static insert(tcb: Tcb): void {
    Connections.link(tcb, tcb.localAddress, tcb.remoteAddress, tcb.ports);
    tcb.raise(TCP_IN_TABLE);
  }

  /** As `insert`, with the addresses and ports at hand, for a record that has TCP_IN_TABLE already. */
  @inline static link(tcb: Tcb, local: u32, remote: u32, ports: u32): void {
    const chain = Connections.chain(remote, ports);
    if (CONFIG_NET_FAST_PATHS) tcb.cachedPseudoSum = bulk_sum5(local, remote, PROTOCOL_TCP << 8, ports, 0);
    TupleChain.add(chain, changetype<usize>(tcb));
  }

  /** Takes `tcb` out of the table, in which it is. The flag is the caller's to lower. */
  private static unlink(tcb: Tcb): void {
    TupleChain.remove(Connections.chain(tcb.remoteAddress, tcb.ports), changetype<usize>(tcb));
    tcb.hashNext = 0;
  }

  /**
   * A record from the pool for a socket of `kind`. When none is free, the orphan that has least to lose is reset to make room: an
   * application that closes its sockets never runs out because peers are slow to answer.
   * @returns 0: every record belongs to an open socket
   */
  static takeRecord(kind: u32): usize {
    const p = SocketPool.take(kind);
    return !p && Connections.reclaim() ? SocketPool.take(kind) : p;
  }

  /**
   * A new record with default options and no references.
   * @returns usize → Tcb, or 0 as `takeRecord`
   */
  static create(): usize {
    const p = Connections.takeRecord(SOCKET_TCP);
    if (!p) return 0;
    const tcb = Tcb.of(p);
    tcb.references = 0;
    Calls.open(tcb);
    return p;
  }

  /**
   * Begins a connection of `listener` in the record at `p` (SocketPool.takeBare): with its options, everything else as in a fresh one but
   * for what the caller sets: addresses, state, sequence numbers and windows.
   * The listener's record is copied: that costs less than clearing one and filling it in. `Listeners.listen` has cleared
   * what a listener does not use. So SO_RCVTIMEO and SO_SNDTIMEO come from the listener, as on Linux and the BSDs.
   * @param flags of the connection, beside those of the listener that it begins with
   */
  @inline static beginFor(listener: Tcb, p: usize, flags: u32): void {
    bulk_copy(p, changetype<usize>(listener), <u32>(TCB_BYTES >>> 2));
    const tcb = Tcb.of(p);
    if (CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE) PortRange.inherit(tcb, listener);
    tcb.options = (tcb.options & INHERITED_OPTIONS) | ACCEPTED;
    tcb.detail = (tcb.detail & INHERITED) | flags;
    tcb.references = 0;
    tcb.error = 0;
    tcb.linger = 0;
    tcb.clamp = 0;
  }

  /** Resets one orphan: in FIN-WAIT-2 rather than in CLOSING or LAST-ACK, in these rather than in FIN-WAIT-1. True when there was one. */
  static reclaim(): bool {
    let best: usize = 0;
    let bestRank: u32 = 0;
    for (let i: i32 = 0; i < CONFIG_NET_MAX_CONTEXTS; i++) {
      const p = SocketPool.record(i);
      const tcb = Tcb.of(p);
      if (tcb.kind != SOCKET_TCP || tcb.references || tcb.is(TCP_IN_ACCEPT_QUEUE)) continue;
      const state = <u32>tcb.state;
      if (state < FIN_WAIT_1 || state > LAST_ACK) continue;
      const rank: u32 = state == FIN_WAIT_2 ? 3 : state == FIN_WAIT_1 ? 1 : 2;
      if (rank > bestRank) {
        best = p;
        bestRank = rank;
      }
    }
    if (!best) return false;
    Calls.abort(Tcb.of(best));
    return true;
  }

  /**
   * What both ways of opening have in common, once both SYNs are known: segment sizes, congestion window, keep-alive.
   * Addresses, sequence numbers, windows and the flags of the options are set.
   */
  static open(tcb: Tcb): void {
    Congestion.clear(tcb);
    Connections.openQueued(tcb, tcb.remoteAddress, <u32>tcb.peerMss, tcb.detail);
  }

  /** As `open`, for a record that its listener has begun (Listeners.listen), with what it needs at hand. @param flags what both sides agreed on */
  @inline static openQueued(tcb: Tcb, remote: u32, peerMss: u32, flags: u32): void {
    const mss = Connections.mssTo(tcb, remote, peerMss);
    tcb.mss = <u16>mss;
    tcb.cwnd = Congestion.firstWindow(Tcb.roomIn(mss, flags), flags);
    if (tcb.is(TCP_KEEPALIVE)) Calls.startKeepAlive(tcb);
  }

  /** Takes the MSS that peer and path allow now. */
  static fitMss(tcb: Tcb): void {
    tcb.mss = <u16>Connections.mssTo(tcb, tcb.remoteAddress, <u32>tcb.peerMss);
  }

  /** The MSS that peer and path allow (RFC 6691, RFC 9293 §3.7.1). */
  @inline private static mssTo(tcb: Tcb, remote: u32, peerMss: u32): u32 {
    const path = Output.pathRoom(tcb, remote);
    let mss = peerMss < path ? peerMss : path;
    // Less what IP_OPTIONS take of each segment (RFC 9293 §3.7.1, MUST-16).
    const taken = HeaderOptions.bytes(tcb);
    if (mss < TCP_MSS_FLOOR + taken) mss = TCP_MSS_FLOOR + taken;
    return mss - taken;
  }

  /**
   * The connection is over: out of the table, buffers and timers back, state CLOSED. Data that an open descriptor can
   * still read stays. Without descriptors the record goes back too: do not touch it after this.
   */
  static release(tcb: Tcb): void {
    if (CONFIG_NET_TCP_FASTOPEN) {
      if (tcb.has(STATE_FASTOPEN_PENDING)) FastOpenServer.ended(tcb);
      tcb.options &= ~STATE_FASTOPEN_DEFERRED;
      if (!tcb.references) FastOpenServer.forget(tcb);
    }
    if (tcb.is(TCP_IN_TABLE)) Connections.unlink(tcb);
    if (tcb.sendBuffer) SendBuffers.detach(tcb);
    if (tcb.outOfOrder) OutOfOrder.detach(tcb);
    tcb.enter(CLOSED);
    tcb.stopTimers();
    if (tcb.is(TCP_TIMED)) TcpTimers.unlink(tcb);
    tcb.lower(OVER);
    if (tcb.references) {
      if (!tcb.ringCount) ReceiveRings.detach(tcb);
      Tasks.wake(changetype<usize>(tcb));
      return;
    }
    if (tcb.ringBase) ReceiveRings.detach(tcb);
    if (tcb.is(TCP_IN_ACCEPT_QUEUE)) Listeners.forget(tcb);
    else SocketPool.give(tcb);
  }

  /** As `release`; the next call on the socket answers `errno`. */
  static fail(tcb: Tcb, errno: i32): void {
    tcb.setError(errno);
    Connections.release(tcb);
  }
}
