/*
 * guest.* of hal/imports.ts: the application's memory as the core reaches it. Every function is total. There is one
 * application, so `task` chooses nothing.
 */
#ifndef SOCKLET_INLINE_GUEST_H
#define SOCKLET_INLINE_GUEST_H

INLINE u32 guest_check(u32 task, u32 guest, u32 length) {
  (void)task;
  return guest_inside(guest, length);
}

/* Words are what the stack reads and writes most: when size counts, by a call. */
#define GUEST_LOAD(kind, bits, type)                \
  kind type guest_load##bits(u32 task, u32 guest) { \
    u##bits value = 0;                                \
    (void)task;                                       \
    if (LIKELY(guest_inside(guest, sizeof value)))    \
      memcpy(&value, app_memory + guest, sizeof value); \
    return value;                                     \
  }
GUEST_LOAD(INLINE, 8, u32)
GUEST_LOAD(INLINE, 16, u32)
GUEST_LOAD(INLINE_BULK, 32, u32)
GUEST_LOAD(INLINE, 64, u64)

#define GUEST_STORE(kind, bits, type)                            \
  kind void guest_store##bits(u32 task, u32 guest, type value) { \
    u##bits narrow = (u##bits)value;                               \
    (void)task;                                                    \
    if (LIKELY(guest_inside(guest, sizeof narrow)))                \
      memcpy(app_memory + guest, &narrow, sizeof narrow);          \
  }
GUEST_STORE(INLINE, 8, u32)
GUEST_STORE(INLINE, 16, u32)
GUEST_STORE(INLINE_BULK, 32, u32)
GUEST_STORE(INLINE, 64, u64)

INLINE_BULK u32 guest_read(u32 task, u32 dst, u32 guest, u32 length) {
  (void)task;
  if (UNLIKELY(!guest_inside(guest, length) || !core_inside(dst, length))) return 0;
  memcpy(CORE_PLACE(dst), app_memory + guest, length);
  return 1;
}

INLINE_BULK u32 guest_write(u32 task, u32 guest, u32 src, u32 length) {
  (void)task;
  if (UNLIKELY(!guest_inside(guest, length) || !core_inside(src, length))) return 0;
  memcpy(app_memory + guest, CORE_PLACE(src), length);
  return 1;
}

INLINE_BULK u32 guest_sum(u32 task, u32 guest, u32 bytes, u32 seed) {
  (void)task;
  if (UNLIKELY(!guest_bytes_inside(guest, bytes))) return seed;
  if (LIKELY(bytes >> 2 != 0)) seed = kernel_sum(seed, app_memory + guest, bytes >> 2);
  return (bytes & 3u) == 0 ? seed : kernel_add_carry(seed, guest_last_word(guest, bytes));
}

INLINE_BULK u32 guest_read_sum(u32 task, u32 dst, u32 guest, u32 words, u32 seed) {
  u8 *to = core_words(dst, words);
  (void)task;
  if (UNLIKELY(!guest_words_inside(guest, words))) return seed;
  return kernel_copy_sum(seed, to, app_memory + guest, words);
}

#endif
