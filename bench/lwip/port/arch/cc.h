/* What lwIP asks about compiler and machine: GCC, little-endian, no standard output. */
#ifndef SOCKLET_BENCH_CC_H
#define SOCKLET_BENCH_CC_H

#include <stdint.h>

/* One instruction each instead of a call. */
#define lwip_htons(x) __builtin_bswap16((uint16_t)(x))
#define lwip_htonl(x) __builtin_bswap32((uint32_t)(x))

#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(x)

/* Port numbers and the like; nothing that the bench counts depends on it. */
uint32_t board_random(void);
#define LWIP_RAND() board_random()

#endif
