/** The head of an HTTP answer, byte by byte as it comes: its status, and where it ends (RFC 9112 §2.1, §4). */

const BLANK: u32 = 0x20;
const NEWLINE: u32 = 0x0a;
const RETURN: u32 = 0x0d;
const ZERO: u32 = 0x30;

export class Head {
  /** u32 status, u32 blanks in the first line, u32 bytes in this line, u32 1 after the first line, u32 1 after the head. */
  private static state(): usize {
    return memory.data(20, 4);
  }

  /** True when everything that follows is the page. */
  static isOver(): bool {
    return load<u32>(Head.state(), 16) != 0;
  }

  /** 200, 404, …; 0 before it has come. */
  static status(): u32 {
    return load<u32>(Head.state());
  }

  /** The next byte of the head. */
  static take(byte: u32): void {
    const state = Head.state();
    if (byte == RETURN) return;
    if (byte == NEWLINE) {
      if (!load<u32>(state, 8)) store<u32>(state, 1, 16);
      store<u32>(state, 0, 8);
      store<u32>(state, 1, 12);
      return;
    }
    store<u32>(state, load<u32>(state, 8) + 1, 8);
    if (load<u32>(state, 12)) return;
    if (byte == BLANK) store<u32>(state, load<u32>(state, 4) + 1, 4);
    // The number between the first two blanks.
    else if (load<u32>(state, 4) == 1 && byte - ZERO <= 9 && load<u32>(state) < 100) {
      store<u32>(state, load<u32>(state) * 10 + byte - ZERO);
    }
  }
}
