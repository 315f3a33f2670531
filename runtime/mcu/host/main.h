/* Brings the board up and starts the application. */
#ifndef SOCKLET_HOST_MAIN_H
#define SOCKLET_HOST_MAIN_H

__attribute__((noreturn, used)) void image_main(void) {
  u32 error;
  soc_init();
  uart_init();
  clock_init();
  interrupts_init();
  random_init();

  core_enter();
  core_init();
  error = core_core_init(clock_now());
  if (error != 0) {
    print_text("*** no network: errno ");
    print_i32(-(i32)error);
    print_byte('\n');
  }
  irq_enable(BOARD_NIC_IRQ);
  irq_enable(BOARD_TIMER_IRQ);
  poll_pend(); /* the first poll tells the first deadline */
  core_leave();

  image_start_app();
}

#endif
