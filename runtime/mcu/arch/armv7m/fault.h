/*
 * Every fault and every interrupt that nobody asked for ends here: the registers are printed, then the module that was
 * running is dealt with as for a trap. A trap of translated code is itself a fault: `udf` with kind and function.
 */
#ifndef SOCKLET_ARMV7M_FAULT_H
#define SOCKLET_ARMV7M_FAULT_H

/* What the CPU pushes when it takes an exception. */
struct fault_frame {
  u32 r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* What is printed of a fault, in this order. */
static struct {
  u32 exception, cause, hard, memory_address, bus_address, sp;
  /* Copy: the handler goes on with an empty stack. Valid unless the stack ran over. */
  struct fault_frame frame;
} fault_state;

#define HFSR_DEBUGEVT_BIT 31

/*
 * r0: the frame, r1: EXC_RETURN. A debug event is a semihosting call without a debugger (semihosting.h): it is stepped
 * over. Otherwise the frame is copied and the report starts on an empty stack: the old one may be full.
 */
__attribute__((naked, used)) void fault_entry(void) {
  __asm volatile(
      "mrs r0, msp\n"
      "mov r1, lr\n"
      "movs r2, #0\n"
      "ldr r3, =stack_bottom\n"
      "cmp r0, r3\n"
      "blo 2f\n"
      "ldr r3, =%c0\n"
      "ldr r12, [r3]\n"
      "cmp r12, #0\n"
      "bge 1f\n"
      "str r12, [r3]\n"
      "ldr r2, [r0, #24]\n"
      "adds r2, r2, #2\n"
      "str r2, [r0, #24]\n"
      "bx lr\n"
      "1: ldr r3, =%c1\n"
      "ldm r0, {r4-r11}\n"
      "stm r3, {r4-r11}\n"
      "movs r2, #1\n"
      "2: ldr r3, =stack_top\n"
      "msr msp, r3\n"
      "b fault_report\n"
      ".ltorg\n" ::"i"(&SCB_HFSR),
      "i"(&fault_state.frame));
}

#if CONFIG_EXCEPTION_DEBUG
/*
 * Prints the state, as far as it means something: without `frame` the CPU pushed nothing, and the addresses are only there when the cause says so.
 */
COLD static void fault_print(u32 frame) {
  static const char names[] = "*** exception\0 CFSR\0 HFSR\0 MMFAR\0 BFAR\0 SP\0"
                              "\n*** R0\0 R1\0 R2\0 R3\0 R12\0 LR\0 PC\0 xPSR";
  const u32 *value = (const u32 *)&fault_state;
  u32 count = frame ? sizeof fault_state / 4u : (sizeof fault_state - sizeof fault_state.frame) / 4u;
  for (u32 i = 0; i < count; i++, value++) {
    if (value == &fault_state.memory_address && !(fault_state.cause & CFSR_MMARVALID)) continue;
    if (value == &fault_state.bus_address && !(fault_state.cause & CFSR_BFARVALID)) continue;
    print_listed(names, i);
    print_byte(' ');
    print_hex(*value);
  }
}
#endif

/*
 * Leaves the fault for host_app_after_trap in thread mode, with an empty stack: returns from an exception frame made for
 * it. In assembly, since the frame lies where the stack of this function is.
 */
__attribute__((noreturn)) COLD static void fault_leave(void) {
  __asm volatile(
      "msr msp, %0\n"
      "mov r0, #0x01000000\n" /* xPSR: Thumb */
      "push {r0}\n"
      "push {%1}\n"
      "sub sp, #24\n"
      "cpsie i\n"
      "bx %2\n" ::"r"(stack_top),
      "r"((u32)host_app_after_trap & ~1u), "r"(0xfffffff9u)
      : "r0", "memory");
  __builtin_unreachable();
}

__attribute__((noreturn, used)) void fault_report(u32 *sp, u32 exception_return, u32 valid) {
  u32 masked, cause = SCB_CFSR, kind = TRAP_FAULT, function = 0xffffffffu, place = 0;
  i32 code = -1;
  int core;
  __asm volatile("mrs %0, primask" : "=r"(masked));
  core = masked != 0 || !(exception_return & 8u);
  fault_state.exception = SCB_ICSR & ICSR_VECTACTIVE;
  fault_state.cause = cause;
  fault_state.hard = SCB_HFSR;
  fault_state.memory_address = SCB_MMFAR;
  fault_state.bus_address = SCB_BFAR;
  fault_state.sp = (u32)sp;

  if (!valid || (cause & (CFSR_STKERR | CFSR_MSTKERR))) {
    kind = TRAP_STACK;
  } else if ((cause & CFSR_MMARVALID) && stack_guard_hit(fault_state.memory_address)) {
    /* The stack has room: it was an access that the uniform check let pass. */
    kind = AOT_TRAP_OUT_OF_BOUNDS;
  } else if ((cause & CFSR_UNDEFINED) && fault_state.frame.pc - BOARD_FLASH_ORIGIN < BOARD_FLASH_LENGTH) {
    code = AOT_UDF_VALUE((const u16 *)(fault_state.frame.pc & ~1u));
    if (code >= 0) {
      kind = (u32)code & 15u;
      function = (u32)code >> 4;
      if (kind >= TRAP_MMIO) place = fault_state.frame.pc;
      /* A check that was called: the call is the four bytes before the return address, which has bit 0 set. */
      else if (function == AOT_NO_FUNCTION) place = fault_state.frame.lr - 5u;
      if (place != 0) function = 0xffffffffu;
    }
  }
#if CONFIG_EXCEPTION_DEBUG
  report_trap(core, kind, function);
  if (code < 0) {
    fault_print(valid);
    print_byte('\n');
  } else if (place != 0) {
    print_text("*** PC ");
    print_hex(place);
    print_byte('\n');
  }
#else
  report_trap_at(core, kind, place != 0 || !valid ? place : fault_state.frame.pc);
#endif
  SCB_CFSR = cause;
  SCB_HFSR = fault_state.hard;
  if (core) host_core_after_trap();
  fault_leave();
}

#endif
