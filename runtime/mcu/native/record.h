/* Records on standard input and output (README.md). */
#ifndef SOCKLET_NATIVE_RECORD_H
#define SOCKLET_NATIVE_RECORD_H

#include <stdio.h>
#include <stdlib.h>

enum {
  IN_CALL = 1,
  IN_FRAME,
  IN_GUEST_WRITE,
  IN_GUEST_READ,
  IN_SEED,
  IN_LINK,
  IN_MAC,
  IN_STRINGS,
  IN_CONSOLE_INPUT,
  IN_MEMORY,
  IN_REALTIME,
  IN_TRANSMIT_READY,
  OUT_RESULT = 0x81,
  OUT_FRAME,
  OUT_GUEST,
  OUT_LOG,
  OUT_CONSOLE,
  OUT_EXIT,
  OUT_POLL_REQUESTED,
  OUT_TRAP,
  OUT_MEMORY = 0x8a,
  OUT_ERROR = 0x8f
};

#define RECORD_MAX (1u << 20)
static u8 record_payload[RECORD_MAX];
static u32 record_length;

static void write_all(const void *bytes, size_t length) {
  if (length > 0 && fwrite(bytes, 1, length, stdout) != length) exit(1);
}

/* A record of two parts, either of them empty. */
static void record_write(int type, const void *first, u32 first_length, const void *second, u32 second_length) {
  u32 length = first_length + second_length;
  u8 head[5] = {(u8)type, (u8)length, (u8)(length >> 8), (u8)(length >> 16), (u8)(length >> 24)};
  write_all(head, sizeof head);
  write_all(first, first_length);
  write_all(second, second_length);
}

static void record_number(int type, u64 value, u32 bytes) { record_write(type, &value, bytes, 0, 0); }

static void record_error(const char *text) { record_write(OUT_ERROR, text, (u32)strlen(text), 0, 0); }

/* Next record into record_payload; its type, or -1 at the end of input. */
static int record_read(void) {
  u8 head[5];
  size_t got = fread(head, 1, sizeof head, stdin);
  if (got == 0) return -1;
  if (got != sizeof head) exit(1);
  record_length = head[1] | (u32)head[2] << 8 | (u32)head[3] << 16 | (u32)head[4] << 24;
  if (record_length > RECORD_MAX || fread(record_payload, 1, record_length, stdin) != record_length) exit(1);
  return head[0];
}

/* Number of `bytes` bytes at `at` of the payload; 0 when the record is too short for it. */
static u64 record_field(u32 at, u32 bytes) {
  u64 value = 0;
  if (at + bytes <= record_length) memcpy(&value, record_payload + at, bytes);
  return value;
}

#endif
