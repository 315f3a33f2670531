/* Port 9: takes what a connection brings. */
#include "applications.h"

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *p, err_t error) {
  (void)argument;
  (void)error;
  if (p == NULL) return close_or_abort(pcb);
  tcp_recved(pcb, p->tot_len);
  pbuf_free(p);
  return ERR_OK;
}

static err_t accepted(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument;
  if (error != ERR_OK || pcb == NULL) return ERR_VAL;
  tcp_recv(pcb, received);
  return ERR_OK;
}

void tcp_sink_start(void) { listen_on(PORT_SINK, accepted); }
