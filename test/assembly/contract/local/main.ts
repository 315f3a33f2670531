// AF_UNIX: streams, datagrams, sequenced packets.
import { LineReader, lastError, UnixListener, UnixSocket } from "socklet/net";
import {
  EADDRINUSE,
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  ECONNRESET,
  EDESTADDRREQ,
  EFAULT,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENFILE,
  ENOENT,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  EPROTOTYPE,
} from "socklet/posix/errno";
import { POLLHUP, POLLIN, POLLOUT, poll, pollfd } from "socklet/posix/poll";
import { FIONREAD, ioctl } from "socklet/posix/sys/ioctl";
import {
  AF_INET,
  AF_UNIX,
  accept,
  bind,
  CMSG_LEN,
  CMSG_SPACE,
  cmsghdr,
  connect,
  getpeername,
  getsockname,
  getsockopt,
  IntCell,
  iovec,
  listen,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  msghdr,
  recv,
  recvfrom,
  recvmsg,
  SCM_RIGHTS,
  SHUT_RD,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_RCVBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  Static,
  send,
  sendmsg,
  sendto,
  setsockopt,
  shutdown,
  socket,
  socketpair,
} from "socklet/posix/sys/socket";
import { sockaddr_un } from "socklet/posix/sys/un";
import { close, read, write } from "socklet/posix/unistd";
import { ADDRESS_BYTES, at, bound as datagramAt, LOOPBACK } from "../sockets";
import { check, done, equal, fails } from "../tap";

/** Bytes of the longest message without a name: of 256 in the buffer. */
const MOST: u32 = 248;

const buffer: usize = memory.data(600, 4);
const pair: usize = memory.data(8, 4);
const address = sockaddr_un.create();
const found = sockaddr_un.create();
const cell = Static.of<IntCell>();
const entry = changetype<pollfd>(memory.data(8, 4));

/** What poll says of `fd` now. */
function polled(fd: i32): i32 {
  entry.fd = fd;
  entry.events = <i16>(POLLIN | POLLOUT);
  poll(entry, 1, 0);
  return entry.revents;
}

function option(fd: i32, name: i32): i32 {
  cell.value = 4;
  const value = Static.of<IntCell>();
  return getsockopt(fd, SOL_SOCKET, name, value, cell) < 0 ? -1 : value.value;
}

/** A socket bound to the path `name`. */
function bound(type: i32, name: string): i32 {
  const fd = socket(AF_UNIX, type, 0);
  return bind(fd, address, address.setPath(name)) < 0 ? -1 : fd;
}

function streams(): void {
  const listener = bound(SOCK_STREAM, "/service");
  equal(listener, 3, "a stream is bound to a path");
  const client = socket(AF_UNIX, SOCK_STREAM, 0);
  fails(connect(client, address, address.setPath("/service")), ECONNREFUSED, "nobody listens yet: ECONNREFUSED");
  equal(listen(listener, 1), 0, "listen");
  equal(option(listener, SO_ACCEPTCONN), 1, "SO_ACCEPTCONN");
  fails(connect(client, address, address.setPath("/nobody")), ENOENT, "a path that nobody has: ENOENT");
  fails(
    connect(client, address, address.setAbstract("nobody")),
    ECONNREFUSED,
    "an abstract name that nobody has: ECONNREFUSED",
  );
  fails(connect(client, at(LOOPBACK, 80), ADDRESS_BYTES), EAFNOSUPPORT, "an internet address: EAFNOSUPPORT");
  fails(send(client, buffer, 1, 0), ENOTCONN, "send before connect: ENOTCONN");
  fails(recv(client, buffer, 1, 0), ENOTCONN, "recv before connect: ENOTCONN");
  equal(polled(listener), 0, "no connection waits");
  equal(connect(client, address, address.setPath("/service")), 0, "connect");
  fails(connect(client, address, address.setPath("/service")), EISCONN, "twice: EISCONN");
  equal(polled(listener), POLLIN, "a connection waits");
  const eager = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  fails(socket(AF_UNIX, SOCK_STREAM, 0), ENFILE, "a fifth socket where there are four: ENFILE");
  fails(connect(eager, address, address.setPath("/service")), EAGAIN, "the backlog is full: EAGAIN");
  close(eager);
  cell.value = 19;
  const server = accept(listener, found, cell);
  equal(server, 5, "accept gives the lowest free number");
  equal(cell.value, 2, "the client has no name");
  cell.value = 19;
  equal(getpeername(client, found, cell), 0, "getpeername");
  equal(cell.value, 11, "has the length of the path, with its NUL");
  equal(load<u8>(found.path() + 1), 115, "and the path");
  equal(send(client, buffer, 10, 0), 10, "send");
  equal(write(client, buffer, 10), 10, "write");
  equal(ioctl(server, FIONREAD, cell), 0, "FIONREAD");
  equal(cell.value, 20, "counts both");
  equal(recv(server, buffer, 15, MSG_PEEK), 15, "MSG_PEEK looks across writes");
  equal(recv(server, buffer, 20, MSG_WAITALL), 20, "MSG_WAITALL takes all");
  fails(recv(server, buffer, 20, MSG_DONTWAIT), EAGAIN, "MSG_DONTWAIT: EAGAIN");
  equal(send(client, buffer, 600, MSG_DONTWAIT), MOST, "send takes what there is room for");
  equal(polled(client), 0, "and then there is none");
  fails(send(client, buffer, 1, MSG_DONTWAIT), EAGAIN, "EAGAIN");
  equal(read(server, buffer, 600), MOST, "read takes it");
  equal(polled(client), POLLOUT, "and there is room");
  equal(shutdown(client, SHUT_WR), 0, "shutdown for writing");
  fails(send(client, buffer, 1, 0), EPIPE, "send after it: EPIPE");
  equal(recv(server, buffer, 10, 0), 0, "the peer reads the end");
  equal(send(server, buffer, 3, 0), 3, "and still sends");
  equal(recv(client, buffer, 10, 0), 3, "which is received");
  equal(send(server, buffer, 3, 0), 3, "something that nobody reads");
  close(client);
  equal(polled(server) & POLLHUP, POLLHUP, "the peer is gone");
  fails(recv(server, buffer, 10, 0), ECONNRESET, "with something unread: ECONNRESET");
  equal(option(server, SO_ERROR), 0, "once");
  equal(recv(server, buffer, 10, 0), 0, "then the end");
  close(server);
  close(listener);
  const again = bound(SOCK_STREAM, "/service");
  equal(again, 3, "a name is free again when its socket is closed");
  fails(bound(SOCK_STREAM, "/service"), EADDRINUSE, "and taken when it is not: EADDRINUSE");
  close(4);
  fails(bind(again, address, address.setPath("/b")), EINVAL, "a second name: EINVAL");
  close(again);
}

function datagrams(): void {
  const server = bound(SOCK_DGRAM, "/server");
  const client = socket(AF_UNIX, SOCK_DGRAM, 0);
  fails(send(client, buffer, 1, 0), EDESTADDRREQ, "no destination: EDESTADDRREQ");
  equal(bind(client, address, 2), 0, "a name that the system chooses");
  cell.value = 19;
  equal(getsockname(client, found, cell), 0, "getsockname");
  equal(cell.value, 8, "an abstract one with five digits");
  equal(load<u8>(found.path()), 0, "beginning with NUL");
  const length = address.setPath("/server");
  equal(sendto(client, buffer, 10, 0, address, length), 10, "sendto");
  equal(sendto(client, buffer, 0, 0, address, length), 0, "an empty datagram");
  fails(sendto(client, buffer, MOST, 0, address, length), EMSGSIZE, "with the name, too long: EMSGSIZE");
  fails(sendto(client, buffer, 200, MSG_DONTWAIT, address, length), EAGAIN, "no room: EAGAIN");
  fails(sendto(client, 0xfffffff0, 10, 0, address, length), EFAULT, "data from nowhere: EFAULT");
  cell.value = 19;
  equal(recvfrom(server, buffer, 4, MSG_TRUNC, found, cell), 10, "MSG_TRUNC says how long it was");
  equal(cell.value, 8, "recvfrom says from whom");
  equal(recv(server, buffer, 4, 0), 0, "the empty one");
  equal(connect(client, address, length), 0, "connect sets the destination");
  equal(send(client, buffer, 5, 0), 5, "send");
  equal(recv(server, buffer, 10, 0), 5, "arrives");
  const other = socket(AF_UNIX, SOCK_DGRAM, 0);
  fails(sendto(other, buffer, 1, 0, found, cell.value), EPERM, "to a socket that is connected to another: EPERM");
  fails(listen(other, 1), EOPNOTSUPP, "datagrams do not listen: EOPNOTSUPP");
  close(server);
  fails(send(client, buffer, 1, 0), ECONNREFUSED, "the destination is closed: ECONNREFUSED");
  fails(sendto(client, buffer, 1, 0, address, length), ENOENT, "and its name gone: ENOENT");
  const stream = bound(SOCK_STREAM, "/server");
  fails(sendto(client, buffer, 1, 0, address, length), EPROTOTYPE, "a stream has it now: EPROTOTYPE");
  close(stream);
  close(other);
  close(client);
}

const lines = LineReader.create();
const message = changetype<msghdr>(memory.data(28, 4));
const vector = changetype<iovec>(memory.data(8, 4));
const control = changetype<cmsghdr>(memory.data(32, 8));

/** The message: `length` bytes, and a control buffer of `room` bytes. */
function prepare(length: u32, room: u32): void {
  vector.iov_base = buffer;
  vector.iov_len = length;
  message.msg_name = 0;
  message.msg_iov = changetype<usize>(vector);
  message.msg_iovlen = 1;
  message.msg_control = changetype<usize>(control);
  message.msg_controllen = room;
}

/** Sends `length` bytes with one descriptor. */
function pass(fd: i32, length: u32, right: i32): i32 {
  prepare(length, CMSG_SPACE(4));
  control.cmsg_len = CMSG_LEN(4);
  control.cmsg_level = SOL_SOCKET;
  control.cmsg_type = SCM_RIGHTS;
  store<i32>(control.data(), right);
  return sendmsg(fd, message, 0);
}

function rights(): void {
  // The sockets of before.
  for (let fd = 3; fd < 7; fd++) close(fd);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  const a = load<i32>(pair);
  const b = load<i32>(pair, 4);
  const udp = datagramAt(3000);
  equal(pass(a, 3, udp), 3, "sendmsg with a descriptor");
  close(udp);
  fails(send(udp, buffer, 1, 0), EBADF, "which is closed here");
  prepare(10, CMSG_SPACE(4));
  equal(recvmsg(b, message, 0), 3, "recvmsg");
  equal(message.msg_controllen, CMSG_LEN(4), "with a control message");
  equal(control.cmsg_type, SCM_RIGHTS, "of descriptors");
  const arrived = load<i32>(control.data());
  equal(arrived, 5, "under the lowest free number");
  equal(sendto(arrived, buffer, 4, 0, at(LOOPBACK, 3000), ADDRESS_BYTES), 4, "the same socket");
  equal(recv(arrived, buffer, 8, 0), 4, "with its port");
  equal(pass(a, 3, arrived), 3, "once more");
  close(arrived);
  prepare(10, 0);
  equal(recvmsg(b, message, 0), 3, "without room for it");
  equal(message.msg_flags, MSG_CTRUNC, "MSG_CTRUNC");
  equal(message.msg_controllen, 0, "and nothing");
  const free = datagramAt(3000);
  equal(free, 5, "the port is free: the socket was closed");
  fails(pass(a, 3, b), EINVAL, "an AF_UNIX socket cannot be passed: EINVAL");
  fails(pass(a, 3, 9), EBADF, "nor what is not open: EBADF");
  prepare(10, 0);
  fails(pass(free, 3, free), EOPNOTSUPP, "nor over an internet socket: EOPNOTSUPP");
  prepare(10, 0);
  fails(sendmsg(free, message, 0), EDESTADDRREQ, "sendmsg itself works there");
  fails(recvmsg(free, message, MSG_DONTWAIT), EAGAIN, "recvmsg too");
  close(free);
  close(a);
  close(b);
}

function pairs(): void {
  equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0, "socketpair");
  const a = load<i32>(pair);
  const b = load<i32>(pair, 4);
  check(a == 3 && b == 4, "two descriptors");
  equal(option(a, SO_TYPE), SOCK_SEQPACKET, "SO_TYPE");
  equal(option(a, SO_DOMAIN), AF_UNIX, "SO_DOMAIN");
  equal(option(a, SO_RCVBUF), 256, "SO_RCVBUF");
  cell.value = 1;
  fails(setsockopt(a, SOL_SOCKET, SO_KEEPALIVE, cell, 4), ENOPROTOOPT, "an option without meaning: ENOPROTOOPT");
  equal(send(a, buffer, 10, 0), 10, "one message");
  equal(send(a, buffer, 20, 0), 20, "another");
  equal(recv(b, buffer, 4, 0), 4, "a message is cut");
  equal(recv(b, buffer, 40, 0), 20, "and the next one is whole");
  fails(send(a, buffer, MOST + 1, 0), EMSGSIZE, "too long: EMSGSIZE");
  prepare(6, 0);
  equal(sendmsg(a, message, MSG_EOR), 6, "sendmsg with MSG_EOR, which a message has anyway");
  prepare(4, 0);
  equal(recvmsg(b, message, 0), 4, "recvmsg of a part");
  equal(message.msg_flags, MSG_TRUNC, "says that it was cut");
  equal(send(a, buffer, 4, 0), 4, "one more");
  equal(recvmsg(b, message, 0), 4, "recvmsg of a whole one");
  equal(message.msg_flags, MSG_EOR, "says MSG_EOR");
  equal(shutdown(b, SHUT_RD), 0, "the other end reads no more");
  fails(send(a, buffer, 1, 0), EPIPE, "EPIPE");
  close(a);
  equal(recv(b, buffer, 4, 0), 0, "the end");
  close(b);
  fails(socketpair(AF_INET, SOCK_STREAM, 0, pair), EAFNOSUPPORT, "a pair of another family: EAFNOSUPPORT");
  fails(socketpair(AF_UNIX, SOCK_RAW, 0, pair), EPROTOTYPE, "of another type: EPROTOTYPE");
  fails(socketpair(AF_UNIX, SOCK_STREAM, 0, 0xfffffff0), EFAULT, "to nowhere: EFAULT");
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  socket(AF_UNIX, SOCK_STREAM, 0);
  fails(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ENFILE, "with one record left: ENFILE");
  equal(socket(AF_UNIX, SOCK_STREAM, 0), 6, "which is still there");
}

/** socklet/net over AF_UNIX. */
function objects(): void {
  for (let fd = 3; fd < 10; fd++) close(fd);
  const listener = UnixListener.open("/objects");
  check(listener !== null, "UnixListener");
  if (!listener) return;
  check(UnixListener.open("/objects") === null && lastError() == EADDRINUSE, "a path that is taken: EADDRINUSE");
  check(UnixSocket.connect("/nobody") === null && lastError() == ENOENT, "one that nobody has: ENOENT");
  const client = UnixSocket.connect("/objects");
  const server = listener.accept();
  check(client !== null && server !== null, "UnixSocket");
  if (!client || !server) return;
  check(client.sendText("a line\nand ") && client.sendAll(buffer, 0), "sendText, sendAll");
  lines.openDescriptor(server.fd(), buffer, 32);
  equal(lines.next(), 6, "a line");
  check(client.sendText("the end") && client.finish(), "finish");
  equal(lines.next(), 11, "the last one");
  check(server.send(buffer, 5) == 5 && server.close(), "an answer");
  equal(client.receiveExactly(buffer, 10), 5, "receiveExactly");
  check(client.close() && listener.setBlocking(false), "close");
  check(listener.accept() === null && lastError() == EAGAIN && listener.close(), "nobody waits: EAGAIN");
  const first = UnixSocket.pair();
  const second = UnixSocket.secondOfPair();
  if (!first || !second) return;
  check(first.setTimeout(10) && first.receive(buffer, 1) == -1 && lastError() == EAGAIN, "a pair");
  check(second.setBlocking(false) && first.close() && second.receive(buffer, 1) == 0 && second.close(), "and its end");
}

streams();
datagrams();
pairs();
rights();
objects();
done();
