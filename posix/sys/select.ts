/** sys/select.h: waiting for several descriptors with sets. */
export * from "../names/select";
export * from "../names/time";
export { zsock_pselect } from "../zsock/precise-wait";
export { NULL, Static, ZSOCK_FD_SETSIZE, zsock_fd_set, zsock_timeval } from "../zsock/types";
export { ZSOCK_FD_CLR, ZSOCK_FD_ISSET, ZSOCK_FD_SET, ZSOCK_FD_ZERO, zsock_select } from "../zsock/wait";
