/*
 * How lwIP is configured here. As much as socklet has in bench/assembly: a window and a send buffer of four segments. Asserts,
 * statistics and everything above the raw API are off; what is not said here is lwIP's default.
 *
 * TUNED: what makes lwIP faster at the price of flash. KERNELS: sums and copies by socklet's assembly (checksum.c).
 */
#ifndef SOCKLET_BENCH_LWIPOPTS_H
#define SOCKLET_BENCH_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* nothing of lwIP runs in an interrupt */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0
#define LWIP_NOASSERT 1

#define LWIP_IPV4 1
#define LWIP_IPV6 0

#define MEM_ALIGNMENT 4
#define MEM_SIZE (12 * 1024)
#define PBUF_POOL_SIZE 8
/* Puts the IP header on a word; the LAN9118 leaves the same two bytes out. */
#define ETH_PAD_SIZE 2

#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)

#if TUNED
#define LWIP_CHKSUM_ALGORITHM 3
#define LWIP_CHECKSUM_ON_COPY 1
#endif

#if KERNELS
#include "checksum.h"
#define LWIP_CHKSUM checksum_of
#define LWIP_CHKSUM_COPY checksum_and_copy
#endif

#endif
