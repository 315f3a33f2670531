/* Results of system calls as C has them: errno and -1. The C library's error numbers are WASI's, so nothing is translated. */
#ifndef SOCKLET_RESULT_H
#define SOCKLET_RESULT_H

#include <errno.h>
#include <netinet/in.h>

/* Bytes of a sockaddr_in that cross into the host. */
#define SOCKLET_ADDRESS_BYTES 8

/* 0, or -1 with errno. */
static inline int socklet_result(int error) {
  if (!error) return 0;
  errno = error;
  return -1;
}

/* `value`, or -1 with errno. */
static inline int socklet_value(int error, int value) { return error ? socklet_result(error) : value; }

/* The host says 8 for the length of an internet address; C's structure has room for more, which BSD counts. */
static inline void socklet_grow(const void *address, socklen_t room, socklen_t *length) {
  if (*length == SOCKLET_ADDRESS_BYTES && room >= sizeof(sa_family_t) &&
      ((const struct sockaddr *)address)->sa_family == AF_INET)
    *length = sizeof(struct sockaddr_in);
}

#endif
