/*
 * Ranges of the two linear memories. These functions turn what a module hands over as an address into a pointer, and
 * nothing else in the image does.
 *
 * The tests are written so that a constant address or length folds to one comparison or to none, and so that no
 * sum can wrap: a length is compared before it is subtracted.
 */
#ifndef SOCKLET_INLINE_MEMORY_H
#define SOCKLET_INLINE_MEMORY_H

/* Where an address of the core lies: in an image its addresses are those of the machine, natively they are offsets. */
#ifdef CORE_MEMORY_BASE
#define CORE_DISTANCE(address) ((address) - CORE_MEMORY_BASE)
#define CORE_PLACE(address) ((u8 *)(uintptr_t)(address))
#else
#define CORE_DISTANCE(address) (address)
#define CORE_PLACE(address) (core_memory + (address))
#endif

/* True when `length` bytes at `address` lie inside a memory of `size` bytes. */
INLINE int range_inside(u32 address, u32 length, u32 size) { return length <= size && address <= size - length; }

/* True when `length` bytes at `address` lie inside the core's memory. */
INLINE int core_inside(u32 address, u32 length) {
  return range_inside(CORE_DISTANCE(address), length, CORE_MEMORY_SIZE);
}

/* Pointer to `length` bytes of core memory; a range outside is a bug of the core and traps. */
INLINE u8 *core_range(u32 address, u32 length) {
  if (UNLIKELY(!core_inside(address, length))) core_trap(TRAP_HOST_RANGE, 0);
  return CORE_PLACE(address);
}

/*
 * The largest distance at which `words` words may begin. What is known to be no more than the guard behind the memory, which belongs to nobody,
 * may begin anywhere: that is the test of every other access, and so often made already.
 */
#ifdef CORE_MEMORY_BASE
#define core_last(words) \
  (__builtin_constant_p(words) && (words) * 4u <= CORE_MEMORY_GUARD ? CORE_MEMORY_SIZE : CORE_MEMORY_SIZE - (words) * 4u)
#else
#define core_last(words) (CORE_MEMORY_SIZE - (words) * 4u)
#endif

/* Pointer to `words` words of core memory; more than one frame, or a range outside, traps. When size counts, a call. */
INLINE_BULK u8 *core_words(u32 address, u32 words) {
  if (UNLIKELY(words > BULK_WORDS_MAX || CORE_DISTANCE(address) > core_last(words)))
    core_trap(TRAP_HOST_RANGE, 0);
  return CORE_PLACE(address);
}

INLINE int guest_inside(u32 guest, u32 length) { return range_inside(guest, length, APP_MEMORY_SIZE); }

/* True when `words` words at `guest` lie inside the application's memory. */
INLINE int guest_words_inside(u32 guest, u32 words) {
  return words <= APP_MEMORY_SIZE / 4u && guest <= APP_MEMORY_SIZE - words * 4u;
}

/*
 * True when `bytes` bytes at `guest`, which is 4-aligned, lie inside the application's memory. The test is that of guest_inside, so that it costs
 * nothing where guest_check has made it.
 */
INLINE int guest_bytes_inside(u32 guest, u32 bytes) { return guest_inside(guest, bytes) && (guest & 3u) == 0; }

/*
 * The last 1 to 3 of `bytes` bytes at `guest` as a word, padded with zeros. guest_bytes_inside has been asked, and the memory's size is a
 * multiple of 8: the whole word is there.
 */
INLINE u32 guest_last_word(u32 guest, u32 bytes) {
  u32 word;
  memcpy(&word, app_memory + guest + (bytes & ~3u), sizeof word);
  return word & ((1u << (bytes & 3u) * 8u) - 1u);
}

_Static_assert(APP_MEMORY_SIZE % 4u == 0, "the application's memory ends within a word");
_Static_assert(CORE_MEMORY_SIZE >= BULK_WORDS_MAX * 4u, "core memory is smaller than one frame");

#endif
