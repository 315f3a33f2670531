/** poll.h: waiting for several descriptors with an array. */
export * from "./names/poll";
export {
  ZSOCK_POLLERR,
  ZSOCK_POLLHUP,
  ZSOCK_POLLIN,
  ZSOCK_POLLNVAL,
  ZSOCK_POLLOUT,
  ZSOCK_POLLPRI,
} from "./zsock/constants";
export { zsock_ppoll } from "./zsock/precise-wait";
export { zsock_pollfd } from "./zsock/types";
export { zsock_poll } from "./zsock/wait";
