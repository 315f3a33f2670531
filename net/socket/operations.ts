/**
 * The one place where the kinds of sockets meet the calls: a switch per operation. A new kind is a new file beside
 * datagram-socket.ts and a line in each switch. There are no indirect calls.
 */
import {
  CONFIG_APP_RAW_SOCKETS,
  CONFIG_NET_CONTEXT_TIMESTAMPING,
  CONFIG_NET_SOCKETS_INET_RAW,
  CONFIG_NET_SOCKETS_PACKET,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_UDP,
} from "../../config";
import { EACCES, EAFNOSUPPORT, ENFILE, ENOTSUP, EPROTONOSUPPORT, EPROTOTYPE } from "../base/errno";
import { PacketSocket } from "../packet/packet-socket";
import { RawSocket } from "../raw/raw-socket";
import { Connections } from "../transport/tcp/connections";
import { DatagramSocket } from "./datagram-socket";
import { ERROR_QUEUE, ErrorQueue } from "./error-queue";
import { PACKET_SOCKETS, RAW_SOCKETS, STREAMS_ONLY, WHOLE_FRAMES } from "./raw-kinds";
import {
  EVENT_READ_HANGUP,
  SOCKET_PACKET,
  SOCKET_RAW,
  SOCKET_TCP,
  SOCKET_UDP,
  Socket,
  SocketPool,
  STATE_CONNECTED,
  STATE_READ_SHUT,
} from "./socket";
import { StreamFastOpen } from "./stream-fast-open";
import { StreamSocket } from "./stream-socket";
import { StreamTransfer } from "./stream-transfer";
import { Task, Tasks } from "./task";
import { Timestamping } from "./timestamping";

/** Address families and types inside the core (the boundary translates). */
export const FAMILY_INET: i32 = 1;
export const FAMILY_INET6: i32 = 2;
export const FAMILY_PACKET: i32 = 3;
export const TYPE_STREAM: i32 = 1;
export const TYPE_DATAGRAM: i32 = 2;
export const TYPE_RAW: i32 = 3;
/** IP protocol numbers. */
export const PROTOCOL_TCP: i32 = 6;
export const PROTOCOL_UDP: i32 = 17;

/** Answer of `Operations.open`: a Socket's address, or 0 with the errno here. */
const OPEN_ERROR: usize = memory.data(4, 4);

export class Operations {
  /**
   * A new socket.
   * @param family FAMILY_*; @param type TYPE_*; @param protocol IP protocol number, 0 = the type's own; of
   *        FAMILY_PACKET an Ethernet type, memory order
   * @returns usize → Socket with one reference, or 0; then `openError` is -EAFNOSUPPORT (a family that is not built
   *          in), -EPROTOTYPE (a type that no protocol of the family has), -EPROTONOSUPPORT, -EINVAL (TYPE_RAW: no
   *          protocol number), -EACCES (a raw or packet socket, and CONFIG_APP_RAW_SOCKETS=n), -ENFILE (all
   *          CONFIG_NET_MAX_CONTEXTS sockets are open) or -ENOBUFS (no receive ring left)
   */
  static open(family: i32, type: i32, protocol: i32): usize {
    let kind: u32 = 0;
    let error = 0;
    if (CONFIG_NET_SOCKETS_PACKET && family == FAMILY_PACKET) {
      kind = SOCKET_PACKET;
      error = Operations.checkPacket(type);
    } else if (family != FAMILY_INET) error = -EAFNOSUPPORT;
    else if (CONFIG_NET_SOCKETS_INET_RAW && type == TYPE_RAW) {
      kind = SOCKET_RAW;
      error = Operations.checkRaw(protocol);
    } else if (type == TYPE_DATAGRAM && CONFIG_NET_UDP) kind = protocol && protocol != PROTOCOL_UDP ? 0 : SOCKET_UDP;
    else if (type == TYPE_STREAM && CONFIG_NET_TCP) kind = protocol && protocol != PROTOCOL_TCP ? 0 : SOCKET_TCP;
    else error = -EPROTOTYPE;
    if (!error && !kind) error = -EPROTONOSUPPORT;
    if (!error) {
      const p =
        CONFIG_NET_TCP && (STREAMS_ONLY || kind == SOCKET_TCP) ? StreamSocket.open() : Operations.takeDatagram(kind);
      if (!p) error = -ENFILE;
      else if (CONFIG_NET_UDP && kind == SOCKET_UDP) error = DatagramSocket.open(Socket.at(p));
      else if (RAW_SOCKETS && kind == SOCKET_RAW) error = RawSocket.open(Socket.at(p), protocol);
      else if (PACKET_SOCKETS && kind == SOCKET_PACKET)
        error = PacketSocket.open(Socket.at(p), type == TYPE_RAW, protocol);
      if (!error) return p;
      if (p) SocketPool.give(Socket.at(p));
    }
    store<i32>(OPEN_ERROR, error);
    return 0;
  }

  /** 0 when the application may have a raw socket of `protocol`, or why not. */
  private static checkRaw(protocol: i32): i32 {
    const error = RawSocket.check(protocol);
    return error || CONFIG_APP_RAW_SOCKETS ? error : -EACCES;
  }

  /** 0 when the application may have a packet socket of type `type`, or why not. */
  private static checkPacket(type: i32): i32 {
    if (type == TYPE_STREAM) return -EPROTOTYPE;
    return CONFIG_APP_RAW_SOCKETS ? 0 : -EACCES;
  }

  /** A record for a socket of messages, or 0. */
  @inline private static takeDatagram(kind: u32): usize {
    if (!WHOLE_FRAMES) kind = SOCKET_UDP;
    return CONFIG_NET_TCP ? Connections.takeRecord(kind) : SocketPool.take(kind);
  }

  /** Why the last `open` failed, -errno. */
  @inline static openError(): i32 {
    return load<i32>(OPEN_ERROR);
  }

  /** One reference more: another descriptor of the same socket. */
  @inline static retain(socket: Socket): void {
    socket.references += 1;
  }

  /**
   * The descriptor `fd` of the socket is closed: one reference less; the last one closes the socket. Whoever waits on it through `fd` is
   * woken and finds EBADF.
   */
  static release(socket: Socket, fd: i32): void {
    socket.references -= 1;
    if (socket.references) {
      Tasks.leaveDescriptor(changetype<usize>(socket), fd);
      return;
    }
    Tasks.leave(changetype<usize>(socket));
    if (socket.isStream()) {
      StreamSocket.close(socket);
      return;
    }
    if (socket.isUdp()) DatagramSocket.close(socket);
    else if (socket.isRaw()) RawSocket.close(socket);
    else if (socket.isPacket()) PacketSocket.close(socket);
    if (ERROR_QUEUE) ErrorQueue.purge(socket);
    if (CONFIG_NET_CONTEXT_TIMESTAMPING) Timestamping.close(socket);
    SocketPool.give(socket);
  }

  /** True when closing the last descriptor has to wait, and is to be repeated. @see StreamSocket.mustLinger */
  @inline static mustLinger(socket: Socket, task: i32): bool {
    return socket.isStream() && StreamSocket.mustLinger(socket, task);
  }

  /** True when the socket has a peer. */
  static isConnected(socket: Socket): bool {
    if (socket.isStream()) return StreamSocket.isConnected(socket);
    return socket.has(STATE_CONNECTED);
  }

  /** @see DatagramSocket.bind, StreamSocket.bind */
  static bind(socket: Socket, address: u32, port: u32): i32 {
    if (socket.isUdp()) return DatagramSocket.bind(socket, address, port);
    if (socket.isRaw()) return RawSocket.bind(socket, address);
    if (socket.isPacket()) return -ENOTSUP;
    if (CONFIG_NET_TCP) return StreamSocket.bind(socket, address, port);
    return -ENOTSUP;
  }

  /** Addresses, network order. @see DatagramSocket.connect, StreamSocket.connect */
  static connect(socket: Socket, task: i32, address: u32, port: u32): i32 {
    if (socket.isUdp()) return DatagramSocket.connect(socket, address, port);
    if (socket.isRaw()) return RawSocket.connect(socket, address, port);
    if (socket.isPacket()) return -ENOTSUP;
    if (CONFIG_NET_TCP) return StreamSocket.connect(socket, task, address, port);
    return -ENOTSUP;
  }

  /** Waits for connections. -ENOTSUP for a socket that has none. @see StreamSocket.listen */
  static listen(socket: Socket, backlog: i32): i32 {
    if (socket.isStream()) return StreamSocket.listen(socket, backlog);
    return -ENOTSUP;
  }

  /** The next connection: usize → Socket. -ENOTSUP for a socket that has none. @see StreamSocket.accept */
  static accept(socket: Socket, task: i32): i32 {
    if (socket.isStream()) return StreamSocket.accept(socket, task);
    return -ENOTSUP;
  }

  /**
   * Sends what the shared GuestVector names. A stream ignores the address (but for FLAG_FASTOPEN), a raw socket the port (address 0: to the peer), a packet socket both (see
   * PacketAddress.destination). @see DatagramSocket.send, RawSocket.send, PacketSocket.send, StreamTransfer.send
   */
  @inline static send(socket: Socket, task: i32, address: u32, port: u32, flags: u32): i32 {
    if (socket.isUdp()) return DatagramSocket.send(socket, task, address, port, flags);
    if (socket.isRaw()) return RawSocket.send(socket, task, address, flags);
    if (socket.isPacket()) return PacketSocket.send(socket, task, flags);
    if (CONFIG_NET_TCP && CONFIG_NET_TCP_FASTOPEN && StreamFastOpen.concerns(socket, task, flags))
      return StreamFastOpen.send(socket, task, address, port, flags);
    if (CONFIG_NET_TCP) return StreamTransfer.send(socket, task, flags);
    return -ENOTSUP;
  }

  /** Receives into the shared GuestVector. @see DatagramSocket.receive, StreamTransfer.receive */
  @inline static receive(socket: Socket, task: i32, flags: u32): i32 {
    if (socket.isUdp() || socket.isRaw()) return DatagramSocket.receive(socket, task, flags);
    if (socket.isPacket()) return PacketSocket.receive(socket, task, flags);
    if (CONFIG_NET_TCP) return StreamTransfer.receive(socket, task, flags);
    return -ENOTSUP;
  }

  /** @see DatagramSocket.shutdown, StreamSocket.shutdown */
  static shutdown(socket: Socket, read: bool, write: bool): i32 {
    if (socket.isUdp() || socket.isRaw()) return DatagramSocket.shutdown(socket, read, write);
    if (socket.isPacket()) return -ENOTSUP;
    if (CONFIG_NET_TCP) return StreamSocket.shutdown(socket, read, write);
    return -ENOTSUP;
  }

  /** EVENT_* that hold now. */
  static events(socket: Socket): u32 {
    if (socket.isDatagram()) return DatagramSocket.events(socket);
    if (CONFIG_NET_TCP) return StreamSocket.events(socket);
    return 0;
  }

  /** EVENT_READ_HANGUP when nothing more will come, or 0. */
  static readHangup(socket: Socket): u32 {
    const over = socket.isStream() ? StreamSocket.hasEnded(socket) : socket.has(STATE_READ_SHUT);
    return over ? EVENT_READ_HANGUP : 0;
  }

  /** Bytes that can be read at once (FIONREAD). */
  static readable(socket: Socket): u32 {
    if (socket.isUdp() || socket.isRaw()) return DatagramSocket.readable(socket);
    if (socket.isPacket()) return PacketSocket.readable(socket);
    if (CONFIG_NET_TCP) return StreamSocket.readable(socket);
    return 0;
  }

  /** A task ends: nothing of it waits any more. */
  static forgetTask(task: i32): void {
    Task.at(task).clear();
  }
}
