/* Reset and the vector table. Sections and their limits come from the linker script that socklet's own images have. */
#include <stdint.h>

extern uint32_t stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

int main(void);

/* A fault, or an interrupt that nobody asked for. */
static void stop(void) {
  for (;;) __asm volatile("wfi");
}

__attribute__((noreturn, used)) void reset_entry(void) {
  const uint32_t *from = data_load;
  for (uint32_t *to = data_start; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
  main();
  for (;;) {}
}

typedef void (*vector)(void);
__attribute__((section(".vectors"), used)) static const vector vectors[16 + 32] = {
    (vector)(uintptr_t)stack_top,
    reset_entry,
    [2 ... 16 + 31] = stop,
};
