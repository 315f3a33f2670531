// eventfd and epoll.
import {
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EEXIST,
  EFAULT,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOENT,
  ENOSPC,
  ENOTSOCK,
  EPERM,
} from "socklet/posix/errno";
import { F_GETFL, F_SETFL, fcntl, O_NONBLOCK } from "socklet/posix/fcntl";
import { POLLIN, POLLOUT, poll, pollfd } from "socklet/posix/poll";
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  epoll_create1,
  epoll_ctl,
  epoll_event,
  epoll_wait,
} from "socklet/posix/sys/epoll";
import {
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  eventfd,
  eventfd_read,
  eventfd_write,
} from "socklet/posix/sys/eventfd";
import { connect, recv, SHUT_RD, SHUT_WR, send, sendto, shutdown } from "socklet/posix/sys/socket";
import { close, dup, read, write } from "socklet/posix/unistd";
import { ADDRESS_BYTES, at, bound, LOOPBACK, SOON } from "../sockets";
import { check, done, equal, fails } from "../tap";

const value: usize = memory.data(16, 8);
const events: usize = memory.data(64, 8);
const asked = changetype<epoll_event>(memory.data(16, 8));
/** What the sets give back, beside the descriptor: 64 bits wide. */
const DATA: u64 = ((<u64>0x12345678) << 32) | 0x9abcdef0;
const entry = changetype<pollfd>(memory.data(8, 4));

/** What poll says of `fd` now. */
function polled(fd: i32): i32 {
  entry.fd = fd;
  entry.events = <i16>(POLLIN | POLLOUT);
  poll(entry, 1, 0);
  return entry.revents;
}

function counters(): void {
  const fd = eventfd(3, EFD_NONBLOCK);
  equal(fd, 3, "an event counter has the lowest free number");
  equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK, "EFD_NONBLOCK makes it non-blocking");
  equal(eventfd_write(fd, 0x100000000), 0, "eventfd_write adds");
  equal(polled(fd), POLLIN | POLLOUT, "poll: it can be read and written");
  equal(eventfd_read(fd, value), 0, "eventfd_read takes");
  check(load<u64>(value) == 0x100000003, "the whole sum, 64 bits wide");
  equal(polled(fd), POLLOUT, "poll: 0 can be written only");
  fails(eventfd_read(fd, value), EAGAIN, "a counter of 0: EAGAIN");
  fails(eventfd_write(fd, u64.MAX_VALUE), EINVAL, "the value 2^64 - 1: EINVAL");
  equal(eventfd_write(fd, u64.MAX_VALUE - 1), 0, "the largest value");
  fails(eventfd_write(fd, 1), EAGAIN, "does not grow: EAGAIN");
  equal(polled(fd), POLLIN, "poll: it can be read only");
  equal(read(fd, value, 8), 8, "read takes it too");
  check(load<u64>(value) == u64.MAX_VALUE - 1, "all of it");
  fails(read(fd, value, 7), EINVAL, "read of 7 bytes: EINVAL");
  fails(read(fd, value, 16), EINVAL, "read of 16 bytes: EINVAL");
  fails(write(fd, value, 4), EINVAL, "write of 4 bytes: EINVAL");
  fails(read(fd, 0xfffffff0, 8), EFAULT, "read to nowhere: EFAULT");
  const semaphore = eventfd(2, EFD_SEMAPHORE | EFD_CLOEXEC);
  equal(semaphore, 4, "a second counter");
  fails(eventfd(0, 0), ENFILE, "a third where there are two: ENFILE");
  fails(eventfd(0, 1), EINVAL, "an unknown flag: EINVAL");
  eventfd_read(semaphore, value);
  check(load<u64>(value) == 1, "a semaphore gives 1");
  eventfd_read(semaphore, value);
  check(load<u64>(value) == 1, "and 1 again");
  equal(fcntl(semaphore, F_SETFL, O_NONBLOCK), 0, "O_NONBLOCK can be set later");
  fails(eventfd_read(semaphore, value), EAGAIN, "and then no more: EAGAIN");
  fails(send(fd, value, 8, 0), ENOTSOCK, "send on a counter: ENOTSOCK");
  fails(recv(fd, value, 8, 0), ENOTSOCK, "recv on a counter: ENOTSOCK");
  equal(close(semaphore), 0, "close");
  equal(close(fd), 0, "close the first");
  fails(eventfd_read(fd, value), EBADF, "after close: EBADF");
}

function control(set: i32, operation: i32, fd: i32, what: u32): i32 {
  asked.events = what;
  asked.data = DATA + <u64>fd;
  return epoll_ctl(set, operation, fd, asked);
}

/** Errors, and what is over. */
function conditions(): void {
  const set = epoll_create1(EPOLL_CLOEXEC);
  const fd = bound(2001);
  equal(connect(fd, at(LOOPBACK, 2999), ADDRESS_BYTES), 0, "a datagram socket is connected to a port that nobody has");
  equal(
    control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLPRI | EPOLLRDHUP),
    0,
    "EPOLLPRI and EPOLLRDHUP can be asked for",
  );
  equal(epoll_wait(set, events, 4, 0), 0, "and do not hold");
  equal(send(fd, value, 1, 0), 1, "a datagram to that port");
  equal(epoll_wait(set, events, 4, SOON), 1, "comes back as an error");
  check((epoll_event.at(events, 0).events & EPOLLERR) != 0, "EPOLLERR, without being asked for");
  fails(recv(fd, value, 8, 0), ECONNREFUSED, "recv says which: ECONNREFUSED");
  equal(shutdown(fd, SHUT_RD), 0, "shut for reading");
  equal(epoll_wait(set, events, 4, 0), 1, "is an event");
  equal(epoll_event.at(events, 0).events & (EPOLLRDHUP | EPOLLHUP), EPOLLRDHUP, "EPOLLRDHUP and not yet EPOLLHUP");
  equal(shutdown(fd, SHUT_WR), 0, "shut for writing too");
  equal(epoll_wait(set, events, 4, 0), 1, "is one");
  check((epoll_event.at(events, 0).events & EPOLLHUP) != 0, "EPOLLHUP");
  close(fd);
  close(set);
}

function sets(): void {
  const set = epoll_create1(0);
  equal(set, 3, "a set has the lowest free number");
  fails(epoll_create1(0), ENFILE, "a second where there is one: ENFILE");
  fails(epoll_create1(1), EINVAL, "an unknown flag: EINVAL");
  const fd = bound(2000);
  const counter = eventfd(0, 0);
  equal(control(set, EPOLL_CTL_ADD, fd, EPOLLIN), 0, "a socket is added");
  equal(control(set, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLET), 0, "a counter is added, edge-triggered");
  fails(control(set, EPOLL_CTL_ADD, fd, EPOLLIN), EEXIST, "twice: EEXIST");
  fails(control(set, EPOLL_CTL_ADD, 1, EPOLLIN), EPERM, "the console: EPERM");
  fails(control(set, EPOLL_CTL_ADD, set, EPOLLIN), EINVAL, "a set in itself: EINVAL");
  fails(control(set, EPOLL_CTL_ADD, 8, EPOLLIN), EBADF, "what is not open: EBADF");
  fails(control(fd, EPOLL_CTL_ADD, counter, EPOLLIN), EINVAL, "a socket is no set: EINVAL");
  fails(control(set, 7, fd, EPOLLIN), EINVAL, "an unknown operation: EINVAL");
  equal(epoll_wait(set, events, 4, 0), 0, "nothing has happened");
  equal(epoll_wait(set, events, 4, 20), 0, "nor does within 20 ms");
  fails(epoll_wait(set, events, 0, 0), EINVAL, "room for no event: EINVAL");
  fails(epoll_wait(fd, events, 4, 0), EINVAL, "waiting for a socket as a set: EINVAL");
  fails(epoll_wait(set, 0xfffffff0, 4, 0), EFAULT, "events to nowhere: EFAULT");
  equal(sendto(fd, value, 5, 0, at(LOOPBACK, 2000), ADDRESS_BYTES), 5, "a datagram is sent");
  equal(epoll_wait(set, events, 4, SOON), 1, "and wakes epoll_wait");
  equal(epoll_event.at(events, 0).events, EPOLLIN, "which says EPOLLIN");
  check(epoll_event.at(events, 0).data == DATA + <u64>fd, "and gives the value back");
  equal(polled(set), POLLIN, "poll sees the set as readable");
  eventfd_write(counter, 1);
  equal(epoll_wait(set, events, 1, 0), 1, "no more than asked for");
  equal(epoll_wait(set, events, 4, 0), 2, "both");
  equal(epoll_wait(set, events, 4, 0), 1, "the edge-triggered one is reported once");
  eventfd_write(counter, 1);
  equal(epoll_wait(set, events, 4, 0), 2, "and once more after the next event");
  equal(recv(fd, value, 8, 0), 5, "the datagram is read");
  equal(epoll_wait(set, events, 4, 0), 0, "and then nothing is ready");
  equal(control(set, EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLONESHOT), 0, "asking for something else");
  equal(epoll_wait(set, events, 4, 0), 1, "which is so");
  equal(epoll_event.at(events, 0).events, EPOLLOUT, "EPOLLOUT");
  equal(epoll_wait(set, events, 4, 0), 0, "one-shot");
  const copy = dup(counter);
  equal(control(set, EPOLL_CTL_ADD, copy, EPOLLIN), 0, "a copy is another descriptor");
  const last = dup(counter);
  fails(control(set, EPOLL_CTL_ADD, last, EPOLLIN), ENOSPC, "a fourth where there are three: ENOSPC");
  fails(dup(dup(counter)), EMFILE, "the table is full");
  close(counter);
  fails(control(set, EPOLL_CTL_DEL, counter, 0), EBADF, "a closed descriptor is gone");
  equal(control(set, EPOLL_CTL_ADD, last, EPOLLIN), 0, "and its place is free");
  equal(epoll_wait(set, events, 4, 0), 2, "the two copies are ready");
  equal(control(set, EPOLL_CTL_DEL, last, 0), 0, "one is taken out");
  fails(control(set, EPOLL_CTL_DEL, last, 0), ENOENT, "once: ENOENT");
  fails(control(set, EPOLL_CTL_MOD, last, 0), ENOENT, "what is not there cannot be modified: ENOENT");
  equal(epoll_wait(set, events, 4, 0), 1, "the other stays");
  equal(close(set), 0, "the set is closed");
  fails(epoll_wait(set, events, 4, 0), EBADF, "after close: EBADF");
}

counters();
conditions();
sets();
done();
