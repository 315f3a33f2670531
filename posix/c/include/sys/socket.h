/*
 * sys/socket.h: sockets. The numbers are Zephyr's, Linux's where Zephyr has none, as in posix/zsock/constants.ts; errno's are those of the
 * C library. posix/zsock/socket.ts, transfer.ts, message.ts and option.ts say of each function what it does and which errors it has.
 */
#ifndef _SYS_SOCKET_H
#define _SYS_SOCKET_H

#include <socklet/names.h>
#include <stddef.h>
#include <stdint.h>
#include <__struct_iovec.h>
#include <__struct_timespec.h>
#include <__struct_timeval.h>
#include <__typedef_sa_family_t.h>
#include <__typedef_socklen_t.h>
#include <__typedef_ssize_t.h>

/* ---- address families, types of socket ---- */

#define AF_UNSPEC 0
#define AF_INET 1
#define AF_INET6 2
#define AF_PACKET 3
/* Sockets inside the device; needs CONFIG_NET_SOCKETS_UNIX. */
#define AF_UNIX 6
#define AF_LOCAL AF_UNIX
#define PF_UNSPEC AF_UNSPEC
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#define PF_PACKET AF_PACKET
#define PF_UNIX AF_UNIX
#define PF_LOCAL AF_UNIX

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
/* May be or'd into the type of a new socket: its calls do not wait. */
#define SOCK_NONBLOCK 0x800
/* Accepted and without meaning: no program is ever replaced by another. */
#define SOCK_CLOEXEC 0x80000

/* ---- options ---- */

#define SOL_SOCKET 1

#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_PRIORITY 12
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_BINDTODEVICE 25
#define SO_TIMESTAMP 29
#define SO_ACCEPTCONN 30
#define SO_TIMESTAMPNS 35
#define SO_TIMESTAMPING 37
#define SO_PROTOCOL 38
#define SO_DOMAIN 39

/* ---- what Zephyr prefixes ---- */

#define ZSOCK_SOL_SOCKET SOL_SOCKET
#define ZSOCK_SHUT_RD 0
#define ZSOCK_SHUT_WR 1
#define ZSOCK_SHUT_RDWR 2
#define ZSOCK_SOMAXCONN 128

#define ZSOCK_MSG_OOB 0x01
#define ZSOCK_MSG_PEEK 0x02
#define ZSOCK_MSG_DONTROUTE 0x04
#define ZSOCK_MSG_CTRUNC 0x08
#define ZSOCK_MSG_TRUNC 0x20
#define ZSOCK_MSG_DONTWAIT 0x40
#define ZSOCK_MSG_EOR 0x80
#define ZSOCK_MSG_WAITALL 0x100
#define ZSOCK_MSG_ERRQUEUE 0x2000
#define ZSOCK_MSG_NOSIGNAL 0x4000
#define ZSOCK_MSG_MORE 0x8000
#define ZSOCK_MSG_WAITFORONE 0x10000
/* Connect, and send with the SYN: CONFIG_NET_TCP_FASTOPEN. */
#define ZSOCK_MSG_FASTOPEN 0x20000000

#define ZSOCK_SCM_RIGHTS 1
#define ZSOCK_SCM_TIMESTAMP SO_TIMESTAMP
#define ZSOCK_SCM_TIMESTAMPNS SO_TIMESTAMPNS
#define ZSOCK_SCM_TIMESTAMPING SO_TIMESTAMPING

#ifdef SOCKLET_POSIX_NAMES
#define SHUT_RD ZSOCK_SHUT_RD
#define SHUT_WR ZSOCK_SHUT_WR
#define SHUT_RDWR ZSOCK_SHUT_RDWR
#define SOMAXCONN ZSOCK_SOMAXCONN
#define MSG_OOB ZSOCK_MSG_OOB
#define MSG_PEEK ZSOCK_MSG_PEEK
#define MSG_DONTROUTE ZSOCK_MSG_DONTROUTE
#define MSG_CTRUNC ZSOCK_MSG_CTRUNC
#define MSG_TRUNC ZSOCK_MSG_TRUNC
#define MSG_DONTWAIT ZSOCK_MSG_DONTWAIT
#define MSG_EOR ZSOCK_MSG_EOR
#define MSG_WAITALL ZSOCK_MSG_WAITALL
#define MSG_ERRQUEUE ZSOCK_MSG_ERRQUEUE
#define MSG_NOSIGNAL ZSOCK_MSG_NOSIGNAL
#define MSG_MORE ZSOCK_MSG_MORE
#define MSG_WAITFORONE ZSOCK_MSG_WAITFORONE
#define MSG_FASTOPEN ZSOCK_MSG_FASTOPEN
#define SCM_RIGHTS ZSOCK_SCM_RIGHTS
#define SCM_TIMESTAMP ZSOCK_SCM_TIMESTAMP
#define SCM_TIMESTAMPNS ZSOCK_SCM_TIMESTAMPNS
#define SCM_TIMESTAMPING ZSOCK_SCM_TIMESTAMPING
/* One declaration gives a structure the name of POSIX, and these the other one. */
#define zsock_msghdr msghdr
#define zsock_mmsghdr mmsghdr
#define zsock_cmsghdr cmsghdr
#define zsock_linger linger
#endif

/* ---- structures ---- */

/* What all socket addresses begin with. */
struct sockaddr {
  sa_family_t sa_family;
  char sa_data[14];
};

/* Room for an address of any family. */
struct sockaddr_storage {
  sa_family_t ss_family;
  char ss_padding[118];
  uint64_t ss_alignment;
};

/* Value of SO_LINGER. */
struct zsock_linger {
  int l_onoff;
  int l_linger;
};

/* A message of sendmsg and recvmsg: 28 bytes. */
struct zsock_msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  int msg_iovlen;
  void *msg_control;
  socklen_t msg_controllen;
  int msg_flags;
};

/* One of several messages. */
struct zsock_mmsghdr {
  struct zsock_msghdr msg_hdr;
  unsigned msg_len;
};

/* The head of a control message: 16 bytes, then its data; the next one begins at the next multiple of 8. */
struct zsock_cmsghdr {
  socklen_t cmsg_len;
  int cmsg_level;
  int cmsg_type;
  int cmsg_padding;
};

#define ZSOCK_CMSG_ALIGN(bytes) (((bytes) + 7u) & ~7u)
#define ZSOCK_CMSG_DATA(head) ((unsigned char *)(head) + sizeof(struct zsock_cmsghdr))
#define ZSOCK_CMSG_LEN(bytes) (sizeof(struct zsock_cmsghdr) + (bytes))
#define ZSOCK_CMSG_SPACE(bytes) (sizeof(struct zsock_cmsghdr) + ZSOCK_CMSG_ALIGN(bytes))
#define ZSOCK_CMSG_FIRSTHDR(message)                                                                      \
  ((message)->msg_controllen >= sizeof(struct zsock_cmsghdr) ? (struct zsock_cmsghdr *)(message)->msg_control \
                                                             : (struct zsock_cmsghdr *)0)
#define ZSOCK_CMSG_NXTHDR(message, head) zsock_cmsg_nxthdr((message), (head))

#ifdef SOCKLET_POSIX_NAMES
#define CMSG_DATA(head) ZSOCK_CMSG_DATA(head)
#define CMSG_LEN(bytes) ZSOCK_CMSG_LEN(bytes)
#define CMSG_SPACE(bytes) ZSOCK_CMSG_SPACE(bytes)
#define CMSG_FIRSTHDR(message) ZSOCK_CMSG_FIRSTHDR(message)
#define CMSG_NXTHDR(message, head) ZSOCK_CMSG_NXTHDR(message, head)
#endif

SOCKLET_BEGIN

/* The control message behind `head`, NULL when that was the last: CMSG_NXTHDR. A length that claims more than there is ends the list. */
static inline struct zsock_cmsghdr *zsock_cmsg_nxthdr(const struct zsock_msghdr *message, struct zsock_cmsghdr *head) {
  if (!head) return ZSOCK_CMSG_FIRSTHDR(message);
  size_t left = message->msg_controllen - (size_t)((char *)head - (char *)message->msg_control);
  if (head->cmsg_len < sizeof *head || head->cmsg_len > left) return 0;
  size_t step = ZSOCK_CMSG_ALIGN(head->cmsg_len);
  if (step >= left || left - step < sizeof *head) return 0;
  return (struct zsock_cmsghdr *)((char *)head + step);
}

int zsock_socket(int family, int type, int protocol);
int zsock_socketpair(int family, int type, int protocol, int descriptors[2]);
int zsock_bind(int fd, const struct sockaddr *address, socklen_t length);
int zsock_connect(int fd, const struct sockaddr *address, socklen_t length);
int zsock_listen(int fd, int backlog);
int zsock_accept(int fd, struct sockaddr *address, socklen_t *length);
int zsock_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int zsock_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int zsock_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int zsock_shutdown(int fd, int how);
ssize_t zsock_recv(int fd, void *buffer, size_t length, int flags);
ssize_t zsock_recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t *room);
ssize_t zsock_recvmsg(int fd, struct zsock_msghdr *message, int flags);
ssize_t zsock_send(int fd, const void *buffer, size_t length, int flags);
ssize_t zsock_sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *address,
                     socklen_t address_length);
ssize_t zsock_sendmsg(int fd, const struct zsock_msghdr *message, int flags);
int zsock_sendmmsg(int fd, struct zsock_mmsghdr *messages, unsigned count, int flags);
/* As on Linux the time-out is looked at when a message has come, and does not end a wait. */
int zsock_recvmmsg(int fd, struct zsock_mmsghdr *messages, unsigned count, int flags, struct timespec *timeout);
int zsock_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int zsock_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int zsock_sockatmark(int fd);

#ifdef SOCKLET_POSIX_NAMES
int socket(int, int, int) SOCKLET_SYMBOL(zsock_socket);
int socketpair(int, int, int, int[2]) SOCKLET_SYMBOL(zsock_socketpair);
int bind(int, const struct sockaddr *, socklen_t) SOCKLET_SYMBOL(zsock_bind);
int connect(int, const struct sockaddr *, socklen_t) SOCKLET_SYMBOL(zsock_connect);
int listen(int, int) SOCKLET_SYMBOL(zsock_listen);
int accept(int, struct sockaddr *, socklen_t *) SOCKLET_SYMBOL(zsock_accept);
int accept4(int, struct sockaddr *, socklen_t *, int) SOCKLET_SYMBOL(zsock_accept4);
int getsockname(int, struct sockaddr *, socklen_t *) SOCKLET_SYMBOL(zsock_getsockname);
int getpeername(int, struct sockaddr *, socklen_t *) SOCKLET_SYMBOL(zsock_getpeername);
int shutdown(int, int) SOCKLET_SYMBOL(zsock_shutdown);
ssize_t recv(int, void *, size_t, int) SOCKLET_SYMBOL(zsock_recv);
ssize_t recvfrom(int, void *, size_t, int, struct sockaddr *, socklen_t *) SOCKLET_SYMBOL(zsock_recvfrom);
ssize_t recvmsg(int, struct msghdr *, int) SOCKLET_SYMBOL(zsock_recvmsg);
ssize_t send(int, const void *, size_t, int) SOCKLET_SYMBOL(zsock_send);
ssize_t sendto(int, const void *, size_t, int, const struct sockaddr *, socklen_t) SOCKLET_SYMBOL(zsock_sendto);
ssize_t sendmsg(int, const struct msghdr *, int) SOCKLET_SYMBOL(zsock_sendmsg);
int sendmmsg(int, struct mmsghdr *, unsigned, int) SOCKLET_SYMBOL(zsock_sendmmsg);
int recvmmsg(int, struct mmsghdr *, unsigned, int, struct timespec *) SOCKLET_SYMBOL(zsock_recvmmsg);
int getsockopt(int, int, int, void *, socklen_t *) SOCKLET_SYMBOL(zsock_getsockopt);
int setsockopt(int, int, int, const void *, socklen_t) SOCKLET_SYMBOL(zsock_setsockopt);
int sockatmark(int) SOCKLET_SYMBOL(zsock_sockatmark);
#endif

SOCKLET_END

#endif
