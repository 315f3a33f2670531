/*
 * The monotonic clock: microseconds, u64, from a 32-bit counter that runs freely.
 *
 * `base` pairs a count with the microseconds it stood for. Reading is: counter, subtract, divide by a constant (one
 * umull), add. The pair moves on, by whole microseconds so that nothing drifts, when half the counter's range has
 * passed; the alarm is never set further ahead than that, so a poll comes in time whatever the application does.
 */
#ifndef SOCKLET_HOST_CLOCK_H
#define SOCKLET_HOST_CLOCK_H

#define TICKS_PER_MICROSECOND (BOARD_TIMER_FREQUENCY / 1000000u)
_Static_assert(BOARD_TIMER_FREQUENCY % 1000000u == 0 && BOARD_TIMER_FREQUENCY > 0,
               "the timer's frequency must be a whole number of MHz");

static struct {
  u32 count;        /* counter value at `microseconds` */
  u64 microseconds; /* since start */
} clock_base;

INLINE u32 clock_elapsed(void) { return clock_base.count - timer_count(); }

/* Microseconds since start, `elapsed` counts after the base. */
INLINE u64 clock_at(u32 elapsed) { return clock_base.microseconds + elapsed / TICKS_PER_MICROSECOND; }

/* Microseconds since start. Most system calls ask for it: when size counts, it is a call. */
INLINE_BULK u64 clock_now(void) { return clock_at(clock_elapsed()); }

/* Moves the base on to the present. */
COLD static void clock_rebase(void) {
  u32 elapsed = clock_elapsed(), microseconds = elapsed / TICKS_PER_MICROSECOND;
#ifdef TIMER_RESTARTS
  timer_restart();
  clock_base.count = TIMER_START + elapsed % TICKS_PER_MICROSECOND;
#else
  clock_base.count -= microseconds * TICKS_PER_MICROSECOND;
#endif
  clock_base.microseconds += microseconds;
}

INLINE void clock_init(void) {
  timer_init();
  clock_base.count = timer_count();
  clock_base.microseconds = 0;
}

#endif
