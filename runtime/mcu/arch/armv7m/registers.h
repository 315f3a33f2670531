/* System control space of ARMv7-M (ARM DDI 0403E, B3.2 and B3.4): the registers that the host uses. */
#ifndef SOCKLET_ARMV7M_REGISTERS_H
#define SOCKLET_ARMV7M_REGISTERS_H

#define REGISTER32(address) (*(volatile u32 *)(uintptr_t)(address))

#define NVIC_ISER(n) REGISTER32(0xE000E100u + 4u * (n)) /* set enable */
#define NVIC_ICER(n) REGISTER32(0xE000E180u + 4u * (n)) /* clear enable */
#define NVIC_ICPR(n) REGISTER32(0xE000E280u + 4u * (n)) /* clear pending */
#define NVIC_IPR8(irq) (*(volatile u8 *)(uintptr_t)(0xE000E400u + (irq)))

#define SCB_ICSR REGISTER32(0xE000ED04u)
#define ICSR_PENDSVSET (1u << 28)
#define ICSR_PENDSVCLR (1u << 27)
#define ICSR_VECTACTIVE 0x1ffu

#define SCB_AIRCR REGISTER32(0xE000ED0Cu)
#define AIRCR_VECTKEY 0x05FA0000u
#define AIRCR_SYSRESETREQ (1u << 2)

#define SCB_CCR REGISTER32(0xE000ED14u)
#define CCR_DIV_0_TRP (1u << 4)
#define CCR_STKALIGN (1u << 9)

#define SCB_SHPR8(n) (*(volatile u8 *)(uintptr_t)(0xE000ED14u + (n))) /* n: exception number, 4 to 15 */
#define SCB_SHCSR REGISTER32(0xE000ED24u)
#define SHCSR_MEMFAULTENA (1u << 16)
#define SHCSR_BUSFAULTENA (1u << 17)
#define SHCSR_USGFAULTENA (1u << 18)

#define SCB_CFSR REGISTER32(0xE000ED28u)
#define CFSR_MEMORY 0x000000ffu
#define CFSR_MSTKERR (1u << 4)
#define CFSR_MMARVALID (1u << 7)
#define CFSR_BUS 0x0000ff00u
#define CFSR_STKERR (1u << 12)
#define CFSR_BFARVALID (1u << 15)
#define CFSR_UNDEFINED (1u << 16)
#define CFSR_UNALIGNED (1u << 24)
#define CFSR_DIVBYZERO (1u << 25)
#define SCB_HFSR REGISTER32(0xE000ED2Cu)
#define SCB_MMFAR REGISTER32(0xE000ED34u)
#define SCB_BFAR REGISTER32(0xE000ED38u)

#define MPU_TYPE REGISTER32(0xE000ED90u)
#define MPU_CTRL REGISTER32(0xE000ED94u)
#define MPU_CTRL_ENABLE (1u << 0)
#define MPU_CTRL_PRIVDEFENA (1u << 2) /* the default map where no region is */
#define MPU_RBAR REGISTER32(0xE000ED9Cu)
#define MPU_RBAR_VALID (1u << 4)
#define MPU_RASR REGISTER32(0xE000EDA0u)
#define MPU_RASR_ENABLE (1u << 0)
#define MPU_RASR_SIZE(log2) (((log2) - 1u) << 1) /* access permission 0: none at all */

#endif
