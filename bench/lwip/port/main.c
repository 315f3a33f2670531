/*
 * The loop: sleep, look at the clock, take frames. Interrupts stay masked for good: a pending one ends the sleep all the same, and no
 * handler needs to run, which is the cheapest there is. lwIP's timers run four times a second, as often as its TCP needs.
 */
#include "applications.h"
#include "lan9118.h"
#include "lwip/init.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"
#include "registers.h"

#define TICK_MILLISECONDS 250u

static u32_t milliseconds;
static struct netif interface;

u32_t sys_now(void) { return milliseconds; }

uint32_t board_random(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state;
}

err_t close_or_abort(struct tcp_pcb *pcb) {
  tcp_recv(pcb, NULL);
  if (tcp_close(pcb) == ERR_OK) return ERR_OK;
  tcp_abort(pcb);
  return ERR_ABRT;
}

void listen_on(u16_t port, tcp_accept_fn accepted) {
  struct tcp_pcb *pcb = tcp_new();
  tcp_bind(pcb, IP_ADDR_ANY, port);
  pcb = tcp_listen(pcb);
  tcp_accept(pcb, accepted);
}

static void interface_start(void) {
  static const uint8_t mac[6] = {BOARD_MAC};
  ip4_addr_t address, mask, gateway;
  address.addr = lwip_htonl(BOARD_ADDRESS);
  mask.addr = lwip_htonl(0xffffff00u);
  gateway.addr = 0;
  for (int i = 0; i < 6; i++) interface.hwaddr[i] = mac[i];
  interface.hwaddr_len = 6;
  netif_add(&interface, &address, &mask, &gateway, NULL, lan9118_init, ethernet_input);
  netif_set_default(&interface);
  netif_set_up(&interface);
}

int main(void) {
  __asm volatile("cpsid i" ::: "memory");
  lwip_init();
  interface_start();
  udp_echo_start();
  tcp_echo_start();
  tcp_sink_start();
  tcp_source_start();
  SYSTICK_RELOAD = CLOCK_HZ / 1000u * TICK_MILLISECONDS - 1u;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = SYSTICK_ON;
  for (;;) {
    __asm volatile("dsb\n\twfi" ::: "memory");
    if (ICSR & ICSR_SYSTICK_PENDING) {
      ICSR = ICSR_SYSTICK_FORGET;
      milliseconds += TICK_MILLISECONDS;
      sys_check_timeouts();
    }
    lan9118_input(&interface);
  }
}
