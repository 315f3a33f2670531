/* Reads events, calls the core, writes what it did (README.md). */
#ifndef SOCKLET_NATIVE_MAIN_H
#define SOCKLET_NATIVE_MAIN_H

#include <setjmp.h>

static jmp_buf trap_return;

__attribute__((noreturn)) void core_trap(unsigned kind, unsigned function) {
  u32 payload[2] = {kind, function};
  record_write(OUT_TRAP, payload, sizeof payload, 0, 0);
  longjmp(trap_return, 1);
}

static void event_call(void) {
  u64 arguments[16] = {0};
  u32 name_length = (u32)record_field(0, 1), given;
  if (name_length + 1u > record_length || (record_length - 1u - name_length) % 8u != 0) {
    record_error("a CALL record of a wrong length");
    return;
  }
  given = (record_length - 1u - name_length) / 8u;
  for (size_t i = 0; i < sizeof runner_exports / sizeof *runner_exports; i++) {
    const struct runner_export *found = &runner_exports[i];
    if (strlen(found->name) != name_length || memcmp(found->name, record_payload + 1, name_length) != 0) continue;
    if (found->parameters != given || given > 16) {
      record_error("a CALL with a wrong number of arguments");
      return;
    }
    for (u32 k = 0; k < given; k++) arguments[k] = record_field(1 + name_length + 8 * k, 8);
    if (setjmp(trap_return) == 0) record_number(OUT_RESULT, found->call(arguments), 8);
    return;
  }
  record_error("a CALL of something that the core does not export");
}

static u64 event_guest_write(void) {
  u32 address = (u32)record_field(0, 4), length = record_length < 4 ? 0 : record_length - 4;
  if (!guest_inside(address, length)) return 0;
  memcpy(app_memory + address, record_payload + 4, length);
  return 1;
}

static void event_guest_read(void) {
  u32 address = (u32)record_field(0, 4), length = (u32)record_field(4, 4);
  int inside = guest_inside(address, length);
  record_write(OUT_GUEST, inside ? app_memory + address : 0, inside ? length : 0, 0, 0);
}

static u64 event_strings(void) {
  u32 kind = record_payload[0], length = record_length - 1;
  if (record_length < 1 || kind > 1 || length > STRINGS_MAX) return 0;
  memcpy(environment.strings[kind], record_payload + 1, length);
  environment.strings_length[kind] = length;
  return 1;
}

static u64 event_console_input(void) {
  if (record_length == 0) environment.input_ended = 1;
  if (record_length > sizeof environment.input - environment.input_length) return 0;
  memcpy(environment.input + environment.input_length, record_payload, record_length);
  environment.input_length += record_length;
  return 1;
}

static u64 event_setting(int type) {
  switch (type) {
    case IN_FRAME: return (u64)device_receive(record_payload, record_length);
    case IN_GUEST_WRITE: return event_guest_write();
    case IN_SEED: random_seed((u32)record_field(0, 4)); return 1;
    case IN_LINK: device.link = (int)record_field(0, 1); return 1;
    case IN_MAC: return record_length == 6 ? (memcpy(environment.mac, record_payload, 6), 1u) : 0u;
    case IN_STRINGS: return event_strings();
    case IN_CONSOLE_INPUT: return event_console_input();
    case IN_REALTIME: environment.realtime = record_field(0, 8); return 1;
    case IN_TRANSMIT_READY: device.transmit_ready = (int)record_field(0, 1); return 1;
    default: return 0;
  }
}

/* --batch: nobody waits for an answer, output is written when there is much of it. */
int main(int count, char **arguments) {
  static char output[1 << 20];
  int type, batch = count > 1 && strcmp(arguments[1], "--batch") == 0;
  if (batch) setvbuf(stdout, output, _IOFBF, sizeof output);
  random_seed(1);
  core_init();
  while ((type = record_read()) >= 0) {
    if (type == IN_CALL) event_call();
    else if (type == IN_GUEST_READ) event_guest_read();
    else if (type == IN_MEMORY) record_write(OUT_MEMORY, core_memory, CORE_MEMORY_SIZE, 0, 0);
    else if (type <= IN_TRANSMIT_READY && type > 0) record_number(OUT_RESULT, event_setting(type), 8);
    else record_error("a record of an unknown type");
    if (!batch && fflush(stdout) != 0) return 1;
  }
  return fflush(stdout) != 0;
}

#endif
