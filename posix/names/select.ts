/** POSIX names of sys/select.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export { zsock_pselect as pselect } from "../zsock/precise-wait";
export { ZSOCK_FD_SETSIZE as FD_SETSIZE, zsock_fd_set as fd_set } from "../zsock/types";
export {
  ZSOCK_FD_CLR as FD_CLR,
  ZSOCK_FD_ISSET as FD_ISSET,
  ZSOCK_FD_SET as FD_SET,
  ZSOCK_FD_ZERO as FD_ZERO,
  zsock_select as select,
} from "../zsock/wait";
