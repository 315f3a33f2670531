/**
 * Control messages: what goes beside the bytes of sendmsg and recvmsg. A loop over those that came:
 *
 *     for (let each = CMSG_FIRSTHDR(message); each != NULL; each = CMSG_NXTHDR(message, each)) {
 *       const head = changetype<cmsghdr>(each);
 *       if (head.cmsg_level == IPPROTO_IP && head.cmsg_type == IP_TTL) hops = load<i32>(CMSG_DATA(each));
 *     }
 */
import { zsock_msghdr } from "./message";

/** Type of a control message at SOL_SOCKET: descriptors, i32 each. */
export const ZSOCK_SCM_RIGHTS: i32 = 1;
/** Type of a control message at SOL_SOCKET: timeval, when the datagram came (SO_TIMESTAMP). */
export const ZSOCK_SCM_TIMESTAMP: i32 = 29;
/** Type of a control message at SOL_SOCKET: timespec, when the datagram came (SO_TIMESTAMPNS). */
export const ZSOCK_SCM_TIMESTAMPNS: i32 = 35;
/** Type of a control message at SOL_SOCKET: scm_timestamping, when the datagram came or was sent (SO_TIMESTAMPING). */
export const ZSOCK_SCM_TIMESTAMPING: i32 = 37;

/** Bytes of a zsock_cmsghdr, and the alignment of one behind another. */
const HEADER_BYTES: u32 = 16;
const ALIGNMENT: u32 = 8;

/** The head of a control message: 16 bytes, then its data. */
@unmanaged
@final
export class zsock_cmsghdr {
  /** Bytes of head and data. */
  cmsg_len: u32;
  /** SOL_SOCKET, IPPROTO_IP. */
  cmsg_level: i32;
  /** ZSOCK_SCM_RIGHTS, _TIMESTAMP, _TIMESTAMPNS, _TIMESTAMPING; IP_PKTINFO, IP_TTL, IP_TOS, IP_RECVERR. */
  cmsg_type: i32;
  padding: u32;

  /** CMSG_DATA: usize → the data. */
  @inline data(): usize {
    return changetype<usize>(this) + HEADER_BYTES;
  }
}

/** Data of IP_PKTINFO: 12 bytes, addresses in network order. */
@unmanaged
@final
export class in_pktinfo {
  /** The interface that the datagram came over; sending: goes through, 0 for any. 1 is the NIC, 2 loopback. */
  ipi_ifindex: u32;
  /** The device's own address: where an answer should come from; sending: the source address, 0 for the usual one. */
  ipi_spec_dst: u32;
  /** The destination in the datagram's header; sending: not looked at. */
  ipi_addr: u32;
}

/** CMSG_LEN: `cmsg_len` of a control message with `bytes` bytes of data. */
export function ZSOCK_CMSG_LEN(bytes: u32): u32 {
  return HEADER_BYTES + bytes;
}

/** CMSG_SPACE: room that a control message with `bytes` bytes of data takes. */
export function ZSOCK_CMSG_SPACE(bytes: u32): u32 {
  return HEADER_BYTES + ((bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1));
}

/**
 * CMSG_FIRSTHDR: the first control message of a header.
 * @param message zsock_msghdr
 * @returns usize → zsock_cmsghdr, or NULL when there is none
 */
export function ZSOCK_CMSG_FIRSTHDR<M>(message: M): usize {
  const header = changetype<zsock_msghdr>(changetype<usize>(message));
  return header.msg_controllen >= HEADER_BYTES ? header.msg_control : 0;
}

/**
 * CMSG_NXTHDR: the control message behind another one.
 * @param message zsock_msghdr
 * @param control zsock_cmsghdr or usize → zsock_cmsghdr; NULL: the first
 * @returns usize → zsock_cmsghdr, or NULL when that was the last
 */
export function ZSOCK_CMSG_NXTHDR<M, C>(message: M, control: C): usize {
  const at = changetype<usize>(control);
  if (!at) return ZSOCK_CMSG_FIRSTHDR<M>(message);
  const header = changetype<zsock_msghdr>(changetype<usize>(message));
  const length = load<u32>(at);
  const left = header.msg_controllen - <u32>(at - header.msg_control);
  // A length that claims more than there is ends the loop.
  if (length < HEADER_BYTES || length > left) return 0;
  const step = (length + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  return step < left && left - step >= HEADER_BYTES ? at + step : 0;
}

/** CMSG_DATA: usize → the data of a control message (zsock_cmsghdr or usize → zsock_cmsghdr). */
export function ZSOCK_CMSG_DATA<C>(control: C): usize {
  return changetype<usize>(control) + HEADER_BYTES;
}
