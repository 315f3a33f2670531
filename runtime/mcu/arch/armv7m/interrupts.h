/*
 * Who may enter the core when, on ARMv7-M.
 *
 * Thread mode runs the application and, inside system calls, the core, with PRIMASK set from entry to exit: one
 * instruction each way. The interrupts of NIC and timer do no more than quiet their line and pend PendSV, the only
 * exception at the lowest priority; its handler polls the core. So the core is never entered twice, and a poll asked
 * for inside a system call happens by itself when PRIMASK is cleared.
 */
#ifndef SOCKLET_ARMV7M_INTERRUPTS_H
#define SOCKLET_ARMV7M_INTERRUPTS_H

#include "registers.h"

#define PRIORITY_DEVICE 0x80u
#define PRIORITY_POLL 0xffu /* unimplemented low bits read as zero: the lowest there is */

#define IRQ_WORD(irq) ((irq) >> 5)
#define IRQ_BIT(irq) (1u << ((irq) & 31u))

/* Enters the core from thread mode: no exception but a fault is taken until core_leave. */
INLINE void core_enter(void) { __asm volatile("cpsid i" ::: "memory"); }

/* Leaves the core: what was pended meanwhile runs now. */
INLINE void core_leave(void) { __asm volatile("cpsie i" ::: "memory"); }

/* Sleeps until an enabled interrupt is pending; with PRIMASK set it is not taken, so no wake-up is lost. */
INLINE void cpu_wait(void) { __asm volatile("dsb\n\twfi" ::: "memory"); }

/* Asks for a poll of the core as soon as nothing more important runs. */
INLINE void poll_pend(void) { SCB_ICSR = ICSR_PENDSVSET; }
INLINE void poll_unpend(void) { SCB_ICSR = ICSR_PENDSVCLR; }

INLINE void irq_enable(u32 irq) { NVIC_ISER(IRQ_WORD(irq)) = IRQ_BIT(irq); }
INLINE void irq_disable(u32 irq) {
  NVIC_ICER(IRQ_WORD(irq)) = IRQ_BIT(irq);
}
/* Forgets a latched interrupt; one whose line is still high stays pending. */
INLINE void irq_forget(u32 irq) { NVIC_ICPR(IRQ_WORD(irq)) = IRQ_BIT(irq); }

/*
 * The bytes between the core's memory and the stack (linker-script.ts), which an MPU keeps everybody from: the stack when it
 * runs over, and the core, whose checks let it go this far.
 */
#define STACK_GUARD_LOG2 8u
extern u32 stack_guard[];

/* True when `address` lies in the guard below the stack. */
INLINE int stack_guard_hit(u32 address) { return address - (u32)stack_guard < 1u << STACK_GUARD_LOG2; }

INLINE void stack_guard_init(void) {
  if (MPU_TYPE == 0) return;
  MPU_RBAR = (u32)stack_guard | MPU_RBAR_VALID;
  MPU_RASR = MPU_RASR_SIZE(STACK_GUARD_LOG2) | MPU_RASR_ENABLE;
  MPU_CTRL = MPU_CTRL_ENABLE | MPU_CTRL_PRIVDEFENA;
  __asm volatile("dsb\n\tisb" ::: "memory");
}

/* Priorities and fault enables; interrupts of devices stay disabled. */
INLINE void interrupts_init(void) {
  SCB_SHPR8(14) = PRIORITY_POLL;
  NVIC_IPR8(BOARD_NIC_IRQ) = PRIORITY_DEVICE;
  NVIC_IPR8(BOARD_TIMER_IRQ) = PRIORITY_DEVICE;
  SCB_SHCSR |= SHCSR_MEMFAULTENA | SHCSR_BUSFAULTENA | SHCSR_USGFAULTENA;
  SCB_CCR |= CCR_DIV_0_TRP | CCR_STKALIGN;
  stack_guard_init();
}

#endif
