/* CONFIG_HOST_ACCOUNTING: how long the CPU slept and how often the core was polled. */
#ifndef SOCKLET_HOST_ACCOUNTING_H
#define SOCKLET_HOST_ACCOUNTING_H

#if CONFIG_HOST_ACCOUNTING

static struct {
  u64 slept;   /* microseconds */
  u32 sleeps;
  u32 polls;
} accounting;

INLINE void accounting_poll(void) { accounting.polls++; }

INLINE void accounting_sleep(void) {
  u64 from = clock_now();
  cpu_wait();
  accounting.slept += clock_now() - from;
  accounting.sleeps++;
}

COLD static void accounting_print(void) {
  u64 now = clock_now();
  print_text("*** busy ");
  print_u64(now - accounting.slept);
  print_text(" us, idle ");
  print_u64(accounting.slept);
  print_text(" us, ");
  print_u64(accounting.sleeps);
  print_text(" sleeps, ");
  print_u64(accounting.polls);
  print_text(" polls\n");
}

#else

INLINE void accounting_poll(void) {}
INLINE void accounting_sleep(void) { cpu_wait(); }
INLINE void accounting_print(void) {}

#endif
#endif
