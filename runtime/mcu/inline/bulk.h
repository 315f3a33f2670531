/* bulk.* of hal/imports.ts: sums and copies in core memory. */
#ifndef SOCKLET_INLINE_BULK_H
#define SOCKLET_INLINE_BULK_H

INLINE_BULK u32 bulk_sum(u32 src, u32 words, u32 seed) { return kernel_sum(seed, core_words(src, words), words); }

INLINE_BULK u32 bulk_copy_sum(u32 dst, u32 src, u32 words, u32 seed) {
  return kernel_copy_sum(seed, core_words(dst, words), core_words(src, words), words);
}

INLINE_BULK void bulk_copy(u32 dst, u32 src, u32 words) {
  kernel_copy(core_words(dst, words), core_words(src, words), words);
}

INLINE u32 bulk_sum5(u32 a, u32 b, u32 c, u32 d, u32 e) { return kernel_sum5(a, b, c, d, e); }

INLINE u32 bulk_reverse(u32 value) { return kernel_reverse(value); }

INLINE u32 bulk_add_carry(u32 a, u32 b) { return kernel_add_carry(a, b); }

#endif
