/** Waiting for several descriptors at once. */

import { EBADF, EINVAL, setErrno } from "../errno";
import { socklet_poll, socklet_select } from "../imports";
import { Result } from "./result";
import { ZSOCK_FD_SETSIZE, zsock_fd_set, zsock_timeval } from "./types";

const MICROSECONDS: i64 = 1_000_000;
/** About 290,000 years: seconds from here on count as this many, so that the product fits. */
const MAX_SECONDS: i64 = 9_000_000_000_000;

class Waiting {
  /** usize → u32: where the system calls put the number of ready descriptors. */
  static ready(): usize {
    return memory.data(4, 4);
  }

  /** usize → u32: the word of `set` that has descriptor `fd`; 0 with errno EBADF when no set has room for it. */
  static word(fd: i32, set: zsock_fd_set): usize {
    if (<u32>fd < <u32>ZSOCK_FD_SETSIZE) return changetype<usize>(set) + ((<usize>fd >> 5) << 2);
    setErrno(EBADF);
    return 0;
  }
}

/** Empties the set. */
export function ZSOCK_FD_ZERO(set: zsock_fd_set): void {
  for (let i: usize = 0; i < <usize>(ZSOCK_FD_SETSIZE >> 3); i += 4) store<u32>(changetype<usize>(set) + i, 0);
}

/** Puts `fd` into the set. A number outside 0 … ZSOCK_FD_SETSIZE - 1 changes nothing and sets errno to EBADF. */
export function ZSOCK_FD_SET(fd: i32, set: zsock_fd_set): void {
  const word = Waiting.word(fd, set);
  if (word) store<u32>(word, load<u32>(word) | ((<u32>1) << (fd & 31)));
}

/** Takes `fd` out of the set. A number outside 0 … ZSOCK_FD_SETSIZE - 1 changes nothing and sets errno to EBADF. */
export function ZSOCK_FD_CLR(fd: i32, set: zsock_fd_set): void {
  const word = Waiting.word(fd, set);
  if (word) store<u32>(word, load<u32>(word) & ~((<u32>1) << (fd & 31)));
}

/** True when `fd` is in the set. A number outside 0 … ZSOCK_FD_SETSIZE - 1 never is and sets errno to EBADF. */
export function ZSOCK_FD_ISSET(fd: i32, set: zsock_fd_set): bool {
  const word = Waiting.word(fd, set);
  return word != 0 && ((load<u32>(word) >> (fd & 31)) & 1) != 0;
}

/**
 * Waits until one of the descriptors in the sets is ready, and leaves in each set those that are.
 *
 * @param count    highest descriptor in any set plus 1, at most ZSOCK_FD_SETSIZE
 * @param readable zsock_fd_set: wait until a call that receives would not block; NULL for none
 * @param writable zsock_fd_set: wait until a call that sends would not block; NULL for none
 * @param errors   zsock_fd_set: wait for exceptional conditions; NULL for none
 * @param timeout  timeval: how long at most; NULL for ever, zero for not at all. It is not changed
 * @returns descriptors in all sets together, 0 when the time is over; or -1 with errno, the sets unchanged: EBADF (a descriptor in a
 *   set is not open), EINVAL (count or timeout), EFAULT (a set)
 * @see POSIX select()
 */
export function zsock_select<R, W, E, T>(count: i32, readable: R, writable: W, errors: E, timeout: T): i32 {
  let microseconds: i64 = -1;
  const span = changetype<usize>(timeout);
  if (span) {
    const value = changetype<zsock_timeval>(span);
    if (value.tv_sec < 0 || value.tv_usec < 0 || value.tv_usec >= MICROSECONDS) return Result.error(EINVAL);
    microseconds = min(value.tv_sec, MAX_SECONDS) * MICROSECONDS + value.tv_usec;
  }
  const ready = Waiting.ready();
  const wasi = socklet_select(
    count,
    changetype<usize>(readable),
    changetype<usize>(writable),
    changetype<usize>(errors),
    microseconds,
    ready,
  );
  return wasi ? Result.failed(wasi) : load<i32>(ready);
}

/**
 * Waits until one of the entries has something to say in `revents`.
 *
 * @param entries zsock_pollfd or usize → zsock_pollfd[count]
 * @param timeout milliseconds; negative for ever, 0 for not at all
 * @returns entries with a non-zero `revents`, 0 when the time is over; or -1 with errno: EINVAL (more than CONFIG_NET_SOCKETS_POLL_MAX
 *   entries), EFAULT (entries). A descriptor that is not open is no error: its entry says POLLNVAL
 * @see POSIX poll()
 */
export function zsock_poll<T>(entries: T, count: u32, timeout: i32): i32 {
  const ready = Waiting.ready();
  const wasi = socklet_poll(changetype<usize>(entries), <i32>count, timeout < 0 ? -1 : timeout, ready);
  return wasi ? Result.failed(wasi) : load<i32>(ready);
}
