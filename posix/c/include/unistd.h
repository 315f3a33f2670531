/* unistd.h: the C library's, with close, dup, dup2, gethostname and sethostname. */
#ifndef SOCKLET_UNISTD_H
#define SOCKLET_UNISTD_H

#include <socklet/names.h>
#include <stddef.h>

SOCKLET_BEGIN
/* EBADF. */
int zsock_close(int fd);
/* EBADF, EMFILE. */
int zsock_dup(int fd);
/* EBADF (`fd` is not open, or `to` is no number that a descriptor can have). */
int zsock_dup2(int fd, int to);
/* CONFIG_NET_HOSTNAME, or what sethostname was given. ENAMETOOLONG: it has no room with its NUL. */
int zsock_gethostname(char *name, size_t bytes);
/* Needs CONFIG_NET_HOSTNAME_DYNAMIC (ENOSYS). EINVAL: more than 32 bytes; EPERM: CONFIG_APP_MAY_SET_HOSTNAME=n. */
int zsock_sethostname(const char *name, size_t bytes);
#ifdef SOCKLET_POSIX_NAMES
int close(int) SOCKLET_SYMBOL(zsock_close);
int dup(int) SOCKLET_SYMBOL(zsock_dup);
int dup2(int, int) SOCKLET_SYMBOL(zsock_dup2);
int gethostname(char *, size_t) SOCKLET_SYMBOL(zsock_gethostname);
int sethostname(const char *, size_t) SOCKLET_SYMBOL(zsock_sethostname);
#endif
SOCKLET_END

#include_next <unistd.h>

SOCKLET_BEGIN
ssize_t zsock_read(int fd, void *buffer, size_t length) SOCKLET_SYMBOL(read);
ssize_t zsock_write(int fd, const void *buffer, size_t length) SOCKLET_SYMBOL(write);
SOCKLET_END

#endif
