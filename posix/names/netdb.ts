/** POSIX names of netdb.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export { zsock_gai_strerror as gai_strerror } from "../zsock/gai-error";
export {
  zsock_addrinfo as addrinfo,
  zsock_freeaddrinfo as freeaddrinfo,
  zsock_getaddrinfo as getaddrinfo,
  zsock_getnameinfo as getnameinfo,
} from "../zsock/netdb";
export {
  ZSOCK_AI_ADDRCONFIG as AI_ADDRCONFIG,
  ZSOCK_AI_ALL as AI_ALL,
  ZSOCK_AI_CANONNAME as AI_CANONNAME,
  ZSOCK_AI_NUMERICHOST as AI_NUMERICHOST,
  ZSOCK_AI_NUMERICSERV as AI_NUMERICSERV,
  ZSOCK_AI_PASSIVE as AI_PASSIVE,
  ZSOCK_AI_V4MAPPED as AI_V4MAPPED,
  ZSOCK_EAI_ADDRFAMILY as EAI_ADDRFAMILY,
  ZSOCK_EAI_AGAIN as EAI_AGAIN,
  ZSOCK_EAI_BADFLAGS as EAI_BADFLAGS,
  ZSOCK_EAI_FAIL as EAI_FAIL,
  ZSOCK_EAI_FAMILY as EAI_FAMILY,
  ZSOCK_EAI_MEMORY as EAI_MEMORY,
  ZSOCK_EAI_NODATA as EAI_NODATA,
  ZSOCK_EAI_NONAME as EAI_NONAME,
  ZSOCK_EAI_OVERFLOW as EAI_OVERFLOW,
  ZSOCK_EAI_SERVICE as EAI_SERVICE,
  ZSOCK_EAI_SOCKTYPE as EAI_SOCKTYPE,
  ZSOCK_EAI_SYSTEM as EAI_SYSTEM,
  ZSOCK_NI_DGRAM as NI_DGRAM,
  ZSOCK_NI_MAXHOST as NI_MAXHOST,
  ZSOCK_NI_MAXSERV as NI_MAXSERV,
  ZSOCK_NI_NAMEREQD as NI_NAMEREQD,
  ZSOCK_NI_NOFQDN as NI_NOFQDN,
  ZSOCK_NI_NUMERICHOST as NI_NUMERICHOST,
  ZSOCK_NI_NUMERICSERV as NI_NUMERICSERV,
} from "../zsock/netdb-constants";
export {
  zsock_getprotobyname as getprotobyname,
  zsock_getservbyname as getservbyname,
  zsock_getservbyport as getservbyport,
} from "../zsock/services";
