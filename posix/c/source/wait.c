/* Waiting for several descriptors at once. */
#include "result.h"
#include <limits.h>
#include <poll.h>
#include <socklet/imports.h>
#include <string.h>
#include <sys/select.h>

/* About 290,000 years: more seconds count as this many, so that the product fits. */
#define MOST_SECONDS 9000000000000

void ZSOCK_FD_ZERO(zsock_fd_set *set) { memset(set, 0, sizeof *set); }

/* False, with errno EBADF, for a number that a set has no room for. */
static int fits(int fd) {
  if ((unsigned)fd < ZSOCK_FD_SETSIZE) return 1;
  errno = EBADF;
  return 0;
}

void ZSOCK_FD_SET(int fd, zsock_fd_set *set) {
  if (fits(fd)) set->words[fd / 32] |= (uint32_t)1 << fd % 32;
}

void ZSOCK_FD_CLR(int fd, zsock_fd_set *set) {
  if (fits(fd)) set->words[fd / 32] &= ~((uint32_t)1 << fd % 32);
}

int ZSOCK_FD_ISSET(int fd, const zsock_fd_set *set) { return fits(fd) && set->words[fd / 32] >> fd % 32 & 1; }

static int wait_for(int count, zsock_fd_set *readable, zsock_fd_set *writable, zsock_fd_set *errors, int64_t time) {
  int ready;
  return socklet_value(socklet_select(count, readable, writable, errors, time, &ready), ready);
}

static int64_t microseconds(int64_t seconds, int64_t rest) {
  return (seconds < MOST_SECONDS ? seconds : MOST_SECONDS) * 1000000 + rest;
}

int zsock_select(int count, zsock_fd_set *readable, zsock_fd_set *writable, zsock_fd_set *errors,
                 struct timeval *timeout) {
  if (!timeout) return wait_for(count, readable, writable, errors, -1);
  if (timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000) return socklet_result(EINVAL);
  return wait_for(count, readable, writable, errors, microseconds(timeout->tv_sec, timeout->tv_usec));
}

/* True for a time span that POSIX allows. */
static int is_span(const struct timespec *time) {
  return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

int zsock_pselect(int count, zsock_fd_set *readable, zsock_fd_set *writable, zsock_fd_set *errors,
                  const struct timespec *timeout, const sigset_t *mask) {
  (void)mask;
  if (!timeout) return wait_for(count, readable, writable, errors, -1);
  if (!is_span(timeout)) return socklet_result(EINVAL);
  return wait_for(count, readable, writable, errors, microseconds(timeout->tv_sec, (timeout->tv_nsec + 999) / 1000));
}

int zsock_poll(struct zsock_pollfd *entries, nfds_t count, int timeout) {
  int ready;
  return socklet_value(socklet_poll(entries, (int)count, timeout < 0 ? -1 : timeout, &ready), ready);
}

int zsock_ppoll(struct zsock_pollfd *entries, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
  (void)mask;
  if (!timeout) return zsock_poll(entries, count, -1);
  if (!is_span(timeout)) return socklet_result(EINVAL);
  int64_t milliseconds = INT_MAX;
  if (timeout->tv_sec < INT_MAX / 1000) milliseconds = timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000;
  return zsock_poll(entries, count, (int)milliseconds);
}
