/** Opening, naming, connecting and closing sockets. */

import { EINVAL } from "../errno";
import {
  fd_close,
  sock_addr_local,
  sock_addr_remote,
  sock_bind,
  sock_connect,
  sock_open,
  sock_shutdown,
  socklet_socket,
} from "../imports";
import { Address } from "./address";
import { AF_INET, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM } from "./constants";
import { Result } from "./result";
import { socklen_t } from "./types";

/** The address pool argument of sock_open: no pool. */
const NO_POOL: i32 = -1;
const WASI_INET4: i32 = 0;
const WASI_DATAGRAM: i32 = 0;
const WASI_STREAM: i32 = 1;

class Opened {
  /** usize → i32: where the system call puts the new descriptor. */
  static descriptor(): usize {
    return memory.data(4, 4);
  }
}

/**
 * Opens a socket: the lowest free descriptor.
 *
 * @param family   AF_INET
 * @param type     SOCK_DGRAM or SOCK_STREAM; SOCK_NONBLOCK and SOCK_CLOEXEC may be or'd into it
 * @param protocol 0 for the type's own, or IPPROTO_UDP, IPPROTO_TCP
 * @returns the descriptor, or -1 with errno: EAFNOSUPPORT (family), EPROTOTYPE (no protocol of the family has this type,
 *   or it is not built in), EPROTONOSUPPORT (not a protocol of this type), EINVAL (unknown bits in the type), EMFILE (descriptor table full), ENFILE (no socket record left),
 *   ENOBUFS (no receive ring left)
 * @see POSIX socket()
 */
export function zsock_socket(family: i32, type: i32, protocol: i32): i32 {
  const place = Opened.descriptor();
  let wasi: i32;
  if (family == AF_INET && type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP)) {
    wasi = sock_open(NO_POOL, WASI_INET4, WASI_DATAGRAM, place);
  } else if (family == AF_INET && type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP)) {
    wasi = sock_open(NO_POOL, WASI_INET4, WASI_STREAM, place);
  } else {
    wasi = socklet_socket(family, type, protocol, place);
  }
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * Gives the socket its local address and port; port 0 draws a free one.
 *
 * @param address sockaddr_in or usize → u8[length]
 * @param length  bytes at `address`, at least 8
 * @returns 0, or -1 with errno: EINVAL (bound already; or length), EAFNOSUPPORT (family), EADDRINUSE (port taken),
 *   EADDRNOTAVAIL (not an address of this device), EBADF (not open), ENOTSOCK (the console)
 * @see POSIX bind()
 */
export function zsock_bind<T>(fd: i32, address: T, length: socklen_t): i32 {
  return Address.toRecord(changetype<usize>(address), length) ? -1 : Result.of(sock_bind(fd, Address.record()));
}

/**
 * Connects; for a datagram socket: sets the only peer that it sends to and receives from, which may be repeated.
 *
 * @param address sockaddr_in or usize → u8[length]
 * @param length  bytes at `address`, at least 8
 * @returns 0, or -1 with errno: EINVAL (length), EAFNOSUPPORT (family), EACCES (a broadcast address without SO_BROADCAST),
 *   ENETUNREACH (no route), EADDRINUSE (no ephemeral port left), EBADF, ENOTSOCK
 * @see POSIX connect()
 */
export function zsock_connect<T>(fd: i32, address: T, length: socklen_t): i32 {
  return Address.toRecord(changetype<usize>(address), length) ? -1 : Result.of(sock_connect(fd, Address.record()));
}

/**
 * The socket's own address: 0.0.0.0 port 0 before it is bound.
 *
 * @param address sockaddr_in or usize → u8[*length], filled in
 * @param length  IntCell or usize → u32: room at `address` on entry, the address's length (8) on return
 * @returns 0, or -1 with errno: EBADF, ENOTSOCK
 * @see POSIX getsockname()
 */
export function zsock_getsockname<T, L>(fd: i32, address: T, length: L): i32 {
  const wasi = sock_addr_local(fd, Address.record());
  if (wasi) return Result.failed(wasi);
  Address.fromRecord(changetype<usize>(address), changetype<usize>(length));
  return 0;
}

/**
 * The peer that the socket is connected to. Parameters as getsockname.
 *
 * @returns 0, or -1 with errno: ENOTCONN (not connected), EBADF, ENOTSOCK
 * @see POSIX getpeername()
 */
export function zsock_getpeername<T, L>(fd: i32, address: T, length: L): i32 {
  const wasi = sock_addr_remote(fd, Address.record());
  if (wasi) return Result.failed(wasi);
  Address.fromRecord(changetype<usize>(address), changetype<usize>(length));
  return 0;
}

/**
 * Ends one direction or both.
 *
 * @param how ZSOCK_SHUT_RD, ZSOCK_SHUT_WR or ZSOCK_SHUT_RDWR
 * @returns 0, or -1 with errno: EINVAL (how), ENOTCONN (not connected), EBADF, ENOTSOCK
 * @see POSIX shutdown()
 */
export function zsock_shutdown(fd: i32, how: i32): i32 {
  // WASI has a bit for each direction: RD 0 → 1, WR 1 → 2, RDWR 2 → 3.
  return <u32>how > 2 ? Result.error(EINVAL) : Result.of(sock_shutdown(fd, how + 1));
}

/**
 * Closes a descriptor. What the socket had received and nobody read is gone.
 *
 * @returns 0, or -1 with errno: EBADF (not open)
 * @see POSIX close()
 */
export function zsock_close(fd: i32): i32 {
  return Result.of(fd_close(fd));
}
