/* Registers of the processor and of the board that this port uses (ARM DDI 0403E; MPS2 AN385). */
#ifndef SOCKLET_BENCH_REGISTERS_H
#define SOCKLET_BENCH_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define SYSTICK_ON 7u /* processor clock, interrupt, enabled */

#define NVIC_ENABLE REGISTER(0xE000E100u)
#define NVIC_FORGET REGISTER(0xE000E280u)

#define ICSR REGISTER(0xE000ED04u)
#define ICSR_SYSTICK_PENDING (1u << 26)
#define ICSR_SYSTICK_FORGET (1u << 25)

#define CLOCK_HZ 25000000u
#define NIC_BASE 0x40200000u
#define NIC_IRQ 13u

#endif
