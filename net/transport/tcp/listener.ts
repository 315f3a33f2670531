/**
 * Listening sockets: state LISTEN (RFC 9293 §3.10.7.2), the choice of the listener for a SYN, and accept queues.
 *
 * A listener is a `Tcb` without a peer. `linger` is its backlog, `clamp` the number of connections in its accept queue, `listener`
 * the first and `queueNext` the last of them; in a queued connection `listener` is the listener and `queueNext` the next one.
 * Listeners are linked through `hashNext`.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_SOCKETS_BINDTODEVICE,
  CONFIG_NET_SOCKETS_DONTROUTE,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_SYN_COOKIES,
} from "../../../config";
import {
  COUNTER_DROP_TCP_BACKLOG,
  COUNTER_DROP_TCP_COOKIE,
  COUNTER_DROP_TCP_STATE,
  COUNTER_TCP_COOKIES_IN,
  Counter,
} from "../../base/counters";
import { EADDRINUSE, EINVAL } from "../../base/errno";
import { DeviceBinding } from "../../socket/device-binding";
import { DirectRoute } from "../../socket/direct-route";
import { OPTION_REUSEPORT, SocketPool } from "../../socket/socket";
import { Tasks } from "../../socket/task";
import { TCP_ACK, TCP_RST, TCP_SYN } from "../../wire/tcp";
import { Calls } from "./calls";
import { Congestion } from "./congestion";
import { CLOSED, LISTEN, TCP_IN_ACCEPT_QUEUE, Tcb } from "./connection";
import { HalfOpen } from "./half-open";
import { InitialSequence } from "./initial-sequence";
import { Reply } from "./reply";
import { Segment } from "./segment";
import { SegmentArrives } from "./segment-arrives";
import { SynCookies } from "./syn-cookies";
import { SynQueue } from "./syn-queue";
import { TupleChain } from "./tuple";

/** Largest backlog (SOMAXCONN). */
export const BACKLOG_MAX: i32 = 128;

/** usize → the first listener. */
const LIST: usize = CONFIG_NET_TCP ? memory.data(4, 4) : 0;

/** How well a listener fits a SYN: one bound to the address before one for any, and one bound to the interface before both. */
const FITS_ADDRESS: u32 = 2;
const FITS_INTERFACE: u32 = 4;
const FITS: u32 = 1;

export class Listeners {
  /**
   * Makes a bound socket in CLOSED a listener; on a listener it changes the backlog alone.
   * @param backlog connections that may wait in the accept queue: less than 1 counts as 1 (POSIX), more than BACKLOG_MAX as that
   * @returns 0, -EINVAL (a connection), -EADDRINUSE (another socket listens on the same port of an overlapping address, and
   *          not both have SO_REUSEPORT)
   * @see RFC 9293 §3.10.1, §3.9.1.1
   */
  static listen(tcb: Tcb, backlog: i32): i32 {
    if (<u32>tcb.state != LISTEN) {
      if (<u32>tcb.state != CLOSED) return -EINVAL;
      for (let p = load<usize>(LIST); p; p = Tcb.of(p).hashNext) {
        if (Listeners.conflict(tcb, Tcb.of(p))) return -EADDRINUSE;
      }
      tcb.begin(LISTEN, 0);
      tcb.predicted = 0;
      tcb.remoteAddress = 0;
      tcb.setRemotePort(0);
      tcb.listener = 0;
      tcb.queueNext = 0;
      tcb.clamp = 0;
      // What a connection of this listener begins with (Connections.beginFor): a socket whose connect failed may have left something.
      tcb.forgetWay();
      tcb.ringBase = 0;
      tcb.ringTail = 0;
      tcb.ringCount = 0;
      tcb.sendBuffer = 0;
      tcb.outOfOrder = 0;
      tcb.srtt = 0;
      tcb.rttvar = 0;
      Congestion.clear(tcb);
      tcb.challenges = 0;
      tcb.clearTimers();
      TupleChain.add(LIST, changetype<usize>(tcb));
    }
    tcb.linger = <u16>(backlog < 1 ? 1 : backlog > BACKLOG_MAX ? BACKLOG_MAX : backlog);
    return 0;
  }

  private static conflict(a: Tcb, b: Tcb): bool {
    if (a.localPort() != b.localPort()) return false;
    if (a.localAddress && b.localAddress && a.localAddress != b.localAddress) return false;
    if (DeviceBinding.apart(a, b)) return false;
    return (a.options & b.options & OPTION_REUSEPORT) == 0;
  }

  /**
   * The listener for a segment: of those that fit best, the same one each time for one four-tuple, and another one for
   * another as a keyed hash has it (SO_REUSEPORT).
   * @param local, remote addresses, network order; @param ports as `Socket.ports`
   * @returns usize → Tcb, or 0: nobody listens there
   */
  @inline static find(local: u32, remote: u32, ports: u32): usize {
    if (CONFIG_NET_FAST_PATHS) {
      const only = load<usize>(LIST);
      // Most programs have one.
      if (!only || !Tcb.of(only).hashNext) return only && Listeners.fit(Tcb.of(only), local, remote, ports) ? only : 0;
    }
    return Listeners.choose(local, remote, ports);
  }

  /** `find` among any number. */
  private static choose(local: u32, remote: u32, ports: u32): usize {
    let best: usize = 0;
    let bestFit: u32 = 0;
    let count: u32 = 0;
    for (let p = load<usize>(LIST); p; p = Tcb.of(p).hashNext) {
      const fit = Listeners.fit(Tcb.of(p), local, remote, ports);
      if (!fit || fit < bestFit) continue;
      count = fit > bestFit ? 1 : count + 1;
      best = p;
      bestFit = fit;
    }
    if (count <= 1) return best;
    let turn = InitialSequence.hash(local, remote, ports) % count;
    for (let p = load<usize>(LIST); p; p = Tcb.of(p).hashNext) {
      if (Listeners.fit(Tcb.of(p), local, remote, ports) != bestFit) continue;
      if (!turn) return p;
      turn--;
    }
    return best;
  }

  /** 0 when `tcb` does not listen for that segment, else the larger the better it fits. */
  @inline private static fit(tcb: Tcb, local: u32, remote: u32, ports: u32): u32 {
    if (tcb.localPort() != ports >>> 16) return 0;
    let fit = FITS;
    const address = tcb.localAddress;
    if (address) {
      if (address != local) return 0;
      fit |= FITS_ADDRESS;
    }
    if (CONFIG_NET_SOCKETS_BINDTODEVICE && tcb.boundInterface) {
      if (!DeviceBinding.hears(tcb, local, remote)) return 0;
      fit |= FITS_INTERFACE;
    }
    return fit;
  }

  /**
   * A segment for a listener that belongs to no connection, half-open or whole: a RST is ignored, an ACK is answered with a
   * RST (unless it brings back a SYN cookie), a SYN begins a connection, anything else is dropped.
   * @see RFC 9293 §3.10.7.2
   */
  static segmentArrives(listener: Tcb, segment: Segment): void {
    if (segment.has(TCP_RST)) {
      Counter.add(COUNTER_DROP_TCP_STATE);
    } else if (segment.has(TCP_ACK)) {
      Listeners.acknowledged(listener, segment);
    } else if (!segment.has(TCP_SYN) || !(segment.ports & 0xffff)) {
      // Nothing, or a SYN from port 0. Possible sources are IPv4's to choose (RFC 9293 §3.9.2.3, MUST-57).
      Counter.add(COUNTER_DROP_TCP_STATE);
    } else if (CONFIG_NET_SOCKETS_DONTROUTE && DirectRoute.isOn(listener) && !DirectRoute.isDirect(segment.remote)) {
      // There is no way back to it. As on Linux it hears nothing.
      Counter.add(COUNTER_DROP_TCP_STATE);
    } else if (Listeners.isFull(listener)) {
      Counter.add(COUNTER_DROP_TCP_BACKLOG);
    } else {
      SynQueue.open(listener, segment);
    }
  }

  /** An ACK: of a cookie, or of nothing. */
  private static acknowledged(listener: Tcb, segment: Segment): void {
    if (CONFIG_NET_TCP_SYN_COOKIES && !segment.has(TCP_SYN) && SynCookies.areOut()) {
      const p = SynCookies.check(listener, segment);
      if (p) {
        if (Listeners.isFull(listener)) {
          // The peer sends its data again, and with it the cookie.
          Counter.add(COUNTER_DROP_TCP_BACKLOG);
          return;
        }
        const opened = HalfOpen.opened(p, listener);
        if (!opened) return;
        Counter.add(COUNTER_TCP_COOKIES_IN);
        SegmentArrives.opened(Tcb.of(opened), segment);
        return;
      }
      Counter.add(COUNTER_DROP_TCP_COOKIE);
    } else {
      Counter.add(COUNTER_DROP_TCP_STATE);
    }
    Reply.reset(segment);
  }

  /** True when no more connections may wait in the accept queue of `listener`. */
  @inline static isFull(listener: Tcb): bool {
    return <u32>listener.clamp >= <u32>listener.linger;
  }

  /** Puts the established connection `tcb`, which has TCP_IN_ACCEPT_QUEUE, at the end of the accept queue, which is not full, and wakes whoever accepts. */
  static enqueue(listener: Tcb, tcb: Tcb): void {
    const p = changetype<usize>(tcb);
    tcb.listener = changetype<usize>(listener);
    tcb.queueNext = 0;
    if (listener.queueNext) Tcb.of(listener.queueNext).queueNext = p;
    else listener.listener = p;
    listener.queueNext = p;
    listener.clamp += 1;
    Tasks.wake(changetype<usize>(listener));
  }

  /**
   * Takes the first connection out of the accept queue.
   * @returns usize → Tcb with 0 references: the caller gives it one; 0 = none waits
   */
  static accept(listener: Tcb): usize {
    const p = listener.listener;
    if (p) Listeners.unlink(listener, Tcb.of(p), 0);
    return p;
  }

  /** A connection has ended in the accept queue: takes it out and gives its record back. */
  static forget(tcb: Tcb): void {
    const listener = Tcb.of(tcb.listener);
    let before: usize = 0;
    for (let p = listener.listener; p; p = Tcb.of(p).queueNext) {
      if (p == changetype<usize>(tcb)) {
        Listeners.unlink(listener, tcb, before);
        break;
      }
      before = p;
    }
    SocketPool.give(tcb);
  }

  /** `before`: usize → the connection before `tcb` in the queue, 0 when it is the first. */
  private static unlink(listener: Tcb, tcb: Tcb, before: usize): void {
    const next = tcb.queueNext;
    if (before) Tcb.of(before).queueNext = next;
    else listener.listener = next;
    if (!next) listener.queueNext = before;
    listener.clamp -= 1;
    tcb.lower(TCP_IN_ACCEPT_QUEUE);
    tcb.listener = 0;
    tcb.queueNext = 0;
  }

  /**
   * The listener is closed (RFC 9293 §3.10.4): connections that nobody has accepted are reset, half-open ones forgotten. The
   * record is CLOSED afterwards, and the caller's.
   */
  static close(listener: Tcb): void {
    if (<u32>listener.state != LISTEN) return;
    TupleChain.remove(LIST, changetype<usize>(listener));
    listener.hashNext = 0;
    SynQueue.forget(listener);
    // Each turn ends one connection, and that takes it out of the queue.
    for (let left = <u32>listener.clamp; left && listener.listener; left--) Calls.abort(Tcb.of(listener.listener));
    listener.enter(CLOSED);
  }
}
