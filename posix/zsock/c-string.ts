/** Text of a program, whichever way it says it, as a C string. */
import { strlen } from "../string";

export class CString {
  /**
   * Copies text (string, or usize → C string; not NULL) to `to` (usize → u8[room]) with a zero byte.
   * @returns its length, or -1 when it has no room or a character beyond ASCII
   */
  static copy<S>(text: S, to: usize, room: u32): i32 {
    const at = changetype<usize>(text);
    if (isString<S>()) return CString.narrow(at, changetype<string>(text).length, to, room);
    const length = strlen(at);
    if (length >= room) return -1;
    memory.copy(to, at, <usize>length + 1);
    return length;
  }

  private static narrow(at: usize, length: u32, to: usize, room: u32): i32 {
    if (length >= room) return -1;
    for (let i: u32 = 0; i < length; i++) {
      const character = <u32>load<u16>(at + (i << 1));
      if (character > 127) return -1;
      store<u8>(to + i, <u8>character);
    }
    store<u8>(to + length, 0);
    return length;
  }
}
