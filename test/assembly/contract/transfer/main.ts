// Datagrams between two sockets over loopback: bytes, borders, senders, flags.
import { ntohl, ntohs } from "socklet/posix/arpa/inet";
import { EACCES, EAFNOSUPPORT, EAGAIN, EDESTADDRREQ, EINVAL, EOPNOTSUPP } from "socklet/posix/errno";
import { FIONREAD, ioctl } from "socklet/posix/sys/ioctl";
import {
  getsockname,
  IntCell,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  NULL,
  recv,
  recvfrom,
  SO_BROADCAST,
  SO_RCVTIMEO,
  SOL_SOCKET,
  send,
  sendto,
  setsockopt,
  timeval,
} from "socklet/posix/sys/socket";
import { uptimeMilliseconds } from "socklet/posix/time";
import { close, read, write } from "socklet/posix/unistd";
import {
  ADDRESS_BYTES,
  arrived,
  at,
  bound,
  datagram,
  fill,
  filled,
  LOOPBACK,
  room,
  Static,
  sockaddr_in,
} from "../sockets";
import { check, done, equal, fails } from "../tap";

const OUT_BYTES: u32 = 1472;
const out: usize = memory.data(OUT_BYTES, 4);
const inside: usize = memory.data(2048, 4);
const peer = Static.of<sockaddr_in>();
const one = Static.of<IntCell>();
const cell = Static.of<IntCell>();
const time = Static.of<timeval>();

/** Sends `length` bytes with pattern `seed` from `from` to 127.0.0.1 port `port`. */
function give(from: i32, port: u32, length: u32, seed: u32): i32 {
  fill(out, length, seed);
  return sendto(from, out, length, 0, at(LOOPBACK, port), ADDRESS_BYTES);
}

function basics(a: i32, b: i32): void {
  equal(give(a, 2002, 100, 1), 100, "sendto answers the bytes sent");
  const length = room();
  equal(recvfrom(b, inside, 2048, 0, peer, length), 100, "recvfrom waits and answers the bytes received");
  check(filled(inside, 100, 1), "and the bytes are the same");
  equal(length.value, 8, "the sender's address has 8 bytes");
  equal(peer.sin_family, 1, "of the family AF_INET");
  equal(ntohs(peer.sin_port), 2001, "the sender's port");
  equal(ntohl(peer.sin_addr), LOOPBACK, "the sender's address");
  equal(sendto(b, inside, 100, 0, peer, ADDRESS_BYTES), 100, "an answer to that address");
  equal(recvfrom(a, inside, 2048, 0, NULL, NULL), 100, "arrives; recvfrom without an address");
  equal(give(a, 2002, 10, 2), 10, "one datagram");
  equal(give(a, 2002, 20, 3), 20, "and another");
  equal(recv(b, inside, 2048, 0), 10, "are received one by one");
  check(filled(inside, 10, 2), "the first first");
  equal(recv(b, inside, 2048, 0), 20, "and then the second");
  check(filled(inside, 20, 3), "as it was sent");
}

function sizes(a: i32, b: i32): void {
  let wrong: i32 = 0;
  for (let length: u32 = 0; length <= 70; length++) {
    give(a, 2002, length, length);
    store<u32>(inside + length, 0xa5a5a5a5);
    if (recv(b, inside, 2048, 0) != <i32>length) wrong++;
    if (!filled(inside, length, length)) wrong++;
    if (load<u32>(inside + length) != 0xa5a5a5a5) wrong++;
  }
  equal(wrong, 0, "every size from 0 to 70 arrives unchanged and nothing behind it is touched");
  wrong = 0;
  for (let shift: u32 = 0; shift < 4; shift++) {
    fill(out + shift, 61, shift);
    sendto(a, out + shift, 61, 0, at(LOOPBACK, 2002), ADDRESS_BYTES);
    if (recv(b, inside + 3 - shift, 2048, 0) != 61 || !filled(inside + 3 - shift, 61, shift)) wrong++;
  }
  equal(wrong, 0, "so do bytes from and to addresses of any alignment");
  equal(give(a, 2002, OUT_BYTES, 9), OUT_BYTES, "1,472 bytes, a full frame");
  equal(recv(b, inside, 2048, 0), OUT_BYTES, "arrive");
  check(filled(inside, OUT_BYTES, 9), "unchanged");
}

function empty(a: i32, b: i32): void {
  equal(sendto(a, NULL, 0, 0, at(LOOPBACK, 2002), ADDRESS_BYTES), 0, "an empty datagram can be sent");
  check(arrived(b), "it counts as something to read");
  const length = room();
  equal(recvfrom(b, inside, 2048, 0, peer, length), 0, "and is received as 0 bytes");
  equal(ntohs(peer.sin_port), 2001, "with its sender");
  fails(recv(b, inside, 2048, MSG_DONTWAIT), EAGAIN, "once");
  give(a, 2002, 5, 0);
  equal(recv(b, NULL, 0, 0), 0, "a datagram received into no buffer is 0 bytes");
  fails(recv(b, inside, 2048, MSG_DONTWAIT), EAGAIN, "and gone");
}

function flags(a: i32, b: i32): void {
  give(a, 2002, 50, 4);
  equal(recv(b, inside, 2048, MSG_PEEK), 50, "MSG_PEEK shows the datagram");
  check(filled(inside, 50, 4), "with its bytes");
  equal(recvfrom(b, inside, 2048, MSG_PEEK, peer, room()), 50, "again");
  equal(ntohs(peer.sin_port), 2001, "with its sender");
  equal(recv(b, inside, 20, MSG_PEEK), 20, "MSG_PEEK into less room");
  equal(recv(b, inside, 20, MSG_PEEK | MSG_TRUNC), 50, "MSG_TRUNC answers the real length");
  store<u32>(inside + 20, 0xa5a5a5a5);
  equal(recv(b, inside, 20, MSG_TRUNC), 50, "also when it takes the datagram");
  check(load<u32>(inside + 20) == 0xa5a5a5a5, "of which the buffer holds no more than fits");
  fails(recv(b, inside, 2048, MSG_DONTWAIT), EAGAIN, "the rest of a cut datagram is gone; MSG_DONTWAIT does not wait");
  give(a, 2002, 50, 5);
  equal(recv(b, inside, 20, 0), 20, "without MSG_TRUNC the bytes that fit are counted");
  fails(recv(b, inside, 20, MSG_DONTWAIT), EAGAIN, "and the rest is gone too");
  give(a, 2002, 30, 6);
  equal(recv(b, inside, 2048, MSG_WAITALL), 30, "MSG_WAITALL means nothing for a datagram");
  fails(recv(b, inside, 2048, MSG_OOB), EOPNOTSUPP, "MSG_OOB: EOPNOTSUPP");
  fill(out, 8, 7);
  equal(
    sendto(a, out, 8, MSG_DONTWAIT | MSG_NOSIGNAL, at(LOOPBACK, 2002), ADDRESS_BYTES),
    8,
    "MSG_DONTWAIT and MSG_NOSIGNAL for sending",
  );
  equal(recv(b, inside, 2048, 0), 8, "arrives all the same");
  fails(sendto(a, out, 8, MSG_OOB, at(LOOPBACK, 2002), ADDRESS_BYTES), EOPNOTSUPP, "sending with MSG_OOB: EOPNOTSUPP");
  give(a, 2002, 8, 7);
  const length = room();
  length.value = 3;
  store<u32>(changetype<usize>(peer), 0xa5a5a5a5);
  store<u32>(changetype<usize>(peer), 0xa5a5a5a5, 4);
  equal(recvfrom(b, inside, 2048, 0, peer, length), 8, "a datagram whose sender does not fit");
  equal(length.value, 8, "the sender's length is its real one");
  check(peer.sin_family == 1 && peer.sin_addr == 0xa5a5a5a5, "and no more than the room is filled");
}

function mistakes(a: i32): void {
  fails(send(a, out, 4, 0), EDESTADDRREQ, "send without a peer: EDESTADDRREQ");
  fails(write(a, out, 4), EDESTADDRREQ, "write without a peer: EDESTADDRREQ");
  fails(sendto(a, out, 4, 0, NULL, 0), EDESTADDRREQ, "sendto without an address: EDESTADDRREQ");
  fails(sendto(a, out, 4, 0, at(LOOPBACK, 2002), 7), EINVAL, "sendto with a short address: EINVAL");
  fails(sendto(a, out, 4, MSG_DONTWAIT, at(LOOPBACK, 2002), 7), EINVAL, "the same with flags: EINVAL");
  fails(sendto(a, out, 4, 0, at(LOOPBACK, 0), ADDRESS_BYTES), EINVAL, "sendto port 0: EINVAL");
  const address = at(LOOPBACK, 2002);
  address.sin_family = 7;
  fails(sendto(a, out, 4, 0, address, ADDRESS_BYTES), EAFNOSUPPORT, "sendto another family: EAFNOSUPPORT");
  fails(sendto(a, out, 4, MSG_DONTWAIT, address, ADDRESS_BYTES), EAFNOSUPPORT, "the same with flags: EAFNOSUPPORT");
  fails(sendto(a, out, 4, 0, at(0xffffffff, 2002), ADDRESS_BYTES), EACCES, "broadcast without SO_BROADCAST: EACCES");
  equal(setsockopt(a, SOL_SOCKET, SO_BROADCAST, one, 4), 0, "SO_BROADCAST can be set");
}

function waiting(a: i32, b: i32): void {
  time.tv_usec = 50_000;
  equal(setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, time, 16), 0, "SO_RCVTIMEO of 50 ms");
  const begin = uptimeMilliseconds();
  fails(recv(b, inside, 2048, 0), EAGAIN, "recv with nothing to come: EAGAIN");
  const passed = uptimeMilliseconds() - begin;
  check(passed >= 50, "not before 50 ms have passed");
  check(passed < 1000, "and soon after");
  give(a, 2002, 12, 8);
  equal(recv(b, inside, 2048, 0), 12, "what comes in time is received");
  fails(read(b, inside, 2048), EAGAIN, "read has the same time-out");
  time.tv_usec = 0;
  equal(setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, time, 16), 0, "a time of 0 means for ever");
  give(a, 2002, 12, 8);
  equal(read(b, inside, 2048), 12, "read receives");
}

function amounts(a: i32, b: i32): void {
  equal(ioctl(b, FIONREAD, cell), 0, "FIONREAD with nothing there");
  equal(cell.value, 0, "says 0");
  give(a, 2002, 33, 0);
  give(a, 2002, 44, 0);
  check(arrived(b), "two datagrams come");
  ioctl(b, FIONREAD, cell);
  equal(cell.value, 33, "FIONREAD says the length of the first");
  recv(b, inside, 2048, 0);
  check(arrived(b), "the second is there");
  ioctl(b, FIONREAD, cell);
  equal(cell.value, 44, "and then that of the second");
  recv(b, inside, 2048, 0);
}

function overflow(a: i32, b: i32): void {
  let sent: i32 = 0;
  for (let i: u32 = 0; i < 20; i++) sent += give(a, 2002, 1000, i);
  equal(sent, 20_000, "twenty datagrams can be sent to a socket that nobody reads");
  check(arrived(b), "some arrive");
  equal(recv(b, inside, 2048, 0), 1000, "the first one whole");
  check(filled(inside, 1000, 0), "and unchanged");
  let others: i32 = 0;
  while (recv(b, inside, 2048, MSG_DONTWAIT) == 1000) others++;
  check(others > 0 && others < 19, "then those for which there was room, and no more");
  give(a, 2002, 1000, 99);
  equal(recv(b, inside, 2048, 0), 1000, "afterwards there is room again");
  check(filled(inside, 1000, 99), "for what comes then");
}

function self(a: i32): void {
  give(a, 2001, 25, 11);
  equal(recvfrom(a, inside, 2048, 0, peer, room()), 25, "a socket can send to itself");
  equal(ntohs(peer.sin_port), 2001, "and sees itself as the sender");
  const unbound = datagram();
  give(unbound, 2001, 3, 0);
  equal(recvfrom(a, inside, 2048, 0, peer, room()), 3, "a socket that was never bound can send");
  const port = peer.sin_port;
  getsockname(unbound, peer, room());
  equal(peer.sin_port, port, "from the port that it was given");
  close(unbound);
}

one.value = 1;
const a = bound(2001);
const b = bound(2002);
basics(a, b);
sizes(a, b);
empty(a, b);
flags(a, b);
mistakes(a);
waiting(a, b);
amounts(a, b);
overflow(a, b);
self(a);
equal(close(a), 0, "the first socket is closed");
equal(close(b), 0, "the second socket is closed");
done();
