/* A pair of sockets and a multicast group, as any BSD program has them: one joins and hears, the other sends. */
#include "../print.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#define GROUP "239.1.2.3"
#define PORT 4711
/* Milliseconds in which what is to be heard is heard. */
#define SOON 500
#define NOT_HEARD 100

static struct sockaddr_in at(const char *text) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = inet_addr(text)};
}

static void say(const char *what, const char *text) {
  print(what);
  print(text);
  print("\n");
}

/* Sends `text` to the group, and says what the receiver hears of it. */
static void pass(int sender, int receiver, const char *text) {
  struct sockaddr_in group = at(GROUP), from;
  socklen_t length = sizeof from;
  char heard[32] = "";
  if (sendto(sender, text, strlen(text), 0, (struct sockaddr *)&group, sizeof group) < 0) {
    say("not sent: ", strerror(errno));
    return;
  }
  struct pollfd ready = {.fd = receiver, .events = POLLIN};
  if (poll(&ready, 1, *text == '-' ? NOT_HEARD : SOON) == 1)
    recvfrom(receiver, heard, sizeof heard - 1, 0, (struct sockaddr *)&from, &length);
  say(text, *heard ? ": heard" : ": not heard");
}

static int option(int fd, int name, const void *value, socklen_t length) {
  return setsockopt(fd, IPPROTO_IP, name, value, length) ? errno : 0;
}

int main(void) {
  int receiver = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in any = at("0.0.0.0");
  if (receiver < 0 || sender < 0 || bind(receiver, (struct sockaddr *)&any, sizeof any)) return 1;

  struct ip_mreq group = {.imr_multiaddr.s_addr = inet_addr(GROUP)};
  pass(sender, receiver, "- before joining");
  if (option(receiver, IP_ADD_MEMBERSHIP, &group, sizeof group)) return 2;
  if (option(receiver, IP_ADD_MEMBERSHIP, &group, sizeof group) != EADDRINUSE) return 3;
  pass(sender, receiver, "a member");

  unsigned char off = 0;
  int ttl = 3;
  socklen_t length = sizeof ttl;
  if (option(sender, IP_MULTICAST_TTL, &ttl, sizeof ttl)) return 4;
  ttl = 0;
  if (getsockopt(sender, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, &length) || ttl != 3) return 5;
  if (option(sender, IP_MULTICAST_LOOP, &off, sizeof off)) return 6;
  pass(sender, receiver, "- without IP_MULTICAST_LOOP");
  off = 1;
  if (option(sender, IP_MULTICAST_LOOP, &off, sizeof off)) return 7;

  struct ip_mreq_source source = {.imr_multiaddr = group.imr_multiaddr, .imr_sourceaddr.s_addr = inet_addr("10.0.2.15")};
  if (option(receiver, IP_BLOCK_SOURCE, &source, sizeof source)) return 8;
  pass(sender, receiver, "- while the source is blocked");
  if (option(receiver, IP_UNBLOCK_SOURCE, &source, sizeof source)) return 9;
  pass(sender, receiver, "no longer blocked");

  if (option(receiver, IP_DROP_MEMBERSHIP, &group, sizeof group)) return 10;
  pass(sender, receiver, "- after leaving");
  if (option(receiver, IP_DROP_MEMBERSHIP, &group, sizeof group) != EADDRNOTAVAIL) return 11;
  return 0;
}
