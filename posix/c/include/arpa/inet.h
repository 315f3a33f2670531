/* arpa/inet.h: IPv4 addresses as text, in the four-part form only. @see posix/zsock/inet.ts */
#ifndef _ARPA_INET_H
#define _ARPA_INET_H

#include <netinet/in.h>
#include <socklet/names.h>

SOCKLET_BEGIN
/* 1; 0 when the text is no address; -1 with EAFNOSUPPORT. */
int zsock_inet_pton(int family, const char *text, void *to);
/* `text`, or NULL with EAFNOSUPPORT, ENOSPC. */
const char *zsock_inet_ntop(int family, const void *from, char *text, socklen_t size);
/* 1, or 0 when the text is no address. */
int zsock_inet_aton(const char *text, struct in_addr *to);
/* The address (network order) that the text says; INADDR_NONE when it says none. */
in_addr_t zsock_inet_addr(const char *text);
/* The address as text, overwritten by the next call. */
char *zsock_inet_ntoa(struct in_addr address);

#ifdef SOCKLET_POSIX_NAMES
int inet_pton(int, const char *, void *) SOCKLET_SYMBOL(zsock_inet_pton);
const char *inet_ntop(int, const void *, char *, socklen_t) SOCKLET_SYMBOL(zsock_inet_ntop);
int inet_aton(const char *, struct in_addr *) SOCKLET_SYMBOL(zsock_inet_aton);
in_addr_t inet_addr(const char *) SOCKLET_SYMBOL(zsock_inet_addr);
char *inet_ntoa(struct in_addr) SOCKLET_SYMBOL(zsock_inet_ntoa);
#endif
SOCKLET_END

#endif
