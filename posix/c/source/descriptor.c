/* Closing and doubling descriptors, event counters, sets of descriptors. */
#include "result.h"
#include <socklet/imports.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int zsock_close(int fd) { return socklet_result(wasi_fd_close(fd)); }

int zsock_dup(int fd) {
  int copy;
  return socklet_value(socklet_dup(fd, 0, &copy), copy);
}

int zsock_dup2(int fd, int to) { return socklet_value(socklet_dup2(fd, to), to); }

int zvfs_eventfd(unsigned value, int flags) {
  int fd;
  return socklet_value(socklet_eventfd((int)value, flags, &fd), fd);
}

/* 0 for a call that moved the whole value, else -1. A socket or the console may have moved another number of bytes. */
static int whole(ssize_t moved) {
  if (moved == sizeof(zvfs_eventfd_t)) return 0;
  return moved < 0 ? -1 : socklet_result(EINVAL);
}

int zvfs_eventfd_read(int fd, zvfs_eventfd_t *value) { return whole(zsock_read(fd, value, sizeof *value)); }

int zvfs_eventfd_write(int fd, zvfs_eventfd_t value) { return whole(zsock_write(fd, &value, sizeof value)); }

int zsock_epoll_create1(int flags) {
  int fd;
  return socklet_value(socklet_epoll_create(flags, &fd), fd);
}

int zsock_epoll_ctl(int set, int operation, int fd, struct zsock_epoll_event *event) {
  return socklet_result(socklet_epoll_control(set, operation, fd, event));
}

int zsock_epoll_wait(int set, struct zsock_epoll_event *events, int most, int timeout) {
  int ready;
  int error = socklet_epoll_wait(set, events, most, timeout < 0 ? -1 : timeout, &ready);
  return socklet_value(error, ready);
}
