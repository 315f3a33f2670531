/* sys/select.h: waiting for several descriptors with sets. A descriptor that a set has no room for is never in it: FD_SET sets errno to EBADF. */
#ifndef _SYS_SELECT_H
#define _SYS_SELECT_H

#include <socklet/names.h>
#include <stdint.h>
#include <__struct_timespec.h>
#include <__struct_timeval.h>
#include <__typedef_sigset_t.h>

/* CONFIG_ZVFS_OPEN_MAX rounded up to a multiple of 32, where the build says it. */
#ifdef CONFIG_ZVFS_OPEN_MAX
#define ZSOCK_FD_SETSIZE ((CONFIG_ZVFS_OPEN_MAX + 31) / 32 * 32)
#else
#define ZSOCK_FD_SETSIZE 256
#endif

/* A set of descriptors: n is bit n % 32 of word n / 32. */
typedef struct {
  uint32_t words[ZSOCK_FD_SETSIZE / 32];
} zsock_fd_set;

#define zsock_timeval timeval

SOCKLET_BEGIN

void ZSOCK_FD_ZERO(zsock_fd_set *set);
void ZSOCK_FD_SET(int fd, zsock_fd_set *set);
void ZSOCK_FD_CLR(int fd, zsock_fd_set *set);
int ZSOCK_FD_ISSET(int fd, const zsock_fd_set *set);
/* EBADF, EINVAL (count or time-out), EFAULT; the time-out is not changed. @see posix/zsock/wait.ts */
int zsock_select(int count, zsock_fd_set *readable, zsock_fd_set *writable, zsock_fd_set *errors,
                 struct timeval *timeout);
/* As select, with nanoseconds (rounded up); there are no signals, so `mask` means nothing. */
int zsock_pselect(int count, zsock_fd_set *readable, zsock_fd_set *writable, zsock_fd_set *errors,
                  const struct timespec *timeout, const sigset_t *mask);

#ifdef SOCKLET_POSIX_NAMES
#define FD_SETSIZE ZSOCK_FD_SETSIZE
#define FD_ZERO(set) ZSOCK_FD_ZERO(set)
#define FD_SET(fd, set) ZSOCK_FD_SET(fd, set)
#define FD_CLR(fd, set) ZSOCK_FD_CLR(fd, set)
#define FD_ISSET(fd, set) ZSOCK_FD_ISSET(fd, set)
typedef zsock_fd_set fd_set;
int select(int, fd_set *, fd_set *, fd_set *, struct timeval *) SOCKLET_SYMBOL(zsock_select);
int pselect(int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *) SOCKLET_SYMBOL(zsock_pselect);
#endif

SOCKLET_END

#endif
