/** POSIX names of poll.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZSOCK_POLLERR as POLLERR,
  ZSOCK_POLLHUP as POLLHUP,
  ZSOCK_POLLIN as POLLIN,
  ZSOCK_POLLNVAL as POLLNVAL,
  ZSOCK_POLLOUT as POLLOUT,
  ZSOCK_POLLPRI as POLLPRI,
} from "../zsock/constants";
export { zsock_ppoll as ppoll } from "../zsock/precise-wait";
export { zsock_pollfd as pollfd } from "../zsock/types";
export { zsock_poll as poll } from "../zsock/wait";
