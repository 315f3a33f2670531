/** netinet/ip.h: the IP header, for raw sockets. */
export * from "../zsock/ip-header";
