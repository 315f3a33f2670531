/**
 * ARP for IPv4 over Ethernet (RFC 826). Nothing in it is aligned to its size; loads may be unaligned.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------------------------------+-------------------------------+
 *     |       hardware type = 1       |    protocol type = 0x0800     | +0
 *     +---------------+---------------+-------------------------------+
 *     |  hlen = 6     |   plen = 4    |           operation           | +4
 *     +---------------+---------------+-------------------------------+
 *     |                 sender hardware address 0 to 3                | +8
 *     +-------------------------------+-------------------------------+
 *     |  sender hardware address 4, 5 |  sender protocol address 0, 1 | +12
 *     +-------------------------------+-------------------------------+
 *     |  sender protocol address 2, 3 |  target hardware address 0, 1 | +16
 *     +-------------------------------+-------------------------------+
 *     |                 target hardware address 2 to 5                | +20
 *     +---------------------------------------------------------------+
 *     |                    target protocol address                    | +24
 *     +---------------------------------------------------------------+
 */

/** Bytes of the packet. */
export const ARP_BYTES: u32 = 28;
/** Operations, in memory order. */
export const ARP_REQUEST_BE: u32 = 0x0100;
export const ARP_REPLY_BE: u32 = 0x0200;
/** First word: Ethernet, IPv4. Low half of the second: address lengths 6 and 4. */
export const ARP_TYPES_BE: u32 = 0x00080100;
export const ARP_LENGTHS_BE: u32 = 0x0406;

const LENGTHS: usize = 4;
const OPERATION: usize = 6;
const SENDER_MAC: usize = 8;
const SENDER_MAC_45: usize = 12;
const SENDER_ADDRESS: usize = 14;
const TARGET_ADDRESS: usize = 24;

@unmanaged
@final
export class ArpPacket {
  /** Lays the view over `p`: usize → u8[28]. */
  @inline static at(p: usize): ArpPacket {
    return changetype<ArpPacket>(p);
  }

  /** True when types, address lengths and operation are those that this stack answers; 28 bytes must be there. */
  check(): bool {
    const operation = this.operationBe();
    return (
      load<u32>(changetype<usize>(this)) == ARP_TYPES_BE &&
      <u32>load<u16>(changetype<usize>(this), LENGTHS) == ARP_LENGTHS_BE &&
      (operation == ARP_REQUEST_BE || operation == ARP_REPLY_BE)
    );
  }

  @inline operationBe(): u32 {
    return load<u16>(changetype<usize>(this), OPERATION);
  }

  /** Bytes 0 to 3 of the sender's MAC address, memory order. */
  @inline senderMac0123(): u32 {
    return load<u32>(changetype<usize>(this), SENDER_MAC);
  }

  /** Bytes 4 and 5 of it, memory order. */
  @inline senderMac45(): u32 {
    return load<u16>(changetype<usize>(this), SENDER_MAC_45);
  }

  /** Sender's IPv4 address, network order. */
  @inline senderBe(): u32 {
    return load<u32>(changetype<usize>(this), SENDER_ADDRESS);
  }

  /** Target's IPv4 address, network order. */
  @inline targetBe(): u32 {
    return load<u32>(changetype<usize>(this), TARGET_ADDRESS);
  }
}
