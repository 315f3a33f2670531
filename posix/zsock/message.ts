/** sendmsg and recvmsg, of AF_UNIX sockets: a name, several buffers, descriptors. Needs CONFIG_NET_SOCKETS_UNIX. */
import { socklet_receive_message, socklet_send_message } from "../imports";
import { Result } from "./result";
import { socklen_t } from "./types";

/** Type of a control message at SOL_SOCKET: descriptors, i32 each. */
export const ZSOCK_SCM_RIGHTS: i32 = 1;
/** In `msg_flags`: control messages found no room, and the descriptors in them were closed. */
export const ZSOCK_MSG_CTRUNC: i32 = 0x08;

/** Bytes of a zsock_cmsghdr, and the alignment of one behind another. */
const HEADER_BYTES: u32 = 16;
const ALIGNMENT: u32 = 8;

/** One buffer: 8 bytes. */
@unmanaged
@final
export class zsock_iovec {
  /** usize → u8[iov_len]. */
  iov_base: usize;
  iov_len: u32;
}

/** What a message is made of: 28 bytes. */
@unmanaged
@final
export class zsock_msghdr {
  /** usize → sockaddr_un: where to; filled in: from whom. NULL: the peer; not wanted. */
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
  /** Filled in: ZSOCK_MSG_TRUNC, ZSOCK_MSG_CTRUNC. */
  msg_flags: i32;
}

/** The head of a control message: 16 bytes, then its data. */
@unmanaged
@final
export class zsock_cmsghdr {
  /** Bytes of head and data. */
  cmsg_len: u32;
  /** SOL_SOCKET. */
  cmsg_level: i32;
  /** ZSOCK_SCM_RIGHTS. */
  cmsg_type: i32;
  padding: u32;

  /** CMSG_DATA: usize → the data. */
  @inline data(): usize {
    return changetype<usize>(this) + HEADER_BYTES;
  }
}

/** CMSG_LEN: `cmsg_len` of a control message with `bytes` bytes of data. */
export function ZSOCK_CMSG_LEN(bytes: u32): u32 {
  return HEADER_BYTES + bytes;
}

/** CMSG_SPACE: room that a control message with `bytes` bytes of data takes. */
export function ZSOCK_CMSG_SPACE(bytes: u32): u32 {
  return HEADER_BYTES + ((bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1));
}

class Moved {
  /** usize → i32: where the system calls put the number of bytes. */
  static place(): usize {
    return memory.data(4, 4);
  }
}

/**
 * Sends a message with descriptors: internet sockets and event counters, at most 4. The receiver has them under numbers of its own; they are open
 * until both have closed them. On a stream they come with the first byte.
 *
 * @param message zsock_msghdr
 * @param flags   0, or ZSOCK_MSG_DONTWAIT, ZSOCK_MSG_NOSIGNAL
 * @returns as sendto, and -1 with errno: EOPNOTSUPP (an internet socket), EINVAL (a control message that is cut or unknown; too many descriptors,
 *   or one of another kind; more than 16 buffers), EBADF (also: a descriptor in the message)
 * @see POSIX sendmsg()
 */
export function zsock_sendmsg<M>(fd: i32, message: M, flags: i32): i32 {
  const place = Moved.place();
  const wasi = socklet_send_message(fd, changetype<usize>(message), flags, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * Receives a message with its descriptors. Those that find no room in `msg_control` or in the descriptor table are closed.
 *
 * @param message zsock_msghdr, filled in
 * @param flags   as recv, without ZSOCK_MSG_OOB; ZSOCK_MSG_PEEK leaves the descriptors where they are
 * @returns as recv, and -1 with errno: EOPNOTSUPP (an internet socket), EINVAL (more than 16 buffers)
 * @see POSIX recvmsg()
 */
export function zsock_recvmsg<M>(fd: i32, message: M, flags: i32): i32 {
  const place = Moved.place();
  const wasi = socklet_receive_message(fd, changetype<usize>(message), flags, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}
