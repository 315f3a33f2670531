/**
 * The raw socket: what each call means for datagrams of any IP protocol. Receiving, shutdown, events and waiting are those of the datagram
 * socket, on the same ring; what is read begins with the IP header, all of it in network order.
 *
 * @see POSIX socket(), Linux's raw(7)
 */
import { Be } from "../base/be";
import {
  EACCES,
  EADDRNOTAVAIL,
  EDESTADDRREQ,
  EINVAL,
  ENETUNREACH,
  ENOBUFS,
  EPIPE,
  EPROTONOSUPPORT,
} from "../base/errno";
import { Route } from "../ip/route";
import { Interfaces, LOOPBACK_ADDRESS } from "../link/interface";
import { DatagramRings } from "../socket/datagram-ring";
import { DatagramSocket } from "../socket/datagram-socket";
import { SEND_STAMPS } from "../socket/error-queue";
import { GuestVector } from "../socket/guest-vector";
import { OPTION_BROADCAST, Socket, STATE_BOUND, STATE_CONNECTED, STATE_WRITE_SHUT } from "../socket/socket";
import { Task } from "../socket/task";
import { Timestamping } from "../socket/timestamping";
import { Ipv4Address } from "../wire/ipv4";
import { PROTOCOL_RAW, RawFields } from "./raw-fields";
import { RawOutput } from "./raw-output";
import { RawTable } from "./raw-table";

export class RawSocket {
  /** 0 when there can be a socket of `protocol`; -EINVAL (no protocol number), -EPROTONOSUPPORT (0: it must be said which one). */
  static check(protocol: i32): i32 {
    if (<u32>protocol > PROTOCOL_RAW) return -EINVAL;
    return protocol ? 0 : -EPROTONOSUPPORT;
  }

  /** Prepares a new record for `protocol` (1 to 255). 0, or -ENOBUFS when no receive ring is left. */
  static open(socket: Socket, protocol: u32): i32 {
    if (!DatagramRings.attach(socket.ring())) return -ENOBUFS;
    const fields = RawFields.of(socket);
    fields.protocol = protocol;
    fields.headerIncluded = u32(protocol == PROTOCOL_RAW);
    // What getsockname shows as the port, as on Linux.
    socket.setLocalPort(Be.swap16(protocol));
    RawTable.insert(socket);
    return 0;
  }

  static close(socket: Socket): void {
    RawTable.remove(socket);
    DatagramRings.detach(socket.ring());
  }

  /**
   * Sets the address that datagrams come to and go out from; it may be set again. The port of an address means nothing here.
   * @param address network order, 0 = any
   * @returns 0, -EINVAL (connected), -EADDRNOTAVAIL (not an address of ours)
   */
  static bind(socket: Socket, address: u32): i32 {
    if (socket.has(STATE_CONNECTED)) return -EINVAL;
    const possible =
      !address ||
      Interfaces.isLocal(address) ||
      Ipv4Address.isMulticast(address) ||
      DatagramSocket.isBroadcast(address);
    if (!possible) return -EADDRNOTAVAIL;
    socket.localAddress = address;
    socket.set(STATE_BOUND, address != 0);
    return 0;
  }

  /**
   * Sets the peer: datagrams go there and only come from there, to the address that leads there.
   * @returns 0, -EACCES (a broadcast address without SO_BROADCAST), -ENETUNREACH
   */
  static connect(socket: Socket, address: u32, port: u32): i32 {
    if (!address) address = LOOPBACK_ADDRESS;
    if (DatagramSocket.isBroadcast(address) && !socket.has(OPTION_BROADCAST)) return -EACCES;
    const p = Route.find(address, socket.way);
    // An unresolved neighbour is no obstacle to connecting; no route is.
    if (!p && Route.error() == -ENETUNREACH) return -ENETUNREACH;
    DatagramSocket.setPeer(socket, address, port, p);
    return 0;
  }

  /** Where a datagram to `address` goes: for a raw socket no address is that of this device. */
  @inline static destination(socket: Socket, address: u32): u32 {
    return socket.isRaw() && !address ? LOOPBACK_ADDRESS : address;
  }

  /**
   * Sends what the shared GuestVector names.
   * @param address network order; 0 for the connected peer
   * @returns bytes sent, PENDING, or -EPIPE (shut down for writing), -EDESTADDRREQ (no peer), -EACCES (broadcast without SO_BROADCAST), the
   *          pending error of the socket, and what RawOutput.send answers
   */
  static send(socket: Socket, task: i32, address: u32, flags: u32): i32 {
    const result = RawSocket.trySend(socket, task, address);
    if (result < 0) return DatagramSocket.sendLater(socket, task, result, flags);
    if (SEND_STAMPS && Timestamping.stampsSent(socket)) Timestamping.sent(socket);
    Task.at(task).finish();
    return <i32>GuestVector.shared().total;
  }

  private static trySend(socket: Socket, task: i32, address: u32): i32 {
    if (socket.error) return -socket.takeError();
    if (socket.has(STATE_WRITE_SHUT)) return -EPIPE;
    if (!address) {
      if (!socket.has(STATE_CONNECTED)) return -EDESTADDRREQ;
      address = socket.remoteAddress;
    }
    if (DatagramSocket.isBroadcast(address) && !socket.has(OPTION_BROADCAST)) return -EACCES;
    return RawOutput.send(socket, address, task, GuestVector.shared());
  }
}
