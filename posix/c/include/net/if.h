/* net/if.h: the interfaces of this device: eth0, number 1, and lo, number 2 with CONFIG_NET_LOOPBACK. @see posix/zsock/interfaces.ts */
#ifndef _NET_IF_H
#define _NET_IF_H

#include <netinet/in.h>
#include <socklet/names.h>
#include <sys/socket.h>

#define ZSOCK_IF_NAMESIZE 16

#define IFF_UP 0x1
#define IFF_BROADCAST 0x2
#define IFF_LOOPBACK 0x8
#define IFF_RUNNING 0x40

/* Of if_nameindex; the list ends with an index of 0. */
struct if_nameindex {
  unsigned if_index;
  char *if_name;
};

/* Where an ioctl about an interface says which, and finds the answer. */
struct ifreq {
  char ifr_name[ZSOCK_IF_NAMESIZE];
  union {
    struct sockaddr_in address;
    int value;
    struct {
      unsigned short family;
      unsigned char bytes[14];
    } hardware;
  } ifr_answer;
};
#define ifr_addr ifr_answer.address
#define ifr_netmask ifr_answer.address
#define ifr_broadaddr ifr_answer.address
#define ifr_hwaddr ifr_answer.hardware
#define ifr_flags ifr_answer.value
#define ifr_mtu ifr_answer.value
#define ifr_ifindex ifr_answer.value

SOCKLET_BEGIN
/* 0 with errno ENXIO when there is no such interface. */
unsigned zsock_if_nametoindex(const char *name);
/* `name`, of ZSOCK_IF_NAMESIZE bytes, or NULL with errno ENXIO. */
char *zsock_if_indextoname(unsigned index, char *name);
/* The list is good until the next call. */
struct if_nameindex *zsock_if_nameindex(void);
void zsock_if_freenameindex(struct if_nameindex *list);

#ifdef SOCKLET_POSIX_NAMES
#define IF_NAMESIZE ZSOCK_IF_NAMESIZE
#define IFNAMSIZ ZSOCK_IF_NAMESIZE
unsigned if_nametoindex(const char *) SOCKLET_SYMBOL(zsock_if_nametoindex);
char *if_indextoname(unsigned, char *) SOCKLET_SYMBOL(zsock_if_indextoname);
struct if_nameindex *if_nameindex(void) SOCKLET_SYMBOL(zsock_if_nameindex);
void if_freenameindex(struct if_nameindex *) SOCKLET_SYMBOL(zsock_if_freenameindex);
#endif
SOCKLET_END

#endif
