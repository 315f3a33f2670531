/* Small tables of services (RFC 6335) and protocols, those of posix/zsock/services.ts. */
#include "services.h"
#include <netdb.h>
#include <string.h>

static const struct service SERVICES[] = {
    {"echo", 7, SERVICE_STREAM | SERVICE_DATAGRAM},
    {"discard", 9, SERVICE_STREAM | SERVICE_DATAGRAM},
    {"daytime", 13, SERVICE_STREAM | SERVICE_DATAGRAM},
    {"ftp", 21, SERVICE_STREAM},
    {"ssh", 22, SERVICE_STREAM},
    {"telnet", 23, SERVICE_STREAM},
    {"smtp", 25, SERVICE_STREAM},
    {"domain", 53, SERVICE_STREAM | SERVICE_DATAGRAM},
    {"tftp", 69, SERVICE_DATAGRAM},
    {"http", 80, SERVICE_STREAM},
    {"ntp", 123, SERVICE_DATAGRAM},
    {"snmp", 161, SERVICE_DATAGRAM},
    {"https", 443, SERVICE_STREAM | SERVICE_DATAGRAM},
    {"syslog", 514, SERVICE_DATAGRAM},
    {"mqtt", 1883, SERVICE_STREAM},
    {"coap", 5683, SERVICE_STREAM | SERVICE_DATAGRAM},
    {"secure-mqtt", 8883, SERVICE_STREAM},
};

static const struct {
  const char *name;
  int number;
} PROTOCOLS[] = {{"icmp", IPPROTO_ICMP}, {"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}};

static char *no_aliases[1];

const struct service *socklet_find_service(const char *name, unsigned port, unsigned types) {
  for (size_t i = 0; i < sizeof SERVICES / sizeof *SERVICES; i++) {
    const struct service *each = &SERVICES[i];
    if (each->types & types && (name ? !strcmp(each->name, name) : each->port == port)) return each;
  }
  return 0;
}

/* The types of socket of a protocol; NULL: any; 0 for another. */
static unsigned types_of(const char *protocol) {
  if (!protocol) return SERVICE_STREAM | SERVICE_DATAGRAM;
  if (!strcmp(protocol, "tcp")) return SERVICE_STREAM;
  return strcmp(protocol, "udp") ? 0 : SERVICE_DATAGRAM;
}

static struct servent *answer(const struct service *found, unsigned types) {
  static struct servent result;
  if (!found) return 0;
  result.s_name = (char *)found->name;
  result.s_aliases = no_aliases;
  result.s_port = htons(found->port);
  result.s_proto = found->types & types & SERVICE_STREAM ? "tcp" : "udp";
  return &result;
}

struct servent *zsock_getservbyname(const char *name, const char *protocol) {
  unsigned types = types_of(protocol);
  return answer(socklet_find_service(name, 0, types), types);
}

struct servent *zsock_getservbyport(int port, const char *protocol) {
  unsigned types = types_of(protocol);
  return answer(socklet_find_service(0, ntohs(port), types), types);
}

struct protoent *zsock_getprotobyname(const char *name) {
  static struct protoent result;
  for (size_t i = 0; i < sizeof PROTOCOLS / sizeof *PROTOCOLS; i++) {
    if (strcmp(PROTOCOLS[i].name, name)) continue;
    result.p_name = (char *)PROTOCOLS[i].name;
    result.p_aliases = no_aliases;
    result.p_proto = PROTOCOLS[i].number;
    return &result;
  }
  return 0;
}
