// Local addresses and ports: bind, getsockname, SO_REUSEADDR.
import { CONFIG_NET_CONFIG_MY_IPV4_ADDR, CONFIG_NET_SOCKETS_LOCAL_PORT_MIN } from "socklet/config";
import { ntohl, ntohs } from "socklet/posix/arpa/inet";
import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL } from "socklet/posix/errno";
import { bind, getsockname, IntCell, SO_REUSEADDR, SOL_SOCKET, sendto, setsockopt } from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, at, bound, datagram, LOOPBACK, room, Static, sockaddr_in } from "../sockets";
import { check, done, equal, fails } from "../tap";

const name = Static.of<sockaddr_in>();
const one = Static.of<IntCell>();
one.value = 1;

/** The local port of `fd`, host order. */
function portOf(fd: i32): u32 {
  getsockname(fd, name, room());
  return ntohs(name.sin_port);
}

function names(): void {
  const fd = datagram();
  const length = room();
  equal(getsockname(fd, name, length), 0, "getsockname works before bind");
  equal(length.value, 8, "and says how long the address is");
  equal(name.sin_family, 1, "of the family AF_INET");
  equal(name.sin_port, 0, "port 0");
  equal(name.sin_addr, 0, "address 0.0.0.0");
  equal(bind(fd, at(LOOPBACK, 1234), ADDRESS_BYTES), 0, "bind to 127.0.0.1 port 1234");
  equal(getsockname(fd, name, room()), 0, "getsockname after bind");
  equal(ntohs(name.sin_port), 1234, "the port is in network order");
  equal(ntohl(name.sin_addr), LOOPBACK, "and so is the address");

  store<u32>(changetype<usize>(name), 0xa5a5a5a5);
  store<u32>(changetype<usize>(name), 0xa5a5a5a5, 4);
  length.value = 4;
  equal(getsockname(fd, name, length), 0, "getsockname into 4 bytes");
  equal(length.value, 8, "says that there would have been 8");
  equal(ntohs(name.sin_port), 1234, "fills these 4");
  equal(name.sin_addr, <i32>0xa5a5a5a5, "and leaves what follows alone");
  close(fd);
}

function mistakes(): void {
  const fd = datagram();
  fails(bind(fd, at(LOOPBACK, 1234), 7), EINVAL, "an address that is too short: EINVAL");
  const address = at(LOOPBACK, 1234);
  address.sin_family = 2;
  fails(bind(fd, address, ADDRESS_BYTES), EAFNOSUPPORT, "an address of another family: EAFNOSUPPORT");
  fails(bind(fd, at(0x08080808, 1234), ADDRESS_BYTES), EADDRNOTAVAIL, "an address that is not ours: EADDRNOTAVAIL");
  equal(bind(fd, at(LOOPBACK, 1234), ADDRESS_BYTES), 0, "after these failures bind succeeds");
  fails(bind(fd, at(LOOPBACK, 1235), ADDRESS_BYTES), EINVAL, "bind twice: EINVAL");
  equal(portOf(fd), 1234, "and the first address stays");
  close(fd);
}

function conflicts(): void {
  const first = bound(1234);
  check(first > 0, "a socket has 127.0.0.1 port 1234");
  const second = datagram();
  fails(bind(second, at(LOOPBACK, 1234), ADDRESS_BYTES), EADDRINUSE, "the same address and port: EADDRINUSE");
  fails(bind(second, at(0, 1234), ADDRESS_BYTES), EADDRINUSE, "any address and the same port: EADDRINUSE");
  const device = ntohl(CONFIG_NET_CONFIG_MY_IPV4_ADDR);
  equal(bind(second, at(device, 1234), ADDRESS_BYTES), 0, "the same port on another address of this device");
  close(first);
  const third = bound(1234);
  check(third > 0, "a closed socket's port is free at once");
  close(second);
  close(third);
}

function sharing(): void {
  const first = datagram();
  const second = datagram();
  setsockopt(first, SOL_SOCKET, SO_REUSEADDR, one, 4);
  equal(bind(first, at(LOOPBACK, 1234), ADDRESS_BYTES), 0, "a socket with SO_REUSEADDR binds");
  fails(bind(second, at(LOOPBACK, 1234), ADDRESS_BYTES), EADDRINUSE, "one without it does not: EADDRINUSE");
  setsockopt(second, SOL_SOCKET, SO_REUSEADDR, one, 4);
  equal(bind(second, at(LOOPBACK, 1234), ADDRESS_BYTES), 0, "with SO_REUSEADDR on both the port is shared");
  close(first);
  close(second);
}

function ephemeral(): void {
  const first = bound(0);
  const second = bound(0);
  check(portOf(first) >= <u32>CONFIG_NET_SOCKETS_LOCAL_PORT_MIN, "bind to port 0 draws an ephemeral port");
  check(portOf(first) != portOf(second), "and each socket gets another");
  const third = datagram();
  equal(portOf(third), 0, "a socket has no port before it sends");
  sendto(third, changetype<usize>(name), 4, 0, at(LOOPBACK, portOf(first)), ADDRESS_BYTES);
  check(portOf(third) >= <u32>CONFIG_NET_SOCKETS_LOCAL_PORT_MIN, "sending gives it an ephemeral one");
  close(first);
  close(second);
  close(third);
}

names();
mistakes();
conflicts();
sharing();
ephemeral();
done();
