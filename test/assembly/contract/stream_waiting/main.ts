// select and poll over streams: what each says of a listener, a connection, its end and its reset.
import { EAGAIN } from "socklet/posix/errno";
import { F_SETFL, fcntl, O_NONBLOCK } from "socklet/posix/fcntl";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, poll, pollfd } from "socklet/posix/poll";
import { FD_ISSET, FD_SET, FD_ZERO, fd_set, NULL, select } from "socklet/posix/sys/select";
import {
  accept,
  connect,
  MSG_OOB,
  recv,
  SHUT_RDWR,
  SHUT_WR,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SOL_SOCKET,
  send,
  setsockopt,
  shutdown,
} from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";
import { uptimeMilliseconds } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, LOOPBACK, SOON } from "../sockets";
import { clientEnd, drop, IntCell, listener, pair, Static, serverEnd, stream } from "../streams";
import { check, done, equal, fails } from "../tap";

const PORT: u32 = 7100;
const ALL: i32 = POLLIN | POLLOUT | POLLPRI;

const buffer: usize = memory.data(4096, 4);
const entry = Static.of<pollfd>();
const readable = fd_set.create();
const writable = fd_set.create();
const errors = fd_set.create();
const time = Static.of<timeval>();
const value = Static.of<IntCell>();

/** What poll says of `fd` within `milliseconds`. */
function events(fd: i32, asked: i32, milliseconds: i32): i32 {
  entry.fd = fd;
  entry.events = <i16>asked;
  entry.revents = 0;
  poll(entry, 1, milliseconds);
  return entry.revents;
}

/** Bits of the sets that select leaves of `fd`: 1 readable, 2 writable, 4 exceptional. */
function selected(fd: i32): i32 {
  FD_ZERO(readable);
  FD_ZERO(writable);
  FD_ZERO(errors);
  FD_SET(fd, readable);
  FD_SET(fd, writable);
  FD_SET(fd, errors);
  time.tv_sec = 0;
  time.tv_usec = 0;
  select(fd + 1, readable, writable, errors, time);
  return i32(FD_ISSET(fd, readable)) | (i32(FD_ISSET(fd, writable)) << 1) | (i32(FD_ISSET(fd, errors)) << 2);
}

function fresh(): void {
  const fd = stream();
  equal(events(fd, ALL, 0), POLLOUT | POLLHUP, "a fresh stream: POLLOUT and POLLHUP, as on Linux");
  close(fd);
}

function listening(server: i32): void {
  equal(events(server, ALL, 0), 0, "a listener with nobody waiting: nothing");
  equal(selected(server), 0, "for select neither");
  const client = stream();
  equal(connect(client, at(LOOPBACK, PORT), ADDRESS_BYTES), 0, "a client connects");
  equal(events(server, ALL, SOON), POLLIN, "the listener is readable");
  equal(selected(server), 1, "for select too");
  const accepted = accept(server, NULL, NULL);
  equal(events(server, ALL, 0), 0, "and after accept no longer");
  drop(client);
  close(accepted);
}

function data(server: i32): void {
  check(pair(server, PORT), "a connection");
  const client = clientEnd();
  const accepted = serverEnd();
  equal(events(client, ALL, 0), POLLOUT, "an idle connection can be written");
  equal(selected(client), 2, "for select too");
  send(client, buffer, 10, 0);
  equal(events(accepted, POLLIN, SOON), POLLIN, "data makes it readable");
  equal(recv(accepted, buffer, 100, 0), 10, "until it is read");
  equal(events(accepted, ALL, 0), POLLOUT, "and then no longer");
  send(client, buffer, 1, MSG_OOB);
  check((events(accepted, POLLPRI, SOON) & POLLPRI) != 0, "urgent data: POLLPRI");
  check((selected(accepted) & 4) != 0, "select reports it as exceptional");
  equal(recv(accepted, buffer, 1, MSG_OOB), 1, "once it is read");
  equal(events(accepted, POLLPRI, 0), 0, "it is no longer reported");

  fcntl(client, F_SETFL, O_NONBLOCK);
  let filled = 0;
  // Until both buffers are full.
  for (let i = 0; i < 1000; i++) {
    const part = send(client, buffer, 1000, 0);
    if (part > 0) filled += part;
    else if (!events(client, POLLOUT, 200)) break;
  }
  check(filled >= 2920, "a peer that does not read: the buffers fill");
  fails(send(client, buffer, 1, 0), EAGAIN, "send: EAGAIN");
  equal(events(client, POLLOUT, 0), 0, "not writable");
  let drained = 0;
  while (drained < filled) {
    const part = recv(accepted, buffer, 4096, 0);
    if (part <= 0) break;
    drained += part;
  }
  equal(drained, filled, "all of it can be read");
  equal(events(client, POLLOUT, SOON), POLLOUT, "and then it is writable again");
  drop(client);
  equal(events(accepted, ALL, SOON) & ~POLLPRI, POLLIN | POLLOUT | POLLERR | POLLHUP, "a reset: all of them");
  close(accepted);
}

function endings(server: i32): void {
  check(pair(server, PORT), "a connection");
  const client = clientEnd();
  const accepted = serverEnd();
  shutdown(client, SHUT_WR);
  equal(events(accepted, POLLIN, SOON), POLLIN, "the peer's end makes it readable");
  equal(recv(accepted, buffer, 10, 0), 0, "recv says so");
  equal(events(accepted, ALL, 0), POLLIN | POLLOUT, "it stays readable, and writable");
  shutdown(accepted, SHUT_RDWR);
  check(arrived(client), "the end of the other direction");
  equal(events(client, ALL, 0), POLLIN | POLLOUT | POLLHUP, "both ended: POLLHUP");
  close(client);
  close(accepted);
}

function waits(server: i32): void {
  check(pair(server, PORT), "a connection");
  const client = clientEnd();
  const accepted = serverEnd();
  time.tv_sec = 0;
  time.tv_usec = 200_000;
  equal(setsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, time, 16), 0, "SO_RCVTIMEO of 200 ms");
  let start = uptimeMilliseconds();
  fails(recv(accepted, buffer, 10, 0), EAGAIN, "recv without data: EAGAIN");
  check(uptimeMilliseconds() - start >= 200, "after that time");
  equal(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, time, 16), 0, "and on the listener");
  start = uptimeMilliseconds();
  fails(accept(server, NULL, NULL), EAGAIN, "accept without a connection: EAGAIN");
  check(uptimeMilliseconds() - start >= 200, "after that time as well");
  value.value = 5;
  equal(setsockopt(accepted, SOL_SOCKET, SO_RCVLOWAT, value, 4), 0, "SO_RCVLOWAT of 5");
  send(client, buffer, 3, 0);
  equal(events(accepted, POLLIN, 50), 0, "three bytes are not enough");
  send(client, buffer, 3, 0);
  equal(events(accepted, POLLIN, SOON), POLLIN, "six are");
  equal(recv(accepted, buffer, 100, 0), 6, "recv gives them");
  drop(client);
  drop(accepted);
}

fresh();
const server = listener(PORT);
listening(server);
data(server);
endings(server);
waits(server);
close(server);
done();
