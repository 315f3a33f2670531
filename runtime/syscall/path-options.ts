/** IP_MTU_DISCOVER and IP_MTU at the boundary. */
import { ENOPROTOOPT } from "../../net/base/errno";
import { PathDiscovery } from "../../net/socket/path-discovery";
import { Socket } from "../../net/socket/socket";

const IPPROTO_IP: i32 = 0;
/** Linux's numbers. */
const IP_MTU_DISCOVER: i32 = 10;
const IP_MTU: i32 = 14;

export class PathOptions {
  /** True for the options of this file. */
  @inline static has(level: i32, name: i32): bool {
    return level == IPPROTO_IP && (name == IP_MTU_DISCOVER || name == IP_MTU);
  }

  /** The value, or -ENOTCONN (IP_MTU: no peer), -ENOPROTOOPT (IP_MTU_DISCOVER of a stream, which always discovers; not UDP, not TCP). */
  static get(socket: Socket, name: i32): i32 {
    if (socket.isPacket() || socket.isRaw()) return -ENOPROTOOPT;
    if (name == IP_MTU) return PathDiscovery.pathMtu(socket);
    return socket.isUdp() ? <i32>PathDiscovery.mode(socket) : -ENOPROTOOPT;
  }

  /** 0, EINVAL (no such mode), ENOPROTOOPT (IP_MTU, and sockets that are not UDP's). */
  static set(socket: Socket, name: i32, value: i32): i32 {
    if (name == IP_MTU || !socket.isUdp()) return ENOPROTOOPT;
    return -PathDiscovery.setMode(socket, value);
  }
}
