/*
 * Reset and the vector table. The linker script (linker-script.ts) says what lies where.
 */
#ifndef SOCKLET_ARMV7M_STARTUP_H
#define SOCKLET_ARMV7M_STARTUP_H

extern u32 stack_bottom[], stack_top[];
extern u32 data_start[], data_end[], data_load[], bss_start[], bss_end[];

/* The stack is filled with this at reset; what is left of it tells how deep the stack has been. */
#define STACK_PAINT 0xa5a5a5a5u

__attribute__((noreturn)) void image_main(void);
void fault_entry(void);
void poll_interrupt(void);
void nic_interrupt(void);
void timer_interrupt(void);

__attribute__((naked, noreturn, used)) void reset_entry(void) {
  __asm volatile(
      "cpsid i\n"
      "ldr r0, =stack_top\n"
      "msr msp, r0\n"
      "ldr r1, =stack_bottom\n"
      "ldr r2, =%c0\n"
      "1: stm r1!, {r2}\n"
      "cmp r1, r0\n"
      "blo 1b\n"
      "ldr r0, =data_load\n"
      "ldr r1, =data_start\n"
      "ldr r2, =data_end\n"
      "b 3f\n"
      "2: ldm r0!, {r3}\n"
      "stm r1!, {r3}\n"
      "3: cmp r1, r2\n"
      "blo 2b\n"
      "ldr r1, =bss_start\n"
      "ldr r2, =bss_end\n"
      "movs r3, #0\n"
      "b 5f\n"
      "4: stm r1!, {r3}\n"
      "5: cmp r1, r2\n"
      "blo 4b\n"
      "b image_main\n"
      ".ltorg\n" ::"i"(STACK_PAINT));
}

/* Resets the whole chip. */
__attribute__((noreturn)) COLD static void cpu_reset(void) {
  __asm volatile("dsb" ::: "memory");
  SCB_AIRCR = AIRCR_VECTKEY | AIRCR_SYSRESETREQ;
  __asm volatile("dsb" ::: "memory");
  for (;;) {}
}

/* Bytes of the stack that have been used since reset, at most. */
COLD static u32 stack_used(void) {
  const u32 *word = stack_bottom;
  while (word < stack_top && *word == STACK_PAINT) word++;
  return (u32)(stack_top - word) * 4u;
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const vector vectors[16 + BOARD_INTERRUPTS] = {
    [0 ... 15 + BOARD_INTERRUPTS] = fault_entry,
    [0] = (vector)stack_top,
    [1] = reset_entry,
    [14] = poll_interrupt,
    [16 + BOARD_NIC_IRQ] = nic_interrupt,
    [16 + BOARD_TIMER_IRQ] = timer_interrupt,
};

#endif
