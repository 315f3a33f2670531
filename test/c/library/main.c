/* What the functions behind the headers add to the system calls. Lines as of the contract programs: `ok 1 title`, `not ok 2 title`, `1..2`. */
#include "../print.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static int checks, failures;

static void check(int holds, const char *title) {
  if (!holds) {
    failures++;
    print("not ");
  }
  print("ok ");
  print_number(++checks);
  print(" ");
  print(title);
  if (!holds) {
    print(" # errno ");
    print_number(errno);
  }
  print("\n");
}

#define FAILS(call, error, title) check((errno = 0, (call) == -1) && errno == (error), title)

static struct sockaddr_in at(const char *text, unsigned short port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(text)};
}

static int bound(unsigned short port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in address = at("127.0.0.1", port);
  return bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -1 : fd;
}

static void names(int fd) {
  struct sockaddr_in own;
  socklen_t length = sizeof own;
  check(getsockname(fd, (struct sockaddr *)&own, &length) == 0, "getsockname");
  check(length == sizeof own && ntohs(own.sin_port) == 7001, "gives a whole sockaddr_in");
  length = 4;
  memset(&own, 0, sizeof own);
  check(getsockname(fd, (struct sockaddr *)&own, &length) == 0 && length == sizeof own, "a short one is cut");
  check(ntohs(own.sin_port) == 7001 && own.sin_addr.s_addr == 0, "as POSIX says");
  FAILS(getpeername(fd, (struct sockaddr *)&own, &length), ENOTCONN, "getpeername: ENOTCONN");
  FAILS(socket(AF_INET6, SOCK_DGRAM, 0), EAFNOSUPPORT, "AF_INET6: EAFNOSUPPORT");
  FAILS(socket(AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT, "AF_UNIX, which is not built in: EAFNOSUPPORT");
  FAILS(socket(AF_INET, SOCK_STREAM, 0), EPROTOTYPE, "no TCP: EPROTOTYPE");
  FAILS(shutdown(fd, 7), EINVAL, "shutdown with a wrong direction: EINVAL");
}

static void transfer(int from, int to) {
  struct sockaddr_in address = at("127.0.0.1", 7002), sender;
  socklen_t length = sizeof sender;
  char buffer[64];
  int value;
  check(sendto(from, "hello", 5, 0, (struct sockaddr *)&address, sizeof address) == 5, "sendto");
  struct pollfd entry = {.fd = to, .events = POLLIN};
  check(poll(&entry, 1, 1000) == 1 && entry.revents == POLLIN, "poll");
  check(ioctl(to, FIONREAD, &value) == 0 && value == 5, "FIONREAD");
  check(recv(to, buffer, sizeof buffer, MSG_PEEK) == 5, "recv with MSG_PEEK");
  check(recvfrom(to, buffer, sizeof buffer, 0, (struct sockaddr *)&sender, &length) == 5, "recvfrom");
  check(length == sizeof sender && sender.sin_family == AF_INET && ntohs(sender.sin_port) == 7001, "and its sender");
  check(!memcmp(buffer, "hello", 5), "and its bytes");
  sendto(from, "again", 5, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
  length = sizeof sender;
  check(recvfrom(to, buffer, 2, MSG_TRUNC, (struct sockaddr *)&sender, &length) == 5, "flags go the other way");
  check(length == sizeof sender && ntohs(sender.sin_port) == 7001, "and give the same address");
  FAILS(recv(to, buffer, 1, MSG_DONTWAIT), EAGAIN, "MSG_DONTWAIT: EAGAIN");
  FAILS(recv(to, buffer, 1, MSG_OOB), ENOTSUP, "a flag of streams: EOPNOTSUPP");
  check(connect(from, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  struct iovec vector[2] = {{"wri", 3}, {"tev", 3}};
  check(writev(from, vector, 2) == 6 && zsock_read(to, buffer, 10) == 6, "writev, read");
  check(zsock_write(from, "x", 1) == 1 && read(to, buffer, 10) == 1, "write, zsock_read");
}

static void messages(int from, int to) {
  char buffer[3][8];
  struct iovec vector[3];
  struct mmsghdr batch[3];
  memset(batch, 0, sizeof batch);
  for (int i = 0; i < 3; i++) {
    vector[i] = (struct iovec){buffer[i], sizeof buffer[i]};
    batch[i].msg_hdr.msg_iov = &vector[i];
    batch[i].msg_hdr.msg_iovlen = 1;
  }
  check(sendmmsg(from, batch, 3, 0) == 3 && batch[2].msg_len == 8, "sendmmsg");
  struct sockaddr_in sender;
  batch[0].msg_hdr.msg_name = &sender;
  batch[0].msg_hdr.msg_namelen = sizeof sender;
  check(recvmmsg(to, batch, 3, MSG_WAITFORONE, NULL) == 3, "recvmmsg");
  check(batch[0].msg_hdr.msg_namelen == sizeof sender && ntohs(sender.sin_port) == 7001, "with the sender");
  struct timespec wrong = {.tv_nsec = 1000000000};
  FAILS(recvmmsg(to, batch, 3, 0, &wrong), EINVAL, "a time that is none: EINVAL");
  char control[CMSG_SPACE(1) + CMSG_SPACE(4)];
  struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_len = CMSG_LEN(1);
  struct cmsghdr *next = CMSG_NXTHDR(&message, head);
  check((char *)next == control + CMSG_SPACE(1), "CMSG_NXTHDR");
  next->cmsg_len = CMSG_LEN(4);
  check(!CMSG_NXTHDR(&message, next), "ends behind the last");
  next->cmsg_len = 0;
  check(!CMSG_NXTHDR(&message, next), "and at one that has no length");
  message.msg_controllen = 4;
  check(!CMSG_FIRSTHDR(&message), "CMSG_FIRSTHDR with room for none");
}

static void descriptors(int fd) {
  int copy = fcntl(fd, F_DUPFD, 5);
  check(copy == 5, "F_DUPFD takes the lowest number from its argument on");
  check(fcntl(copy, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_GETFL) & O_NONBLOCK, "O_NONBLOCK, which both share");
  int off = 0;
  check(ioctl(fd, FIONBIO, &off) == 0 && !(fcntl(copy, F_GETFL) & O_NONBLOCK), "FIONBIO");
  check(close(copy) == 0, "close");
  FAILS(close(copy), EBADF, "twice: EBADF");
  FAILS(ioctl(fd, SIOCOUTQ, &off), ENOTTY, "SIOCOUTQ of a datagram socket: ENOTTY");
  FAILS(sockatmark(fd), ENOTTY, "sockatmark too");
  FAILS(ioctl(fd, 1, &off), EINVAL, "another request: EINVAL");
  FAILS(dup2(fd, 100), EBADF, "dup2 to a number that there is not: EBADF");
  FAILS(eventfd(0, 0), ENOSYS, "eventfd, which is not built in: ENOSYS");
  FAILS(epoll_create1(0), ENOSYS, "epoll too");
}

static void waiting(int fd) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  check(FD_SETSIZE == 32, "FD_SETSIZE follows the size of the descriptor table");
  check(FD_ISSET(fd, &set) && !FD_ISSET(fd + 1, &set), "FD_SET, FD_ISSET");
  errno = 0;
  FD_SET(FD_SETSIZE, &set);
  check(errno == EBADF && !FD_ISSET(-1, &set), "a number without room: EBADF");
  struct timeval none = {0, 0};
  check(select(fd + 1, &set, NULL, NULL, &none) == 0 && !FD_ISSET(fd, &set), "select");
  FD_SET(fd, &set);
  struct timespec soon = {0, 1};
  check(pselect(fd + 1, NULL, &set, NULL, &soon, NULL) == 1 && FD_ISSET(fd, &set), "pselect");
  FD_ZERO(&set);
  FD_SET(5, &set);
  FAILS(select(6, &set, NULL, NULL, &none), EBADF, "a descriptor that is not open: EBADF");
  none.tv_usec = 1000000;
  FAILS(select(0, NULL, NULL, NULL, &none), EINVAL, "a time that is none: EINVAL");
  struct pollfd entries[2] = {{.fd = 5, .events = POLLIN}, {.fd = -1}};
  check(ppoll(entries, 2, &soon, NULL) == 1 && entries[0].revents == POLLNVAL, "ppoll: POLLNVAL");
  soon.tv_nsec = -1;
  FAILS(ppoll(entries, 1, &soon, NULL), EINVAL, "and EINVAL");
}

static void texts(void) {
  struct in_addr address;
  char text[INET_ADDRSTRLEN];
  check(inet_pton(AF_INET, "192.0.2.1", &address) == 1 && address.s_addr == htonl(0xc0000201), "inet_pton");
  static const char *const WRONG[] = {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "1..2.3", "a.b.c.d"};
  int taken = 0;
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) taken += inet_pton(AF_INET, WRONG[i], &address);
  check(!taken, "refuses what is no address");
  FAILS(inet_pton(AF_INET6, "::1", text), EAFNOSUPPORT, "AF_INET6: EAFNOSUPPORT");
  address.s_addr = htonl(0xffff0a00);
  check(!strcmp(inet_ntop(AF_INET, &address, text, sizeof text), "255.255.10.0"), "inet_ntop");
  check(!inet_ntop(AF_INET, &address, text, 12) && errno == ENOSPC, "no room: ENOSPC");
  check(inet_addr("nonsense") == INADDR_NONE, "inet_addr");
  check(ntohs(getservbyname("https", "tcp")->s_port) == 443 && !getservbyname("https", "sctp"), "getservbyname");
  check(!strcmp(getservbyport(htons(53), "udp")->s_name, "domain"), "getservbyport");
  check(getprotobyname("udp")->p_proto == IPPROTO_UDP && !getprotobyname("x"), "getprotobyname");
  char name[8];
  check(gethostname(name, sizeof name) == 0 && !strcmp(name, "socklet"), "gethostname");
  FAILS(gethostname(name, 7), ENAMETOOLONG, "no room: ENAMETOOLONG");
  check(sethostname("lamp-8", 6) == 0 && gethostname(name, 7) == 0 && !strcmp(name, "lamp-8"), "sethostname");
  FAILS(sethostname(name, 33), EINVAL, "33 bytes: EINVAL");
}

static void lookups(void) {
  struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *list;
  check(getaddrinfo(NULL, "domain", &hints, &list) == 0, "getaddrinfo for bind");
  struct sockaddr_in *address = (struct sockaddr_in *)list->ai_addr;
  check(address->sin_addr.s_addr == INADDR_ANY && ntohs(address->sin_port) == 53 && !list->ai_next, "one result");
  freeaddrinfo(list);
  check(getaddrinfo(NULL, NULL, NULL, &list) == EAI_NONAME, "neither name nor service: EAI_NONAME");
  check(getaddrinfo("localhost", "7", NULL, &list) == EAI_FAIL, "a name without a resolver: EAI_FAIL");
  hints.ai_flags = 0x8000;
  check(getaddrinfo("127.0.0.1", NULL, &hints, &list) == EAI_BADFLAGS, "EAI_BADFLAGS");
  hints.ai_flags = AI_NUMERICHOST;
  check(getaddrinfo("localhost", NULL, &hints, &list) == EAI_NONAME, "AI_NUMERICHOST: EAI_NONAME");
  hints.ai_family = AF_INET6;
  check(getaddrinfo("127.0.0.1", NULL, &hints, &list) == EAI_ADDRFAMILY, "EAI_ADDRFAMILY");
  hints.ai_family = 99;
  check(getaddrinfo("127.0.0.1", NULL, &hints, &list) == EAI_FAMILY, "EAI_FAMILY");
  struct addrinfo *lists[5];
  int error = 0;
  for (int i = 0; i < 5 && !error; i++) error = getaddrinfo("127.0.0.1", "7", NULL, &lists[i]);
  check(error == EAI_MEMORY, "more results than there is room for: EAI_MEMORY");
  for (int i = 0; i < 4; i++) freeaddrinfo(lists[i]);
  check(getaddrinfo("127.0.0.1", "7", NULL, &list) == 0, "until some are given back");
  freeaddrinfo(list);
  check(!strcmp(gai_strerror(EAI_AGAIN), "No answer, try again"), "gai_strerror");
}

/* Fills a block with its own number. */
static void mark(unsigned char *block, size_t size, int number) {
  if (block) memset(block, number, size);
}

static int marked(const unsigned char *block, size_t size, int number) {
  for (size_t i = 0; i < size; i++)
    if (block[i] != number) return 0;
  return 1;
}

static void memory(void) {
  enum { BLOCKS = 24 };
  unsigned char *blocks[BLOCKS] = {0};
  size_t sizes[BLOCKS] = {0};
  int wrong = 0, refused = 0;
  unsigned seed = 1;
  for (int round = 0; round < 2000; round++) {
    seed = seed * 1103515245 + 12345;
    int i = seed >> 16 & 0x7fff;
    size_t size = (size_t)(i % 600);
    i %= BLOCKS;
    if (blocks[i] && !marked(blocks[i], sizes[i], i + 1)) wrong++;
    if (seed & 0x100) {
      unsigned char *moved = realloc(blocks[i], size + 1);
      if (!moved) {
        refused++;
        continue;
      }
      if (blocks[i] && !marked(moved, sizes[i] < size ? sizes[i] : size, i + 1)) wrong++;
      blocks[i] = moved;
    } else {
      free(blocks[i]);
      blocks[i] = malloc(size + 1);
      if (!blocks[i]) {
        refused++;
        sizes[i] = 0;
        continue;
      }
    }
    if ((uintptr_t)blocks[i] & 7) wrong++;
    sizes[i] = size + 1;
    mark(blocks[i], sizes[i], i + 1);
  }
  check(!wrong, "malloc, realloc and free keep every block whole and aligned");
  check(refused < 500, "and mostly find room");
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  unsigned char *most = calloc(1, 6000);
  check(most && marked(most, 6000, 0), "what was given back is one piece again, and calloc makes it zero");
  free(most);
  /* A compiler may leave out a malloc whose result nobody sees. */
  static void *volatile block;
  volatile size_t many = SIZE_MAX / 2;
  block = malloc(16384);
  check(!block && errno == ENOMEM, "more than CONFIG_APP_MEMORY_SIZE: ENOMEM");
  block = calloc(many, 3);
  check(!block, "a product that overflows too");
  block = malloc(many * 2);
  check(!block, "and a size that does");
}

static void interfaces(int fd) {
  char name[IF_NAMESIZE];
  check(if_nametoindex("eth0") == 1 && if_nametoindex("lo") == 2, "interfaces have numbers");
  check(!if_nametoindex("eth1") && errno == ENXIO, "another name has none: ENXIO");
  check(if_indextoname(2, name) == name && !strcmp(name, "lo"), "and names");
  struct if_nameindex *list = if_nameindex();
  check(list[0].if_index == 1 && list[1].if_index == 2 && !list[2].if_index, "if_nameindex");
  if_freenameindex(list);
  struct ifreq request = {.ifr_name = "eth0"};
  check(ioctl(fd, SIOCGIFADDR, &request) == 0 && request.ifr_addr.sin_addr.s_addr == inet_addr("10.0.2.15"), "SIOCGIFADDR");
  check(ioctl(fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu == 1500, "SIOCGIFMTU");
  FAILS(ioctl(9, SIOCGIFMTU, &request), EBADF, "on what is not open: EBADF");
  strcpy(request.ifr_name, "eth1");
  FAILS(ioctl(fd, SIOCGIFMTU, &request), ENODEV, "of another interface: ENODEV");
  struct ifaddrs *first;
  check(getifaddrs(&first) == 0 && !strcmp(first->ifa_name, "eth0") && first->ifa_flags & IFF_UP, "getifaddrs");
  check(((struct sockaddr_in *)first->ifa_netmask)->sin_addr.s_addr == inet_addr("255.255.255.0"), "with the mask");
  check(first->ifa_next && !strcmp(first->ifa_next->ifa_name, "lo") && !first->ifa_next->ifa_next, "and loopback");
  freeifaddrs(first);
}

int main(void) {
  int from = bound(7001), to = bound(7002);
  names(from);
  transfer(from, to);
  messages(from, to);
  close(to);
  interfaces(from);
  descriptors(from);
  waiting(from);
  texts();
  lookups();
  memory();
  print("1..");
  print_number(checks);
  print("\n");
  return failures;
}
