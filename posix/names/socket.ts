/** POSIX names of sys/socket.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZSOCK_MSG_DONTROUTE as MSG_DONTROUTE,
  ZSOCK_MSG_DONTWAIT as MSG_DONTWAIT,
  ZSOCK_MSG_ERRQUEUE as MSG_ERRQUEUE,
  ZSOCK_MSG_FASTOPEN as MSG_FASTOPEN,
  ZSOCK_MSG_MORE as MSG_MORE,
  ZSOCK_MSG_NOSIGNAL as MSG_NOSIGNAL,
  ZSOCK_MSG_OOB as MSG_OOB,
  ZSOCK_MSG_PEEK as MSG_PEEK,
  ZSOCK_MSG_TRUNC as MSG_TRUNC,
  ZSOCK_MSG_WAITALL as MSG_WAITALL,
  ZSOCK_SHUT_RD as SHUT_RD,
  ZSOCK_SHUT_RDWR as SHUT_RDWR,
  ZSOCK_SHUT_WR as SHUT_WR,
  ZSOCK_SOMAXCONN as SOMAXCONN,
} from "../zsock/constants";
export {
  ZSOCK_CMSG_DATA as CMSG_DATA,
  ZSOCK_CMSG_FIRSTHDR as CMSG_FIRSTHDR,
  ZSOCK_CMSG_LEN as CMSG_LEN,
  ZSOCK_CMSG_NXTHDR as CMSG_NXTHDR,
  ZSOCK_CMSG_SPACE as CMSG_SPACE,
  ZSOCK_SCM_RIGHTS as SCM_RIGHTS,
  ZSOCK_SCM_TIMESTAMP as SCM_TIMESTAMP,
  ZSOCK_SCM_TIMESTAMPING as SCM_TIMESTAMPING,
  ZSOCK_SCM_TIMESTAMPNS as SCM_TIMESTAMPNS,
  zsock_cmsghdr as cmsghdr,
} from "../zsock/control-message";
export {
  ZSOCK_MSG_CTRUNC as MSG_CTRUNC,
  ZSOCK_MSG_EOR as MSG_EOR,
  ZSOCK_MSG_WAITFORONE as MSG_WAITFORONE,
  zsock_mmsghdr as mmsghdr,
  zsock_msghdr as msghdr,
  zsock_recvmmsg as recvmmsg,
  zsock_recvmsg as recvmsg,
  zsock_sendmmsg as sendmmsg,
  zsock_sendmsg as sendmsg,
} from "../zsock/message";
export {
  zsock_getsockopt as getsockopt,
  zsock_setsockopt as setsockopt,
  zsock_sockatmark as sockatmark,
} from "../zsock/option";
export {
  zsock_accept as accept,
  zsock_accept4 as accept4,
  zsock_bind as bind,
  zsock_connect as connect,
  zsock_getpeername as getpeername,
  zsock_getsockname as getsockname,
  zsock_listen as listen,
  zsock_shutdown as shutdown,
  zsock_socket as socket,
  zsock_socketpair as socketpair,
} from "../zsock/socket";
export {
  zsock_recv as recv,
  zsock_recvfrom as recvfrom,
  zsock_send as send,
  zsock_sendto as sendto,
} from "../zsock/transfer";
export { zsock_linger as linger } from "../zsock/types";
