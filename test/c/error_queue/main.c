/* The error queue of a datagram socket, as a program written for Linux reads it: who refused a datagram, and when one was sent. */
#include "../print.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

/* A port that nobody has. */
#define NOBODY 4999
/* Milliseconds. */
#define SOON 1000

/* Room for every control message that may come. */
static union {
  struct cmsghdr head;
  char bytes[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in)) +
             CMSG_SPACE(sizeof(struct scm_timestamping))];
} control;

static char payload[64];
static struct sockaddr_in destination;

static struct sockaddr_in at(const char *text, int port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr.s_addr = inet_addr(text)};
}

/* Waits for the queue, and takes its oldest message. */
static ssize_t take(int fd, struct msghdr *message) {
  struct pollfd failed = {.fd = fd, .events = 0};
  if (poll(&failed, 1, SOON) != 1 || failed.revents != POLLERR) return -2;
  static struct iovec buffer = {payload, sizeof payload};
  *message = (struct msghdr){.msg_name = &destination,
                             .msg_namelen = sizeof destination,
                             .msg_iov = &buffer,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
  return recvmsg(fd, message, MSG_ERRQUEUE);
}

/* The data of the control message of this level and type, or NULL. */
static void *found(struct msghdr *message, int level, int type) {
  for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each; each = CMSG_NXTHDR(message, each))
    if (each->cmsg_level == level && each->cmsg_type == type) return CMSG_DATA(each);
  return NULL;
}

static void line(const char *what, long long number) {
  print(what);
  print_number(number);
  print("\n");
}

/* A datagram to a port that nobody has. */
static int refused(int fd) {
  struct msghdr message;
  struct sockaddr_in nobody = at("127.0.0.1", NOBODY);
  int on = 1;
  if (setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on)) return 1;
  if (sendto(fd, "is anybody there?", 17, 0, (struct sockaddr *)&nobody, sizeof nobody) != 17) return 2;
  ssize_t length = take(fd, &message);
  struct sock_extended_err *error = found(&message, IPPROTO_IP, IP_RECVERR);
  if (length != 17 || memcmp(payload, "is anybody there?", 17) || !error) return 3;
  if (!(message.msg_flags & MSG_ERRQUEUE) || message.msg_namelen != sizeof destination) return 4;
  struct sockaddr_in *offender = (struct sockaddr_in *)SO_EE_OFFENDER(error);
  print(error->ee_errno == ECONNREFUSED ? "refused by " : "another error by ");
  print(offender->sin_family == AF_INET ? inet_ntoa(offender->sin_addr) : "nobody");
  line(", port ", ntohs(destination.sin_port));
  line("origin ", error->ee_origin);
  line("type and code ", error->ee_type * 100 + error->ee_code);
  return recvmsg(fd, &message, MSG_ERRQUEUE) == -1 && errno == EAGAIN ? 0 : 5;
}

/* Stamps of two datagrams. */
static int stamped(int fd) {
  struct msghdr message;
  struct sockaddr_in self;
  socklen_t length = sizeof self;
  if (getsockname(fd, (struct sockaddr *)&self, &length)) return 6;
  self.sin_addr.s_addr = inet_addr("127.0.0.1");
  int flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags)) return 7;
  for (int i = 0; i < 2; i++)
    if (sendto(fd, "x", 1, 0, (struct sockaddr *)&self, sizeof self) != 1) return 8;
  for (int i = 0; i < 2; i++) {
    if (take(fd, &message)) return 9;
    struct sock_extended_err *error = found(&message, IPPROTO_IP, IP_RECVERR);
    struct scm_timestamping *stamps = found(&message, SOL_SOCKET, SCM_TIMESTAMPING);
    if (!error || !stamps || error->ee_errno != ENOMSG || error->ee_origin != SO_EE_ORIGIN_TIMESTAMPING) return 10;
    if (error->ee_info != SCM_TSTAMP_SND || !(stamps->ts[0].tv_sec | stamps->ts[0].tv_nsec)) return 11;
    if (stamps->ts[2].tv_sec | stamps->ts[2].tv_nsec) return 12;
    line("sent number ", error->ee_data);
  }
  return 0;
}

int main(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return 20;
  int result = refused(fd);
  return result ? result : stamped(fd);
}
