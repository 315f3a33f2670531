/** Event counters: a 64-bit number behind a descriptor, to wake who waits in poll or epoll_wait. Needs CONFIG_EVENTFD. */
import { EINVAL, setErrno } from "../errno";
import { socklet_eventfd } from "../imports";
import { Result } from "./result";
import { zsock_read, zsock_write } from "./transfer";

/** Reading takes 1, not the whole counter. */
export const ZVFS_EFD_SEMAPHORE: i32 = 2;
/** The descriptor does not block. */
export const ZVFS_EFD_NONBLOCK: i32 = 0x4000;
/** Accepted and without meaning, as SOCK_CLOEXEC. */
export const ZVFS_EFD_CLOEXEC: i32 = 0x80000;

/** Bytes of a counter's value. */
const VALUE_BYTES: u32 = 8;

class Opened {
  /** usize → i32: where the system call puts the new descriptor. */
  static place(): usize {
    return memory.data(4, 4);
  }
}

/**
 * Opens an event counter.
 *
 * @param value the counter's first value
 * @param flags ZVFS_EFD_SEMAPHORE, ZVFS_EFD_NONBLOCK, ZVFS_EFD_CLOEXEC
 * @returns the descriptor, or -1 with errno: EINVAL (another flag), EMFILE (descriptor table full), ENFILE (all CONFIG_ZVFS_EVENTFD_MAX are
 *   open), ENOSYS (CONFIG_EVENTFD=n)
 * @see https://man7.org/linux/man-pages/man2/eventfd.2.html
 */
export function zvfs_eventfd(value: u32, flags: i32): i32 {
  const place = Opened.place();
  const wasi = socklet_eventfd(<i32>value, flags, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * Takes the counter, or 1 of it, waiting while it is 0.
 *
 * @param value usize → u64, filled in
 * @returns 0, or -1 with errno: EAGAIN (it is 0 and the descriptor does not block), EBADF, EINVAL (no event counter)
 */
export function zvfs_eventfd_read(fd: i32, value: usize): i32 {
  return Whole.of(zsock_read(fd, value, VALUE_BYTES));
}

class Value {
  /** usize → u64: what is written. */
  static place(): usize {
    return memory.data(8, 8);
  }
}

class Whole {
  /** 0 for a call that moved the whole value, else -1. A socket or the console may have moved another number of bytes. */
  static of(moved: i32): i32 {
    if (moved == <i32>VALUE_BYTES) return 0;
    if (moved >= 0) setErrno(EINVAL);
    return -1;
  }
}

/**
 * Adds to the counter, waiting while the sum would be more than 2^64 - 2.
 *
 * @returns 0, or -1 with errno: EAGAIN (it does not fit and the descriptor does not block), EINVAL (2^64 - 1; no event counter), EBADF
 */
export function zvfs_eventfd_write(fd: i32, value: u64): i32 {
  store<u64>(Value.place(), value);
  return Whole.of(zsock_write(fd, Value.place(), VALUE_BYTES));
}
