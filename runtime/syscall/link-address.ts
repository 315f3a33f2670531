/**
 * Addresses of AF_PACKET, as they cross the boundary:
 *
 *     struct sockaddr_ll   +0 u16 family (AF_PACKET 3)   +2 u16 type of the frame, network order   +4 i32 interface
 *                          +8 u16 hardware (1 Ethernet)   +10 u8 kind of destination   +11 u8 length of the address (6)   +12 u8[8] address
 */
import { guest_check, guest_load8, guest_load16, guest_load32, guest_store8 } from "../../hal/imports";
import { EFAULT, EINVAL } from "../../net/base/errno";
import { PacketAddress } from "../../net/packet/packet-fields";

/** Zephyr's number. */
export const AF_PACKET: i32 = 3;
/** ARPHRD_ETHER. */
const HARDWARE_ETHERNET: u32 = 1;
const MAC_BYTES: u32 = 6;
const BYTES: u32 = 20;
/** Bytes before the address, and of the longest. */
const FIXED_BYTES: u32 = 12;

export class LinkAddress {
  /** Bytes of an address. */
  static readonly BYTES: u32 = BYTES;

  /** 0 when a sockaddr_ll lies at `address`; EINVAL (length, family, an address longer than the structure), EFAULT. */
  static check(task: i32, address: usize, length: u32): i32 {
    if (length < BYTES) return EINVAL;
    if (!guest_check(task, address, BYTES)) return EFAULT;
    if (<i32>guest_load16(task, address) != AF_PACKET) return EINVAL;
    return FIXED_BYTES + guest_load8(task, address + 11) > length ? EINVAL : 0;
  }

  /** Type of the frame, memory order, of a checked address. */
  static protocol(task: i32, address: usize): u32 {
    return guest_load16(task, address + 2);
  }

  /** Interface of a checked address. */
  static index(task: i32, address: usize): i32 {
    return <i32>guest_load32(task, address + 4);
  }

  /** Makes a checked address the destination of the frame that is sent next. */
  static setDestination(task: i32, address: usize): void {
    const destination = PacketAddress.destination();
    destination.given = 1;
    destination.protocolBe = LinkAddress.protocol(task, address);
    destination.index = LinkAddress.index(task, address);
    destination.macLow = guest_load32(task, address + 12);
    destination.macHigh = guest_load16(task, address + 16);
  }

  /** 0, or EFAULT; then there may be written `room` bytes to `address` (guest; `addressLength` says how much room there is). */
  static checkRoom(task: i32, address: usize, addressLength: usize): i32 {
    if (!guest_check(task, addressLength, 4)) return EFAULT;
    return guest_check(task, address, LinkAddress.room(task, addressLength)) ? 0 : EFAULT;
  }

  /** Bytes at an address that may be written: no more than an address has. */
  static room(task: i32, addressLength: usize): u32 {
    return min<u32>(guest_load32(task, addressLength), BYTES);
  }

  /** Writes an address, cut to the room there is, as POSIX says. `protocolBe` in memory order, the MAC address as PacketAddress has it. */
  static store(
    task: i32,
    address: usize,
    room: u32,
    protocolBe: u32,
    index: u32,
    kind: u32,
    low: u32,
    high: u32,
  ): void {
    LinkAddress.put(task, address, 0, room, <u32>AF_PACKET | (protocolBe << 16));
    LinkAddress.put(task, address, 4, room, index);
    LinkAddress.put(task, address, 8, room, HARDWARE_ETHERNET | (kind << 16) | (MAC_BYTES << 24));
    LinkAddress.put(task, address, 12, room, low);
    LinkAddress.put(task, address, 16, room, high & 0xffff);
  }

  private static put(task: i32, address: usize, at: u32, room: u32, word: u32): void {
    for (let i: u32 = at; i < at + 4 && i < room; i++) {
      guest_store8(task, address + i, word);
      word >>>= 8;
    }
  }
}
