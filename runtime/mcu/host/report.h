/* What is printed when a module traps: `*** app trapped: out of bounds memory access in function main/compute`. */
#ifndef SOCKLET_HOST_REPORT_H
#define SOCKLET_HOST_REPORT_H

static const char core_trapped[] = "\n*** core trapped: ", app_trapped[] = "\n*** app trapped: ";

#if CONFIG_EXCEPTION_DEBUG

/* `names` is the list of the module, or 0 when the image was built without it: then the number has to do. */
COLD static void report_function(const char *names, u32 count, u32 function) {
  if (names != 0 && function < count) {
    print_listed(names, function);
    return;
  }
  print_text("number ");
  print_u32(function);
}

#define LISTED(text) text "\0"
_Static_assert(AOT_TRAP_INDIRECT_CALL == 6 && TRAP_MMIO == 8 && TRAP_HOST_RANGE == 9 && TRAP_FAULT == 10 && TRAP_STACK == 11,
               "the kinds of traps are not those of the list in report_kind");

COLD static void report_kind(u32 kind) {
  /* By kind: 7 is nobody's, 8 to 11 are the host's (trap.h). */
  static const char texts[] = AOT_TRAP_TEXTS(LISTED) LISTED("unknown") LISTED("device register outside of the board's windows")
      LISTED("range outside of its memory given to the host") LISTED("CPU fault")
      LISTED("C stack overflow; CONFIG_MAIN_STACK_SIZE is " IMAGE_STACK_SIZE_TEXT);
  print_listed(texts, kind <= TRAP_STACK ? kind : 0);
}

/* `function`: number within the module, or 0xffffffff when it is not known. A call, or its beginning would be copied for every cause. */
COLD static __attribute__((noinline)) void report_trap(int core, u32 kind, u32 function) {
  print_text(core ? core_trapped : app_trapped);
  report_kind(kind);
  if (function != 0xffffffffu) {
    print_text(" in function ");
    report_function(core ? IMAGE_CORE_NAMES : app_function_names, core ? IMAGE_CORE_FUNCTIONS : app_functions,
                    function);
  }
  print_byte('\n');
}

#else

/* `*** app trapped: 2 at 0x00001a2c`: the kind, and the address of the instruction. */
COLD static void report_trap_at(int core, u32 kind, u32 place) {
  print_text(core ? core_trapped : app_trapped);
  print_u32(kind);
  print_text(" at ");
  print_hex(place);
  print_byte('\n');
}

#endif

#endif
