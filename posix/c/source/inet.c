/*
 * IPv4 addresses as text. The C library has some of these too, but writes with snprintf, which would be most of a small program.
 */
#include "result.h"
#include <arpa/inet.h>
#include <string.h>

/* Reads exactly four decimal numbers from 0 to 255 with dots between, without leading zeros. 1, or 0 for anything else. */
int zsock_inet_aton(const char *text, struct in_addr *to) {
  in_addr_t address = 0;
  for (int part = 0; part < 4; part++) {
    unsigned number = 0;
    const char *start = text;
    for (; *text >= '0' && *text <= '9'; text++) {
      if (text > start && !number) return 0;
      number = number * 10 + (unsigned)(*text - '0');
      if (number > 255) return 0;
    }
    if (text == start || *text != (part < 3 ? '.' : 0)) return 0;
    text++;
    address |= number << (8 * part);
  }
  to->s_addr = address;
  return 1;
}

int zsock_inet_pton(int family, const char *text, void *to) {
  struct in_addr address;
  if (family != AF_INET) return socklet_result(EAFNOSUPPORT);
  if (!zsock_inet_aton(text, &address)) return 0;
  memcpy(to, &address, sizeof address);
  return 1;
}

const char *zsock_inet_ntop(int family, const void *from, char *text, socklen_t size) {
  const unsigned char *bytes = from;
  char own[INET_ADDRSTRLEN], *end = own;
  if (family != AF_INET) {
    errno = EAFNOSUPPORT;
    return 0;
  }
  for (int part = 0; part < 4; part++) {
    unsigned number = bytes[part];
    if (number >= 100) *end++ = (char)('0' + number / 100);
    if (number >= 10) *end++ = (char)('0' + number / 10 % 10);
    *end++ = (char)('0' + number % 10);
    *end++ = part < 3 ? '.' : 0;
  }
  if ((socklen_t)(end - own) > size) {
    errno = ENOSPC;
    return 0;
  }
  return memcpy(text, own, (size_t)(end - own));
}

in_addr_t zsock_inet_addr(const char *text) {
  struct in_addr address;
  return zsock_inet_aton(text, &address) ? address.s_addr : INADDR_NONE;
}

char *zsock_inet_ntoa(struct in_addr address) {
  static char text[INET_ADDRSTRLEN];
  return (char *)zsock_inet_ntop(AF_INET, &address, text, sizeof text);
}
