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

SOCKLET_BEGIN
/* EBADF, EINVAL (another request), ENOTTY (not a stream), ENOTSOCK. @see posix/zsock/option.ts */
int zsock_ioctl(int fd, int request, ...);

#ifdef SOCKLET_POSIX_NAMES
#define FIONREAD ZFD_IOCTL_FIONREAD
#define FIONBIO ZFD_IOCTL_FIONBIO
#define SIOCOUTQ ZFD_IOCTL_SIOCOUTQ
#define TIOCOUTQ ZFD_IOCTL_SIOCOUTQ
#define SIOCATMARK ZFD_IOCTL_SIOCATMARK
int ioctl(int, int, ...) SOCKLET_SYMBOL(zsock_ioctl);
#endif
SOCKLET_END

#endif
