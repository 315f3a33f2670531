/**
 * The whole socket API under the names that always exist: zsock_* and ZSOCK_*. The headers beside this file
 * (sys/socket, poll, …) have the same functions under their POSIX names too, unless CONFIG_NET_SOCKETS_POSIX_NAMES=n.
 */
export * from "./zsock/constants";
export * from "./zsock/control-message";
export * from "./zsock/duplicate";
export * from "./zsock/epoll";
export {
  SO_EE_OFFENDER,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
  SO_EE_ORIGIN_NONE,
  SO_EE_ORIGIN_TIMESTAMPING,
  sock_extended_err,
} from "./zsock/error-queue";
export * from "./zsock/eventfd";
export * from "./zsock/gai-error";
export * from "./zsock/icmp";
export * from "./zsock/inet";
export * from "./zsock/interfaces";
export * from "./zsock/ip-header";
export * from "./zsock/link-layer";
export * from "./zsock/message";
export * from "./zsock/netdb";
export * from "./zsock/netdb-constants";
export * from "./zsock/option";
export * from "./zsock/precise-wait";
export { zsock_getprotobyname, zsock_getservbyname, zsock_getservbyport } from "./zsock/services";
export * from "./zsock/socket";
export * from "./zsock/time-stamp";
export * from "./zsock/transfer";
export * from "./zsock/twins";
export * from "./zsock/types";
export * from "./zsock/vector";
export * from "./zsock/wait";
