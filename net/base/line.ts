/** A line of the stack's log, put together from texts, numbers and addresses in static memory. */
import { host_log } from "../../hal/imports";
import { Text } from "./text";

const ROOM: u32 = 120;
const ZERO: u32 = 0x30;
const DOT: u32 = 0x2e;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  /** u32 length, u8[120]. */
  static line(): usize {
    return memory.data(124, 4);
  }
}

export class Line {
  /** Starts a line with NUL-terminated ASCII. */
  static begin(text: usize): void {
    store<u32>(Memory.line(), 0);
    Line.text(text);
  }

  /** Adds NUL-terminated ASCII; what has no room is cut. */
  static text(text: usize): void {
    const length = Text.length(text);
    for (let i: u32 = 0; i < length; i++) Line.put(load<u8>(text + i));
  }

  /** Adds a decimal number. */
  static number(value: u32): void {
    let unit: u32 = 1;
    while (value / unit >= 10) unit *= 10;
    while (unit) {
      Line.put(ZERO + ((value / unit) % 10));
      unit /= 10;
    }
  }

  /** Adds an IPv4 address (network order) with dots. */
  static address(addressBe: u32): void {
    for (let i: u32 = 0; i < 4; i++) {
      if (i) Line.put(DOT);
      Line.number((addressBe >>> (i << 3)) & 0xff);
    }
  }

  /** Logs the line. */
  static log(): void {
    host_log(Memory.line() + 4, load<u32>(Memory.line()));
  }

  private static put(byte: u32): void {
    const length = load<u32>(Memory.line());
    if (length == ROOM) return;
    store<u8>(Memory.line() + 4 + length, <u8>byte);
    store<u32>(Memory.line(), length + 1);
  }
}
