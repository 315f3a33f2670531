// Datagram sockets with a peer: connect, the filter, ICMP errors, shutdown.
import { ntohl, ntohs } from "socklet/posix/arpa/inet";
import { EACCES, EAFNOSUPPORT, EAGAIN, ECONNREFUSED, EINVAL, ENOTCONN, EPIPE } from "socklet/posix/errno";
import { POLLERR, POLLIN, poll, pollfd } from "socklet/posix/poll";
import {
  connect,
  getpeername,
  getsockname,
  getsockopt,
  IntCell,
  MSG_DONTWAIT,
  recv,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ERROR,
  SO_RCVTIMEO,
  SOL_SOCKET,
  send,
  sendto,
  setsockopt,
  shutdown,
  timeval,
} from "socklet/posix/sys/socket";
import { close, read, write } from "socklet/posix/unistd";
import {
  ADDRESS_BYTES,
  at,
  bound,
  datagram,
  fill,
  filled,
  LOOPBACK,
  room,
  SOON,
  Static,
  sockaddr_in,
} from "../sockets";
import { check, done, equal, fails } from "../tap";

const buffer: usize = memory.data(256, 4);
const name = Static.of<sockaddr_in>();
const value = Static.of<IntCell>();
const entry = Static.of<pollfd>();
const time = Static.of<timeval>();

/** Waits until the socket has an error or something to read; what poll said. */
function events(fd: i32): i32 {
  entry.fd = fd;
  entry.events = <i16>POLLIN;
  poll(entry, 1, SOON);
  return entry.revents;
}

function peers(): void {
  const server = bound(3000);
  const stranger = bound(3001);
  const client = datagram();
  fails(getpeername(client, name, room()), ENOTCONN, "getpeername without a peer: ENOTCONN");
  fails(shutdown(client, SHUT_RD), ENOTCONN, "shutdown without a peer: ENOTCONN");
  fails(connect(client, at(LOOPBACK, 3000), 7), EINVAL, "connect with a short address: EINVAL");
  const address = at(LOOPBACK, 3000);
  address.sin_family = 9;
  fails(connect(client, address, ADDRESS_BYTES), EAFNOSUPPORT, "connect to another family: EAFNOSUPPORT");
  fails(
    connect(client, at(0xffffffff, 3000), ADDRESS_BYTES),
    EACCES,
    "connect to broadcast without SO_BROADCAST: EACCES",
  );
  equal(connect(client, at(LOOPBACK, 3000), ADDRESS_BYTES), 0, "connect sets the peer");
  const length = room();
  equal(getpeername(client, name, length), 0, "getpeername");
  equal(length.value, 8, "says its length");
  equal(ntohs(name.sin_port), 3000, "its port");
  equal(ntohl(name.sin_addr), LOOPBACK, "and its address");
  getsockname(client, name, room());
  equal(ntohl(name.sin_addr), LOOPBACK, "connect chooses the own address");
  const own = ntohs(name.sin_port);
  check(own != 0, "and the own port");

  fill(buffer, 40, 1);
  equal(send(client, buffer, 40, 0), 40, "send goes to the peer");
  equal(recv(server, buffer, 256, 0), 40, "which receives it");
  check(filled(buffer, 40, 1), "as it was");
  equal(write(client, buffer, 12), 12, "write goes there too");
  equal(read(server, buffer, 256), 12, "and is read");

  equal(sendto(stranger, buffer, 5, 0, at(LOOPBACK, own), ADDRESS_BYTES), 5, "a stranger sends to the client");
  equal(sendto(server, buffer, 6, 0, at(LOOPBACK, own), ADDRESS_BYTES), 6, "and so does the peer");
  equal(recv(client, buffer, 256, 0), 6, "the client hears its peer only");
  fails(recv(client, buffer, 256, MSG_DONTWAIT), EAGAIN, "the stranger's datagram is gone");

  equal(sendto(client, buffer, 7, 0, at(LOOPBACK, 3001), ADDRESS_BYTES), 7, "sendto may name somebody else");
  equal(recv(stranger, buffer, 256, 0), 7, "who receives it");
  equal(connect(client, at(LOOPBACK, 3001), ADDRESS_BYTES), 0, "connect again changes the peer");
  send(client, buffer, 9, 0);
  equal(recv(stranger, buffer, 256, 0), 9, "who receives what is sent now");
  getsockname(client, name, room());
  equal(ntohs(name.sin_port), own, "the own port stays");
  close(client);
  close(stranger);
  close(server);
}

function refused(): void {
  const client = datagram();
  connect(client, at(LOOPBACK, 3999), ADDRESS_BYTES);
  equal(send(client, buffer, 4, 0), 4, "a datagram to a port where nobody listens can be sent");
  fails(recv(client, buffer, 256, 0), ECONNREFUSED, "recv says ECONNREFUSED");
  fails(recv(client, buffer, 256, MSG_DONTWAIT), EAGAIN, "once");
  send(client, buffer, 4, 0);
  check((events(client) & POLLERR) != 0, "poll says POLLERR");
  fails(send(client, buffer, 4, 0), ECONNREFUSED, "send says ECONNREFUSED");
  equal(send(client, buffer, 4, 0), 4, "and sends the next time");
  events(client);
  equal(getsockopt(client, SOL_SOCKET, SO_ERROR, value, room()), 0, "SO_ERROR can be read");
  equal(value.value, ECONNREFUSED, "and says ECONNREFUSED");
  getsockopt(client, SOL_SOCKET, SO_ERROR, value, room());
  equal(value.value, 0, "reading clears it");

  const loose = datagram();
  sendto(loose, buffer, 4, 0, at(LOOPBACK, 3999), ADDRESS_BYTES);
  time.tv_usec = 50_000;
  setsockopt(loose, SOL_SOCKET, SO_RCVTIMEO, time, 16);
  fails(recv(loose, buffer, 256, 0), EAGAIN, "a socket without a peer is not told");
  close(loose);
  close(client);
}

function directions(): void {
  const server = bound(3000);
  const client = datagram();
  connect(client, at(LOOPBACK, 3000), ADDRESS_BYTES);
  fails(shutdown(client, 3), EINVAL, "shutdown with an unknown direction: EINVAL");
  fails(shutdown(client, -1), EINVAL, "and with a negative one: EINVAL");
  equal(shutdown(client, SHUT_WR), 0, "shutdown SHUT_WR");
  fails(send(client, buffer, 4, 0), EPIPE, "then send: EPIPE");
  getsockname(client, name, room());
  sendto(server, buffer, 8, 0, name, ADDRESS_BYTES);
  equal(recv(client, buffer, 256, 0), 8, "but receiving goes on");
  equal(shutdown(client, SHUT_RD), 0, "shutdown SHUT_RD");
  equal(recv(client, buffer, 256, 0), 0, "then recv answers 0 and does not wait");
  check((events(client) & POLLIN) != 0, "and poll says POLLIN");
  equal(shutdown(client, SHUT_RDWR), 0, "shutdown SHUT_RDWR afterwards is no mistake");
  close(client);
  close(server);
}

peers();
refused();
directions();
done();
