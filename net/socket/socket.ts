/**
 * A socket: one record for every kind, its datagram ring beside it. Descriptors point here; several may (dup).
 * All addresses and ports are in network order, as they lie in packets.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_INITIAL_TTL,
  CONFIG_NET_IPV4_HDR_OPTIONS,
  CONFIG_NET_MAX_CONTEXTS,
  CONFIG_NET_SOCKETS_DONTROUTE,
  CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE,
  CONFIG_NET_TCP,
  CONFIG_NET_UDP,
} from "../../config";
import { Pool } from "../base/pool";
import { ON_LINK } from "../link/on-link";
import { DatagramRing } from "./datagram-ring";
import { HeaderOptionTable } from "./header-option-table";
import { PortRange } from "./port-range";
import { PACKET_SOCKETS, RAW_SOCKETS, STREAMS_ONLY, WHOLE_FRAMES } from "./raw-kinds";

/** `Socket.kind`. 0 = free. A new family or kind is a new number, a new folder and a line in operations.ts. */
export const SOCKET_UDP: u32 = 1;
/** The record is a `Tcb` (net/transport/tcp/connection.ts), which goes on after these fields. */
export const SOCKET_TCP: u32 = 2;
/** Raw sockets (net/raw) and packet sockets (net/packet). */
export const SOCKET_RAW: u32 = 3;
export const SOCKET_PACKET: u32 = 4;

/** `Socket.options`: bits that setsockopt switches. */
export const OPTION_BROADCAST: u32 = 1 << 0;
export const OPTION_REUSEADDR: u32 = 1 << 1;
export const OPTION_REUSEPORT: u32 = 1 << 2;
/** Of a stream, whose bits 3 and 4 are its own: TCP_FASTOPEN_CONNECT and TCP_FASTOPEN_NO_COOKIE. */
export const OPTION_FASTOPEN_CONNECT: u32 = 1 << 3;
export const OPTION_FASTOPEN_NO_COOKIE: u32 = 1 << 4;
/** IP_RECVERR: error-queue.ts. Bits 3 and 4 are IP_MTU_DISCOVER's: path-discovery.ts. */
export const OPTION_RECEIVE_ERRORS: u32 = 1 << 5;
/** SO_TIMESTAMPING: datagrams sent are to be stamped: timestamping.ts. */
export const OPTION_STAMP_SENT: u32 = 1 << 6;
/** SO_DEBUG. */
export const OPTION_DEBUG: u32 = 1 << 7;
/** What recvmsg says about a datagram: datagram-info.ts. */
export const OPTION_RECEIVE_PKTINFO: u32 = 1 << 8;
export const OPTION_RECEIVE_TTL: u32 = 1 << 9;
export const OPTION_RECEIVE_TOS: u32 = 1 << 10;
export const OPTION_TIMESTAMP: u32 = 1 << 11;
export const OPTION_TIMESTAMPNS: u32 = 1 << 12;
/** SO_PRIORITY, three bits: priority.ts. */
export const OPTION_PRIORITY_SHIFT: u32 = 13;
/** State bits kept in the same word. */
export const STATE_NONBLOCK: u32 = 1 << 16;
export const STATE_BOUND: u32 = 1 << 17;
export const STATE_CONNECTED: u32 = 1 << 18;
export const STATE_READ_SHUT: u32 = 1 << 19;
export const STATE_WRITE_SHUT: u32 = 1 << 20;
/** The local address was chosen by connect and not by bind: the next connect may choose another. */
export const STATE_ADDRESS_CHOSEN: u32 = 1 << 21;
/** The local port of a stream was chosen by connect or accept, and is given up when the connection is over. */
export const STATE_PORT_CHOSEN: u32 = 1 << 22;
// TCP Fast Open (RFC 7413), with CONFIG_NET_TCP_FASTOPEN
/** A connection that a SYN with a cookie has opened, and whose handshake is not over: its SYN-ACK lies in the SYN queue. */
export const STATE_FASTOPEN_PENDING: u32 = 1 << 23;
/** A connection in SYN-SENT that has not sent its SYN: the first send does, with data. */
export const STATE_FASTOPEN_DEFERRED: u32 = 1 << 24;
/** Our first SYN had a cookie, asked for one, or had data. */
export const STATE_FASTOPEN_ASKED: u32 = 1 << 25;
/** Data of a SYN has been taken: by us, or by the peer. */
export const STATE_FASTOPEN_DATA: u32 = 1 << 26;
/** Its SYN has gone out, and the peer has not acknowledged it. */
export const STATE_FASTOPEN_OPENING: u32 = 1 << 29;
/** Why nothing of it was used: FASTOPEN_* of fast-open-client.ts, in two bits from this place on. */
export const STATE_FASTOPEN_STATUS: u32 = 27;

/** A receiving call may have a time-out: `receiveTimeout` has been set. */
export const STATE_RECEIVE_TIMED: u32 = 1 << 30;

/** Events that a task can wait for on a socket. */
export const EVENT_READ: u32 = 1;
export const EVENT_WRITE: u32 = 2;
export const EVENT_ERROR: u32 = 4;
export const EVENT_HANGUP: u32 = 8;
/** Urgent data: the exceptional condition of select. */
export const EVENT_PRIORITY: u32 = 16;
/** The peer sends nothing more (EPOLLRDHUP). */
export const EVENT_READ_HANGUP: u32 = 32;

@unmanaged
export class Socket {
  /** OPTION_* and STATE_*. While the record is free this word is the pool's link. */
  options: u32;
  /** Descriptors that refer to it. */
  references: u16;
  /** Of a stream: SO_RCVLOWAT, bytes; 0 counts as 1. */
  receiveLowWater: u16;
  /** Checksum of the IP header that the last datagram had, as far as it does not change: see cachedHeader0. */
  cachedIpSum: u32;

  // As net/transport/tcp/tuple.ts has it
  /** Local address; 0 = any. */
  localAddress: u32;
  /** Peer of a connected socket; 0 when it is not connected. */
  remoteAddress: u32;
  /** Peer's port in the low half, local port in the high half: the first word of a datagram sent to this socket. */
  ports: u32;
  /** usize → next Socket with the same hash of its local port; 0 = last. */
  hashNext: usize;

  /** Sum of the pseudo-header without the length. */
  cachedPseudoSum: u32;
  /**
   * What the last datagram to `cachedDestination` went through, so that the next one need not ask again: the Ethernet
   * header, the largest payload, and the parts of both checksums that do not change. Right while `cachedGeneration` is
   * Neighbours.generation(), and while nothing about the socket changes that decides whether and how it may send:
   * `set`, `setError` and `setTtlTos` forget it. Kinds that do not remember use the words from `cachedHeader0` on for
   * fields of their own. Without CONFIG_NET_FAST_PATHS nobody remembers, and a connection has fields of its own in all of these words
   * (net/transport/tcp/near-fields.ts): that is why they lie at the beginning.
   */
  cachedHeader0: u32;
  cachedHeader1: u32;
  cachedHeader2: u32;
  cachedHeader3: u32;
  cachedRoom: u32;
  cachedGeneration: u32;
  cachedDestination: u32;
  /**
   * The ways that it may use, as Route.find wants them: the interface that it is bound to (SO_BINDTODEVICE), 0 = any, and ON_LINK
   * (SO_DONTROUTE).
   */
  way: u16;
  /** Of a stream: TCP_LINGER2, seconds; 0 = the configured time. */
  finWait2Timeout: u16;
  cachedSource: u32;
  /** errno of the next call (SO_ERROR), 0 for none. Reading clears it. */
  error: i32;
  /** TTL in the low byte, type of service in the second. */
  ttlTos: u32;
  /** For the kind of socket to use: the flags of a Tcb. */
  detail: u32;

  /** The time-outs of calls. Beside connections, without CONFIG_NET_FAST_PATHS, a connection has fields of its own here: see TIMEOUTS. */
  timeouts0: u32;
  timeouts1: u32;
  timeouts2: u32;
  timeouts3: u32;

  /** What has arrived: datagrams (DatagramRing), or the bytes of a stream (ReceiveRing). */
  ringBase: usize;
  ringCapacity: u32;
  ringHead: u32;
  ringTail: u32;
  ringWrap: u32;
  ringCount: u32;

  /**
   * SOCKET_*; 0 while the record is free. The last field: every call looks at it first, and a bounds check of the last
   * field serves for all the others.
   */
  kind: u32;

  @inline static at(p: usize): Socket {
    return changetype<Socket>(p);
  }

  /** Longest wait of a receiving call, µs; 0 = for ever (SO_RCVTIMEO). */
  @inline get receiveTimeout(): u64 {
    return load<u64>(changetype<usize>(this), TIMEOUTS);
  }
  set receiveTimeout(micros: u64) {
    store<u64>(changetype<usize>(this), micros, TIMEOUTS);
  }

  /** Longest wait of a sending call, µs; 0 = for ever (SO_SNDTIMEO). */
  @inline get sendTimeout(): u64 {
    return load<u64>(changetype<usize>(this), TIMEOUTS + 8);
  }
  set sendTimeout(micros: u64) {
    store<u64>(changetype<usize>(this), micros, TIMEOUTS + 8);
  }

  /** Interface that it is bound to (SO_BINDTODEVICE), 0 = any. */
  @inline get boundInterface(): u32 {
    return CONFIG_NET_SOCKETS_DONTROUTE ? <u32>this.way & ~ON_LINK : <u32>this.way;
  }
  set boundInterface(index: u32) {
    this.way = <u16>(CONFIG_NET_SOCKETS_DONTROUTE ? (this.way & ON_LINK) | index : index);
  }

  /** The datagram ring inside this record. */
  @inline ring(): DatagramRing {
    return changetype<DatagramRing>(changetype<usize>(this) + offsetof<Socket>("ringBase"));
  }

  @inline localPort(): u32 {
    return this.ports >>> 16;
  }

  @inline remotePort(): u32 {
    return this.ports & 0xffff;
  }

  @inline setLocalPort(port: u32): void {
    this.ports = (this.ports & 0xffff) | (port << 16);
  }

  @inline setRemotePort(port: u32): void {
    this.ports = (this.ports & 0xffff0000) | port;
  }

  /** True for a kind that gives and takes messages, not a stream. */
  @inline isDatagram(): bool {
    return WHOLE_FRAMES ? this.kind != SOCKET_TCP : this.isUdp();
  }

  @inline isUdp(): bool {
    return CONFIG_NET_UDP && this.kind == SOCKET_UDP;
  }

  /** True for TCP, of a record that is in use: where TCP is the only kind there is, nobody looks. */
  @inline isStream(): bool {
    return CONFIG_NET_TCP && (STREAMS_ONLY || this.kind == SOCKET_TCP);
  }

  @inline isRaw(): bool {
    return RAW_SOCKETS && this.kind == SOCKET_RAW;
  }

  @inline isPacket(): bool {
    return PACKET_SOCKETS && this.kind == SOCKET_PACKET;
  }

  @inline has(bits: u32): bool {
    return (this.options & bits) != 0;
  }

  /** The next datagram or segment asks for its way anew: something has changed that decides whether and how the socket may send. */
  @inline forgetWay(): void {
    if (CONFIG_NET_FAST_PATHS) this.cachedGeneration = 0;
  }

  /** Switches `bits` on or off. */
  set(bits: u32, on: bool): void {
    const options = this.options | bits;
    this.options = on ? options : options ^ bits;
    this.forgetWay();
  }

  /** SO_RCVTIMEO, µs; 0 = for ever. */
  setReceiveTimeout(time: u64): void {
    this.receiveTimeout = time;
    this.options |= STATE_RECEIVE_TIMED;
  }

  /** The next call on this socket answers `error`. */
  setError(error: i32): void {
    this.error = error;
    this.forgetWay();
  }

  /** TTL in the low byte, type of service in the second. */
  setTtlTos(value: u32): void {
    this.ttlTos = value;
    this.forgetWay();
  }

  /** The pending error, which is cleared. */
  takeError(): i32 {
    const error = this.error;
    this.error = 0;
    return error;
  }
}

/**
 * Where the time-outs lie. Beside connections, without fast paths, behind the words that all sockets have: a connection has what it asks for
 * more often in their place (net/transport/tcp/near-fields.ts), and every record has the length of one.
 */
export const TIMEOUTS: usize =
  CONFIG_NET_TCP && !CONFIG_NET_FAST_PATHS ? offsetof<Socket>() + 4 : offsetof<Socket>("timeouts0");
/** Bytes of a connection's record, held against `Tcb` in net/transport/tcp/connection.ts. */
export const TCB_BYTES: usize = 256;
/** Bytes of a socket's record. */
export const SOCKET_BYTES: usize = CONFIG_NET_TCP ? TCB_BYTES : offsetof<Socket>();

function storage(): usize {
  return memory.data(CONFIG_NET_MAX_CONTEXTS * <i32>(CONFIG_NET_TCP ? 256 : offsetof<Socket>()), 8);
}
const POOL: usize = memory.data<u32>([CONFIG_NET_MAX_CONTEXTS, <u32>SOCKET_BYTES, 0, 0, 0, 0]);

/** The pool of socket records. */
export class SocketPool {
  static initialise(): void {
    Pool.at(POOL).initialise(storage());
  }

  /** A zeroed record with the default options, or 0 when CONFIG_NET_MAX_CONTEXTS are open. */
  static take(kind: u32): usize {
    const p = Pool.at(POOL).take();
    if (!p) return 0;
    const socket = Socket.at(p);
    socket.kind = kind;
    socket.references = 1;
    socket.ttlTos = CONFIG_NET_INITIAL_TTL;
    return p;
  }

  /** A record with whatever its last owner left in it but for the kind, or 0 when CONFIG_NET_MAX_CONTEXTS are open. */
  static takeDirty(kind: u32): usize {
    const p = SocketPool.takeBare();
    if (p) Socket.at(p).kind = kind;
    return p;
  }

  /** As `takeDirty`; the kind is the caller's to set, too. */
  @inline static takeBare(): usize {
    return Pool.at(POOL).takeDirty();
  }

  static give(socket: Socket): void {
    socket.kind = 0;
    if (CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE) PortRange.forget(socket);
    if (CONFIG_NET_IPV4_HDR_OPTIONS) HeaderOptionTable.forget(SocketPool.indexOf(changetype<usize>(socket)));
    Pool.at(POOL).give(changetype<usize>(socket));
  }

  /** Address of record `index` (0 ≤ index < CONFIG_NET_MAX_CONTEXTS), in use or not. */
  @inline static record(index: i32): usize {
    return storage() + <usize>index * SOCKET_BYTES;
  }

  /** Index of the record at `p`, which is one of this pool. */
  static indexOf(p: usize): i32 {
    return <i32>(<u32>(p - storage()) / <u32>SOCKET_BYTES);
  }

  /** True when `p` is the address of a record of this pool, in use or not. */
  @inline static owns(p: usize): bool {
    return p - storage() < <usize>CONFIG_NET_MAX_CONTEXTS * SOCKET_BYTES;
  }

  /** The statistics of the pool. */
  @inline static pool(): usize {
    return POOL;
  }
}
