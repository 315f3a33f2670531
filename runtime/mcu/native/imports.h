/* host.* for the runner: everything is an event or comes from one. */
#ifndef SOCKLET_NATIVE_IMPORTS_H
#define SOCKLET_NATIVE_IMPORTS_H

#define WASI_EAGAIN 6
#define WASI_EBADF 8
#define WASI_EFAULT 21
#define STRINGS_MAX 4096u

static struct {
  u32 random[4];
  u8 mac[6];
  u64 realtime;
  u8 strings[2][STRINGS_MAX];
  u32 strings_length[2];
  u8 input[65536];
  u32 input_length;
  int input_ended;
} environment;

/* The seeded generator of runtime/node/random.ts: xoshiro128**, its state spread by splitmix32. */
static void random_seed(u32 seed) {
  u32 any = 0;
  for (u32 i = 0; i < 4; i++) {
    u32 z;
    seed += 0x9e3779b9u;
    z = seed;
    z = (z ^ z >> 16) * 0x85ebca6bu;
    z = (z ^ z >> 13) * 0xc2b2ae35u;
    any |= environment.random[i] = z ^ z >> 16;
  }
  if (any == 0) environment.random[0] = 1;
}

static u32 host_random(void) {
  u32 *s = environment.random;
  u32 x = s[1] * 5u;
  u32 result = (x << 7 | x >> 25) * 9u;
  u32 t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = s[3] << 11 | s[3] >> 21;
  return result;
}

INLINE u32 host_mac_address(u32 part) {
  const u8 *mac = environment.mac;
  if (part == 0) return mac[0] | (u32)mac[1] << 8 | (u32)mac[2] << 16 | (u32)mac[3] << 24;
  return part == 1 ? mac[4] | (u32)mac[5] << 8 : 0;
}

INLINE void host_log(u32 text, u32 length) {
  if (core_inside(text, length)) record_write(OUT_LOG, CORE_PLACE(text), length, 0, 0);
}

INLINE u32 host_console_write(u32 task, u32 fd, u32 guest, u32 length) {
  u8 stream = (u8)fd;
  (void)task;
  if (fd != 1 && fd != 2) return (u32)-WASI_EBADF;
  if (!guest_inside(guest, length)) return (u32)-WASI_EFAULT;
  record_write(OUT_CONSOLE, &stream, 1, app_memory + guest, length);
  return length;
}

INLINE u32 host_console_read(u32 task, u32 guest, u32 length) {
  u32 count = length < environment.input_length ? length : environment.input_length;
  (void)task;
  if (!guest_inside(guest, length)) return (u32)-WASI_EFAULT;
  if (environment.input_length == 0) return environment.input_ended || length == 0 ? 0 : (u32)-WASI_EAGAIN;
  memcpy(app_memory + guest, environment.input, count);
  memmove(environment.input, environment.input + count, environment.input_length - count);
  environment.input_length -= count;
  return count;
}

INLINE u32 host_strings_size(u32 kind) { return kind < 2 ? environment.strings_length[kind] : 0; }
INLINE u32 host_strings_byte(u32 kind, u32 index) {
  return index < host_strings_size(kind) ? environment.strings[kind][index] : 0;
}
INLINE u32 host_strings_count(u32 kind) {
  u32 count = 0;
  for (u32 i = 0; i < host_strings_size(kind); i++) count += environment.strings[kind][i] == 0;
  return count;
}

INLINE void host_exit(u32 task, u32 code) {
  (void)task;
  record_number(OUT_EXIT, code, 4);
}
INLINE void host_request_poll(void) { record_number(OUT_POLL_REQUESTED, 0, 0); }
INLINE u64 host_realtime_offset(void) { return environment.realtime; }

#endif
