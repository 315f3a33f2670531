/* What the C programs of the tests print with: the console's descriptor alone, since printf would be most of the image. */
#ifndef TEST_PRINT_H
#define TEST_PRINT_H

#include <string.h>
#include <unistd.h>

static inline void print(const char *text) { write(1, text, strlen(text)); }

/* A number in decimal. */
static inline void print_number(long long value) {
  char digits[21], *at = digits + sizeof digits;
  unsigned long long rest = value < 0 ? -(unsigned long long)value : (unsigned long long)value;
  do *--at = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) *--at = '-';
  write(1, at, (size_t)(digits + sizeof digits - at));
}

#endif
