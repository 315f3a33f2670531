/* sys/uio.h: several buffers in one call. The C library has readv and writev; these are their other names. */
#ifndef SOCKLET_SYS_UIO_H
#define SOCKLET_SYS_UIO_H

#include_next <sys/uio.h>
#include <socklet/names.h>

#define zsock_iovec iovec

SOCKLET_BEGIN
ssize_t zsock_readv(int fd, const struct iovec *vector, int count) SOCKLET_SYMBOL(readv);
ssize_t zsock_writev(int fd, const struct iovec *vector, int count) SOCKLET_SYMBOL(writev);
SOCKLET_END

#endif
