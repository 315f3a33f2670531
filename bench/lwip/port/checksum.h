/* lwIP's hooks for ones-complement sums, answered by socklet's assembly kernels. Sums are in the order of the bytes in memory. */
#ifndef SOCKLET_BENCH_CHECKSUM_H
#define SOCKLET_BENCH_CHECKSUM_H

#include <stdint.h>

/* Folded sum of `length` bytes, not inverted. */
uint16_t checksum_of(const void *data, int length);

/* Copies `length` bytes and answers their folded sum, in one pass where both lie on words. */
uint16_t checksum_and_copy(void *to, const void *from, uint16_t length);

/* The driver sums segments that have at least so many bytes while it reads them; in shorter ones two passes are faster. */
#define FUSED_BYTES 160u

/*
 * The driver has summed a segment of FUSED_BYTES or more: the next question for exactly these bytes is answered with `sum` (not
 * folded). Only one segment is remembered, and only for one question: later ones may come after a change.
 */
void checksum_remember(const void *data, uint32_t length, uint32_t sum);

/* `sum` with the last `length & 3` bytes of a segment, which begin at `end`, a word. */
uint32_t checksum_add_tail(uint32_t sum, const uint8_t *end, int length);

/* Forgets it: its buffer may be read into again. */
void checksum_forget(void);

#endif
