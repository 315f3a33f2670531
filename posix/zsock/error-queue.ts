/**
 * The error queue of a socket: what recvmsg with ZSOCK_MSG_ERRQUEUE gives (needs CONFIG_NET_SOCKETS_RECVERR).
 *
 *     if (recvmsg(fd, message, MSG_ERRQUEUE) >= 0) {
 *       for (let each = CMSG_FIRSTHDR(message); each != NULL; each = CMSG_NXTHDR(message, each)) {
 *         const head = changetype<cmsghdr>(each);
 *         if (head.cmsg_level != IPPROTO_IP || head.cmsg_type != IP_RECVERR) continue;
 *         const error = changetype<sock_extended_err>(CMSG_DATA(each));
 *         … error.ee_errno, SO_EE_OFFENDER(error).sin_addr, and message.msg_name: where the datagram went
 *       }
 *     }
 */
import { IP_RECVERR, IPPROTO_IP } from "./constants";
import { ZSOCK_CMSG_FIRSTHDR, ZSOCK_CMSG_NXTHDR, zsock_cmsghdr } from "./control-message";
import { Result } from "./result";
import { sockaddr_in } from "./types";

/** `ee_origin`: no error. */
export const SO_EE_ORIGIN_NONE: i32 = 0;
/** `ee_origin`: this device found it: a datagram larger than the path takes (EMSGSIZE). */
export const SO_EE_ORIGIN_LOCAL: i32 = 1;
/** `ee_origin`: an ICMP message said it. */
export const SO_EE_ORIGIN_ICMP: i32 = 2;
/** `ee_origin`: of IPv6, which there is not. */
export const SO_EE_ORIGIN_ICMP6: i32 = 3;
/** `ee_origin`: no error, but the time stamp of a datagram sent (SO_TIMESTAMPING). */
export const SO_EE_ORIGIN_TIMESTAMPING: i32 = 4;

/** Data of a control message IP_RECVERR: 16 bytes; behind them who found the error (SO_EE_OFFENDER). */
@unmanaged
@final
export class sock_extended_err {
  /** What happened, one of the E constants; ENOMSG for a time stamp. */
  ee_errno: u32;
  /** SO_EE_ORIGIN_*. */
  ee_origin: u8;
  /** Type and code of the ICMP message. */
  ee_type: u8;
  ee_code: u8;
  ee_pad: u8;
  /** EMSGSIZE: bytes that the path takes; EPROTO: the offset of the octet in the header that is wrong; a time stamp: SCM_TSTAMP_SND. */
  ee_info: u32;
  /** A time stamp: the number of the datagram (SOF_TIMESTAMPING_OPT_ID). */
  ee_data: u32;
}

/** Who sent the ICMP message; the family is AF_UNSPEC when there is nobody. */
export function SO_EE_OFFENDER(error: sock_extended_err): sockaddr_in {
  return changetype<sockaddr_in>(changetype<usize>(error) + offsetof<sock_extended_err>());
}

export class ErrorNumbers {
  /** A message came from the error queue: its error number, WASI's, becomes Zephyr's. */
  static translate<M>(message: M): void {
    for (let each = ZSOCK_CMSG_FIRSTHDR<M>(message); each; each = ZSOCK_CMSG_NXTHDR<M, usize>(message, each)) {
      const head = changetype<zsock_cmsghdr>(each);
      if (head.cmsg_level != IPPROTO_IP || head.cmsg_type != IP_RECVERR) continue;
      const error = changetype<sock_extended_err>(head.data());
      error.ee_errno = <u32>Result.translate(<i32>error.ee_errno);
    }
  }
}
