/** ifaddrs.h: the addresses of interfaces. */
export * from "./names/ifaddrs";
export { ifaddrs, zsock_freeifaddrs, zsock_getifaddrs } from "./zsock/interfaces";
export { NULL, Static } from "./zsock/types";
