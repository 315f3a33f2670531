/*
 * mmio.* and port.* of hal/imports.ts. A register is reached only inside the windows of the board: BOARD_IN_WINDOW
 * is an expression over constants, so that a constant address costs nothing.
 */
#ifndef SOCKLET_INLINE_MMIO_H
#define SOCKLET_INLINE_MMIO_H

INLINE void mmio_check(u32 address, u32 length) {
  if (UNLIKELY((address & 3u) != 0 || !BOARD_IN_WINDOW(address, length))) core_trap(TRAP_MMIO, 0);
}

INLINE u32 mmio_read32(u32 address) {
  mmio_check(address, 4);
  return MMIO_READ(address);
}

INLINE void mmio_write32(u32 address, u32 value) {
  mmio_check(address, 4);
  MMIO_WRITE(address, value);
}

/* Bytes of registers that one kernel touches at a port. */
#define PORT_BYTES (BOARD_NIC_BURST ? 32u : 4u)

INLINE_BULK void port_read(u32 port, u32 dst, u32 words) {
  mmio_check(port, PORT_BYTES);
  kernel_port_read(core_words(dst, words), port, words);
}

INLINE_BULK u32 port_read_sum(u32 port, u32 dst, u32 words, u32 seed) {
  mmio_check(port, PORT_BYTES);
  return kernel_port_read_sum(seed, core_words(dst, words), port, words);
}

/* The caller has checked the range, so one outside is a bug of the core. */
INLINE_BULK u32 port_read_guest_sum(u32 port, u32 task, u32 guest, u32 words, u32 seed) {
  (void)task;
  mmio_check(port, PORT_BYTES);
  if (UNLIKELY(!guest_words_inside(guest, words))) core_trap(TRAP_HOST_RANGE, 0);
  return kernel_port_read_sum(seed, app_memory + guest, port, words);
}

INLINE_BULK void port_skip(u32 port, u32 words) {
  mmio_check(port, PORT_BYTES);
  kernel_port_skip(0, port, words);
}

INLINE_BULK void port_write(u32 port, u32 src, u32 words) {
  mmio_check(port, PORT_BYTES);
  kernel_port_write(port, core_words(src, words), words);
}

/* `words` zeros: what a frame carries when the application's buffer has ended outside its memory. */
COLD static void port_write_zeros(u32 port, u32 words) {
  while (words-- > 0) MMIO_WRITE(port, 0);
}

INLINE_BULK void port_write_guest(u32 port, u32 task, u32 guest, u32 words) {
  (void)task;
  mmio_check(port, PORT_BYTES);
  if (LIKELY(guest_words_inside(guest, words))) kernel_port_write(port, app_memory + guest, words);
  else port_write_zeros(port, words);
}

#endif
