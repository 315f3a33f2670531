/** ICMP messages and the filter of a raw socket that receives them (RFC 792). The numbers are Linux's. */

/** Types. */
export const ICMP_ECHOREPLY: i32 = 0;
export const ICMP_DEST_UNREACH: i32 = 3;
export const ICMP_REDIRECT: i32 = 5;
export const ICMP_ECHO: i32 = 8;
export const ICMP_TIME_EXCEEDED: i32 = 11;
export const ICMP_PARAMETERPROB: i32 = 12;
export const ICMP_TIMESTAMP: i32 = 13;
export const ICMP_TIMESTAMPREPLY: i32 = 14;

/** Codes of ICMP_DEST_UNREACH. */
export const ICMP_NET_UNREACH: i32 = 0;
export const ICMP_HOST_UNREACH: i32 = 1;
export const ICMP_PROT_UNREACH: i32 = 2;
export const ICMP_PORT_UNREACH: i32 = 3;
export const ICMP_FRAG_NEEDED: i32 = 4;
export const ICMP_PKT_FILTERED: i32 = 13;
/** Codes of ICMP_TIME_EXCEEDED. */
export const ICMP_EXC_TTL: i32 = 0;
export const ICMP_EXC_FRAGTIME: i32 = 1;

/** Option at SOL_RAW of a socket of IPPROTO_ICMP, an icmp_filter: which messages it does not want. */
export const ICMP_FILTER: i32 = 1;

/** Value of ICMP_FILTER: 4 bytes. */
@unmanaged
@final
export class icmp_filter {
  /** Bit n set: messages of type n are not received. Types from 32 on always are. */
  data: u32;
}

/** The header of a message: 8 bytes. */
@unmanaged
@final
export class icmphdr {
  type: u8;
  code: u8;
  /** Of the whole message, in memory order as `icmp_checksum` gives it. */
  checksum: u16;
  /** Of an echo: which program asks, network order. */
  id: u16;
  /** Of an echo: which question it is, network order. */
  sequence: u16;

  /** The header at `address`: usize → u8[8], 2-aligned. */
  @inline static at(address: usize): icmphdr {
    return changetype<icmphdr>(address);
  }
}

/**
 * The checksum of a message (RFC 1071): the ones' complement of the sum of its 16-bit words.
 *
 * @param message usize → u8[length], whose checksum field is 0
 * @returns in memory order, to be stored as it is; 0 for a message whose checksum field is right
 */
export function icmp_checksum(message: usize, length: u32): u16 {
  let sum: u32 = 0;
  let at: u32 = 0;
  for (; at + 1 < length; at += 2) sum += load<u16>(message + at);
  if (at < length) sum += load<u8>(message + at);
  sum = (sum & 0xffff) + (sum >>> 16);
  return <u16>~(sum + (sum >>> 16));
}
