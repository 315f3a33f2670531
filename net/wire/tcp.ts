/**
 * TCP header (RFC 9293 §3.1).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------------------------------+-------------------------------+
 *     |          source port          |       destination port        | +0
 *     +-------------------------------+-------------------------------+
 *     |                        sequence number                        | +4
 *     +---------------------------------------------------------------+
 *     |                    acknowledgment number                      | +8
 *     +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *     | data  |       |C|E|U|A|P|R|S|F|                               |
 *     | offset|       |W|C|R|C|S|S|Y|I|            window             | +12
 *     |       |       |R|E|G|K|H|T|N|N|                               |
 *     +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *     |           checksum            |        urgent pointer         | +16
 *     +-------------------------------+-------------------------------+
 *     |                    options, 0 to 40 bytes                     | +20
 *     +---------------------------------------------------------------+
 */
import { Be } from "../base/be";

/** Bytes of a header without options, and of the largest. */
export const TCP_HEADER_BYTES: u32 = 20;
export const TCP_HEADER_MAX_BYTES: u32 = 60;

/** Flags, as the second byte of word 3 has them. */
export const TCP_FIN: u32 = 0x01;
export const TCP_SYN: u32 = 0x02;
export const TCP_RST: u32 = 0x04;
export const TCP_PSH: u32 = 0x08;
export const TCP_ACK: u32 = 0x10;
export const TCP_URG: u32 = 0x20;
/** RFC 3168 §6.1. */
export const TCP_ECE: u32 = 0x40;
export const TCP_CWR: u32 = 0x80;

/** Option kinds. */
export const TCP_OPTION_END: u32 = 0;
export const TCP_OPTION_NOP: u32 = 1;
export const TCP_OPTION_MSS: u32 = 2;
export const TCP_OPTION_WINDOW_SCALE: u32 = 3;
export const TCP_OPTION_SACK_PERMITTED: u32 = 4;
export const TCP_OPTION_SACK: u32 = 5;
export const TCP_OPTION_TIMESTAMPS: u32 = 8;
/** RFC 7413 §2. */
export const TCP_OPTION_FASTOPEN: u32 = 34;

/** NOP, NOP, kind 8, length 10: the word that begins a timestamps option laid out as RFC 7323 appendix A has it, memory order. */
export const TCP_TIMESTAMPS_WORD: u32 = 0x0a080101;

/** What the header words say, in registers or in memory; `word3` and `word4` are little-endian loads at +12 and +16. */
export class TcpHeader {
  /** Header length, bytes; a data offset below 5 gives less than 20. */
  @inline static headerBytes(word3: u32): u32 {
    return (word3 >>> 2) & 0x3c;
  }

  /** TCP_* flags. */
  @inline static flags(word3: u32): u32 {
    return (word3 >>> 8) & 0xff;
  }

  /** The window field, not scaled. */
  @inline static window(word3: u32): u32 {
    return Be.swap32(word3) & 0xffff;
  }

  /** Memory order. */
  @inline static checksumBe(word4: u32): u32 {
    return word4 & 0xffff;
  }

  @inline static urgentPointer(word4: u32): u32 {
    return Be.swap32(word4) & 0xffff;
  }

  /** Word 3 of a segment to be sent, memory order. `headerBytes` a multiple of 4, `window` at most 65,535. */
  @inline static word3(headerBytes: u32, flags: u32, window: u32): u32 {
    return (headerBytes << 2) | (flags << 8) | Be.high16(window);
  }
}
