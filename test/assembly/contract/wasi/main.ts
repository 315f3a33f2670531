// The WASI calls as other languages' libraries use them: layouts and numbers of preview 1 and of WAMR's sockets.
import {
  clock_res_get,
  clock_time_get,
  fd_close,
  fd_fdstat_get,
  fd_fdstat_set_flags,
  fd_filestat_get,
  fd_prestat_get,
  fd_read,
  fd_renumber,
  fd_seek,
  fd_write,
  poll_oneoff,
  sched_yield,
  sock_accept,
  sock_addr_local,
  sock_addr_remote,
  sock_bind,
  sock_close,
  sock_connect,
  sock_get_broadcast,
  sock_get_ip_ttl,
  sock_get_recv_timeout,
  sock_listen,
  sock_open,
  sock_recv,
  sock_recv_from,
  sock_send,
  sock_send_to,
  sock_set_broadcast,
  sock_set_ip_ttl,
  sock_set_recv_timeout,
  sock_set_tcp_no_delay,
  sock_shutdown,
} from "socklet/posix/imports";
import { uptimeMilliseconds } from "socklet/posix/time";
import { fill, filled } from "../sockets";
import { check, done, equal } from "../tap";

/** Numbers of WASI preview 1. */
const AFNOSUPPORT: i32 = 5;
const AGAIN: i32 = 6;
const BADF: i32 = 8;
const CONNREFUSED: i32 = 14;
const DESTADDRREQ: i32 = 17;
const INVAL: i32 = 28;
const MSGSIZE: i32 = 35;
const NOTCONN: i32 = 53;
const NOTSUP: i32 = 58;
const PROTONOSUPPORT: i32 = 66;
const PROTOTYPE: i32 = 67;
const SPIPE: i32 = 70;
const NONBLOCK: i32 = 4;
/** Upper half of the user data of every subscription. */
const USER_DATA: u32 = 0x12345678;

const vector: usize = memory.data(32, 4);
const many: usize = memory.data(17 * 8, 4);
const record: usize = memory.data(24, 4);
const result: usize = memory.data(16, 8);
const buffer: usize = memory.data(128, 8);
const out: usize = memory.data(64, 8);
const subscriptions: usize = memory.data(48 * 3, 8);
const events: usize = memory.data(32 * 3, 8);

/** 127.0.0.1 and `port` in the address record, whose unused bytes are dirty. */
function at(port: u32): usize {
  for (let i: usize = 0; i < 24; i++) store<u8>(record + i, 0xa5);
  store<u32>(record, 0);
  store<u32>(record, 0x0100007f, 4);
  store<u16>(record, <u16>port, 8);
  return record;
}

function one(address: usize, length: u32): usize {
  store<u32>(vector, address);
  store<u32>(vector, length, 4);
  return vector;
}

/** Entry `index` of the subscriptions, cleared, with its user data. */
function subscription(index: usize, kind: u8): usize {
  const entry = subscriptions + index * 48;
  for (let i: usize = 0; i < 48; i += 8) store<u64>(entry + i, 0);
  store<u32>(entry, <u32>index);
  store<u32>(entry, USER_DATA, 4);
  store<u8>(entry, kind, 8);
  return entry;
}

/** Whether the first event has the user data of subscription `index`. */
function names(index: u32): bool {
  return load<u32>(events) == index && load<u32>(events, 4) == USER_DATA;
}

function clock(index: usize, nanoseconds: u64): void {
  const entry = subscription(index, 0);
  store<u32>(entry, 1, 16);
  store<u64>(entry, nanoseconds, 24);
}

function descriptor(index: usize, kind: u8, fd: i32): void {
  store<i32>(subscription(index, kind), fd, 16);
}

function opening(): void {
  equal(sock_open(-1, 2, 0, result), AFNOSUPPORT, "an unknown family");
  equal(sock_open(-1, 0, 9, result), PROTOTYPE, "an unknown type");
  equal(sock_open(-1, 0, 0, result), 0, "a datagram socket");
  equal(load<i32>(result), 3, "has the lowest free number");
  equal(sock_open(12345, 0, 0, result), 0, "whatever the address pool");
  equal(load<i32>(result), 4, "the next number");
  equal(sock_close(4), NOTSUP, "sock_close is not how sockets are closed");
  equal(sock_addr_local(3, record), 0, "an unbound socket has an address");
  check(load<u32>(record, 4) == 0 && load<u16>(record, 8) == 0, "0.0.0.0 port 0");
  equal(sock_bind(3, at(6000)), 0, "bind");
  equal(sock_bind(3, at(6001)), INVAL, "bind twice");
  at(6001);
  store<u32>(record, 1);
  equal(sock_bind(4, record), AFNOSUPPORT, "bind to an IPv6 address");
  store<u32>(record, 7);
  equal(sock_bind(4, record), PROTONOSUPPORT, "bind to an address of unknown kind");
  equal(sock_bind(4, at(6001)), 0, "bind the second");
  equal(sock_addr_local(4, record), 0, "its address");
  check(load<u32>(record) == 0 && load<u32>(record, 4) == 0x0100007f, "is 127.0.0.1 in bytes");
  equal(load<u16>(record, 8), 6001, "and the port a number");
  equal(load<u8>(record, 12), 0xa5, "the record's unused bytes are left alone");
  equal(sock_addr_remote(4, record), NOTCONN, "no peer yet");
  equal(sock_listen(3, 1), NOTSUP, "a datagram socket cannot listen");
  equal(sock_accept(3, 0, result), NOTSUP, "nor accept");
}

function vectors(): void {
  fill(out, 30, 1);
  one(out, 10);
  store<u32>(vector, out + 10, 8);
  store<u32>(vector, 20, 12);
  equal(sock_send_to(3, vector, 2, 0, at(6001), result), 0, "a datagram from two buffers");
  equal(load<i32>(result), 30, "of 30 bytes");
  one(buffer + 1, 3);
  store<u32>(vector, buffer + 20, 8);
  store<u32>(vector, 40, 12);
  equal(sock_recv_from(4, vector, 2, 0, record, result), 0, "into two buffers");
  equal(load<i32>(result), 30, "30 bytes");
  check(filled(buffer + 1, 3, 1), "the first 3");
  check(filled(buffer + 20, 27, 22), "and the other 27");
  equal(load<u16>(record, 8), 6000, "with the sender's port");
  equal(sock_send_to(3, vector, 0, 0, at(6001), result), 0, "no buffer at all: an empty datagram");
  equal(sock_recv(4, one(buffer, 64), 1, 0, result, result + 4), 0, "which is received");
  equal(load<i32>(result), 0, "as 0 bytes");
}

function tooMuch(): void {
  for (let i: usize = 0; i < 16; i++) {
    store<u32>(many + i * 8, out);
    store<u32>(many + i * 8, 4096, 4);
  }
  equal(
    sock_send_to(3, many, 16, 0, at(6001), result),
    MSGSIZE,
    "65,536 bytes in 16 buffers are too many for a datagram",
  );
  equal(sock_send_to(3, many, 17, 0, at(6001), result), INVAL, "17 buffers are more than a call may have");
  equal(sock_send_to(3, many, 0x20000001, 0, at(6001), result), INVAL, "a number of buffers that wraps around");
}

function flags(): void {
  sock_send_to(3, one(out, 30), 1, 0, at(6001), result);
  store<u16>(result, 0xffff, 4);
  equal(sock_recv(4, one(buffer, 64), 1, 1, result, result + 4), 0, "PEEK");
  equal(load<i32>(result), 30, "shows the datagram");
  equal(load<u16>(result, 4), 0, "the result's flags are always written");
  equal(sock_recv(4, one(buffer, 8), 1, 0, result, result + 4), 0, "into less room");
  equal(load<i32>(result), 8, "what fits is counted");
  equal(load<u16>(result, 4), 1, "and the result's flags say that it was cut");
  equal(sock_recv(4, one(buffer, 8), 1, 0x100, result, result + 4), INVAL, "an unknown flag");
  equal(sock_send(4, one(out, 8), 1, 1, result), INVAL, "sending has no flags");
  equal(sock_send(4, one(out, 8), 1, 0, result), DESTADDRREQ, "sending without a peer");
  equal(sock_shutdown(4, 3), NOTCONN, "shutdown without a peer");
}

function connected(): void {
  equal(sock_connect(4, at(6000)), 0, "connect");
  equal(sock_addr_remote(4, record), 0, "the peer");
  equal(load<u16>(record, 8), 6000, "has the port that was named");
  equal(sock_send(4, one(out, 8), 1, 0, result), 0, "send");
  equal(fd_read(3, one(buffer, 64), 1, result), 0, "fd_read works on sockets");
  equal(load<i32>(result), 8, "as receiving");
  equal(fd_write(4, one(out, 9), 1, result), 0, "fd_write works on sockets");
  equal(sock_recv(3, one(buffer, 64), 1, 0, result, result + 4), 0, "as sending");
  equal(load<i32>(result), 9, "9 bytes");
  equal(sock_shutdown(4, 0), INVAL, "shutdown of nothing");
  equal(sock_shutdown(4, 4), INVAL, "shutdown of an unknown direction");
}

function descriptors(): void {
  equal(fd_fdstat_get(4, buffer), 0, "the state of a socket");
  equal(load<u8>(buffer), 5, "says datagram socket");
  equal(load<u16>(buffer, 2), 0, "and no flags");
  equal(fd_fdstat_set_flags(4, NONBLOCK), 0, "NONBLOCK can be set");
  fd_fdstat_get(4, buffer);
  equal(load<u16>(buffer, 2), NONBLOCK, "and read");
  equal(sock_recv(4, one(buffer, 8), 1, 0, result, result + 4), AGAIN, "then receiving does not wait");
  equal(fd_fdstat_set_flags(4, 1), NOTSUP, "APPEND cannot be set");
  equal(fd_fdstat_set_flags(4, 0), 0, "NONBLOCK can be cleared");
  equal(fd_fdstat_get(1, buffer), 0, "the state of the console");
  equal(load<u8>(buffer), 2, "says character device");
  equal(fd_filestat_get(4, buffer), 0, "the state as a file");
  equal(load<u8>(buffer, 16), 5, "has the type too");
  equal(fd_seek(4, 0, 0, result), SPIPE, "a socket has no position");
  equal(fd_seek(5, 0, 0, result), BADF, "nor what is not open");
  equal(fd_prestat_get(3, buffer), BADF, "no directory is open");
  equal(fd_renumber(4, 5), BADF, "a descriptor moves onto an open one only");
  equal(sock_open(-1, 0, 0, result), 0, "a third socket");
  equal(fd_renumber(4, 5), 0, "onto which the second one moves");
  equal(fd_close(4), BADF, "its old number is free");
  equal(sock_addr_local(5, record), 0, "the new number");
  equal(load<u16>(record, 8), 6001, "is the second socket");
  equal(fd_renumber(5, 5), 0, "moving onto itself changes nothing");
}

function options(): void {
  equal(sock_get_broadcast(3, buffer), 0, "sock_get_broadcast");
  equal(load<u8>(buffer), 0, "says no");
  equal(sock_set_broadcast(3, 256), 0, "a bool is its lowest byte");
  sock_get_broadcast(3, buffer);
  equal(load<u8>(buffer), 0, "so 256 is no");
  equal(sock_set_broadcast(3, 2), 0, "and 2");
  store<u8>(buffer, 0xa5, 1);
  sock_get_broadcast(3, buffer);
  equal(load<u16>(buffer), 0xa501, "is yes, in one byte");
  equal(sock_set_ip_ttl(3, 9), 0, "the time to live");
  equal(sock_get_ip_ttl(3, buffer), 0, "can be read");
  equal(load<u16>(buffer), 0xa509, "in one byte");
  equal(sock_set_recv_timeout(3, 30_000), 0, "a time-out of 30 ms");
  equal(sock_get_recv_timeout(3, buffer), 0, "can be read");
  check(load<u64>(buffer) == 30_000, "in microseconds");
  const begin = uptimeMilliseconds();
  equal(sock_recv(3, one(buffer, 8), 1, 0, result, result + 4), AGAIN, "it ends a wait");
  check(uptimeMilliseconds() - begin >= 30, "after 30 ms");
  equal(sock_set_tcp_no_delay(3, 1), NOTSUP, "an option of TCP is not supported here");
}

function waiting(): void {
  equal(poll_oneoff(subscriptions, events, 0, result), INVAL, "poll_oneoff without subscriptions");
  clock(0, 20_000_000);
  const begin = uptimeMilliseconds();
  equal(poll_oneoff(subscriptions, events, 1, result), 0, "poll_oneoff with a clock");
  const passed = uptimeMilliseconds() - begin;
  check(passed >= 20 && passed < 1000, "waits 20 ms");
  equal(load<i32>(result), 1, "one event");
  check(names(0), "has the subscription's user data");
  equal(load<u16>(events, 8), 0, "no error");
  equal(load<u8>(events, 10), 0, "and the type of a clock");

  clock_time_get(1, 1, buffer);
  clock(0, load<u64>(buffer) + 20_000_000);
  store<u16>(subscriptions, 1, 40);
  const from = uptimeMilliseconds();
  equal(poll_oneoff(subscriptions, events, 1, result), 0, "an absolute time");
  check(uptimeMilliseconds() - from >= 19, "is waited for too");

  descriptor(0, 1, 3);
  descriptor(1, 2, 5);
  clock(2, 5_000_000_000);
  equal(poll_oneoff(subscriptions, events, 3, result), 0, "a socket to read, one to write, a clock");
  equal(load<i32>(result), 1, "one event");
  check(names(1), "of the one to write");
  equal(load<u8>(events, 10), 2, "which can be written");

  sock_send(5, one(out, 17), 1, 0, result);
  descriptor(1, 1, 5);
  equal(poll_oneoff(subscriptions, events, 3, result), 0, "both to read, and a clock");
  equal(load<i32>(result), 1, "one event");
  check(names(0), "of the socket that was sent to");
  check(load<u64>(events, 16) == 17, "with the number of bytes");
  sock_recv(3, one(buffer, 64), 1, 0, result, result + 4);

  descriptor(0, 1, 4);
  equal(poll_oneoff(subscriptions, events, 3, result), 0, "a descriptor that is not open");
  equal(load<u16>(events, 8), BADF, "is an event with an error");

  sock_connect(5, at(6999));
  sock_send(5, one(out, 4), 1, 0, result);
  descriptor(0, 1, 5);
  clock(1, 5_000_000_000);
  equal(poll_oneoff(subscriptions, events, 2, result), 0, "a socket whose peer is not there");
  equal(load<u16>(events, 8), CONNREFUSED, "is an event with its error");
  equal(sock_recv(5, one(buffer, 64), 1, 0, result, result + 4), CONNREFUSED, "which is still to be fetched");
}

function clocks(): void {
  equal(clock_res_get(1, result), 0, "the resolution of the clock");
  check(load<u64>(result) == 1000, "is a microsecond");
  equal(clock_time_get(77, 1, result), INVAL, "an unknown clock");
  equal(sched_yield(), 0, "others may run");
}

opening();
vectors();
tooMuch();
flags();
connected();
descriptors();
options();
waiting();
clocks();
done();
