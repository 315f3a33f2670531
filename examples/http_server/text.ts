// Text in memory: comparing bytes that came from outside with literals, and putting texts together.

const ZERO: u32 = 0x30;
const CASE_BIT: u32 = 0x20;

/** `letter` as a small letter when it is one of A to Z. */
function small(letter: u32): u32 {
  return letter - 0x41 < 26 ? letter | CASE_BIT : letter;
}

/** True when the `length` bytes at `from` are `word`, an ASCII literal. */
export function equals(from: usize, length: u32, word: string): bool {
  if (length != <u32>word.length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (<u32>load<u8>(from + i) != <u32>load<u16>(changetype<usize>(word) + ((<usize>i) << 1))) return false;
  }
  return true;
}

/** As `equals`, but capital and small letters are the same; `word` is in small letters. */
export function equalsIgnoringCase(from: usize, length: u32, word: string): bool {
  if (length != <u32>word.length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (small(load<u8>(from + i)) != <u32>load<u16>(changetype<usize>(word) + ((<usize>i) << 1))) return false;
  }
  return true;
}

/** Writes text into memory, piece by piece. What does not fit is left out: buffers are made for what goes into them. */
export class Writer {
  /** usize → u32 next byte, u32 end. */
  private static state(): usize {
    return memory.data(8, 4);
  }

  /** Begins at `to` (usize → u8[room]). */
  static begin(to: usize, room: u32): void {
    store<u32>(Writer.state(), <u32>to);
    store<u32>(Writer.state(), <u32>to + room, 4);
  }

  /** First byte after what has been written. */
  static end(): usize {
    return load<u32>(Writer.state());
  }

  static byte(value: u32): void {
    const at = load<u32>(Writer.state());
    if (at >= load<u32>(Writer.state(), 4)) return;
    store<u8>(at, value);
    store<u32>(Writer.state(), at + 1);
  }

  /** `text` is ASCII. */
  static text(text: string): void {
    for (let i: usize = 0; i < <usize>text.length; i++) Writer.byte(load<u16>(changetype<usize>(text) + (i << 1)));
  }

  /** In decimal. */
  static number(value: u32): void {
    let divisor: u32 = 1;
    while (value / divisor >= 10) divisor *= 10;
    while (divisor) {
      Writer.byte(ZERO + ((value / divisor) % 10));
      divisor /= 10;
    }
  }
}
