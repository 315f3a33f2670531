// select and poll with every descriptor, their time-outs, what they say of descriptors that are not open.
import { CONFIG_NET_SOCKETS_POLL_MAX, CONFIG_ZVFS_OPEN_MAX } from "socklet/config";
import { EBADF, EINVAL, errno, setErrno } from "socklet/posix/errno";
import { POLLIN, POLLNVAL, POLLOUT, poll, pollfd } from "socklet/posix/poll";
import { FD_CLR, FD_ISSET, FD_SET, FD_SETSIZE, FD_ZERO, fd_set, NULL, select } from "socklet/posix/sys/select";
import { recv, sendto } from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";
import { uptimeMilliseconds } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, bound, LOOPBACK, Static } from "../sockets";
import { check, done, equal, fails } from "../tap";

const FIRST: i32 = 3;
const PORT: u32 = 4000;

const buffer: usize = memory.data(16, 4);
const readable = fd_set.create();
const writable = fd_set.create();
const errors = fd_set.create();
const time = Static.of<timeval>();
const entries: usize = memory.data(40 * 8, 4);

function within(milliseconds: i64): timeval {
  time.tv_sec = milliseconds / 1000;
  time.tv_usec = (milliseconds % 1000) * 1000;
  return time;
}

/** Sends 4 bytes to the socket with descriptor `fd`, which is bound to PORT + fd. */
function give(fd: i32): void {
  sendto(FIRST, buffer, 4, 0, at(LOOPBACK, PORT + fd), ADDRESS_BYTES);
}

function sets(): void {
  equal(FD_SETSIZE, 64, "FD_SETSIZE is the descriptor table rounded up to 32");
  for (let fd: i32 = 0; fd < FD_SETSIZE; fd++) FD_SET(fd, readable);
  FD_ZERO(readable);
  let members: i32 = 0;
  for (let fd: i32 = 0; fd < FD_SETSIZE; fd++) members += i32(FD_ISSET(fd, readable));
  equal(members, 0, "FD_ZERO empties a set");
  let wrong: i32 = 0;
  for (let fd: i32 = 0; fd < FD_SETSIZE; fd++) {
    FD_SET(fd, readable);
    for (let other: i32 = 0; other < FD_SETSIZE; other++) {
      if (FD_ISSET(other, readable) != (other == fd)) wrong++;
    }
    FD_CLR(fd, readable);
    if (FD_ISSET(fd, readable)) wrong++;
  }
  equal(wrong, 0, "FD_SET and FD_CLR change one descriptor and no other");
  FD_ZERO(writable);
  setErrno(0);
  FD_SET(FD_SETSIZE, readable);
  equal(errno(), EBADF, "FD_SET of a number that no set has room for: EBADF");
  FD_SET(-1, readable);
  check(!FD_ISSET(FD_SETSIZE, readable) && !FD_ISSET(-1, readable), "and it is not in the set");
  check(load<u32>(changetype<usize>(writable)) == 0, "and nothing else has changed");
}

function everyDescriptor(): void {
  let wrong: i32 = 0;
  for (let fd = FIRST; fd < CONFIG_ZVFS_OPEN_MAX; fd++) {
    FD_ZERO(readable);
    for (let other = FIRST; other < CONFIG_ZVFS_OPEN_MAX; other++) FD_SET(other, readable);
    give(fd);
    if (select(CONFIG_ZVFS_OPEN_MAX, readable, NULL, NULL, within(2000)) != 1) wrong++;
    for (let other = FIRST; other < CONFIG_ZVFS_OPEN_MAX; other++) {
      if (FD_ISSET(other, readable) != (other == fd)) wrong++;
    }
    if (recv(fd, buffer, 16, 0) != 4) wrong++;
  }
  equal(wrong, 0, "select finds the one ready socket among all, for each descriptor");
  wrong = 0;
  for (let fd = FIRST; fd < CONFIG_ZVFS_OPEN_MAX; fd++) {
    for (let other = FIRST; other < CONFIG_ZVFS_OPEN_MAX; other++) {
      const entry = pollfd.at(entries, other - FIRST);
      entry.fd = other;
      entry.events = <i16>POLLIN;
    }
    give(fd);
    if (poll(entries, CONFIG_ZVFS_OPEN_MAX - FIRST, 2000) != 1) wrong++;
    for (let other = FIRST; other < CONFIG_ZVFS_OPEN_MAX; other++) {
      if (pollfd.at(entries, other - FIRST).revents != (other == fd ? <i16>POLLIN : 0)) wrong++;
    }
    if (recv(fd, buffer, 16, 0) != 4) wrong++;
  }
  equal(wrong, 0, "and so does poll");
}

function selecting(): void {
  const last = CONFIG_ZVFS_OPEN_MAX - 1;
  give(5);
  give(last);
  check(arrived(5) && arrived(last), "two sockets have something to read");
  FD_ZERO(readable);
  FD_ZERO(writable);
  FD_ZERO(errors);
  FD_SET(4, readable);
  FD_SET(5, readable);
  FD_SET(last, readable);
  FD_SET(6, writable);
  FD_SET(5, errors);
  equal(select(last + 1, readable, writable, errors, NULL), 3, "select counts the ready descriptors of all sets");
  check(!FD_ISSET(4, readable) && FD_ISSET(5, readable) && FD_ISSET(last, readable), "those to read");
  check(FD_ISSET(6, writable), "those to write");
  check(!FD_ISSET(5, errors), "and none with an exceptional condition");
  FD_ZERO(readable);
  FD_SET(5, readable);
  FD_SET(last, readable);
  equal(select(last, readable, NULL, NULL, within(0)), 1, "descriptors from count on are not looked at");
  recv(5, buffer, 16, 0);
  recv(last, buffer, 16, 0);

  FD_ZERO(readable);
  FD_SET(5, readable);
  equal(select(6, readable, NULL, NULL, within(0)), 0, "a time of zero does not wait");
  check(!FD_ISSET(5, readable), "and leaves nothing in the set");
  FD_SET(5, readable);
  let begin = uptimeMilliseconds();
  equal(select(6, readable, NULL, NULL, within(40)), 0, "select answers 0 when the time is over");
  let passed = uptimeMilliseconds() - begin;
  check(passed >= 40 && passed < 1000, "that is after 40 ms");
  begin = uptimeMilliseconds();
  equal(select(0, NULL, NULL, NULL, within(30)), 0, "select without sets is a pause");
  passed = uptimeMilliseconds() - begin;
  check(passed >= 30 && passed < 1000, "of 30 ms");

  FD_ZERO(readable);
  FD_SET(5, readable);
  FD_SET(60, readable);
  give(5);
  fails(select(64, readable, NULL, NULL, within(0)), EBADF, "a descriptor that is not open: EBADF");
  check(FD_ISSET(5, readable) && FD_ISSET(60, readable), "and the set stays as it was");
  recv(5, buffer, 16, 0);
  fails(select(FD_SETSIZE + 1, NULL, NULL, NULL, within(0)), EINVAL, "a count above FD_SETSIZE: EINVAL");
  fails(select(-1, NULL, NULL, NULL, within(0)), EINVAL, "a negative count: EINVAL");
  time.tv_sec = 0;
  time.tv_usec = 1_000_000;
  fails(select(0, NULL, NULL, NULL, time), EINVAL, "1,000,000 microseconds: EINVAL");
  time.tv_sec = -1;
  time.tv_usec = 0;
  fails(select(0, NULL, NULL, NULL, time), EINVAL, "negative seconds: EINVAL");
  FD_ZERO(writable);
  FD_SET(1, writable);
  equal(select(2, NULL, writable, NULL, within(0)), 1, "the console can be written");
}

function polling(): void {
  const first = pollfd.at(entries, 0);
  const second = pollfd.at(entries, 1);
  const third = pollfd.at(entries, 2);
  first.fd = -1;
  first.events = <i16>POLLIN;
  first.revents = 99;
  second.fd = CONFIG_ZVFS_OPEN_MAX;
  second.events = <i16>POLLIN;
  third.fd = 5;
  third.events = <i16>(POLLIN | POLLOUT);
  equal(poll(entries, 3, 1000), 2, "poll counts the entries that have something to say");
  equal(first.revents, 0, "an entry with a negative descriptor has nothing to say");
  equal(second.revents, POLLNVAL, "one that is not open says POLLNVAL");
  equal(third.revents, POLLOUT, "one that can be written says POLLOUT");
  third.events = <i16>POLLIN;
  let begin = uptimeMilliseconds();
  equal(poll(third, 1, 40), 0, "poll answers 0 when the time is over");
  let passed = uptimeMilliseconds() - begin;
  check(passed >= 40 && passed < 1000, "that is after 40 ms");
  equal(third.revents, 0, "and the entry says nothing");
  equal(poll(third, 1, 0), 0, "a time of 0 does not wait");
  begin = uptimeMilliseconds();
  equal(poll(NULL, 0, 30), 0, "poll without entries is a pause");
  passed = uptimeMilliseconds() - begin;
  check(passed >= 30 && passed < 1000, "of 30 ms");
  give(5);
  equal(poll(third, 1, -1), 1, "with a negative time poll waits until something comes");
  equal(third.revents, POLLIN, "and says POLLIN");
  recv(5, buffer, 16, 0);
  fails(poll(entries, CONFIG_NET_SOCKETS_POLL_MAX + 1, 0), EINVAL, "more entries than configured: EINVAL");
}

sets();
let wrong: i32 = 0;
for (let fd = FIRST; fd < CONFIG_ZVFS_OPEN_MAX; fd++) {
  if (bound(PORT + fd) != fd) wrong++;
}
equal(wrong, 0, "a socket for every free descriptor");
everyDescriptor();
selecting();
polling();
wrong = 0;
for (let fd = FIRST; fd < CONFIG_ZVFS_OPEN_MAX; fd++) wrong -= close(fd);
equal(wrong, 0, "all are closed");
done();
