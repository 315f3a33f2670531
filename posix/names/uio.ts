/** POSIX names of sys/uio.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZSOCK_IOV_MAX as IOV_MAX,
  zsock_iovec as iovec,
  zsock_readv as readv,
  zsock_writev as writev,
} from "../zsock/vector";
