/**
 * ICMP header (RFC 792). The meaning of the second word depends on the type.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------+---------------+-------------------------------+
 *     |     type      |     code      |           checksum            | +0
 *     +---------------+---------------+-------------------------------+
 *     | echo: identifier, sequence number; 3/4: 0, next-hop MTU;      | +4
 *     | 12: pointer, 0, 0, 0                                          |
 *     +---------------------------------------------------------------+
 *     | echo: data; errors: the IP header and the first bytes of what | +8
 *     | caused it                                                     |
 *     +---------------------------------------------------------------+
 */
import { Be } from "../base/be";

/** Bytes of the header. */
export const ICMP_HEADER_BYTES: u32 = 8;

/** Types. */
export const ICMP_ECHO_REPLY: u32 = 0;
export const ICMP_UNREACHABLE: u32 = 3;
export const ICMP_ECHO_REQUEST: u32 = 8;
export const ICMP_TIME_EXCEEDED: u32 = 11;
export const ICMP_PARAMETER_PROBLEM: u32 = 12;

/** Codes of ICMP_UNREACHABLE. */
export const ICMP_CODE_PROTOCOL: u32 = 2;
export const ICMP_CODE_PORT: u32 = 3;
export const ICMP_CODE_FRAGMENTATION_NEEDED: u32 = 4;
/** Code of ICMP_TIME_EXCEEDED: the reassembly timer. */
export const ICMP_CODE_REASSEMBLY: u32 = 1;

/** What the two header words say, in registers or in memory. */
export class IcmpHeader {
  @inline static type(word0: u32): u32 {
    return word0 & 0xff;
  }

  @inline static code(word0: u32): u32 {
    return (word0 >>> 8) & 0xff;
  }

  /** Next-hop MTU of a 3/4 (RFC 1191 §4); 0 from routers that do not know. */
  @inline static nextHopMtu(word1: u32): u32 {
    return Be.swap16(word1 >>> 16);
  }

  /** First word with the checksum 0. */
  @inline static word0(type: u32, code: u32): u32 {
    return type | (code << 8);
  }
}
