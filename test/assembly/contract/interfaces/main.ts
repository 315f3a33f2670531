// The interfaces of the device, calls with several buffers, and waiting with a timespec.
import { CONFIG_NET_CONFIG_MY_IPV4_ADDR, CONFIG_NET_CONFIG_MY_IPV4_NETMASK } from "socklet/config";
import {
  EBADF,
  ECONNREFUSED,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENETUNREACH,
  ENODEV,
  ENOPROTOOPT,
  ENOTCONN,
  ENXIO,
  errno,
} from "socklet/posix/errno";
import { freeifaddrs, getifaddrs, ifaddrs } from "socklet/posix/ifaddrs";
import {
  IF_NAMESIZE,
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_UP,
  if_freenameindex,
  if_indextoname,
  if_nameindex,
  if_nametoindex,
  ifreq,
  zsock_if_nameindex_entry,
} from "socklet/posix/net/if";
import {
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_PMTUDISC_DO,
  IP_PMTUDISC_DONT,
  IP_PMTUDISC_PROBE,
  IP_PMTUDISC_WANT,
  IPPROTO_IP,
} from "socklet/posix/netinet/in";
import { POLLIN, poll, pollfd, ppoll } from "socklet/posix/poll";
import { strcmp } from "socklet/posix/string";
import {
  ioctl,
  SIOCGIFADDR,
  SIOCGIFBRDADDR,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SIOCGIFNETMASK,
} from "socklet/posix/sys/ioctl";
import { FD_ISSET, FD_SET, FD_ZERO, fd_set, pselect } from "socklet/posix/sys/select";
import {
  connect,
  getsockopt,
  NULL,
  recv,
  SO_BINDTODEVICE,
  SOL_SOCKET,
  send,
  sendto,
  setsockopt,
} from "socklet/posix/sys/socket";
import { IOV_MAX, readv, writev, zsock_iovec } from "socklet/posix/sys/uio";
import { timespec, uptimeMilliseconds } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, bound, LOOPBACK, Static } from "../sockets";
import { check, done, equal, fails } from "../tap";

const text: usize = memory.data(64, 4);
const buffer: usize = memory.data(64, 4);
const list: usize = memory.data(8, 4);
const request = Static.of<ifreq>();
const span = Static.of<timespec>();
const readable = fd_set.create();
const entry = Static.of<pollfd>();
const vector: usize = memory.data(17 * 8, 4);

/** The C string of `name`, at `text`. */
function c(name: string): usize {
  for (let i: i32 = 0; i <= name.length; i++) store<u8>(text + i, i < name.length ? <u8>name.charCodeAt(i) : 0);
  return text;
}

function numbers(): void {
  equal(if_nametoindex(c("eth0")), 1, "eth0 is number 1");
  equal(if_nametoindex(c("lo")), 2, "lo is number 2");
  equal(if_nametoindex(c("eth")), 0, "another name has none");
  equal(errno(), ENXIO, "ENXIO");
  check(if_indextoname(2, buffer) == buffer && strcmp(buffer, c("lo")) == 0, "number 2 is lo");
  check(if_indextoname(3, buffer) == NULL && errno() == ENXIO, "number 3 is nothing: ENXIO");
  const names = if_nameindex();
  let count: i32 = 0;
  while (changetype<zsock_if_nameindex_entry>(names + ((<usize>count) << 3)).if_index) count++;
  equal(count, 2, "if_nameindex has two");
  if_freenameindex(names);
}

function ask(name: string, what: i32): i32 {
  request.setName(name);
  return ioctl(3, what, request);
}

function requests(): void {
  equal(ask("eth0", SIOCGIFINDEX), 0, "SIOCGIFINDEX");
  equal(request.ifr_value, 1, "says 1");
  equal(ask("eth0", SIOCGIFMTU), 0, "SIOCGIFMTU");
  equal(request.ifr_value, 1500, "says 1500");
  equal(ask("eth0", SIOCGIFFLAGS), 0, "SIOCGIFFLAGS");
  equal(request.ifr_value & (IFF_UP | IFF_BROADCAST | IFF_LOOPBACK), IFF_UP | IFF_BROADCAST, "up, and not loopback");
  equal(ask("eth0", SIOCGIFADDR), 0, "SIOCGIFADDR");
  equal(request.address().sin_addr, CONFIG_NET_CONFIG_MY_IPV4_ADDR, "says the own address");
  equal(ask("eth0", SIOCGIFNETMASK), 0, "SIOCGIFNETMASK");
  equal(request.address().sin_addr, CONFIG_NET_CONFIG_MY_IPV4_NETMASK, "says the mask");
  const broadcast = CONFIG_NET_CONFIG_MY_IPV4_ADDR | ~CONFIG_NET_CONFIG_MY_IPV4_NETMASK;
  equal(ask("eth0", SIOCGIFBRDADDR), 0, "SIOCGIFBRDADDR");
  equal(request.address().sin_addr, broadcast, "says the broadcast address");
  equal(ask("eth0", SIOCGIFHWADDR), 0, "SIOCGIFHWADDR");
  equal(load<u8>(request.hardwareAddress()) & 1, 0, "says an address that is no group's");
  equal(ask("lo", SIOCGIFADDR), 0, "the loopback interface");
  equal(request.address().sin_addr, 0x0100007f, "has 127.0.0.1");
  fails(ask("eth1", SIOCGIFADDR), ENODEV, "another interface: ENODEV");
  fails(ask("eth0", 0x8914), EINVAL, "another request: EINVAL");
  request.setName("eth0");
  fails(ioctl(5, SIOCGIFADDR, request), EBADF, "on what is not open: EBADF");
}

function addresses(): void {
  equal(getifaddrs(list), 0, "getifaddrs");
  const first = changetype<ifaddrs>(load<usize>(list));
  check(strcmp(first.ifa_name, c("eth0")) == 0, "eth0 is the first");
  equal(first.ifa_addr!.sin_addr, CONFIG_NET_CONFIG_MY_IPV4_ADDR, "with its address");
  equal(first.ifa_netmask!.sin_addr, CONFIG_NET_CONFIG_MY_IPV4_NETMASK, "and mask");
  check(first.ifa_broadaddr !== null && (first.ifa_flags & IFF_UP) != 0, "and broadcast address, and is up");
  const second = first.next();
  check(second !== null && strcmp(second.ifa_name, c("lo")) == 0, "lo is the second");
  check(
    second !== null && second.ifa_broadaddr === null && second.next() === null,
    "without a broadcast address, and the last",
  );
  freeifaddrs(load<usize>(list));
}

function part(index: i32, base: usize, length: u32): void {
  const each = changetype<zsock_iovec>(vector + ((<usize>index) << 3));
  each.iov_base = base;
  each.iov_len = length;
}

function vectors(a: i32, b: i32): void {
  for (let i: i32 = 0; i < 32; i++) store<u8>(buffer + i, <u8>(i + 1));
  equal(connect(a, at(LOOPBACK, 4002), ADDRESS_BYTES), 0, "one socket is connected to the other");
  part(0, buffer, 3);
  part(1, buffer + 10, 0);
  part(2, buffer + 10, 5);
  equal(writev(a, vector, 3), 8, "writev: three buffers");
  check(arrived(b), "are one datagram");
  part(0, buffer + 32, 2);
  part(1, buffer + 48, 16);
  equal(readv(b, vector, 2), 8, "readv: two buffers");
  check(
    load<u16>(buffer + 32) == 0x0201 && load<u8>(buffer + 48) == 3 && load<u8>(buffer + 49) == 11,
    "filled one after the other",
  );
  fails(writev(a, vector, 0), EINVAL, "no buffer: EINVAL");
  fails(readv(b, vector, IOV_MAX + 1), EINVAL, "more than IOV_MAX: EINVAL");
  fails(writev(a, 0xfffffff0, 2), EFAULT, "a vector nowhere: EFAULT");
  part(0, 0xfffffff0, 8);
  fails(writev(a, vector, 1), EFAULT, "a buffer nowhere: EFAULT");
  fails(writev(5, vector, 1), EBADF, "not open: EBADF");
}

function within(seconds: i64, nanoseconds: i32): timespec {
  span.tv_sec = seconds;
  span.tv_nsec = nanoseconds;
  return span;
}

function precise(b: i32): void {
  entry.fd = b;
  entry.events = <i16>POLLIN;
  let begin = uptimeMilliseconds();
  equal(ppoll(entry, 1, within(0, 30_000_001), 0), 0, "ppoll answers 0 when the time is over");
  check(uptimeMilliseconds() - begin >= 30, "that is after 30 ms");
  fails(ppoll(entry, 1, within(0, 1_000_000_000), 0), EINVAL, "a second of nanoseconds: EINVAL");
  fails(ppoll(entry, 1, within(-1, 0), 0), EINVAL, "a negative time: EINVAL");
  FD_ZERO(readable);
  FD_SET(b, readable);
  begin = uptimeMilliseconds();
  equal(pselect(b + 1, readable, NULL, NULL, within(0, 29_999_999), 0), 0, "pselect answers 0 when the time is over");
  check(uptimeMilliseconds() - begin >= 30, "that is after 30 ms");
  fails(pselect(b + 1, readable, NULL, NULL, within(0, -1), 0), EINVAL, "negative nanoseconds: EINVAL");
  sendto(b, buffer, 4, 0, at(LOOPBACK, 4002), ADDRESS_BYTES);
  equal(ppoll(entry, 1, NULL, 0), 1, "without a time ppoll waits until something comes");
  equal(entry.revents, POLLIN, "and says POLLIN");
  FD_SET(b, readable);
  equal(pselect(b + 1, readable, NULL, NULL, NULL, 0), 1, "so does pselect");
  check(FD_ISSET(b, readable), "and leaves it in the set");
  equal(recv(b, buffer, 16, 0), 4, "it is read");
  equal(poll(entry, 1, 0), 0, "and then nothing is there");
}

/** SO_BINDTODEVICE of `fd`. */
function bindTo(fd: i32, name: string): i32 {
  request.setName(name);
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, request, sizeof<ifreq>());
}

function bindings(a: i32, b: i32): void {
  fails(bindTo(b, "eth1"), ENODEV, "a socket cannot be bound to what is not there: ENODEV");
  equal(bindTo(b, "eth0"), 0, "one that is bound to eth0");
  sendto(a, buffer, 4, 0, at(LOOPBACK, 4002), ADDRESS_BYTES);
  entry.fd = b;
  entry.events = <i16>POLLIN;
  equal(poll(entry, 1, 30), 0, "hears nothing from loopback");
  fails(sendto(a, buffer, 4, 0, at(LOOPBACK, 4002), ADDRESS_BYTES), ECONNREFUSED, "as if nobody were there");
  fails(sendto(b, buffer, 4, 0, at(LOOPBACK, 4001), ADDRESS_BYTES), ENETUNREACH, "and cannot send there: ENETUNREACH");
  store<u32>(list, 16);
  equal(getsockopt(b, SOL_SOCKET, SO_BINDTODEVICE, text, list), 0, "its interface can be read");
  check(load<u32>(list) == 5 && strcmp(text, memory.data<u8>([101, 116, 104, 48, 0])) == 0, "and is eth0");
  equal(setsockopt(b, SOL_SOCKET, SO_BINDTODEVICE, NULL, 0), 0, "an empty name ends that");
  sendto(a, buffer, 4, 0, at(LOOPBACK, 4002), ADDRESS_BYTES);
  check(arrived(b), "and it hears loopback again");
}

/** An int option of IPPROTO_IP, or -1. */
function option(fd: i32, name: i32): i32 {
  store<u32>(list, 4);
  return getsockopt(fd, IPPROTO_IP, name, text, list) < 0 ? -1 : load<i32>(text);
}

function setOption(fd: i32, name: i32, value: i32): i32 {
  store<i32>(text, value);
  return setsockopt(fd, IPPROTO_IP, name, text, 4);
}

/** Sends `bytes` of this program's memory to the other socket; they are read away. */
function large(from: i32, to: i32, bytes: u32): i32 {
  const sent = send(from, buffer, bytes, 0);
  if (sent >= 0 && arrived(to)) recv(to, buffer, 4, 0);
  return sent;
}

/** With IP_MTU_DISCOVER `mode` nothing is sent in fragments. */
function refused(a: i32, b: i32, mtu: i32, mode: i32): void {
  equal(setOption(a, IP_MTU_DISCOVER, mode), 0, "it is not to be sent in fragments");
  fails(large(a, b, mtu - 27), EMSGSIZE, "EMSGSIZE then");
  equal(large(a, b, mtu - 28), mtu - 28, "one that fits goes");
}

function paths(a: i32, b: i32): void {
  ask("lo", SIOCGIFMTU);
  const mtu = request.ifr_value;
  equal(option(a, IP_MTU), mtu, "IP_MTU of a socket with a peer on this device");
  fails(option(b, IP_MTU), ENOTCONN, "of one without: ENOTCONN");
  fails(setOption(a, IP_MTU, 1000), ENOPROTOOPT, "it cannot be set: ENOPROTOOPT");
  equal(option(a, IP_MTU_DISCOVER), IP_PMTUDISC_WANT, "IP_MTU_DISCOVER is to want at first");
  equal(large(a, b, mtu - 27), mtu - 27, "a datagram that is larger than the MTU goes in fragments");
  refused(a, b, mtu, IP_PMTUDISC_DO);
  refused(a, b, mtu, IP_PMTUDISC_PROBE);
  equal(setOption(a, IP_MTU_DISCOVER, IP_PMTUDISC_DONT), 0, "routers may fragment it");
  equal(large(a, b, mtu - 28), mtu - 28, "it goes");
  fails(setOption(a, IP_MTU_DISCOVER, 4), EINVAL, "no such mode: EINVAL");
}

equal(IF_NAMESIZE, 16, "a name has 15 letters and a zero byte");
const a = bound(4001);
const b = bound(4002);
numbers();
requests();
addresses();
vectors(a, b);
precise(b);
bindings(a, b);
paths(a, b);
close(a);
close(b);
done();
