/** Local ports: binding, conflicts, ephemeral ones drawn at random (RFC 6056 §3.3.2, algorithm 2). */
import { host_random } from "../../hal/imports";
import { Be } from "../base/be";
import { EADDRINUSE } from "../base/errno";
import { OwnPorts, SERVICES } from "../service/own-ports";
import { UdpTable } from "../transport/udp/socket-table";
import { DeviceBinding } from "./device-binding";
import { PortRange } from "./port-range";
import { OPTION_REUSEADDR, OPTION_REUSEPORT, Socket, STATE_BOUND } from "./socket";

export class Ports {
  /**
   * Gives a datagram socket its local address and port and puts it where datagrams find it.
   * @param address network order, 0 = any; @param port network order, 0 = choose an ephemeral one
   * @returns 0, or -EADDRINUSE: another socket has the port on an overlapping address and interface and not both allow that
   *          (SO_REUSEADDR or SO_REUSEPORT), or every ephemeral port of the socket is taken
   */
  static bindDatagram(socket: Socket, address: u32, port: u32): i32 {
    if (!port) {
      port = Ports.ephemeral(socket, address);
      if (!port) return -EADDRINUSE;
    } else if (Ports.conflicts(socket, address, port)) {
      return -EADDRINUSE;
    }
    socket.localAddress = address;
    socket.setLocalPort(port);
    socket.set(STATE_BOUND, true);
    UdpTable.insert(socket);
    return 0;
  }

  /** Takes a datagram socket out of the table. */
  static unbindDatagram(socket: Socket): void {
    if (!socket.has(STATE_BOUND)) return;
    UdpTable.remove(socket);
    socket.set(STATE_BOUND, false);
  }

  private static ephemeral(socket: Socket, address: u32): u32 {
    const first = PortRange.first(socket);
    const count = PortRange.count(socket);
    let candidate = host_random() % count;
    for (let tries: u32 = 0; tries < count; tries++) {
      const port = Be.swap16(first + candidate);
      if (!Ports.conflicts(socket, address, port)) return port;
      candidate = candidate + 1 == count ? 0 : candidate + 1;
    }
    return 0;
  }

  private static conflicts(socket: Socket, address: u32, port: u32): bool {
    if (SERVICES && OwnPorts.has(port)) return true;
    for (let p = UdpTable.first(port); p; p = Socket.at(p).hashNext) {
      const other = Socket.at(p);
      if (other.localPort() != port) continue;
      if (address && other.localAddress && other.localAddress != address) continue;
      if (DeviceBinding.apart(socket, other)) continue;
      const shared = socket.options & other.options & (OPTION_REUSEADDR | OPTION_REUSEPORT);
      if (!shared) return true;
    }
    return false;
  }
}
