// Streams: connect, accept, send, recv, shutdown, close, and their errors.
import { ntohl, ntohs } from "socklet/posix/arpa/inet";
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  ENOTTY,
  EOPNOTSUPP,
  EPIPE,
} from "socklet/posix/errno";
import { FIONREAD, ioctl, SIOCATMARK, SIOCOUTQ } from "socklet/posix/sys/ioctl";
import {
  accept,
  accept4,
  bind,
  connect,
  getpeername,
  getsockname,
  getsockopt,
  iovec,
  listen,
  MSG_DONTWAIT,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  msghdr,
  NULL,
  readv,
  recv,
  recvfrom,
  recvmsg,
  SHUT_RD,
  SHUT_WR,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
  send,
  sendmsg,
  sendto,
  shutdown,
  sockatmark,
  socket,
  writev,
} from "socklet/posix/sys/socket";
import { close, read, write } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, fill, filled, LOOPBACK, room, sockaddr_in } from "../sockets";
import { clientEnd, drop, IntCell, listener, pair, Static, serverEnd, stream } from "../streams";
import { check, done, equal, fails } from "../tap";

const buffer: usize = memory.data(8192, 4);
const name = Static.of<sockaddr_in>();
const value = Static.of<IntCell>();

/** SO_ERROR of `fd`. */
function errorOf(fd: i32): i32 {
  const length = room();
  length.value = 4;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length);
  return value.value;
}

function unconnected(): void {
  const fd = stream();
  check(fd > 2, "a stream socket");
  fails(recv(fd, buffer, 10, 0), ENOTCONN, "recv before connect: ENOTCONN");
  fails(send(fd, buffer, 10, 0), ENOTCONN, "send: ENOTCONN");
  fails(getpeername(fd, name, room()), ENOTCONN, "getpeername: ENOTCONN");
  fails(shutdown(fd, SHUT_WR), ENOTCONN, "shutdown: ENOTCONN");
  fails(accept(fd, NULL, NULL), EINVAL, "accept on what does not listen: EINVAL");
  fails(connect(fd, at(LOOPBACK, 9), ADDRESS_BYTES), ECONNREFUSED, "connect where nobody listens: ECONNREFUSED");
  fails(connect(fd, at(LOOPBACK, 0), ADDRESS_BYTES), EADDRNOTAVAIL, "connect to port 0: EADDRNOTAVAIL");
  fails(
    bind(fd, at(0x08080808, 80), ADDRESS_BYTES),
    EADDRNOTAVAIL,
    "bind to an address that is not ours: EADDRNOTAVAIL",
  );
  close(fd);
}

function names(): void {
  const server = listener(7000);
  check(server > 2, "a listener on port 7000");
  equal(listen(server, SOMAXCONN), 0, "listen again, with SOMAXCONN, changes the backlog");
  const second = stream();
  fails(bind(second, at(LOOPBACK, 7000), ADDRESS_BYTES), EADDRINUSE, "another bind to its port: EADDRINUSE");
  equal(connect(second, at(LOOPBACK, 7000), ADDRESS_BYTES), 0, "connect waits until the connection is there");
  fails(connect(second, at(LOOPBACK, 7000), ADDRESS_BYTES), EISCONN, "connect again: EISCONN");
  fails(listen(second, 1), EINVAL, "listen on a connection: EINVAL");
  fails(connect(server, at(LOOPBACK, 7000), ADDRESS_BYTES), EOPNOTSUPP, "connect on a listener: EOPNOTSUPP");
  getsockname(second, name, room());
  const port = ntohs(name.sin_port);
  equal(ntohl(name.sin_addr), LOOPBACK, "connect chooses the own address");
  const length = room();
  store<u64>(changetype<usize>(name), 0);
  const accepted = accept(server, name, length);
  check(accepted > 2, "accept gives a descriptor");
  equal(length.value, 8, "and the peer's address");
  equal(ntohs(name.sin_port), port, "with its port");
  equal(ntohl(name.sin_addr), LOOPBACK, "and its address");
  getsockname(accepted, name, room());
  equal(ntohs(name.sin_port), 7000, "it has the listener's port");
  getpeername(accepted, name, room());
  equal(ntohs(name.sin_port), port, "getpeername is the client");
  fails(accept4(server, NULL, NULL, 1), EINVAL, "accept4 with an unknown flag: EINVAL");
  drop(second);
  fails(recv(accepted, buffer, 10, 0), ECONNRESET, "a reset of the peer: ECONNRESET");
  equal(recv(accepted, buffer, 10, 0), 0, "then the end");
  fails(send(accepted, buffer, 10, 0), EPIPE, "and EPIPE");
  close(accepted);
  close(server);
}

function transfer(server: i32): void {
  check(pair(server, 7001), "a connection");
  const client = clientEnd();
  const accepted = serverEnd();
  fill(buffer, 1000, 1);
  equal(send(client, buffer, 400, 0), 400, "send");
  equal(write(client, buffer + 400, 600), 600, "write");
  equal(recv(accepted, buffer + 2000, 10, MSG_PEEK), 10, "MSG_PEEK");
  equal(recv(accepted, buffer + 2000, 1000, MSG_WAITALL), 1000, "MSG_WAITALL waits for all of it");
  check(filled(buffer + 2000, 1000, 1), "the bytes are right, in one stream");
  equal(sendto(accepted, buffer, 7, 0, at(0x08080808, 9), ADDRESS_BYTES), 7, "sendto ignores the address");
  check(arrived(client), "it arrives");
  equal(ioctl(client, FIONREAD, value), 0, "FIONREAD");
  equal(value.value, 7, "says how much");
  equal(recv(client, buffer + 2000, 3, MSG_TRUNC), 3, "MSG_TRUNC drops bytes");
  equal(recvfrom(client, buffer + 2000, 100, 0, name, room()), 4, "recvfrom gives the rest");
  equal(ntohs(name.sin_port), 7001, "and names the peer");
  fails(recv(client, buffer, 10, MSG_DONTWAIT), EAGAIN, "MSG_DONTWAIT with nothing there: EAGAIN");
  equal(send(client, buffer, 0, 0), 0, "an empty send");
  equal(ioctl(client, SIOCOUTQ, value), 0, "SIOCOUTQ");
  equal(send(client, buffer, 3, MSG_MORE), 3, "MSG_MORE: more is to follow");
  equal(send(client, buffer + 3, 2, 0), 2, "the rest");
  check(arrived(accepted), "arrives");
  equal(recv(accepted, buffer + 2000, 10, 0), 5, "together");
  equal(send(client, buffer, 3, MSG_OOB), 3, "urgent data");
  check(arrived(accepted), "arrives");
  equal(recv(accepted, buffer + 2000, 10, MSG_OOB), 1, "MSG_OOB reads its byte");
  equal(load<u8>(buffer + 2000), load<u8>(buffer + 2), "the last one");
  fails(recv(accepted, buffer, 10, MSG_OOB), EINVAL, "once: EINVAL");
  equal(sockatmark(accepted), 0, "before the mark");
  equal(recv(accepted, buffer + 2000, 10, 0), 2, "recv stops at the mark");
  equal(sockatmark(accepted), 1, "sockatmark");
  equal(ioctl(accepted, SIOCATMARK, value), 0, "SIOCATMARK");
  equal(value.value, 1, "says the same");
  equal(shutdown(client, SHUT_WR), 0, "shutdown for writing");
  fails(send(client, buffer, 1, 0), EPIPE, "send after it: EPIPE");
  equal(read(accepted, buffer, 10), 0, "the peer reads the end");
  equal(send(accepted, buffer, 5, 0), 5, "and still sends");
  equal(recv(client, buffer, 10, 0), 5, "which is received");
  equal(shutdown(accepted, SHUT_RD), 0, "shutdown for reading");
  close(accepted);
  equal(recv(client, buffer, 10, 0), 0, "the end of the other direction");
  close(client);
}

const message = Static.of<msghdr>();
const vector = changetype<usize>(memory.data(32, 4));

/** The message of four buffers: `first`, 0, `third` and `last` bytes, one behind the other from `place` on. */
function prepare(place: usize, first: u32, third: u32, last: u32): void {
  for (let i = 0; i < 4; i++) {
    const entry = iovec.at(vector, i);
    entry.iov_base = place;
    entry.iov_len = i == 0 ? first : i == 1 ? 0 : i == 2 ? third : last;
    place += entry.iov_len;
  }
  message.msg_name = 0;
  message.msg_iov = vector;
  message.msg_iovlen = 4;
  message.msg_control = 0;
  message.msg_flags = -1;
}

function messages(server: i32): void {
  check(pair(server, 7001), "a connection for messages");
  const client = clientEnd();
  const accepted = serverEnd();
  fill(buffer, 1000, 3);
  prepare(buffer, 1, 600, 399);
  equal(sendmsg(client, message, 0), 1000, "sendmsg gathers its buffers");
  prepare(buffer + 2000, 500, 1, 499);
  message.msg_name = changetype<usize>(name);
  message.msg_namelen = ADDRESS_BYTES;
  equal(recvmsg(accepted, message, MSG_WAITALL), 1000, "recvmsg with MSG_WAITALL fills all of them");
  check(filled(buffer + 2000, 1000, 3), "in order");
  equal(message.msg_flags, 0, "msg_flags is 0");
  equal(message.msg_controllen, 0, "no control messages");
  equal(ntohl(name.sin_addr), LOOPBACK, "and the peer's name");
  equal(writev(accepted, vector, 4), 1000, "writev");
  equal(readv(client, vector, 1), 500, "readv into the first buffer");
  prepare(buffer + 2000, 0, 0, 0);
  equal(recvmsg(client, message, 0), 0, "no room, nothing taken");
  prepare(buffer + 2000, 100, 100, 300);
  equal(recvmsg(client, message, MSG_TRUNC), 500, "MSG_TRUNC drops the rest");
  fails(recvmsg(client, message, MSG_DONTWAIT), EAGAIN, "MSG_DONTWAIT: EAGAIN");
  message.msg_control = buffer;
  message.msg_controllen = 16;
  fails(sendmsg(client, message, 0), EOPNOTSUPP, "control messages on a stream: EOPNOTSUPP");
  message.msg_control = 0;
  message.msg_iovlen = 17;
  fails(sendmsg(client, message, 0), EMSGSIZE, "17 buffers: EMSGSIZE");
  drop(client);
  fails(recvmsg(accepted, message, 0), EMSGSIZE, "recvmsg too");
  message.msg_iovlen = 4;
  fails(recvmsg(accepted, message, 0), ECONNRESET, "a reset of the peer: ECONNRESET");
  close(accepted);
}

function bulk(server: i32): void {
  check(pair(server, 7001), "another connection");
  const client = clientEnd();
  const accepted = serverEnd();
  let sent: u32 = 0;
  let received: u32 = 0;
  let wrong = 0;
  // More than all buffers hold, without waiting at the sending end.
  while (received < 30_000) {
    if (sent < 30_000) {
      for (let i: u32 = 0; i < 1500; i++) store<u8>(buffer + i, <u8>((sent + i) % 251));
      const taken = send(client, buffer, sent + 1500 > 30_000 ? 30_000 - sent : 1500, MSG_DONTWAIT);
      if (taken > 0) sent += taken;
    }
    const part = recv(accepted, buffer + 2000, 2000, sent < 30_000 ? MSG_DONTWAIT : 0);
    for (let i: i32 = 0; i < part; i++) {
      if (load<u8>(buffer + 2000 + i) != <u8>((received + <u32>i) % 251)) wrong++;
    }
    if (part > 0) received += part;
  }
  equal(wrong, 0, "30,000 bytes through a window of 2,920, all of them right");
  drop(client);
  drop(accepted);
}

function background(server: i32): void {
  const client = socket(1, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 6);
  fails(connect(client, at(LOOPBACK, 7001), ADDRESS_BYTES), EINPROGRESS, "connect without waiting: EINPROGRESS");
  const accepted = accept4(server, NULL, NULL, SOCK_NONBLOCK);
  check(accepted > 2, "it goes on in the background");
  equal(errorOf(client), 0, "SO_ERROR 0");
  fails(recv(accepted, buffer, 10, 0), EAGAIN, "accept4 with SOCK_NONBLOCK: EAGAIN");
  drop(client);
  drop(accepted);
  const refused = socket(1, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect(refused, at(LOOPBACK, 9), ADDRESS_BYTES);
  check(arrived(refused), "a refused connect wakes poll");
  equal(errorOf(refused), ECONNREFUSED, "SO_ERROR says why");
  equal(errorOf(refused), 0, "once");
  close(refused);
}

function many(server: i32): void {
  let made = 0;
  for (let i = 0; i < 40; i++) {
    if (!pair(server, 7001)) break;
    send(clientEnd(), buffer, 10, 0);
    if (recv(serverEnd(), buffer, 10, MSG_WAITALL) != 10) break;
    close(clientEnd());
    if (recv(serverEnd(), buffer, 10, 0) != 0) break;
    close(serverEnd());
    made++;
  }
  equal(made, 40, "40 connections one after the other, with 6 records");
}

unconnected();
names();
const server = listener(7001);
transfer(server);
messages(server);
bulk(server);
background(server);
many(server);
fails(ioctl(1, SIOCATMARK, value), 108, "SIOCATMARK on the console: ENOTSOCK");
close(server);
check(ENOTTY == 25, "ENOTTY has its number");
done();
