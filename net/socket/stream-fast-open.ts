/**
 * TCP Fast Open at the socket: MSG_FASTOPEN, TCP_FASTOPEN_CONNECT and the options, as tcp(7) of Linux has them (RFC 7413 appendix A).
 *
 *     send with MSG_FASTOPEN       connects and sends: the SYN has the data, or asks for the cookie that lets the next one have it
 *     TCP_FASTOPEN_CONNECT         connect() answers 0 at once when data may go with the SYN, and the first send sends it
 *
 * Both wait for the handshake like connect(), and then for room like send(). A call that must not wait answers how many bytes the SYN had,
 * or EINPROGRESS when it had none; the connection goes on in the background.
 */
import { EALREADY, EINPROGRESS, EINVAL, EISCONN, ENOPROTOOPT, ENOTSUP, PENDING } from "../base/errno";
import { CLOSED, LISTEN, SYN_RECEIVED, SYN_SENT, Tcb } from "../transport/tcp/connection";
import { FastOpenClient } from "../transport/tcp/fast-open-client";
import { FastOpenServer } from "../transport/tcp/fast-open-server";
import { BACKLOG_MAX } from "../transport/tcp/listener";
import { FLAG_DONTWAIT } from "./datagram-socket";
import { GuestVector } from "./guest-vector";
import {
  OPTION_FASTOPEN_CONNECT,
  OPTION_FASTOPEN_NO_COOKIE,
  Socket,
  STATE_FASTOPEN_DATA,
  STATE_FASTOPEN_DEFERRED,
  STATE_FASTOPEN_OPENING,
  STATE_NONBLOCK,
} from "./socket";
import { LEVEL_TCP } from "./stream-option-number";
import { StreamSocket } from "./stream-socket";
import { FLAG_URGENT, StreamTransfer } from "./stream-transfer";
import { Task } from "./task";

/** A further flag of sending: MSG_FASTOPEN. */
export const FLAG_FASTOPEN: u32 = 1 << 6;

/** Linux's numbers. */
const STREAM_FASTOPEN: u32 = LEVEL_TCP | 23;
export const STREAM_FASTOPEN_CONNECT: u32 = LEVEL_TCP | 30;
export const STREAM_FASTOPEN_KEY: u32 = LEVEL_TCP | 33;
const STREAM_FASTOPEN_NO_COOKIE: u32 = LEVEL_TCP | 34;

export class StreamFastOpen {
  // ---- sending ----------------------------------------------------------------------------------------------------------

  /** True when a sending call with `flags` is this file's business. */
  @inline static concerns(socket: Socket, task: i32, flags: u32): bool {
    if ((flags & FLAG_FASTOPEN) != 0 || socket.has(STATE_FASTOPEN_DEFERRED)) return true;
    return socket.has(STATE_FASTOPEN_OPENING) && Task.at(task).pending != 0;
  }

  /**
   * Sends what the shared GuestVector names with a SYN, as far as it may go there, and the rest when the connection is made.
   * @param address, port of the server, network order; both 0 = none was given. They count with FLAG_FASTOPEN alone.
   * @param flags as StreamTransfer.send, FLAG_FASTOPEN
   * @returns bytes queued; PENDING; or -EINVAL (no address), -EISCONN, -EALREADY (a connect is going on), -ENOTSUP (it listens),
   *          -EINPROGRESS (the connection goes on, and the SYN had no data), what ended the attempt, what StreamSocket.connect answers;
   *          once the connection is made what StreamTransfer.send answers
   */
  static send(socket: Socket, task: i32, address: u32, port: u32, flags: u32): i32 {
    const tcb = changetype<Tcb>(socket);
    const waiting = Task.at(task);
    if (waiting.pending) return StreamFastOpen.goOn(tcb, task, flags);
    if (!tcb.has(STATE_FASTOPEN_DEFERRED)) {
      const state = <u32>tcb.state;
      if (state == LISTEN) return -ENOTSUP;
      if (state == SYN_SENT || state == SYN_RECEIVED) return -EALREADY;
      if (state != CLOSED) return -EISCONN;
      // A connect in the background has failed, and nobody has asked yet.
      if (tcb.error) return StreamSocket.failConnect(tcb);
      if (!(address | port)) return -EINVAL;
      tcb.options |= STATE_FASTOPEN_DEFERRED;
      const result = StreamSocket.beginConnect(tcb, address, port);
      if (result < 0) {
        tcb.options &= ~STATE_FASTOPEN_DEFERRED;
        StreamSocket.disconnect(tcb);
        return result;
      }
    }
    // An urgent byte is none of the SYN's: it is announced on established connections only.
    const taken = FastOpenClient.open(tcb, task, flags & FLAG_URGENT ? null : GuestVector.shared());
    if (StreamFastOpen.mayWait(tcb, waiting, flags)) {
      waiting.wait(changetype<usize>(tcb), tcb.sendTimeout);
      waiting.moved = taken;
      return PENDING;
    }
    waiting.finish();
    return taken ? <i32>taken : -EINPROGRESS;
  }

  @inline private static mayWait(tcb: Tcb, waiting: Task, flags: u32): bool {
    return !tcb.has(STATE_NONBLOCK) && !(flags & FLAG_DONTWAIT) && !waiting.timedOut();
  }

  /** The call is repeated: how the connection stands. */
  private static goOn(tcb: Tcb, task: i32, flags: u32): i32 {
    const waiting = Task.at(task);
    const state = <u32>tcb.state;
    if (state == SYN_SENT || state == SYN_RECEIVED) {
      const taken = waiting.moved;
      if (StreamFastOpen.mayWait(tcb, waiting, flags)) {
        waiting.wait(changetype<usize>(tcb), tcb.sendTimeout);
        return PENDING;
      }
      waiting.finish();
      return taken ? <i32>taken : -EINPROGRESS;
    }
    if (tcb.has(STATE_FASTOPEN_OPENING)) {
      // The attempt has failed, and what the SYN had with it: the socket is as after a connect that has failed.
      waiting.finish();
      return StreamSocket.failConnect(tcb);
    }
    return StreamTransfer.send(changetype<Socket>(tcb), task, flags & ~FLAG_FASTOPEN);
  }

  // ---- options ----------------------------------------------------------------------------------------------------------

  /** Value of an option, or -ENOPROTOOPT. */
  static get(tcb: Tcb, option: u32): i32 {
    switch (option) {
      case STREAM_FASTOPEN:
        return <i32>FastOpenServer.limit(tcb);
      case STREAM_FASTOPEN_CONNECT:
        return i32(tcb.has(OPTION_FASTOPEN_CONNECT));
      case STREAM_FASTOPEN_NO_COOKIE:
        return i32(tcb.has(OPTION_FASTOPEN_NO_COOKIE));
      default:
        return -ENOPROTOOPT;
    }
  }

  /**
   * Sets an option. @returns 0, -EINVAL (a negative limit, or neither 0 nor 1; a socket that is connected or connects, and for
   * TCP_FASTOPEN_CONNECT one that listens), -ENOPROTOOPT
   */
  static set(tcb: Tcb, option: u32, value: i32): i32 {
    const state = <u32>tcb.state;
    const isIdle = state == CLOSED || state == LISTEN;
    switch (option) {
      case STREAM_FASTOPEN:
        if (value < 0 || !isIdle) return -EINVAL;
        FastOpenServer.setLimit(tcb, value < BACKLOG_MAX ? <u32>value : <u32>BACKLOG_MAX);
        return 0;
      case STREAM_FASTOPEN_CONNECT:
        if (<u32>value > 1 || state != CLOSED) return -EINVAL;
        tcb.set(OPTION_FASTOPEN_CONNECT, value != 0);
        return 0;
      case STREAM_FASTOPEN_NO_COOKIE:
        if (<u32>value > 1 || !isIdle) return -EINVAL;
        tcb.set(OPTION_FASTOPEN_NO_COOKIE, value != 0);
        return 0;
      default:
        return -ENOPROTOOPT;
    }
  }

  // ---- TCP_INFO ---------------------------------------------------------------------------------------------------------

  /** TCPI_OPT_SYN_DATA, 32, in tcpi_options. */
  static infoOptions(tcb: Tcb): u32 {
    return tcb.has(STATE_FASTOPEN_DATA) ? 32 : 0;
  }

  /** tcpi_fastopen_client_fail in the byte behind the scales. */
  static infoFlags(tcb: Tcb): u32 {
    return FastOpenClient.status(tcb) << 1;
  }
}
