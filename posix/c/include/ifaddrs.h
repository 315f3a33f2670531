/* ifaddrs.h: the addresses of interfaces. @see posix/zsock/interfaces.ts */
#ifndef _IFADDRS_H
#define _IFADDRS_H

#include <socklet/names.h>
#include <sys/socket.h>

struct ifaddrs {
  struct ifaddrs *ifa_next;
  char *ifa_name;
  unsigned ifa_flags;
  /* NULL while the interface has no address. */
  struct sockaddr *ifa_addr;
  struct sockaddr *ifa_netmask;
  /* NULL for the loopback interface. */
  struct sockaddr *ifa_broadaddr;
  void *ifa_data;
};

SOCKLET_BEGIN
/* The list is good until the next call. */
int zsock_getifaddrs(struct ifaddrs **list);
void zsock_freeifaddrs(struct ifaddrs *list);

#ifdef SOCKLET_POSIX_NAMES
int getifaddrs(struct ifaddrs **) SOCKLET_SYMBOL(zsock_getifaddrs);
void freeifaddrs(struct ifaddrs *) SOCKLET_SYMBOL(zsock_freeifaddrs);
#endif
SOCKLET_END

#endif
