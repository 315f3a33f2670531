/**
 * What an ICMP error means to a program: the errno of a socket with IP_RECVERR (ip(7) of Linux; RFC 1122 §4.1.3.3, RFC 1812 §5.2.7.1).
 * Numbers are Linux's, but for two that WASI does not have: "host unknown" (EHOSTDOWN there) is EHOSTUNREACH, "host isolated" (ENONET there)
 * is ENETUNREACH.
 */
import { ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, ENOPROTOOPT, ENOTSUP, EPROTO } from "../base/errno";
import {
  ICMP_CODE_FRAGMENTATION_NEEDED,
  ICMP_CODE_REASSEMBLY,
  ICMP_PARAMETER_PROBLEM,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  IcmpHeader,
} from "../wire/icmpv4";

/** Largest code of ICMP_UNREACHABLE (RFC 1812 §5.2.7.1). */
const LAST_CODE: u32 = 15;

export class IcmpErrno {
  /** usize → u8[16]: the errno of each code of ICMP_UNREACHABLE. In a function, so that an image without IP_RECVERR has nothing of it. */
  private static table(): usize {
    return memory.data<u8>([
      <u8>ENETUNREACH, // 0 net unreachable
      <u8>EHOSTUNREACH, // 1 host unreachable
      <u8>ENOPROTOOPT, // 2 protocol unreachable
      <u8>ECONNREFUSED, // 3 port unreachable
      <u8>EMSGSIZE, // 4 fragmentation needed
      <u8>ENOTSUP, // 5 source route failed
      <u8>ENETUNREACH, // 6 net unknown
      <u8>EHOSTUNREACH, // 7 host unknown
      <u8>ENETUNREACH, // 8 host isolated
      <u8>ENETUNREACH, // 9 net prohibited
      <u8>EHOSTUNREACH, // 10 host prohibited
      <u8>ENETUNREACH, // 11 net unreachable for this type of service
      <u8>EHOSTUNREACH, // 12 host unreachable for this type of service
      <u8>EHOSTUNREACH, // 13 filtered
      <u8>EHOSTUNREACH, // 14 precedence violation
      <u8>EHOSTUNREACH, // 15 precedence cutoff
    ]);
  }

  /**
   * The errno of an error of `type` and `code`; 0 for one that programs do not hear of: an unknown code, and, as on Linux, the peer's
   * reassembly timer.
   */
  static of(type: u32, code: u32): i32 {
    if (type == ICMP_PARAMETER_PROBLEM) return EPROTO;
    if (type == ICMP_TIME_EXCEEDED) return code == ICMP_CODE_REASSEMBLY ? 0 : EHOSTUNREACH;
    if (type != ICMP_UNREACHABLE || code > LAST_CODE) return 0;
    return load<u8>(IcmpErrno.table() + code);
  }

  /**
   * `ee_info` of an error: the next hop's MTU of a 3/4, the offset of the octet that a parameter problem is about, else 0.
   * @param word1 second word of the message as it lies in memory
   */
  static info(type: u32, code: u32, word1: u32): u32 {
    if (type == ICMP_PARAMETER_PROBLEM) return word1 & 0xff;
    return type == ICMP_UNREACHABLE && code == ICMP_CODE_FRAGMENTATION_NEEDED ? IcmpHeader.nextHopMtu(word1) : 0;
  }
}
