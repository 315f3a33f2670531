/* Sending and receiving. Without flags and names these are the calls of the WASI table, whose buffers a waiting call lends to the stack. */
#include "result.h"
#include <socklet/imports.h>
#include <string.h>
#include <sys/socket.h>

/* The address record of the WASI socket calls: 24 bytes, the port in host order. */
struct record {
  uint32_t kind;
  uint32_t address;
  uint16_t port;
  uint16_t rest[7];
};

ssize_t zsock_recv(int fd, void *buffer, size_t length, int flags) {
  int moved;
  uint16_t result_flags;
  if (flags) return socklet_value(socklet_recv_from(fd, buffer, (int)length, flags, 0, 0, &moved), moved);
  struct iovec vector = {buffer, length};
  return socklet_value(wasi_sock_recv(fd, &vector, 1, 0, &moved, &result_flags), moved);
}

ssize_t zsock_recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t *room) {
  if (!address) return zsock_recv(fd, buffer, length, flags);
  int moved;
  socklen_t given = *room;
#ifndef CONFIG_NET_SOCKETS_UNIX
  if (!flags && given >= SOCKLET_ADDRESS_BYTES) {
    struct record record;
    struct iovec vector = {buffer, length};
    int error = wasi_sock_recv_from(fd, &vector, 1, 0, &record, &moved);
    if (error) return socklet_result(error);
    struct sockaddr_in *to = (struct sockaddr_in *)address;
    to->sin_family = AF_INET;
    to->sin_port = htons(record.port);
    to->sin_addr.s_addr = record.address;
    *room = sizeof *to;
    return moved;
  }
#endif
  int error = socklet_recv_from(fd, buffer, (int)length, flags, address, room, &moved);
  if (!error) socklet_grow(address, given, room);
  return socklet_value(error, moved);
}

ssize_t zsock_send(int fd, const void *buffer, size_t length, int flags) {
  int moved;
  if (flags) return socklet_value(socklet_send_to(fd, (void *)buffer, (int)length, flags, 0, 0, &moved), moved);
  struct iovec vector = {(void *)buffer, length};
  return socklet_value(wasi_sock_send(fd, &vector, 1, 0, &moved), moved);
}

ssize_t zsock_sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *address,
                     socklen_t address_length) {
  if (!address) return zsock_send(fd, buffer, length, flags);
  int moved;
  if (!flags && address_length >= SOCKLET_ADDRESS_BYTES && address->sa_family == AF_INET) {
    const struct sockaddr_in *to = (const struct sockaddr_in *)address;
    struct record record = {.address = to->sin_addr.s_addr, .port = ntohs(to->sin_port)};
    struct iovec vector = {(void *)buffer, length};
    return socklet_value(wasi_sock_send_to(fd, &vector, 1, 0, &record, &moved), moved);
  }
  int error =
      socklet_send_to(fd, (void *)buffer, (int)length, flags, (void *)address, (int)address_length, &moved);
  return socklet_value(error, moved);
}
