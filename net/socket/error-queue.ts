/**
 * The error queue of a socket (ip(7), recv(2) of Linux): what went wrong with a datagram that it has sent, with the beginning of that
 * datagram's payload, until recvmsg with MSG_ERRQUEUE takes it; and, with SO_TIMESTAMPING, when a datagram was sent. Only with
 * CONFIG_NET_SOCKETS_RECVERR.
 *
 * All sockets share CONFIG_NET_SOCKETS_ERROR_QUEUE places; without a free one the newest error is counted and dropped, as on Linux one
 * that the receive buffer has no room for. A place holds at most CONFIG_NET_SOCKETS_ERROR_PAYLOAD bytes of payload: more is cut, which
 * Linux, that keeps what was quoted, does not do.
 */
import {
  CONFIG_NET_CONTEXT_TIMESTAMPING,
  CONFIG_NET_MAX_CONTEXTS,
  CONFIG_NET_SOCKETS_ERROR_PAYLOAD,
  CONFIG_NET_SOCKETS_ERROR_QUEUE,
  CONFIG_NET_SOCKETS_RECVERR,
} from "../../config";
import { COUNTER_DROP_ERROR_QUEUE_FULL, Counter } from "../base/counters";
import { EMSGSIZE } from "../base/errno";
import { Pool } from "../base/pool";
import { DATAGRAM_INFO, DATAGRAM_INFO_BYTES, DatagramInfo } from "./datagram-info";
import { OPTION_RECEIVE_ERRORS, Socket, SocketPool } from "./socket";
import { Tasks } from "./task";

/** True when sockets have error queues. */
export const ERROR_QUEUE: bool = CONFIG_NET_SOCKETS_RECVERR;
/** True when time stamps of what was sent can be queued. */
export const SEND_STAMPS: bool = CONFIG_NET_SOCKETS_RECVERR && CONFIG_NET_CONTEXT_TIMESTAMPING;

/** `ee_origin`: who found the error. Linux's SO_EE_ORIGIN_*. */
export const ORIGIN_LOCAL: u32 = 1;
export const ORIGIN_ICMP: u32 = 2;
export const ORIGIN_TIMESTAMPING: u32 = 4;

/** A queued error. Behind these fields: DATAGRAM_INFO_BYTES about the ICMP message (datagram-info.ts), then the payload. */
@unmanaged
@final
export class QueuedError {
  /** usize → the next one of the same socket, 0 = the last. While the place is free this word is the pool's link. */
  next: usize;
  /** WASI errno. */
  errno: i32;
  /** ORIGIN_*, type and code of the ICMP message in bytes 0, 1 and 2, as they lie in a sock_extended_err. */
  kind: u32;
  /** `ee_info` and `ee_data`. */
  info: u32;
  data: u32;
  /** Where the datagram went, network order; 0 = not said. */
  destination: u32;
  /** Who sent the ICMP message, network order; 0 = nobody. */
  offender: u32;
  /** Port of the destination, network order. */
  port: u16;
  /** Bytes of payload. */
  length: u16;

  @inline static at(p: usize): QueuedError {
    return changetype<QueuedError>(p);
  }

  @inline origin(): u32 {
    return this.kind & 0xff;
  }

  /** usize → u8[DATAGRAM_INFO_BYTES]. */
  @inline place(): usize {
    return changetype<usize>(this) + offsetof<QueuedError>();
  }

  /** usize → u8[length]: the beginning of the payload, 8-aligned. */
  @inline payload(): usize {
    return changetype<usize>(this) + offsetof<QueuedError>() + DATAGRAM_INFO_BYTES;
  }

  /** Keeps as much of `bytes` bytes at `source` (usize → u8[bytes]) as there is room for. */
  setPayload(source: usize, bytes: u32): void {
    const kept = min<u32>(bytes, CONFIG_NET_SOCKETS_ERROR_PAYLOAD);
    memory.copy(this.payload(), source, kept);
    this.length = <u16>kept;
  }
}

const PLACE_BYTES: u32 = <u32>offsetof<QueuedError>() + DATAGRAM_INFO_BYTES + CONFIG_NET_SOCKETS_ERROR_PAYLOAD;

/** Memory of this file. In functions, so that an image without error queues has nothing of it. */
class Memory {
  static storage(): usize {
    return memory.data(
      CONFIG_NET_SOCKETS_ERROR_QUEUE * (32 + <i32>DATAGRAM_INFO_BYTES + CONFIG_NET_SOCKETS_ERROR_PAYLOAD),
      8,
    );
  }

  static pool(): usize {
    return memory.data<u32>([CONFIG_NET_SOCKETS_ERROR_QUEUE, PLACE_BYTES, 0, 0, 0, 0]);
  }

  /** usize first, usize last of each record of the pool of sockets. */
  static ends(): usize {
    return memory.data(CONFIG_NET_MAX_CONTEXTS * 8, 4);
  }
}

export class ErrorQueue {
  static initialise(): void {
    Pool.at(Memory.pool()).initialise(Memory.storage());
  }

  /** The statistics of the places. */
  @inline static pool(): usize {
    return Memory.pool();
  }

  /** usize → usize first, usize last of `socket`. */
  private static ends(socket: Socket): usize {
    return Memory.ends() + ((<usize>SocketPool.indexOf(changetype<usize>(socket))) << 3);
  }

  /** usize → the oldest QueuedError of `socket`, or 0. */
  @inline static first(socket: Socket): usize {
    return load<usize>(ErrorQueue.ends(socket));
  }

  /**
   * Queues an error of `socket` and wakes whoever waits for its events: of `kind` (see QueuedError) and `errno`, without payload, destination or offender.
   * @returns usize → the QueuedError, for the caller to fill in, or 0 (counted): no place is free
   */
  static add(socket: Socket, errno: i32, kind: u32): usize {
    const p = Pool.at(Memory.pool()).take();
    if (!p) {
      Counter.add(COUNTER_DROP_ERROR_QUEUE_FULL);
      return 0;
    }
    const error = QueuedError.at(p);
    error.errno = errno;
    error.kind = kind;
    if (DATAGRAM_INFO) DatagramInfo.keep(error.place());
    const ends = ErrorQueue.ends(socket);
    const last = load<usize>(ends, 4);
    if (last) QueuedError.at(last).next = p;
    else store<usize>(ends, p);
    store<usize>(ends, p, 4);
    Tasks.wake(changetype<usize>(socket));
    return p;
  }

  /**
   * A datagram of `socket` was refused because the path takes no more than `mtu` bytes in one piece (EMSGSIZE): queued when the socket has
   * IP_RECVERR. The pending error of the socket stays as it is, since the call itself says so.
   * @param destination, port network order. Linux has the port of a connected socket's peer there, 0 without a peer
   */
  static tooBig(socket: Socket, destination: u32, port: u32, mtu: u32): void {
    if (!socket.has(OPTION_RECEIVE_ERRORS)) return;
    const p = ErrorQueue.add(socket, EMSGSIZE, ORIGIN_LOCAL);
    if (!p) return;
    const error = QueuedError.at(p);
    error.info = mtu;
    error.destination = destination;
    error.port = <u16>port;
  }

  /**
   * Takes the oldest error out of the queue. As on Linux the pending error (SO_ERROR) becomes that of the next one when that came by ICMP, and
   * none when the one taken did and the next one did not.
   * @returns usize → QueuedError, to be given back with `give`; 0: the queue is empty
   */
  static take(socket: Socket): usize {
    const ends = ErrorQueue.ends(socket);
    const p = load<usize>(ends);
    if (!p) return 0;
    const next = QueuedError.at(p).next;
    store<usize>(ends, next);
    if (!next) store<usize>(ends, 0, 4);
    if (next && QueuedError.at(next).origin() == ORIGIN_ICMP) socket.setError(QueuedError.at(next).errno);
    else if (QueuedError.at(p).origin() == ORIGIN_ICMP) socket.error = 0;
    // There is one more to be read, also for who is told of changes alone.
    if (next) Tasks.wake(changetype<usize>(socket));
    return p;
  }

  /** The place of an error that was taken is free. */
  @inline static give(p: usize): void {
    Pool.at(Memory.pool()).give(p);
  }

  /** Forgets what `socket` has queued: IP_RECVERR is switched off, or the socket is closed. */
  static purge(socket: Socket): void {
    const ends = ErrorQueue.ends(socket);
    let p = load<usize>(ends);
    store<usize>(ends, 0);
    store<usize>(ends, 0, 4);
    while (p) {
      const next = QueuedError.at(p).next;
      ErrorQueue.give(p);
      p = next;
    }
  }
}

if (offsetof<QueuedError>() != 32) ERROR("a queued error has 32 bytes before what datagram-info.ts says");
