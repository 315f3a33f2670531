// getsockopt and setsockopt.
import { EINVAL, ENOPROTOOPT } from "socklet/posix/errno";
import {
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "socklet/posix/netinet/in";
import { TCP_NODELAY } from "socklet/posix/netinet/tcp";
import {
  AF_INET,
  getsockopt,
  IntCell,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_DOMAIN,
  SO_ERROR,
  SO_LINGER,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_SNDTIMEO,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_SOCKET,
  setsockopt,
  timeval,
} from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { datagram, Static } from "../sockets";
import { check, done, equal, fails } from "../tap";

const value = Static.of<IntCell>();
const length = Static.of<IntCell>();
const time = Static.of<timeval>();

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

function getTime(fd: i32, name: i32): i32 {
  time.tv_sec = -1;
  time.tv_usec = -1;
  length.value = 16;
  return getsockopt(fd, SOL_SOCKET, name, time, length);
}

function setTime(fd: i32, name: i32, seconds: i64, microseconds: i64): i32 {
  time.tv_sec = seconds;
  time.tv_usec = microseconds;
  return setsockopt(fd, SOL_SOCKET, name, time, 16);
}

function facts(fd: i32): void {
  equal(get(fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM, "SO_TYPE is SOCK_DGRAM");
  equal(length.value, 4, "and has 4 bytes");
  equal(get(fd, SOL_SOCKET, SO_DOMAIN), AF_INET, "SO_DOMAIN is AF_INET");
  equal(get(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP, "SO_PROTOCOL is IPPROTO_UDP");
  equal(get(fd, SOL_SOCKET, SO_ERROR), 0, "SO_ERROR is 0");
  equal(get(fd, SOL_SOCKET, SO_ACCEPTCONN), 0, "SO_ACCEPTCONN is 0");
  equal(get(fd, SOL_SOCKET, SO_RCVBUF), 1024, "SO_RCVBUF is what the configuration says");
  fails(set(fd, SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT, "SO_TYPE cannot be set: ENOPROTOOPT");
  fails(set(fd, SOL_SOCKET, SO_ERROR, 1), ENOPROTOOPT, "SO_ERROR cannot be set: ENOPROTOOPT");
}

function switches(fd: i32, level: i32, name: i32): void {
  equal(get(fd, level, name), 0, "a switch is off at first");
  equal(set(fd, level, name, 256), 0, "any number but 0 sets it");
  equal(get(fd, level, name), 1, "and it reads as 1");
  equal(set(fd, level, name, 0), 0, "0 clears it");
  equal(get(fd, level, name), 0, "and it reads as 0");
}

function times(fd: i32, name: i32): void {
  equal(getTime(fd, name), 0, "a time-out can be read");
  check(time.tv_sec == 0 && time.tv_usec == 0, "it is 0 at first");
  equal(length.value, 16, "and has 16 bytes");
  equal(setTime(fd, name, 3, 250_000), 0, "it can be set to 3.25 s");
  getTime(fd, name);
  check(time.tv_sec == 3 && time.tv_usec == 250_000, "and reads as that");
  fails(setTime(fd, name, 0, 1_000_000), EINVAL, "1,000,000 microseconds: EINVAL");
  fails(setTime(fd, name, 0, -1), EINVAL, "negative microseconds: EINVAL");
  fails(setTime(fd, name, -1, 0), EINVAL, "negative seconds: EINVAL");
  getTime(fd, name);
  check(time.tv_sec == 3 && time.tv_usec == 250_000, "a refused time changes nothing");
  fails(setsockopt(fd, SOL_SOCKET, name, time, 8), EINVAL, "half a timeval: EINVAL");
  length.value = 8;
  fails(getsockopt(fd, SOL_SOCKET, name, time, length), EINVAL, "room for half a timeval: EINVAL");
  equal(setTime(fd, name, 0, 0), 0, "it can be taken back");
}

function ip(fd: i32): void {
  equal(get(fd, IPPROTO_IP, IP_TTL), 64, "IP_TTL is 64 at first");
  equal(set(fd, IPPROTO_IP, IP_TTL, 1), 0, "it can be 1");
  equal(set(fd, IPPROTO_IP, IP_TTL, 255), 0, "and 255");
  equal(get(fd, IPPROTO_IP, IP_TTL), 255, "and reads as that");
  fails(set(fd, IPPROTO_IP, IP_TTL, 0), EINVAL, "0: EINVAL");
  fails(set(fd, IPPROTO_IP, IP_TTL, 256), EINVAL, "256: EINVAL");
  equal(get(fd, IPPROTO_IP, IP_TTL), 255, "a refused value changes nothing");
  equal(get(fd, IPPROTO_IP, IP_TOS), 0, "IP_TOS is 0 at first");
  equal(set(fd, IPPROTO_IP, IP_TOS, 0xb8), 0, "it can be set");
  equal(get(fd, IPPROTO_IP, IP_TOS), 0xb8, "and reads as that");
  equal(get(fd, IPPROTO_IP, IP_TTL), 255, "without changing IP_TTL");
  fails(set(fd, IPPROTO_IP, IP_TOS, 256), EINVAL, "256: EINVAL");
}

function absent(fd: i32): void {
  fails(get(fd, SOL_SOCKET, 999), ENOPROTOOPT, "an unknown option cannot be read: ENOPROTOOPT");
  fails(set(fd, SOL_SOCKET, 999, 1), ENOPROTOOPT, "nor set: ENOPROTOOPT");
  fails(get(fd, 999, SO_TYPE), ENOPROTOOPT, "an unknown level: ENOPROTOOPT");
  fails(set(fd, IPPROTO_TCP, TCP_NODELAY, 1), ENOPROTOOPT, "an option of TCP on a datagram socket: ENOPROTOOPT");
  fails(set(fd, SOL_SOCKET, SO_LINGER, 1), ENOPROTOOPT, "an option that would have no effect: ENOPROTOOPT");
}

function lengths(fd: i32): void {
  value.value = 1;
  fails(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, value, 3), EINVAL, "3 bytes are no int: EINVAL");
  fails(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, value, 0), EINVAL, "nor are 0: EINVAL");
  equal(get(fd, SOL_SOCKET, SO_BROADCAST), 0, "and nothing has happened");
  value.value = 0x5a5a5a5a;
  length.value = 1;
  equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, value, length), 0, "an int can be read into 1 byte");
  equal(value.value, 0x5a5a5a00 + SOCK_DGRAM, "which alone is written");
  equal(length.value, 1, "and counted");
}

const first = datagram();
const second = datagram();
facts(first);
switches(first, SOL_SOCKET, SO_REUSEADDR);
switches(first, SOL_SOCKET, SO_BROADCAST);
switches(first, SOL_SOCKET, SO_TIMESTAMP);
switches(first, SOL_SOCKET, SO_TIMESTAMPNS);
switches(first, IPPROTO_IP, IP_PKTINFO);
switches(first, IPPROTO_IP, IP_RECVTTL);
switches(first, IPPROTO_IP, IP_RECVTOS);
times(first, SO_RCVTIMEO);
times(first, SO_SNDTIMEO);
ip(first);
absent(first);
lengths(first);
set(first, SOL_SOCKET, SO_REUSEADDR, 1);
equal(get(second, SOL_SOCKET, SO_REUSEADDR), 0, "each socket has options of its own");
close(first);
equal(datagram(), first, "a new socket takes the place of a closed one");
equal(get(first, SOL_SOCKET, SO_REUSEADDR), 0, "and none of its options");
equal(get(first, IPPROTO_IP, IP_TTL), 64, "such as IP_TTL");
close(first);
close(second);
done();
