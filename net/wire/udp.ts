/**
 * UDP header (RFC 768).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------------------------------+-------------------------------+
 *     |          source port          |       destination port        | +0
 *     +-------------------------------+-------------------------------+
 *     |            length             |           checksum            | +4
 *     +-------------------------------+-------------------------------+
 */
import { Be } from "../base/be";

/** Bytes of the header. */
export const UDP_HEADER_BYTES: u32 = 8;

/** What the two header words say, in registers or in memory. Ports stay in network order. */
export class UdpHeader {
  @inline static sourcePortBe(word0: u32): u32 {
    return word0 & 0xffff;
  }

  @inline static destinationPortBe(word0: u32): u32 {
    return word0 >>> 16;
  }

  /** Bytes of header and payload. */
  @inline static length(word1: u32): u32 {
    return Be.swap16(word1);
  }

  /** Memory order; 0 = none. */
  @inline static checksumBe(word1: u32): u32 {
    return word1 >>> 16;
  }
}
