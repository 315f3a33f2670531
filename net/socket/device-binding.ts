/**
 * SO_BINDTODEVICE: a socket hears one interface only and sends over it alone (socket(7) of Linux). Sending is Route.find's, which is
 * told the interface; here is what receiving and binding need. Only with CONFIG_NET_SOCKETS_BINDTODEVICE.
 */
import { CONFIG_NET_SOCKETS_BINDTODEVICE } from "../../config";
import { INTERFACE_LOOPBACK, INTERFACE_NIC, Interfaces } from "../link/interface";
import { Ipv4Address } from "../wire/ipv4";
import { Socket } from "./socket";

export class DeviceBinding {
  /** Binds `socket` to interface `index` (INTERFACE_*), or to none in particular: 0. Where its datagrams went is forgotten. */
  static bind(socket: Socket, index: u32): void {
    socket.boundInterface = index;
    // What is remembered of the way to the last destination may lead over another one.
    socket.forgetWay();
  }

  /** True when `a` and `b` are bound to different interfaces: then nothing arrives for both, and they may share a port. */
  @inline static apart(a: Socket, b: Socket): bool {
    return (
      CONFIG_NET_SOCKETS_BINDTODEVICE &&
      a.boundInterface != 0 &&
      b.boundInterface != 0 &&
      a.boundInterface != b.boundInterface
    );
  }

  /** True when `socket` hears a datagram from `source` to `destination`, network order. */
  @inline static hears(socket: Socket, destination: u32, source: u32): bool {
    const bound = CONFIG_NET_SOCKETS_BINDTODEVICE ? <u32>socket.boundInterface : 0;
    return !bound || bound == DeviceBinding.arrivedOn(destination, source);
  }

  /**
   * The interface over which it came. From an address of our own that is loopback (on the wire it would be martian), but for the copy of
   * what a socket sent to a group: that counts as heard on the interface over which it went out, as on Linux.
   */
  private static arrivedOn(destination: u32, source: u32): u32 {
    if (!Interfaces.isLocal(source)) return INTERFACE_NIC;
    return Ipv4Address.isMulticast(destination) && !Ipv4Address.isLoopback(source) ? INTERFACE_NIC : INTERFACE_LOOPBACK;
  }
}
