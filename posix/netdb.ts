/** netdb.h: names of hosts, services and protocols. Names are asked for when CONFIG_DNS_RESOLVER=y; numbers work without it. */
export * from "./names/netdb";
export { zsock_gai_strerror } from "./zsock/gai-error";
export { zsock_addrinfo, zsock_freeaddrinfo, zsock_getaddrinfo, zsock_getnameinfo } from "./zsock/netdb";
export * from "./zsock/netdb-constants";
export {
  protoent,
  servent,
  zsock_getprotobyname,
  zsock_getservbyname,
  zsock_getservbyport,
} from "./zsock/services";
