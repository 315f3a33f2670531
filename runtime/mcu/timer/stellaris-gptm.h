/*
 * Stellaris LM3S (LM3S6965 data sheet, chapters 10 and 11). The clock is the watchdog's 32-bit down counter, which
 * runs at the CPU clock and only counts: its reset output stays disabled (RESEN 0). The general-purpose timers would
 * do on the chip, but QEMU does not model reading them. General-purpose timer 0, 32 bit, one-shot, gives the alarm.
 */
#ifndef SOCKLET_TIMER_H
#define SOCKLET_TIMER_H

#define WATCHDOG(offset) REGISTER32(BOARD_TIMER_COUNTER + (offset))
#define WATCHDOG_LOAD WATCHDOG(0x000)
#define WATCHDOG_VALUE WATCHDOG(0x004)
#define WATCHDOG_CONTROL WATCHDOG(0x008)
#define WATCHDOG_CLEAR WATCHDOG(0x00C)
#define WATCHDOG_LOCK WATCHDOG(0xC00)
#define WATCHDOG_UNLOCK 0x1ACCE551u
#define WATCHDOG_INTEN (1u << 0) /* starts the counter; the interrupt itself stays disabled in the NVIC */

#define GPTM(offset) REGISTER32(BOARD_TIMER_BASE + (offset))
#define GPTM_CFG GPTM(0x00)
#define GPTM_TAMR GPTM(0x04)
#define GPTM_CTL GPTM(0x0C)
#define GPTM_IMR GPTM(0x18)
#define GPTM_ICR GPTM(0x24)
#define GPTM_TAILR GPTM(0x28)
#define GPTM_ONESHOT 1u
#define GPTM_TAEN 1u
#define GPTM_TATO 1u

INLINE void timer_init(void) {
  WATCHDOG_LOCK = WATCHDOG_UNLOCK;
  WATCHDOG_LOAD = TIMER_START;
  WATCHDOG_CONTROL = WATCHDOG_INTEN;
  GPTM_CTL = 0;
  GPTM_CFG = 0;
  GPTM_TAMR = GPTM_ONESHOT;
  GPTM_IMR = GPTM_TATO;
}

/* The free-running count: goes down by one per tick and wraps from 0 to TIMER_START (0xffffffff). */
INLINE u32 timer_count(void) { return WATCHDOG_VALUE; }

/*
 * Starts the count anew from TIMER_START. The clock does so whenever its base moves: a watchdog should not run out twice
 * (QEMU stops there, whatever RESEN says). The few ticks in between are lost: some ten in 43 seconds.
 */
#define TIMER_RESTARTS 1
INLINE void timer_restart(void) { WATCHDOG_CLEAR = 1; }

/* Interrupts once, `ticks` (at least 1) from now; replaces what was programmed before. */
INLINE void timer_alarm(u32 ticks) {
  GPTM_CTL = 0;
  GPTM_ICR = GPTM_TATO;
  GPTM_TAILR = ticks;
  GPTM_CTL = GPTM_TAEN;
}

/* Lowers the interrupt line after an alarm. */
INLINE void timer_quiet(void) { GPTM_ICR = GPTM_TATO; }

#endif
