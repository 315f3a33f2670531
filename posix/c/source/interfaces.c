/* The interfaces of this device. */
#include "interfaces.h"
#include "result.h"
#include <ifaddrs.h>
#include <net/if.h>
#include <socklet/imports.h>
#include <string.h>
#include <sys/ioctl.h>

/* What the host has; without CONFIG_NET_LOOPBACK it says of number 2 that it is not there. */
#define MOST 2
#define HARDWARE_ETHERNET 1
#define HARDWARE_LOOPBACK 772

static char *const names[MOST + 1] = {0, "eth0", "lo"};

/* What socklet_v1.interface_info writes. */
struct info {
  uint32_t flags, mtu, address, mask, broadcast, gateway;
  unsigned char mac[8];
};

/* True when interface `index` is there; then it is described. */
static int describe(unsigned index, struct info *info) { return !socklet_interface_info((int)index, info); }

unsigned zsock_if_nametoindex(const char *name) {
  struct info info;
  for (unsigned index = 1; index <= MOST; index++)
    if (!strcmp(names[index], name) && describe(index, &info)) return index;
  errno = ENXIO;
  return 0;
}

char *zsock_if_indextoname(unsigned index, char *name) {
  struct info info;
  if (index - 1 < MOST && describe(index, &info)) return strcpy(name, names[index]);
  errno = ENXIO;
  return 0;
}

struct if_nameindex *zsock_if_nameindex(void) {
  static struct if_nameindex list[MOST + 1];
  struct info info;
  unsigned count = 0;
  for (unsigned index = 1; index <= MOST; index++)
    if (describe(index, &info)) list[count++] = (struct if_nameindex){index, names[index]};
  list[count] = (struct if_nameindex){0, 0};
  return list;
}

void zsock_if_freenameindex(struct if_nameindex *list) { (void)list; }

static struct sockaddr *put(struct sockaddr_in *place, uint32_t address) {
  *place = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {address}};
  return (struct sockaddr *)place;
}

int zsock_getifaddrs(struct ifaddrs **list) {
  static struct ifaddrs entries[MOST];
  static struct sockaddr_in addresses[MOST][3];
  struct ifaddrs **link = list;
  *list = 0;
  for (unsigned i = 0; i < MOST; i++) {
    struct info info;
    if (!describe(i + 1, &info)) continue;
    struct ifaddrs *entry = &entries[i];
    *entry = (struct ifaddrs){.ifa_name = names[i + 1], .ifa_flags = info.flags};
    if (info.address) {
      entry->ifa_addr = put(&addresses[i][0], info.address);
      entry->ifa_netmask = put(&addresses[i][1], info.mask);
      if (info.flags & IFF_BROADCAST) entry->ifa_broadaddr = put(&addresses[i][2], info.broadcast);
    }
    *link = entry;
    link = &entry->ifa_next;
  }
  return 0;
}

void zsock_freeifaddrs(struct ifaddrs *list) { (void)list; }

int socklet_is_interface_request(int request) {
  return request >= ZFD_IOCTL_SIOCGIFFLAGS && request <= ZFD_IOCTL_SIOCGIFINDEX;
}

int socklet_interface_request(int request, void *place) {
  struct ifreq *what = place;
  struct info info;
  unsigned index = 1;
  while (index <= MOST && strncmp(names[index], what->ifr_name, ZSOCK_IF_NAMESIZE)) index++;
  if (index > MOST || !describe(index, &info)) return socklet_result(ENODEV);
  uint32_t address = info.address;
  switch (request) {
  case ZFD_IOCTL_SIOCGIFINDEX:
    what->ifr_ifindex = (int)index;
    return 0;
  case ZFD_IOCTL_SIOCGIFFLAGS:
    what->ifr_flags = (int)info.flags;
    return 0;
  case ZFD_IOCTL_SIOCGIFMTU:
    what->ifr_mtu = (int)info.mtu;
    return 0;
  case ZFD_IOCTL_SIOCGIFHWADDR:
    what->ifr_hwaddr.family = info.flags & IFF_LOOPBACK ? HARDWARE_LOOPBACK : HARDWARE_ETHERNET;
    memcpy(what->ifr_hwaddr.bytes, info.mac, 6);
    return 0;
  case ZFD_IOCTL_SIOCGIFNETMASK:
    address = info.mask;
    break;
  case ZFD_IOCTL_SIOCGIFBRDADDR:
    address = info.broadcast;
    break;
  case ZFD_IOCTL_SIOCGIFADDR:
    break;
  default:
    return socklet_result(EINVAL);
  }
  if (!info.address) return socklet_result(EADDRNOTAVAIL);
  put(&what->ifr_addr, address);
  return 0;
}
