/**
 * Sending and receiving on stream sockets: how much a call moves, when it waits, and in which order it reports what
 * (RFC 9293 §3.9.1; POSIX send(), recv(); Linux where these leave it open).
 *
 * A call that waits keeps the bytes it has moved in `Task.moved`, and goes on from there when it is repeated.
 */
import { CONFIG_NET_FAST_PATHS } from "../../config";
import { EAGAIN, EINVAL, ENOTCONN, EPIPE, PENDING } from "../base/errno";
import {
  CLOSE_WAIT,
  CLOSED,
  ESTABLISHED,
  LISTEN,
  SYN_RECEIVED,
  SYN_SENT,
  TCP_FIN_RECEIVED,
  TCP_OOBINLINE,
  TCP_URGENT_BYTE,
  TCP_URGENT_PENDING,
  Tcb,
} from "../transport/tcp/connection";
import { Receiver } from "../transport/tcp/receiver";
import { SEND_MORE, SEND_URGENT, Sender } from "../transport/tcp/sender";
import { FLAG_DONTWAIT, RECEIVE_PEEK, RECEIVE_REAL_LENGTH } from "./datagram-socket";
import { GuestVector } from "./guest-vector";
import { Received } from "./received";
import { SOCKET_TCP, Socket, STATE_CONNECTED, STATE_NONBLOCK, STATE_READ_SHUT, STATE_WRITE_SHUT } from "./socket";
import { Task } from "./task";

/** Further flags of receiving and sending: MSG_WAITALL, MSG_OOB and MSG_MORE. */
export const RECEIVE_WAIT_ALL: u32 = 1 << 3;
export const FLAG_URGENT: u32 = 1 << 4;
export const FLAG_MORE: u32 = 1 << 5;

/** Wait before a send that found no free buffer is tried again, µs: other connections give theirs back without a word to us. */
const BUFFER_DELAY: u32 = 5_000;

export class StreamTransfer {
  /**
   * Receives into the shared GuestVector.
   * @param flags RECEIVE_PEEK: the bytes stay; RECEIVE_REAL_LENGTH: they are dropped, not copied; RECEIVE_WAIT_ALL;
   *              FLAG_URGENT: the urgent byte; FLAG_DONTWAIT
   * @returns bytes; 0 at the end (the peer's FIN, or shut for reading) and for an empty vector; PENDING; or
   *          -ENOTCONN (never connected), -EAGAIN (nothing there and the call must not wait, or its time is over), -EINVAL
   *          (FLAG_URGENT and there is no urgent byte), the pending error of the socket
   */
  @inline static receive(socket: Socket, task: i32, flags: u32): i32 {
    const tcb = changetype<Tcb>(socket);
    const waiting = Task.at(task);
    const received = Received.shared();
    received.address = tcb.remoteAddress;
    received.port = tcb.remotePort();
    received.truncated = 0;
    if (!CONFIG_NET_FAST_PATHS) return StreamTransfer.receiveSlow(tcb, task, flags);
    // The usual case: something is there and more is not asked for. `moved` is 0 in a call that has not waited.
    const available = Receiver.available(tcb);
    if (available && !(flags | waiting.moved) && available >= <u32>tcb.receiveLowWater) {
      const vector = GuestVector.shared();
      const bytes = Receiver.read(tcb, task, vector, 0, vector.total, false);
      waiting.finish();
      return <i32>bytes;
    }
    if (!(flags | waiting.moved) && StreamTransfer.isEnded(socket)) {
      waiting.finish();
      return 0;
    }
    return StreamTransfer.receiveSlow(tcb, task, flags);
  }

  /**
   * Receives into a single buffer (guest address, range checked) without flags, in a call that has not waited, what is there.
   * @returns bytes, or 0 when it is not that simple: nothing has changed, and `receive` is to be called
   */
  @inline static receiveOne(socket: Socket, task: i32, buffer: usize, length: u32): u32 {
    const tcb = changetype<Tcb>(socket);
    if (socket.kind != SOCKET_TCP || !length) return 0;
    const available = Receiver.available(tcb);
    if (!available || available < <u32>tcb.receiveLowWater) return 0;
    const vector = GuestVector.shared();
    vector.hold(buffer, length);
    return Receiver.read(tcb, task, vector, 0, length, false);
  }

  /** True when a receiving call without flags has nothing to take, nothing to report and no reason not to wait. */
  @inline static mustWait(socket: Socket): bool {
    const tcb = changetype<Tcb>(socket);
    return (
      socket.kind == SOCKET_TCP &&
      <u32>tcb.state == ESTABLISHED &&
      (tcb.ringCount | tcb.error | (tcb.options & (STATE_NONBLOCK | STATE_READ_SHUT))) == 0 &&
      (tcb.detail & (TCP_URGENT_PENDING | TCP_URGENT_BYTE)) == 0 &&
      <u32>tcb.receiveLowWater <= 1
    );
  }

  /**
   * True when a receiving call without flags has come to the end of the stream: it answers 0. An urgent byte that is still in the
   * ring has to be passed first.
   */
  @inline static isEnded(socket: Socket): bool {
    const tcb = changetype<Tcb>(socket);
    return socket.kind == SOCKET_TCP && (tcb.ringCount | tcb.error) == 0 && tcb.is(TCP_FIN_RECEIVED);
  }

  private static receiveSlow(tcb: Tcb, task: i32, flags: u32): i32 {
    const waiting = Task.at(task);
    if (!StreamTransfer.wasConnected(tcb)) {
      waiting.finish();
      return -ENOTCONN;
    }
    if (flags & FLAG_URGENT) {
      waiting.finish();
      return StreamTransfer.receiveUrgent(tcb, task, (flags & RECEIVE_PEEK) != 0);
    }
    const vector = GuestVector.shared();
    // Without buffers nothing is copied.
    if (flags & RECEIVE_REAL_LENGTH) vector.count = 0;
    const peek = (flags & RECEIVE_PEEK) != 0;
    let done = waiting.moved;
    const wanted = StreamTransfer.wanted(tcb, vector.total, flags);
    done += Receiver.read(tcb, task, vector, done, vector.total - done, peek);
    // A mark stops reading (POSIX): what lies behind it is for the next call.
    if (done < wanted && !(done && Receiver.atMark(tcb)) && !StreamTransfer.mustEnd(tcb, waiting, flags)) {
      waiting.wait(changetype<usize>(tcb), tcb.receiveTimeout);
      // What was looked at is looked at again.
      if (!peek) waiting.moved = done;
      return PENDING;
    }
    let result = <i32>done;
    if (!done && vector.total) {
      if (tcb.error) result = -tcb.takeError();
      else if (!StreamTransfer.isAtEnd(tcb)) result = -EAGAIN;
    }
    waiting.finish();
    return result;
  }

  /** Bytes without which the call goes on waiting. Looking waits for no more than the buffer can hold. */
  private static wanted(tcb: Tcb, total: u32, flags: u32): u32 {
    let wanted = flags & RECEIVE_WAIT_ALL ? total : max<u32>(<u32>tcb.receiveLowWater, 1);
    if (flags & RECEIVE_PEEK) wanted = min<u32>(wanted, tcb.ringCapacity >>> 1);
    return min<u32>(wanted, total);
  }

  /** True when a receiving call ends with what it has. */
  private static mustEnd(tcb: Tcb, waiting: Task, flags: u32): bool {
    return (
      tcb.error != 0 ||
      StreamTransfer.isAtEnd(tcb) ||
      tcb.has(STATE_NONBLOCK) ||
      (flags & FLAG_DONTWAIT) != 0 ||
      waiting.timedOut()
    );
  }

  /** True when nothing will follow what is in the buffer. */
  @inline static isAtEnd(tcb: Tcb): bool {
    return tcb.is(TCP_FIN_RECEIVED) || tcb.has(STATE_READ_SHUT) || <u32>tcb.state == CLOSED;
  }

  /** False for a socket that neither has nor had nor awaits a connection. */
  static wasConnected(tcb: Tcb): bool {
    return <u32>tcb.state != LISTEN && tcb.has(STATE_CONNECTED);
  }

  /** The byte at the urgent mark (MSG_OOB). It is never waited for. */
  private static receiveUrgent(tcb: Tcb, task: i32, peek: bool): i32 {
    if (tcb.is(TCP_OOBINLINE)) return -EINVAL;
    if (!tcb.is(TCP_URGENT_BYTE)) {
      if (StreamTransfer.awaitsUrgent(tcb)) return StreamTransfer.isAtEnd(tcb) ? 0 : -EAGAIN;
      return -EINVAL;
    }
    return <i32>Receiver.readUrgent(tcb, task, GuestVector.shared(), peek);
  }

  /** True when urgent data has been announced and its last byte has not come. */
  static awaitsUrgent(tcb: Tcb): bool {
    return tcb.is(TCP_URGENT_PENDING) && <i32>(tcb.rcvNxt - tcb.rcvUp) < 0;
  }

  /**
   * Sends what the shared GuestVector names.
   * @param flags FLAG_DONTWAIT, FLAG_MORE, FLAG_URGENT: the last byte is urgent
   * @returns bytes queued (fewer than asked only when the call must not wait, its time is over or the connection ends);
   *          PENDING; or -ENOTCONN (never connected), -EPIPE (shut for writing, or no longer connected), -EAGAIN (no room
   *          and the call must not wait, or its time is over), the pending error of the socket
   */
  @inline static send(socket: Socket, task: i32, flags: u32): i32 {
    const tcb = changetype<Tcb>(socket);
    const waiting = Task.at(task);
    if (CONFIG_NET_FAST_PATHS && !(flags | waiting.moved) && StreamTransfer.isOpen(tcb)) {
      const vector = GuestVector.shared();
      const bytes = Sender.write(tcb, task, vector, 0, 0);
      if (bytes == vector.total) {
        waiting.finish();
        return <i32>bytes;
      }
      return StreamTransfer.sendRest(tcb, task, bytes, flags);
    }
    return StreamTransfer.sendSlow(tcb, task, flags);
  }

  /**
   * Sends a single buffer (guest address, range checked) without flags, when all of it can go out at once.
   * @returns false when that is not so: nothing has changed, and `send` is to be called
   */
  @inline static sendOne(socket: Socket, task: i32, buffer: usize, length: u32): bool {
    const tcb = changetype<Tcb>(socket);
    if (socket.kind != SOCKET_TCP || u32(Task.at(task).pending) | tcb.error) return false;
    return Sender.writeOne(tcb, task, buffer, length);
  }

  /** True when bytes can be queued, if there is room. */
  @inline private static isOpen(tcb: Tcb): bool {
    const state = <u32>tcb.state;
    return (state == ESTABLISHED || state == CLOSE_WAIT) && !(tcb.error | <i32>(tcb.options & STATE_WRITE_SHUT));
  }

  private static sendSlow(tcb: Tcb, task: i32, flags: u32): i32 {
    const waiting = Task.at(task);
    let done = waiting.moved;
    if (StreamTransfer.isOpen(tcb)) {
      const vector = GuestVector.shared();
      const how = (flags & FLAG_MORE ? SEND_MORE : 0) | (flags & FLAG_URGENT ? SEND_URGENT : 0);
      done += Sender.write(tcb, task, vector, done, how);
      if (done != vector.total) return StreamTransfer.sendRest(tcb, task, done, flags);
      waiting.finish();
      return <i32>done;
    }
    const state = <u32>tcb.state;
    const connects = (state == SYN_SENT || state == SYN_RECEIVED) && !tcb.has(STATE_WRITE_SHUT);
    if (connects && !tcb.error) return StreamTransfer.sendRest(tcb, task, done, flags);
    waiting.finish();
    // What was taken is reported first, the error with the next call.
    if (done) return <i32>done;
    if (tcb.error) return -tcb.takeError();
    return StreamTransfer.wasConnected(tcb) ? -EPIPE : -ENOTCONN;
  }

  /** `done` bytes are queued and there is no room for more: waits for some, if it may. */
  private static sendRest(tcb: Tcb, task: i32, done: u32, flags: u32): i32 {
    const waiting = Task.at(task);
    if (tcb.has(STATE_NONBLOCK) || flags & FLAG_DONTWAIT || waiting.timedOut()) {
      waiting.finish();
      return done ? <i32>done : -EAGAIN;
    }
    waiting.wait(changetype<usize>(tcb), tcb.sendTimeout);
    waiting.moved = done;
    if (!tcb.sendBuffer && tcb.isSynchronized()) waiting.retryAfter(BUFFER_DELAY);
    return PENDING;
  }
}
