/** SO_BINDTODEVICE at the boundary: the name of an interface, alone or at the beginning of a struct ifreq. */
import { CONFIG_NET_LOOPBACK } from "../../config";
import { guest_load8, guest_store32, guest_store64 } from "../../hal/imports";
import { EINVAL, ENODEV, ENOPROTOOPT } from "../../net/base/errno";
import { INTERFACE_LOOPBACK, INTERFACE_NIC } from "../../net/link/interface";
import { DeviceBinding } from "../../net/socket/device-binding";
import { Socket } from "../../net/socket/socket";

/** Zephyr's number, and Linux's. */
export const SO_BINDTODEVICE: i32 = 25;

/** Bytes of a name, its zero byte included. */
const NAME_BYTES: u32 = 16;
/** The names, as posix/zsock/interfaces.ts has them: "eth0" and "lo" as little-endian numbers. */
const ETH0: u64 = 0x30687465;
const LO: u64 = 0x6f6c;

export class DeviceOption {
  /**
   * setsockopt: binds `socket` to the interface whose name lies at `value` (guest, u8[length] checked); an empty name ends that.
   * 0, ENODEV (there is no such interface), ENOPROTOOPT (a packet socket: it is bound with sll_ifindex).
   */
  static set(task: i32, socket: Socket, value: usize, length: u32): i32 {
    if (socket.isPacket()) return ENOPROTOOPT;
    let name: u64 = 0;
    const bytes = min<u32>(length, NAME_BYTES - 1);
    for (let i: u32 = 0; i < bytes; i++) {
      const byte = <u64>guest_load8(task, value + i);
      if (!byte) break;
      // Both names are shorter than this.
      if (i == 8) return ENODEV;
      name |= byte << ((<u64>i) << 3);
    }
    let index: u32 = 0;
    if (name == ETH0) index = INTERFACE_NIC;
    else if (CONFIG_NET_LOOPBACK && name == LO) index = INTERFACE_LOOPBACK;
    else if (name) return ENODEV;
    DeviceBinding.bind(socket, index);
    return 0;
  }

  /**
   * getsockopt: writes the name with its zero byte to `value` (guest, u8[room] checked), and its bytes to `length`; nothing, and 0, for a
   * socket that is not bound to an interface. 0, EINVAL (room for less than 16 bytes), ENOPROTOOPT.
   */
  static get(task: i32, socket: Socket, value: usize, room: u32, length: usize): i32 {
    if (socket.isPacket()) return ENOPROTOOPT;
    const index = <u32>socket.boundInterface;
    if (index) {
      if (room < NAME_BYTES) return EINVAL;
      guest_store64(task, value, index == INTERFACE_NIC ? ETH0 : LO);
    }
    guest_store32(task, length, index ? (index == INTERFACE_NIC ? 5 : 3) : 0);
    return 0;
  }
}
