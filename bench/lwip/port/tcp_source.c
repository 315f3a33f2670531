/* Port 19: sends the numbers 0 to 251 again and again, in full segments, as long as the connection lasts. One connection at a time. */
#include "applications.h"

#define PERIOD_BYTES 252
#define FOUR(n) (n), (n) + 1, (n) + 2, (n) + 3
#define TWELVE(n) FOUR(n), FOUR((n) + 4), FOUR((n) + 8)
#define SIXTY(n) TWELVE(n), TWELVE((n) + 12), TWELVE((n) + 24), TWELVE((n) + 36), TWELVE((n) + 48)
#define PERIOD SIXTY(0), SIXTY(60), SIXTY(120), SIXTY(180), TWELVE(240)

/* A segment from each place in the period. */
static const u8_t __attribute__((aligned(4))) pattern[] = {PERIOD, PERIOD, PERIOD, PERIOD, PERIOD, PERIOD, PERIOD};

/* Place in the period of the next byte. */
static unsigned place;

static void fill(struct tcp_pcb *pcb) {
  while (tcp_sndbuf(pcb) >= TCP_MSS && tcp_write(pcb, pattern + place, TCP_MSS, TCP_WRITE_FLAG_COPY) == ERR_OK) {
    place += TCP_MSS % PERIOD_BYTES;
    if (place >= PERIOD_BYTES) place -= PERIOD_BYTES;
  }
}

static err_t sent(void *argument, struct tcp_pcb *pcb, u16_t length) {
  (void)argument;
  (void)length;
  fill(pcb);
  return ERR_OK;
}

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
  tcp_sent(pcb, sent);
  place = 0;
  fill(pcb);
  tcp_output(pcb);
  return ERR_OK;
}

void tcp_source_start(void) { listen_on(PORT_SOURCE, accepted); }
