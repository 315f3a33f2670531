/** The datagram socket: what each call means for UDP. The waiting that a call may need is decided here too. */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_IPV4_IGMP } from "../../config";
import {
  EACCES,
  EADDRNOTAVAIL,
  EAGAIN,
  EDESTADDRREQ,
  EINVAL,
  ENETUNREACH,
  ENOBUFS,
  ENOTCONN,
  EPIPE,
  PENDING,
} from "../base/errno";
import { Route } from "../ip/route";
import { BROADCAST_ADDRESS, Interfaces } from "../link/interface";
import { Neighbour } from "../link/neighbour";
import { SEND_DIRECT, UdpOutput } from "../transport/udp/output";
import { Ipv4Address } from "../wire/ipv4";
import { Capability } from "./capability";
import { DATAGRAM_INFO, DatagramInfo } from "./datagram-info";
import { DATAGRAM_HEADER_BYTES, DATAGRAM_INFO_OFFSET, DatagramRings } from "./datagram-ring";
import { ERROR_QUEUE, ErrorQueue, SEND_STAMPS } from "./error-queue";
import { GuestVector } from "./guest-vector";
import { Multicast } from "./multicast";
import { Ports } from "./ports";
import { Received } from "./received";
import {
  EVENT_ERROR,
  EVENT_HANGUP,
  EVENT_READ,
  EVENT_WRITE,
  OPTION_BROADCAST,
  Socket,
  STATE_ADDRESS_CHOSEN,
  STATE_BOUND,
  STATE_CONNECTED,
  STATE_NONBLOCK,
  STATE_READ_SHUT,
  STATE_WRITE_SHUT,
} from "./socket";
import { Task, Tasks } from "./task";
import { Timestamping } from "./timestamping";

/** Wait before a send that found no room in the chip is tried again, µs: a full frame takes 120 µs at 100 Mbit/s. */
const ROOM_DELAY: u32 = 200;
/** Loopback address 127.0.0.1, network order. */
const LOOPBACK: u32 = 0x0100007f;

/** Flags of receiving and sending, as the core knows them. */
export const RECEIVE_PEEK: u32 = 1 << 0;
/** Report the datagram's full length even when the buffer is shorter (MSG_TRUNC). */
export const RECEIVE_REAL_LENGTH: u32 = 1 << 1;
export const FLAG_DONTWAIT: u32 = 1 << 2;

export class DatagramSocket {
  /** Prepares a new record. 0, or -ENOBUFS when no receive ring is left. */
  static open(socket: Socket): i32 {
    if (CONFIG_NET_IPV4_IGMP) Multicast.open(socket);
    return DatagramRings.attach(socket.ring()) ? 0 : -ENOBUFS;
  }

  static close(socket: Socket): void {
    Ports.unbindDatagram(socket);
    if (CONFIG_NET_IPV4_IGMP) Multicast.close(socket);
    DatagramRings.detach(socket.ring());
  }

  /**
   * @param address network order, 0 = any; @param port network order, 0 = ephemeral
   * @returns 0, -EINVAL (already bound), -EACCES (APP_MAY_BIND), -EADDRNOTAVAIL (not an address of ours), -EADDRINUSE
   */
  static bind(socket: Socket, address: u32, port: u32): i32 {
    if (socket.has(STATE_BOUND)) return -EINVAL;
    if (!Capability.mayBind(address, port)) return -EACCES;
    const possible =
      !address ||
      Interfaces.isLocal(address) ||
      Ipv4Address.isMulticast(address) ||
      DatagramSocket.isBroadcast(address);
    if (!possible) return -EADDRNOTAVAIL;
    return Ports.bindDatagram(socket, address, port);
  }

  /**
   * Sets the peer (POSIX connect on a datagram socket): datagrams go there and only come from there.
   * @returns 0, -EACCES (a broadcast address without SO_BROADCAST; APP_MAY_CONNECT), -ENETUNREACH, -EADDRINUSE (no ephemeral port)
   */
  static connect(socket: Socket, address: u32, port: u32): i32 {
    if (!address) address = LOOPBACK;
    if (!Capability.mayConnect(address, port)) return -EACCES;
    if (DatagramSocket.isBroadcast(address) && !socket.has(OPTION_BROADCAST)) return -EACCES;
    const p = Route.find(address, CONFIG_NET_IPV4_IGMP ? Multicast.route(socket, address) : <i32>socket.way);
    // An unresolved neighbour is no obstacle to connecting; no route is.
    if (!p && Route.error() == -ENETUNREACH) return -ENETUNREACH;
    if (!socket.has(STATE_BOUND)) {
      const result = Ports.bindDatagram(socket, 0, 0);
      if (result < 0) return result;
    }
    DatagramSocket.setPeer(socket, address, port, p);
    return 0;
  }

  /**
   * Makes `address` and `port` the peer. The local address is the one that leads there, unless bind has chosen it.
   * @param p usize → Neighbour on the way there, 0 = not known
   */
  static setPeer(socket: Socket, address: u32, port: u32, p: usize): void {
    if (socket.has(STATE_ADDRESS_CHOSEN)) socket.localAddress = 0;
    if (!socket.localAddress && p) {
      socket.localAddress = Route.source(Neighbour.at(p));
      socket.set(STATE_ADDRESS_CHOSEN, true);
    }
    socket.remoteAddress = address;
    socket.setRemotePort(port);
    socket.error = 0;
    socket.set(STATE_CONNECTED, true);
  }

  /**
   * Sends the datagram in the shared GuestVector.
   * @param address network order, or 0 with port 0 for the connected peer
   * @returns bytes sent, PENDING, or -EPIPE (shut down for writing), -EDESTADDRREQ (no peer), -EINVAL (port 0), -EACCES
   *          (broadcast without SO_BROADCAST), the pending error of the socket, and what UdpOutput.send answers
   */
  static send(socket: Socket, task: i32, address: u32, port: u32, flags: u32): i32 {
    if (port && !Capability.maySend(address ? address : LOOPBACK, port)) return -EACCES;
    const vector = GuestVector.shared();
    let result = DatagramSocket.prepare(socket, task, address, port);
    if (CONFIG_NET_FAST_PATHS && result == SEND_DIRECT) {
      if (!port) {
        address = socket.remoteAddress;
        port = socket.remotePort();
      } else if (!address) {
        address = LOOPBACK;
      }
      const ports = (socket.ports >>> 16) | (port << 16);
      result = UdpOutput.sendDirectCalled(socket, address, ports, task, vector.first, vector.total);
      if (!result) {
        Task.at(task).finish();
        return <i32>vector.total;
      }
    }
    return result < 0 ? DatagramSocket.sendLater(socket, task, result, flags) : result;
  }

  /** All that a datagram to a new destination needs: checks, a local port, a route. Sends it when it cannot go directly. */
  private static prepare(socket: Socket, task: i32, address: u32, port: u32): i32 {
    const options = socket.options;
    if (socket.error) return -socket.takeError();
    if (options & STATE_WRITE_SHUT) return -EPIPE;
    if (port) {
      if (!address) address = LOOPBACK;
    } else {
      if (address) return -EINVAL;
      if (!(options & STATE_CONNECTED)) return -EDESTADDRREQ;
      address = socket.remoteAddress;
      port = socket.remotePort();
      if (!port) return -EINVAL;
    }
    if (!(options & STATE_BOUND)) {
      const result = Ports.bindDatagram(socket, 0, 0);
      if (result < 0) return result;
    }
    if (DatagramSocket.isBroadcast(address) && !(options & OPTION_BROADCAST)) return -EACCES;
    const vector = GuestVector.shared();
    const result = UdpOutput.send(socket, address, socket.localPort() | (port << 16), task, vector);
    if (result != 0) return result;
    if (SEND_STAMPS && Timestamping.stampsSent(socket)) Timestamping.sent(socket);
    Task.at(task).finish();
    return <i32>vector.total;
  }

  /** A send answered `result`: waits when that may help and is allowed. */
  static sendLater(socket: Socket, task: i32, result: i32, flags: u32): i32 {
    const waiting = Task.at(task);
    if (result != -EAGAIN || socket.has(STATE_NONBLOCK) || flags & FLAG_DONTWAIT || waiting.timedOut()) {
      waiting.finish();
      return result;
    }
    waiting.wait(changetype<usize>(socket), socket.sendTimeout);
    waiting.retryAfter(ROOM_DELAY);
    return PENDING;
  }

  /**
   * Takes the oldest datagram into the shared GuestVector. Sender, full length and truncation are in `Received`.
   * @returns bytes (0 for an empty datagram, or at the end after shutdown), PENDING, -EAGAIN (nothing there and the call
   *          must not wait, or its time is over), or the pending error of the socket
   */
  @inline static receive(socket: Socket, task: i32, flags: u32): i32 {
    const ring = socket.ring();
    if (socket.error | i32(!ring.count)) return DatagramSocket.receiveNothing(socket, task, flags);
    Task.at(task).finish();
    const record = ring.front();
    const length = load<u32>(record);
    const received = Received.shared();
    received.address = load<u32>(record, 4);
    received.port = load<u32>(record, 8);
    const copied = GuestVector.shared().write(task, record + DATAGRAM_HEADER_BYTES, length);
    received.truncated = u32(copied < length);
    if (DATAGRAM_INFO) DatagramInfo.take(record + DATAGRAM_INFO_OFFSET);
    if (!(flags & RECEIVE_PEEK)) ring.pop();
    return flags & RECEIVE_REAL_LENGTH ? <i32>length : <i32>copied;
  }

  /** True when a receiving call on `socket` has nothing to take, no error to report and no reason not to wait. */
  @inline static mustWait(socket: Socket): bool {
    return (
      socket.isUdp() && (socket.ringCount | socket.error | (socket.options & (STATE_NONBLOCK | STATE_READ_SHUT))) == 0
    );
  }

  /** As `receive`, where there is an error to report or nothing to take. */
  static receiveNothing(socket: Socket, task: i32, flags: u32): i32 {
    const waiting = Task.at(task);
    if (socket.error) {
      waiting.finish();
      return -socket.takeError();
    }
    const received = Received.shared();
    received.address = 0;
    received.port = 0;
    received.truncated = 0;
    if (socket.has(STATE_READ_SHUT)) {
      waiting.finish();
      return 0;
    }
    if (socket.has(STATE_NONBLOCK) || flags & FLAG_DONTWAIT || waiting.timedOut()) {
      waiting.finish();
      return -EAGAIN;
    }
    waiting.wait(changetype<usize>(socket), socket.receiveTimeout);
    return PENDING;
  }

  /** Closes directions. 0, or -ENOTCONN when the socket has no peer. Wakes whoever waits. */
  static shutdown(socket: Socket, read: bool, write: bool): i32 {
    if (!socket.has(STATE_CONNECTED)) return -ENOTCONN;
    if (read) socket.set(STATE_READ_SHUT, true);
    if (write) socket.set(STATE_WRITE_SHUT, true);
    Tasks.wake(changetype<usize>(socket));
    return 0;
  }

  /** EVENT_* that hold now. */
  static events(socket: Socket): u32 {
    let events = EVENT_WRITE;
    if (socket.ring().count) events |= EVENT_READ;
    if (socket.error) events |= EVENT_ERROR | EVENT_READ;
    if (ERROR_QUEUE && ErrorQueue.first(socket)) events |= EVENT_ERROR;
    if (socket.has(STATE_READ_SHUT)) {
      events |= EVENT_READ;
      // POSIX: what has hung up is never writable.
      if (socket.has(STATE_WRITE_SHUT)) events = (events & ~EVENT_WRITE) | EVENT_HANGUP;
    }
    return events;
  }

  /** True for the limited broadcast address and that of the subnet. */
  @inline static isBroadcast(address: u32): bool {
    return address == BROADCAST_ADDRESS || address == Interfaces.nic().broadcast;
  }

  /** Bytes of the next datagram (FIONREAD); 0 when there is none. */
  static readable(socket: Socket): u32 {
    const ring = socket.ring();
    return ring.count ? load<u32>(ring.front()) : 0;
  }
}
