/* sys/un.h: addresses of AF_UNIX. */
#ifndef _SYS_UN_H
#define _SYS_UN_H

#include <__typedef_sa_family_t.h>

/* A path with its NUL, or NUL and an abstract name; CONFIG_NET_SOCKETS_UNIX_NAME bytes of it count. */
struct sockaddr_un {
  sa_family_t sun_family;
  char sun_path[108];
};

#endif
