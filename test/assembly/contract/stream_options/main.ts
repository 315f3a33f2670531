// Options of streams: values, limits, structures.
import { EINVAL, ENOENT, ENOPROTOOPT } from "socklet/posix/errno";
import { IPPROTO_TCP } from "socklet/posix/netinet/in";
import {
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
  TCP_WINDOW_CLAMP,
  tcp_info,
} from "socklet/posix/netinet/tcp";
import {
  getsockopt,
  linger,
  listen,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_DOMAIN,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_OOBINLINE,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDLOWAT,
  SO_TYPE,
  SOL_SOCKET,
  setsockopt,
} from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { room } from "../sockets";
import { clientEnd, drop, IntCell, listener, pair, Static, serverEnd, stream } from "../streams";
import { check, done, equal, fails } from "../tap";

const value = Static.of<IntCell>();
const hard = Static.of<linger>();
const info = Static.of<tcp_info>();
const text: usize = memory.data(16, 4);

function get(fd: i32, level: i32, name: i32): i32 {
  const length = room();
  length.value = 4;
  value.value = -2;
  return getsockopt(fd, level, name, value, length) < 0 ? -1 : value.value;
}

function set(fd: i32, level: i32, name: i32, number: i32): i32 {
  value.value = number;
  return setsockopt(fd, level, name, value, 4);
}

function kinds(fd: i32): void {
  equal(get(fd, SOL_SOCKET, SO_TYPE), 1, "SO_TYPE is SOCK_STREAM");
  equal(get(fd, SOL_SOCKET, SO_PROTOCOL), 6, "SO_PROTOCOL is IPPROTO_TCP");
  equal(get(fd, SOL_SOCKET, SO_DOMAIN), 1, "SO_DOMAIN is AF_INET");
  equal(get(fd, SOL_SOCKET, SO_ACCEPTCONN), 0, "SO_ACCEPTCONN is 0");
  fails(set(fd, SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT, "SO_TYPE cannot be set: ENOPROTOOPT");
  fails(get(fd, SOL_SOCKET, SO_BROADCAST), ENOPROTOOPT, "a stream has no SO_BROADCAST: ENOPROTOOPT");
  fails(set(fd, IPPROTO_TCP, 23, 1), ENOPROTOOPT, "TCP_FASTOPEN is not there: ENOPROTOOPT");
}

function flags(fd: i32): void {
  for (let i = 0; i < 7; i++) {
    const level = i < 4 ? SOL_SOCKET : IPPROTO_TCP;
    const name =
      i == 0
        ? SO_REUSEADDR
        : i == 1
          ? SO_REUSEPORT
          : i == 2
            ? SO_KEEPALIVE
            : i == 3
              ? SO_OOBINLINE
              : i == 4
                ? TCP_NODELAY
                : i == 5
                  ? TCP_CORK
                  : TCP_QUICKACK;
    equal(get(fd, level, name), 0, "an option that is on or off: off at first");
    equal(set(fd, level, name, 1), 0, "on");
    equal(get(fd, level, name), 1, "and reads as on");
    set(fd, level, name, 0);
    equal(get(fd, level, name), 0, "and off again");
  }
}

function numbers(fd: i32): void {
  equal(get(fd, IPPROTO_TCP, TCP_KEEPIDLE), 7200, "TCP_KEEPIDLE");
  equal(get(fd, IPPROTO_TCP, TCP_KEEPINTVL), 75, "TCP_KEEPINTVL");
  equal(get(fd, IPPROTO_TCP, TCP_KEEPCNT), 9, "TCP_KEEPCNT");
  equal(get(fd, IPPROTO_TCP, TCP_SYNCNT), 7, "TCP_SYNCNT");
  equal(get(fd, IPPROTO_TCP, TCP_LINGER2), 60, "TCP_LINGER2");
  equal(get(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0, "TCP_DEFER_ACCEPT");
  equal(get(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP), 0, "TCP_WINDOW_CLAMP");
  equal(get(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0, "TCP_USER_TIMEOUT");
  equal(get(fd, IPPROTO_TCP, TCP_MAXSEG), 536, "TCP_MAXSEG");
  equal(get(fd, SOL_SOCKET, SO_RCVLOWAT), 1, "SO_RCVLOWAT");
  equal(get(fd, SOL_SOCKET, SO_SNDLOWAT), 1, "SO_SNDLOWAT");
  equal(set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30), 0, "TCP_KEEPIDLE of 30 s");
  equal(get(fd, IPPROTO_TCP, TCP_KEEPIDLE), 30, "reads so");
  fails(set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0), EINVAL, "of 0 s: EINVAL");
  fails(set(fd, IPPROTO_TCP, TCP_MAXSEG, 10), EINVAL, "TCP_MAXSEG of 10: EINVAL");
  equal(get(fd, SOL_SOCKET, SO_RCVBUF), 2920, "SO_RCVBUF is what is configured");
  equal(get(fd, SOL_SOCKET, SO_SNDBUF), 2920, "and SO_SNDBUF");
  equal(set(fd, SOL_SOCKET, SO_RCVBUF, 1000), 0, "SO_RCVBUF of 1,000");
  equal(get(fd, SOL_SOCKET, SO_RCVBUF), 1000, "reads so");
  equal(set(fd, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0, "SO_SNDBUF of 1 MiB");
  equal(get(fd, SOL_SOCKET, SO_SNDBUF), 2920, "becomes what there is");
}

function structures(fd: i32): void {
  hard.l_onoff = 1;
  hard.l_linger = 3;
  equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, hard, 8), 0, "SO_LINGER of 3 s");
  hard.l_onoff = 0;
  hard.l_linger = 0;
  equal(getsockopt(fd, SOL_SOCKET, SO_LINGER, hard, room()), 0, "reads");
  check(hard.l_onoff == 1 && hard.l_linger == 3, "so");
  fails(setsockopt(fd, SOL_SOCKET, SO_LINGER, hard, 4), EINVAL, "in 4 bytes: EINVAL");
  const length = room();
  length.value = 16;
  equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, length), 0, "TCP_CONGESTION");
  check(load<u32>(text) == 0x7277656e && load<u32>(text, 4) == 0x006f6e65, "is newreno");
  store<u64>(text, 0x6369627563);
  equal(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, 5), 0, "and becomes cubic");
  fails(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, 3), ENOENT, "there is no cub: ENOENT");
}

function connection(): void {
  const server = listener(7200);
  equal(get(server, SOL_SOCKET, SO_ACCEPTCONN), 1, "SO_ACCEPTCONN of a listener");
  set(server, IPPROTO_TCP, TCP_NODELAY, 1);
  check(pair(server, 7200), "a connection");
  equal(get(serverEnd(), IPPROTO_TCP, TCP_NODELAY), 1, "inherits TCP_NODELAY");
  equal(get(clientEnd(), IPPROTO_TCP, TCP_NODELAY), 0, "its other end does not");
  const length = room();
  length.value = 104;
  equal(getsockopt(clientEnd(), IPPROTO_TCP, TCP_INFO, info, length), 0, "TCP_INFO");
  equal(length.value, 104, "has 104 bytes");
  equal(info.tcpi_state, 1, "ESTABLISHED");
  check(info.tcpi_snd_mss >= 536 && info.tcpi_rto >= 200_000, "segment size and time-out");
  length.value = 1;
  equal(getsockopt(server, IPPROTO_TCP, TCP_INFO, info, length), 0, "its first byte alone");
  equal(info.tcpi_state, 10, "LISTEN");
  check(offsetof<tcp_info>() == 104 && offsetof<tcp_info>("tcpi_total_retrans") == 100, "the layout is Linux's");
  drop(clientEnd());
  drop(serverEnd());
  close(server);
}

const fd = stream();
kinds(fd);
flags(fd);
numbers(fd);
structures(fd);
equal(listen(fd, 1), 0, "all of this on a socket that then listens");
close(fd);
connection();
done();
