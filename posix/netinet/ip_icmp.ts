/** netinet/ip_icmp.h: ICMP messages, for raw sockets. */
export * from "../zsock/icmp";
