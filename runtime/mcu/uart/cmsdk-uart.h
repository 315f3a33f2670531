/* CMSDK APB UART (ARM DDI 0479D, section 4.3). */
#ifndef SOCKLET_UART_H
#define SOCKLET_UART_H

#define UART(offset) REGISTER32(BOARD_UART_BASE + (offset))
#define UART_DATA UART(0x00)
#define UART_STATE UART(0x04)
#define UART_CTRL UART(0x08)
#define UART_BAUDDIV UART(0x10)
#define UART_TX_FULL (1u << 0)
#define UART_RX_FULL (1u << 1)

INLINE void uart_init(void) {
  UART_BAUDDIV = BOARD_UART_CLOCK / 115200u;
  UART_CTRL = 3u; /* transmit and receive, no interrupts */
}
INLINE int uart_can_send(void) { return !(UART_STATE & UART_TX_FULL); }
INLINE int uart_can_receive(void) { return (UART_STATE & UART_RX_FULL) != 0; }
INLINE void uart_send(u8 byte) { UART_DATA = byte; }
INLINE u8 uart_receive(void) { return (u8)UART_DATA; }

#endif
