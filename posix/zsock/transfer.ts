/**
 * Sending and receiving. Without flags these are the calls of the WASI socket table, with an I/O vector and an
 * address record at fixed addresses; flags go through socklet_v1, which takes the C arguments as they are.
 */
import {
  fd_read,
  fd_write,
  sock_recv,
  sock_recv_from,
  sock_send,
  sock_send_to,
  socklet_recv_from,
  socklet_send_to,
} from "../imports";
import { Address } from "./address";
import { Result } from "./result";
import { socklen_t } from "./types";

/** usize → { u32 buffer, u32 length } (the I/O vector), u32 bytes moved, u16 flags of the result. */
const BLOCK_BYTES: i32 = 16;
const LENGTH: usize = 4;
const MOVED: usize = 8;
const RESULT_FLAGS: usize = 12;

class Transfer {
  /** usize → u8[16]: I/O vector and results. One is enough: no call is made during a call. */
  static block(): usize {
    return memory.data(BLOCK_BYTES, 4);
  }
}

/**
 * Receives from the peer that the socket is connected to, or from anyone. What a raw socket receives begins with the IP header.
 *
 * @param buffer usize → u8[length], filled in
 * @param flags  0, or ZSOCK_MSG_PEEK, _TRUNC, _DONTWAIT, _WAITALL, _ERRQUEUE (the payload of a queued error); on streams also _OOB (the urgent byte)
 * @returns bytes received (0 for an empty datagram; a longer datagram is cut, with ZSOCK_MSG_TRUNC its real length is
 *   returned; on a stream 0 when the peer has ended it), or -1 with errno: EAGAIN (nothing there and non-blocking, or SO_RCVTIMEO is
 *   over), ECONNREFUSED (the peer answered an earlier datagram with port unreachable), EHOSTUNREACH, EFAULT (buffer), EOPNOTSUPP (flag),
 *   EBADF, ENOTSOCK. Streams: ENOTCONN (never connected), ECONNRESET (the peer has reset the connection), ETIMEDOUT (it has not answered
 *   for too long), EINVAL (_OOB: no urgent byte, it has been read, or SO_OOBINLINE). What had come before an error is read first
 * @see POSIX recv()
 */
export function zsock_recv(fd: i32, buffer: usize, length: u32, flags: i32): i32 {
  const block = Transfer.block();
  if (flags) {
    const wasi = socklet_recv_from(fd, buffer, length, flags, 0, 0, block + MOVED);
    return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
  }
  store<u32>(block, <u32>buffer);
  store<u32>(block, length, LENGTH);
  const wasi = sock_recv(fd, block, 1, 0, block + MOVED, block + RESULT_FLAGS);
  return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
}

/**
 * Receives, and says from whom.
 *
 * @param buffer        usize → u8[length], filled in
 * @param flags         as recv
 * @param address       sockaddr_in, sockaddr_un, sockaddr_ll or usize → u8[*addressLength], filled in with the sender; NULL: as recv
 * @param addressLength IntCell or usize → u32: room at `address` on entry, the address's length (8) on return
 * @returns as recv
 * @see POSIX recvfrom()
 */
export function zsock_recvfrom<T, L>(
  fd: i32,
  buffer: usize,
  length: u32,
  flags: i32,
  address: T,
  addressLength: L,
): i32 {
  const to = changetype<usize>(address);
  if (!to) return zsock_recv(fd, buffer, length, flags);
  const block = Transfer.block();
  // The record of WASI has room for internet addresses alone.
  if (flags || Address.OTHERS) {
    const wasi = socklet_recv_from(fd, buffer, length, flags, to, changetype<usize>(addressLength), block + MOVED);
    return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
  }
  store<u32>(block, <u32>buffer);
  store<u32>(block, length, LENGTH);
  const wasi = sock_recv_from(fd, block, 1, 0, Address.record(), block + MOVED);
  if (wasi) return Result.failed(wasi);
  Address.fromRecord(to, changetype<usize>(addressLength));
  return load<i32>(block, MOVED);
}

/**
 * Sends to the peer that the socket is connected to. A datagram goes as a whole or not at all; a stream takes what there is room for
 * and, unless it is non-blocking, waits until all is taken.
 *
 * @param buffer usize → u8[length]
 * @param flags  0, or ZSOCK_MSG_DONTROUTE, ZSOCK_MSG_DONTWAIT, ZSOCK_MSG_NOSIGNAL; on streams also ZSOCK_MSG_MORE, ZSOCK_MSG_OOB (the last byte is urgent), ZSOCK_MSG_FASTOPEN
 * @returns bytes sent (of a stream fewer than `length` when it is non-blocking, when SO_SNDTIMEO is over or the connection ends), or -1
 *   with errno: EDESTADDRREQ (not connected), EMSGSIZE (more than the protocol or the configured buffers carry), EAGAIN (would have to
 *   wait and is non-blocking, or SO_SNDTIMEO is over), ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EFAULT (buffer), EOPNOTSUPP
 *   (flag), EBADF, ENOTSOCK. Streams: ENOTCONN (never connected), ECONNRESET, ETIMEDOUT (the peer has not answered for too long), EPIPE
 *   (shut for writing, or no longer connected); there are no signals
 * @see POSIX send()
 */
export function zsock_send(fd: i32, buffer: usize, length: u32, flags: i32): i32 {
  const block = Transfer.block();
  if (flags) {
    const wasi = socklet_send_to(fd, buffer, length, flags, 0, 0, block + MOVED);
    return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
  }
  store<u32>(block, <u32>buffer);
  store<u32>(block, length, LENGTH);
  const wasi = sock_send(fd, block, 1, 0, block + MOVED);
  return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
}

/**
 * Sends to an address.
 *
 * @param buffer        usize → u8[length]
 * @param flags         as send
 * @param address       sockaddr_in or usize → u8[addressLength]; NULL: as send. A stream ignores it, as POSIX says, but for ZSOCK_MSG_FASTOPEN, which connects
 * @param addressLength bytes at `address`, at least 8
 * @returns as send, and: EACCES (a broadcast address without SO_BROADCAST), EINVAL (port 0, or addressLength),
 *   EAFNOSUPPORT (family). A connected datagram socket may send elsewhere too, as on Linux. Raw sockets: the port is ignored; EINVAL (IP_HDRINCL: no
 *   whole IP header). AF_PACKET: ENXIO (no such interface), ENETDOWN (its chip does not answer), EMSGSIZE, EINVAL (a frame without a header).
 *   ZSOCK_MSG_FASTOPEN: what connect answers; EINPROGRESS (non-blocking, and the SYN had no data), EALREADY, EISCONN, EINVAL (no address)
 * @see POSIX sendto()
 */
export function zsock_sendto<T>(
  fd: i32,
  buffer: usize,
  length: u32,
  flags: i32,
  address: T,
  addressLength: socklen_t,
): i32 {
  const to = changetype<usize>(address);
  if (!to) return zsock_send(fd, buffer, length, flags);
  const block = Transfer.block();
  if (flags || Address.isOther(to, addressLength)) {
    const wasi = socklet_send_to(fd, buffer, length, flags, to, <i32>addressLength, block + MOVED);
    return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
  }
  if (Address.toRecord(to, addressLength)) return -1;
  store<u32>(block, <u32>buffer);
  store<u32>(block, length, LENGTH);
  const wasi = sock_send_to(fd, block, 1, 0, Address.record(), block + MOVED);
  return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
}

/**
 * Reads from a socket or the console.
 *
 * @param buffer usize → u8[length], filled in
 * @returns bytes read, 0 at the end of input, or -1 with errno: EBADF, EAGAIN, EFAULT, and for sockets as recv
 * @see POSIX read()
 */
export function zsock_read(fd: i32, buffer: usize, length: u32): i32 {
  const block = Transfer.block();
  store<u32>(block, <u32>buffer);
  store<u32>(block, length, LENGTH);
  const wasi = fd_read(fd, block, 1, block + MOVED);
  return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
}

/**
 * Writes to a socket or the console.
 *
 * @param buffer usize → u8[length]
 * @returns bytes written, or -1 with errno: EBADF, EAGAIN, EFAULT, and for sockets as send
 * @see POSIX write()
 */
export function zsock_write(fd: i32, buffer: usize, length: u32): i32 {
  const block = Transfer.block();
  store<u32>(block, <u32>buffer);
  store<u32>(block, length, LENGTH);
  const wasi = fd_write(fd, block, 1, block + MOVED);
  return wasi ? Result.failed(wasi) : load<i32>(block, MOVED);
}
