/* Port 7: a datagram goes back in the pbuf that it came in. */
#include "applications.h"
#include "lwip/udp.h"

static void received(void *argument, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port) {
  (void)argument;
  udp_sendto(pcb, p, from, port);
  pbuf_free(p);
}

void udp_echo_start(void) {
  struct udp_pcb *pcb = udp_new();
  udp_bind(pcb, IP_ADDR_ANY, PORT_ECHO);
  udp_recv(pcb, received, NULL);
}
