/*
 * The next deadline, and the timer that wakes the CPU for it. The timer is touched only when the deadline changes.
 *
 * The alarm comes one microsecond late rather than early: a poll that it causes always finds its deadline passed, so
 * the core's next answer differs from the one programmed, and the timer is set again.
 */
#ifndef SOCKLET_HOST_ALARM_H
#define SOCKLET_HOST_ALARM_H

/* Longest the alarm may be ahead of the clock's base: half the counter's range. */
#define ALARM_RANGE (0x80000000u / TICKS_PER_MICROSECOND)

/*
 * Deadline that the timer is set for: the low word of its microseconds, made odd so that it is never one of the even
 * numbers that mean something else. 0: the timer has to be set anew.
 */
static u32 alarm_deadline;

/* While the alarm is for frames that a poll has left in the chip: it comes before any deadline of the core's. */
#define ALARM_FRAMES_LEFT 2u

COLD static void alarm_program(u32 ahead, u32 deadline) {
  alarm_deadline = deadline;
  if (ahead > ALARM_RANGE) ahead = ALARM_RANGE;
  timer_alarm((ahead + 2u) * TICKS_PER_MICROSECOND);
  irq_forget(BOARD_TIMER_IRQ);
}

/* Wakes the CPU in `delay` microseconds for frames that were left; the poll then sets the alarm for the core's deadline. */
COLD static void alarm_frames_left(u32 delay) { alarm_program(delay, ALARM_FRAMES_LEFT); }

/* Wakes the CPU `ahead` microseconds (at least 1) after `now`, the low word of the time. */
INLINE void alarm_set(u32 ahead, u32 now) {
  u32 deadline = (now + ahead) | 1u;
  if (UNLIKELY(deadline != alarm_deadline)) alarm_program(ahead, deadline);
}

#endif
