/* The programs that are measured, each on its port, all on lwIP's raw API. */
#ifndef SOCKLET_BENCH_APPLICATIONS_H
#define SOCKLET_BENCH_APPLICATIONS_H

#include "lwip/tcp.h"

#define PORT_ECHO 7
#define PORT_SINK 9
#define PORT_SOURCE 19

void udp_echo_start(void);
void tcp_echo_start(void);
void tcp_sink_start(void);
void tcp_source_start(void);

/* A listener on `port`. */
void listen_on(u16_t port, tcp_accept_fn accepted);

/* Closes `pcb`; when lwIP has no memory for that, resets it. Answers what a callback must return. */
err_t close_or_abort(struct tcp_pcb *pcb);

#endif
