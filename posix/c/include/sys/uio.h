/* sys/uio.h: several buffers in one call. The C library has readv and writev; these are their other names. */
#ifndef SOCKLET_SYS_UIO_H
#define SOCKLET_SYS_UIO_H

#include_next <sys/uio.h>
#include <socklet/names.h>

#define zsock_iovec iovec

/* Most buffers of one call. */
#define ZSOCK_IOV_MAX 16
#ifdef SOCKLET_POSIX_NAMES
#undef IOV_MAX
#define IOV_MAX ZSOCK_IOV_MAX
#endif

SOCKLET_BEGIN
ssize_t zsock_readv(int fd, const struct iovec *vector, int count) SOCKLET_SYMBOL(readv);
ssize_t zsock_writev(int fd, const struct iovec *vector, int count) SOCKLET_SYMBOL(writev);
SOCKLET_END

#endif
