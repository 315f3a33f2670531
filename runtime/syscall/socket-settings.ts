/**
 * Settings of internet sockets that an image has only when it asks for them, each a number:
 *
 *     SOL_SOCKET  SO_DEBUG 1               CONFIG_NET_SOCKETS_SO_DEBUG
 *     SOL_SOCKET  SO_DONTROUTE 5           CONFIG_NET_SOCKETS_DONTROUTE
 *     SOL_SOCKET  SO_PRIORITY 12           CONFIG_NET_CONTEXT_PRIORITY
 *     IPPROTO_IP  IP_LOCAL_PORT_RANGE 51   CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE: u32, lowest port in the low half, highest in the high half
 */
import {
  CONFIG_NET_CONTEXT_PRIORITY,
  CONFIG_NET_SOCKETS_DONTROUTE,
  CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE,
  CONFIG_NET_SOCKETS_SO_DEBUG,
} from "../../config";
import { EINVAL } from "../../net/base/errno";
import { DirectRoute } from "../../net/socket/direct-route";
import { PortRange } from "../../net/socket/port-range";
import { Priority } from "../../net/socket/priority";
import { OPTION_DEBUG, Socket } from "../../net/socket/socket";

/** Levels and names: Zephyr's numbers, which are Linux's but for the level SOL_SOCKET. */
const SOL_SOCKET: i32 = 1;
const IPPROTO_IP: i32 = 0;
const SO_DEBUG: i32 = 1;
const SO_DONTROUTE: i32 = 5;
const SO_PRIORITY: i32 = 12;
const IP_LOCAL_PORT_RANGE: i32 = 51;

/** True when this image has one of them. */
export const SOCKET_SETTINGS: bool =
  CONFIG_NET_CONTEXT_PRIORITY ||
  CONFIG_NET_SOCKETS_DONTROUTE ||
  CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE ||
  CONFIG_NET_SOCKETS_SO_DEBUG;

export class SocketSettings {
  /** True when `socket` has this option, and it is one of this file. A socket has none that would be without effect on it. */
  static has(socket: Socket, level: i32, name: i32): bool {
    if (socket.isPacket()) return false;
    if (level == IPPROTO_IP) {
      // What a raw socket calls its port is its protocol.
      return CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE && name == IP_LOCAL_PORT_RANGE && !socket.isRaw();
    }
    if (level != SOL_SOCKET) return false;
    if (CONFIG_NET_SOCKETS_SO_DEBUG && name == SO_DEBUG) return true;
    if (CONFIG_NET_SOCKETS_DONTROUTE && name == SO_DONTROUTE) return true;
    return CONFIG_NET_CONTEXT_PRIORITY && name == SO_PRIORITY;
  }

  /** The value of an option that `has` knows. */
  static get(socket: Socket, name: i32): u32 {
    if (CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE && name == IP_LOCAL_PORT_RANGE) return PortRange.get(socket);
    if (CONFIG_NET_CONTEXT_PRIORITY && name == SO_PRIORITY) return Priority.get(socket);
    if (CONFIG_NET_SOCKETS_DONTROUTE && name == SO_DONTROUTE) return u32(DirectRoute.isOn(socket));
    return u32(socket.has(OPTION_DEBUG));
  }

  /**
   * Sets an option that `has` knows, from `length` (4 or more) bytes. 0, EINVAL (IP_LOCAL_PORT_RANGE: another length than 4, or the lowest
   * port is above the highest), EPERM (SO_PRIORITY: not 0 to 6).
   */
  static set(socket: Socket, name: i32, value: u32, length: u32): i32 {
    if (CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE && name == IP_LOCAL_PORT_RANGE) {
      return length == 4 ? -PortRange.set(socket, value) : EINVAL;
    }
    if (CONFIG_NET_CONTEXT_PRIORITY && name == SO_PRIORITY) return -Priority.set(socket, value);
    if (CONFIG_NET_SOCKETS_DONTROUTE && name == SO_DONTROUTE) DirectRoute.set(socket, value != 0);
    else socket.set(OPTION_DEBUG, value != 0);
    return 0;
  }
}
