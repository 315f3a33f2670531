/* sendmsg and recvmsg, and several of them. */
#include "result.h"
#include <socklet/imports.h>
#include <sys/socket.h>
#include <time.h>

/* Messages that one call moves at most, as on Linux. */
#define BATCH_MOST 1024

ssize_t zsock_sendmsg(int fd, const struct zsock_msghdr *message, int flags) {
  int moved;
  return socklet_value(socklet_send_message(fd, (void *)message, flags, &moved), moved);
}

ssize_t zsock_recvmsg(int fd, struct zsock_msghdr *message, int flags) {
  int moved;
  void *name = message->msg_name;
  socklen_t room = message->msg_namelen;
  int error = socklet_receive_message(fd, message, flags, &moved);
  if (!error && name) socklet_grow(name, room, &message->msg_namelen);
  return socklet_value(error, moved);
}

int zsock_sendmmsg(int fd, struct zsock_mmsghdr *messages, unsigned count, int flags) {
  if (count > BATCH_MOST) count = BATCH_MOST;
  for (unsigned i = 0; i < count; i++) {
    ssize_t moved = zsock_sendmsg(fd, &messages[i].msg_hdr, flags);
    if (moved < 0) return i ? (int)i : -1;
    messages[i].msg_len = (unsigned)moved;
  }
  return (int)count;
}

/* Nanoseconds of the monotonic clock. */
static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int zsock_recvmmsg(int fd, struct zsock_mmsghdr *messages, unsigned count, int flags, struct timespec *timeout) {
  uint64_t deadline = UINT64_MAX;
  if (timeout) {
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000) return socklet_result(EINVAL);
    deadline = now() + (uint64_t)timeout->tv_sec * 1000000000u + (uint64_t)timeout->tv_nsec;
  }
  if (count > BATCH_MOST) count = BATCH_MOST;
  int how = flags & ~ZSOCK_MSG_WAITFORONE;
  for (unsigned i = 0; i < count; i++) {
    ssize_t moved = zsock_recvmsg(fd, &messages[i].msg_hdr, how);
    if (moved < 0) return i ? (int)i : -1;
    messages[i].msg_len = (unsigned)moved;
    if (flags & ZSOCK_MSG_WAITFORONE) how |= ZSOCK_MSG_DONTWAIT;
    if (timeout && now() >= deadline) return (int)i + 1;
  }
  return (int)count;
}
