/** UDP. */
import { AF_INET, IPPROTO_UDP, SO_BROADCAST, SOCK_DGRAM, SOL_SOCKET, ZSOCK_MSG_TRUNC } from "../zsock/constants";
import { zsock_close, zsock_connect, zsock_socket } from "../zsock/socket";
import { zsock_recv, zsock_recvfrom, zsock_send, zsock_sendto } from "../zsock/transfer";
import { IntCell } from "../zsock/types";
import { Descriptor } from "./descriptor";
import { Endpoint } from "./endpoint";

const ADDRESS_BYTES: u32 = 8;

/** A socket for datagrams. */
@unmanaged
@final
export class UdpSocket {
  /** The object of a descriptor that is open; null for a number below 0. */
  @inline static of(fd: i32): UdpSocket | null {
    return changetype<UdpSocket | null>(Descriptor.objectOf(fd));
  }

  /**
   * Opens one, bound to `port`.
   *
   * @param port    0: one is chosen when it is first needed
   * @param address own address, network order; 0: all
   * @returns null with an error: EADDRINUSE, EADDRNOTAVAIL, ENFILE, EMFILE, ENOBUFS, EPROTOTYPE (no UDP in this image)
   */
  static open(port: u32 = 0, address: u32 = 0): UdpSocket | null {
    const fd = zsock_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    if (fd < 0 || (!port && !address) || Descriptor.bind(fd, address, port)) return UdpSocket.of(fd);
    Descriptor.giveUp(fd);
    return null;
  }

  /** The descriptor, for the functions of socklet/posix. */
  @inline fd(): i32 {
    return Descriptor.of(changetype<usize>(this));
  }

  /** Datagrams go to `peer` and come from there alone. */
  connect(peer: Endpoint): bool {
    return zsock_connect<Endpoint>(this.fd(), peer, ADDRESS_BYTES) == 0;
  }

  /** Sends a datagram (usize → u8[length]) to the peer. False with an error. @see POSIX send() */
  send(buffer: usize, length: u32): bool {
    return zsock_send(this.fd(), buffer, length, 0) >= 0;
  }

  /** Sends a datagram to `to`. False with an error. @see POSIX sendto() */
  sendTo(to: Endpoint, buffer: usize, length: u32): bool {
    return zsock_sendto<Endpoint>(this.fd(), buffer, length, 0, to, ADDRESS_BYTES) >= 0;
  }

  /** The next datagram to `buffer` (usize → u8[length]): its length, more than `length` when it was cut; -1 with an error. */
  receive(buffer: usize, length: u32): i32 {
    return zsock_recv(this.fd(), buffer, length, ZSOCK_MSG_TRUNC);
  }

  /** As `receive`, and says from whom. */
  receiveFrom(from: Endpoint, buffer: usize, length: u32): i32 {
    const room = changetype<IntCell>(memory.data(4, 4));
    room.value = <i32>ADDRESS_BYTES;
    return zsock_recvfrom<Endpoint, IntCell>(this.fd(), buffer, length, ZSOCK_MSG_TRUNC, from, room);
  }

  /** How long receiving and sending may wait, milliseconds; 0 for ever. EAGAIN afterwards. */
  setTimeout(milliseconds: i32): bool {
    return Descriptor.setTimeout(this.fd(), milliseconds);
  }

  /** Calls wait, or answer EAGAIN instead. */
  setBlocking(blocking: bool): bool {
    return Descriptor.setBlocking(this.fd(), blocking);
  }

  /** Broadcast addresses are allowed; EACCES without this. */
  setBroadcast(on: bool): bool {
    return Descriptor.set(this.fd(), SOL_SOCKET, SO_BROADCAST, i32(on));
  }

  /** Fills in the own address and port. */
  localEnd(to: Endpoint): bool {
    return Descriptor.localEnd(this.fd(), to);
  }

  /** Closes it; the object must not be used any more. */
  close(): bool {
    return zsock_close(this.fd()) == 0;
  }
}
