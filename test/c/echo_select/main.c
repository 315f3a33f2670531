/* An echo server over TCP (RFC 862) that serves several clients with select. A client that sends "quit" first ends it. */
#include "../print.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 7
#define PLACES 3

/* A client and what it has sent that has not gone back yet. */
static struct client {
  int fd;
  size_t length, sent;
  bool ended;
  char bytes[1024];
} clients[PLACES];

static int fail(const char *what) {
  print(what);
  print(": ");
  print(strerror(errno));
  print("\n");
  return 1;
}

static int listener(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_ANY)};
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) return -1;
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, PLACES) < 0) return -1;
  return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ? -1 : fd;
}

static struct client *free_place(void) {
  for (int i = 0; i < PLACES; i++)
    if (clients[i].fd < 0) return &clients[i];
  return NULL;
}

static void take(int server) {
  struct client *client = free_place();
  struct sockaddr_in from;
  socklen_t length = sizeof from;
  int fd = accept4(server, (struct sockaddr *)&from, &length, SOCK_NONBLOCK);
  if (fd < 0) return;
  client->fd = fd;
  client->length = client->sent = 0;
  client->ended = false;
  print("client ");
  print(inet_ntoa(from.sin_addr));
  print(length == sizeof from ? "\n" : " with an address of another length\n");
}

static void drop(struct client *client) {
  close(client->fd);
  client->fd = -1;
}

static void receive(struct client *client) {
  ssize_t moved = recv(client->fd, client->bytes, sizeof client->bytes, 0);
  if (moved > 0) client->length = (size_t)moved;
  else if (moved == 0) client->ended = true;
  else if (errno != EAGAIN) drop(client);
}

static void give_back(struct client *client) {
  ssize_t moved = send(client->fd, client->bytes + client->sent, client->length - client->sent, MSG_NOSIGNAL);
  if (moved < 0) {
    if (errno != EAGAIN) drop(client);
    return;
  }
  client->sent += (size_t)moved;
  if (client->sent == client->length) client->length = client->sent = 0;
}

int main(void) {
  int server = listener();
  if (server < 0) return fail("listen");
  for (int i = 0; i < PLACES; i++) clients[i].fd = -1;
  print("echo_select: listening on port 7\n");
  for (;;) {
    fd_set readable, writable;
    int highest = -1;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    if (free_place()) FD_SET(server, &readable);
    for (int i = 0; i < PLACES; i++) {
      struct client *each = &clients[i];
      if (each->fd < 0) continue;
      FD_SET(each->fd, each->length ? &writable : &readable);
      if (each->fd > highest) highest = each->fd;
    }
    if (server > highest) highest = server;
    if (select(highest + 1, &readable, &writable, NULL, NULL) < 0) return fail("select");
    for (int i = 0; i < PLACES; i++) {
      struct client *each = &clients[i];
      if (each->fd >= 0 && FD_ISSET(each->fd, &readable)) receive(each);
      if (each->fd >= 0 && FD_ISSET(each->fd, &writable)) give_back(each);
      if (each->fd >= 0 && each->length == 4 && !memcmp(each->bytes, "quit", 4)) {
        print("echo_select: told to end\n");
        return 0;
      }
      if (each->fd >= 0 && each->ended && !each->length) drop(each);
    }
    if (FD_ISSET(server, &readable)) take(server);
  }
}
