/**
 * Names in DNS messages (RFC 1035 §3.1, §4.1.4): labels with their lengths before them, an empty one at the end, possibly continued
 * elsewhere by a pointer. `end` checks a name; after that nothing about it can fail.
 *
 * Pointers must lead strictly backwards, before everything of the name seen so far, so no chain of them comes back to itself; the
 * name has 255 bytes at most, counted while it is followed (RFC 9267).
 */
import { DNS_HEADER_BYTES } from "./dns";

/** Longest name and label. */
const NAME_MAX: u32 = 255;
const LABEL_MAX: u32 = 63;
/** From here on a length byte is half of a pointer. */
const POINTER: u32 = 0xc0;
const POINTER_MASK: u32 = 0x3f;

const UPPER_A: u32 = 0x41;
const LETTERS: u32 = 26;
const CASE: u32 = 0x20;
const DOT: u32 = 0x2e;
const HYPHEN: u32 = 0x2d;
const UNDERSCORE: u32 = 0x5f;
const ZERO: u32 = 0x30;

export class DnsName {
  /**
   * Checks the name at offset `at` of a message of `bytes` bytes.
   * @returns the offset after it, or 0 when it is malformed
   */
  static end(message: usize, bytes: u32, at: u32): u32 {
    let end: u32 = 0;
    let first = at;
    let total: u32 = 0;
    while (at < bytes) {
      const length = <u32>load<u8>(message + at);
      if (length >= POINTER) {
        if (at + 1 >= bytes) return 0;
        const target = ((length & POINTER_MASK) << 8) | <u32>load<u8>(message + at, 1);
        if (!end) end = at + 2;
        if (target >= first || target < DNS_HEADER_BYTES) return 0;
        first = target;
        at = target;
        continue;
      }
      if (length > LABEL_MAX) return 0;
      total += length + 1;
      if (total > NAME_MAX) return 0;
      at += length + 1;
      if (!length) return end ? end : at;
    }
    return 0;
  }

  /** True when two checked names of a message are the same, whatever the case of their letters. */
  static equal(message: usize, a: u32, b: u32): bool {
    let one = DnsName.label(message, message + a);
    let other = DnsName.label(message, message + b);
    while (true) {
      const length = <u32>load<u8>(one);
      if (!DnsName.same(one, other, length + 1)) return false;
      if (!length) return true;
      one = DnsName.label(message, one + length + 1);
      other = DnsName.label(message, other + length + 1);
    }
  }

  /** True when `length` bytes are the same, whatever the case of letters. Lengths of labels are no letters. */
  static same(a: usize, b: usize, length: u32): bool {
    for (let i: u32 = 0; i < length; i++) {
      if (DnsName.lower(load<u8>(a + i)) != DnsName.lower(load<u8>(b + i))) return false;
    }
    return true;
  }

  /** The lower-case letter for an upper-case one; anything else as it is. */
  @inline static lower(byte: u32): u32 {
    return byte - UPPER_A < LETTERS ? byte | CASE : byte;
  }

  /** True for a letter. */
  @inline static isLetter(byte: u32): bool {
    return (byte | CASE) - (UPPER_A | CASE) < LETTERS;
  }

  /**
   * Writes text as labels: letters, digits, hyphens and underscores with dots between; a dot may be at the end.
   * @param text usize → u8[length]; @param to usize → u8[room]
   * @returns bytes written, 0 when the text is no name or has no room
   */
  static encode(text: usize, length: u32, to: usize, room: u32): u32 {
    if (length && <u32>load<u8>(text + length - 1) == DOT) length--;
    // One length before the first label, one empty label at the end.
    if (!length || length + 2 > room || length + 2 > NAME_MAX) return 0;
    let start = to;
    let label: u32 = 0;
    for (let i: u32 = 0; i < length; i++) {
      const byte = <u32>load<u8>(text + i);
      if (byte == DOT) {
        if (!label || label > LABEL_MAX) return 0;
        store<u8>(start, <u8>label);
        start += label + 1;
        label = 0;
        continue;
      }
      if (!DnsName.isLetter(byte) && byte - ZERO > 9 && byte != HYPHEN && byte != UNDERSCORE) return 0;
      store<u8>(start + 1 + label, <u8>byte);
      label++;
    }
    if (!label || label > LABEL_MAX) return 0;
    store<u8>(start, <u8>label);
    store<u8>(start + label + 1, 0);
    return length + 2;
  }

  /** Where the label at `p` of a checked name really lies. */
  private static label(message: usize, p: usize): usize {
    while (<u32>load<u8>(p) >= POINTER) {
      p = message + (((<u32>load<u8>(p) & POINTER_MASK) << 8) | <u32>load<u8>(p, 1));
    }
    return p;
  }
}
