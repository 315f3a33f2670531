/* netinet/in.h: Internet addresses, protocols and options. Numbers as in posix/zsock/constants.ts. */
#ifndef _NETINET_IN_H
#define _NETINET_IN_H

#include <stdint.h>
#include <sys/socket.h>
#include <__struct_in6_addr.h>
#include <__struct_in_addr.h>
#include <__typedef_in_addr_t.h>
#include <__typedef_in_port_t.h>

/* An IPv4 address and port, both in network order. Only the first 8 bytes mean something. */
struct sockaddr_in {
  sa_family_t sin_family;
  in_port_t sin_port;
  struct in_addr sin_addr;
  unsigned char sin_zero[8];
};

/* There is no IPv6: for programs that mention it and ask for AF_INET. */
struct sockaddr_in6 {
  sa_family_t sin6_family;
  in_port_t sin6_port;
  uint32_t sin6_flowinfo;
  struct in6_addr sin6_addr;
  uint32_t sin6_scope_id;
};

/* Data of a control message IP_PKTINFO. */
struct in_pktinfo {
  /* The interface that the datagram came over; sending: goes through, 0 for any. 1 is the NIC, 2 loopback. */
  unsigned ipi_ifindex;
  /* The device's own address; sending: the source address, 0 for the usual one. */
  struct in_addr ipi_spec_dst;
  /* The destination in the datagram's header; sending: not looked at. */
  struct in_addr ipi_addr;
};

/* Multicast, with CONFIG_NET_IPV4_IGMP. A group, and the own address of the interface. */
struct ip_mreq {
  struct in_addr imr_multiaddr;
  struct in_addr imr_interface;
};
struct ip_mreqn {
  struct in_addr imr_multiaddr;
  struct in_addr imr_address;
  int imr_ifindex;
};
struct ip_mreq_source {
  struct in_addr imr_multiaddr;
  struct in_addr imr_interface;
  struct in_addr imr_sourceaddr;
};

#define IPPROTO_IP 0
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_RAW 255

#define IP_TOS 1
#define IP_TTL 2
/* Of raw sockets: what is sent begins with its own IP header. */
#define IP_HDRINCL 3
/* Options of the headers that are sent, a source route with its first hop first. Needs CONFIG_NET_IPV4_HDR_OPTIONS. */
#define IP_OPTIONS 4
/* These need CONFIG_NET_CONTEXT_RECV_PKTINFO. */
#define IP_PKTINFO 8
#define IP_RECVPKTINFO IP_PKTINFO
#define IP_RECVTTL 12
#define IP_RECVTOS 13
/* This needs CONFIG_NET_SOCKETS_RECVERR. */
#define IP_RECVERR 11
/* These need CONFIG_NET_SOCKETS_MTU_DISCOVER. */
#define IP_MTU_DISCOVER 10
#define IP_PMTUDISC_DONT 0
#define IP_PMTUDISC_WANT 1
#define IP_PMTUDISC_DO 2
#define IP_PMTUDISC_PROBE 3
#define IP_MTU 14
#define IP_MULTICAST_IF 32
#define IP_MULTICAST_TTL 33
#define IP_MULTICAST_LOOP 34
#define IP_ADD_MEMBERSHIP 35
#define IP_DROP_MEMBERSHIP 36
#define IP_UNBLOCK_SOURCE 37
#define IP_BLOCK_SOURCE 38
#define IP_ADD_SOURCE_MEMBERSHIP 39
#define IP_DROP_SOURCE_MEMBERSHIP 40
#define IP_MULTICAST_ALL 49
/* Ephemeral ports: the lowest in the low half, the highest in the high half. Needs CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE. */
#define IP_LOCAL_PORT_RANGE 51

/* Level of the options of raw sockets. */
#define SOL_RAW 255

#define INADDR_ANY ((in_addr_t)0)
#define INADDR_LOOPBACK ((in_addr_t)0x7f000001)
#define INADDR_BROADCAST ((in_addr_t)0xffffffff)
#define INADDR_NONE ((in_addr_t)0xffffffff)
#define INET_ADDRSTRLEN 16
#define INET6_ADDRSTRLEN 46

SOCKLET_BEGIN
/* From host to network order and back; constants of constants. */
uint16_t htons(uint16_t);
uint16_t ntohs(uint16_t);
uint32_t htonl(uint32_t);
uint32_t ntohl(uint32_t);
#define htons(value) __builtin_bswap16((uint16_t)(value))
#define ntohs(value) __builtin_bswap16((uint16_t)(value))
#define htonl(value) __builtin_bswap32((uint32_t)(value))
#define ntohl(value) __builtin_bswap32((uint32_t)(value))
SOCKLET_END

#endif
