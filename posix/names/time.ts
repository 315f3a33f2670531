/** POSIX names of sys/time.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export { zsock_timeval as timeval } from "../zsock/types";
