/**
 * IPv4 addresses as text and in network order.
 *
 * Text goes in as an AssemblyScript string or as the address of a C string (usize → u8[], ended by a zero byte), and
 * comes out as a C string.
 */
import { EAFNOSUPPORT, ENOSPC } from "../errno";
import { strlen } from "../string";
import { Address } from "./address";
import { AF_INET } from "./constants";
import { Result } from "./result";
import { NULL } from "./types";

/** Any address of this device. Host order. */
export const INADDR_ANY: u32 = 0;
/** 127.0.0.1, host order. */
export const INADDR_LOOPBACK: u32 = 0x7f000001;
/** 255.255.255.255, host order. */
export const INADDR_BROADCAST: u32 = 0xffffffff;
/** What inet_addr answers for text that is no address. */
export const INADDR_NONE: u32 = 0xffffffff;
/** Bytes that an IPv4 address needs as text, with its zero byte. */
export const INET_ADDRSTRLEN: i32 = 16;

const DOT: u32 = 0x2e;
const ZERO: u32 = 0x30;

/** A 16-bit number from host to network order. */
export function htons(value: u32): u16 {
  return <u16>Address.swap16(value);
}

/** A 16-bit number from network to host order. */
export function ntohs(value: u32): u16 {
  return <u16>Address.swap16(value);
}

/** A 32-bit number from host to network order. */
export function htonl(value: u32): u32 {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >> 8) & 0xff00) | (value >> 24);
}

/** A 32-bit number from network to host order. */
export function ntohl(value: u32): u32 {
  return htonl(value);
}

/** Text in either encoding: `stride` bytes a character. */
class Dotted {
  /** usize → u32: the address that `parse` read, network order. */
  static value(): usize {
    return memory.data(4, 4);
  }

  /**
   * Reads exactly four decimal numbers from 0 to 255 with dots between, no more than three digits each and no leading zero,
   * and leaves the address in `value`. False for anything else.
   */
  static parse(text: usize, length: u32, stride: u32): bool {
    let address: u32 = 0;
    let index: u32 = 0;
    for (let part: u32 = 0; part < 4; part++) {
      if (part != 0) {
        if (index >= length || Dotted.character(text, index, stride) != DOT) return false;
        index++;
      }
      let number: u32 = 0;
      let digits: u32 = 0;
      while (index < length) {
        const digit = Dotted.character(text, index, stride) - ZERO;
        if (digit > 9) break;
        if (digits != 0 && number == 0) return false;
        number = number * 10 + digit;
        digits++;
        index++;
        if (number > 255) return false;
      }
      if (digits == 0) return false;
      address |= number << (part << 3);
    }
    store<u32>(Dotted.value(), address);
    return index == length;
  }

  static character(text: usize, index: u32, stride: u32): u32 {
    return stride == 1 ? <u32>load<u8>(text + <usize>index) : <u32>load<u16>(text + ((<usize>index) << 1));
  }

  /** Writes `number` (0 to 255) in decimal at `at`; the address after it. */
  static decimal(at: usize, number: u32): usize {
    let end = at;
    if (number >= 100) store<u8>(end++, <u8>(ZERO + number / 100));
    if (number >= 10) store<u8>(end++, <u8>(ZERO + ((number / 10) % 10)));
    store<u8>(end++, <u8>(ZERO + (number % 10)));
    return end;
  }

  /** Writes `address` (network order) as a C string at `at`, at most 16 bytes; the address of its zero byte. */
  static format(at: usize, address: u32): usize {
    let end = at;
    for (let part: u32 = 0; part < 4; part++) {
      if (part != 0) store<u8>(end++, <u8>DOT);
      end = Dotted.decimal(end, (address >> (part << 3)) & 0xff);
    }
    store<u8>(end, 0);
    return end;
  }

  /** usize → u8[16]: what inet_ntoa returns. */
  static text(): usize {
    return memory.data(INET_ADDRSTRLEN, 4);
  }
}

/**
 * Reads an address from text.
 *
 * @param family AF_INET
 * @param text   string, or usize → C string
 * @param to     usize → u32: the address in network order; unchanged unless 1 is returned
 * @returns 1; 0 when the text is no address; -1 with errno EAFNOSUPPORT (family)
 * @see POSIX inet_pton()
 */
export function zsock_inet_pton<S>(family: i32, text: S, to: usize): i32 {
  if (family != AF_INET) return Result.error(EAFNOSUPPORT);
  if (!zsock_inet_aton<S>(text, to)) return 0;
  return 1;
}

/**
 * Writes an address as text.
 *
 * @param family AF_INET
 * @param from   usize → u32: the address in network order
 * @param text   usize → u8[size], gets the C string
 * @param size   bytes at `text`; INET_ADDRSTRLEN always suffices
 * @returns `text`, or NULL with errno: EAFNOSUPPORT (family), ENOSPC (size)
 * @see POSIX inet_ntop()
 */
export function zsock_inet_ntop(family: i32, from: usize, text: usize, size: u32): usize {
  if (family != AF_INET) {
    Result.error(EAFNOSUPPORT);
    return NULL;
  }
  const own = Dotted.text();
  const bytes = <u32>(Dotted.format(own, load<u32>(from)) - own) + 1;
  if (bytes > size) {
    Result.error(ENOSPC);
    return NULL;
  }
  for (let i: u32 = 0; i < bytes; i++) store<u8>(text + i, load<u8>(own + i));
  return text;
}

/**
 * Reads an address from text; unlike its namesake in C it takes the four-part form only.
 *
 * @param text string, or usize → C string
 * @param to   usize → u32: the address in network order; unchanged when 0 is returned
 * @returns 1, or 0 when the text is no address
 */
export function zsock_inet_aton<S>(text: S, to: usize): i32 {
  const at = changetype<usize>(text);
  let read: bool;
  if (isString<S>()) read = Dotted.parse(at, changetype<string>(text).length, 2);
  else read = Dotted.parse(at, strlen(at), 1);
  if (!read) return 0;
  store<u32>(to, load<u32>(Dotted.value()));
  return 1;
}

/** The address (network order) that `text` (string, or usize → C string) says; INADDR_NONE when it says none. */
export function zsock_inet_addr<S>(text: S): u32 {
  return zsock_inet_aton<S>(text, Dotted.value()) ? load<u32>(Dotted.value()) : INADDR_NONE;
}

/** The address (network order) as a C string: usize → u8[16], overwritten by the next call. */
export function zsock_inet_ntoa(address: u32): usize {
  Dotted.format(Dotted.text(), address);
  return Dotted.text();
}
