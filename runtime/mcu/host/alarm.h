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

/* Deadline that the timer is set for, as the core gave it; 0 when the timer has to be set anew. */
static u64 alarm_deadline;

COLD static void alarm_program(u64 deadline, u64 now) {
  u32 ahead = ALARM_RANGE;
  alarm_deadline = deadline;
  if (deadline - now < ALARM_RANGE) ahead = (u32)(deadline - now);
  timer_alarm((ahead + 2u) * TICKS_PER_MICROSECOND);
  irq_forget(BOARD_TIMER_IRQ);
}

/* `alarm_deadline` while the alarm is for frames that a poll has left in the chip: earlier than any deadline of the core's. */
#define ALARM_FRAMES_LEFT 1u

/* Wakes the CPU in `delay` microseconds for frames that were left; the poll then sets the alarm for the core's deadline. */
COLD static void alarm_frames_left(u32 delay) {
  u64 now = clock_now();
  alarm_program(now + delay, now);
  alarm_deadline = ALARM_FRAMES_LEFT;
}

/* Wakes the CPU at `deadline` (microseconds, later than `now`; u64 maximum for never). */
INLINE void alarm_set(u64 deadline, u64 now) {
  if (UNLIKELY(deadline != alarm_deadline)) alarm_program(deadline, now);
}

#endif
