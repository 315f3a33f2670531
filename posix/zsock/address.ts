/**
 * Between Zephyr's sockaddr_in and the address record of the WASI socket calls.
 *
 * The record, 24 bytes: u32 kind (0 = IPv4) at 0, the four bytes of the address at 4, the port as a number at 8.
 */
import { CONFIG_NET_SOCKETS_PACKET, CONFIG_NET_SOCKETS_UNIX } from "../../config";
import { EAFNOSUPPORT, EINVAL } from "../errno";
import { AF_INET, AF_UNIX } from "./constants";
import { Result } from "./result";
import { sockaddr_in } from "./types";

const RECORD_BYTES: i32 = 24;
const RECORD_ADDRESS: usize = 4;
const RECORD_PORT: usize = 8;

export class Address {
  /**
   * usize → u8[24]: the record that is passed to system calls. One is enough: no call is made during a call. Its kind is 0 from the start and
   * stays so: IPv4 is the only one that the stack writes.
   */
  static record(): usize {
    return memory.data(RECORD_BYTES, 4);
  }

  /** True in an image that has families whose addresses find no room in the record. */
  static readonly OTHERS: bool = CONFIG_NET_SOCKETS_UNIX || CONFIG_NET_SOCKETS_PACKET;

  /**
   * True when the address (usize → u8[length]) is handed on as it is: an AF_UNIX one in an image that has that family, and any in an image with
   * AF_PACKET, where what an address must be depends on the socket.
   */
  @inline static isOther(address: usize, length: u32): bool {
    return CONFIG_NET_SOCKETS_PACKET || (CONFIG_NET_SOCKETS_UNIX && length >= 2 && load<u16>(address) == AF_UNIX);
  }

  /** `value` with its two bytes exchanged. */
  @inline static swap16(value: u32): u32 {
    return ((value & 0xff) << 8) | ((value >> 8) & 0xff);
  }

  /**
   * Puts the sockaddr_in at `address` (usize → u8[length]) into the record. 0, or -1 with errno:
   * EINVAL (length is less than 8), EAFNOSUPPORT (the family is not AF_INET).
   */
  static toRecord(address: usize, length: u32): i32 {
    if (length < <u32>offsetof<sockaddr_in>()) return Result.error(EINVAL);
    const from = changetype<sockaddr_in>(address);
    if (from.sin_family != AF_INET) return Result.error(EAFNOSUPPORT);
    const record = Address.record();
    store<u32>(record, from.sin_addr, RECORD_ADDRESS);
    store<u16>(record, Address.swap16(from.sin_port), RECORD_PORT);
    return 0;
  }

  /**
   * Puts the record's address at `address`, and its real length at `length` (usize → u32; on entry the room there).
   * As in C, an address that is longer than the room is cut.
   */
  static fromRecord(address: usize, length: usize): void {
    const record = Address.record();
    const port = Address.swap16(load<u16>(record, RECORD_PORT));
    if (load<u32>(length) >= <u32>offsetof<sockaddr_in>()) {
      const to = changetype<sockaddr_in>(address);
      to.sin_family = <u16>AF_INET;
      to.sin_port = <u16>port;
      to.sin_addr = load<u32>(record, RECORD_ADDRESS);
    } else {
      const whole = ((<u64>load<u32>(record, RECORD_ADDRESS)) << 32) | ((<u64>port) << 16) | <u64>AF_INET;
      const room = load<u32>(length);
      for (let i: u32 = 0; i < room; i++) store<u8>(address + i, <u8>(whole >> ((<u64>i) << 3)));
    }
    store<u32>(length, <u32>offsetof<sockaddr_in>());
  }
}
