/* The two kernels of bench/aot/kernels.ts in C: the same algorithms as in bench/assembly/aot-kernels.ts, line by line. */
#include <stdint.h>

uint32_t checksum(const uint16_t *data, uint32_t length) {
  uint32_t sum = 0;
  const uint16_t *end = data + length / 2;
  while (data < end) sum += *data++;
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

uint32_t rewrite(uint8_t *packet, uint32_t length, uint32_t destination) {
  if (length < 20) return 1;
  if (packet[0] != 0x45) return 2;
  if ((uint32_t)__builtin_bswap16(*(uint16_t *)(packet + 2)) > length) return 3;
  if (checksum((uint16_t *)packet, 20) != 0xffff) return 4;
  uint8_t ttl = packet[8];
  if (ttl <= 1) return 5;
  packet[8] = ttl - 1;
  *(uint32_t *)(packet + 16) = destination;
  *(uint16_t *)(packet + 10) = 0;
  *(uint16_t *)(packet + 10) = (uint16_t)~checksum((uint16_t *)packet, 20);
  return 0;
}
