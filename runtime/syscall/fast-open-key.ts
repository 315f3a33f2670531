/**
 * TCP_FASTOPEN_KEY at the boundary: 16 bytes, the key of the cookies that listeners give; or 32, with the one that was used before behind it, whose
 * cookies still count. It is the same for all sockets (net/transport/tcp/fast-open-cookie.ts).
 */
import { guest_load8, guest_store8 } from "../../hal/imports";
import { EINVAL } from "../../net/base/errno";
import { FASTOPEN_KEY_BYTES, FastOpenCookie } from "../../net/transport/tcp/fast-open-cookie";

export class FastOpenKey {
  /** Writes the keys, cut to `room` bytes at `value` (a checked range). Bytes written. */
  static get(task: i32, value: usize, room: u32): u32 {
    const bytes = min<u32>(room, FastOpenCookie.keyBytes());
    for (let i: u32 = 0; i < bytes; i++)
      guest_store8(task, value + i, FastOpenCookie.keyWord(i >>> 2) >>> ((i & 3) << 3));
    return bytes;
  }

  /** Takes the keys from `length` bytes at `value` (a checked range). 0, or EINVAL: another length. */
  static set(task: i32, value: usize, length: u32): i32 {
    if (length != FASTOPEN_KEY_BYTES && length != FASTOPEN_KEY_BYTES << 1) return EINVAL;
    let word: u32 = 0;
    for (let i: u32 = 0; i < length; i++) {
      word = (word >>> 8) | (guest_load8(task, value + i) << 24);
      if ((i & 3) == 3) FastOpenCookie.setKeyWord(i >>> 2, word);
    }
    FastOpenCookie.useKeys(length > FASTOPEN_KEY_BYTES);
    return 0;
  }
}
