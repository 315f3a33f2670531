/* netpacket/packet.h: addresses of AF_PACKET. Numbers as in posix/zsock/link-layer.ts. */
#ifndef _NETPACKET_PACKET_H
#define _NETPACKET_PACKET_H

#include <stdint.h>
#include <__typedef_sa_family_t.h>

/* sll_hatype of an Ethernet. */
#define ARPHRD_ETHER 1

/* sll_pkttype: how a frame was addressed: to this device, to all, to a group, to another device. */
#define PACKET_HOST 0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_OTHERHOST 3

/* The other end of a frame: 20 bytes. */
struct sockaddr_ll {
  sa_family_t sll_family;
  /* Type of the frame, network order. */
  uint16_t sll_protocol;
  int sll_ifindex;
  uint16_t sll_hatype;
  uint8_t sll_pkttype;
  uint8_t sll_halen;
  uint8_t sll_addr[8];
};

#endif
