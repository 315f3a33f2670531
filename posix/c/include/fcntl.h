/* fcntl.h: the C library's, with F_DUPFD. Its O_NONBLOCK is that of WASI. */
#ifndef SOCKLET_FCNTL_H
#define SOCKLET_FCNTL_H

#include <socklet/names.h>

SOCKLET_BEGIN
int zsock_fcntl(int fd, int command, ...);
#ifdef SOCKLET_POSIX_NAMES
int fcntl(int, int, ...) SOCKLET_SYMBOL(zsock_fcntl);
#endif
SOCKLET_END

#include_next <fcntl.h>

/* Another descriptor for the same: the lowest free number that is not below the argument. */
#ifndef F_DUPFD
#define F_DUPFD 0
#endif
#define ZVFS_F_DUPFD F_DUPFD
#define ZVFS_F_GETFL F_GETFL
#define ZVFS_F_SETFL F_SETFL
#define ZVFS_O_NONBLOCK O_NONBLOCK

#endif
