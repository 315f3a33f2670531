/**
 * The stream socket: opening, connecting, listening and ending, as POSIX has it; Linux where POSIX leaves it open. Addresses
 * and ports are in network order. Sending and receiving: stream-transfer.ts. Options: stream-options.ts.
 *
 * STATE_CONNECTED is set from connect() (also while it is going on) or accept() until a connect that failed has said so: it
 * tells a socket whose connection is over (EPIPE, end of stream) from one that never had any (ENOTCONN).
 */
import { CONFIG_NET_TCP_FASTOPEN } from "../../config";
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENOTCONN,
  ENOTSUP,
  PENDING,
} from "../base/errno";
import { Route } from "../ip/route";
import { Interfaces } from "../link/interface";
import { Neighbour } from "../link/neighbour";
import { Calls } from "../transport/tcp/calls";
import {
  CLOSED,
  ESTABLISHED,
  FIN_WAIT_2,
  LISTEN,
  SYN_RECEIVED,
  SYN_SENT,
  TCP_FIN_RECEIVED,
  TCP_LINGER,
  TCP_OOBINLINE,
  TCP_URGENT_BYTE,
  TCP_URGENT_PENDING,
  TCP_WANTS_ROOM,
  Tcb,
  TIME_WAIT,
} from "../transport/tcp/connection";
import { Connections } from "../transport/tcp/connections";
import { Listeners } from "../transport/tcp/listener";
import { ReceiveRings } from "../transport/tcp/receive-ring";
import { Receiver } from "../transport/tcp/receiver";
import { Sender } from "../transport/tcp/sender";
import { Capability } from "./capability";
import { HeaderOptions } from "./header-options";
import {
  EVENT_ERROR,
  EVENT_HANGUP,
  EVENT_PRIORITY,
  EVENT_READ,
  EVENT_WRITE,
  Socket,
  STATE_ADDRESS_CHOSEN,
  STATE_BOUND,
  STATE_CONNECTED,
  STATE_FASTOPEN_DEFERRED,
  STATE_NONBLOCK,
  STATE_PORT_CHOSEN,
  STATE_READ_SHUT,
  STATE_WRITE_SHUT,
} from "./socket";
import { StreamPorts } from "./stream-ports";
import { StreamTransfer } from "./stream-transfer";
import { Task, Tasks } from "./task";

/** Loopback address 127.0.0.1, network order. */
const LOOPBACK: u32 = 0x0100007f;
const MICROSECONDS: u64 = 1_000_000;

export class StreamSocket {
  /** A new record with one reference, or 0: every record belongs to an open socket. */
  static open(): usize {
    const p = Connections.create();
    if (p) Socket.at(p).references = 1;
    return p;
  }

  /**
   * @param address 0 = any; @param port 0 = draw one
   * @returns 0, -EINVAL (already bound, or connected), -EACCES (APP_MAY_BIND), -EADDRNOTAVAIL (not an address of ours), -EADDRINUSE
   */
  static bind(socket: Socket, address: u32, port: u32): i32 {
    const tcb = changetype<Tcb>(socket);
    if (tcb.has(STATE_BOUND) || <u32>tcb.state != CLOSED) return -EINVAL;
    if (!Capability.mayBind(address, port)) return -EACCES;
    if (address && !Interfaces.isLocal(address)) return -EADDRNOTAVAIL;
    return StreamPorts.bind(tcb, address, port);
  }

  /**
   * Begins to listen, or changes the backlog of a listener. A socket that is not bound gets a port.
   * @returns 0, -EINVAL (it is or was connected), -EACCES (APP_MAY_BIND), -EADDRINUSE (another socket listens there; no port is free)
   */
  static listen(socket: Socket, backlog: i32): i32 {
    const tcb = changetype<Tcb>(socket);
    if (<u32>tcb.state != LISTEN) {
      if (<u32>tcb.state != CLOSED || tcb.has(STATE_CONNECTED)) return -EINVAL;
      if (!Capability.mayBind(tcb.localAddress, tcb.localPort())) return -EACCES;
      if (!tcb.has(STATE_BOUND)) {
        const result = StreamPorts.bind(tcb, 0, 0);
        if (result < 0) return result;
      } else if (StreamPorts.conflicts(tcb, tcb.localAddress, tcb.localPort())) {
        return -EADDRINUSE;
      }
      // A listener keeps its backlog and what waits in these fields.
      tcb.lower(TCP_LINGER);
      tcb.linger = 0;
      tcb.clamp = 0;
    }
    return Listeners.listen(tcb, backlog);
  }

  /**
   * The next connection of a listener.
   * @returns usize → Socket with one reference; PENDING; or -EINVAL (it does not listen), -EAGAIN (none there and the call
   *          must not wait, or SO_RCVTIMEO is over), the pending error of the socket
   */
  static accept(socket: Socket, task: i32): i32 {
    const listener = changetype<Tcb>(socket);
    const waiting = Task.at(task);
    let result = -EINVAL;
    if (<u32>listener.state == LISTEN) {
      const p = Listeners.accept(listener);
      if (p) {
        // All else it has from the listener (Connections.beginFor).
        Tcb.of(p).references = 1;
        result = <i32>p;
      } else if (listener.error) {
        result = -listener.takeError();
      } else if (listener.has(STATE_NONBLOCK) || waiting.timedOut()) {
        result = -EAGAIN;
      } else {
        waiting.wait(changetype<usize>(socket), listener.receiveTimeout);
        return PENDING;
      }
    }
    waiting.finish();
    return result;
  }

  /**
   * Connects. A connect that failed may be followed by another, as may a connection that is over.
   * @param address 0 = loopback
   * @returns 0; PENDING; or -EISCONN, -EALREADY (a connect is going on), -ENOTSUP (it listens), -EINPROGRESS (it goes on while
   *          the call must not wait, or after SO_SNDTIMEO), -EADDRNOTAVAIL (port 0), -EACCES (APP_MAY_CONNECT), -ENETUNREACH, -EHOSTUNREACH, -ENOBUFS (no
   *          room for the next hop), -EADDRINUSE (no port is free, or the connection exists), -ECONNABORTED (shut down
   *          meanwhile), -ECONNREFUSED, -ETIMEDOUT and what else ended the attempt; what Calls.connect answers
   */
  static connect(socket: Socket, task: i32, address: u32, port: u32): i32 {
    const tcb = changetype<Tcb>(socket);
    const waiting = Task.at(task);
    const state = <u32>tcb.state;
    if (waiting.pending) return StreamSocket.continueConnect(tcb, waiting);
    if (state == LISTEN) return -ENOTSUP;
    if (CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_DEFERRED)) return -EISCONN;
    if (state == SYN_SENT || state == SYN_RECEIVED) return -EALREADY;
    if (state != CLOSED) return -EISCONN;
    // A connect in the background has failed, and nobody has asked yet.
    if (tcb.error) return StreamSocket.failConnect(tcb);
    const result = StreamSocket.beginConnect(tcb, address, port);
    if (result < 0) {
      StreamSocket.disconnect(tcb);
      return result;
    }
    // The SYN goes out with the first data.
    if (CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_DEFERRED)) return 0;
    return StreamSocket.continueConnect(tcb, waiting);
  }

  /** Begins an attempt: what `connect` answers before it waits. A failure is followed by `disconnect`. */
  static beginConnect(tcb: Tcb, address: u32, port: u32): i32 {
    StreamSocket.disconnect(tcb);
    if (!port) return -EADDRNOTAVAIL;
    if (!address) address = LOOPBACK;
    if (!Capability.mayConnect(address, port)) return -EACCES;
    const p = HeaderOptions.find(tcb, address);
    if (!p) return Route.error();
    if (!tcb.localAddress) {
      tcb.localAddress = Route.source(Neighbour.at(p));
      tcb.set(STATE_ADDRESS_CHOSEN, true);
    }
    if (!tcb.has(STATE_BOUND)) {
      const local = StreamPorts.forConnection(tcb, tcb.localAddress, address, port);
      if (!local) return -EADDRINUSE;
      tcb.setLocalPort(local);
      tcb.set(STATE_BOUND | STATE_PORT_CHOSEN, true);
    }
    tcb.set(STATE_CONNECTED, true);
    return Calls.connect(tcb, address, port);
  }

  /** How the attempt stands: done, failed, or something to wait for. */
  private static continueConnect(tcb: Tcb, waiting: Task): i32 {
    const state = <u32>tcb.state;
    let result = 0;
    if (state == CLOSED) {
      result = StreamSocket.failConnect(tcb);
    } else if (state == SYN_SENT || state == SYN_RECEIVED) {
      if (!tcb.has(STATE_NONBLOCK) && !waiting.timedOut()) {
        waiting.wait(changetype<usize>(tcb), tcb.sendTimeout);
        return PENDING;
      }
      result = -EINPROGRESS;
    }
    waiting.finish();
    return result;
  }

  /** The attempt is over: why, and the socket is as it was before it. */
  static failConnect(tcb: Tcb): i32 {
    const error = tcb.takeError();
    StreamSocket.disconnect(tcb);
    return error ? -error : -ECONNABORTED;
  }

  /** Forgets the peer and what is left of a connection that is over, and gives up what connect had chosen. */
  static disconnect(tcb: Tcb): void {
    ReceiveRings.detach(tcb);
    tcb.lower(TCP_FIN_RECEIVED | TCP_URGENT_PENDING | TCP_URGENT_BYTE | TCP_WANTS_ROOM);
    tcb.remoteAddress = 0;
    tcb.setRemotePort(0);
    if (tcb.has(STATE_PORT_CHOSEN)) {
      tcb.setLocalPort(0);
      tcb.set(STATE_BOUND, false);
    }
    if (tcb.has(STATE_ADDRESS_CHOSEN)) tcb.localAddress = 0;
    tcb.set(STATE_PORT_CHOSEN | STATE_ADDRESS_CHOSEN | STATE_CONNECTED | STATE_READ_SHUT | STATE_WRITE_SHUT, false);
  }

  /**
   * Closes directions, and wakes whoever waits. A listener shut for reading stops listening; a connect that is going on is given up.
   * @returns 0, or -ENOTCONN
   */
  static shutdown(socket: Socket, read: bool, write: bool): i32 {
    const tcb = changetype<Tcb>(socket);
    const state = <u32>tcb.state;
    if (state == CLOSED || (state == LISTEN && !read)) return -ENOTCONN;
    if (state == LISTEN) {
      Listeners.close(tcb);
      Connections.release(tcb);
      tcb.linger = 0;
      tcb.clamp = 0;
    } else if (state < ESTABLISHED) {
      Calls.abort(tcb);
    } else {
      if (read) tcb.set(STATE_READ_SHUT, true);
      if (write && !tcb.has(STATE_WRITE_SHUT)) {
        tcb.set(STATE_WRITE_SHUT, true);
        Calls.shutdownSend(tcb);
      }
    }
    Tasks.wake(changetype<usize>(socket));
    return 0;
  }

  /**
   * True when close() has to wait (SO_LINGER with a time): data or the FIN is not acknowledged. The FIN goes out, and the call
   * is to be repeated; it ends when all is acknowledged or the time is over, and answers 0 either way, as on Linux. Data
   * that nobody has read makes close() reset the connection at once.
   */
  static mustLinger(socket: Socket, task: i32): bool {
    const tcb = changetype<Tcb>(socket);
    const waiting = Task.at(task);
    const state = <u32>tcb.state;
    if (!tcb.is(TCP_LINGER) || !tcb.linger || tcb.references > 1 || waiting.timedOut()) return false;
    if (state < ESTABLISHED || state == FIN_WAIT_2 || state == TIME_WAIT) return false;
    if (!waiting.pending) {
      if (Receiver.available(tcb)) return false;
      StreamSocket.shutdown(socket, true, true);
    }
    waiting.wait(changetype<usize>(socket), <u64>tcb.linger * MICROSECONDS);
    return true;
  }

  /** The last descriptor is gone. The record is not the caller's any more. */
  static close(socket: Socket): void {
    Calls.close(changetype<Tcb>(socket));
  }

  /** True when the socket has a peer: getpeername works. */
  static isConnected(socket: Socket): bool {
    const state = <u32>changetype<Tcb>(socket).state;
    return state != CLOSED && state != LISTEN && state != SYN_SENT;
  }

  /** EVENT_* that hold now. */
  static events(socket: Socket): u32 {
    const tcb = changetype<Tcb>(socket);
    const state = <u32>tcb.state;
    const events: u32 = tcb.error ? EVENT_ERROR : 0;
    if (state == LISTEN) return tcb.listener ? events | EVENT_READ : events;
    if (CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_DEFERRED)) return events | EVENT_WRITE;
    if (state == SYN_SENT || state == SYN_RECEIVED) return events;
    return events | StreamSocket.readEvents(tcb) | StreamSocket.writeEvents(tcb);
  }

  private static readEvents(tcb: Tcb): u32 {
    let events: u32 = 0;
    const available = Receiver.available(tcb);
    if (available && available >= <u32>tcb.receiveLowWater) events = EVENT_READ;
    else if (tcb.has(STATE_CONNECTED) && StreamTransfer.isAtEnd(tcb)) events = EVENT_READ;
    // Announced urgent data counts until it has been read (RFC 9293 §3.8.5, MUST-31 and MUST-32).
    if (tcb.is(TCP_URGENT_BYTE)) return events | EVENT_PRIORITY;
    if (tcb.is(TCP_URGENT_PENDING) && (tcb.is(TCP_OOBINLINE) || StreamTransfer.awaitsUrgent(tcb))) {
      events |= EVENT_PRIORITY;
    }
    return events;
  }

  /** Sending would not wait: there is room, or it would fail. */
  private static writeEvents(tcb: Tcb): u32 {
    if (<u32>tcb.state == CLOSED) return EVENT_WRITE | EVENT_HANGUP;
    if (tcb.has(STATE_WRITE_SHUT)) {
      const readOver = tcb.is(TCP_FIN_RECEIVED) || tcb.has(STATE_READ_SHUT);
      return readOver ? EVENT_WRITE | EVENT_HANGUP : EVENT_WRITE;
    }
    if (Sender.room(tcb)) return EVENT_WRITE;
    tcb.raise(TCP_WANTS_ROOM);
    return 0;
  }

  /** True when the peer has ended the stream, or it is shut for reading: nothing comes after what is in the buffer. */
  static hasEnded(socket: Socket): bool {
    const tcb = changetype<Tcb>(socket);
    return tcb.has(STATE_CONNECTED) && StreamTransfer.isAtEnd(tcb);
  }

  /** Bytes that can be read at once (FIONREAD). */
  static readable(socket: Socket): u32 {
    return Receiver.available(changetype<Tcb>(socket));
  }
}
