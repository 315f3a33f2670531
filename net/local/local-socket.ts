/**
 * An AF_UNIX socket: its record, with its name and its receive buffer behind it. All of its state lies here; what connects two of them
 * is the address of the other.
 */
import {
  CONFIG_NET_SOCKETS_UNIX,
  CONFIG_NET_SOCKETS_UNIX_BUFFER,
  CONFIG_NET_SOCKETS_UNIX_MAX,
  CONFIG_NET_SOCKETS_UNIX_NAME,
} from "../../config";
import { Pool } from "../base/pool";
import { HANDLE_LOCAL, Handle } from "../socket/handle";
import { STATE_BOUND, STATE_CONNECTED } from "../socket/socket";
import { Tasks } from "../socket/task";

/** `LocalSocket.type`. */
export const LOCAL_STREAM: u32 = 1;
export const LOCAL_DATAGRAM: u32 = 2;
export const LOCAL_SEQUENCED: u32 = 3;

/** `Handle.options`, beside STATE_*: it listens. */
export const LOCAL_LISTENS: u32 = 1 << 0;
/** `Handle.options`: the peer of a datagram socket was closed, and nobody has been told. */
export const LOCAL_PEER_GONE: u32 = 1 << 1;

@unmanaged
@final
export class LocalSocket extends Handle {
  /** LOCAL_STREAM, LOCAL_DATAGRAM, LOCAL_SEQUENCED. */
  type: u32;
  /** usize → LocalSocket: the other end; of datagrams the default destination. 0 = none. */
  peer: usize;
  /** errno of the next call (SO_ERROR), 0 for none. */
  error: i32;
  /** usize → LocalSocket: a call waits until this one has room for a message, or for a connection. */
  awaited: usize;

  // ---- a listener, and what waits to be accepted --------------------------------------------------------------------
  backlog: u32;
  queued: u32;
  queueFirst: usize;
  queueLast: usize;
  queueNext: usize;

  /** Bytes of its name, 0 = none. A name that begins with NUL is an abstract one. */
  nameLength: u32;

  // ---- the receive buffer, see message-ring.ts ----------------------------------------------------------------------
  ringHead: u32;
  ringTail: u32;
  /** Bytes taken, headers and padding included. */
  ringUsed: u32;
  /** Bytes of the oldest message that a stream has read already. */
  ringTaken: u32;
  /** Bytes of payload that have not been read. */
  ringPayload: u32;

  /** µs, 0 = for ever (SO_RCVTIMEO, SO_SNDTIMEO). */
  receiveTimeout: u64;
  sendTimeout: u64;

  @inline static at(p: usize): LocalSocket {
    return changetype<LocalSocket>(p);
  }

  /** Bytes of every receive buffer. */
  @inline static bufferBytes(): i32 {
    return CONFIG_NET_SOCKETS_UNIX_BUFFER;
  }

  /** usize → u8[CONFIG_NET_SOCKETS_UNIX_NAME]. */
  @inline name(): usize {
    return changetype<usize>(this) + offsetof<LocalSocket>();
  }

  /** usize → u8[CONFIG_NET_SOCKETS_UNIX_BUFFER], 4-aligned. */
  @inline ring(): usize {
    return changetype<usize>(this) + offsetof<LocalSocket>() + CONFIG_NET_SOCKETS_UNIX_NAME;
  }

  /** True when both ends belong together: streams and sequenced packets. */
  @inline isConnectionType(): bool {
    return this.type != LOCAL_DATAGRAM;
  }

  /** The pending error, which is cleared. */
  takeError(): i32 {
    const error = this.error;
    this.error = 0;
    return error;
  }
}

if (offsetof<LocalSocket>() != 96) ERROR("the record of an AF_UNIX socket has 96 bytes");

/** Bytes of a record. */
const RECORD_BYTES: usize = offsetof<LocalSocket>() + CONFIG_NET_SOCKETS_UNIX_NAME + CONFIG_NET_SOCKETS_UNIX_BUFFER;

/** All AF_UNIX sockets: the pool, and the table of names. */
export class LocalSockets {
  static initialise(): void {
    Pool.at(LocalSockets.pool()).initialise(LocalSockets.storage());
  }

  /** usize → LocalSocket, new and with `references` references; 0 when all CONFIG_NET_SOCKETS_UNIX_MAX are open. */
  static take(type: u32, references: u32): usize {
    const p = Pool.at(LocalSockets.pool()).takeDirty();
    if (!p) return 0;
    memory.fill(p, 0, offsetof<LocalSocket>());
    const socket = LocalSocket.at(p);
    socket.kind = HANDLE_LOCAL;
    socket.references = references;
    socket.type = type;
    return p;
  }

  static give(socket: LocalSocket): void {
    Pool.at(LocalSockets.pool()).give(changetype<usize>(socket));
  }

  /** usize → LocalSocket: the one that is bound to this name (usize → u8[length]); 0 = nobody. */
  static find(name: usize, length: u32): usize {
    for (let i: i32 = 0; i < CONFIG_NET_SOCKETS_UNIX_MAX; i++) {
      const socket = LocalSocket.at(LocalSockets.record(i));
      if (socket.kind != HANDLE_LOCAL || !socket.has(STATE_BOUND) || socket.nameLength != length) continue;
      if (!memory.compare(socket.name(), name, length)) return changetype<usize>(socket);
    }
    return 0;
  }

  /** `target` has room again, or is gone: who waits for that looks again. */
  static wakeAwaiting(target: usize): void {
    for (let i: i32 = 0; i < CONFIG_NET_SOCKETS_UNIX_MAX; i++) {
      const socket = LocalSocket.at(LocalSockets.record(i));
      if (socket.kind != HANDLE_LOCAL || (socket.awaited != target && socket.peer != target)) continue;
      socket.awaited = 0;
      Tasks.wake(changetype<usize>(socket));
    }
  }

  /** `target` is closed: datagram sockets that are connected to it have no peer any more. */
  static disconnect(target: usize): void {
    for (let i: i32 = 0; i < CONFIG_NET_SOCKETS_UNIX_MAX; i++) {
      const socket = LocalSocket.at(LocalSockets.record(i));
      if (socket.kind != HANDLE_LOCAL || socket.isConnectionType() || socket.peer != target) continue;
      socket.peer = 0;
      socket.set(STATE_CONNECTED, false);
      socket.set(LOCAL_PEER_GONE, true);
      Tasks.wake(changetype<usize>(socket));
    }
  }

  /** Number of the record, for a name that is unique. */
  static indexOf(socket: LocalSocket): u32 {
    return <u32>((changetype<usize>(socket) - LocalSockets.storage()) / RECORD_BYTES);
  }

  @inline private static record(index: i32): usize {
    return LocalSockets.storage() + <usize>index * RECORD_BYTES;
  }

  private static storage(): usize {
    return memory.data(
      CONFIG_NET_SOCKETS_UNIX
        ? CONFIG_NET_SOCKETS_UNIX_MAX * (96 + CONFIG_NET_SOCKETS_UNIX_NAME + CONFIG_NET_SOCKETS_UNIX_BUFFER)
        : 8,
      8,
    );
  }

  /** The statistics of the pool. */
  static pool(): usize {
    return memory.data<u32>([CONFIG_NET_SOCKETS_UNIX_MAX, <u32>RECORD_BYTES, 0, 0, 0, 0]);
  }
}
