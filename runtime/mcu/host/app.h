/* The application's life: start, end, trap, restart. All of it in thread mode. */
#ifndef SOCKLET_HOST_APP_H
#define SOCKLET_HOST_APP_H

/* Traps of the core in a row that lead to a restart; one more, within CORE_CALM microseconds each, and the board stops. */
#define CORE_RESTARTS 3u
#define CORE_CALM 10000000u
#define CORE_RESTART_MAGIC 0x50c1e700u

/* Survives a reset: magic and number of restarts in a row. */
__attribute__((section(".noinit"))) static u32 host_core_restarts;

SHARED COLD void host_app_ended(u32 code) {
  core_enter();
  core_core_task_reset(0, clock_now());
  print_text("*** application ended with exit code ");
  print_i32((i32)code);
  print_byte('\n');
  accounting_print();
  debugger_exit(code);
  host_idle();
}

/* Continues here, with an empty stack, after the application trapped and the trap was printed. */
__attribute__((noreturn, used)) void host_app_after_trap(void) {
  core_enter();
  core_core_task_reset(0, clock_now());
#if IMAGE_RESTART_ON_TRAP
  print_text("*** application restarts\n");
  core_leave();
  image_start_app();
#else
  print_text("*** application stopped; the network stack stays up\n");
  accounting_print();
  host_idle();
#endif
}

/* The core trapped, which is a bug in it: everything starts anew, unless that does not help. */
__attribute__((noreturn)) COLD static void host_core_after_trap(void) {
  u32 count = (host_core_restarts & 0xffffff00u) == CORE_RESTART_MAGIC ? host_core_restarts & 0xffu : 0;
  if (clock_now() > CORE_CALM) count = 0;
  if (count >= CORE_RESTARTS) {
    print_text("*** the core trapped again after each restart: stopped\n");
    host_core_restarts = 0;
    debugger_exit(134);
    for (;;) cpu_wait();
  }
  host_core_restarts = CORE_RESTART_MAGIC | (count + 1);
  print_text("*** core and application restart\n");
  cpu_reset();
}

#endif
