/* What is printed when a module traps: `*** app trapped: out of bounds memory access in function main/compute`. */
#ifndef SOCKLET_HOST_REPORT_H
#define SOCKLET_HOST_REPORT_H

/* `names` is the list of the module, or 0 when the image was built without it: then the number has to do. */
COLD static void report_function(const char *const *names, u32 count, u32 function) {
  if (names != 0 && function < count) {
    print_text(names[function]);
    return;
  }
  print_text("number ");
  print_u32(function);
}

COLD static void report_kind(u32 kind) {
  static const char *const texts[] = AOT_TRAP_TEXTS;
  if (kind == TRAP_MMIO) print_text("device register outside of the board's windows");
  else if (kind == TRAP_HOST_RANGE) print_text("range outside of its memory given to the host");
  else if (kind == TRAP_FAULT) print_text("CPU fault");
  else if (kind == TRAP_STACK) print_text("C stack overflow; CONFIG_MAIN_STACK_SIZE is " IMAGE_STACK_SIZE_TEXT);
  else print_text(texts[kind < sizeof texts / sizeof *texts ? kind : 0]);
}

/* `function`: number within the module, or 0xffffffff when it is not known. */
COLD static void report_trap(int core, u32 kind, u32 function) {
  print_text(core ? "\n*** core trapped: " : "\n*** app trapped: ");
  report_kind(kind);
  if (function != 0xffffffffu) {
    print_text(" in function ");
    report_function(core ? IMAGE_CORE_NAMES : app_function_names, core ? IMAGE_CORE_FUNCTIONS : app_functions,
                    function);
  }
  print_byte('\n');
}

#endif
