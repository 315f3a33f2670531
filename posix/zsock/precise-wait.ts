/** poll and select with a struct timespec. There are no signals, so a signal mask has no effect. */
import { EINVAL } from "../errno";
import { Result } from "./result";
import { zsock_timeval } from "./types";
import { zsock_poll, zsock_select } from "./wait";

/** struct timespec: i64 seconds at 0, i32 nanoseconds at 8. */
const NANOSECONDS_AT: usize = 8;
const NANOS_PER_SECOND: i32 = 1_000_000_000;
const NANOS_PER_MILLI: i32 = 1_000_000;
const NANOS_PER_MICRO: i32 = 1_000;
/** Seconds that poll can wait at most: its time is an i32 in milliseconds. */
const MOST_SECONDS: i64 = 2_147_482;

class Span {
  /** A timeval for select. */
  static value(): zsock_timeval {
    return changetype<zsock_timeval>(memory.data(16, 8));
  }

  static isValid(span: usize): bool {
    const nanoseconds = load<i32>(span, NANOSECONDS_AT);
    return load<i64>(span) >= 0 && nanoseconds >= 0 && nanoseconds < NANOS_PER_SECOND;
  }
}

/**
 * As poll, with the time as a timespec.
 *
 * @param timeout timespec: how long at most, rounded up to milliseconds, at most 24 days; NULL for ever
 * @param mask    set of signals: ignored
 * @returns as poll, and -1 with errno EINVAL (timeout)
 * @see POSIX ppoll()
 */
export function zsock_ppoll<E, T>(entries: E, count: u32, timeout: T, mask: usize): i32 {
  const span = changetype<usize>(timeout);
  if (!span) return zsock_poll(entries, count, -1);
  if (!Span.isValid(span)) return Result.error(EINVAL);
  const milliseconds = (load<i32>(span, NANOSECONDS_AT) + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
  return zsock_poll(entries, count, <i32>min(load<i64>(span), MOST_SECONDS) * 1000 + milliseconds);
}

/**
 * As select, with the time as a timespec, which is not changed.
 *
 * @param timeout timespec: how long at most, rounded up to microseconds; NULL for ever
 * @param mask    set of signals: ignored
 * @returns as select
 * @see POSIX pselect()
 */
export function zsock_pselect<R, W, E, T>(
  count: i32,
  readable: R,
  writable: W,
  errors: E,
  timeout: T,
  mask: usize,
): i32 {
  const span = changetype<usize>(timeout);
  if (!span) return zsock_select<R, W, E, usize>(count, readable, writable, errors, 0);
  if (!Span.isValid(span)) return Result.error(EINVAL);
  const value = Span.value();
  value.tv_sec = load<i64>(span);
  value.tv_usec = (load<i32>(span, NANOSECONDS_AT) + NANOS_PER_MICRO - 1) / NANOS_PER_MICRO;
  if (value.tv_usec == NANOS_PER_SECOND / NANOS_PER_MICRO) {
    value.tv_sec += 1;
    value.tv_usec = 0;
  }
  return zsock_select(count, readable, writable, errors, value);
}
