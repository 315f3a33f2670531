/*
 * An echo server over UDP (RFC 862) on two ports, with poll. It answers from the address that was asked, and says which TTL the question had:
 * recvmsg and sendmsg with control messages. "quit" ends it.
 */
#include "../print.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS 2
static const unsigned short PORT[PORTS] = {7, 7007};

static int fail(const char *what) {
  print(what);
  print(": ");
  print(strerror(errno));
  print("\n");
  return 1;
}

static int bound(unsigned short port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return -1;
  if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) < 0) return -1;
  return setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on) < 0 ? -1 : fd;
}

/* Answers one datagram. 1: told to end; -1: an error. */
static int serve(int fd) {
  char head[4], rest[512];
  struct iovec buffers[2] = {{head, sizeof head}, {rest, sizeof rest}};
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int))];
  } control;
  struct sockaddr_in from;
  struct msghdr message = {&from, sizeof from, buffers, 2, &control, sizeof control, 0};
  ssize_t length = recvmsg(fd, &message, 0);
  if (length < 0) return -1;
  struct in_pktinfo info = {0};
  int hops = -1;
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != IPPROTO_IP) continue;
    if (each->cmsg_type == IP_PKTINFO) memcpy(&info, CMSG_DATA(each), sizeof info);
    if (each->cmsg_type == IP_TTL) memcpy(&hops, CMSG_DATA(each), sizeof hops);
  }
  print_number(length);
  print(message.msg_flags & MSG_TRUNC ? " bytes, cut" : " bytes");
  print(" to ");
  print(inet_ntoa(info.ipi_addr));
  print(", interface ");
  print_number(info.ipi_ifindex);
  print(hops > 0 && hops <= 255 ? ", TTL known\n" : ", TTL unknown\n");
  /* Back from where it was asked, both buffers as one datagram. */
  buffers[0].iov_len = length < (ssize_t)sizeof head ? (size_t)length : sizeof head;
  buffers[1].iov_len = (size_t)length - buffers[0].iov_len;
  struct in_pktinfo source = {.ipi_ifindex = info.ipi_ifindex, .ipi_spec_dst = info.ipi_spec_dst};
  control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof source), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
  memcpy(CMSG_DATA(&control.head), &source, sizeof source);
  message.msg_controllen = CMSG_SPACE(sizeof source);
  if (sendmsg(fd, &message, 0) != length) return -1;
  return length == 4 && !memcmp(head, "quit", 4);
}

int main(void) {
  struct pollfd entries[PORTS];
  for (int i = 0; i < PORTS; i++) {
    entries[i] = (struct pollfd){.fd = bound(PORT[i]), .events = POLLIN};
    if (entries[i].fd < 0) return fail("bind");
  }
  print("echo_poll: listening\n");
  for (;;) {
    if (poll(entries, PORTS, -1) < 0) return fail("poll");
    for (int i = 0; i < PORTS; i++) {
      if (!(entries[i].revents & POLLIN)) continue;
      int result = serve(entries[i].fd);
      if (result < 0) return fail("echo");
      if (result) {
        print("echo_poll: told to end\n");
        return 0;
      }
    }
  }
}
