/** time.h: clocks and pauses. */

import { EINVAL } from "./errno";
import { clock_time_get, poll_oneoff } from "./imports";
import { Result } from "./zsock/result";

/** A clock's number, Zephyr's. */
export type clockid_t = i32;

/** Time of day since 1970-01-01 00:00 UTC; since the start where nobody has told the device the time. */
export const CLOCK_REALTIME: clockid_t = 1;
/** Time since an arbitrary moment; never goes back. */
export const CLOCK_MONOTONIC: clockid_t = 4;

const WASI_REALTIME: i32 = 0;
const WASI_MONOTONIC: i32 = 1;
const NANOSECONDS: u64 = 1_000_000_000;

/** A moment or a time span: 16 bytes. */
@unmanaged
@final
export class timespec {
  /** Whole seconds. */
  tv_sec: i64;
  /** Nanoseconds, 0 to 999,999,999. */
  tv_nsec: i32;
}

/** poll_oneoff of WASI: a subscription of 48 bytes, one event of 32, the count of events. */
const SUBSCRIPTION_KIND: usize = 8;
const SUBSCRIPTION_CLOCK: usize = 16;
const SUBSCRIPTION_TIMEOUT: usize = 24;
const SUBSCRIPTION_FLAGS: usize = 40;
const EVENT: usize = 48;
const COUNT: usize = 80;
const KIND_CLOCK: u8 = 0;

class Pause {
  /** usize → u64: nanoseconds of a clock. */
  static value(): usize {
    return memory.data(8, 8);
  }

  /** usize → u8[84]: subscription, event, count. */
  static block(): usize {
    return memory.data(84, 8);
  }

  /** Waits `nanoseconds`. 0, or -1 with errno. */
  static wait(nanoseconds: u64): i32 {
    const block = Pause.block();
    store<u8>(block, KIND_CLOCK, SUBSCRIPTION_KIND);
    store<i32>(block, WASI_MONOTONIC, SUBSCRIPTION_CLOCK);
    store<u64>(block, nanoseconds, SUBSCRIPTION_TIMEOUT);
    store<u16>(block, 0, SUBSCRIPTION_FLAGS);
    return Result.of(poll_oneoff(block, block + EVENT, 1, block + COUNT));
  }
}

/**
 * The value of a clock.
 *
 * @param clock CLOCK_MONOTONIC or CLOCK_REALTIME
 * @param value filled in
 * @returns 0, or -1 with errno EINVAL (no such clock)
 * @see POSIX clock_gettime()
 */
export function clock_gettime(clock: clockid_t, value: timespec): i32 {
  if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME) return Result.error(EINVAL);
  const place = Pause.value();
  const wasi = clock_time_get(clock == CLOCK_REALTIME ? WASI_REALTIME : WASI_MONOTONIC, 1, place);
  if (wasi) return Result.failed(wasi);
  const nanoseconds = load<u64>(place);
  const seconds = nanoseconds / NANOSECONDS;
  value.tv_sec = seconds;
  value.tv_nsec = <i32>(nanoseconds - seconds * NANOSECONDS);
  return 0;
}

/** Milliseconds of the monotonic clock: for measuring spans without 64-bit fields. Wraps after 49 days. */
export function uptimeMilliseconds(): u32 {
  return clock_time_get(WASI_MONOTONIC, 1, Pause.value()) ? 0 : <u32>(load<u64>(Pause.value()) / 1_000_000);
}

/**
 * Waits; the stack goes on meanwhile.
 *
 * @param request how long
 * @returns 0, or -1 with errno EINVAL (negative, or tv_nsec out of range)
 * @see POSIX nanosleep(); nothing interrupts it here, so there is no second parameter
 */
export function nanosleep(request: timespec): i32 {
  if (request.tv_sec < 0 || <u32>request.tv_nsec >= <u32>NANOSECONDS) return Result.error(EINVAL);
  return Pause.wait(<u64>request.tv_sec * NANOSECONDS + <u64>request.tv_nsec);
}

/** Waits `microseconds`; the stack goes on meanwhile. 0. */
export function usleep(microseconds: u32): i32 {
  return Pause.wait(<u64>microseconds * 1000);
}

/** Waits `seconds`; the stack goes on meanwhile. 0: the seconds left over. */
export function sleep(seconds: u32): u32 {
  Pause.wait(<u64>seconds * NANOSECONDS);
  return 0;
}
