/*
 * Calls of the debugger (Arm semihosting, version 3), which QEMU answers with -semihosting-config enable=on. Without a
 * debugger `bkpt` raises a HardFault; the fault handler steps over it, and the call has no effect (r0 unchanged).
 */
#ifndef SOCKLET_ARMV7M_SEMIHOSTING_H
#define SOCKLET_ARMV7M_SEMIHOSTING_H

#define SEMIHOSTING_TIME 0x11u
#define SEMIHOSTING_EXIT_EXTENDED 0x20u
#define SEMIHOSTING_APPLICATION_EXIT 0x20026u
#define SEMIHOSTING_BKPT 0xbeabu

COLD static u32 semihosting(u32 operation, const void *argument) {
  register u32 r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory", "cc", "r2", "r3", "r12", "lr");
  return r0;
}

/* Seconds since 1970 by the debugger's clock; a constant without one. */
COLD static u32 debugger_time(void) { return semihosting(SEMIHOSTING_TIME, 0); }

/* Ends the emulation with exit code `code`; returns when there is nobody to end it. */
COLD static void debugger_exit(u32 code) {
  const u32 argument[2] = {SEMIHOSTING_APPLICATION_EXIT, code};
  semihosting(SEMIHOSTING_EXIT_EXTENDED, argument);
}

#endif
