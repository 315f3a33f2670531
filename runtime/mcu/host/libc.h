/* The functions that the compiler calls for structures and for memory.copy and memory.fill. The C library's small
 * variants go byte by byte; these go by words where they can. */
#ifndef SOCKLET_HOST_LIBC_H
#define SOCKLET_HOST_LIBC_H

/* For both translation units. Keeps GCC from turning the loops below into calls of themselves. */
#if KERNELS_SMALL
/* And from replacing their counters and pointers by others, with arithmetic before and behind the loop. */
#define LIBC_LOOPS optimize("no-tree-loop-distribute-patterns", "no-ivopts", "no-tree-scev-cprop")
#else
#define LIBC_LOOPS optimize("no-tree-loop-distribute-patterns")
#endif
#define LIBC __attribute__((used, externally_visible, noinline, LIBC_LOOPS))

typedef struct {
  u32 value;
} __attribute__((packed, may_alias)) word_unaligned;

#if KERNELS_SMALL

/* Front to back, which memmove relies on: what is stored lies before all that is still to be loaded, if the destination lies before the source. */
LIBC void *memcpy(void *dst, const void *src, size_t length) {
  u8 *to = dst;
  const u8 *from = src;
  for (size_t words = length >> 2; words > 0; words--, to += 4, from += 4) {
    ((word_unaligned *)to)->value = ((const word_unaligned *)from)->value;
  }
  for (length &= 3u; length > 0; length--) *to++ = *from++;
  return dst;
}

LIBC void *memmove(void *dst, const void *src, size_t length) {
  u8 *to = dst;
  const u8 *from = src;
  /* Where the distance is seen without its sign, a destination before the source is far behind it. */
  if ((uintptr_t)to - (uintptr_t)from >= length) return memcpy(dst, src, length);
  for (; length > 0; length--) to[length - 1] = from[length - 1];
  return dst;
}

LIBC void *memset(void *dst, int value, size_t length) {
  u8 *to = dst;
  u32 word = (u8)value * 0x01010101u;
  for (size_t words = length >> 2; words > 0; words--, to += 4) ((word_unaligned *)to)->value = word;
  for (length &= 3u; length > 0; length--) *to++ = (u8)value;
  return dst;
}

#else

LIBC void *memcpy(void *restrict dst, const void *restrict src, size_t length) {
  u8 *to = dst;
  const u8 *from = src;
  if ((((uintptr_t)to | (uintptr_t)from) & 3u) == 0 && length >= 16) {
    kernel_copy(to, from, length >> 2);
    to += length & ~3u;
    from += length & ~3u;
    length &= 3u;
  }
  for (; length >= 4; length -= 4, to += 4, from += 4) {
    ((word_unaligned *)to)->value = ((const word_unaligned *)from)->value;
  }
  while (length-- > 0) *to++ = *from++;
  return dst;
}

LIBC void *memmove(void *dst, const void *src, size_t length) {
  u8 *to = dst;
  const u8 *from = src;
  if (to - from >= (ptrdiff_t)length || to <= from) {
    if (from - to >= (ptrdiff_t)length || to - from >= (ptrdiff_t)length) return memcpy(dst, src, length);
    while (length-- > 0) *to++ = *from++;
    return dst;
  }
  while (length-- > 0) to[length] = from[length];
  return dst;
}

LIBC void *memset(void *dst, int value, size_t length) {
  u8 *to = dst;
  u32 word = (u8)value * 0x01010101u;
  for (; length >= 16; length -= 16, to += 16) {
    ((word_unaligned *)to)[0].value = word;
    ((word_unaligned *)to)[1].value = word;
    ((word_unaligned *)to)[2].value = word;
    ((word_unaligned *)to)[3].value = word;
  }
  while (length-- > 0) *to++ = (u8)value;
  return dst;
}

#endif

LIBC int memcmp(const void *left, const void *right, size_t length) {
  const u8 *a = left, *b = right;
  for (; length > 0; length--, a++, b++) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

#endif
