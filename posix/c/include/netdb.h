/* netdb.h: names of hosts and services. @see posix/zsock/netdb.ts, services.ts */
#ifndef _NETDB_H
#define _NETDB_H

#include <netinet/in.h>
#include <socklet/names.h>

#define ZSOCK_AI_PASSIVE 0x1
#define ZSOCK_AI_CANONNAME 0x2
#define ZSOCK_AI_NUMERICHOST 0x4
#define ZSOCK_AI_V4MAPPED 0x8
#define ZSOCK_AI_ALL 0x10
#define ZSOCK_AI_ADDRCONFIG 0x20
#define ZSOCK_AI_NUMERICSERV 0x400

#define ZSOCK_NI_NUMERICHOST 0x1
#define ZSOCK_NI_NUMERICSERV 0x2
#define ZSOCK_NI_NOFQDN 0x4
#define ZSOCK_NI_NAMEREQD 0x8
#define ZSOCK_NI_DGRAM 0x10
#define ZSOCK_NI_MAXHOST 64
#define ZSOCK_NI_MAXSERV 32

#define ZSOCK_EAI_BADFLAGS (-1)
#define ZSOCK_EAI_NONAME (-2)
#define ZSOCK_EAI_AGAIN (-3)
#define ZSOCK_EAI_FAIL (-4)
#define ZSOCK_EAI_NODATA (-5)
#define ZSOCK_EAI_FAMILY (-6)
#define ZSOCK_EAI_SOCKTYPE (-7)
#define ZSOCK_EAI_SERVICE (-8)
#define ZSOCK_EAI_ADDRFAMILY (-9)
#define ZSOCK_EAI_MEMORY (-10)
#define ZSOCK_EAI_SYSTEM (-11)
#define ZSOCK_EAI_OVERFLOW (-12)

#ifdef SOCKLET_POSIX_NAMES
#define AI_PASSIVE ZSOCK_AI_PASSIVE
#define AI_CANONNAME ZSOCK_AI_CANONNAME
#define AI_NUMERICHOST ZSOCK_AI_NUMERICHOST
#define AI_V4MAPPED ZSOCK_AI_V4MAPPED
#define AI_ALL ZSOCK_AI_ALL
#define AI_ADDRCONFIG ZSOCK_AI_ADDRCONFIG
#define AI_NUMERICSERV ZSOCK_AI_NUMERICSERV
#define NI_NUMERICHOST ZSOCK_NI_NUMERICHOST
#define NI_NUMERICSERV ZSOCK_NI_NUMERICSERV
#define NI_NOFQDN ZSOCK_NI_NOFQDN
#define NI_NAMEREQD ZSOCK_NI_NAMEREQD
#define NI_DGRAM ZSOCK_NI_DGRAM
#define NI_MAXHOST ZSOCK_NI_MAXHOST
#define NI_MAXSERV ZSOCK_NI_MAXSERV
#define EAI_BADFLAGS ZSOCK_EAI_BADFLAGS
#define EAI_NONAME ZSOCK_EAI_NONAME
#define EAI_AGAIN ZSOCK_EAI_AGAIN
#define EAI_FAIL ZSOCK_EAI_FAIL
#define EAI_NODATA ZSOCK_EAI_NODATA
#define EAI_FAMILY ZSOCK_EAI_FAMILY
#define EAI_SOCKTYPE ZSOCK_EAI_SOCKTYPE
#define EAI_SERVICE ZSOCK_EAI_SERVICE
#define EAI_ADDRFAMILY ZSOCK_EAI_ADDRFAMILY
#define EAI_MEMORY ZSOCK_EAI_MEMORY
#define EAI_SYSTEM ZSOCK_EAI_SYSTEM
#define EAI_OVERFLOW ZSOCK_EAI_OVERFLOW
#define zsock_addrinfo addrinfo
#endif

/* A result of getaddrinfo, or what is asked of it. */
struct zsock_addrinfo {
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  socklen_t ai_addrlen;
  struct sockaddr *ai_addr;
  char *ai_canonname;
  struct zsock_addrinfo *ai_next;
};

struct servent {
  char *s_name;
  char **s_aliases;
  int s_port;
  char *s_proto;
};

struct protoent {
  char *p_name;
  char **p_aliases;
  int p_proto;
};

SOCKLET_BEGIN
/* The list lies in static memory, with room for 2 * CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES results until freeaddrinfo gives them back. */
int zsock_getaddrinfo(const char *node, const char *service, const struct zsock_addrinfo *hints,
                      struct zsock_addrinfo **results);
void zsock_freeaddrinfo(struct zsock_addrinfo *list);
const char *zsock_gai_strerror(int error);
int zsock_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_bytes, char *service,
                      socklen_t service_bytes, int flags);
/* From small tables; the answer is overwritten by the next call. */
struct servent *zsock_getservbyname(const char *name, const char *protocol);
struct servent *zsock_getservbyport(int port, const char *protocol);
struct protoent *zsock_getprotobyname(const char *name);

#ifdef SOCKLET_POSIX_NAMES
int getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **) SOCKLET_SYMBOL(zsock_getaddrinfo);
void freeaddrinfo(struct addrinfo *) SOCKLET_SYMBOL(zsock_freeaddrinfo);
const char *gai_strerror(int) SOCKLET_SYMBOL(zsock_gai_strerror);
int getnameinfo(const struct sockaddr *, socklen_t, char *, socklen_t, char *, socklen_t, int)
    SOCKLET_SYMBOL(zsock_getnameinfo);
struct servent *getservbyname(const char *, const char *) SOCKLET_SYMBOL(zsock_getservbyname);
struct servent *getservbyport(int, const char *) SOCKLET_SYMBOL(zsock_getservbyport);
struct protoent *getprotobyname(const char *) SOCKLET_SYMBOL(zsock_getprotobyname);
#endif
SOCKLET_END

#endif
