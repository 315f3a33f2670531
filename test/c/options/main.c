/* Prints the value of every option that the headers know, of a stream and of a datagram socket, as far as the image has them. */
#include "../print.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum kind { NUMBER, SPAN, LINGER, NAME, INFO };

static const struct option {
  const char *name;
  int level, number;
  enum kind kind;
} OPTIONS[] = {
#define SOCKET(name, kind) {#name, SOL_SOCKET, name, kind}
#define IP(name) {#name, IPPROTO_IP, name, NUMBER}
#define TCP(name, kind) {#name, IPPROTO_TCP, name, kind}
    SOCKET(SO_REUSEADDR, NUMBER), SOCKET(SO_TYPE, NUMBER),      SOCKET(SO_ERROR, NUMBER),
    SOCKET(SO_BROADCAST, NUMBER), SOCKET(SO_SNDBUF, NUMBER),    SOCKET(SO_RCVBUF, NUMBER),
    SOCKET(SO_KEEPALIVE, NUMBER), SOCKET(SO_OOBINLINE, NUMBER), SOCKET(SO_LINGER, LINGER),
    SOCKET(SO_REUSEPORT, NUMBER), SOCKET(SO_RCVLOWAT, NUMBER),  SOCKET(SO_SNDLOWAT, NUMBER),
    SOCKET(SO_RCVTIMEO, SPAN),    SOCKET(SO_SNDTIMEO, SPAN),    SOCKET(SO_TIMESTAMP, NUMBER),
    SOCKET(SO_ACCEPTCONN, NUMBER), SOCKET(SO_TIMESTAMPNS, NUMBER), SOCKET(SO_PROTOCOL, NUMBER),
    SOCKET(SO_DOMAIN, NUMBER),     SOCKET(SO_TIMESTAMPING, NUMBER), SOCKET(SO_DEBUG, NUMBER),
    SOCKET(SO_DONTROUTE, NUMBER),  SOCKET(SO_PRIORITY, NUMBER),
    IP(IP_TOS), IP(IP_TTL), IP(IP_PKTINFO), IP(IP_RECVTTL), IP(IP_RECVTOS), IP(IP_RECVERR), IP(IP_LOCAL_PORT_RANGE),
    TCP(TCP_NODELAY, NUMBER), TCP(TCP_KEEPIDLE, NUMBER), TCP(TCP_KEEPINTVL, NUMBER), TCP(TCP_KEEPCNT, NUMBER),
    TCP(TCP_SYNCNT, NUMBER), TCP(TCP_LINGER2, NUMBER), TCP(TCP_DEFER_ACCEPT, NUMBER), TCP(TCP_WINDOW_CLAMP, NUMBER),
    TCP(TCP_INFO, INFO), TCP(TCP_QUICKACK, NUMBER), TCP(TCP_CONGESTION, NAME), TCP(TCP_USER_TIMEOUT, NUMBER),
    TCP(TCP_MAXSEG, NUMBER), TCP(TCP_CORK, NUMBER), TCP(TCP_ATMARK, NUMBER), TCP(TCP_OUTQ, NUMBER),
};

static union {
  int number;
  struct timeval span;
  struct linger linger;
  struct tcp_info info;
  char name[32];
} value;

static void print_value(enum kind kind, socklen_t length) {
  switch (kind) {
    case NUMBER:
      print_number(value.number);
      break;
    case SPAN:
      print_number(value.span.tv_sec);
      print(" s ");
      print_number(value.span.tv_usec);
      print(" us");
      break;
    case LINGER:
      print(value.linger.l_onoff ? "on, " : "off, ");
      print_number(value.linger.l_linger);
      print(" s");
      break;
    case NAME:
      print(value.name);
      break;
    case INFO:
      print("state ");
      print_number(value.info.tcpi_state);
      print(", ");
      print_number(length);
      print(" bytes");
  }
}

/* Options that can be read and not set. */
static int is_fixed(const struct option *option) {
  static const char *const FIXED[] = {"SO_TYPE", "SO_ERROR", "SO_SNDLOWAT", "SO_ACCEPTCONN", "SO_PROTOCOL", "SO_DOMAIN",
                                      "TCP_INFO", "TCP_ATMARK", "TCP_OUTQ"};
  for (size_t i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
    if (!strcmp(FIXED[i], option->name)) return 1;
  return 0;
}

/* Prints one option; what was read is set again, and must then read the same. 1: it does not. */
static int probe(int fd, const struct option *option) {
  memset(&value, 0, sizeof value);
  socklen_t length = sizeof value;
  print("  ");
  print(option->name);
  print(" ");
  if (getsockopt(fd, option->level, option->number, &value, &length) < 0) {
    print(errno == ENOPROTOOPT ? "-\n" : strerror(errno));
    return errno != ENOPROTOOPT;
  }
  print_value(option->kind, length);
  char before[sizeof value];
  memcpy(before, &value, sizeof value);
  int wrong = 0;
  if (is_fixed(option)) {
    wrong = setsockopt(fd, option->level, option->number, &value, length) == 0;
    print(wrong ? " and can be set" : ", fixed");
  } else if (setsockopt(fd, option->level, option->number, &value, length) == 0) {
    getsockopt(fd, option->level, option->number, &value, &length);
    wrong = memcmp(before, &value, sizeof value) != 0;
    if (wrong) print(" and is another one when it is set");
  } else {
    print(", ");
    print(strerror(errno));
  }
  print("\n");
  return wrong;
}

static int probe_all(const char *title, int type) {
  int fd = socket(AF_INET, type, 0);
  int wrong = 0;
  print(title);
  if (fd < 0) {
    print(": none\n");
    return 0;
  }
  print(":\n");
  for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++) wrong += probe(fd, &OPTIONS[i]);
  close(fd);
  return wrong;
}

int main(void) { return probe_all("stream", SOCK_STREAM) + probe_all("datagram", SOCK_DGRAM); }
