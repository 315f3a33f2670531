/*
 * Stellaris LM3S6965 (data sheet chapter 5, System Control): the PLL at 50 MHz from the 8 MHz crystal, and the clocks
 * of the peripherals that the host and the Ethernet driver use. Waits are bounded: without a PLL the chip goes on at the
 * internal oscillator's speed.
 */
#ifndef SOCKLET_SOC_H
#define SOCKLET_SOC_H

#define SYSCTL(offset) REGISTER32(0x400FE000u + (offset))
#define SYSCTL_RIS SYSCTL(0x050)
#define SYSCTL_RCC SYSCTL(0x060)
#define SYSCTL_RCGC0 SYSCTL(0x100)
#define SYSCTL_RCGC1 SYSCTL(0x104)
#define SYSCTL_RCGC2 SYSCTL(0x108)

#define RCC_BYPASS (1u << 11)
#define RCC_USESYSDIV (1u << 22)
/* SYSDIV 3 (200 MHz / 4), USESYSDIV, BYPASS still on, crystal 8 MHz, main oscillator, PLL powered. */
#define RCC_50_MHZ ((3u << 23) | RCC_USESYSDIV | RCC_BYPASS | (0xEu << 6))
#define RIS_PLLLRIS (1u << 6)
#define PLL_WAIT 32768u

#define GPIO_A(offset) REGISTER32(0x40004000u + (offset))
#define GPIO_F(offset) REGISTER32(0x40025000u + (offset))
#define GPIO_AFSEL 0x420u
#define GPIO_DEN 0x51Cu

INLINE void soc_init(void) {
  SYSCTL_RCC = (SYSCTL_RCC & ~RCC_USESYSDIV) | RCC_BYPASS;
  SYSCTL_RCC = RCC_50_MHZ;
  for (u32 i = 0; i < PLL_WAIT && !(SYSCTL_RIS & RIS_PLLLRIS); i++) {}
  SYSCTL_RCC = RCC_50_MHZ & ~RCC_BYPASS;

  SYSCTL_RCGC0 |= 1u << 3;                               /* watchdog */
  /* These are zero after a reset, by which each start begins, as are the pins' registers below. */
  SYSCTL_RCGC1 = (1u << 0) | (1u << 16);              /* UART 0, timer 0 */
  SYSCTL_RCGC2 = (1u << 0) | (1u << 5) | (5u << 28);  /* ports A and F, Ethernet MAC and PHY */
  (void)SYSCTL_RCGC2;                                    /* three cycles before the first access */
  (void)SYSCTL_RCGC2;
  GPIO_A(GPIO_AFSEL) = 3u; /* UART pins */
  GPIO_A(GPIO_DEN) = 3u;
  GPIO_F(GPIO_AFSEL) = 0xCu; /* Ethernet LEDs */
  GPIO_F(GPIO_DEN) = 0xCu;
}

#endif
