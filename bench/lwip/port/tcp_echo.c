/*
 * Port 7: what a connection brings goes back on it. What the send buffer has no room for is refused; lwIP keeps it and offers it again
 * with its next timer, so nothing needs to be remembered here.
 */
#include "applications.h"

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *p, err_t error) {
  (void)argument;
  (void)error;
  if (p == NULL) return close_or_abort(pcb);
  u16_t length = p->tot_len;
  if (length > tcp_sndbuf(pcb)) return ERR_MEM;
  for (struct pbuf *part = p; part != NULL; part = part->next) {
    if (tcp_write(pcb, part->payload, part->len, TCP_WRITE_FLAG_COPY) != ERR_OK) {
      tcp_abort(pcb);
      pbuf_free(p);
      return ERR_ABRT;
    }
  }
  tcp_recved(pcb, length);
  pbuf_free(p);
  return ERR_OK;
}

static err_t accepted(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument;
  if (error != ERR_OK || pcb == NULL) return ERR_VAL;
  tcp_recv(pcb, received);
  return ERR_OK;
}

void tcp_echo_start(void) { listen_on(PORT_ECHO, accepted); }
