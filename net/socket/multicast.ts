/**
 * Multicast for datagram sockets: what they send to groups with, and joining, leaving and filtering (RFC 1112 §6.1, §7.1; RFC 3376 §2).
 * Errors are those of Linux. All addresses are in network order.
 *
 * An interface is named by its number, or by its address; without either it is the NIC.
 */
import { CONFIG_NET_MAX_CONTEXTS } from "../../config";
import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS, ENODEV } from "../base/errno";
import { Ipv4Output } from "../ip/ipv4-output";
import { GroupFilter } from "../ip/multicast/group-filter";
import { GROUP_SOURCES, Groups } from "../ip/multicast/groups";
import { Igmp } from "../ip/multicast/igmp";
import {
  FILTER_EXCLUDE,
  FILTER_INCLUDE,
  MEMBERSHIP_SOURCES,
  Membership,
  Memberships,
} from "../ip/multicast/memberships";
import { Route } from "../ip/route";
import { ALL_HOSTS_ADDRESS, INTERFACE_LOOPBACK, INTERFACE_NIC, Interfaces, LOOPBACK_ADDRESS } from "../link/interface";
import { Loopback } from "../link/loopback";
import { NEIGHBOUR_LOOPBACK, Neighbour } from "../link/neighbour";
import { ETHERNET_HEADER_BYTES } from "../wire/ethernet";
import { IPV4_HEADER_BYTES, Ipv4Address } from "../wire/ipv4";
import { Socket, SocketPool } from "./socket";

/** `Settings.bits`: the TTL in the low byte, and whether members on this host get what is sent; the interface's number from bit 16. */
const TTL_MASK: u32 = 0xff;
const LOOP: u32 = 1 << 8;
/** It hears the groups of others. */
const ALL: u32 = 1 << 9;
const INTERFACE_SHIFT: u32 = 16;
/** RFC 1112 §6.1: a datagram to a group stays on the link unless somebody asks for more. */
const DEFAULT_TTL: u32 = 1;

@unmanaged
@final
class Settings {
  bits: u32;
  /** Address by which the application named the interface, 0 when it did not. */
  address: u32;
}

/** Memory of this file. In functions, so that an image without multicast has nothing of it. */
class Memory {
  /** Settings of each record of the pool of sockets. */
  static settings(): usize {
    return memory.data(CONFIG_NET_MAX_CONTEXTS * 8, 4);
  }
}

export class Multicast {
  private static settings(socket: Socket): Settings {
    return changetype<Settings>(Memory.settings() + ((<usize>SocketPool.indexOf(changetype<usize>(socket))) << 3));
  }

  /** A new socket: TTL 1, members on this host hear what it sends, no interface, it hears its own groups alone. */
  static open(socket: Socket): void {
    const settings = Multicast.settings(socket);
    settings.bits = DEFAULT_TTL | LOOP;
    settings.address = 0;
  }

  /** The socket is closed: it leaves its groups. */
  static close(socket: Socket): void {
    const self = changetype<usize>(socket);
    for (let p = Memberships.any(self); p; p = Memberships.any(self)) {
      const group = Membership.at(p).group;
      const index = Membership.at(p).interfaceIndex;
      Memberships.release(p);
      Multicast.changed(group, index);
    }
  }

  // ---- sending ----

  /** IP_MULTICAST_TTL. */
  static ttl(socket: Socket): u32 {
    return Multicast.settings(socket).bits & TTL_MASK;
  }

  /** IP_MULTICAST_TTL: 0 (nothing leaves this host) to 255, -1 = 1. 0 or -EINVAL. */
  static setTtl(socket: Socket, ttl: i32): i32 {
    if (ttl == -1) ttl = DEFAULT_TTL;
    if (<u32>ttl > TTL_MASK) return -EINVAL;
    const settings = Multicast.settings(socket);
    settings.bits = (settings.bits & ~TTL_MASK) | <u32>ttl;
    return 0;
  }

  /** IP_MULTICAST_LOOP: whether members on this host get what the socket sends to their groups. */
  static loop(socket: Socket): bool {
    return (Multicast.settings(socket).bits & LOOP) != 0;
  }

  static setLoop(socket: Socket, on: bool): void {
    const settings = Multicast.settings(socket);
    settings.bits = on ? settings.bits | LOOP : settings.bits & ~LOOP;
  }

  /**
   * IP_MULTICAST_ALL: whether the socket hears what comes for groups that only others here are members of. Off at first: a program hears
   * what it has joined (RFC 3376 §2). On Linux it is on, for old programs' sake.
   */
  @inline static all(socket: Socket): bool {
    return (Multicast.settings(socket).bits & ALL) != 0;
  }

  static setAll(socket: Socket, on: bool): void {
    const settings = Multicast.settings(socket);
    settings.bits = on ? settings.bits | ALL : settings.bits & ~ALL;
  }

  /** IP_MULTICAST_IF: the address that it was set with; 0 = none. */
  static interfaceAddress(socket: Socket): u32 {
    return Multicast.settings(socket).address;
  }

  /**
   * IP_MULTICAST_IF: the interface over which datagrams to groups go out.
   * @param address of the interface, or 0; @param index its number, which counts more, or 0. Both 0: none in particular
   * @returns 0, or -EADDRNOTAVAIL: there is no such interface
   */
  static setInterface(socket: Socket, address: u32, index: i32): i32 {
    let found: i32 = 0;
    if (address || index) {
      found = Multicast.resolve(address, index);
      if (!found) return -EADDRNOTAVAIL;
    }
    const settings = Multicast.settings(socket);
    settings.bits = (settings.bits & 0xffff) | ((<u32>found) << INTERFACE_SHIFT);
    settings.address = address;
    return 0;
  }

  /** Number of the interface for datagrams to `destination`, as Route.find wants it; 0 = any. */
  static route(socket: Socket, destination: u32): i32 {
    // SO_BINDTODEVICE and the interface that a control message names come first.
    if (socket.boundInterface || !Ipv4Address.isMulticast(destination)) return <i32>socket.way;
    return <i32>(Multicast.settings(socket).bits >>> INTERFACE_SHIFT);
  }

  /** The address that a datagram to a group comes from. A socket may be bound to the group itself, or to an address of another interface. */
  static source(socket: Socket, neighbour: Neighbour): u32 {
    if (neighbour.state != NEIGHBOUR_LOOPBACK) return Route.source(neighbour);
    return Ipv4Address.isLoopback(socket.localAddress) ? socket.localAddress : LOOPBACK_ADDRESS;
  }

  /** TTL in the low byte, type of service in the second, of a datagram to a group. */
  static ttlTos(socket: Socket): u32 {
    return (socket.ttlTos & 0xff00) | Multicast.ttl(socket);
  }

  /**
   * Sends the datagram or fragment to a group that is in the staging buffer, and lets the members on this host hear it. Over the
   * loopback interface it goes there once in any case.
   * @param bytes after the IP header
   * @returns 0, or -EAGAIN: the chip has no room now
   */
  static sendStaged(socket: Socket, neighbour: Neighbour, destination: u32, bytes: u32): i32 {
    if (neighbour.state == NEIGHBOUR_LOOPBACK) return Ipv4Output.sendStaged(neighbour, bytes);
    if (Multicast.ttl(socket)) {
      // First of all: without room nothing has happened, and the call is made again.
      const result = Ipv4Output.sendStaged(neighbour, bytes);
      if (result < 0) return result;
    }
    if (Multicast.loop(socket) && Memberships.isMember(destination, INTERFACE_NIC)) {
      Loopback.enqueue(Ipv4Output.buffer(), bytes + (ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES));
    }
    return 0;
  }

  // ---- memberships ----

  /**
   * IP_ADD_MEMBERSHIP: joins `group` to hear everybody.
   * @param address, @param index of the interface
   * @returns 0, or -EINVAL (not a group), -ENODEV (no such interface, or the NIC does not work), -EADDRINUSE (a member already),
   *          -ENOBUFS (CONFIG_NET_IPV4_IGMP_MEMBERSHIPS, or CONFIG_NET_IF_MCAST_IPV4_ADDR_COUNT groups)
   */
  static join(socket: Socket, group: u32, address: u32, index: i32): i32 {
    if (!Ipv4Address.isMulticast(group)) return -EINVAL;
    const found = Multicast.resolve(address, index);
    if (!found) return -ENODEV;
    if (Memberships.find(changetype<usize>(socket), group, found)) return -EADDRINUSE;
    if (!Multicast.create(socket, group, found, address, FILTER_EXCLUDE)) return -ENOBUFS;
    Multicast.changed(group, found);
    return 0;
  }

  /**
   * IP_DROP_MEMBERSHIP: leaves `group`, whatever its filter. Parameters as of `join`.
   * @returns 0, or -EADDRNOTAVAIL (not a member), -ENODEV (none is named, and the NIC does not work)
   */
  static leave(socket: Socket, group: u32, address: u32, index: i32): i32 {
    const self = changetype<usize>(socket);
    const found = Multicast.resolve(address, index);
    if (!found && !address && !index) return -ENODEV;
    // The interface may have another address by now than the one that it was named by.
    const p = found ? Memberships.find(self, group, found) : Memberships.findNamed(self, group, address);
    if (!p) return -EADDRNOTAVAIL;
    const at = Membership.at(p).interfaceIndex;
    Memberships.release(p);
    Multicast.changed(group, at);
    return 0;
  }

  /**
   * IP_ADD_SOURCE_MEMBERSHIP: hears `source` in `group`, which it joins for that unless it is a member. Parameters as of `join`.
   * @returns as `join`, and -EINVAL (a member that hears all but some), -EADDRNOTAVAIL (heard already), -ENOBUFS (as many sources as a
   *          membership, or all members of the group together, have room for); never -EADDRINUSE
   */
  static joinSource(socket: Socket, group: u32, address: u32, source: u32): i32 {
    return Multicast.addSource(socket, group, address, source, FILTER_INCLUDE);
  }

  /**
   * IP_BLOCK_SOURCE: hears `source` in `group` no more. Parameters as of `join`.
   * @returns 0, or -EINVAL (not a group, not a member, or one that hears only some), -ENODEV, -EADDRNOTAVAIL (blocked already), -ENOBUFS
   */
  static block(socket: Socket, group: u32, address: u32, source: u32): i32 {
    return Multicast.addSource(socket, group, address, source, FILTER_EXCLUDE);
  }

  /**
   * IP_DROP_SOURCE_MEMBERSHIP: hears `source` no more; with the last one the socket leaves `group`. Parameters as of `join`.
   * @returns 0, or -EINVAL (not a group, not a member, or one that hears all but some), -ENODEV, -EADDRNOTAVAIL (not heard)
   */
  static leaveSource(socket: Socket, group: u32, address: u32, source: u32): i32 {
    return Multicast.removeSource(socket, group, address, source, FILTER_INCLUDE);
  }

  /**
   * IP_UNBLOCK_SOURCE: hears `source` again. Parameters as of `join`.
   * @returns 0, or -EINVAL (not a group, not a member, or one that hears only some), -ENODEV, -EADDRNOTAVAIL (not blocked)
   */
  static unblock(socket: Socket, group: u32, address: u32, source: u32): i32 {
    return Multicast.removeSource(socket, group, address, source, FILTER_EXCLUDE);
  }

  private static addSource(socket: Socket, group: u32, address: u32, source: u32, mode: u32): i32 {
    if (!Ipv4Address.isMulticast(group)) return -EINVAL;
    const index = Multicast.resolve(address, 0);
    if (!index) return -ENODEV;
    let p = Memberships.find(changetype<usize>(socket), group, index);
    const isNew = !p;
    if (isNew) {
      if (mode == FILTER_EXCLUDE) return -EINVAL;
      p = Multicast.create(socket, group, index, address, mode);
      if (!p) return -ENOBUFS;
    }
    const membership = Membership.at(p);
    const before = membership.mode;
    // A filter without sources may change its mode.
    if (before != mode && membership.count) return -EINVAL;
    if (membership.find(source) < membership.count) return -EADDRNOTAVAIL;
    if (membership.count == MEMBERSHIP_SOURCES) return -ENOBUFS;
    membership.mode = mode;
    membership.add(source);
    if (index == INTERFACE_NIC && !Memberships.fit(group, GROUP_SOURCES)) {
      membership.remove(membership.count - 1);
      membership.mode = before;
      if (isNew) Memberships.release(p);
      return -ENOBUFS;
    }
    Multicast.changed(group, index);
    return 0;
  }

  private static removeSource(socket: Socket, group: u32, address: u32, source: u32, mode: u32): i32 {
    if (!Ipv4Address.isMulticast(group)) return -EINVAL;
    const index = Multicast.resolve(address, 0);
    if (!index) return -ENODEV;
    const p = Memberships.find(changetype<usize>(socket), group, index);
    if (!p) return -EINVAL;
    const membership = Membership.at(p);
    if (membership.mode != mode && membership.count) return -EINVAL;
    const place = membership.find(source);
    if (place == membership.count) return -EADDRNOTAVAIL;
    membership.remove(place);
    // A member that hears nobody is none (RFC 3376 §3.1).
    if (mode == FILTER_INCLUDE && !membership.count) Memberships.release(p);
    Multicast.changed(group, index);
    return 0;
  }

  /** usize → a new membership that nobody has been told of, or 0 when there is no room for it or for the group. */
  private static create(socket: Socket, group: u32, index: i32, address: u32, mode: u32): usize {
    if (Multicast.isReported(group, index) && !Groups.hasRoom(group)) return 0;
    return Memberships.create(changetype<usize>(socket), group, index, address, mode);
  }

  /** The memberships in `group` are others now: whoever has to know is told. */
  private static changed(group: u32, index: i32): void {
    if (index == INTERFACE_NIC) GroupFilter.changed();
    if (Multicast.isReported(group, index)) Igmp.changed(group);
  }

  /** Every host is in 224.0.0.1, so nobody is told of that (RFC 3376 §5). */
  @inline private static isReported(group: u32, index: i32): bool {
    return index == INTERFACE_NIC && group != ALL_HOSTS_ADDRESS;
  }

  /** Number of the interface that is meant, or 0: there is none, or it is the NIC and does not work. */
  private static resolve(address: u32, index: i32): i32 {
    if (!index) {
      if (Ipv4Address.isLoopback(address)) index = INTERFACE_LOOPBACK;
      else if (!address || address == Interfaces.nic().address) index = INTERFACE_NIC;
    }
    if (index == INTERFACE_NIC && !Interfaces.nic().up) return 0;
    return Interfaces.at(index) ? index : 0;
  }
}
