// TCP Fast Open, both ends in one program: the first connection brings the cookie, the second its data with the SYN.
import { EAGAIN, ECONNREFUSED, EINPROGRESS, EINVAL, EISCONN, ENOPROTOOPT, EOPNOTSUPP } from "socklet/posix/errno";
import { F_SETFL, fcntl, O_NONBLOCK } from "socklet/posix/fcntl";
import { IPPROTO_TCP } from "socklet/posix/netinet/in";
import {
  TCP_FASTOPEN,
  TCP_FASTOPEN_CONNECT,
  TCP_FASTOPEN_KEY,
  TCP_FASTOPEN_NO_COOKIE,
  TCP_INFO,
  tcp_info,
} from "socklet/posix/netinet/tcp";
import { POLLIN, POLLOUT, poll, pollfd } from "socklet/posix/poll";
import {
  accept,
  connect,
  getsockopt,
  MSG_DONTWAIT,
  MSG_FASTOPEN,
  NULL,
  recv,
  send,
  sendto,
  setsockopt,
} from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, fill, filled, LOOPBACK, room } from "../sockets";
import { drop, IntCell, listener, Static, stream } from "../streams";
import { check, done, equal, fails } from "../tap";

const PORT: u32 = 8080;
const SYN_DATA: u32 = 32;
const value = Static.of<IntCell>();
const info = Static.of<tcp_info>();
const entry = Static.of<pollfd>();
const key: usize = memory.data(32, 4);
const out: usize = memory.data(64, 4);
const back: usize = memory.data(64, 4);

function get(fd: i32, name: i32): i32 {
  const length = room();
  length.value = 4;
  value.value = -2;
  return getsockopt(fd, IPPROTO_TCP, name, value, length) < 0 ? -1 : value.value;
}

function set(fd: i32, name: i32, number: i32): i32 {
  value.value = number;
  return setsockopt(fd, IPPROTO_TCP, name, value, 4);
}

/** True when data of a SYN was taken on the connection `fd`. */
function withSyn(fd: i32): bool {
  const length = room();
  length.value = 104;
  getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, length);
  return (<u32>info.tcpi_options & SYN_DATA) != 0;
}

/** A stream that does not wait. */
function quick(): i32 {
  const fd = stream();
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

/** What poll says of `fd` now. */
function events(fd: i32): i32 {
  entry.fd = fd;
  entry.events = <i16>(POLLIN | POLLOUT);
  return poll(entry, 1, 0) == 1 ? <i32>entry.revents : 0;
}

/** send with MSG_FASTOPEN of 40 bytes of the pattern `seed`. */
function fastSend(fd: i32, seed: u32, flags: i32 = 0): i32 {
  fill(out, 40, seed);
  return sendto(fd, out, 40, MSG_FASTOPEN | flags, at(LOOPBACK, PORT), ADDRESS_BYTES);
}

function options(listening: i32): void {
  equal(get(listening, TCP_FASTOPEN), 0, "TCP_FASTOPEN is off at first");
  equal(set(listening, TCP_FASTOPEN, 4), 0, "and can be switched on for a listener");
  equal(get(listening, TCP_FASTOPEN), 4, "with the limit that it says");
  fails(set(listening, TCP_FASTOPEN, -1), EINVAL, "a negative limit: EINVAL");
  fails(set(listening, TCP_FASTOPEN_CONNECT, 1), EINVAL, "a listener does not connect: EINVAL");
  const fd = stream();
  equal(get(fd, TCP_FASTOPEN_CONNECT), 0, "TCP_FASTOPEN_CONNECT is off at first");
  fails(set(fd, TCP_FASTOPEN_CONNECT, 2), EINVAL, "it is on or off: EINVAL");
  equal(set(fd, TCP_FASTOPEN_NO_COOKIE, 1), 0, "TCP_FASTOPEN_NO_COOKIE");
  equal(get(fd, TCP_FASTOPEN_NO_COOKIE), 1, "reads as on");
  const length = room();
  length.value = 32;
  equal(getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, length), 0, "TCP_FASTOPEN_KEY can be read");
  equal(length.value, 16, "and has 16 bytes");
  fill(key, 16, 3);
  fails(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 15), EINVAL, "a key of 15 bytes: EINVAL");
  equal(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 16), 0, "a key of 16");
  length.value = 32;
  memory.fill(key, 0, 32);
  getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, length);
  check(length.value == 16 && filled(key, 16, 3), "is what can be read then");
  close(fd);
}

function first(listening: i32): void {
  const client = quick();
  fails(fastSend(client, 1), EINPROGRESS, "without a cookie the SYN has no data: EINPROGRESS");
  check(arrived(listening), "the connection is made");
  const server = accept(listening, NULL, NULL);
  fails(fastSend(client, 1), EISCONN, "once there is one: EISCONN");
  equal(send(client, out, 40, 0), 40, "what is sent");
  check(arrived(server), "arrives");
  equal(recv(server, back, 64, 0), 40, "as on any other");
  check(!withSyn(client) && !withSyn(server), "no SYN had data");
  drop(client);
  drop(server);
}

function second(listening: i32): void {
  const client = quick();
  equal(fastSend(client, 2), 40, "with the cookie the SYN has the data");
  check(arrived(listening), "the server hears of it");
  const server = accept(listening, NULL, NULL);
  equal(recv(server, back, 64, MSG_DONTWAIT), 40, "and its data is there");
  check(filled(back, 40, 2), "as it was sent");
  check(withSyn(server), "the server knows how it came");
  fill(out, 40, 4);
  equal(send(server, out, 40, 0), 40, "it answers");
  check(arrived(client), "the answer arrives");
  equal(recv(client, back, 64, 0), 40, "in one piece");
  check(filled(back, 40, 4), "as it was sent");
  check(withSyn(client), "the client knows that its data went with the SYN");
  drop(client);
  drop(server);
}

function waiting(listening: i32): void {
  const client = stream();
  equal(fastSend(client, 5), 40, "a call that may wait comes back when the connection is made");
  const server = accept(listening, NULL, NULL);
  equal(recv(server, back, 64, 0), 40, "its data is there");
  check(withSyn(client) && withSyn(server), "and came with the SYN");
  drop(client);
  drop(server);
}

function deferred(listening: i32): void {
  const client = quick();
  equal(set(client, TCP_FASTOPEN_CONNECT, 1), 0, "TCP_FASTOPEN_CONNECT");
  equal(connect(client, at(LOOPBACK, PORT), ADDRESS_BYTES), 0, "connect is through at once");
  equal(events(client), POLLOUT, "and the socket writable");
  fails(connect(client, at(LOOPBACK, PORT), ADDRESS_BYTES), EISCONN, "a second connect: EISCONN");
  fails(recv(client, back, 64, 0), EAGAIN, "nothing has come: EAGAIN");
  equal(events(listening), 0, "the server has heard nothing");
  fill(out, 40, 6);
  equal(send(client, out, 40, 0), 40, "the first send");
  check(arrived(listening), "makes the connection");
  const server = accept(listening, NULL, NULL);
  equal(recv(server, back, 64, 0), 40, "with its data");
  check(filled(back, 40, 6) && withSyn(server), "in the SYN");
  drop(client);
  drop(server);
}

function refused(): void {
  const client = stream();
  fails(sendto(client, out, 40, MSG_FASTOPEN, NULL, 0), EINVAL, "MSG_FASTOPEN needs an address: EINVAL");
  fill(out, 40, 7);
  fails(
    sendto(client, out, 40, MSG_FASTOPEN, at(LOOPBACK, 8099), ADDRESS_BYTES),
    ECONNREFUSED,
    "nobody listens there: ECONNREFUSED",
  );
  close(client);
}

const listening = listener(PORT);
options(listening);
first(listening);
second(listening);
waiting(listening);
deferred(listening);
refused();
fails(fastSend(listening, 8), EOPNOTSUPP, "a listener: EOPNOTSUPP");
fails(set(listening, 1 << 20, 1), ENOPROTOOPT, "and what is no option: ENOPROTOOPT");
close(listening);
done();
