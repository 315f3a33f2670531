/* The host's own lines on the console: text, numbers, nothing else. */
#ifndef SOCKLET_HOST_PRINT_H
#define SOCKLET_HOST_PRINT_H

#include "host/types.h"

/* Turns of the waiting loop for one byte: at least 100 ms on any CPU, then the byte is dropped. In QEMU that is how long a
   busy machine may keep whoever reads the console from running. */
#define UART_WAIT 2000000u

/* Sends one byte; false when the UART did not take it in time. */
static __attribute__((noinline)) int print_byte(u8 byte) {
  for (u32 i = 0; i < UART_WAIT; i++) {
    if (uart_can_send()) {
      uart_send(byte);
      return 1;
    }
  }
  return 0;
}

COLD static void print_text(const char *text) {
  while (*text) print_byte((u8)*text++);
}

/* Prints text `index` of a list, in which each ends with a NUL: shorter than a table of addresses. */
COLD static __attribute__((noinline)) void print_listed(const char *list, u32 index) {
  while (index > 0) index -= *list++ == 0;
  print_text(list);
}

COLD static void print_bytes(const u8 *bytes, u32 length) {
  while (length-- > 0) print_byte(*bytes++);
}

COLD static void print_hex(u32 value) {
  print_text("0x");
  for (u32 i = 0; i < 8; i++, value <<= 4) print_byte((u8)((value >> 28) + (value >> 28 < 10 ? '0' : 'a' - 10)));
}

/* Decimal. */
COLD static void print_u32(u32 value) {
  u8 digits[10];
  u32 count = 0;
  do digits[count++] = (u8)('0' + value % 10u);
  while ((value /= 10u) != 0);
  while (count > 0) print_byte(digits[--count]);
}

COLD static void print_i32(i32 value) {
  if (value < 0) print_byte('-');
  print_u32(value < 0 ? 0u - (u32)value : (u32)value);
}

#endif
