/** AF_UNIX: sending, receiving, and what can be done without waiting (POSIX; Linux's unix(7) where that leaves it open). */
import {
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  ENOTSUP,
  EPERM,
  EPIPE,
  PENDING,
} from "../base/errno";
import { FLAG_DONTWAIT, RECEIVE_PEEK, RECEIVE_REAL_LENGTH } from "../socket/datagram-socket";
import { GuestVector } from "../socket/guest-vector";
import { Handle } from "../socket/handle";
import { Received } from "../socket/received";
import {
  EVENT_ERROR,
  EVENT_HANGUP,
  EVENT_READ,
  EVENT_READ_HANGUP,
  EVENT_WRITE,
  STATE_CONNECTED,
  STATE_NONBLOCK,
  STATE_READ_SHUT,
  STATE_WRITE_SHUT,
} from "../socket/socket";
import { RECEIVE_WAIT_ALL } from "../socket/stream-transfer";
import { Task, Tasks } from "../socket/task";
import { LocalConnection } from "./local-connection";
import { LocalName } from "./local-name";
import { LocalRights } from "./local-rights";
import { LOCAL_LISTENS, LOCAL_PEER_GONE, LOCAL_STREAM, LocalSocket, LocalSockets } from "./local-socket";
import { MessageRing } from "./message-ring";

export class LocalTransfer {
  /**
   * Sends what the shared GuestVector names. A stream takes what there is room for, and waits until all is taken; a message goes as a whole.
   * @param named the destination is LocalName.given, not the peer
   * @returns bytes, PENDING, -ENOTCONN, -EPIPE (shut for writing; the peer is gone, or reads no more), -EISCONN and -ENOTSUP (a destination for a
   *   stream, connected or not), -EDESTADDRREQ (datagrams: neither destination nor peer), -ECONNREFUSED, -ENOENT, -EPROTOTYPE
   *   (the destination), -EPERM (it is connected to another), -EMSGSIZE, -EAGAIN, the pending error
   */
  static send(socket: LocalSocket, task: i32, flags: u32, named: bool): i32 {
    LocalRights.sent().count = 0;
    return LocalTransfer.sendWithRights(socket, task, flags, named);
  }

  /** As `send`, with the descriptors in LocalRights.sent; of a stream they go with the first byte. */
  static sendWithRights(socket: LocalSocket, task: i32, flags: u32, named: bool): i32 {
    // A stream that has sent the first part has sent them.
    if (Task.at(task).moved) LocalRights.sent().count = 0;
    const result = socket.isConnectionType()
      ? LocalTransfer.sendToPeer(socket, task, flags, named)
      : LocalTransfer.sendDatagram(socket, task, flags, named);
    if (result != PENDING) Task.at(task).finish();
    // Room is reckoned with them while they are there.
    LocalRights.sent().count = 0;
    return result;
  }

  private static sendToPeer(socket: LocalSocket, task: i32, flags: u32, named: bool): i32 {
    if (named) return socket.has(STATE_CONNECTED) ? -EISCONN : -ENOTSUP;
    if (!socket.has(STATE_CONNECTED)) return -ENOTCONN;
    // What was taken before the call had to wait is reported first, an error with the next call.
    const done = Task.at(task).moved;
    if (LocalTransfer.cannotSend(socket)) {
      if (done) return <i32>done;
      return socket.error ? -socket.takeError() : -EPIPE;
    }
    const peer = LocalSocket.at(socket.peer);
    if (socket.type != LOCAL_STREAM) return LocalTransfer.sendMessage(socket, peer, task, flags, 0);
    const vector = GuestVector.shared();
    const part = min<u32>(vector.total - done, MessageRing.room(peer, 0));
    if (part) {
      MessageRing.append(peer, task, done, part, socket, 0);
      Tasks.wake(changetype<usize>(peer));
    }
    const moved = done + part;
    if (moved == vector.total) return <i32>moved;
    const result = LocalTransfer.waitToSend(socket, task, flags, changetype<usize>(peer));
    if (result != PENDING) return moved ? <i32>moved : result;
    Task.at(task).moved = moved;
    return PENDING;
  }

  private static sendDatagram(socket: LocalSocket, task: i32, flags: u32, named: bool): i32 {
    if (socket.has(STATE_WRITE_SHUT)) return -EPIPE;
    let p = socket.peer;
    if (named) {
      p = LocalConnection.find(socket);
      if (!p) return LocalConnection.findError();
    }
    if (!p) {
      if (!socket.has(LOCAL_PEER_GONE)) return -EDESTADDRREQ;
      socket.set(LOCAL_PEER_GONE, false);
      return -ECONNREFUSED;
    }
    const target = LocalSocket.at(p);
    if (target.peer && target.peer != changetype<usize>(socket)) return -EPERM;
    if (target.has(STATE_READ_SHUT)) return -EPIPE;
    return LocalTransfer.sendMessage(socket, target, task, flags, socket.nameLength);
  }

  private static sendMessage(socket: LocalSocket, target: LocalSocket, task: i32, flags: u32, nameLength: u32): i32 {
    const length = GuestVector.shared().total;
    if (!MessageRing.canHold(length, nameLength)) return -EMSGSIZE;
    if (!MessageRing.fits(target, length, nameLength))
      return LocalTransfer.waitToSend(socket, task, flags, changetype<usize>(target));
    MessageRing.append(target, task, 0, length, socket, nameLength);
    Tasks.wake(changetype<usize>(target));
    return <i32>length;
  }

  private static waitToSend(socket: LocalSocket, task: i32, flags: u32, target: usize): i32 {
    if (flags & FLAG_DONTWAIT) return -EAGAIN;
    return LocalConnection.awaitRoom(socket, task, target, socket.sendTimeout);
  }

  /** True when sending on a connected socket would fail at once. */
  private static cannotSend(socket: LocalSocket): bool {
    return (
      socket.error != 0 ||
      socket.has(STATE_WRITE_SHUT) ||
      !socket.peer ||
      LocalSocket.at(socket.peer).has(STATE_READ_SHUT)
    );
  }

  /**
   * Receives into the shared GuestVector; the sender of a datagram is in LocalName.sender.
   * @param flags RECEIVE_PEEK, RECEIVE_REAL_LENGTH (of a stream: the bytes are dropped), RECEIVE_WAIT_ALL (streams), FLAG_DONTWAIT
   * @returns bytes, 0 at the end, PENDING, -ENOTCONN, -EAGAIN, the pending error
   */
  static receive(socket: LocalSocket, task: i32, flags: u32): i32 {
    const result = LocalTransfer.receiveWithRights(socket, task, flags);
    LocalRights.received().drop(0);
    return result;
  }

  /**
   * As `receive`; the descriptors that came with the bytes are in LocalRights.received, and the caller's. Looking leaves them where they are. What
   * a stream reads ends behind a message that carried some, so that they come with its first byte.
   */
  static receiveWithRights(socket: LocalSocket, task: i32, flags: u32): i32 {
    LocalRights.received().count = 0;
    LocalName.sender().length = 0;
    Received.shared().truncated = 0;
    let result: i32 = -ENOTCONN;
    if (!socket.isConnectionType() || socket.has(STATE_CONNECTED)) {
      result =
        socket.type == LOCAL_STREAM
          ? LocalTransfer.receiveStream(socket, task, flags)
          : LocalTransfer.receiveMessage(socket, task, flags);
    }
    if (result != PENDING) Task.at(task).finish();
    return result;
  }

  private static receiveStream(socket: LocalSocket, task: i32, flags: u32): i32 {
    const waiting = Task.at(task);
    const vector = GuestVector.shared();
    const total = vector.total;
    if (!total) return 0;
    const peek = (flags & RECEIVE_PEEK) != 0;
    let done = waiting.moved;
    if (peek) {
      done = flags & RECEIVE_REAL_LENGTH ? min<u32>(total, socket.ringPayload) : MessageRing.peek(socket, task, total);
    } else {
      const before = done;
      while (done < total && socket.ringUsed && !(done && MessageRing.hasRights(socket))) {
        MessageRing.takeRights(socket);
        const part = min<u32>(MessageRing.frontLength(socket), total - done);
        if (!(flags & RECEIVE_REAL_LENGTH)) MessageRing.copyFront(socket, task, done, part);
        MessageRing.dropFront(socket, part);
        done += part;
        if (LocalRights.received().count) break;
      }
      if (done != before) LocalSockets.wakeAwaiting(changetype<usize>(socket));
    }
    // Descriptors end a read, even one that would wait for more.
    const marked = LocalRights.received().count != 0 || (done && socket.ringUsed && !peek);
    const full = peek && !MessageRing.room(socket, 0);
    if (done == total || full || marked || (done && !(flags & RECEIVE_WAIT_ALL))) return <i32>done;
    // What was read is reported first, an error with the next call.
    if (done && socket.error) return <i32>done;
    const result = LocalTransfer.waitToReceive(socket, task, flags);
    if (result != PENDING) return done ? <i32>done : result;
    if (!peek) waiting.moved = done;
    return PENDING;
  }

  private static receiveMessage(socket: LocalSocket, task: i32, flags: u32): i32 {
    if (!socket.ringUsed) return LocalTransfer.waitToReceive(socket, task, flags);
    const length = MessageRing.frontLength(socket);
    const copied = min<u32>(length, GuestVector.shared().total);
    MessageRing.frontName(socket);
    MessageRing.copyFront(socket, task, 0, copied);
    Received.shared().truncated = u32(copied < length);
    if (!(flags & RECEIVE_PEEK)) {
      MessageRing.takeRights(socket);
      MessageRing.dropFront(socket, length);
      LocalSockets.wakeAwaiting(changetype<usize>(socket));
    }
    return flags & RECEIVE_REAL_LENGTH ? <i32>length : <i32>copied;
  }

  /** Nothing is there: the pending error, 0 at the end, -EAGAIN, or PENDING. */
  private static waitToReceive(socket: LocalSocket, task: i32, flags: u32): i32 {
    if (socket.error) return -socket.takeError();
    if (LocalTransfer.isAtEnd(socket)) return 0;
    const waiting = Task.at(task);
    if (socket.has(STATE_NONBLOCK) || flags & FLAG_DONTWAIT || waiting.timedOut()) return -EAGAIN;
    waiting.wait(changetype<usize>(socket), socket.receiveTimeout);
    return PENDING;
  }

  /** True when nothing will follow what is in the buffer. */
  private static isAtEnd(socket: LocalSocket): bool {
    if (socket.has(STATE_READ_SHUT)) return true;
    if (!socket.isConnectionType()) return false;
    return !socket.peer || LocalSocket.at(socket.peer).has(STATE_WRITE_SHUT);
  }

  /** EVENT_* that hold now, EVENT_READ_HANGUP among them. */
  static events(handle: Handle): u32 {
    const socket = changetype<LocalSocket>(handle);
    if (socket.has(LOCAL_LISTENS)) return socket.queueFirst || socket.has(STATE_READ_SHUT) ? EVENT_READ : 0;
    if (socket.isConnectionType() && !socket.has(STATE_CONNECTED)) return EVENT_WRITE | EVENT_HANGUP;
    const end = LocalTransfer.isAtEnd(socket);
    let events: u32 = socket.ringUsed || end ? EVENT_READ : 0;
    if (socket.error) events |= EVENT_ERROR | EVENT_READ;
    if (end) events |= EVENT_READ_HANGUP;
    // POSIX: what has hung up is never writable.
    const over = socket.has(STATE_WRITE_SHUT) || (socket.isConnectionType() && !socket.peer);
    if (end && over) return events | EVENT_HANGUP;
    return LocalTransfer.isWritable(socket) ? events | EVENT_WRITE : events;
  }

  /** Sending would not wait, for a message of up to half of the buffer. */
  private static isWritable(socket: LocalSocket): bool {
    if (socket.isConnectionType() && LocalTransfer.cannotSend(socket)) return true;
    if (!socket.peer) return true;
    const peer = LocalSocket.at(socket.peer);
    return socket.type == LOCAL_STREAM ? MessageRing.room(peer, 0) != 0 : MessageRing.isRoomy(peer);
  }

  /** Bytes that can be read at once (FIONREAD): of a stream all, otherwise of the next message. */
  static readable(handle: Handle): u32 {
    const socket = changetype<LocalSocket>(handle);
    if (!socket.ringUsed) return 0;
    return socket.type == LOCAL_STREAM ? socket.ringPayload : MessageRing.frontLength(socket);
  }
}
