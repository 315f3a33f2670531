/**
 * The Fast Open option (RFC 7413 §2): kind 34, and a cookie of 4 to 16 bytes, an even number of them; none asks for one. Only SYNs
 * have it. The form with kind 254 that was used before the RFC is not known here.
 *
 *     received   where it lies in the header of the segment that is being handled
 *     to be sent on the next SYN or SYN-ACK, and on no other: one that is sent again goes without, since the option may be
 *                what had the first one dropped (§4.1.3.1; Linux does the same)
 */
import { CONFIG_NET_TCP_FASTOPEN } from "../../../config";
import { TCP_OPTION_FASTOPEN, TCP_OPTION_NOP } from "../../wire/tcp";

/** Most bytes of a cookie. */
export const COOKIE_MOST: u32 = 16;
const COOKIE_LEAST: u32 = 4;
/** Kind and length. */
const HEAD_BYTES: u32 = 2;

/** usize → the cookie that was received, u32 its bytes; u32 bytes to be sent (NOTHING), u8[16] the cookie to be sent. */
const RECEIVED: usize = CONFIG_NET_TCP_FASTOPEN ? memory.data(28, 4) : 0;
const RECEIVED_BYTES: usize = RECEIVED + 4;
const NEXT_BYTES: usize = RECEIVED + 8;
const NEXT: usize = RECEIVED + 12;
const NOTHING: u32 = 0xffffffff;

export class FastOpenOption {
  static initialise(): void {
    FastOpenOption.clear();
  }

  // ---- received -----------------------------------------------------------------------------------------------------

  /** Takes the option of `length` bytes at `p` (usize → u8[length]). False when it has a length that no such option has. */
  static take(p: usize, length: u32): bool {
    const bytes = length - HEAD_BYTES;
    if (bytes && (bytes < COOKIE_LEAST || bytes > COOKIE_MOST || bytes & 1)) return false;
    store<usize>(RECEIVED, p + HEAD_BYTES);
    store<u32>(RECEIVED_BYTES, bytes);
    return true;
  }

  /** Bytes of the cookie that the present segment has; 0: it asks for one. Valid with HAS_FASTOPEN. */
  @inline static length(): u32 {
    return load<u32>(RECEIVED_BYTES);
  }

  /** usize → u8[length()], any alignment. */
  @inline static cookie(): usize {
    return load<usize>(RECEIVED);
  }

  // ---- to be sent ---------------------------------------------------------------------------------------------------

  /** The next SYN asks for a cookie. */
  static ask(): void {
    store<u32>(NEXT_BYTES, 0);
  }

  /** The next SYN or SYN-ACK has the cookie at `p` (usize → u8[bytes]). */
  static bring(p: usize, bytes: u32): void {
    store<u32>(NEXT_BYTES, bytes);
    memory.copy(NEXT, p, bytes);
  }

  /** The next SYN-ACK has the eight bytes `cookie`. */
  static give(cookie: u64): void {
    store<u32>(NEXT_BYTES, 8);
    store<u64>(NEXT, cookie);
  }

  /** No SYN has the option. */
  static clear(): void {
    store<u32>(NEXT_BYTES, NOTHING);
  }

  /**
   * Writes the option that is to be sent, if there is one.
   * @param place usize → u8[20]: what MSS, SACK, timestamps and the scale leave of the 40 bytes
   * @returns bytes written, a multiple of 4
   */
  static write(place: usize): u32 {
    const bytes = load<u32>(NEXT_BYTES);
    if (bytes == NOTHING) return 0;
    const length = bytes + HEAD_BYTES;
    store<u8>(place, <u8>TCP_OPTION_FASTOPEN);
    store<u8>(place, <u8>length, 1);
    memory.copy(place + HEAD_BYTES, NEXT, bytes);
    if (length & 2) store<u16>(place + length, <u16>(TCP_OPTION_NOP | (TCP_OPTION_NOP << 8)));
    return (length + 2) & ~3;
  }
}
