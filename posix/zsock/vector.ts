/** Several buffers in one call: iovec, readv, writev. */
import { EINVAL } from "../errno";
import { fd_read, fd_write } from "../imports";
import { Result } from "./result";

/** Most buffers of one call. */
export const ZSOCK_IOV_MAX: i32 = 16;

/** One buffer: 8 bytes. */
@unmanaged
@final
export class zsock_iovec {
  /** usize → u8[iov_len]. */
  iov_base: usize;
  iov_len: u32;

  /** Entry `index` of the array at `array` (usize → zsock_iovec[]). */
  @inline static at(array: usize, index: i32): zsock_iovec {
    return changetype<zsock_iovec>(array + <usize>index * offsetof<zsock_iovec>());
  }
}

class Moved {
  /** usize → i32: where the system calls put the number of bytes. */
  static place(): usize {
    return memory.data(4, 4);
  }
}

/**
 * Reads from a socket or the console into several buffers, one after the other.
 *
 * @param vector zsock_iovec or usize → zsock_iovec[count]
 * @param count  buffers, 1 to ZSOCK_IOV_MAX
 * @returns as read, and -1 with errno: EINVAL (count), EFAULT (the array, a buffer)
 * @see POSIX readv()
 */
export function zsock_readv<V>(fd: i32, vector: V, count: i32): i32 {
  if (<u32>(count - 1) >= <u32>ZSOCK_IOV_MAX) return Result.error(EINVAL);
  const place = Moved.place();
  const wasi = fd_read(fd, changetype<usize>(vector), count, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * Writes several buffers, one after the other, to a socket or the console. To a datagram socket they go as one datagram.
 *
 * @param vector zsock_iovec or usize → zsock_iovec[count]
 * @param count  buffers, 1 to ZSOCK_IOV_MAX
 * @returns as write, and -1 with errno: EINVAL (count), EFAULT (the array, a buffer)
 * @see POSIX writev()
 */
export function zsock_writev<V>(fd: i32, vector: V, count: i32): i32 {
  if (<u32>(count - 1) >= <u32>ZSOCK_IOV_MAX) return Result.error(EINVAL);
  const place = Moved.place();
  const wasi = fd_write(fd, changetype<usize>(vector), count, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}
