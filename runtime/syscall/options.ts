/**
 * Socket options: getsockopt and setsockopt by level and name (socklet_v1, Zephyr's numbers) and the WAMR functions, one per
 * option. An option that is not built in answers ENOPROTOOPT (ENOTSUP for the WAMR functions), never success without
 * effect.
 */
import { CONFIG_NET_SOCKETS_UDP_RCVBUF } from "../../config";
import { guest_check, guest_load32, guest_load64, guest_store8, guest_store32, guest_store64 } from "../../hal/imports";
import { EFAULT, EINVAL, ENOPROTOOPT, ENOTSUP } from "../../net/base/errno";
import { OPTION_BROADCAST, OPTION_REUSEADDR, OPTION_REUSEPORT, Socket } from "../../net/socket/socket";
import { CONSOLE, Descriptors } from "./descriptors";

/** Levels (Zephyr's numbers). */
const SOL_SOCKET: i32 = 1;
const IPPROTO_IP: i32 = 0;

/** Names at SOL_SOCKET. */
const SO_REUSEADDR: i32 = 2;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_BROADCAST: i32 = 6;
const SO_RCVBUF: i32 = 8;
const SO_REUSEPORT: i32 = 15;
const SO_RCVTIMEO: i32 = 20;
const SO_SNDTIMEO: i32 = 21;
const SO_ACCEPTCONN: i32 = 30;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;
/** Names at IPPROTO_IP. */
const IP_TOS: i32 = 1;
const IP_TTL: i32 = 2;

/** Values that getsockopt answers, in Zephyr's numbers. */
const ZEPHYR_SOCK_DGRAM: i32 = 2;
const ZEPHYR_AF_INET: i32 = 1;
const IPPROTO_UDP: i32 = 17;

/** The WAMR options, as runtime/syscall/table/wamr.ts numbers them. */
const WASI_BROADCAST: i32 = 0;
const WASI_REUSE_ADDR: i32 = 2;
const WASI_REUSE_PORT: i32 = 3;
const WASI_IP_TTL: i32 = 8;
const WASI_RECV_BUF_SIZE: i32 = 12;
const WASI_RECV_TIMEOUT: i32 = 14;
const WASI_SEND_TIMEOUT: i32 = 15;

/** struct timeval as it crosses the boundary: i64 seconds, i64 microseconds. */
const TIMEVAL_BYTES: u32 = 16;
const MICROSECONDS: u64 = 1_000_000;
/** Longest time-out that is kept apart from "for ever": about 292,000 years. */
const LONGEST_SECONDS: u64 = u64.MAX_VALUE / MICROSECONDS - 1;

/** Bit of a yes-or-no option, or 0. */
function bitOf(level: i32, name: i32): u32 {
  if (level != SOL_SOCKET) return 0;
  if (name == SO_REUSEADDR) return OPTION_REUSEADDR;
  if (name == SO_REUSEPORT) return OPTION_REUSEPORT;
  if (name == SO_BROADCAST) return OPTION_BROADCAST;
  return 0;
}

/** An i32-valued option of `socket`, or -1 when there is no such option. SO_ERROR is cleared by this. */
function read(socket: Socket, level: i32, name: i32): i32 {
  const bit = bitOf(level, name);
  if (bit) return i32(socket.has(bit));
  if (level == SOL_SOCKET) {
    if (name == SO_TYPE) return ZEPHYR_SOCK_DGRAM;
    if (name == SO_ERROR) return socket.takeError();
    if (name == SO_RCVBUF) return CONFIG_NET_SOCKETS_UDP_RCVBUF;
    if (name == SO_ACCEPTCONN) return 0;
    if (name == SO_PROTOCOL) return IPPROTO_UDP;
    if (name == SO_DOMAIN) return ZEPHYR_AF_INET;
  } else if (level == IPPROTO_IP) {
    if (name == IP_TTL) return socket.ttlTos & 0xff;
    if (name == IP_TOS) return (socket.ttlTos >>> 8) & 0xff;
  }
  return -1;
}

/**
 * getsockopt. `value` receives at most *len bytes, *len what there was to say. SO_ERROR is a WASI errno here; posix/
 * translates it. EBADF, ENOTSOCK, EFAULT, EINVAL (no room for a time), ENOPROTOOPT.
 */
export function sys_get_option(task: i32, fd: i32, level: i32, name: i32, value: usize, length: usize): i32 {
  const entry = Descriptors.get(fd);
  if (entry <= CONSOLE) return Descriptors.notSocket(entry);
  if (!guest_check(task, length, 4)) return EFAULT;
  const room = guest_load32(task, length);
  if (!guest_check(task, value, room)) return EFAULT;
  const socket = Socket.at(entry);
  if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
    if (room < TIMEVAL_BYTES) return EINVAL;
    const time = name == SO_RCVTIMEO ? socket.receiveTimeout : socket.sendTimeout;
    guest_store64(task, value, time / MICROSECONDS);
    guest_store64(task, value + 8, time % MICROSECONDS);
    guest_store32(task, length, TIMEVAL_BYTES);
    return 0;
  }
  let result = read(socket, level, name);
  if (result < 0) return ENOPROTOOPT;
  const bytes = min<u32>(room, 4);
  for (let i: u32 = 0; i < bytes; i++) {
    guest_store8(task, value + i, result);
    result >>>= 8;
  }
  guest_store32(task, length, bytes);
  return 0;
}

/**
 * setsockopt. Integers are four bytes, times 16. EBADF, ENOTSOCK, EFAULT, EINVAL (length or value), ENOPROTOOPT (no such
 * option, or one that can only be read).
 */
export function sys_set_option(task: i32, fd: i32, level: i32, name: i32, value: usize, length: u32): i32 {
  const entry = Descriptors.get(fd);
  if (entry <= CONSOLE) return Descriptors.notSocket(entry);
  if (!guest_check(task, value, length)) return EFAULT;
  const socket = Socket.at(entry);
  if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
    if (length < TIMEVAL_BYTES) return EINVAL;
    const seconds = guest_load64(task, value);
    const micros = guest_load64(task, value + 8);
    if (seconds > LONGEST_SECONDS || micros >= MICROSECONDS) return EINVAL;
    setTimeout(socket, name == SO_RCVTIMEO, seconds * MICROSECONDS + micros);
    return 0;
  }
  if (length < 4) return EINVAL;
  const number = <i32>guest_load32(task, value);
  const bit = bitOf(level, name);
  if (bit) {
    socket.set(bit, number != 0);
    return 0;
  }
  if (level == IPPROTO_IP && name == IP_TTL) return setTtl(socket, number);
  if (level == IPPROTO_IP && name == IP_TOS) {
    if (<u32>number > 255) return EINVAL;
    socket.setTtlTos((socket.ttlTos & 0xff) | ((<u32>number) << 8));
    return 0;
  }
  return ENOPROTOOPT;
}

function setTtl(socket: Socket, ttl: i32): i32 {
  if (<u32>(ttl - 1) > 254) return EINVAL;
  socket.setTtlTos((socket.ttlTos & 0xff00) | <u32>ttl);
  return 0;
}

function setTimeout(socket: Socket, receive: bool, micros: u64): void {
  if (receive) socket.receiveTimeout = micros;
  else socket.sendTimeout = micros;
}

/** Bit of a WAMR yes-or-no option, or 0. */
function wasiBit(option: i32): u32 {
  if (option == WASI_BROADCAST) return OPTION_BROADCAST;
  if (option == WASI_REUSE_ADDR) return OPTION_REUSEADDR;
  if (option == WASI_REUSE_PORT) return OPTION_REUSEPORT;
  return 0;
}

/** sock_get_*: writes 1 byte (yes or no, TTL), 4 (sizes) or 8 (µs). EBADF, ENOTSOCK, EFAULT, ENOTSUP. */
export function sys_option_get(task: i32, option: i32, fd: i32, out: usize): i32 {
  const entry = Descriptors.get(fd);
  if (entry <= CONSOLE) return Descriptors.notSocket(entry);
  const socket = Socket.at(entry);
  const bit = wasiBit(option);
  if (bit || option == WASI_IP_TTL) {
    if (!guest_check(task, out, 1)) return EFAULT;
    guest_store8(task, out, bit ? u32(socket.has(bit)) : socket.ttlTos & 0xff);
    return 0;
  }
  if (option == WASI_RECV_BUF_SIZE) {
    if (!guest_check(task, out, 4)) return EFAULT;
    guest_store32(task, out, CONFIG_NET_SOCKETS_UDP_RCVBUF);
    return 0;
  }
  if (option == WASI_RECV_TIMEOUT || option == WASI_SEND_TIMEOUT) {
    if (!guest_check(task, out, 8)) return EFAULT;
    guest_store64(task, out, option == WASI_RECV_TIMEOUT ? socket.receiveTimeout : socket.sendTimeout);
    return 0;
  }
  return ENOTSUP;
}

/** sock_set_*: a bool counts by its low byte, as in the known host. EBADF, ENOTSOCK, EINVAL, ENOTSUP. */
export function sys_option_set(_task: i32, option: i32, fd: i32, value: i32): i32 {
  const entry = Descriptors.get(fd);
  if (entry <= CONSOLE) return Descriptors.notSocket(entry);
  const socket = Socket.at(entry);
  const bit = wasiBit(option);
  if (bit) {
    socket.set(bit, (value & 0xff) != 0);
    return 0;
  }
  if (option == WASI_IP_TTL) return setTtl(socket, value);
  return ENOTSUP;
}

/** sock_set_recv_timeout and sock_set_send_timeout, µs; 0 = none. EBADF, ENOTSOCK. */
export function sys_option_set_timeout(_task: i32, option: i32, fd: i32, micros: i64): i32 {
  const entry = Descriptors.get(fd);
  if (entry <= CONSOLE) return Descriptors.notSocket(entry);
  setTimeout(Socket.at(entry), option == WASI_RECV_TIMEOUT, <u64>micros);
  return 0;
}

/** SO_LINGER means nothing to a datagram. EBADF, ENOTSOCK, ENOTSUP. */
export function sys_sock_get_linger(_task: i32, fd: i32, _enabled: usize, _seconds: usize): i32 {
  return unsupported(fd);
}

/** @see sys_sock_get_linger */
export function sys_sock_set_linger(_task: i32, fd: i32, _enabled: i32, _seconds: i32): i32 {
  return unsupported(fd);
}

/** Multicast is not built in. EBADF, ENOTSOCK, ENOTSUP. */
export function sys_sock_get_ip_multicast_loop(_task: i32, fd: i32, _ipv6: i32, _out: usize): i32 {
  return unsupported(fd);
}

/** @see sys_sock_get_ip_multicast_loop */
export function sys_sock_set_ip_multicast_loop(_task: i32, fd: i32, _ipv6: i32, _enabled: i32): i32 {
  return unsupported(fd);
}

/** @see sys_sock_get_ip_multicast_loop */
export function sys_sock_set_ip_add_membership(_task: i32, fd: i32, _group: usize, _interface: i32): i32 {
  return unsupported(fd);
}

/** @see sys_sock_get_ip_multicast_loop */
export function sys_sock_set_ip_drop_membership(_task: i32, fd: i32, _group: usize, _interface: i32): i32 {
  return unsupported(fd);
}

function unsupported(fd: i32): i32 {
  const entry = Descriptors.get(fd);
  return entry <= CONSOLE ? Descriptors.notSocket(entry) : ENOTSUP;
}
