/* sys/eventfd.h: event counters. Needs CONFIG_EVENTFD; ENOSYS without it. @see posix/zsock/eventfd.ts */
#ifndef SOCKLET_SYS_EVENTFD_H
#define SOCKLET_SYS_EVENTFD_H

#include <socklet/names.h>
#include <stdint.h>

#define ZVFS_EFD_SEMAPHORE 2
#define ZVFS_EFD_NONBLOCK 0x4000
#define ZVFS_EFD_CLOEXEC 0x80000

typedef uint64_t zvfs_eventfd_t;

SOCKLET_BEGIN
int zvfs_eventfd(unsigned value, int flags);
int zvfs_eventfd_read(int fd, zvfs_eventfd_t *value);
int zvfs_eventfd_write(int fd, zvfs_eventfd_t value);

#ifdef SOCKLET_POSIX_NAMES
#define EFD_SEMAPHORE ZVFS_EFD_SEMAPHORE
#define EFD_NONBLOCK ZVFS_EFD_NONBLOCK
#define EFD_CLOEXEC ZVFS_EFD_CLOEXEC
typedef zvfs_eventfd_t eventfd_t;
int eventfd(unsigned, int) SOCKLET_SYMBOL(zvfs_eventfd);
int eventfd_read(int, eventfd_t *) SOCKLET_SYMBOL(zvfs_eventfd_read);
int eventfd_write(int, eventfd_t) SOCKLET_SYMBOL(zvfs_eventfd_write);
#endif
SOCKLET_END

#endif
