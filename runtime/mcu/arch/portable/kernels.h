/*
 * The kernels of arch/armv7m/kernels.h in portable C, for other architectures and for the runner on this machine.
 * A port is reached word by word through PORT_READ and PORT_WRITE, which whoever includes this file defines.
 */
#ifndef SOCKLET_PORTABLE_KERNELS_H
#define SOCKLET_PORTABLE_KERNELS_H

INLINE u32 word_load(const void *p) {
  u32 value;
  memcpy(&value, p, 4);
  return value;
}
INLINE void word_store(void *p, u32 value) { memcpy(p, &value, 4); }

/* Folds a 64-bit sum of words to 32 bits, as an end-around carry would have. */
INLINE u32 sum_fold(u64 sum) {
  sum = (u32)sum + (sum >> 32);
  return (u32)sum + (u32)(sum >> 32);
}

INLINE void kernel_copy(void *dst, const void *src, u32 words) { memcpy(dst, src, words * 4u); }

INLINE void kernel_port_read(void *dst, u32 port, u32 words) {
  for (u32 i = 0; i < words; i++) word_store((u8 *)dst + i * 4u, PORT_READ(port));
}

INLINE void kernel_port_write(u32 port, const void *src, u32 words) {
  for (u32 i = 0; i < words; i++) PORT_WRITE(port, word_load((const u8 *)src + i * 4u));
}

INLINE void kernel_port_skip(u32 unused, u32 port, u32 words) {
  (void)unused;
  for (u32 i = 0; i < words; i++) (void)PORT_READ(port);
}

INLINE u32 kernel_sum(u32 seed, const void *src, u32 words) {
  u64 sum = seed;
  for (u32 i = 0; i < words; i++) sum += word_load((const u8 *)src + i * 4u);
  return sum_fold(sum);
}

INLINE u32 kernel_copy_sum(u32 seed, void *dst, const void *src, u32 words) {
  kernel_copy(dst, src, words);
  return kernel_sum(seed, dst, words);
}

INLINE u32 kernel_port_read_sum(u32 seed, void *dst, u32 port, u32 words) {
  kernel_port_read(dst, port, words);
  return kernel_sum(seed, dst, words);
}

INLINE u32 kernel_sum5(u32 a, u32 b, u32 c, u32 d, u32 e) { return sum_fold((u64)a + b + c + d + e); }

INLINE u32 kernel_reverse(u32 value) { return __builtin_bswap32(value); }

INLINE u32 kernel_add_carry(u32 a, u32 b) { return sum_fold((u64)a + b); }

#endif
