// Settings of sockets that an image has only when it asks for them.
import { EADDRINUSE, EINVAL, ENETUNREACH, EPERM } from "socklet/posix/errno";
import { IP_LOCAL_PORT_RANGE, IP_OPTIONS, IP_TOS, IPPROTO_IP, ntohs } from "socklet/posix/netinet/in";
import {
  bind,
  connect,
  getsockname,
  getsockopt,
  IntCell,
  MSG_DONTROUTE,
  recv,
  SO_DEBUG,
  SO_DONTROUTE,
  SO_PRIORITY,
  SOL_SOCKET,
  Static,
  sendto,
  setsockopt,
} from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, bound, datagram, LOOPBACK, room } from "../sockets";
import { check, done, equal, fails } from "../tap";

/** 192.0.2.9: no network of this device, on any board. */
const FAR: u32 = 0xc0000209;

const value = Static.of<IntCell>();
const length = Static.of<IntCell>();
const buffer = memory.data(8);
/** A strict source route over 192.0.2.9; Router Alert and one byte more; a record of the route that is cut. */
const route = memory.data<u8>([137, 7, 4, 192, 0, 2, 9, 1]);
const alert = memory.data<u8>([148, 4, 0, 0, 1]);
const wrong = memory.data<u8>([7, 9, 4, 0, 0, 0, 0, 0]);
const list: usize = memory.data(40);

/** The integer option, or -1. */
function get(fd: i32, level: i32, name: i32): i32 {
  value.value = 0x5a5a5a5a;
  length.value = 4;
  return getsockopt(fd, level, name, value, length) < 0 ? -1 : value.value;
}

function set(fd: i32, level: i32, name: i32, to: i32): i32 {
  value.value = to;
  return setsockopt(fd, level, name, value, 4);
}

function sends(fd: i32, ip: u32, flags: i32): i32 {
  return sendto(fd, buffer, 3, flags, at(ip, 4001), ADDRESS_BYTES);
}

function directRoutes(fd: i32, receiver: i32): void {
  equal(get(fd, SOL_SOCKET, SO_DONTROUTE), 0, "SO_DONTROUTE is off at first");
  fails(sends(fd, FAR, MSG_DONTROUTE), ENETUNREACH, "MSG_DONTROUTE to another network: ENETUNREACH");
  equal(sends(fd, LOOPBACK, MSG_DONTROUTE), 3, "to this device it goes");
  check(arrived(receiver), "and arrives");
  recv(receiver, buffer, 8, 0);
  equal(set(fd, SOL_SOCKET, SO_DONTROUTE, 7), 0, "SO_DONTROUTE can be set");
  equal(get(fd, SOL_SOCKET, SO_DONTROUTE), 1, "and reads as 1");
  fails(sends(fd, FAR, 0), ENETUNREACH, "then it needs no flag");
  fails(connect(fd, at(FAR, 4001), ADDRESS_BYTES), ENETUNREACH, "connect: ENETUNREACH too");
  equal(sends(fd, LOOPBACK, 0), 3, "to this device it goes");
  check(arrived(receiver), "and arrives");
  recv(receiver, buffer, 8, 0);
  equal(set(fd, SOL_SOCKET, SO_DONTROUTE, 0), 0, "it can be taken back");
}

function priorities(fd: i32): void {
  equal(get(fd, SOL_SOCKET, SO_PRIORITY), 0, "SO_PRIORITY is 0 at first");
  equal(set(fd, SOL_SOCKET, SO_PRIORITY, 6), 0, "it can be 6");
  fails(set(fd, SOL_SOCKET, SO_PRIORITY, 7), EPERM, "7: EPERM");
  fails(set(fd, SOL_SOCKET, SO_PRIORITY, -1), EPERM, "-1: EPERM");
  equal(get(fd, SOL_SOCKET, SO_PRIORITY), 6, "a refused value changes nothing");
  equal(set(fd, IPPROTO_IP, IP_TOS, 8), 0, "IP_TOS sets it");
  equal(get(fd, SOL_SOCKET, SO_PRIORITY), 2, "by low delay and high throughput");
  equal(get(fd, SOL_SOCKET, SO_DEBUG), 0, "SO_DEBUG is off at first");
  equal(set(fd, SOL_SOCKET, SO_DEBUG, -1), 0, "it can be set");
  equal(get(fd, SOL_SOCKET, SO_DEBUG), 1, "and reads as 1");
  equal(set(fd, SOL_SOCKET, SO_DEBUG, 0), 0, "and taken back");
}

/** The port that bind draws for `fd`, or -1. */
function drawn(fd: i32): i32 {
  if (bind(fd, at(LOOPBACK, 0), ADDRESS_BYTES) < 0) return -1;
  const address = at(0, 0);
  return getsockname(fd, address, room()) < 0 ? -1 : <i32>ntohs(address.sin_port);
}

function ranges(): void {
  const first = datagram();
  equal(get(first, IPPROTO_IP, IP_LOCAL_PORT_RANGE), 0, "IP_LOCAL_PORT_RANGE is 0 at first");
  fails(set(first, IPPROTO_IP, IP_LOCAL_PORT_RANGE, (50_000 << 16) | 50_001), EINVAL, "from high to low: EINVAL");
  equal(set(first, IPPROTO_IP, IP_LOCAL_PORT_RANGE, (50_000 << 16) | 50_000), 0, "one port is a range");
  equal(get(first, IPPROTO_IP, IP_LOCAL_PORT_RANGE), (50_000 << 16) | 50_000, "it reads as it was set");
  equal(drawn(first), 50_000, "bind to port 0 draws from it");
  close(first);
  const taken = bound(50_000);
  const second = datagram();
  set(second, IPPROTO_IP, IP_LOCAL_PORT_RANGE, (50_000 << 16) | 50_000);
  fails(drawn(second), EADDRINUSE, "when all of them are taken: EADDRINUSE");
  close(taken);
  close(second);
}

/** Bytes that getsockopt writes to `list` where there is room for `bytes`, or -1. */
function options(fd: i32, bytes: i32): i32 {
  length.value = bytes;
  return getsockopt(fd, IPPROTO_IP, IP_OPTIONS, list, length) < 0 ? -1 : length.value;
}

function headers(fd: i32, receiver: i32): void {
  equal(options(fd, 40), 0, "IP_OPTIONS: none at first");
  equal(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, alert, 5), 0, "they can be set");
  equal(options(fd, 40), 8, "and are filled up to a multiple of 4");
  check(load<u32>(list) == 0x494 && load<u32>(list, 4) == 1, "with zeros");
  fails(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, wrong, 8), EINVAL, "an option that is cut: EINVAL");
  fails(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, list, 41), EINVAL, "more than a header has room for: EINVAL");
  equal(options(fd, 3), 3, "what is refused changes nothing");
  equal(sends(fd, LOOPBACK, 0), 3, "a datagram goes with them");
  check(arrived(receiver), "and arrives");
  equal(recv(receiver, buffer, 8, 0), 3, "as what was sent");
  equal(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, 8), 0, "a strict source route");
  fails(sends(fd, LOOPBACK, 0), ENETUNREACH, "whose first hop is not on the link: ENETUNREACH");
  equal(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, list, 0), 0, "they can be taken away");
  equal(options(fd, 40), 0, "and are gone");
  equal(sends(fd, LOOPBACK, 0), 3, "a datagram goes without them");
  check(arrived(receiver), "and arrives");
  recv(receiver, buffer, 8, 0);
}

const receiver = bound(4001);
const fd = datagram();
directRoutes(fd, receiver);
priorities(fd);
headers(fd, receiver);
close(fd);
close(receiver);
ranges();
done();
