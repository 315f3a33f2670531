/* Requests of ioctl about interfaces (interfaces.c). */
#ifndef SOCKLET_INTERFACES_H
#define SOCKLET_INTERFACES_H

/* True for a request that socklet_interface_request answers. */
int socklet_is_interface_request(int request);

/* Answers it in the struct ifreq at `place`. 0, or -1 with errno: ENODEV (no such interface), EADDRNOTAVAIL (it has no address), EINVAL. */
int socklet_interface_request(int request, void *place);

#endif
