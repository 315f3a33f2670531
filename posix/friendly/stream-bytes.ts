/** Moving bytes over a stream of any family: what its socket objects share. */
import { EPIPE } from "../errno";
import { Result } from "../zsock/result";
import { zsock_send } from "../zsock/transfer";

/** Bytes of text that go out at once. */
const CHUNK: i32 = 64;

export class StreamBytes {
  /** Sends all of `buffer` (usize → u8[length]). False with an error when the connection ends or the time-out is over before. */
  static sendAll(fd: i32, buffer: usize, length: u32): bool {
    let done: u32 = 0;
    while (done < length) {
      const moved = zsock_send(fd, buffer + done, length - done, 0);
      if (moved < 0) return false;
      // Nothing taken and no error: the connection has ended while the call waited.
      if (!moved) return Result.error(EPIPE) == 0;
      done += moved;
    }
    return true;
  }

  /** Sends an ASCII text. As sendAll. */
  static sendText(fd: i32, text: string): bool {
    const chunk: usize = memory.data(CHUNK, 4);
    let at = 0;
    while (at < text.length) {
      const length = min<i32>(text.length - at, CHUNK);
      for (let i = 0; i < length; i++) store<u8>(chunk + i, <u8>text.charCodeAt(at + i));
      if (!StreamBytes.sendAll(fd, chunk, length)) return false;
      at += length;
    }
    return true;
  }
}
