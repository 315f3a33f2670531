/** Names of ifaddrs.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export { zsock_freeifaddrs as freeifaddrs, zsock_getifaddrs as getifaddrs } from "../zsock/interfaces";
