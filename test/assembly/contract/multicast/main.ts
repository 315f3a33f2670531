// Multicast inside the device: memberships, filters, what is sent. TTL 0 and the loopback interface keep all of it off the network.
import { CONFIG_NET_CONFIG_MY_IPV4_ADDR } from "socklet/config";
import { htonl, ntohl } from "socklet/posix/arpa/inet";
import { EADDRINUSE, EADDRNOTAVAIL, EAGAIN, EINVAL, ENOBUFS, ENODEV, ENOPROTOOPT } from "socklet/posix/errno";
import {
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_UNBLOCK_SOURCE,
  IPPROTO_IP,
  ip_mreq,
  ip_mreq_source,
  ip_mreqn,
} from "socklet/posix/netinet/in";
import {
  bind,
  getsockopt,
  IntCell,
  MSG_DONTWAIT,
  recvfrom,
  SO_REUSEADDR,
  SOL_SOCKET,
  sendto,
  setsockopt,
} from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, datagram, fill, filled, LOOPBACK, room, Static, sockaddr_in } from "../sockets";
import { check, done, equal, fails } from "../tap";

/** 239.1.2.3, 239.1.2.4, 224.0.0.1; host order. */
const GROUP: u32 = 0xef010203;
const OTHER: u32 = 0xef010204;
const ALL_HOSTS: u32 = 0xe0000001;
const PORT: u32 = 5000;
const SIZE: i32 = 100;

const one = Static.of<IntCell>();
one.value = 1;
const value = Static.of<IntCell>();
const length = Static.of<IntCell>();
const from = Static.of<sockaddr_in>();
const request = Static.of<ip_mreq>();
const numbered = Static.of<ip_mreqn>();
const filter = Static.of<ip_mreq_source>();
const buffer: usize = memory.data(128, 4);

function own(): u32 {
  return ntohl(CONFIG_NET_CONFIG_MY_IPV4_ADDR);
}

/** A membership option with an ip_mreq: group and interface in host order. */
function set(fd: i32, name: i32, group: u32, inside: u32 = 0): i32 {
  request.imr_multiaddr = htonl(group);
  request.imr_interface = htonl(inside);
  return setsockopt(fd, IPPROTO_IP, name, request, 8);
}

/** One with a source. */
function source(fd: i32, name: i32, address: u32): i32 {
  filter.imr_multiaddr = htonl(GROUP);
  filter.imr_sourceaddr = htonl(address);
  return setsockopt(fd, IPPROTO_IP, name, filter, 12);
}

function setInt(fd: i32, name: i32, number: i32): i32 {
  value.value = number;
  return setsockopt(fd, IPPROTO_IP, name, value, 4);
}

function getInt(fd: i32, name: i32): i32 {
  length.value = 4;
  return getsockopt(fd, IPPROTO_IP, name, value, length) < 0 ? -1 : value.value;
}

/** A socket on PORT, which others may have too; what it sends to groups stays here. */
function open(): i32 {
  const fd = datagram();
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4);
  setInt(fd, IP_MULTICAST_TTL, 0);
  return bind(fd, at(0, PORT), ADDRESS_BYTES) < 0 ? -1 : fd;
}

function send(fd: i32, group: u32, seed: u32): i32 {
  fill(buffer, SIZE, seed);
  return sendto(fd, buffer, SIZE, 0, at(group, PORT), ADDRESS_BYTES);
}

/** Whether `fd` gets the datagram of `seed`, and from whom. */
function hears(fd: i32, seed: u32): bool {
  if (!arrived(fd)) return false;
  return recvfrom(fd, buffer, 128, 0, from, room()) == SIZE && filled(buffer, SIZE, seed);
}

function nothing(fd: i32, title: string): void {
  fails(<i32>recvfrom(fd, buffer, 128, MSG_DONTWAIT, from, room()), EAGAIN, title);
}

function options(fd: i32): void {
  equal(getInt(fd, IP_MULTICAST_TTL), 1, "IP_MULTICAST_TTL is 1 at first");
  equal(getInt(fd, IP_MULTICAST_LOOP), 1, "IP_MULTICAST_LOOP is on");
  equal(getInt(fd, IP_MULTICAST_IF), 0, "IP_MULTICAST_IF is 0.0.0.0");
  fails(setInt(fd, IP_MULTICAST_TTL, 256), EINVAL, "IP_MULTICAST_TTL 256: EINVAL");
  equal(setInt(fd, IP_MULTICAST_TTL, 255), 0, "255 is possible");
  store<u8>(buffer, 0);
  equal(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, buffer, 1), 0, "and so is one byte");
  equal(getInt(fd, IP_MULTICAST_TTL), 0, "which reads as an int");
  equal(setInt(fd, IP_MULTICAST_IF, <i32>CONFIG_NET_CONFIG_MY_IPV4_ADDR), 0, "IP_MULTICAST_IF is an address of ours");
  equal(getInt(fd, IP_MULTICAST_IF), <i32>CONFIG_NET_CONFIG_MY_IPV4_ADDR, "and reads as that");
  fails(setInt(fd, IP_MULTICAST_IF, 0x01020304), EADDRNOTAVAIL, "another address: EADDRNOTAVAIL");
  fails(getInt(fd, IP_ADD_MEMBERSHIP), ENOPROTOOPT, "a membership cannot be read: ENOPROTOOPT");
}

function mistakes(fd: i32): void {
  fails(set(fd, IP_ADD_MEMBERSHIP, 0x0a000001), EINVAL, "an address that is no group: EINVAL");
  fails(setInt(fd, IP_ADD_MEMBERSHIP, 0), EINVAL, "four bytes: EINVAL");
  fails(set(fd, IP_ADD_MEMBERSHIP, GROUP, 0x01020304), ENODEV, "an interface that there is not: ENODEV");
  fails(set(fd, IP_DROP_MEMBERSHIP, GROUP), EADDRNOTAVAIL, "leaving without being a member: EADDRNOTAVAIL");
  equal(set(fd, IP_ADD_MEMBERSHIP, GROUP), 0, "joining a group");
  fails(set(fd, IP_ADD_MEMBERSHIP, GROUP, own()), EADDRINUSE, "joining it again, by the address: EADDRINUSE");
  numbered.imr_multiaddr = htonl(GROUP);
  numbered.imr_ifindex = 1;
  fails(
    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, numbered, 12),
    EADDRINUSE,
    "and by the number of the interface: EADDRINUSE",
  );
  numbered.imr_ifindex = 2;
  equal(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, numbered, 12), 0, "on the loopback interface it is not joined");
  equal(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, numbered, 12), 0, "which can be left");
  equal(set(fd, IP_ADD_MEMBERSHIP, OTHER), 0, "a second group");
  fails(set(fd, IP_ADD_MEMBERSHIP, OTHER + 1), ENOBUFS, "a third one: ENOBUFS");
  equal(set(fd, IP_DROP_MEMBERSHIP, OTHER), 0, "leaving one makes room");
  equal(set(fd, IP_ADD_MEMBERSHIP, OTHER + 1), 0, "at once");
}

function delivery(): void {
  const first = open();
  const second = open();
  const stranger = open();
  check(first > 0 && second > 0 && stranger > 0, "three sockets share a port");
  equal(set(first, IP_ADD_MEMBERSHIP, GROUP), 0, "the first joins");
  equal(set(second, IP_ADD_MEMBERSHIP, GROUP), 0, "and the second");
  equal(send(stranger, GROUP, 1), SIZE, "whoever sends need not be a member");
  check(hears(first, 1), "the first member gets the datagram");
  equal(<i32>ntohl(from.sin_addr), <i32>own(), "from the address of the device");
  check(hears(second, 1), "the second member gets it too");
  nothing(stranger, "who is no member does not");
  send(first, OTHER, 2);
  nothing(first, "another group is another matter");
  equal(getInt(stranger, IP_MULTICAST_ALL), 0, "IP_MULTICAST_ALL is off at first");
  fails(setInt(stranger, IP_MULTICAST_ALL, 2), EINVAL, "2: EINVAL");
  equal(setInt(stranger, IP_MULTICAST_ALL, 1), 0, "it can be set");
  send(first, GROUP, 9);
  check(hears(stranger, 9), "with it a socket hears the groups of others");
  setInt(stranger, IP_MULTICAST_ALL, 0);
  hears(first, 9);
  hears(second, 9);

  setInt(first, IP_MULTICAST_LOOP, 0);
  send(first, GROUP, 3);
  nothing(second, "without IP_MULTICAST_LOOP nobody here hears it");
  setInt(first, IP_MULTICAST_LOOP, 1);

  equal(source(second, IP_BLOCK_SOURCE, own()), 0, "the second blocks a source");
  fails(source(second, IP_BLOCK_SOURCE, own()), EADDRNOTAVAIL, "which it can do once: EADDRNOTAVAIL");
  send(first, GROUP, 4);
  check(hears(first, 4), "the first hears itself");
  nothing(second, "the second does not");
  equal(source(second, IP_UNBLOCK_SOURCE, own()), 0, "the source is heard again");
  send(first, GROUP, 5);
  check(hears(second, 5), "and its next datagram arrives");
  hears(first, 5);

  fails(source(stranger, IP_DROP_SOURCE_MEMBERSHIP, own()), EINVAL, "the third is no member: EINVAL");
  equal(source(stranger, IP_ADD_SOURCE_MEMBERSHIP, own()), 0, "it joins for one source");
  send(first, GROUP, 6);
  check(hears(stranger, 6), "which it hears");
  equal(source(stranger, IP_DROP_SOURCE_MEMBERSHIP, own()), 0, "with the source it leaves the group");
  fails(set(stranger, IP_DROP_MEMBERSHIP, GROUP), EADDRNOTAVAIL, "of which it is no member any more: EADDRNOTAVAIL");
  hears(first, 6);
  hears(second, 6);

  equal(set(first, IP_DROP_MEMBERSHIP, GROUP), 0, "the first leaves");
  send(second, GROUP, 7);
  check(hears(second, 7), "the second is still a member");
  nothing(first, "the first is none");
  send(first, ALL_HOSTS, 8);
  check(hears(stranger, 8), "224.0.0.1 reaches everybody");
  close(first);
  close(second);
  close(stranger);
}

function inside(): void {
  const fd = open();
  equal(set(fd, IP_ADD_MEMBERSHIP, GROUP, LOOPBACK), 0, "joining on the loopback interface");
  send(fd, GROUP, 1);
  nothing(fd, "what goes to the network is not heard there");
  value.value = <i32>htonl(LOOPBACK);
  equal(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, value, 4), 0, "IP_MULTICAST_IF 127.0.0.1");
  send(fd, GROUP, 2);
  check(hears(fd, 2), "what goes there is");
  equal(<i32>ntohl(from.sin_addr), <i32>LOOPBACK, "from 127.0.0.1");
  close(fd);
}

const fd = datagram();
options(fd);
mistakes(fd);
close(fd);
delivery();
inside();
const again = datagram();
fails(set(again, IP_DROP_MEMBERSHIP, GROUP), EADDRNOTAVAIL, "a closed socket has left its groups");
equal(getInt(again, IP_MULTICAST_TTL), 1, "and its settings are gone");
done();
