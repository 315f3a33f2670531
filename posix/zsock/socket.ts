/** Opening, naming, connecting and closing sockets. */

import { EINVAL } from "../errno";
import {
  fd_close,
  sock_accept,
  sock_addr_local,
  sock_addr_remote,
  sock_bind,
  sock_connect,
  sock_listen,
  sock_open,
  sock_shutdown,
  socklet_accept,
  socklet_bind,
  socklet_connect,
  socklet_local_address,
  socklet_peer_address,
  socklet_socket,
  socklet_socket_pair,
} from "../imports";
import { Address } from "./address";
import { AF_INET, IPPROTO_TCP, IPPROTO_UDP, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM } from "./constants";
import { Result } from "./result";
import { socklen_t } from "./types";

/** The address pool argument of sock_open: no pool. */
const NO_POOL: i32 = -1;
const WASI_INET4: i32 = 0;
const WASI_DATAGRAM: i32 = 0;
const WASI_STREAM: i32 = 1;
/** fdflags of preview 1. */
const WASI_NONBLOCK: i32 = 4;

class Opened {
  /** usize → i32: where the system call puts the new descriptor. */
  static descriptor(): usize {
    return memory.data(4, 4);
  }
}

/**
 * Opens a socket: the lowest free descriptor.
 *
 * @param family   AF_INET, AF_UNIX, AF_PACKET
 * @param type     SOCK_DGRAM or SOCK_STREAM, of AF_UNIX also SOCK_SEQPACKET, of AF_INET and AF_PACKET SOCK_RAW; SOCK_NONBLOCK and SOCK_CLOEXEC may be
 *   or'd into it
 * @param protocol 0 for the type's own, or IPPROTO_UDP, IPPROTO_TCP; of a raw socket the IP protocol that it receives and sends, 1 to 255; of
 *   AF_PACKET the type of frames in network order: `htons(ETH_P_ALL)`, 0 for none before it is bound
 * @returns the descriptor, or -1 with errno: EAFNOSUPPORT (family), EPROTOTYPE (no protocol of the family has this type,
 *   or it is not built in), EPROTONOSUPPORT (not a protocol of this type; a raw socket of protocol 0), EINVAL (unknown bits in the type; a raw socket
 *   of no protocol number), EACCES (a raw or packet socket, and CONFIG_APP_RAW_SOCKETS=n), EMFILE (descriptor table full), ENFILE (no socket record left),
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
 * Opens two sockets that are connected to each other.
 *
 * @param family      AF_UNIX
 * @param type        SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET; SOCK_NONBLOCK and SOCK_CLOEXEC may be or'd into it
 * @param protocol    0
 * @param descriptors usize → i32[2], filled in
 * @returns 0, or -1 with errno: EAFNOSUPPORT (another family, or CONFIG_NET_SOCKETS_UNIX=n), EPROTOTYPE, EPROTONOSUPPORT, EINVAL (unknown bits in
 *   the type), EMFILE (descriptor table full), ENFILE (no two socket records left), EFAULT
 * @see POSIX socketpair()
 */
export function zsock_socketpair(family: i32, type: i32, protocol: i32, descriptors: usize): i32 {
  return Result.of(socklet_socket_pair(family, type, protocol, descriptors));
}

/**
 * Gives the socket its local address and port; port 0 draws a free one.
 *
 * @param address sockaddr_in, sockaddr_un, sockaddr_ll (type and interface) or usize → u8[length]
 * @param length  bytes at `address`, at least 8; of an AF_UNIX address what setPath answers, or 2 for a name that the system chooses
 * @returns 0, or -1 with errno: EINVAL (bound already; or length), EAFNOSUPPORT (family), EADDRINUSE (port or name taken),
 *   EADDRNOTAVAIL (not an address of this device), EBADF (not open), ENOTSOCK (the console). A raw socket may be bound again until it is
 *   connected (EINVAL), its port means nothing. AF_PACKET: EINVAL (length or family), ENODEV (no such interface), ENETDOWN (its chip does not answer)
 * @see POSIX bind()
 */
export function zsock_bind<T>(fd: i32, address: T, length: socklen_t): i32 {
  const from = changetype<usize>(address);
  if (Address.isOther(from, length)) return Result.of(socklet_bind(fd, from, <i32>length));
  return Address.toRecord(from, length) ? -1 : Result.of(sock_bind(fd, Address.record()));
}

/**
 * Connects. A stream socket waits until the peer has answered, at most SO_SNDTIMEO; with O_NONBLOCK it goes on in the background, poll
 * says POLLOUT when it is done and SO_ERROR how it ended. After a failure it may be called again.
 * For a datagram socket: sets the only peer that it sends to and receives from, which may be repeated.
 *
 * @param address sockaddr_in or usize → u8[length]
 * @param length  bytes at `address`, at least 8
 * @returns 0, or -1 with errno: EINVAL (length), EAFNOSUPPORT (family), ENETUNREACH (no route; a stream to broadcast or multicast),
 *   EADDRINUSE (no ephemeral port left; a stream: the connection exists), EBADF, ENOTSOCK.
 *   Datagram sockets: EACCES (a broadcast address without SO_BROADCAST). Stream sockets: EINPROGRESS (it goes on in the background),
 *   EALREADY (a connect is going on), EISCONN, EOPNOTSUPP (it listens), EADDRNOTAVAIL (port 0), ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH,
 *   ECONNRESET, ECONNABORTED (another task has shut it down), ENOBUFS (no room for the next hop). AF_UNIX: ENOENT (no such path),
 *   ECONNREFUSED (no such abstract name; nobody listens), EPROTOTYPE (another type), EISCONN, EPERM (datagrams: it is connected to another),
 *   EAGAIN (the backlog is full and the socket does not block), ENOBUFS (no socket record left), EINVAL (it listens)
 * @see POSIX connect()
 */
export function zsock_connect<T>(fd: i32, address: T, length: socklen_t): i32 {
  const to = changetype<usize>(address);
  if (Address.isOther(to, length)) return Result.of(socklet_connect(fd, to, <i32>length));
  return Address.toRecord(to, length) ? -1 : Result.of(sock_connect(fd, Address.record()));
}

/**
 * Makes a stream socket accept connections; called again, it changes the backlog. A socket that is not bound gets a port.
 *
 * @param backlog connections that may wait for accept: 0 counts as 1, more than ZSOCK_SOMAXCONN as that
 * @returns 0, or -1 with errno: EOPNOTSUPP (a datagram socket), EINVAL (it is or was connected), EADDRINUSE (another socket listens on
 *   the port), EBADF, ENOTSOCK
 * @see POSIX listen()
 */
export function zsock_listen(fd: i32, backlog: i32): i32 {
  return Result.of(sock_listen(fd, backlog));
}

/**
 * Takes the next connection of a listener, waiting for one unless O_NONBLOCK is set, at most SO_RCVTIMEO. It has the
 * options of the listener, SO_RCVTIMEO and SO_SNDTIMEO with them, as on Linux, as these were when it was established.
 *
 * @param address sockaddr_in or usize → u8[*length], filled in with the peer; NULL: not wanted
 * @param length  IntCell or usize → u32: room at `address` on entry, the address's length (8) on return; NULL with address NULL
 * @returns the descriptor of the connection, without O_NONBLOCK; or -1 with errno: EINVAL (it does not listen, or another task has shut
 *   it down), EAGAIN (none there and non-blocking, or SO_RCVTIMEO is over), EOPNOTSUPP (a datagram socket), EMFILE (descriptor table
 *   full), EBADF, ENOTSOCK
 * @see POSIX accept()
 */
export function zsock_accept<T, L>(fd: i32, address: T, length: L): i32 {
  return zsock_accept4(fd, address, length, 0);
}

/**
 * As accept.
 *
 * @param flags SOCK_NONBLOCK: the new descriptor does not block; SOCK_CLOEXEC: without meaning
 * @returns as accept, and EINVAL (another flag)
 * @see POSIX accept4()
 */
export function zsock_accept4<T, L>(fd: i32, address: T, length: L, flags: i32): i32 {
  const place = Opened.descriptor();
  const to = changetype<usize>(address);
  let wasi: i32;
  if (to) {
    wasi = socklet_accept(fd, flags, to, changetype<usize>(length), place);
  } else {
    if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) return Result.error(EINVAL);
    wasi = sock_accept(fd, flags & SOCK_NONBLOCK ? WASI_NONBLOCK : 0, place);
  }
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * The socket's own address: 0.0.0.0 port 0 before it is bound. A raw socket has its protocol for a port.
 *
 * @param address sockaddr_in or usize → u8[*length], filled in
 * @param length  IntCell or usize → u32: room at `address` on entry, the address's length (8) on return
 * @returns 0, or -1 with errno: EBADF, ENOTSOCK
 * @see POSIX getsockname()
 */
export function zsock_getsockname<T, L>(fd: i32, address: T, length: L): i32 {
  if (Address.OTHERS) {
    return Result.of(socklet_local_address(fd, changetype<usize>(address), changetype<usize>(length)));
  }
  const wasi = sock_addr_local(fd, Address.record());
  if (wasi) return Result.failed(wasi);
  Address.fromRecord(changetype<usize>(address), changetype<usize>(length));
  return 0;
}

/**
 * The peer that the socket is connected to. Parameters as getsockname.
 *
 * @returns 0, or -1 with errno: ENOTCONN (not connected), EOPNOTSUPP (AF_PACKET), EBADF, ENOTSOCK
 * @see POSIX getpeername()
 */
export function zsock_getpeername<T, L>(fd: i32, address: T, length: L): i32 {
  if (Address.OTHERS) {
    return Result.of(socklet_peer_address(fd, changetype<usize>(address), changetype<usize>(length)));
  }
  const wasi = sock_addr_remote(fd, Address.record());
  if (wasi) return Result.failed(wasi);
  Address.fromRecord(changetype<usize>(address), changetype<usize>(length));
  return 0;
}

/**
 * Ends one direction or both, for all descriptors of the socket, and wakes whoever waits. A stream that is shut for writing sends what is
 * queued and its FIN. A listener shut for reading stops listening.
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
 * Closes a descriptor; the last one closes the socket. What it had received and nobody read is gone; a stream is then reset, so that the
 * peer knows. Otherwise a stream sends what is queued in the background, or, with SO_LINGER, while this call waits.
 *
 * @returns 0, or -1 with errno: EBADF (not open)
 * @see POSIX close()
 */
export function zsock_close(fd: i32): i32 {
  return Result.of(fd_close(fd));
}
