/**
 * IP_LOCAL_PORT_RANGE (ip(7) of Linux): ephemeral ports of one socket come from a part of those that the device has. Numbers are in host
 * order. Only with CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE; without it every socket has the range of the device.
 */
import {
  CONFIG_NET_MAX_CONTEXTS,
  CONFIG_NET_SOCKETS_LOCAL_PORT_MIN,
  CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE,
} from "../../config";
import { EINVAL } from "../base/errno";
import { Socket, SocketPool } from "./socket";

/** The range of the device. */
const FIRST: u32 = CONFIG_NET_SOCKETS_LOCAL_PORT_MIN;
const LAST: u32 = 65_535;

/** Memory of this file. In a function, so that an image without the option has nothing of it. */
class Memory {
  /** usize → u32 for each record of the pool of sockets: lowest port in the low half, highest in the high half, 0 = that of the device. */
  static ranges(): usize {
    return memory.data(CONFIG_NET_MAX_CONTEXTS * 4, 4);
  }
}

export class PortRange {
  private static place(socket: Socket): usize {
    return Memory.ranges() + ((<usize>SocketPool.indexOf(changetype<usize>(socket))) << 2);
  }

  /** What `set` was given last; 0 when nothing was. */
  static get(socket: Socket): u32 {
    return load<u32>(PortRange.place(socket));
  }

  /**
   * @param range lowest port in the low half, highest in the high half; 0 for either = that of the device. As on Linux a bound that the
   *              device's range does not hold is kept and counts for nothing.
   * @returns 0, or -EINVAL: the lowest is above the highest
   */
  static set(socket: Socket, range: u32): i32 {
    const low = range & 0xffff;
    const high = range >>> 16;
    if (low && high && low > high) return -EINVAL;
    store<u32>(PortRange.place(socket), range);
    return 0;
  }

  /** The record goes back to its pool, or belongs to somebody else now. */
  static forget(socket: Socket): void {
    store<u32>(PortRange.place(socket), 0);
  }

  /** A connection of `listener` has its range, for when it is over and the socket connects itself. */
  static inherit(socket: Socket, listener: Socket): void {
    store<u32>(PortRange.place(socket), PortRange.get(listener));
  }

  /** The lowest ephemeral port of `socket`. */
  @inline static first(socket: Socket): u32 {
    return CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE ? PortRange.bound(PortRange.get(socket) & 0xffff, FIRST) : FIRST;
  }

  /** How many ports there are from `first` on: 1 or more. */
  @inline static count(socket: Socket): u32 {
    if (!CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE) return LAST + 1 - FIRST;
    return PortRange.bound(PortRange.get(socket) >>> 16, LAST) + 1 - PortRange.first(socket);
  }

  /** `port` when the device's range holds it, else `otherwise`. */
  private static bound(port: u32, otherwise: u32): u32 {
    return port >= FIRST ? port : otherwise;
  }
}
