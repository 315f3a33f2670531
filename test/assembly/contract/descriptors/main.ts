// The descriptor table: numbers, EBADF, ENOTSOCK, EMFILE, flags.
import {
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  EINVAL,
  EMFILE,
  ENOTSOCK,
  EPROTONOSUPPORT,
  EPROTOTYPE,
} from "socklet/posix/errno";
import { F_DUPFD, F_GETFL, F_SETFL, fcntl, O_NONBLOCK } from "socklet/posix/fcntl";
import { IPPROTO_TCP, IPPROTO_UDP } from "socklet/posix/netinet/in";
import { FIONBIO, FIONREAD, ioctl } from "socklet/posix/sys/ioctl";
import {
  AF_INET,
  AF_UNSPEC,
  bind,
  connect,
  getpeername,
  getsockname,
  getsockopt,
  NULL,
  recv,
  recvfrom,
  SHUT_RD,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  send,
  sendto,
  setsockopt,
  shutdown,
  socket,
} from "socklet/posix/sys/socket";
import { close, dup, dup2, read, STDERR_FILENO, STDIN_FILENO, STDOUT_FILENO, write } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, bound, datagram, LOOPBACK, room } from "../sockets";
import { check, done, equal, fails } from "../tap";

const buffer: usize = memory.data(64, 4);
const cell = room();

function numbers(): void {
  equal(datagram(), 3, "the first socket is descriptor 3, after the console's");
  equal(datagram(), 4, "the next one is 4");
  equal(datagram(), 5, "and the next 5");
  fails(datagram(), EMFILE, "with a full descriptor table socket answers EMFILE");
  equal(close(4), 0, "a descriptor can be closed");
  equal(datagram(), 4, "a new descriptor is the lowest free number");
  equal(close(3), 0, "the lowest socket is closed");
  equal(close(5), 0, "the highest socket is closed");
  equal(datagram(), 3, "again the lowest free number comes first");
  fails(close(5), EBADF, "closing twice answers EBADF");
  equal(close(3), 0, "3 is closed");
  equal(close(4), 0, "4 is closed");
}

function unopened(fd: i32): void {
  fails(close(fd), EBADF, "close: EBADF");
  fails(bind(fd, at(LOOPBACK, 1000), ADDRESS_BYTES), EBADF, "bind: EBADF");
  fails(connect(fd, at(LOOPBACK, 1000), ADDRESS_BYTES), EBADF, "connect: EBADF");
  fails(recv(fd, buffer, 4, 0), EBADF, "recv: EBADF");
  fails(recvfrom(fd, buffer, 4, 0, at(LOOPBACK, 0), room()), EBADF, "recvfrom: EBADF");
  fails(send(fd, buffer, 4, 0), EBADF, "send: EBADF");
  fails(sendto(fd, buffer, 4, 0, at(LOOPBACK, 1000), ADDRESS_BYTES), EBADF, "sendto: EBADF");
  fails(getsockname(fd, at(LOOPBACK, 0), room()), EBADF, "getsockname: EBADF");
  fails(getpeername(fd, at(LOOPBACK, 0), room()), EBADF, "getpeername: EBADF");
  fails(shutdown(fd, SHUT_RD), EBADF, "shutdown: EBADF");
  fails(getsockopt(fd, SOL_SOCKET, SO_TYPE, buffer, room()), EBADF, "getsockopt: EBADF");
  fails(setsockopt(fd, SOL_SOCKET, SO_TYPE, buffer, 4), EBADF, "setsockopt: EBADF");
  fails(fcntl(fd, F_GETFL), EBADF, "fcntl F_GETFL: EBADF");
  fails(fcntl(fd, F_SETFL, O_NONBLOCK), EBADF, "fcntl F_SETFL: EBADF");
  fails(ioctl(fd, FIONREAD, cell), EBADF, "ioctl FIONREAD: EBADF");
  fails(read(fd, buffer, 4), EBADF, "read: EBADF");
  fails(write(fd, buffer, 4), EBADF, "write: EBADF");
}

function console(fd: i32): void {
  fails(bind(fd, at(LOOPBACK, 1000), ADDRESS_BYTES), ENOTSOCK, "bind on the console: ENOTSOCK");
  fails(connect(fd, at(LOOPBACK, 1000), ADDRESS_BYTES), ENOTSOCK, "connect on the console: ENOTSOCK");
  fails(recv(fd, buffer, 4, 0), ENOTSOCK, "recv on the console: ENOTSOCK");
  fails(send(fd, buffer, 4, 0), ENOTSOCK, "send on the console: ENOTSOCK");
  fails(sendto(fd, buffer, 4, 0, at(LOOPBACK, 1000), ADDRESS_BYTES), ENOTSOCK, "sendto on the console: ENOTSOCK");
  fails(getsockname(fd, at(LOOPBACK, 0), room()), ENOTSOCK, "getsockname on the console: ENOTSOCK");
  fails(shutdown(fd, SHUT_RD), ENOTSOCK, "shutdown on the console: ENOTSOCK");
  fails(getsockopt(fd, SOL_SOCKET, SO_TYPE, buffer, room()), ENOTSOCK, "getsockopt on the console: ENOTSOCK");
}

function kinds(): void {
  fails(socket(AF_UNSPEC, SOCK_DGRAM, 0), EAFNOSUPPORT, "a family that is not there: EAFNOSUPPORT");
  fails(socket(99, SOCK_DGRAM, 0), EAFNOSUPPORT, "a family that nobody knows: EAFNOSUPPORT");
  fails(socket(AF_INET, SOCK_RAW, 0), EPROTOTYPE, "a type that is not there: EPROTOTYPE");
  fails(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT, "a stream protocol for datagrams: EPROTONOSUPPORT");
  fails(socket(AF_INET, SOCK_DGRAM | 0x40000000, 0), EINVAL, "unknown bits in the type: EINVAL");
  const named = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  equal(named, 3, "the protocol may be named");
  close(named);
  const flagged = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  equal(flagged, 3, "SOCK_NONBLOCK and SOCK_CLOEXEC may be or'd into the type");
  check((fcntl(flagged, F_GETFL) & O_NONBLOCK) != 0, "SOCK_NONBLOCK makes it non-blocking");
  fails(recv(flagged, buffer, 4, 0), EAGAIN, "so that recv answers EAGAIN at once");
  close(flagged);
}

function flags(): void {
  const fd = datagram();
  equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0, "a new socket blocks");
  equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0, "fcntl sets O_NONBLOCK");
  equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK, "fcntl reads it back");
  fails(recv(fd, buffer, 4, 0), EAGAIN, "recv on a non-blocking socket: EAGAIN");
  equal(fcntl(fd, F_SETFL, 0), 0, "fcntl clears O_NONBLOCK");
  equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0, "and it is gone");
  cell.value = 1;
  equal(ioctl(fd, FIONBIO, cell), 0, "ioctl FIONBIO sets it too");
  equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK, "as fcntl sees");
  cell.value = 0;
  equal(ioctl(fd, FIONBIO, cell), 0, "ioctl FIONBIO with 0 clears it");
  equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0, "as fcntl sees too");
  fails(fcntl(fd, 77), EINVAL, "an unknown fcntl command: EINVAL");
  fails(ioctl(fd, 77, NULL), EINVAL, "an unknown ioctl request: EINVAL");
  close(fd);
}

/** Several descriptors of one socket. */
function duplicates(): void {
  const fd = bound(1000);
  equal(fd, 3, "a socket is descriptor 3");
  equal(dup(fd), 4, "dup gives the lowest free number");
  equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0, "O_NONBLOCK is set through the first descriptor");
  equal(fcntl(4, F_GETFL) & O_NONBLOCK, O_NONBLOCK, "and holds for the second: they share their flags");
  equal(close(fd), 0, "the first is closed");
  equal(sendto(4, buffer, 4, 0, at(LOOPBACK, 1000), ADDRESS_BYTES), 4, "the socket lives on under the second");
  check(arrived(4), "and receives");
  equal(recv(4, buffer, 8, 0), 4, "what it sent");
  equal(dup2(4, 5), 5, "dup2 gives the number asked for");
  equal(dup2(4, 4), 4, "dup2 onto itself does nothing");
  const other = datagram();
  equal(other, 3, "another socket is descriptor 3");
  equal(dup2(other, 4), 4, "dup2 onto an open descriptor closes that");
  equal(sendto(5, buffer, 3, 0, at(LOOPBACK, 1000), ADDRESS_BYTES), 3, "the first socket is still there under 5");
  equal(fcntl(4, F_GETFL) & O_NONBLOCK, 0, "4 is now the other socket");
  fails(dup(5), EMFILE, "dup with a full table: EMFILE");
  fails(fcntl(5, F_DUPFD, 0), EMFILE, "F_DUPFD with a full table: EMFILE");
  close(3);
  close(4);
  equal(fcntl(5, F_DUPFD, 4), 4, "F_DUPFD gives the lowest number that is not below its argument");
  fails(fcntl(5, F_DUPFD, -1), EINVAL, "F_DUPFD from -1: EINVAL");
  fails(fcntl(5, F_DUPFD, 6), EINVAL, "F_DUPFD beyond the table: EINVAL");
  fails(dup(3), EBADF, "dup of what is not open: EBADF");
  fails(dup2(3, 5), EBADF, "dup2 of what is not open: EBADF");
  fails(dup2(5, 6), EBADF, "dup2 beyond the table: EBADF");
  fails(dup2(5, -1), EBADF, "dup2 onto -1: EBADF");
  close(4);
  close(5);
  equal(dup(STDOUT_FILENO), 3, "the console can be duplicated");
  equal(write(3, buffer, 0), 0, "and written to through the copy");
  equal(close(3), 0, "and the copy closed");
  equal(dup2(STDERR_FILENO, 5), 5, "standard error under another number");
  equal(write(5, buffer, 0), 0, "is written to");
  close(5);
}

numbers();
unopened(3);
unopened(-1);
unopened(6);
unopened(0x7fffffff);
console(STDIN_FILENO);
console(STDOUT_FILENO);
console(STDERR_FILENO);
kinds();
flags();
duplicates();
done();
