/* The table of services. */
#ifndef SOCKLET_SERVICES_H
#define SOCKLET_SERVICES_H

/* Types of socket, as bits. */
#define SERVICE_STREAM 1u
#define SERVICE_DATAGRAM 2u

struct service {
  const char *name;
  unsigned short port;
  unsigned short types;
};

/* The service with one of the types, by its name, or by its port (host order) when that is NULL; NULL: none. */
const struct service *socklet_find_service(const char *name, unsigned port, unsigned types);

#endif
