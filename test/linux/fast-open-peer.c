/*
 * Runs inside a namespace, on the Linux kernel: a server and a client with TCP Fast Open.
 *
 *     fast-open-peer server PORT KEY              sends back what comes, connection after connection; KEY: 32 hexadecimal digits
 *     fast-open-peer client ADDRESS PORT COUNT    COUNT conversations of 600 bytes, sent with MSG_FASTOPEN
 *
 * Both say of each connection how many bytes came back or came, and whether a SYN had data (TCP_INFO).
 */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES 600

static void tell(const char *who, int fd, int bytes) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  memset(&info, 0, sizeof info);
  getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
  printf("%s: %d bytes, %s\n", who, bytes, info.tcpi_options & TCPI_OPT_SYN_DATA ? "with the SYN" : "after the handshake");
  fflush(stdout);
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in at(in_addr_t address, int port) {
  struct sockaddr_in place;
  memset(&place, 0, sizeof place);
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = address;
  place.sin_port = htons((unsigned short)port);
  return place;
}

static int server(int port, const char *digits) {
  unsigned char key[16], buffer[2048];
  int one = 1, limit = 16, fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in place = at(INADDR_ANY, port);
  for (int i = 0; i < 16; i++) {
    unsigned byte = 0;
    if (sscanf(digits + 2 * i, "%2x", &byte) != 1) fail("key");
    key[i] = (unsigned char)byte;
  }
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&place, sizeof place) < 0) fail("bind");
  if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &limit, sizeof limit) < 0) fail("TCP_FASTOPEN");
  if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, sizeof key) < 0) fail("TCP_FASTOPEN_KEY");
  if (listen(fd, 8) < 0) fail("listen");
  puts("listening");
  fflush(stdout);
  for (;;) {
    int total = 0, count, connection = accept(fd, NULL, NULL);
    if (connection < 0) fail("accept");
    while ((count = (int)read(connection, buffer, sizeof buffer)) > 0) {
      total += count;
      if (write(connection, buffer, (size_t)count) != count) break;
    }
    tell("server", connection, total);
    close(connection);
  }
}

static int client(const char *address, int port, int times) {
  for (int i = 0; i < times; i++) {
    unsigned char out[BYTES], in[BYTES];
    int right = 0, total = 0, count, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in place = at(inet_addr(address), port);
    for (int k = 0; k < BYTES; k++) out[k] = (unsigned char)(k * 11 + i);
    if (sendto(fd, out, BYTES, MSG_FASTOPEN, (struct sockaddr *)&place, sizeof place) != BYTES) fail("sendto");
    while (total < BYTES && (count = (int)read(fd, in + total, (size_t)(BYTES - total))) > 0) total += count;
    for (int k = 0; k < total; k++) right += in[k] == out[k];
    tell("client", fd, right);
    close(fd);
  }
  return 0;
}

int main(int count, char **words) {
  if (count == 4 && strcmp(words[1], "server") == 0) return server(atoi(words[2]), words[3]);
  if (count == 5 && strcmp(words[1], "client") == 0) return client(words[2], atoi(words[3]), atoi(words[4]));
  fprintf(stderr, "usage: fast-open-peer server PORT KEY | client ADDRESS PORT COUNT\n");
  return 2;
}
