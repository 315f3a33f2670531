/** The line buffer of the console. */
import { fd_write } from "../imports";

const STDOUT: i32 = 1;
const CAPACITY: u32 = 128;
/** Buffer, then u32 used, then the I/O vector { u32 buffer, u32 length }, then u32 written. */
const USED: usize = 128;
const VECTOR: usize = 132;
const VECTOR_LENGTH: usize = 136;
const WRITTEN: usize = 140;
const BLOCK_BYTES: i32 = 144;

const ZERO: u32 = 0x30;
const LETTERS: u32 = 0x57;

export class Output {
  static readonly NEWLINE: u32 = 0x0a;
  static readonly MINUS: u32 = 0x2d;
  static readonly SPACE: u32 = 0x20;
  static readonly COLON: u32 = 0x3a;
  static readonly OPENING: u32 = 0x28;
  static readonly CLOSING: u32 = 0x29;

  /** usize → u8[144]: the buffer and what writing it takes. */
  static block(): usize {
    return memory.data(BLOCK_BYTES, 4);
  }

  /** Appends one byte; the end of a line and a full buffer write it out. */
  static byte(value: u32): void {
    const block = Output.block();
    const used = load<u32>(block, USED);
    store<u8>(block + <usize>used, <u8>value);
    store<u32>(block, used + 1, USED);
    if (value == Output.NEWLINE || used + 1 == CAPACITY) Output.flush();
  }

  /** Appends the bytes up to a NUL. */
  static text(from: usize): void {
    let value: u32 = load<u8>(from);
    while (value) {
      Output.byte(value);
      value = load<u8>(++from);
    }
  }

  /** Appends `length` UTF-16 units as UTF-8; half a surrogate pair becomes U+FFFD. */
  static utf16(from: usize, length: u32): void {
    for (let i: u32 = 0; i < length; i++) {
      let code: u32 = load<u16>(from + ((<usize>i) << 1));
      if (code >= 0xd800 && code < 0xe000) {
        const next: u32 = code < 0xdc00 && i + 1 < length ? load<u16>(from + ((<usize>i) << 1), 2) : 0;
        if (next >= 0xdc00 && next < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
          i++;
        } else {
          code = 0xfffd;
        }
      }
      // The first byte says how many follow, with six bits each.
      let lead: u32 = 0;
      let shift: u32 = 0;
      if (code >= 0x10000) {
        lead = 0xf0;
        shift = 18;
      } else if (code >= 0x800) {
        lead = 0xe0;
        shift = 12;
      } else if (code >= 0x80) {
        lead = 0xc0;
        shift = 6;
      }
      Output.byte(lead | (code >>> shift));
      while (shift) {
        shift -= 6;
        Output.byte(0x80 | ((code >>> shift) & 0x3f));
      }
    }
  }

  /** Appends `value` in decimal, at least `digits` digits. */
  static decimal(value: u32, digits: u32): void {
    let divisor: u32 = 1;
    let width: u32 = 1;
    const rest = value / 10;
    while (width < 10 && (width < digits || rest >= divisor)) {
      divisor *= 10;
      width++;
    }
    while (divisor) {
      Output.byte(ZERO + value / divisor);
      value %= divisor;
      divisor /= 10;
    }
  }

  /** Appends the last `digits` hexadecimal digits of `value`. */
  static hexadecimal(value: u32, digits: u32): void {
    for (let i = digits; i > 0; i--) {
      const digit = (value >> ((i - 1) << 2)) & 0xf;
      Output.byte(digit < 10 ? ZERO + digit : LETTERS + digit);
    }
  }

  /** Writes out the buffer. What the console refuses is lost: there is nowhere else to say so. */
  static flush(): void {
    const block = Output.block();
    let from = block;
    let left = load<u32>(block, USED);
    store<u32>(block, 0, USED);
    while (left) {
      store<u32>(block, <u32>from, VECTOR);
      store<u32>(block, left, VECTOR_LENGTH);
      if (fd_write(STDOUT, block + VECTOR, 1, block + WRITTEN)) return;
      const written = load<u32>(block, WRITTEN);
      if (written == 0 || written > left) return;
      from += written;
      left -= written;
    }
  }
}
