/* sys/epoll.h: waiting for many descriptors. Needs CONFIG_EPOLL; ENOSYS without it. @see posix/zsock/epoll.ts */
#ifndef SOCKLET_SYS_EPOLL_H
#define SOCKLET_SYS_EPOLL_H

#include <socklet/names.h>
#include <stdint.h>

#define ZSOCK_EPOLLIN 0x01u
#define ZSOCK_EPOLLPRI 0x02u
#define ZSOCK_EPOLLOUT 0x04u
#define ZSOCK_EPOLLERR 0x08u
#define ZSOCK_EPOLLHUP 0x10u
#define ZSOCK_EPOLLRDHUP 0x2000u
#define ZSOCK_EPOLLONESHOT 0x40000000u
#define ZSOCK_EPOLLET 0x80000000u
#define ZSOCK_EPOLL_CTL_ADD 1
#define ZSOCK_EPOLL_CTL_DEL 2
#define ZSOCK_EPOLL_CTL_MOD 3
#define ZSOCK_EPOLL_CLOEXEC 0x80000

#ifdef SOCKLET_POSIX_NAMES
#define EPOLLIN ZSOCK_EPOLLIN
#define EPOLLPRI ZSOCK_EPOLLPRI
#define EPOLLOUT ZSOCK_EPOLLOUT
#define EPOLLERR ZSOCK_EPOLLERR
#define EPOLLHUP ZSOCK_EPOLLHUP
#define EPOLLRDHUP ZSOCK_EPOLLRDHUP
#define EPOLLONESHOT ZSOCK_EPOLLONESHOT
#define EPOLLET ZSOCK_EPOLLET
#define EPOLL_CTL_ADD ZSOCK_EPOLL_CTL_ADD
#define EPOLL_CTL_DEL ZSOCK_EPOLL_CTL_DEL
#define EPOLL_CTL_MOD ZSOCK_EPOLL_CTL_MOD
#define EPOLL_CLOEXEC ZSOCK_EPOLL_CLOEXEC
#define zsock_epoll_event epoll_event
#define zsock_epoll_data epoll_data
#endif

/* The program's own value, given back as it was. */
typedef union zsock_epoll_data {
  void *ptr;
  int fd;
  uint32_t u32;
  uint64_t u64;
} zsock_epoll_data_t;

/* 16 bytes. */
struct zsock_epoll_event {
  uint32_t events;
  zsock_epoll_data_t data;
};

SOCKLET_BEGIN
int zsock_epoll_create1(int flags);
int zsock_epoll_ctl(int set, int operation, int fd, struct zsock_epoll_event *event);
int zsock_epoll_wait(int set, struct zsock_epoll_event *events, int most, int timeout);

#ifdef SOCKLET_POSIX_NAMES
typedef zsock_epoll_data_t epoll_data_t;
int epoll_create1(int) SOCKLET_SYMBOL(zsock_epoll_create1);
int epoll_ctl(int, int, int, struct epoll_event *) SOCKLET_SYMBOL(zsock_epoll_ctl);
int epoll_wait(int, struct epoll_event *, int, int) SOCKLET_SYMBOL(zsock_epoll_wait);
#endif
SOCKLET_END

#endif
