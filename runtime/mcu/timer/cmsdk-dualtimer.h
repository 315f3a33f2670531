/*
 * CMSDK APB dual timer (ARM DDI 0479D, section 4.4): timer 1 counts down freely, 32 bit, and is the clock; timer 2
 * counts once down to the next deadline and interrupts.
 */
#ifndef SOCKLET_TIMER_H
#define SOCKLET_TIMER_H

#define DUALTIMER(offset) REGISTER32(BOARD_TIMER_BASE + (offset))
#define DUALTIMER_LOAD1 DUALTIMER(0x00)
#define DUALTIMER_VALUE1 DUALTIMER(0x04)
#define DUALTIMER_CONTROL1 DUALTIMER(0x08)
#define DUALTIMER_LOAD2 DUALTIMER(0x20)
#define DUALTIMER_CONTROL2 DUALTIMER(0x28)
#define DUALTIMER_INTCLR2 DUALTIMER(0x2C)

#define DUALTIMER_ONESHOT (1u << 0)
#define DUALTIMER_32BIT (1u << 1)
#define DUALTIMER_INTEN (1u << 5)
#define DUALTIMER_ENABLE (1u << 7)

INLINE void timer_init(void) {
  DUALTIMER_CONTROL1 = 0;
  DUALTIMER_LOAD1 = TIMER_START;
  DUALTIMER_CONTROL1 = DUALTIMER_ENABLE | DUALTIMER_32BIT;
  DUALTIMER_CONTROL2 = 0;
}

/* The free-running count: goes down by one per tick and wraps from 0 to 0xffffffff. */
INLINE u32 timer_count(void) { return DUALTIMER_VALUE1; }

/* Interrupts once, `ticks` (at least 1) from now; replaces what was programmed before. */
INLINE void timer_alarm(u32 ticks) {
  DUALTIMER_CONTROL2 = 0;
  DUALTIMER_INTCLR2 = 1;
  DUALTIMER_LOAD2 = ticks;
  DUALTIMER_CONTROL2 = DUALTIMER_ENABLE | DUALTIMER_INTEN | DUALTIMER_32BIT | DUALTIMER_ONESHOT;
}

/* Lowers the interrupt line after an alarm. */
INLINE void timer_quiet(void) { DUALTIMER_INTCLR2 = 1; }

#endif
