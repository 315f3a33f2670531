/*
 * Polling the core: from PendSV while the application runs, from the waiting loop while it waits.
 *
 * The waiting loop sleeps with PRIMASK set and polls directly when it wakes, so that neither the interrupt of the NIC
 * nor PendSV is entered: on the way of a packet to a waiting application this saves both exceptions.
 */
#ifndef SOCKLET_HOST_POLL_H
#define SOCKLET_HOST_POLL_H

/*
 * Lets the core do what is due, and sets the alarm. Answers 0, or, when frames are left for another poll, the
 * microseconds that this one took plus one. Runs in PendSV or with exceptions masked.
 */
static __attribute__((noinline)) u32 host_poll(void) {
  u64 now;
  u32 ahead, elapsed = clock_elapsed();
  if (UNLIKELY((i32)elapsed < 0)) {
    clock_rebase();
    alarm_deadline = 0;
    elapsed = clock_elapsed();
  }
  now = clock_at(elapsed);
  ahead = core_core_poll(now);
  accounting_poll();
  if (UNLIKELY(ahead == 0)) return (u32)(clock_now() - now) + 1u;
  alarm_set(ahead, (u32)now);
  return 0;
}

/* Interrupt of the NIC: its line stays off until the core has been polled, which quiets the chip. */
void nic_interrupt(void) {
  irq_disable(BOARD_NIC_IRQ);
  poll_pend();
}

/* Interrupt of the alarm. */
void timer_interrupt(void) {
  timer_quiet();
  alarm_deadline = 0;
  poll_pend();
}

/*
 * PendSV. Frames that are left behind are left to an alarm: it comes after as much time as this poll took, so that
 * the application runs at least half of the time under any load.
 */
void poll_interrupt(void) {
  u32 took = host_poll();
  irq_forget(BOARD_NIC_IRQ);
  if (LIKELY(took == 0)) irq_enable(BOARD_NIC_IRQ);
  else alarm_frames_left(took);
}

/*
 * Sleeps until an interrupt is pending, unless `busy`, and polls; answers as host_poll does. Called with exceptions
 * masked. The latched interrupt of the NIC is forgotten after the poll, when the chip is quiet: it wakes the CPU again
 * only for a new cause.
 */
INLINE u32 host_sleep(u32 busy) {
  if (LIKELY(!busy)) accounting_sleep();
  poll_unpend();
  busy = host_poll();
  irq_forget(BOARD_NIC_IRQ);
  irq_enable(BOARD_NIC_IRQ);
  return busy;
}

/* Sleeps and polls until the call of `task` is to be repeated. `busy`: without a sleep the first time. Exceptions are masked. */
INLINE void host_wait_ready(u32 task, u32 busy) {
  do busy = host_sleep(busy);
  while (UNLIKELY(!core_core_task_ready(task)));
  /* The chip says nothing again of the frames that are left; the application goes first. */
  if (UNLIKELY(busy)) alarm_frames_left(busy);
}

/* The system call of `task` answered PENDING: returns when it should be repeated. Exceptions are masked. */
static __attribute__((noinline)) void host_wait(u32 task) {
  u32 busy = 0;
  /* Without a time-out no deadline has changed since the last poll, and the alarm is set. */
  if (core_core_task_timed(task)) {
    u64 now = clock_now();
    u32 ahead = core_core_task_park(task, now);
    busy = ahead == 0 || alarm_deadline == ALARM_FRAMES_LEFT;
    if (LIKELY(!busy)) alarm_set(ahead, (u32)now);
  }
  host_wait_ready(task, busy);
}

/*
 * As host_wait, for a short way: where the call has no time-out, as it mostly has not, without a function in between. Each call of the
 * application that has a short way has the loop once.
 */
INLINE void host_wait_here(u32 task) {
  if (UNLIKELY(core_core_task_timed(task))) host_wait(task);
  else host_wait_ready(task, 0);
}

/* There is no application any more; the stack goes on answering. */
__attribute__((noreturn)) COLD static void host_idle(void) {
  u32 busy = 1;
  core_enter();
  for (;;) busy = host_sleep(busy);
}

#endif
