/**
 * The two log lines of a driver that did not find, or could not start, its chip.
 *
 * The texts lie in memory as templates whose hexadecimal fields are filled in place: the core has neither
 * strings nor an allocator.
 */
import { host_log } from "../imports";

const MISMATCH_BYTES: u32 = 62;
const MISMATCH_ADDRESS: usize = 17;
const MISMATCH_EXPECTED: usize = 39;
const MISMATCH_READ: usize = 54;

/** `Ethernet chip at 00000000: expected id 00000000, read 00000000` */
const MISMATCH: usize = memory.data<u8>([
  0x45, 0x74, 0x68, 0x65, 0x72, 0x6e, 0x65, 0x74, 0x20, 0x63, 0x68, 0x69, 0x70, 0x20, 0x61, 0x74, 0x20, 0x30, 0x30,
  0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x3a, 0x20, 0x65, 0x78, 0x70, 0x65, 0x63, 0x74, 0x65, 0x64, 0x20, 0x69, 0x64,
  0x20, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x2c, 0x20, 0x72, 0x65, 0x61, 0x64, 0x20, 0x30, 0x30, 0x30,
  0x30, 0x30, 0x30, 0x30, 0x30,
]);

const TIMEOUT_BYTES: u32 = 44;
const TIMEOUT_ADDRESS: usize = 17;

/** `Ethernet chip at 00000000: no answer in time` */
const TIMEOUT: usize = memory.data<u8>([
  0x45, 0x74, 0x68, 0x65, 0x72, 0x6e, 0x65, 0x74, 0x20, 0x63, 0x68, 0x69, 0x70, 0x20, 0x61, 0x74, 0x20, 0x30, 0x30,
  0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x3a, 0x20, 0x6e, 0x6f, 0x20, 0x61, 0x6e, 0x73, 0x77, 0x65, 0x72, 0x20, 0x69,
  0x6e, 0x20, 0x74, 0x69, 0x6d, 0x65,
]);

export class Identification {
  /** Logs that the chip at bus address `address` identifies itself as `read`, not as `expected`. */
  static mismatch(address: u32, expected: u32, read: u32): void {
    Identification.hex(MISMATCH + MISMATCH_ADDRESS, address);
    Identification.hex(MISMATCH + MISMATCH_EXPECTED, expected);
    Identification.hex(MISMATCH + MISMATCH_READ, read);
    host_log(MISMATCH, MISMATCH_BYTES);
  }

  /** Logs that the chip at bus address `address` did not end its reset, or a command, in the steps it is given. */
  static timeout(address: u32): void {
    Identification.hex(TIMEOUT + TIMEOUT_ADDRESS, address);
    host_log(TIMEOUT, TIMEOUT_BYTES);
  }

  /** Writes `value` as eight lower-case hexadecimal digits to `at` (usize → u8[8]). */
  private static hex(at: usize, value: u32): void {
    for (let i: usize = 0; i < 8; i++) {
      const digit = value >>> 28;
      store<u8>(at + i, <u8>(digit < 10 ? 0x30 + digit : 0x57 + digit));
      value <<= 4;
    }
  }
}
