/* host.* of hal/imports.ts, except random and strings_* (host/random.h, host/strings.h). Errno values are WASI's. */
#ifndef SOCKLET_INLINE_HOST_H
#define SOCKLET_INLINE_HOST_H

#define WASI_EAGAIN 6
#define WASI_EBADF 8
#define WASI_EFAULT 21

INLINE u32 host_mac_address(u32 part) {
  if (part == 0) return BOARD_MAC_LOW;
  return part == 1 ? BOARD_MAC_HIGH : 0;
}

COLD static void host_log(u32 text, u32 length) {
  if (!core_inside(text, length)) return;
  print_bytes(CORE_PLACE(text), length);
  print_byte('\n');
}

COLD static u32 host_console_write(u32 task, u32 fd, u32 guest, u32 length) {
  u32 done = 0;
  (void)task;
  if (fd != 1 && fd != 2) return (u32)-WASI_EBADF;
  if (!guest_inside(guest, length)) return (u32)-WASI_EFAULT;
  while (done < length && print_byte(app_memory[guest + done])) done++;
  return done;
}

COLD static u32 host_console_read(u32 task, u32 guest, u32 length) {
  u32 done = 0;
  (void)task;
  if (!guest_inside(guest, length)) return (u32)-WASI_EFAULT;
  while (done < length && uart_can_receive()) app_memory[guest + done++] = uart_receive();
  return done == 0 && length != 0 ? (u32)-WASI_EAGAIN : done;
}

/* The glue of proc_exit acts on it when the system call returns. */
static u32 exit_code;
INLINE void host_exit(u32 task, u32 code) {
  (void)task;
  exit_code = code;
}

INLINE void host_request_poll(void) { poll_pend(); }

INLINE u64 host_realtime_offset(void) { return 0; }

#endif
