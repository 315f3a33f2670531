/**
 * Ethernet II header (RFC 894), with the two padding bytes of the word layout in hal/device.ts before it.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------------------------------+-------------------------------+
 *     |            padding            |      destination 0, 1         | +0
 *     +-------------------------------+-------------------------------+
 *     |                      destination 2 to 5                       | +4
 *     +---------------------------------------------------------------+
 *     |                        source 0 to 3                          | +8
 *     +-------------------------------+-------------------------------+
 *     |          source 4, 5          |             type              | +12
 *     +-------------------------------+-------------------------------+
 */

/** Bytes of the header on the wire. */
export const ETHERNET_HEADER_BYTES: u32 = 14;
/** Bytes of it in memory: padding and header. */
export const ETHERNET_SPACE: u32 = 16;
/** Largest IP datagram in one frame. */
export const ETHERNET_MTU: u32 = 1500;
/** Bytes of a buffer that holds any frame in the word layout. */
export const FRAME_BUFFER_BYTES: u32 = 1516;

/** Types, in memory order (a little-endian load of the field). */
export const ETHERTYPE_IPV4_BE: u32 = 0x0008;
export const ETHERTYPE_ARP_BE: u32 = 0x0608;

const DESTINATION_LOW: usize = 2;
const DESTINATION_HIGH: usize = 4;
const SOURCE_LOW: usize = 8;
const SOURCE_HIGH: usize = 12;
const TYPE: usize = 14;

@unmanaged
@final
export class EthernetHeader {
  /** Lays the view over `p`: usize → u8[16], padding first, 4-aligned. */
  @inline static at(p: usize): EthernetHeader {
    return changetype<EthernetHeader>(p);
  }

  /** Bytes 0 and 1 of the destination, memory order. */
  @inline destination01(): u32 {
    return load<u16>(changetype<usize>(this), DESTINATION_LOW);
  }

  /** Bytes 2 to 5 of the destination, memory order. */
  @inline destination2345(): u32 {
    return load<u32>(changetype<usize>(this), DESTINATION_HIGH);
  }

  /** True when it goes to that MAC address: bytes 0 to 3, and 4 and 5, memory order. */
  @inline isTo(low: u32, high: u32): bool {
    const to = changetype<usize>(this) + DESTINATION_LOW;
    return load<u32>(to) == low && <u32>load<u16>(to, 4) == high;
  }

  /** Bytes 0 to 3 of the source, memory order. */
  @inline source0123(): u32 {
    return load<u32>(changetype<usize>(this), SOURCE_LOW);
  }

  /** Bytes 4 and 5 of the source, memory order. */
  @inline source45(): u32 {
    return load<u16>(changetype<usize>(this), SOURCE_HIGH);
  }

  /** Type or length, memory order. */
  @inline typeBe(): u32 {
    return load<u16>(changetype<usize>(this), TYPE);
  }

  /** True for broadcast and multicast destinations: the group bit. */
  @inline isGroup(): bool {
    return (this.destination01() & 1) != 0;
  }

  /** True for ff:ff:ff:ff:ff:ff. */
  @inline isBroadcast(): bool {
    return this.destination2345() == 0xffffffff && this.destination01() == 0xffff;
  }
}
