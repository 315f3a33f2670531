/*
 * Why a module stopped. The kinds 1 to 6 are those of runtime/aot/include/aot.h; the host adds its own. On ARMv7-M a
 * trap is one undefined instruction that carries kind and function, and the fault handler reads it.
 */
#ifndef SOCKLET_HOST_TRAP_H
#define SOCKLET_HOST_TRAP_H

#define TRAP_MMIO 8u       /* a device register outside of the board's windows, or not 4-aligned */
#define TRAP_HOST_RANGE 9u /* a range handed to port, bulk or guest that the core does not own */
#define TRAP_FAULT 10u     /* a fault of the CPU; the registers are printed after it */
#define TRAP_STACK 11u     /* the C stack ran over */

#ifdef SOCKLET_TRAP_UDF
#define core_trap AOT_TRAP_UDF
#define app_trap AOT_TRAP_UDF
#else
__attribute__((noreturn)) void core_trap(unsigned kind, unsigned function);
__attribute__((noreturn)) void app_trap(unsigned kind, unsigned function);
#endif

#endif
