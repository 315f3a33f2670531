/* lwIP's hooks for ones-complement sums, answered by socklet's assembly kernels. Sums are in the order of the bytes in memory. */
#ifndef SOCKLET_BENCH_CHECKSUM_H
#define SOCKLET_BENCH_CHECKSUM_H

#include <stdint.h>

/* Folded sum of `length` bytes, not inverted. */
uint16_t checksum_of(const void *data, int length);

/* Copies `length` bytes and answers their folded sum, in one pass where both lie on words. */
uint16_t checksum_and_copy(void *to, const void *from, uint16_t length);

#endif
