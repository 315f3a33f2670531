// Addresses outside of the program's memory: every system call answers EFAULT, and nothing has happened.
import { CONFIG_APP_MEMORY_SIZE } from "socklet/config";
import { EAGAIN, EFAULT } from "socklet/posix/errno";
import {
  args_get,
  args_sizes_get,
  clock_time_get,
  environ_sizes_get,
  fd_fdstat_get,
  fd_filestat_get,
  fd_read,
  fd_write,
  poll_oneoff,
  random_get,
  sock_addr_local,
  sock_addr_remote,
  sock_bind,
  sock_connect,
  sock_open,
  sock_recv,
  sock_recv_from,
  sock_send,
  sock_send_to,
  socklet_get_option,
  socklet_poll,
  socklet_recv_from,
  socklet_select,
  socklet_send_to,
  socklet_set_option,
  socklet_socket,
} from "socklet/posix/imports";
import { connect, MSG_DONTWAIT, recv, SO_TYPE, SOL_SOCKET, sendto } from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, bound, datagram, fill, filled, LOOPBACK } from "../sockets";
import { check, done, equal, fails } from "../tap";

/** WASI's number. */
const FAULT: i32 = 21;
const vector: usize = memory.data(16, 4);
const record: usize = memory.data(24, 4);
const result: usize = memory.data(8, 8);
const buffer: usize = memory.data(64, 4);

/** Points the I/O vector at `length` bytes at `address`. */
function point(address: usize, length: u32): usize {
  store<u32>(vector, address);
  store<u32>(vector, length, 4);
  return vector;
}

/**
 * The first address outside of this program's memory. It is the configured size on a microcontroller and whole pages where
 * WebAssembly itself gives the memory, so it is searched for, with a call that reads one byte and changes nothing.
 */
function findEnd(fd: i32): usize {
  let inside: usize = 0;
  let outside: usize = 0x80000000;
  while (outside - inside > 1) {
    const middle = inside + ((outside - inside) >> 1);
    if (socklet_set_option(fd, SOL_SOCKET, 6, middle, 1) == FAULT) outside = middle;
    else inside = middle;
  }
  return outside;
}

/** The calls on sockets, with one address each replaced by `bad`. */
function sockets(fd: i32, bad: usize): void {
  equal(sock_open(-1, 0, 0, bad), FAULT, "sock_open: where the descriptor goes");
  equal(socklet_socket(1, 2, 0, bad), FAULT, "socket: where the descriptor goes");
  equal(sock_bind(fd, bad), FAULT, "sock_bind: the address");
  equal(sock_connect(fd, bad), FAULT, "sock_connect: the address");
  equal(sock_addr_local(fd, bad), FAULT, "sock_addr_local: the address");
  equal(sock_addr_remote(fd, bad), FAULT, "sock_addr_remote: the address");
  equal(sock_send(fd, bad, 1, 0, result), FAULT, "sock_send: the vector");
  equal(sock_send(fd, point(bad, 8), 1, 0, result), FAULT, "sock_send: the buffer");
  equal(sock_send(fd, point(buffer, 8), 1, 0, bad), FAULT, "sock_send: the count");
  equal(sock_send_to(fd, bad, 1, 0, record, result), FAULT, "sock_send_to: the vector");
  equal(sock_send_to(fd, point(bad, 8), 1, 0, record, result), FAULT, "sock_send_to: the buffer");
  equal(sock_send_to(fd, point(buffer, 8), 1, 0, bad, result), FAULT, "sock_send_to: the address");
  equal(sock_send_to(fd, point(buffer, 8), 1, 0, record, bad), FAULT, "sock_send_to: the count");
  equal(sock_recv(fd, bad, 1, 0, result, result + 4), FAULT, "sock_recv: the vector");
  equal(sock_recv(fd, point(bad, 8), 1, 0, result, result + 4), FAULT, "sock_recv: the buffer");
  equal(sock_recv(fd, point(buffer, 8), 1, 0, bad, result + 4), FAULT, "sock_recv: the count");
  equal(sock_recv(fd, point(buffer, 8), 1, 0, result, bad), FAULT, "sock_recv: the flags");
  equal(sock_recv_from(fd, bad, 1, 0, record, result), FAULT, "sock_recv_from: the vector");
  equal(sock_recv_from(fd, point(bad, 8), 1, 0, record, result), FAULT, "sock_recv_from: the buffer");
  equal(sock_recv_from(fd, point(buffer, 8), 1, 0, bad, result), FAULT, "sock_recv_from: the address");
  equal(sock_recv_from(fd, point(buffer, 8), 1, 0, record, bad), FAULT, "sock_recv_from: the count");
  store<u32>(result, 8);
  equal(socklet_recv_from(fd, bad, 8, 0x40, record, result, result + 4), FAULT, "recv_from: the buffer");
  equal(socklet_recv_from(fd, buffer, 8, 0x40, bad, result, result + 4), FAULT, "recv_from: the address");
  equal(socklet_recv_from(fd, buffer, 8, 0x40, record, bad, result + 4), FAULT, "recv_from: its length");
  equal(socklet_recv_from(fd, buffer, 8, 0x40, record, result, bad), FAULT, "recv_from: the count");
  const to = changetype<usize>(at(LOOPBACK, 5001));
  equal(socklet_send_to(fd, bad, 8, 0x40, to, 8, result), FAULT, "send_to: the buffer");
  equal(socklet_send_to(fd, buffer, 8, 0x40, bad, 8, result), FAULT, "send_to: the address");
  equal(socklet_send_to(fd, buffer, 8, 0x40, to, 8, bad), FAULT, "send_to: the count");
  store<u32>(result, 4);
  equal(socklet_get_option(fd, SOL_SOCKET, SO_TYPE, bad, result), FAULT, "get_option: the value");
  equal(socklet_get_option(fd, SOL_SOCKET, SO_TYPE, buffer, bad), FAULT, "get_option: its length");
  equal(socklet_set_option(fd, SOL_SOCKET, 6, bad, 4), FAULT, "set_option: the value");
  equal(socklet_select(6, bad, 0, 0, 0, result), FAULT, "select: the first set");
  equal(socklet_select(6, 0, bad, 0, 0, result), FAULT, "select: the second set");
  equal(socklet_select(6, 0, 0, bad, 0, result), FAULT, "select: the third set");
  equal(socklet_select(6, 0, 0, 0, 0, bad), FAULT, "select: the count");
  equal(socklet_poll(bad, 1, 0, result), FAULT, "poll: the entries");
  equal(socklet_poll(0, 0, 0, bad), FAULT, "poll: the count");
}

/** The other calls. */
function others(bad: usize): void {
  equal(fd_read(0, bad, 1, result), FAULT, "fd_read: the vector");
  equal(fd_write(1, bad, 1, result), FAULT, "fd_write: the vector");
  equal(fd_write(1, point(bad, 8), 1, result), FAULT, "fd_write: the buffer");
  equal(fd_write(1, point(buffer, 0), 1, bad), FAULT, "fd_write: the count");
  equal(fd_fdstat_get(1, bad), FAULT, "fd_fdstat_get");
  equal(fd_filestat_get(1, bad), FAULT, "fd_filestat_get");
  equal(args_sizes_get(bad, result), FAULT, "args_sizes_get: the count");
  equal(args_sizes_get(result, bad), FAULT, "args_sizes_get: the size");
  equal(args_get(bad, buffer), FAULT, "args_get: the pointers");
  equal(args_get(buffer, bad), FAULT, "args_get: the text");
  equal(environ_sizes_get(bad, result), FAULT, "environ_sizes_get: the count");
  equal(clock_time_get(1, 1, bad), FAULT, "clock_time_get");
  equal(random_get(bad, 8), FAULT, "random_get");
  equal(poll_oneoff(bad, buffer, 1, result), FAULT, "poll_oneoff: the subscriptions");
  equal(poll_oneoff(buffer, bad, 1, result), FAULT, "poll_oneoff: the events");
}

/** What is left to do when no system call has done anything: a datagram waits, unread, and no other was sent. */
function untouched(a: i32, b: i32): void {
  check(arrived(b), "the datagram that waits is still there");
  equal(recv(b, buffer, 64, MSG_DONTWAIT), 8, "whole");
  check(filled(buffer, 8, 3), "and unchanged");
  fails(recv(b, buffer, 64, MSG_DONTWAIT), EAGAIN, "no other has come");
  fails(recv(a, buffer, 64, MSG_DONTWAIT), EAGAIN, "and none has gone the other way");
  fill(buffer, 8, 3);
  sendto(a, buffer, 8, 0, at(LOOPBACK, 5001), ADDRESS_BYTES);
  check(arrived(b), "the next one arrives");
}

const a = bound(5000);
const b = bound(5001);
// The record names 127.0.0.1 port 5001, so that a send_to that did not notice the bad address would succeed.
store<u32>(record, 0x0100007f, 4);
store<u16>(record, 5001, 8);
const end = findEnd(b);
check(<i32>end >= CONFIG_APP_MEMORY_SIZE, "the memory has at least the configured size");
fill(buffer, 8, 3);
connect(b, at(LOOPBACK, 5000), ADDRESS_BYTES);
sendto(a, buffer, 8, 0, at(LOOPBACK, 5001), ADDRESS_BYTES);
check(arrived(b), "a datagram waits");
sockets(b, end);
untouched(a, b);
sockets(b, end - 1);
untouched(a, b);
sockets(b, <usize>0xfffffffc);
untouched(a, b);
others(end);
others(end - 1);
others(<usize>0xfffffffc);
fails(recv(b, end - 4, 8, MSG_DONTWAIT), EFAULT, "a buffer whose end is outside: EFAULT");
fails(recv(b, 16, 0xffffffff, MSG_DONTWAIT), EFAULT, "a length that wraps around: EFAULT");
check(arrived(b), "the datagram is still there");
equal(datagram(), 5, "no descriptor was lost");
close(a);
close(b);
done();
