/**
 * Options that only raw and packet sockets have, and those whose value is another for them:
 *
 *     IPPROTO_IP (0)   IP_HDRINCL 3      int: what is sent begins with its own IP header
 *     SOL_RAW (255)    ICMP_FILTER 1     struct icmp_filter, u32: bit n keeps ICMP messages of type n away
 */
import { CONFIG_NET_CONTEXT_TIMESTAMPING } from "../../config";
import { guest_load32, guest_store8, guest_store32 } from "../../hal/imports";
import { Be } from "../../net/base/be";
import { EINVAL, ENOPROTOOPT, ENOTSUP } from "../../net/base/errno";
import { PacketFields } from "../../net/packet/packet-fields";
import { RawFields } from "../../net/raw/raw-fields";
import { Socket } from "../../net/socket/socket";
import { PROTOCOL_ICMP } from "../../net/wire/ipv4";

const SOL_SOCKET: i32 = 1;
const IPPROTO_IP: i32 = 0;
const SOL_RAW: i32 = 255;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_RCVBUF: i32 = 8;
const SO_ACCEPTCONN: i32 = 30;
const SO_TIMESTAMP: i32 = 29;
const SO_TIMESTAMPNS: i32 = 35;
const SO_TIMESTAMPING: i32 = 37;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;
const IP_HDRINCL: i32 = 3;
const ICMP_FILTER: i32 = 1;
/** Zephyr's numbers. */
const SOCK_DGRAM: i32 = 2;
const SOCK_RAW: i32 = 3;
const AF_INET: i32 = 1;
const AF_PACKET: i32 = 3;

export class RawOptions {
  /** Answer of `read`: as for any other socket. */
  static readonly COMMON: i32 = -2;

  /** An i32-valued option of a raw or packet socket, -1 when there is no such option, or COMMON. */
  static read(socket: Socket, level: i32, name: i32): i32 {
    if (level == SOL_SOCKET) {
      if (name == SO_TYPE) return socket.isPacket() && !PacketFields.of(socket).isWhole ? SOCK_DGRAM : SOCK_RAW;
      if (name == SO_DOMAIN) return socket.isPacket() ? AF_PACKET : AF_INET;
      if (name == SO_PROTOCOL)
        return <i32>(socket.isPacket() ? Be.swap16(PacketFields.of(socket).protocolBe) : RawFields.of(socket).protocol);
      if (
        socket.isPacket() &&
        name != SO_ERROR &&
        name != SO_RCVBUF &&
        name != SO_ACCEPTCONN &&
        !RawOptions.isTime(name)
      )
        return -1;
      return RawOptions.COMMON;
    }
    if (socket.isPacket()) return -1;
    if (level == IPPROTO_IP && name == IP_HDRINCL) return <i32>RawFields.of(socket).headerIncluded;
    return RawOptions.COMMON;
  }

  /** Sets an i32-valued option: 0, ENOPROTOOPT, or COMMON. */
  static set(socket: Socket, level: i32, name: i32, value: i32): i32 {
    // Nothing else that can be set to a number means anything for frames.
    if (socket.isPacket()) return level == SOL_SOCKET && RawOptions.isTime(name) ? RawOptions.COMMON : ENOPROTOOPT;
    if (level != IPPROTO_IP || name != IP_HDRINCL) return RawOptions.COMMON;
    RawFields.of(socket).headerIncluded = u32(value != 0);
    return 0;
  }

  /** True for the options of SOL_SOCKET about when something came. */
  private static isTime(name: i32): bool {
    return (
      CONFIG_NET_CONTEXT_TIMESTAMPING && (name == SO_TIMESTAMP || name == SO_TIMESTAMPNS || name == SO_TIMESTAMPING)
    );
  }

  /** True for the options of SOL_RAW, which `getFilter` and `setFilter` know. */
  static isFilter(socket: Socket, level: i32): bool {
    return socket.isRaw() && level == SOL_RAW;
  }

  /** 0, ENOTSUP (a socket of another protocol than ICMP), ENOPROTOOPT. */
  private static checkFilter(socket: Socket, name: i32): i32 {
    if (RawFields.of(socket).protocol != PROTOCOL_ICMP) return ENOTSUP;
    return name == ICMP_FILTER ? 0 : ENOPROTOOPT;
  }

  /** Writes up to `room` bytes of ICMP_FILTER to `value` (guest, checked), and their number to `length`. 0, ENOTSUP, ENOPROTOOPT. */
  static getFilter(task: i32, socket: Socket, name: i32, value: usize, length: usize, room: u32): i32 {
    const error = RawOptions.checkFilter(socket, name);
    if (error) return error;
    const bytes = min<u32>(room, 4);
    for (let i: u32 = 0; i < bytes; i++) guest_store8(task, value + i, RawFields.of(socket).icmpFilter >>> (i << 3));
    guest_store32(task, length, bytes);
    return 0;
  }

  /** ICMP_FILTER from `value` (guest, u8[length], checked). 0, ENOTSUP, ENOPROTOOPT, EINVAL (length). */
  static setFilter(task: i32, socket: Socket, name: i32, value: usize, length: u32): i32 {
    const error = RawOptions.checkFilter(socket, name);
    if (error) return error;
    if (length < 4) return EINVAL;
    RawFields.of(socket).icmpFilter = guest_load32(task, value);
    return 0;
  }
}
