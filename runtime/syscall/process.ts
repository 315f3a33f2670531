/** Arguments, environment, clocks, random numbers and the end of the program (WASI preview 1). */
import {
  guest_check,
  guest_store8,
  guest_store32,
  guest_store64,
  host_exit,
  host_random,
  host_realtime_offset,
  host_strings_byte,
  host_strings_count,
  host_strings_size,
} from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EFAULT, EINVAL, ENOTSUP } from "../../net/base/errno";

/** Clocks of preview 1. */
const CLOCK_REALTIME: i32 = 0;
const CLOCK_MONOTONIC: i32 = 1;
const CLOCK_LAST: i32 = 3;
const NANOSECONDS_PER_TICK: u64 = 1000;

/** Number of strings and bytes of all with their NULs; `kind` 0 arguments, 1 environment. EFAULT. */
export function sys_strings_sizes_get(task: i32, kind: i32, countOut: usize, sizeOut: usize): i32 {
  if (!guest_check(task, countOut, 4) || !guest_check(task, sizeOut, 4)) return EFAULT;
  guest_store32(task, countOut, host_strings_count(kind));
  guest_store32(task, sizeOut, host_strings_size(kind));
  return 0;
}

/** The strings, one after the other at `buffer`, and their addresses at `pointers`. EFAULT. */
export function sys_strings_get(task: i32, kind: i32, pointers: usize, buffer: usize): i32 {
  const count = host_strings_count(kind);
  const size = host_strings_size(kind);
  if (!guest_check(task, pointers, count * 4) || !guest_check(task, buffer, size)) return EFAULT;
  let start = true;
  let index: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    if (start && index < count) guest_store32(task, pointers + 4 * index++, <u32>buffer + i);
    const byte = host_strings_byte(kind, i);
    guest_store8(task, buffer + i, byte);
    start = byte == 0;
  }
  return 0;
}

/** Resolution, nanoseconds: the core counts microseconds. EFAULT, EINVAL (no such clock), ENOTSUP (CPU-time clocks). */
export function sys_clock_res_get(task: i32, id: i32, out: usize): i32 {
  if (<u32>id > <u32>CLOCK_LAST) return EINVAL;
  if (id > CLOCK_MONOTONIC) return ENOTSUP;
  if (!guest_check(task, out, 8)) return EFAULT;
  guest_store64(task, out, NANOSECONDS_PER_TICK);
  return 0;
}

/** Time, nanoseconds: since 1970 for clock 0 (since the start when the host does not know), since the start for 1. */
export function sys_clock_time_get(task: i32, now: u64, id: i32, _precision: i64, out: usize): i32 {
  Clock.enter(now);
  if (<u32>id > <u32>CLOCK_LAST) return EINVAL;
  if (id > CLOCK_MONOTONIC) return ENOTSUP;
  if (!guest_check(task, out, 8)) return EFAULT;
  const time = id == CLOCK_REALTIME ? now + host_realtime_offset() : now;
  guest_store64(task, out, time * NANOSECONDS_PER_TICK);
  return 0;
}

/** Random bytes. EFAULT. */
export function sys_random_get(task: i32, buffer: usize, length: u32): i32 {
  if (!guest_check(task, buffer, length)) return EFAULT;
  let i: u32 = 0;
  for (; i + 4 <= length; i += 4) guest_store32(task, buffer + i, host_random());
  if (i < length) {
    let word = host_random();
    for (; i < length; i++) {
      guest_store8(task, buffer + i, word);
      word >>>= 8;
    }
  }
  return 0;
}

/** Gives way: the host looks at the wire before the call returns. */
export function sys_sched_yield(_task: i32): i32 {
  return 0;
}

/** Ends the program with `code`. */
export function sys_proc_exit(task: i32, code: i32): i32 {
  host_exit(task, code);
  return 0;
}
