/**
 * The one place where the kinds of sockets meet the calls: a switch per operation. A new kind is a new file beside
 * datagram-socket.ts and a line in each switch. There are no indirect calls.
 */
import { CONFIG_NET_UDP } from "../../config";
import { EAFNOSUPPORT, ENFILE, ENOTSUP, EPROTONOSUPPORT, EPROTOTYPE } from "../base/errno";
import { DatagramSocket } from "./datagram-socket";
import { SOCKET_UDP, Socket, SocketPool } from "./socket";
import { Task, Tasks } from "./task";

/** Address families and types inside the core (the boundary translates). */
export const FAMILY_INET: i32 = 1;
export const FAMILY_INET6: i32 = 2;
export const TYPE_STREAM: i32 = 1;
export const TYPE_DATAGRAM: i32 = 2;
/** IP protocol numbers. */
export const PROTOCOL_UDP: i32 = 17;

/** Answer of `Operations.open`: a Socket's address, or 0 with the errno here. */
const OPEN_ERROR: usize = memory.data(4, 4);

export class Operations {
  /**
   * A new socket.
   * @param family FAMILY_*; @param type TYPE_*; @param protocol IP protocol number, 0 = the type's own
   * @returns usize → Socket with one reference, or 0; then `openError` is -EAFNOSUPPORT (a family that is not built
   *          in), -EPROTOTYPE (a type that no protocol of the family has), -EPROTONOSUPPORT, -ENFILE (all
   *          CONFIG_NET_MAX_CONTEXTS sockets are open) or -ENOBUFS (no receive ring left)
   */
  static open(family: i32, type: i32, protocol: i32): usize {
    let kind: u32 = 0;
    let error = 0;
    if (family != FAMILY_INET) error = -EAFNOSUPPORT;
    else if (type == TYPE_DATAGRAM && CONFIG_NET_UDP) kind = protocol && protocol != PROTOCOL_UDP ? 0 : SOCKET_UDP;
    else error = -EPROTOTYPE;
    if (!error && !kind) error = -EPROTONOSUPPORT;
    if (!error) {
      const p = SocketPool.take(kind);
      if (p) {
        error = DatagramSocket.open(Socket.at(p));
        if (!error) return p;
        SocketPool.give(Socket.at(p));
      } else {
        error = -ENFILE;
      }
    }
    store<i32>(OPEN_ERROR, error);
    return 0;
  }

  /** Why the last `open` failed, -errno. */
  @inline static openError(): i32 {
    return load<i32>(OPEN_ERROR);
  }

  /** One reference less; the last one closes the socket. Whoever waits on it is woken and finds EBADF. */
  static release(socket: Socket): void {
    socket.references -= 1;
    Tasks.wake(changetype<usize>(socket));
    if (socket.references) return;
    if (socket.kind == SOCKET_UDP) DatagramSocket.close(socket);
    SocketPool.give(socket);
  }

  /** @see DatagramSocket.bind */
  static bind(socket: Socket, address: u32, port: u32): i32 {
    if (socket.kind == SOCKET_UDP) return DatagramSocket.bind(socket, address, port);
    return -ENOTSUP;
  }

  /** Addresses, network order. @see DatagramSocket.connect */
  static connect(socket: Socket, address: u32, port: u32): i32 {
    if (socket.kind == SOCKET_UDP) return DatagramSocket.connect(socket, address, port);
    return -ENOTSUP;
  }

  /** Waits for connections. -EOPNOTSUPP for a socket that has none. */
  static listen(_socket: Socket, _backlog: i32): i32 {
    return -ENOTSUP;
  }

  /** The next connection. -EOPNOTSUPP for a socket that has none. */
  static accept(_socket: Socket): i32 {
    return -ENOTSUP;
  }

  /** Sends what the shared GuestVector names. @see DatagramSocket.send */
  @inline static send(socket: Socket, task: i32, address: u32, port: u32, flags: u32): i32 {
    if (socket.kind == SOCKET_UDP) return DatagramSocket.send(socket, task, address, port, flags);
    return -ENOTSUP;
  }

  /** Receives into the shared GuestVector. @see DatagramSocket.receive */
  @inline static receive(socket: Socket, task: i32, flags: u32): i32 {
    if (socket.kind == SOCKET_UDP) return DatagramSocket.receive(socket, task, flags);
    return -ENOTSUP;
  }

  /** @see DatagramSocket.shutdown */
  static shutdown(socket: Socket, read: bool, write: bool): i32 {
    if (socket.kind == SOCKET_UDP) return DatagramSocket.shutdown(socket, read, write);
    return -ENOTSUP;
  }

  /** EVENT_* that hold now. */
  static events(socket: Socket): u32 {
    if (socket.kind == SOCKET_UDP) return DatagramSocket.events(socket);
    return 0;
  }

  /** Bytes that can be read at once (FIONREAD). */
  static readable(socket: Socket): u32 {
    if (socket.kind == SOCKET_UDP) return DatagramSocket.readable(socket);
    return 0;
  }

  /** A task ends: nothing of it waits any more. */
  static forgetTask(task: i32): void {
    Task.at(task).clear();
  }
}
