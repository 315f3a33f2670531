/* Opening, naming, connecting sockets. */
#include "result.h"
#include <socklet/imports.h>
#include <sys/socket.h>

int zsock_socket(int family, int type, int protocol) {
  int fd;
  return socklet_value(socklet_socket(family, type, protocol, &fd), fd);
}

int zsock_socketpair(int family, int type, int protocol, int descriptors[2]) {
  return socklet_result(socklet_socket_pair(family, type, protocol, descriptors));
}

int zsock_bind(int fd, const struct sockaddr *address, socklen_t length) {
  return socklet_result(socklet_bind(fd, (void *)address, (int)length));
}

int zsock_connect(int fd, const struct sockaddr *address, socklen_t length) {
  return socklet_result(socklet_connect(fd, (void *)address, (int)length));
}

int zsock_listen(int fd, int backlog) { return socklet_result(wasi_sock_listen(fd, backlog)); }

int zsock_accept(int fd, struct sockaddr *address, socklen_t *length) { return zsock_accept4(fd, address, length, 0); }

int zsock_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  int accepted;
  socklen_t room = address ? *length : 0;
  int error = socklet_accept(fd, flags, address, length, &accepted);
  if (!error && address) socklet_grow(address, room, length);
  return socklet_value(error, accepted);
}

int zsock_getsockname(int fd, struct sockaddr *address, socklen_t *length) {
  socklen_t room = *length;
  int error = socklet_local_address(fd, address, length);
  if (!error) socklet_grow(address, room, length);
  return socklet_result(error);
}

int zsock_getpeername(int fd, struct sockaddr *address, socklen_t *length) {
  socklen_t room = *length;
  int error = socklet_peer_address(fd, address, length);
  if (!error) socklet_grow(address, room, length);
  return socklet_result(error);
}

int zsock_shutdown(int fd, int how) {
  if (how < ZSOCK_SHUT_RD || how > ZSOCK_SHUT_RDWR) return socklet_result(EINVAL);
  /* WASI has a bit for each direction. */
  return socklet_result(wasi_sock_shutdown(fd, how + 1));
}
