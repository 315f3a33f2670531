/** AF_UNIX: names, connections and their ends (POSIX; Linux's unix(7) where that leaves it open). */
import { CONFIG_NET_SOCKETS_UNIX_MAX, CONFIG_NET_SOCKETS_UNIX_NAME } from "../../config";
import {
  EADDRINUSE,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  ENOBUFS,
  ENOENT,
  ENOTCONN,
  ENOTSUP,
  EPERM,
  EPROTOTYPE,
  PENDING,
} from "../base/errno";
import { Handle } from "../socket/handle";
import { STATE_BOUND, STATE_CONNECTED, STATE_NONBLOCK, STATE_READ_SHUT, STATE_WRITE_SHUT } from "../socket/socket";
import { Task, Tasks } from "../socket/task";
import { LocalName } from "./local-name";
import { LOCAL_LISTENS, LOCAL_PEER_GONE, LocalSocket, LocalSockets } from "./local-socket";
import { MessageRing } from "./message-ring";

/** Largest backlog (SOMAXCONN). */
const BACKLOG_MOST: i32 = 128;
/** Digits of a name that the core chooses, as Linux has them. */
const CHOSEN_DIGITS: u32 = 5;

export class LocalConnection {
  /** Makes two new sockets each other's peer. */
  static join(a: LocalSocket, b: LocalSocket): void {
    a.peer = changetype<usize>(b);
    b.peer = changetype<usize>(a);
    a.set(STATE_CONNECTED, true);
    b.set(STATE_CONNECTED, true);
  }

  /**
   * Gives the socket the name in LocalName.given; without one an abstract name is chosen.
   * @returns 0, -EINVAL (it has a name), -EADDRINUSE
   */
  static bind(socket: LocalSocket): i32 {
    if (socket.nameLength) return -EINVAL;
    const name = LocalName.given();
    if (!name.length) LocalConnection.choose(socket);
    else if (LocalSockets.find(name.bytes(), name.length)) return -EADDRINUSE;
    socket.nameLength = name.length;
    memory.copy(socket.name(), name.bytes(), name.length);
    socket.set(STATE_BOUND, true);
    return 0;
  }

  /** A free abstract name: NUL and five digits. Of more names than there are sockets, one is free. */
  private static choose(socket: LocalSocket): void {
    const name = LocalName.given();
    name.length = 1 + CHOSEN_DIGITS;
    let number = LocalSockets.indexOf(socket);
    for (let tries: i32 = 0; tries <= CONFIG_NET_SOCKETS_UNIX_MAX; tries++) {
      store<u8>(name.bytes(), 0);
      let rest = number;
      for (let i: u32 = CHOSEN_DIGITS; i; i--) {
        const digit = rest & 0xf;
        store<u8>(name.bytes() + i, digit < 10 ? 48 + digit : 87 + digit);
        rest >>>= 4;
      }
      if (!LocalSockets.find(name.bytes(), name.length)) return;
      number += CONFIG_NET_SOCKETS_UNIX_MAX;
    }
  }

  /** usize → LocalSocket with the name in LocalName.given and the type of `socket`; 0: then `findError` says why. */
  static find(socket: LocalSocket): usize {
    const name = LocalName.given();
    const p = LocalSockets.find(name.bytes(), name.length);
    return p && LocalSocket.at(p).type == socket.type ? p : 0;
  }

  /** Why `find` found nothing: -ENOENT, -ECONNREFUSED (an abstract name), -EPROTOTYPE (another type), -EINVAL (no name was given). */
  static findError(): i32 {
    const name = LocalName.given();
    if (!name.length) return -EINVAL;
    if (LocalSockets.find(name.bytes(), name.length)) return -EPROTOTYPE;
    return name.isAbstract() ? -ECONNREFUSED : -ENOENT;
  }

  /** Listens. 0, -ENOTSUP (datagrams), -EINVAL (it has no name, or is connected). */
  static listen(socket: LocalSocket, backlog: i32): i32 {
    if (!socket.isConnectionType()) return -ENOTSUP;
    if (!socket.has(STATE_BOUND) || socket.has(STATE_CONNECTED)) return -EINVAL;
    socket.backlog = <u32>max<i32>(1, min<i32>(backlog, BACKLOG_MOST));
    socket.set(LOCAL_LISTENS, true);
    LocalSockets.wakeAwaiting(changetype<usize>(socket));
    return 0;
  }

  /**
   * Connects to the name in LocalName.given. A stream is connected when it is in the listener's queue; it waits only for room there. A
   * datagram socket may be connected again.
   * @returns 0, PENDING, -EINVAL (it listens; no name was given), -EISCONN, -ENOENT, -ECONNREFUSED (an abstract name that nobody has;
   *   nobody listens), -EPROTOTYPE, -EPERM (datagrams: it is connected to another), -EAGAIN (the queue is full, and the call must not
   *   wait or its time is over), -ENOBUFS (no socket is left for the other end)
   */
  static connect(socket: LocalSocket, task: i32): i32 {
    const result = LocalConnection.tryConnect(socket, task);
    if (result != PENDING) Task.at(task).finish();
    return result;
  }

  private static tryConnect(socket: LocalSocket, task: i32): i32 {
    if (socket.has(LOCAL_LISTENS)) return -EINVAL;
    const isConnection = socket.isConnectionType();
    if (isConnection && socket.has(STATE_CONNECTED)) return -EISCONN;
    const p = LocalConnection.find(socket);
    if (!p) return LocalConnection.findError();
    const target = LocalSocket.at(p);
    if (!isConnection) {
      if (target.peer && target.peer != changetype<usize>(socket)) return -EPERM;
      socket.peer = p;
      socket.set(STATE_CONNECTED, true);
      socket.set(LOCAL_PEER_GONE, false);
      return 0;
    }
    if (!target.has(LOCAL_LISTENS) || target.has(STATE_READ_SHUT)) return -ECONNREFUSED;
    if (target.queued >= target.backlog) return LocalConnection.awaitRoom(socket, task, p, socket.sendTimeout);
    const other = LocalSockets.take(socket.type, 0);
    if (!other) return -ENOBUFS;
    const end = LocalSocket.at(other);
    end.nameLength = target.nameLength;
    memory.copy(end.name(), target.name(), CONFIG_NET_SOCKETS_UNIX_NAME);
    LocalConnection.join(socket, end);
    if (target.queueLast) LocalSocket.at(target.queueLast).queueNext = other;
    else target.queueFirst = other;
    target.queueLast = other;
    target.queued += 1;
    Tasks.wake(p);
    return 0;
  }

  /** PENDING until `target` has room, or -EAGAIN. */
  static awaitRoom(socket: LocalSocket, task: i32, target: usize, timeout: u64): i32 {
    const waiting = Task.at(task);
    if (socket.has(STATE_NONBLOCK) || waiting.timedOut()) return -EAGAIN;
    socket.awaited = target;
    waiting.wait(changetype<usize>(socket), timeout);
    return PENDING;
  }

  /**
   * The next connection of a listener, with one reference: usize → LocalSocket.
   * @returns it, PENDING, -ENOTSUP (datagrams), -EINVAL (it does not listen, or is shut), -EAGAIN
   */
  static accept(socket: LocalSocket, task: i32): i32 {
    const waiting = Task.at(task);
    let error = 0;
    if (!socket.isConnectionType()) error = -ENOTSUP;
    else if (!socket.has(LOCAL_LISTENS)) error = -EINVAL;
    else if (!socket.queueFirst) {
      if (socket.has(STATE_READ_SHUT)) error = -EINVAL;
      else if (socket.has(STATE_NONBLOCK) || waiting.timedOut()) error = -EAGAIN;
      else {
        waiting.wait(changetype<usize>(socket), socket.receiveTimeout);
        return PENDING;
      }
    }
    waiting.finish();
    if (error) return error;
    const p = LocalConnection.dequeue(socket);
    LocalSocket.at(p).references = 1;
    LocalSockets.wakeAwaiting(changetype<usize>(socket));
    return <i32>p;
  }

  private static dequeue(listener: LocalSocket): usize {
    const p = listener.queueFirst;
    const next = LocalSocket.at(p).queueNext;
    LocalSocket.at(p).queueNext = 0;
    listener.queueFirst = next;
    if (!next) listener.queueLast = 0;
    listener.queued -= 1;
    return p;
  }

  /** Closes directions, and wakes both ends. 0, -ENOTCONN. A listener shut for reading takes no more connections. */
  static shutdown(socket: LocalSocket, read: bool, write: bool): i32 {
    if (!socket.has(STATE_CONNECTED) && !socket.has(LOCAL_LISTENS)) return -ENOTCONN;
    if (read) socket.set(STATE_READ_SHUT, true);
    if (write) socket.set(STATE_WRITE_SHUT, true);
    Tasks.wake(changetype<usize>(socket));
    LocalSockets.wakeAwaiting(changetype<usize>(socket));
    return 0;
  }

  /** The last descriptor is gone: so are its name, what it has not read, and the connections that nobody has accepted. */
  static close(handle: Handle): void {
    const socket = changetype<LocalSocket>(handle);
    while (socket.queueFirst) {
      const waiting = LocalSocket.at(LocalConnection.dequeue(socket));
      LocalConnection.part(waiting, true);
      MessageRing.discard(waiting);
      LocalSockets.give(waiting);
    }
    if (socket.isConnectionType()) LocalConnection.part(socket, socket.ringUsed != 0);
    else LocalSockets.disconnect(changetype<usize>(socket));
    MessageRing.discard(socket);
    socket.kind = 0;
    LocalSockets.wakeAwaiting(changetype<usize>(socket));
    LocalSockets.give(socket);
  }

  /** The end `socket` of a connection goes away; `reset`: with something that it should have read. */
  private static part(socket: LocalSocket, reset: bool): void {
    const p = socket.peer;
    if (!p) return;
    const peer = LocalSocket.at(p);
    peer.peer = 0;
    if (reset) peer.error = ECONNRESET;
    Tasks.wake(p);
  }
}
