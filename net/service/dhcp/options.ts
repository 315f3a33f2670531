/**
 * Options of a received DHCP message (RFC 2132): those that the client uses are collected here, the others passed over.
 * An option may come in pieces, which belong together (RFC 3396 §5), and options may go on in the fields for the boot file and
 * the server's name (option 52). Each has the length that its format says; a message that breaks this is dropped as a whole.
 */
import { DhcpMessage } from "../../wire/dhcp";

/** What is collected, by its place in the table. */
export const DHCP_MASK: u32 = 0;
export const DHCP_ROUTERS: u32 = 1;
export const DHCP_NAME_SERVERS: u32 = 2;
export const DHCP_TIME_SERVERS: u32 = 3;
export const DHCP_LEASE: u32 = 4;
export const DHCP_KIND: u32 = 5;
export const DHCP_SERVER: u32 = 6;
export const DHCP_RENEWAL: u32 = 7;
export const DHCP_REBINDING: u32 = 8;
export const DHCP_MTU: u32 = 9;
const OVERLOAD: u32 = 10;
const COUNT: u32 = 11;

const RULE_BYTES: u32 = 3;

/** Bytes of an option that are kept: three addresses. */
const KEPT: u32 = 12;
const VALUE_BYTES: u32 = 16;

const PAD: u32 = 0;
const END: u32 = 255;
const FILE_BYTES: usize = 128;
const SERVER_NAME_BYTES: usize = 64;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  /** For each: code, bytes of a unit, 1 when there may be several units. */
  static rules(): usize {
    return memory.data<u8>([
      1, 4, 0, 3, 4, 1, 6, 4, 1, 42, 4, 1, 51, 4, 0, 53, 1, 0, 54, 4, 0, 58, 4, 0, 59, 4, 0, 26, 2, 0, 52, 1, 0,
    ]);
  }

  /** For each: u32 length in the message, u8[12] what is kept. */
  static values(): usize {
    return memory.data(11 * 16, 4);
  }
}

export class DhcpOptions {
  /**
   * Collects the options of a message of `bytes` bytes (at least 240).
   * @returns false when an option goes beyond its field, a field has no end, or an option has a length that it cannot have
   */
  static parse(message: DhcpMessage, bytes: u32): bool {
    memory.fill(Memory.values(), 0, <usize>(COUNT * VALUE_BYTES));
    if (!DhcpOptions.scan(message.options(), changetype<usize>(message) + bytes)) return false;
    const overload = DhcpOptions.has(OVERLOAD) ? <u32>load<u8>(DhcpOptions.value(OVERLOAD), 4) : 0;
    if (overload > 3) return false;
    if (overload & 1 && !DhcpOptions.scan(message.file(), message.file() + FILE_BYTES)) return false;
    if (overload & 2 && !DhcpOptions.scan(message.serverName(), message.serverName() + SERVER_NAME_BYTES)) return false;
    return DhcpOptions.lengthsFit();
  }

  /** True when the message has the option. */
  static has(option: u32): bool {
    return load<u32>(DhcpOptions.value(option)) != 0;
  }

  /** Address `index` (0 to 2) of an option, network order; 0 when it has fewer. Also numbers of four bytes, as they lie. */
  static wordBe(option: u32, index: u32): u32 {
    return load<u32>(DhcpOptions.value(option) + 4 + (index << 2));
  }

  /** usize → u32 length, u8[12]. */
  @inline private static value(option: u32): usize {
    return Memory.values() + option * VALUE_BYTES;
  }

  /** One field of options, from `p` to before `end`. */
  private static scan(p: usize, end: usize): bool {
    while (p < end) {
      const code = <u32>load<u8>(p);
      p++;
      if (code == PAD) continue;
      if (code == END) return true;
      if (p == end) return false;
      const length = <usize>load<u8>(p);
      p++;
      if (length > end - p) return false;
      DhcpOptions.take(code, p, <u32>length);
      p += length;
    }
    return false;
  }

  /** Adds a piece to the option that it belongs to, if that is one of ours. */
  private static take(code: u32, data: usize, length: u32): void {
    for (let i: u32 = 0; i < COUNT; i++) {
      if (<u32>load<u8>(Memory.rules() + i * RULE_BYTES) != code) continue;
      const value = DhcpOptions.value(i);
      const had = load<u32>(value);
      store<u32>(value, had + length);
      if (had < KEPT) memory.copy(value + 4 + had, data, <usize>min<u32>(length, KEPT - had));
      return;
    }
  }

  private static lengthsFit(): bool {
    for (let i: u32 = 0; i < COUNT; i++) {
      const length = load<u32>(DhcpOptions.value(i));
      const unit = <u32>load<u8>(Memory.rules() + i * RULE_BYTES, 1);
      if (!length || length == unit) continue;
      if (!load<u8>(Memory.rules() + i * RULE_BYTES, 2) || length % unit) return false;
    }
    return true;
  }
}
