/**
 * Options of multicast: getsockopt and setsockopt at IPPROTO_IP, and what the WAMR functions give. An address is four bytes in network
 * order; the structures are
 *
 *     ip_mreq         +0 group   +4 interface's address
 *     ip_mreqn        +0 group   +4 interface's address   +8 i32 interface's number (counts more; 0 = by address)
 *     ip_mreq_source  +0 group   +4 interface's address   +8 source
 *
 * The group of IP_MULTICAST_IF means nothing. Only datagram sockets have these options.
 */
import { guest_check, guest_load8, guest_load32, guest_store8, guest_store32 } from "../../hal/imports";
import { EAFNOSUPPORT, EFAULT, EINVAL, ENOPROTOOPT, EPROTO, EPROTONOSUPPORT } from "../../net/base/errno";
import { Multicast } from "../../net/socket/multicast";
import { SOCKET_TCP, SOCKET_UDP, Socket } from "../../net/socket/socket";

/** Names at IPPROTO_IP (Zephyr's numbers, which are Linux's). */
const IP_MULTICAST_IF: i32 = 32;
const IP_MULTICAST_TTL: i32 = 33;
const IP_MULTICAST_LOOP: i32 = 34;
/** IP_ADD_MEMBERSHIP is the one before. */
const IP_DROP_MEMBERSHIP: i32 = 36;
const IP_UNBLOCK_SOURCE: i32 = 37;
const IP_BLOCK_SOURCE: i32 = 38;
const IP_ADD_SOURCE_MEMBERSHIP: i32 = 39;
const IP_DROP_SOURCE_MEMBERSHIP: i32 = 40;
const IP_MULTICAST_ALL: i32 = 49;

const ADDRESS_BYTES: u32 = 4;
const MREQ_BYTES: u32 = 8;
const MREQN_BYTES: u32 = 12;
const MREQ_SOURCE_BYTES: u32 = 12;

/** WAMR's record of an address without port: u32 kind (0 IPv4, 1 IPv6), then the address. */
const WASI_KIND_IPV6: u32 = 1;
const WASI_IPV4_BYTES: u32 = 8;

export class MulticastOptions {
  /** True for the options of this file. */
  @inline static has(name: i32): bool {
    return (
      <u32>(name - IP_MULTICAST_IF) <= <u32>(IP_DROP_SOURCE_MEMBERSHIP - IP_MULTICAST_IF) || name == IP_MULTICAST_ALL
    );
  }

  /**
   * getsockopt: writes at most `room` bytes (the range is checked) and their number to `length`. 0, or ENOPROTOOPT: a membership, which can
   * only be set, or another kind of socket.
   */
  static get(task: i32, socket: Socket, name: i32, value: usize, room: u32, length: usize): i32 {
    if (socket.kind != SOCKET_UDP || (name > IP_MULTICAST_LOOP && name != IP_MULTICAST_ALL)) return ENOPROTOOPT;
    let result: u32 = 0;
    if (name == IP_MULTICAST_IF) result = Multicast.interfaceAddress(socket);
    else if (name == IP_MULTICAST_TTL) result = Multicast.ttl(socket);
    else result = u32(name == IP_MULTICAST_LOOP ? Multicast.loop(socket) : Multicast.all(socket));
    const bytes = min<u32>(room, 4);
    for (let i: u32 = 0; i < bytes; i++) {
      guest_store8(task, value + i, result);
      result >>>= 8;
    }
    guest_store32(task, length, bytes);
    return 0;
  }

  /**
   * setsockopt; the range of `value` is checked. A number may have one byte, as elsewhere. 0, or EINVAL (length or value; a stream), EPROTO (a
   * membership of a stream), ENOPROTOOPT (another kind of socket), and what net/socket/multicast.ts answers: EADDRNOTAVAIL, EADDRINUSE,
   * ENODEV, ENOBUFS.
   */
  static set(task: i32, socket: Socket, name: i32, value: usize, length: u32): i32 {
    if (socket.kind != SOCKET_UDP) {
      if (socket.kind != SOCKET_TCP || name == IP_MULTICAST_LOOP || name == IP_MULTICAST_ALL) return ENOPROTOOPT;
      return name < IP_MULTICAST_LOOP ? EINVAL : EPROTO;
    }
    if (name == IP_MULTICAST_IF) return MulticastOptions.setInterface(task, socket, value, length);
    if (name <= IP_MULTICAST_LOOP || name == IP_MULTICAST_ALL) {
      if (!length) return EINVAL;
      const number = <i32>(length < 4 ? guest_load8(task, value) : guest_load32(task, value));
      if (name == IP_MULTICAST_TTL) return -Multicast.setTtl(socket, number);
      if (name == IP_MULTICAST_ALL) {
        if (<u32>number > 1) return EINVAL;
        Multicast.setAll(socket, number != 0);
        return 0;
      }
      Multicast.setLoop(socket, number != 0);
      return 0;
    }
    if (name >= IP_UNBLOCK_SOURCE) return MulticastOptions.setSource(task, socket, name, value, length);
    if (length < MREQ_BYTES) return EINVAL;
    const group = guest_load32(task, value);
    const address = guest_load32(task, value + 4);
    const index = length < MREQN_BYTES ? 0 : <i32>guest_load32(task, value + 8);
    return name == IP_DROP_MEMBERSHIP
      ? -Multicast.leave(socket, group, address, index)
      : -Multicast.join(socket, group, address, index);
  }

  /** An in_addr, ip_mreq or ip_mreqn. */
  private static setInterface(task: i32, socket: Socket, value: usize, length: u32): i32 {
    if (length < ADDRESS_BYTES) return EINVAL;
    const address = guest_load32(task, length < MREQ_BYTES ? value : value + 4);
    const index = length < MREQN_BYTES ? 0 : <i32>guest_load32(task, value + 8);
    return -Multicast.setInterface(socket, address, index);
  }

  private static setSource(task: i32, socket: Socket, name: i32, value: usize, length: u32): i32 {
    if (length != MREQ_SOURCE_BYTES) return EINVAL;
    const group = guest_load32(task, value);
    const address = guest_load32(task, value + 4);
    const source = guest_load32(task, value + 8);
    if (name == IP_ADD_SOURCE_MEMBERSHIP) return -Multicast.joinSource(socket, group, address, source);
    if (name == IP_DROP_SOURCE_MEMBERSHIP) return -Multicast.leaveSource(socket, group, address, source);
    if (name == IP_BLOCK_SOURCE) return -Multicast.block(socket, group, address, source);
    return -Multicast.unblock(socket, group, address, source);
  }

  /**
   * sock_set_ip_add_membership (`join`) and sock_set_ip_drop_membership of a datagram socket.
   * @param record  guest address: WAMR's address without port; @param address of the interface, network order, 0 = none named
   * @returns 0, or EFAULT, EAFNOSUPPORT (IPv6), EPROTONOSUPPORT (unknown kind), and what net/socket/multicast.ts answers
   */
  static wasiMembership(task: i32, socket: Socket, record: usize, address: u32, join: bool): i32 {
    if (!guest_check(task, record, WASI_IPV4_BYTES)) return EFAULT;
    const kind = guest_load32(task, record);
    if (kind) return kind == WASI_KIND_IPV6 ? EAFNOSUPPORT : EPROTONOSUPPORT;
    const group = guest_load32(task, record + 4);
    return join ? -Multicast.join(socket, group, address, 0) : -Multicast.leave(socket, group, address, 0);
  }
}
