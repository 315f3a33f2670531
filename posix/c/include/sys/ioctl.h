/* sys/ioctl.h: requests to descriptors. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <socklet/names.h>

/* int *: bytes that can be read at once; of datagrams those of the next one. */
#define ZFD_IOCTL_FIONREAD 0x541b
/* int *: 1 makes the descriptor non-blocking, 0 blocking. */
#define ZFD_IOCTL_FIONBIO 0x5421
/* int *: bytes that a stream has sent or queued and that are not acknowledged. */
#define ZFD_IOCTL_SIOCOUTQ 0x5411
/* int *: 1 when a stream is at the urgent mark. */
#define ZFD_IOCTL_SIOCATMARK 0x8905
/* struct ifreq * (net/if.h): about the interface that it names. */
#define ZFD_IOCTL_SIOCGIFFLAGS 0x8913
#define ZFD_IOCTL_SIOCGIFADDR 0x8915
#define ZFD_IOCTL_SIOCGIFBRDADDR 0x8919
#define ZFD_IOCTL_SIOCGIFNETMASK 0x891b
#define ZFD_IOCTL_SIOCGIFMTU 0x8921
#define ZFD_IOCTL_SIOCGIFHWADDR 0x8927
#define ZFD_IOCTL_SIOCGIFINDEX 0x8933

SOCKLET_BEGIN
/* EBADF, EINVAL (another request), ENOTTY (not a stream), ENOTSOCK, ENODEV (no such interface), EADDRNOTAVAIL (it has no address). @see posix/zsock/option.ts */
int zsock_ioctl(int fd, int request, ...);

#ifdef SOCKLET_POSIX_NAMES
#define FIONREAD ZFD_IOCTL_FIONREAD
#define FIONBIO ZFD_IOCTL_FIONBIO
#define SIOCOUTQ ZFD_IOCTL_SIOCOUTQ
#define TIOCOUTQ ZFD_IOCTL_SIOCOUTQ
#define SIOCATMARK ZFD_IOCTL_SIOCATMARK
#define SIOCGIFFLAGS ZFD_IOCTL_SIOCGIFFLAGS
#define SIOCGIFADDR ZFD_IOCTL_SIOCGIFADDR
#define SIOCGIFBRDADDR ZFD_IOCTL_SIOCGIFBRDADDR
#define SIOCGIFNETMASK ZFD_IOCTL_SIOCGIFNETMASK
#define SIOCGIFMTU ZFD_IOCTL_SIOCGIFMTU
#define SIOCGIFHWADDR ZFD_IOCTL_SIOCGIFHWADDR
#define SIOCGIFINDEX ZFD_IOCTL_SIOCGIFINDEX
int ioctl(int, int, ...) SOCKLET_SYMBOL(zsock_ioctl);
#endif
SOCKLET_END

#endif
