/**
 * The buffers of one system call: an iovec list of the application, copied into the core and checked, so that nobody
 * reads it twice. Lists of one entry, the usual case, cost four stores (CONFIG_NET_FAST_PATHS).
 */
import { CONFIG_NET_FAST_PATHS } from "../../config";
import { guest_check, guest_load32, guest_read, guest_write } from "../../hal/imports";
import { EFAULT, EINVAL } from "../base/errno";

/** Entries that one call may have (POSIX's minimum for IOV_MAX). */
export const VECTOR_MAX: u32 = 16;
/** Bytes of an iovec of the application: u32 address, u32 length. */
const IOVEC_BYTES: u32 = 8;

@unmanaged
@final
export class GuestVector {
  /** Number of entries. */
  count: u32;
  /** Bytes of all entries together. */
  total: u32;
  /** Guest address of the first entry's buffer. */
  first: usize;
  /** Length of the first entry's buffer. */
  firstLength: u32;

  /** The one vector: a system call is never interrupted by another. */
  @inline static shared(): GuestVector {
    return changetype<GuestVector>(STORAGE);
  }

  /**
   * Takes over the list at `iovs`.
   * @returns 0; -EINVAL when there are more than VECTOR_MAX entries or their sum is above 2^31 - 1; -EFAULT when the
   *          list or a buffer lies outside the application's memory
   */
  @inline load(task: i32, iovs: usize, count: u32): i32 {
    if (CONFIG_NET_FAST_PATHS && count == 1) {
      if (!guest_check(task, iovs, IOVEC_BYTES)) return -EFAULT;
      return this.set(task, guest_load32(task, iovs), guest_load32(task, iovs + 4));
    }
    return this.loadMany(task, iovs, count);
  }

  /** Takes over a single buffer. 0, or -EFAULT when it lies outside the application's memory. */
  @inline set(task: i32, buffer: usize, length: u32): i32 {
    if (!guest_check(task, buffer, length)) return -EFAULT;
    this.hold(buffer, length);
    return 0;
  }

  /** Takes over a single buffer that the caller has checked. */
  @inline hold(buffer: usize, length: u32): void {
    this.count = 1;
    this.total = length;
    this.first = buffer;
    this.firstLength = length;
  }

  private loadMany(task: i32, iovs: usize, count: u32): i32 {
    if (count > VECTOR_MAX) return -EINVAL;
    if (!guest_check(task, iovs, count * IOVEC_BYTES)) return -EFAULT;
    let total: u64 = 0;
    this.first = 0;
    this.firstLength = 0;
    for (let i: u32 = 0; i < count; i++) {
      const buffer = guest_load32(task, iovs + i * IOVEC_BYTES);
      const length = guest_load32(task, iovs + i * IOVEC_BYTES + 4);
      if (!guest_check(task, buffer, length)) return -EFAULT;
      store<u32>(this.entry(i), buffer);
      store<u32>(this.entry(i), length, 4);
      total += length;
    }
    if (total > 0x7fffffff) return -EINVAL;
    this.count = count;
    this.total = <u32>total;
    return 0;
  }

  /** usize → {guest address, length} of entry `i`; entry 0 lies in the record itself. */
  @inline private entry(i: u32): usize {
    return STORAGE + offsetof<GuestVector>("first") + i * IOVEC_BYTES;
  }

  /**
   * Copies `bytes` bytes from offset `offset` of the whole to core memory at `dst`. The range lies inside the vector.
   */
  read(task: i32, dst: usize, offset: u32, bytes: u32): void {
    for (let i: u32 = 0; i < this.count && bytes; i++) {
      const length = load<u32>(this.entry(i), 4);
      if (offset >= length) {
        offset -= length;
        continue;
      }
      const part = min<u32>(length - offset, bytes);
      guest_read(task, dst, load<u32>(this.entry(i)) + offset, part);
      dst += part;
      bytes -= part;
      offset = 0;
    }
  }

  /** Guest address of the first byte of all; the vector is not empty. */
  firstAddress(): usize {
    let i: u32 = 0;
    while (i + 1 < this.count && !load<u32>(this.entry(i), 4)) i++;
    return load<u32>(this.entry(i));
  }

  /** Copies `bytes` bytes of guest memory, their range checked by the caller, to core memory at `dst`. */
  static copyIn(task: i32, dst: usize, source: usize, bytes: u32): void {
    guest_read(task, dst, source, bytes);
  }

  /** Copies up to `bytes` bytes from core memory at `src` into the buffers, in order. Bytes copied. */
  @inline write(task: i32, src: usize, bytes: u32): u32 {
    if (CONFIG_NET_FAST_PATHS && this.count == 1) {
      const part = min<u32>(this.firstLength, bytes);
      guest_write(task, this.first, src, part);
      return part;
    }
    return this.writeMany(task, src, bytes);
  }

  /** Copies `bytes` bytes from core memory at `src` to offset `offset` of the whole. The range lies inside the vector. */
  writeAt(task: i32, offset: u32, src: usize, bytes: u32): void {
    for (let i: u32 = 0; i < this.count && bytes; i++) {
      const length = load<u32>(this.entry(i), 4);
      if (offset >= length) {
        offset -= length;
        continue;
      }
      const part = min<u32>(length - offset, bytes);
      guest_write(task, load<u32>(this.entry(i)) + offset, src, part);
      src += part;
      bytes -= part;
      offset = 0;
    }
  }

  private writeMany(task: i32, src: usize, bytes: u32): u32 {
    let done: u32 = 0;
    for (let i: u32 = 0; i < this.count && done < bytes; i++) {
      const part = min<u32>(load<u32>(this.entry(i), 4), bytes - done);
      guest_write(task, load<u32>(this.entry(i)), src + done, part);
      done += part;
    }
    return done;
  }
}

const STORAGE: usize = memory.data(<i32>offsetof<GuestVector>() + 15 * 8, 4);
