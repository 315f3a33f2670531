/* The LAN9118 as a network interface of lwIP. */
#ifndef SOCKLET_BENCH_LAN9118_H
#define SOCKLET_BENCH_LAN9118_H

#include "lwip/netif.h"

/* For netif_add: resets and starts the chip. */
err_t lan9118_init(struct netif *netif);

/* Quiets the interrupt and hands all frames that have come to lwIP. */
void lan9118_input(struct netif *netif);

#endif
