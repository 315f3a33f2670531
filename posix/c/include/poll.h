/* poll.h: waiting for several descriptors. @see posix/zsock/wait.ts */
#ifndef _POLL_H
#define _POLL_H

#include <socklet/names.h>
#include <__struct_timespec.h>
#include <__typedef_nfds_t.h>
#include <__typedef_sigset_t.h>

#define ZSOCK_POLLIN 0x01
#define ZSOCK_POLLPRI 0x02
#define ZSOCK_POLLOUT 0x04
#define ZSOCK_POLLERR 0x08
#define ZSOCK_POLLHUP 0x10
#define ZSOCK_POLLNVAL 0x20

#ifdef SOCKLET_POSIX_NAMES
#define POLLIN ZSOCK_POLLIN
#define POLLPRI ZSOCK_POLLPRI
#define POLLOUT ZSOCK_POLLOUT
#define POLLERR ZSOCK_POLLERR
#define POLLHUP ZSOCK_POLLHUP
#define POLLNVAL ZSOCK_POLLNVAL
#define zsock_pollfd pollfd
#endif

/* 8 bytes; ignored when the descriptor is negative. */
struct zsock_pollfd {
  int fd;
  short events;
  short revents;
};

SOCKLET_BEGIN
/* Milliseconds, negative: for ever. EINVAL (more than CONFIG_NET_SOCKETS_POLL_MAX entries), EFAULT. */
int zsock_poll(struct zsock_pollfd *entries, nfds_t count, int timeout);
/* As poll, with nanoseconds (rounded up to milliseconds); there are no signals, so `mask` means nothing. */
int zsock_ppoll(struct zsock_pollfd *entries, nfds_t count, const struct timespec *timeout, const sigset_t *mask);

#ifdef SOCKLET_POSIX_NAMES
int poll(struct pollfd *, nfds_t, int) SOCKLET_SYMBOL(zsock_poll);
int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *) SOCKLET_SYMBOL(zsock_ppoll);
#endif
SOCKLET_END

#endif
