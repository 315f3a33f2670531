/** Ethernet frames, for packet sockets (RFC 894). */

/** Bytes of a MAC address, of the header of a frame, of the largest payload, and of the largest frame. */
export const ETH_ALEN: i32 = 6;
export const ETH_HLEN: i32 = 14;
export const ETH_DATA_LEN: i32 = 1500;
export const ETH_FRAME_LEN: i32 = 1514;

/** Types of frames, host order. */
export const ETH_P_IP: i32 = 0x0800;
export const ETH_P_ARP: i32 = 0x0806;
export const ETH_P_8021Q: i32 = 0x8100;
export const ETH_P_IPV6: i32 = 0x86dd;
/** All types. */
export const ETH_P_ALL: i32 = 0x0003;
/** What frames of IEEE 802.3, which have a length in place of a type, count as. */
export const ETH_P_802_2: i32 = 0x0004;

/** `sll_hatype` of an Ethernet. */
export const ARPHRD_ETHER: i32 = 1;

/** `sll_pkttype`: how a frame was addressed: to this device, to all, to a group, to another device. */
export const PACKET_HOST: i32 = 0;
export const PACKET_BROADCAST: i32 = 1;
export const PACKET_MULTICAST: i32 = 2;
export const PACKET_OTHERHOST: i32 = 3;

/** The header of a frame as it lies on the wire: 14 bytes of any alignment, so it has no fields. */
export class ether_header {
  /** usize → u8[6]: where the frame at `frame` goes. */
  @inline static destination(frame: usize): usize {
    return frame;
  }

  /** usize → u8[6]: where it comes from. */
  @inline static source(frame: usize): usize {
    return frame + 6;
  }

  /** Type of the frame at `frame`, host order. */
  @inline static type(frame: usize): u32 {
    return ((<u32>load<u8>(frame, 12)) << 8) | load<u8>(frame, 13);
  }

  /** Sets the type, host order. */
  @inline static setType(frame: usize, type: u32): void {
    store<u8>(frame, <u8>(type >>> 8), 12);
    store<u8>(frame, <u8>type, 13);
  }
}
