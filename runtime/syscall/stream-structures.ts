/**
 * Options of streams that are no numbers, as they lie in the application's memory:
 *
 *     SO_LINGER        struct linger: +0 i32 on, +4 i32 seconds
 *     TCP_INFO         struct tcp_info as Linux lays it out, 104 bytes
 *     TCP_CONGESTION   ASCII, NUL behind it where there is room
 *     TCP_FASTOPEN_KEY see fast-open-key.ts
 */
import { CONFIG_NET_TCP_FASTOPEN } from "../../config";
import { guest_load32, guest_read, guest_store8 } from "../../hal/imports";
import { EINVAL, ENOPROTOOPT } from "../../net/base/errno";
import { Socket } from "../../net/socket/socket";
import { STREAM_FASTOPEN_KEY } from "../../net/socket/stream-fast-open";
import {
  STREAM_CONGESTION,
  STREAM_INFO,
  STREAM_INFO_BYTES,
  STREAM_LINGER,
  StreamOptions,
} from "../../net/socket/stream-options";
import { FastOpenKey } from "./fast-open-key";

/** WASI's number: no such congestion control. */
const ENOENT: i32 = 44;
const LINGER_BYTES: u32 = 8;
/** TCP_CA_NAME_MAX of Linux: what getsockopt gives at most. */
const NAME_BYTES: u32 = 16;

export class StreamStructures {
  /** True when `option` is one of these. */
  static has(option: u32): bool {
    if (CONFIG_NET_TCP_FASTOPEN && option == STREAM_FASTOPEN_KEY) return true;
    return option == STREAM_LINGER || option == STREAM_INFO || option == STREAM_CONGESTION;
  }

  /** Writes the value, cut to `room` bytes (a checked range). Bytes written. */
  static get(socket: Socket, option: u32, task: i32, value: usize, room: u32): u32 {
    if (CONFIG_NET_TCP_FASTOPEN && option == STREAM_FASTOPEN_KEY) return FastOpenKey.get(task, value, room);
    const whole = option == STREAM_LINGER ? LINGER_BYTES : option == STREAM_INFO ? STREAM_INFO_BYTES : NAME_BYTES;
    const bytes = min<u32>(room, whole);
    let word: u32 = 0;
    for (let i: u32 = 0; i < bytes; i++) {
      if (!(i & 3)) word = StreamStructures.word(socket, option, i >>> 2);
      guest_store8(task, value + i, word);
      word >>>= 8;
    }
    return bytes;
  }

  /** Word `index` of the structure. */
  private static word(socket: Socket, option: u32, index: u32): u32 {
    if (option == STREAM_INFO) return StreamOptions.info(socket, index);
    if (option == STREAM_CONGESTION) {
      return index < 2 ? StreamOptions.congestion(socket, index) : 0;
    }
    const linger = StreamOptions.linger(socket);
    return index ? <u32>max(linger, 0) : u32(linger >= 0);
  }

  /** Sets the value from `length` bytes at `value` (a checked range). 0, EINVAL, ENOPROTOOPT, ENOENT. */
  static set(socket: Socket, option: u32, task: i32, value: usize, length: u32): i32 {
    if (CONFIG_NET_TCP_FASTOPEN && option == STREAM_FASTOPEN_KEY) return FastOpenKey.set(task, value, length);
    if (option == STREAM_INFO) return ENOPROTOOPT;
    if (option == STREAM_LINGER) {
      if (length < LINGER_BYTES) return EINVAL;
      const on = guest_load32(task, value) != 0;
      return -StreamOptions.setLinger(socket, on, <i32>guest_load32(task, value + 4));
    }
    if (!length) return EINVAL;
    const name = StreamStructures.name();
    store<u64>(name, 0);
    // The last of eight bytes is a NUL in every name there is: a longer one is none.
    guest_read(task, name, value, min<u32>(length, 8));
    return StreamOptions.setCongestion(socket, load<u32>(name), load<u32>(name, 4)) ? 0 : ENOENT;
  }

  /** usize → u8[8]: the beginning of a name. */
  private static name(): usize {
    return memory.data(8, 8);
  }
}
