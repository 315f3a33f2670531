/* Checksums by socklet's kernels; only in the column that has them. */
#include "checksum.h"

#if KERNELS
#include <string.h>

#include "kernels.h"

#define IP_HEADER_BYTES 20

static uint16_t fold(u32 sum) {
  sum = (sum & 0xffffu) + (sum >> 16);
  return (uint16_t)(sum + (sum >> 16));
}

/* The 1 to 3 bytes lie in one aligned word, so reading all of it harms nobody. */
uint32_t checksum_add_tail(uint32_t sum, const uint8_t *end, int length) {
  u32 bits = ((u32)length & 3u) * 8u;
  if (bits == 0) return sum;
  return kernel_add_carry(sum, *(const u32 *)(const void *)end & ((1u << bits) - 1u));
}

static u32 sum_aligned(const uint8_t *data, int length) {
  return checksum_add_tail(kernel_sum(0, data, (u32)length >> 2), data + (length & ~3), length);
}

/* Data that begins beside a word: bytes up to it are added by hand. A sum that begins at an odd address has its bytes swapped. */
static __attribute__((noinline)) uint16_t sum_unaligned(const uint8_t *data, int length) {
  u32 sum = 0;
  int odd = ((uintptr_t)data & 1u) != 0;
  if (length == 0) return 0;
  if (odd) {
    sum = (u32)*data++ << 8;
    length--;
  }
  if (((uintptr_t)data & 2u) != 0 && length >= 2) {
    sum += *(const uint16_t *)(const void *)data;
    data += 2;
    length -= 2;
  }
  if (((uintptr_t)data & 2u) != 0) sum += length > 0 ? *data : 0u;
  else sum += fold(sum_aligned(data, length));
  uint16_t folded = fold(sum);
  return odd ? __builtin_bswap16(folded) : folded;
}

static struct {
  const void *data;
  u32 length, sum;
} remembered;

void checksum_remember(const void *data, uint32_t length, uint32_t sum) {
  remembered.data = data;
  remembered.length = length;
  remembered.sum = sum;
}

void checksum_forget(void) { remembered.data = NULL; }

uint16_t checksum_of(const void *data, int length) {
  const u32 *words = data;
  if ((u32)length >= FUSED_BYTES && data == remembered.data && (u32)length == remembered.length) {
    remembered.data = NULL;
    return fold(remembered.sum);
  }
  if (((uintptr_t)data & 3u) != 0) return sum_unaligned(data, length);
  /* Headers of IP and TCP without options: no call. */
  if (length == IP_HEADER_BYTES) return fold(kernel_sum5(words[0], words[1], words[2], words[3], words[4]));
  return fold(sum_aligned(data, length));
}

uint16_t checksum_and_copy(void *to, const void *from, uint16_t length) {
  if ((((uintptr_t)to | (uintptr_t)from) & 3u) != 0) {
    memcpy(to, from, length);
    return checksum_of(to, length);
  }
  u32 sum = kernel_copy_sum(0, to, from, (u32)length >> 2);
  const uint8_t *end = (const uint8_t *)from + (length & ~3);
  for (int i = 0; i < (length & 3); i++) ((uint8_t *)to)[(length & ~3) + i] = end[i];
  return fold(checksum_add_tail(sum, end, length));
}
#endif
