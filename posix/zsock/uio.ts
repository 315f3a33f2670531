/** Reading and writing with several buffers. */
import { EINVAL } from "../errno";
import { fd_read, fd_write } from "../imports";
import { Result } from "./result";

/** Most buffers of one call (IOV_MAX of POSIX is at least 16). */
export const ZSOCK_IOV_MAX: i32 = 16;

class Count {
  /** usize → u32: bytes moved. */
  static moved(): usize {
    return memory.data(4, 4);
  }
}

/**
 * Reads from a socket or the console into several buffers, one after the other.
 *
 * @param vector zsock_iovec or usize → zsock_iovec[count]
 * @returns as read, and: -1 with errno EINVAL (count is not 1 to ZSOCK_IOV_MAX), EFAULT (vector, a buffer)
 * @see POSIX readv()
 */
export function zsock_readv<T>(fd: i32, vector: T, count: i32): i32 {
  if (<u32>(count - 1) >= <u32>ZSOCK_IOV_MAX) return Result.error(EINVAL);
  const wasi = fd_read(fd, changetype<usize>(vector), count, Count.moved());
  return wasi ? Result.failed(wasi) : load<i32>(Count.moved());
}

/**
 * Writes several buffers, one after the other, to a socket or the console. On a datagram socket they are one datagram.
 *
 * @param vector zsock_iovec or usize → zsock_iovec[count]
 * @returns as write, and: -1 with errno EINVAL (count is not 1 to ZSOCK_IOV_MAX), EFAULT (vector, a buffer)
 * @see POSIX writev()
 */
export function zsock_writev<T>(fd: i32, vector: T, count: i32): i32 {
  if (<u32>(count - 1) >= <u32>ZSOCK_IOV_MAX) return Result.error(EINVAL);
  const wasi = fd_write(fd, changetype<usize>(vector), count, Count.moved());
  return wasi ? Result.failed(wasi) : load<i32>(Count.moved());
}
