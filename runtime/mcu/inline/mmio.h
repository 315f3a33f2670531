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

/* port.take and runs of it (the translator joins them, runtime/aot/bursts.ts), port.put4: kernels of arch/ or word by word. */
#if BOARD_NIC_BURST && defined(KERNEL_BURSTS)
#define PORT_TAKES(n, port, ...)    \
  do {                              \
    mmio_check(port, PORT_BYTES);   \
    KERNEL_TAKE_##n(port, __VA_ARGS__); \
  } while (0)
INLINE void port_put4(u32 port, u32 a, u32 b, u32 c, u32 d) {
  mmio_check(port, PORT_BYTES);
  kernel_put4(port, a, b, c, d);
}
#else
#define PORT_TAKE(port, word) word = mmio_read32(port)
#define PORT_TAKES_2(port, a, b) (PORT_TAKE(port, a), PORT_TAKE(port, b))
#define PORT_TAKES_3(port, a, ...) (PORT_TAKE(port, a), PORT_TAKES_2(port, __VA_ARGS__))
#define PORT_TAKES_4(port, a, ...) (PORT_TAKE(port, a), PORT_TAKES_3(port, __VA_ARGS__))
#define PORT_TAKES_5(port, a, ...) (PORT_TAKE(port, a), PORT_TAKES_4(port, __VA_ARGS__))
#define PORT_TAKES_6(port, a, ...) (PORT_TAKE(port, a), PORT_TAKES_5(port, __VA_ARGS__))
#define PORT_TAKES_7(port, a, ...) (PORT_TAKE(port, a), PORT_TAKES_6(port, __VA_ARGS__))
#define PORT_TAKES_8(port, a, ...) (PORT_TAKE(port, a), PORT_TAKES_7(port, __VA_ARGS__))
#define PORT_TAKES(n, port, ...) PORT_TAKES_##n(port, __VA_ARGS__)
INLINE void port_put4(u32 port, u32 a, u32 b, u32 c, u32 d) {
  mmio_write32(port, a);
  mmio_write32(port, b);
  mmio_write32(port, c);
  mmio_write32(port, d);
}
#endif

INLINE u32 port_take(u32 port) { return mmio_read32(port); }
#define port_take_2(...) PORT_TAKES(2, __VA_ARGS__)
#define port_take_3(...) PORT_TAKES(3, __VA_ARGS__)
#define port_take_4(...) PORT_TAKES(4, __VA_ARGS__)
#define port_take_5(...) PORT_TAKES(5, __VA_ARGS__)
#define port_take_6(...) PORT_TAKES(6, __VA_ARGS__)
#define port_take_7(...) PORT_TAKES(7, __VA_ARGS__)
#define port_take_8(...) PORT_TAKES(8, __VA_ARGS__)

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
  return LIKELY(words != 0) ? kernel_port_read_sum(seed, app_memory + guest, port, words) : seed;
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

INLINE_BULK void port_write_guest(u32 port, u32 task, u32 guest, u32 bytes) {
  (void)task;
  mmio_check(port, PORT_BYTES);
  if (UNLIKELY(!guest_bytes_inside(guest, bytes))) {
    port_write_zeros(port, (bytes >> 2) + ((bytes & 3u) != 0));
    return;
  }
  kernel_port_write(port, app_memory + guest, bytes >> 2);
  if ((bytes & 3u) != 0) MMIO_WRITE(port, guest_last_word(guest, bytes));
}

#endif
