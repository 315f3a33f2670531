/** sendmsg and recvmsg: several buffers, a name, control messages (control-message.ts); sendmmsg and recvmmsg: several of these. */
import { CONFIG_NET_SOCKETS_RECVERR } from "../../config";
import { EINVAL } from "../errno";
import { clock_time_get, socklet_receive_message, socklet_send_message } from "../imports";
import { timespec } from "../time";
import { ZSOCK_MSG_DONTWAIT, ZSOCK_MSG_ERRQUEUE } from "./constants";
import { ErrorNumbers } from "./error-queue";
import { Result } from "./result";
import { socklen_t } from "./types";

/** In `msg_flags`: control messages found no room; descriptors in them were closed. */
export const ZSOCK_MSG_CTRUNC: i32 = 0x08;
/** In `msg_flags`: the message ends a record (SOCK_SEQPACKET). */
export const ZSOCK_MSG_EOR: i32 = 0x80;
/** recvmmsg: waits for the first message alone. */
export const ZSOCK_MSG_WAITFORONE: i32 = 0x10000;

/** Messages that one sendmmsg or recvmmsg moves. */
const BATCH_MOST: u32 = 1024;
const WASI_MONOTONIC: i32 = 1;
const NANOSECONDS: u64 = 1_000_000_000;

/** What a message is made of: 28 bytes. */
@unmanaged
@final
export class zsock_msghdr {
  /** usize → sockaddr_in, sockaddr_un or sockaddr_ll: where to; filled in: from whom. NULL: the peer; not wanted. */
  msg_name: usize;
  /** Bytes at `msg_name`; filled in: of the name. */
  msg_namelen: socklen_t;
  /** usize → zsock_iovec[msg_iovlen], at most 16. */
  msg_iov: usize;
  msg_iovlen: u32;
  /** usize → zsock_cmsghdr: control messages. NULL: none. */
  msg_control: usize;
  /** Bytes at `msg_control`; filled in: of what came. */
  msg_controllen: u32;
  /** Filled in: ZSOCK_MSG_TRUNC, _CTRUNC, _OOB, _EOR, _ERRQUEUE. */
  msg_flags: i32;
}

/** One of several messages: 32 bytes. */
@unmanaged
@final
export class zsock_mmsghdr {
  /** The message; its fields are reached through `header`. */
  msg_name: usize;
  msg_namelen: socklen_t;
  msg_iov: usize;
  msg_iovlen: u32;
  msg_control: usize;
  msg_controllen: u32;
  msg_flags: i32;
  /** Filled in: bytes sent or received. */
  msg_len: u32;

  /** The message itself. */
  @inline header(): zsock_msghdr {
    return changetype<zsock_msghdr>(changetype<usize>(this));
  }

  /** Entry `index` of the array at `array` (usize → zsock_mmsghdr[]). */
  @inline static at(array: usize, index: i32): zsock_mmsghdr {
    return changetype<zsock_mmsghdr>(array + <usize>index * offsetof<zsock_mmsghdr>());
  }
}

class Block {
  /** usize → i32: where the system calls put the number of bytes. */
  static moved(): usize {
    return memory.data(4, 4);
  }

  /** usize → u64: nanoseconds of a clock. */
  static time(): usize {
    return memory.data(8, 8);
  }

  /** Nanoseconds of the monotonic clock. */
  static now(): u64 {
    return clock_time_get(WASI_MONOTONIC, 1, Block.time()) ? 0 : load<u64>(Block.time());
  }
}

/**
 * Sends what several buffers hold: as one datagram, or as one piece of a stream.
 *
 * Control messages: on datagram sockets IP_PKTINFO, IP_TTL and IP_TOS, for this datagram alone (CONFIG_NET_CONTEXT_RECV_PKTINFO);
 * on AF_UNIX sockets SCM_RIGHTS: internet sockets and event counters, at most 4. The receiver has those under numbers of its own; they
 * are open until both have closed them. On a stream they come with the first byte.
 *
 * @param message zsock_msghdr
 * @param flags   as send; ZSOCK_MSG_EOR for sequenced packets
 * @returns as sendto, and -1 with errno: EMSGSIZE (more than 16 buffers), EINVAL (more than 2^31 - 1 bytes; a control message that is
 *   cut, unknown or out of range; IP_PKTINFO: a source that is not the device's; SCM_RIGHTS: too many descriptors, or one of another kind),
 *   ENODEV (IP_PKTINFO: no such interface), EOPNOTSUPP (control messages on a stream, or in an image without them), EBADF (also:
 *   a descriptor in the message), EFAULT
 * @see POSIX sendmsg(); Linux's ip(7), unix(7)
 */
export function zsock_sendmsg<M>(fd: i32, message: M, flags: i32): i32 {
  const place = Block.moved();
  const wasi = socklet_send_message(fd, changetype<usize>(message), flags, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * Receives into several buffers, with the sender's name and control messages. Those that find no room in `msg_control` are left
 * out (ZSOCK_MSG_CTRUNC); descriptors among them are closed.
 *
 * With ZSOCK_MSG_ERRQUEUE the oldest error of the socket: the buffers get the beginning of the payload of the datagram that it is about, the
 * name is where that went, and the last control message is IP_RECVERR: sock_extended_err (linux/errqueue). It never waits: EAGAIN.
 *
 * @param message zsock_msghdr, filled in
 * @param flags   as recv; ZSOCK_MSG_PEEK leaves descriptors where they are
 * @returns as recv, and -1 with errno: EMSGSIZE (more than 16 buffers), EINVAL (more than 2^31 - 1 bytes), EFAULT
 * @see POSIX recvmsg(); Linux's recv(2), ip(7)
 */
export function zsock_recvmsg<M>(fd: i32, message: M, flags: i32): i32 {
  const place = Block.moved();
  const wasi = socklet_receive_message(fd, changetype<usize>(message), flags, place);
  if (CONFIG_NET_SOCKETS_RECVERR && flags & ZSOCK_MSG_ERRQUEUE && !wasi) ErrorNumbers.translate<M>(message);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * Sends several messages, one after the other; what each moved is in its `msg_len`.
 *
 * @param messages zsock_mmsghdr or usize → zsock_mmsghdr[count]
 * @param count    messages; more than 1,024 count as that many
 * @param flags    as sendmsg
 * @returns messages sent: fewer when one of them fails; or -1 with errno when the first one does: as sendmsg
 * @see Linux's sendmmsg(2)
 */
export function zsock_sendmmsg<M>(fd: i32, messages: M, count: u32, flags: i32): i32 {
  const most = min<u32>(count, BATCH_MOST);
  for (let i: u32 = 0; i < most; i++) {
    const entry = zsock_mmsghdr.at(changetype<usize>(messages), <i32>i);
    const result = zsock_sendmsg<zsock_mmsghdr>(fd, entry, flags);
    if (result < 0) return i ? <i32>i : -1;
    entry.msg_len = result;
  }
  return <i32>most;
}

/**
 * Receives several messages, one after the other; the length of each is in its `msg_len`.
 *
 * @param messages zsock_mmsghdr or usize → zsock_mmsghdr[count], filled in
 * @param count    messages; more than 1,024 count as that many
 * @param flags    as recvmsg; ZSOCK_MSG_WAITFORONE: only the first is waited for
 * @param timeout  timespec or NULL: after this time no further message is waited for. As on Linux it is looked at
 *                 when a message has come, and does not end a wait
 * @returns messages received: fewer when there is none that may be waited for, or one fails; or -1 with errno when the
 *   first one does: as recvmsg, and EINVAL (timeout)
 * @see Linux's recvmmsg(2)
 */
export function zsock_recvmmsg<M, T>(fd: i32, messages: M, count: u32, flags: i32, timeout: T): i32 {
  let deadline = u64.MAX_VALUE;
  if (changetype<usize>(timeout)) {
    const span = changetype<timespec>(changetype<usize>(timeout));
    if (span.tv_sec < 0 || <u64>span.tv_nsec >= NANOSECONDS) return Result.error(EINVAL);
    deadline = Block.now() + <u64>span.tv_sec * NANOSECONDS + <u64>span.tv_nsec;
  }
  const most = min<u32>(count, BATCH_MOST);
  let how = flags & ~ZSOCK_MSG_WAITFORONE;
  for (let i: u32 = 0; i < most; i++) {
    const entry = zsock_mmsghdr.at(changetype<usize>(messages), <i32>i);
    const result = zsock_recvmsg<zsock_mmsghdr>(fd, entry, how);
    if (result < 0) return i ? <i32>i : -1;
    entry.msg_len = result;
    if (flags & ZSOCK_MSG_WAITFORONE) how |= ZSOCK_MSG_DONTWAIT;
    if (deadline != u64.MAX_VALUE && Block.now() >= deadline) return <i32>i + 1;
  }
  return <i32>most;
}
