/* Options of sockets, flags of descriptors. */
#include "interfaces.h"
#include "result.h"
#include <fcntl.h>
#include <netinet/tcp.h>
#include <socklet/imports.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define WASI_NONBLOCK 4

/* The C library's own, which knows F_GETFL and F_SETFL. */
int library_fcntl(int, int, ...) __asm__("fcntl");

int zsock_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
  return socklet_result(socklet_get_option(fd, level, name, value, length));
}

int zsock_setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  return socklet_result(socklet_set_option(fd, level, name, (void *)value, (int)length));
}

int zsock_fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  int argument = va_arg(arguments, int);
  va_end(arguments);
  if (command != F_DUPFD) return library_fcntl(fd, command, argument);
  int copy;
  return socklet_value(socklet_dup(fd, argument, &copy), copy);
}

/* A number about a stream that has no option in POSIX; -1 with errno: ENOTTY for another kind of socket. */
static int stream_number(int fd, int name) {
  int value;
  socklen_t length = sizeof value;
  int error = socklet_get_option(fd, IPPROTO_TCP, name, &value, &length);
  return socklet_value(error == ENOPROTOOPT ? ENOTTY : error, value);
}

int zsock_sockatmark(int fd) { return stream_number(fd, TCP_ATMARK); }

static int set_nonblocking(int fd, int on) {
  struct {
    uint8_t type;
    uint16_t flags;
    uint64_t rights[2];
  } stat;
  int error = wasi_fd_fdstat_get(fd, &stat);
  if (error) return socklet_result(error);
  int flags = on ? stat.flags | WASI_NONBLOCK : stat.flags & ~WASI_NONBLOCK;
  return socklet_result(wasi_fd_fdstat_set_flags(fd, flags));
}

/* Bytes that can be read from `fd` at once, or -1 with errno. */
static int readable_bytes(int fd) {
  struct {
    uint64_t userdata;
    uint8_t type;
    union {
      int fd;
      struct {
        uint32_t id;
        uint64_t timeout, precision;
        uint16_t flags;
      } clock;
    };
  } subscriptions[2];
  struct {
    uint64_t userdata;
    uint16_t error;
    uint8_t type;
    uint64_t bytes;
    uint16_t flags;
  } events[2];
  uint32_t count;
  memset(subscriptions, 0, sizeof subscriptions);
  subscriptions[0].type = 1;
  subscriptions[0].fd = fd;
  /* A clock that is due at once: the call does not wait. */
  subscriptions[1].clock.id = 1;
  int error = wasi_poll_oneoff(subscriptions, events, 2, &count);
  if (error) return socklet_result(error);
  if (events[0].error == EBADF) return socklet_result(EBADF);
  /* An error that waits for the next call is not an error of this one. */
  return events[0].error || events[0].type != 1 ? 0 : (int)events[0].bytes;
}

int zsock_ioctl(int fd, int request, ...) {
  va_list arguments;
  va_start(arguments, request);
  int *argument = va_arg(arguments, int *);
  va_end(arguments);
  int value;
  if (socklet_is_interface_request(request)) {
    /* Any descriptor that is open will do. */
    int flags = library_fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : socklet_interface_request(request, argument);
  }
  if (request == ZFD_IOCTL_FIONBIO) return set_nonblocking(fd, *argument);
  if (request == ZFD_IOCTL_FIONREAD) value = readable_bytes(fd);
  else if (request == ZFD_IOCTL_SIOCATMARK) value = stream_number(fd, TCP_ATMARK);
  else if (request == ZFD_IOCTL_SIOCOUTQ) value = stream_number(fd, TCP_OUTQ);
  else return socklet_result(EINVAL);
  if (value < 0) return -1;
  *argument = value;
  return 0;
}
