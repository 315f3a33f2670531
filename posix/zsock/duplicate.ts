/** Several descriptors for one open socket. They share everything: its flags, its options, what has arrived. */
import { socklet_dup, socklet_dup2 } from "../imports";
import { Result } from "./result";

export class Duplicate {
  /** usize → i32: where the system call puts the new descriptor. */
  private static place(): usize {
    return memory.data(4, 4);
  }

  /** The lowest free number from `lowest` on becomes a descriptor of what `fd` stands for: that number, or -1 with errno. */
  static from(fd: i32, lowest: i32): i32 {
    const place = Duplicate.place();
    const wasi = socklet_dup(fd, lowest, place);
    return wasi ? Result.failed(wasi) : load<i32>(place);
  }
}

/**
 * Another descriptor for what `fd` stands for, with the lowest free number. It is open until both are closed.
 *
 * @returns the new descriptor, or -1 with errno: EBADF (not open), EMFILE (descriptor table full)
 * @see POSIX dup()
 */
export function zsock_dup(fd: i32): i32 {
  return Duplicate.from(fd, 0);
}

/**
 * Another descriptor for what `fd` stands for, with the number `to`. When `to` is open it is closed first, and whoever waits through it is
 * woken; when both are the same nothing happens.
 *
 * @returns `to`, or -1 with errno: EBADF (`fd` is not open, or `to` is no number that a descriptor can have)
 * @see POSIX dup2()
 */
export function zsock_dup2(fd: i32, to: i32): i32 {
  const wasi = socklet_dup2(fd, to);
  return wasi ? Result.failed(wasi) : to;
}
