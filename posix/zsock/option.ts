/** Options of sockets and flags of descriptors. */

import { EINVAL, ENOPROTOOPT, ENOTTY, errno } from "../errno";
import { fd_fdstat_get, fd_fdstat_set_flags, poll_oneoff, socklet_get_option, socklet_set_option } from "../imports";
import {
  IPPROTO_TCP,
  SO_ERROR,
  SOL_SOCKET,
  TCP_ATMARK,
  TCP_OUTQ,
  ZFD_IOCTL_FIONBIO,
  ZFD_IOCTL_FIONREAD,
  ZFD_IOCTL_SIOCATMARK,
  ZFD_IOCTL_SIOCOUTQ,
  ZVFS_F_DUPFD,
  ZVFS_F_GETFL,
  ZVFS_F_SETFL,
  ZVFS_O_NONBLOCK,
} from "./constants";
import { Duplicate } from "./duplicate";
import { InterfaceRequest } from "./interfaces";
import { Result } from "./result";
import { socklen_t } from "./types";

/** fdstat of WASI: u8 type at 0, u16 flags at 2, u64 rights at 8, u64 inherited rights at 16. */
const FDSTAT_BYTES: i32 = 24;
const FDSTAT_FLAGS: usize = 2;
const WASI_NONBLOCK: i32 = 4;

/** Access mode in the answer to F_GETFL: reading and writing. */
const O_RDWR: i32 = 2;

class Descriptor {
  /** usize → u8[24]: fdstat. */
  static stat(): usize {
    return memory.data(FDSTAT_BYTES, 8);
  }

  /** The WASI flags of `fd`, or -1 with errno. */
  static flags(fd: i32): i32 {
    const wasi = fd_fdstat_get(fd, Descriptor.stat());
    return wasi ? Result.failed(wasi) : load<u16>(Descriptor.stat(), FDSTAT_FLAGS);
  }

  /** Makes `fd` non-blocking or blocking. 0, or -1 with errno. */
  static setNonblocking(fd: i32, nonblocking: bool): i32 {
    const flags = Descriptor.flags(fd);
    if (flags < 0) return -1;
    return Result.of(fd_fdstat_set_flags(fd, nonblocking ? flags | WASI_NONBLOCK : flags & ~WASI_NONBLOCK));
  }
}

/**
 * Reads an option.
 *
 * @param level  SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, SOL_RAW
 * @param name   SO_*, IP_*, TCP_*, ICMP_FILTER
 * @param value  IntCell, timeval, linger, tcp_info, ifreq or usize → u8[*length], filled in
 * @param length IntCell or usize → u32: room at `value` on entry, the bytes written on return
 * @returns 0, or -1 with errno: ENOPROTOOPT (no such option in this image), EINVAL (no room for a
 *   timeval or the name of an interface), ENOTCONN (IP_MTU: no peer), EOPNOTSUPP (ICMP_FILTER of a raw socket that is not ICMP's), EFAULT (value, length), EBADF, ENOTSOCK
 * @see POSIX getsockopt()
 */
export function zsock_getsockopt<T, L>(fd: i32, level: i32, name: i32, value: T, length: L): i32 {
  const place = changetype<usize>(value);
  const wasi = socklet_get_option(fd, level, name, place, changetype<usize>(length));
  if (wasi) return Result.failed(wasi);
  // The error comes as a WASI number; both numberings fit the lowest byte.
  if (level == SOL_SOCKET && name == SO_ERROR && load<u32>(changetype<usize>(length)) != 0) {
    store<u8>(place, <u8>Result.translate(load<u8>(place)));
  }
  return 0;
}

/**
 * Sets an option. An option without effect is refused, never ignored.
 *
 * @param level  SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, SOL_RAW
 * @param name   SO_*, IP_*, TCP_*, ICMP_FILTER
 * @param value  IntCell, timeval, linger, ifreq, ip_mreq, ip_mreqn, ip_mreq_source or usize → u8[length]
 * @param length bytes at `value`: 4 for an int, 16 for a timeval, 8 for a linger or ip_mreq, 12 for an ip_mreqn or ip_mreq_source
 * @returns 0, or -1 with errno: ENOPROTOOPT (no such option in this image, for this kind of socket, or one that can only be read), EINVAL
 *   (length or value), ENOENT (TCP_CONGESTION: no such algorithm in this image), ENODEV (SO_BINDTODEVICE: no such interface), EPERM (SO_PRIORITY: not 0 to 6), EOPNOTSUPP
 *   (ICMP_FILTER of a raw socket that is not ICMP's), EFAULT (value), EBADF, ENOTSOCK.
 *   Multicast: EINVAL (not a group; a source for a socket that is no member, or whose filter is of the other kind), ENODEV (no such
 *   interface), EADDRNOTAVAIL (IP_MULTICAST_IF: no such interface; leaving: not a member; a source that is, or is not, in the filter already),
 *   EADDRINUSE (joining: a member already), ENOBUFS (no room for the membership, the group or the source), EPROTO (a stream)
 * @see POSIX setsockopt()
 */
export function zsock_setsockopt<T>(fd: i32, level: i32, name: i32, value: T, length: socklen_t): i32 {
  return Result.of(socklet_set_option(fd, level, name, changetype<usize>(value), <i32>length));
}

/**
 * Reads or sets the flags of a descriptor, or gives what it stands for another number.
 *
 * @param command  ZVFS_F_GETFL; ZVFS_F_SETFL with ZVFS_O_NONBLOCK or 0 in `argument`; or ZVFS_F_DUPFD with the lowest number wanted
 * @returns for F_GETFL the flags: O_RDWR, and ZVFS_O_NONBLOCK when set; for F_SETFL 0; for F_DUPFD the new descriptor; or -1 with errno:
 *   EBADF (not open), EINVAL (another command; F_DUPFD: no number that a descriptor can have), EMFILE (F_DUPFD: none is free),
 *   EOPNOTSUPP (ZVFS_O_NONBLOCK on the console)
 * @see POSIX fcntl()
 */
export function zsock_fcntl(fd: i32, command: i32, argument: i32 = 0): i32 {
  if (command == ZVFS_F_GETFL) {
    const flags = Descriptor.flags(fd);
    if (flags < 0) return -1;
    return flags & WASI_NONBLOCK ? O_RDWR | ZVFS_O_NONBLOCK : O_RDWR;
  }
  if (command == ZVFS_F_SETFL) return Descriptor.setNonblocking(fd, (argument & ZVFS_O_NONBLOCK) != 0);
  if (command == ZVFS_F_DUPFD) return Duplicate.from(fd, argument);
  return Result.error(EINVAL);
}

/** poll_oneoff of WASI: a subscription has 48 bytes, an event 32; two subscriptions, room for two events, a count. */
const SUBSCRIPTION_BYTES: usize = 48;
const SUBSCRIPTION_KIND: usize = 8;
const SUBSCRIPTION_FD: usize = 16;
const SUBSCRIPTION_CLOCK: usize = 16;
const EVENT_BYTES: usize = 32;
const EVENT_ERROR: usize = 8;
const EVENT_KIND: usize = 10;
const EVENT_BYTES_READABLE: usize = 16;
const KIND_READ: u8 = 1;
const CLOCK_MONOTONIC: u32 = 1;
const WASI_BADF: i32 = 8;

class Readable {
  /** usize → u8[164]: subscriptions "readable" and "now", two events, the count. */
  static block(): usize {
    return memory.data(164, 8);
  }

  /** Bytes that can be read from `fd` at once: for datagrams those of the next one; or -1 with errno. */
  static bytes(fd: i32): i32 {
    const block = Readable.block();
    const events = block + 2 * SUBSCRIPTION_BYTES;
    const count = events + 2 * EVENT_BYTES;
    // The second subscription is a clock that is due at once: the call does not wait.
    for (let i: usize = 0; i < 2 * SUBSCRIPTION_BYTES; i += 8) store<u64>(block + i, 0);
    store<u8>(block, KIND_READ, SUBSCRIPTION_KIND);
    store<i32>(block, fd, SUBSCRIPTION_FD);
    store<u32>(block + SUBSCRIPTION_BYTES, CLOCK_MONOTONIC, SUBSCRIPTION_CLOCK);
    const wasi = poll_oneoff(block, events, 2, count);
    if (wasi) return Result.failed(wasi);
    const error = load<u16>(events, EVENT_ERROR);
    if (error == WASI_BADF) return Result.failed(WASI_BADF);
    // An error that waits for the next call is not an error of this one.
    if (error != 0 || load<u8>(events, EVENT_KIND) != KIND_READ) return 0;
    return <i32>load<u64>(events, EVENT_BYTES_READABLE);
  }
}

class StreamState {
  /** usize → i32 value, u32 its length. */
  static block(): usize {
    return memory.data(8, 4);
  }

  /** A number about a stream that has no POSIX option; -1 with errno: ENOTTY for another kind of socket. */
  static number(fd: i32, name: i32): i32 {
    const block = StreamState.block();
    store<u32>(block, 4, 4);
    const wasi = socklet_get_option(fd, IPPROTO_TCP, name, block, block + 4);
    if (!wasi) return load<i32>(block);
    Result.failed(wasi);
    return errno() == ENOPROTOOPT ? Result.error(ENOTTY) : -1;
  }
}

/**
 * Asks or tells a descriptor something.
 *
 * @param request  ZFD_IOCTL_FIONREAD: `argument` gets the bytes that can be read at once (for datagrams those of the next one);
 *   ZFD_IOCTL_FIONBIO: a non-zero `argument` makes the descriptor non-blocking; ZFD_IOCTL_SIOCATMARK: 1 when a stream is at the urgent
 *   mark; ZFD_IOCTL_SIOCOUTQ: bytes sent or queued on a stream and not acknowledged; ZFD_IOCTL_SIOCGIF…: about the interface that an ifreq names
 * @param argument IntCell or usize → i32; ifreq
 * @returns 0, or -1 with errno: EBADF (not open), EINVAL (another request), ENOTTY (SIOCATMARK and SIOCOUTQ of a datagram socket), ENOTSOCK
 *   (these of the console), ENODEV (SIOCGIF…: no such interface), EADDRNOTAVAIL (it has no address)
 * @see POSIX ioctl()
 */
export function zsock_ioctl<T>(fd: i32, request: u32, argument: T): i32 {
  const place = changetype<usize>(argument);
  if (request == ZFD_IOCTL_FIONBIO) return Descriptor.setNonblocking(fd, load<i32>(place) != 0);
  if (InterfaceRequest.isOne(request)) return Descriptor.flags(fd) < 0 ? -1 : InterfaceRequest.answer(request, place);
  let value: i32;
  if (request == ZFD_IOCTL_FIONREAD) value = Readable.bytes(fd);
  else if (request == ZFD_IOCTL_SIOCATMARK) value = StreamState.number(fd, TCP_ATMARK);
  else if (request == ZFD_IOCTL_SIOCOUTQ) value = StreamState.number(fd, TCP_OUTQ);
  else return Result.error(EINVAL);
  if (value < 0) return -1;
  store<i32>(place, value);
  return 0;
}

/**
 * Asks whether a stream is at the urgent mark: the next byte to be read is the one after urgent data.
 *
 * @returns 1, 0, or -1 with errno: ENOTTY (a datagram socket), EBADF, ENOTSOCK
 * @see POSIX sockatmark()
 */
export function zsock_sockatmark(fd: i32): i32 {
  return StreamState.number(fd, TCP_ATMARK);
}
