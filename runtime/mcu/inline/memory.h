/*
 * Ranges of the two linear memories. Everything the core hands over as an address is an offset; these functions turn
 * it into a pointer, and nothing else in the image does.
 *
 * The tests are written so that a constant address or length folds to one comparison or to none, and so that no
 * sum can wrap: a length is compared before it is subtracted.
 */
#ifndef SOCKLET_INLINE_MEMORY_H
#define SOCKLET_INLINE_MEMORY_H

/* For what moves more than a word: when size counts, a call costs less flash than its tests in each place. */
#if KERNELS_SMALL
#define INLINE_BULK static __attribute__((noinline, unused))
#else
#define INLINE_BULK INLINE
#endif

/* True when `length` bytes at `address` lie inside a memory of `size` bytes. */
INLINE int range_inside(u32 address, u32 length, u32 size) { return length <= size && address <= size - length; }

/* Pointer to `length` bytes of core memory; a range outside is a bug of the core and traps. */
INLINE u8 *core_range(u32 address, u32 length) {
  if (UNLIKELY(!range_inside(address, length, CORE_MEMORY_SIZE))) core_trap(TRAP_HOST_RANGE, 0);
  return core_memory + address;
}

/* Pointer to `words` words of core memory; more than one frame, or a range outside, traps. */
INLINE u8 *core_words(u32 address, u32 words) {
  if (UNLIKELY(words > BULK_WORDS_MAX || address > CORE_MEMORY_SIZE - words * 4u)) core_trap(TRAP_HOST_RANGE, 0);
  return core_memory + address;
}

INLINE int guest_inside(u32 guest, u32 length) { return range_inside(guest, length, APP_MEMORY_SIZE); }

/* True when `words` words at `guest` lie inside the application's memory. */
INLINE int guest_words_inside(u32 guest, u32 words) {
  return words <= APP_MEMORY_SIZE / 4u && guest <= APP_MEMORY_SIZE - words * 4u;
}

_Static_assert(CORE_MEMORY_SIZE >= BULK_WORDS_MAX * 4u, "core memory is smaller than one frame");

#endif
