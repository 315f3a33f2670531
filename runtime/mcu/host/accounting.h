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

/* Decimal, billions and the rest apart: no 64-bit division. */
COLD static void print_microseconds(u64 value) {
  u32 high = 0, low;
  while (value >= 1000000000u) {
    value -= 1000000000u;
    high++;
  }
  low = (u32)value;
  if (high == 0) {
    print_u32(low);
    return;
  }
  print_u32(high);
  for (u32 digit = 100000000u; digit > 0; digit /= 10u) print_byte((u8)('0' + low / digit % 10u));
}

COLD static void accounting_print(void) {
  u64 now = clock_now();
  print_text("*** busy ");
  print_microseconds(now - accounting.slept);
  print_text(" us, idle ");
  print_microseconds(accounting.slept);
  print_text(" us, ");
  print_u32(accounting.sleeps);
  print_text(" sleeps, ");
  print_u32(accounting.polls);
  print_text(" polls\n");
}

#else

INLINE void accounting_poll(void) {}
INLINE void accounting_sleep(void) { cpu_wait(); }
INLINE void accounting_print(void) {}

#endif
#endif
