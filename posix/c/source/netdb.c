/* Names and addresses: getaddrinfo and what belongs to it, as posix/zsock/netdb.ts has them. */
#include "result.h"
#include "services.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <socklet/imports.h>
#include <string.h>
#include <unistd.h>

#ifndef CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES
#define CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES 4
#endif
#ifndef CONFIG_DNS_RESOLVER_MAX_QUERY_LEN
#define CONFIG_DNS_RESOLVER_MAX_QUERY_LEN 128
#endif
#ifndef CONFIG_NET_HOSTNAME
#define CONFIG_NET_HOSTNAME "socklet"
#endif

/* Every flag of getaddrinfo and of getnameinfo. */
#define AI_ALL_FLAGS 0x43f
#define NI_ALL_FLAGS 0x1f

#define MOST CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES

struct result {
  struct zsock_addrinfo info;
  struct sockaddr_in address;
};

/* A result is free while its ai_addr is NULL. */
static struct result results[2 * MOST];
static char canonical_name[CONFIG_DNS_RESOLVER_MAX_QUERY_LEN];

/* What a lookup has found so far. */
struct lookup {
  unsigned types;
  unsigned port;
  unsigned count;
  in_addr_t addresses[MOST];
};

/* Types that hints want, as bits; 0 when the protocol does not suit. */
static unsigned wanted_types(const struct zsock_addrinfo *hints) {
  unsigned types = SERVICE_STREAM | SERVICE_DATAGRAM;
  if (!hints) return types;
  if (hints->ai_socktype == SOCK_STREAM) types = SERVICE_STREAM;
  else if (hints->ai_socktype == SOCK_DGRAM) types = SERVICE_DATAGRAM;
  else if (hints->ai_socktype) return 0;
  if (hints->ai_protocol == IPPROTO_TCP) return types & SERVICE_STREAM;
  if (hints->ai_protocol == IPPROTO_UDP) return types & SERVICE_DATAGRAM;
  return hints->ai_protocol ? 0 : types;
}

static int find_service(struct lookup *lookup, const char *service, int flags) {
  unsigned port = 0;
  const char *at = service;
  while (*at >= '0' && *at <= '9' && at - service < 6) port = port * 10 + (unsigned)(*at++ - '0');
  if (at != service && !*at) {
    lookup->port = port;
    return port > 0xffff ? ZSOCK_EAI_SERVICE : 0;
  }
  if (flags & ZSOCK_AI_NUMERICSERV) return ZSOCK_EAI_NONAME;
  const struct service *found = socklet_find_service(service, 0, lookup->types);
  if (!found) return ZSOCK_EAI_SERVICE;
  lookup->port = found->port;
  lookup->types &= found->types;
  return 0;
}

/* The error of getaddrinfo for what the resolver answers. */
static int resolver_error(int error) {
  switch (error) {
    case ENOENT:
      return ZSOCK_EAI_NONAME;
    case EADDRNOTAVAIL:
      return ZSOCK_EAI_NODATA;
    case EAGAIN:
    case ETIMEDOUT:
    case ENETUNREACH:
      return ZSOCK_EAI_AGAIN;
    case EIO:
    case ENOTSUP:
      return ZSOCK_EAI_FAIL;
    case ENOBUFS:
      return ZSOCK_EAI_MEMORY;
    default:
      errno = error;
      return ZSOCK_EAI_SYSTEM;
  }
}

static int find_node(struct lookup *lookup, const char *node, int family, int flags) {
  struct in_addr number;
  if (zsock_inet_pton(AF_INET, node, &number) == 1) {
    lookup->count = 1;
    lookup->addresses[0] = number.s_addr;
    return family == AF_INET6 ? ZSOCK_EAI_ADDRFAMILY : 0;
  }
  if (flags & ZSOCK_AI_NUMERICHOST) return ZSOCK_EAI_NONAME;
  if (family == AF_INET6) return ZSOCK_EAI_NODATA;
  /* Datagrams over IPv4: each address once. */
  struct {
    int type, family;
    uint8_t enabled;
  } hints = {0, 0, 1};
  struct {
    uint32_t kind;
    in_addr_t address;
    uint8_t rest[20];
  } found[MOST];
  uint32_t total;
  int error = wasi_sock_addr_resolve((void *)node, "", &hints, found, MOST, &total);
  if (error) return resolver_error(error);
  lookup->count = total < MOST ? total : MOST;
  for (unsigned i = 0; i < lookup->count; i++) lookup->addresses[i] = found[i].address;
  return 0;
}

static struct result *free_result(void) {
  for (unsigned i = 0; i < 2 * MOST; i++)
    if (!results[i].info.ai_addr) return &results[i];
  return 0;
}

static void fill(struct result *result, const struct lookup *lookup, in_addr_t address, unsigned type) {
  memset(result, 0, sizeof *result);
  result->address.sin_family = AF_INET;
  result->address.sin_port = htons(lookup->port);
  result->address.sin_addr.s_addr = address;
  result->info.ai_family = AF_INET;
  result->info.ai_socktype = type == SERVICE_STREAM ? SOCK_STREAM : SOCK_DGRAM;
  result->info.ai_protocol = type == SERVICE_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  result->info.ai_addrlen = sizeof result->address;
  result->info.ai_addr = (struct sockaddr *)&result->address;
}

static int make_list(const struct lookup *lookup, char *canonical, struct zsock_addrinfo **list) {
  struct zsock_addrinfo **link = list;
  *list = 0;
  for (unsigned i = 0; i < lookup->count; i++) {
    for (unsigned type = SERVICE_STREAM; type <= SERVICE_DATAGRAM; type <<= 1) {
      if (!(lookup->types & type)) continue;
      struct result *result = free_result();
      if (!result) {
        zsock_freeaddrinfo(*list);
        *list = 0;
        return ZSOCK_EAI_MEMORY;
      }
      fill(result, lookup, lookup->addresses[i], type);
      if (link == list) result->info.ai_canonname = canonical;
      *link = &result->info;
      link = &result->info.ai_next;
    }
  }
  return 0;
}

int zsock_getaddrinfo(const char *node, const char *service, const struct zsock_addrinfo *hints,
                      struct zsock_addrinfo **list) {
  int flags = hints ? hints->ai_flags : 0;
  int family = hints ? hints->ai_family : AF_UNSPEC;
  struct lookup lookup = {.types = wanted_types(hints), .count = 1};
  char *canonical = 0;
  int error;
  if (flags & ~AI_ALL_FLAGS || (flags & ZSOCK_AI_CANONNAME && !node)) return ZSOCK_EAI_BADFLAGS;
  if (!node && !service) return ZSOCK_EAI_NONAME;
  if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6) return ZSOCK_EAI_FAMILY;
  if (!lookup.types) return ZSOCK_EAI_SOCKTYPE;
  if (service && (error = find_service(&lookup, service, flags))) return error;
  if (node) {
    if (strlen(node) >= CONFIG_DNS_RESOLVER_MAX_QUERY_LEN) return ZSOCK_EAI_OVERFLOW;
    if ((error = find_node(&lookup, node, family, flags))) return error;
    if (flags & ZSOCK_AI_CANONNAME) canonical = strcpy(canonical_name, node);
  } else {
    if (family == AF_INET6) return ZSOCK_EAI_FAMILY;
    lookup.addresses[0] = flags & ZSOCK_AI_PASSIVE ? INADDR_ANY : htonl(INADDR_LOOPBACK);
  }
  return make_list(&lookup, canonical, list);
}

void zsock_freeaddrinfo(struct zsock_addrinfo *list) {
  while (list) {
    struct zsock_addrinfo *next = list->ai_next;
    list->ai_addr = 0;
    list = next;
  }
}

const char *zsock_gai_strerror(int error) {
  static const char *const TEXTS[] = {
      "Success",
      "Unknown flags",
      "No such name",
      "No answer, try again",
      "The name cannot be resolved",
      "No address",
      "Unknown family",
      "Unknown type of socket",
      "Unknown service",
      "Address of another family",
      "Out of memory",
      "System error",
      "Buffer too small",
  };
  return error <= 0 && error >= ZSOCK_EAI_OVERFLOW ? TEXTS[-error] : "Unknown error";
}

/* Writes a port as text: a name when the table has one. 0 or EAI_OVERFLOW. */
static int service_text(unsigned port, char *to, socklen_t room, int flags) {
  char digits[6];
  const char *text = 0;
  if (!(flags & ZSOCK_NI_NUMERICSERV)) {
    const struct service *found =
        socklet_find_service(0, port, flags & ZSOCK_NI_DGRAM ? SERVICE_DATAGRAM : SERVICE_STREAM);
    if (found) text = found->name;
  }
  if (!text) {
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do *--at = (char)('0' + port % 10);
    while (port /= 10);
    text = at;
  }
  if (strlen(text) >= room) return ZSOCK_EAI_OVERFLOW;
  strcpy(to, text);
  return 0;
}

int zsock_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_bytes, char *service,
                      socklen_t service_bytes, int flags) {
  const struct sockaddr_in *from = (const struct sockaddr_in *)address;
  if (flags & ~NI_ALL_FLAGS) return ZSOCK_EAI_BADFLAGS;
  if (length < SOCKLET_ADDRESS_BYTES || from->sin_family != AF_INET) return ZSOCK_EAI_FAMILY;
  if ((!host && !service) || (host && flags & ZSOCK_NI_NAMEREQD)) return ZSOCK_EAI_NONAME;
  if (host && !zsock_inet_ntop(AF_INET, &from->sin_addr, host, host_bytes)) return ZSOCK_EAI_OVERFLOW;
  return service ? service_text(ntohs(from->sin_port), service, service_bytes, flags) : 0;
}

#ifdef CONFIG_NET_HOSTNAME_DYNAMIC
int zsock_gethostname(char *name, size_t bytes) {
  unsigned length;
  int wasi = socklet_host_name(name, (int)bytes, &length);
  if (wasi) return socklet_result(wasi);
  return bytes <= length ? socklet_result(ENAMETOOLONG) : 0;
}
#else
int zsock_gethostname(char *name, size_t bytes) {
  if (bytes < sizeof CONFIG_NET_HOSTNAME) return socklet_result(ENAMETOOLONG);
  memcpy(name, CONFIG_NET_HOSTNAME, sizeof CONFIG_NET_HOSTNAME);
  return 0;
}
#endif

int zsock_sethostname(const char *name, size_t bytes) {
  return socklet_result(socklet_set_host_name((void *)name, (int)bytes));
}
