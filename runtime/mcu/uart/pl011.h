/* ARM PrimeCell UART PL011 (ARM DDI 0183G), 115200 8N1. */
#ifndef SOCKLET_UART_H
#define SOCKLET_UART_H

#define UART(offset) REGISTER32(BOARD_UART_BASE + (offset))
#define UART_DR UART(0x00)
#define UART_FR UART(0x18)
#define UART_IBRD UART(0x24)
#define UART_FBRD UART(0x28)
#define UART_LCRH UART(0x2C)
#define UART_CR UART(0x30)
#define UART_RX_EMPTY (1u << 4)
#define UART_TX_FULL (1u << 5)

/* Baud divisor in 1/64: clock / (16 * 115200), rounded. */
#define UART_DIVISOR ((BOARD_UART_CLOCK * 4u + 57600u) / 115200u)

INLINE void uart_init(void) {
  UART_CR = 0;
  UART_IBRD = UART_DIVISOR >> 6;
  UART_FBRD = UART_DIVISOR & 63u;
  UART_LCRH = 0x70u; /* 8 bits, FIFOs on */
  UART_CR = 0x301u;  /* enable, transmit, receive */
}
INLINE int uart_can_send(void) { return !(UART_FR & UART_TX_FULL); }
INLINE int uart_can_receive(void) { return !(UART_FR & UART_RX_EMPTY); }
INLINE void uart_send(u8 byte) { UART_DR = byte; }
INLINE u8 uart_receive(void) { return (u8)UART_DR; }

#endif
