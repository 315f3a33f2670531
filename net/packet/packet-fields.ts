/**
 * What a packet socket has besides the fields of every socket, in the place of a UDP socket's `cachedHeader0` and what follows. The interface
 * that it is bound to is `boundInterface`; 0 = all.
 */
import { Socket } from "../socket/socket";

/** Every frame (ETH_P_ALL), in memory order. */
export const PACKET_ALL_BE: u32 = 0x0300;
/** What a frame of IEEE 802.3, which has a length where others have a type, counts as (ETH_P_802_2), in memory order. */
export const PACKET_802_2_BE: u32 = 0x0400;

/** How a frame was addressed: Linux's and Zephyr's PACKET_HOST, and so on. */
export const PACKET_HOST: u32 = 0;
export const PACKET_BROADCAST: u32 = 1;
export const PACKET_MULTICAST: u32 = 2;
export const PACKET_OTHERHOST: u32 = 3;

@unmanaged
@final
export class PacketFields {
  /** Type of the frames that it receives, memory order: 0 none, PACKET_ALL_BE all. Frames without an address of their own go out with it. */
  protocolBe: u32;
  /** 1 when frames are with their Ethernet header (SOCK_RAW), 0 when it is taken off and put before them (SOCK_DGRAM). */
  isWhole: u32;

  @inline static of(socket: Socket): PacketFields {
    return changetype<PacketFields>(changetype<usize>(socket) + offsetof<Socket>("cachedHeader0"));
  }
}

/** A link-layer address as it passes between the calls and the stack: of the frame received last, or of the one to be sent. */
@unmanaged
@final
export class PacketAddress {
  /** 1 when there is one. */
  given: u32;
  /** Type of the frame, memory order. */
  protocolBe: u32;
  /** Interface number. */
  index: u32;
  /** PACKET_* of a frame received. */
  kind: u32;
  /** MAC address, memory order: bytes 0 to 3, and 4 and 5. */
  macLow: u32;
  macHigh: u32;

  /** Sender of the frame that was received last; valid until the next one. */
  static sender(): PacketAddress {
    return changetype<PacketAddress>(memory.data(24, 4));
  }

  /** Where the frame of this call goes. */
  static destination(): PacketAddress {
    return changetype<PacketAddress>(memory.data(24, 4));
  }
}
