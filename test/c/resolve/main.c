/*
 * A client of getaddrinfo. Arguments: pairs of a name and a service, each of which is looked up; then, behind "--", a name and a port of a server
 * over UDP that is asked for the time. Exit code: 0 when the server answered.
 */
#include "../print.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void print_address(const struct addrinfo *result) {
  char host[NI_MAXHOST], service[NI_MAXSERV];
  int flags = result->ai_socktype == SOCK_DGRAM ? NI_DGRAM : 0;
  int error = getnameinfo(result->ai_addr, result->ai_addrlen, host, sizeof host, service, sizeof service, flags);
  print(error ? gai_strerror(error) : host);
  print(" ");
  print(error ? "" : service);
  print(result->ai_socktype == SOCK_STREAM ? " stream" : " datagram");
  if (result->ai_canonname) {
    print(" as ");
    print(result->ai_canonname);
  }
}

static void look_up(const char *name, const char *service) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_flags = AI_CANONNAME}, *list;
  print(name);
  print(" ");
  print(service);
  int error = getaddrinfo(name, service, &hints, &list);
  print(": ");
  if (error) print(gai_strerror(error));
  for (struct addrinfo *each = error ? NULL : list; each; each = each->ai_next) {
    print_address(each);
    if (each->ai_next) print(", ");
  }
  if (!error) freeaddrinfo(list);
  print("\n");
}

static int ask(const char *name, const char *service) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV}, *list;
  struct timeval patience = {.tv_sec = 2};
  char answer[64];
  if (getaddrinfo(name, service, &hints, &list)) return 2;
  int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
  if (fd < 0 || connect(fd, list->ai_addr, list->ai_addrlen) < 0) return 3;
  freeaddrinfo(list);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0) return 4;
  for (int attempt = 0; attempt < 3; attempt++) {
    if (send(fd, "time?", 5, 0) != 5) return 5;
    ssize_t length = recv(fd, answer, sizeof answer - 1, 0);
    if (length < 0) continue;
    answer[length] = 0;
    print("answer: ");
    print(answer);
    print("\n");
    return close(fd);
  }
  return 1;
}

int main(int argc, char **argv) {
  char name[32];
  if (gethostname(name, sizeof name) == 0) {
    print("this is ");
    print(name);
    print("\n");
  }
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--")) return i + 2 < argc ? ask(argv[i + 1], argv[i + 2]) : 6;
    look_up(argv[i], argv[i + 1]);
  }
  return 0;
}
