/**
 * Addresses of AF_UNIX, as they cross the boundary:
 *
 *     struct sockaddr_un   +0 u16 family (AF_UNIX 6)   +2 the path with its NUL, or NUL and an abstract name to the end of the address
 */
import { CONFIG_NET_SOCKETS_UNIX_NAME } from "../../config";
import {
  guest_check,
  guest_load16,
  guest_load32,
  guest_read,
  guest_store8,
  guest_store16,
  guest_store32,
  guest_write,
} from "../../hal/imports";
import { EAFNOSUPPORT, EFAULT, EINVAL } from "../../net/base/errno";
import { LocalName } from "../../net/local/local-name";

/** Zephyr's number. */
export const AF_UNIX: i32 = 6;
const FAMILY_BYTES: u32 = 2;
const NAME_BYTES: u32 = CONFIG_NET_SOCKETS_UNIX_NAME;

export class LocalAddress {
  /** Bytes of the longest address. */
  static readonly MOST: u32 = FAMILY_BYTES + NAME_BYTES + 1;

  /**
   * Takes the name at `address` (guest, u8[length]) into LocalName.given.
   * @returns 0, EINVAL (length), EFAULT, EAFNOSUPPORT
   */
  static take(task: i32, address: usize, length: u32): i32 {
    const name = LocalName.given();
    name.length = 0;
    if (length < FAMILY_BYTES) return EINVAL;
    let bytes = length - FAMILY_BYTES;
    // As on Linux, what lies behind the NUL of a path does not count; an address cannot be longer than its structure.
    if (bytes > NAME_BYTES + 1) return EINVAL;
    if (!guest_check(task, address, length)) return EFAULT;
    if (<i32>guest_load16(task, address) != AF_UNIX) return EAFNOSUPPORT;
    const room = min<u32>(bytes, NAME_BYTES);
    guest_read(task, name.bytes(), address + FAMILY_BYTES, room);
    if (room && load<u8>(name.bytes())) {
      let end: u32 = 0;
      while (end < room && load<u8>(name.bytes() + end)) end++;
      if (end == room && bytes > room) {
        // One byte more than a name has room for: it may only be the NUL.
        guest_read(task, LocalAddress.last(), address + FAMILY_BYTES + room, 1);
        if (load<u8>(LocalAddress.last())) return EINVAL;
      }
      bytes = end;
    } else if (bytes > room) {
      return EINVAL;
    }
    name.length = bytes;
    return 0;
  }

  /**
   * Writes a name (usize → u8[bytes]) as an address, cut to the room there is, as POSIX says, and its whole length. The caller has checked the
   * ranges.
   */
  static store(task: i32, address: usize, room: u32, addressLength: usize, name: usize, bytes: u32): void {
    if (room >= FAMILY_BYTES) guest_store16(task, address, AF_UNIX);
    const space = room > FAMILY_BYTES ? room - FAMILY_BYTES : 0;
    guest_write(task, address + FAMILY_BYTES, name, min<u32>(bytes, space));
    const isPath = bytes != 0 && load<u8>(name) != 0;
    if (isPath && space > bytes) guest_store8(task, address + FAMILY_BYTES + bytes, 0);
    guest_store32(task, addressLength, FAMILY_BYTES + bytes + u32(isPath));
  }

  /** 0, or EFAULT; then the room at `address` (guest; `addressLength` says how much) is `room`. */
  static checkRoom(task: i32, address: usize, addressLength: usize): i32 {
    if (!guest_check(task, addressLength, 4)) return EFAULT;
    return guest_check(task, address, LocalAddress.room(task, addressLength)) ? 0 : EFAULT;
  }

  /** Bytes at an address that may be written: no more than any address has. */
  static room(task: i32, addressLength: usize): u32 {
    return min<u32>(guest_load32(task, addressLength), LocalAddress.MOST);
  }

  /** usize → u8: the byte behind the longest name. */
  private static last(): usize {
    return memory.data(1, 1);
  }
}
