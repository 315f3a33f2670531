/** The IP header, with which what a raw socket receives begins (RFC 791). */

/** Bits of `frag_off`, host order: don't fragment, more fragments, the offset in units of 8 bytes. */
export const IP_DF: i32 = 0x4000;
export const IP_MF: i32 = 0x2000;
export const IP_OFFMASK: i32 = 0x1fff;

/** An IPv4 header without options: 20 bytes. */
@unmanaged
@final
export class iphdr {
  /** Version (4) in the high four bits, words of the header in the low four. */
  version_ihl: u8;
  /** Type of service. */
  tos: u8;
  /** Bytes of header and payload, network order. */
  tot_len: u16;
  /** Identification. */
  id: u16;
  /** Flags and offset, network order. */
  frag_off: u16;
  /** Time to live. */
  ttl: u8;
  /** IPPROTO_*. */
  protocol: u8;
  /** Of the header. */
  check: u16;
  /** Addresses, network order. */
  saddr: u32;
  daddr: u32;

  /** The header at `address`: usize → u8[20], 4-aligned. */
  @inline static at(address: usize): iphdr {
    return changetype<iphdr>(address);
  }

  /** Bytes of the header with its options: where the payload begins. */
  @inline headerBytes(): u32 {
    return (<u32>this.version_ihl & 15) << 2;
  }
}
