/* The check of the C stack in the application's functions. */
#ifndef SOCKLET_ARMV7M_STACK_CHECK_H
#define SOCKLET_ARMV7M_STACK_CHECK_H

extern u32 stack_bottom[];

/*
 * At the start of the application's functions that recurse: the depth of the rest is known (stack-depth.ts), so that
 * neither a system call nor an interrupt can run over the stack when this much is left.
 */
#define STACK_GUARD()                                                                              \
  do {                                                                                             \
    u32 stack_pointer;                                                                             \
    __asm volatile("mov %0, sp" : "=r"(stack_pointer));                                            \
    if (UNLIKELY(stack_pointer < (u32)stack_bottom + IMAGE_STACK_RESERVE)) app_trap(TRAP_STACK, 0); \
  } while (0)

#endif
