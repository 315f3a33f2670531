/**
 * What control messages ask of one datagram (sendmsg with IP_PKTINFO, IP_TTL, IP_TOS): the socket has these properties while
 * that datagram is made, so the ways that others take know nothing of it. Only with CONFIG_NET_CONTEXT_RECV_PKTINFO.
 */
import { EINVAL, ENODEV } from "../base/errno";
import { INTERFACE_LOOPBACK, INTERFACE_NIC, Interfaces } from "../link/interface";
import { Ipv4Address } from "../wire/ipv4";
import { DatagramSocket } from "./datagram-socket";
import { Ports } from "./ports";
import { Socket, STATE_BOUND } from "./socket";
import { Task } from "./task";

@unmanaged
@final
export class SendControl {
  /** Source address, network order; 0 = as without it. */
  source: u32;
  /** INTERFACE_* to send through; 0 = as without it. */
  interfaceIndex: u32;
  /** TTL in the low byte, type of service in the second. */
  ttlTos: u32;

  /** That of the call that is being made. */
  static shared(): SendControl {
    return changetype<SendControl>(memory.data(12, 4));
  }

  /** Asks for nothing else than `socket` does anyway. */
  reset(socket: Socket): void {
    this.source = 0;
    this.interfaceIndex = 0;
    this.ttlTos = socket.ttlTos;
  }

  /**
   * As DatagramSocket.send, with these properties for this datagram alone.
   * @returns as there, and -ENODEV (no such interface), -EINVAL (the source is not an address of ours, or one of 127/8 for a
   *          destination that is not)
   */
  send(socket: Socket, task: i32, address: u32, port: u32, flags: u32): i32 {
    let error = this.check(port ? address : socket.remoteAddress);
    // Binding sets the local address.
    if (!error && !socket.has(STATE_BOUND)) error = Ports.bindDatagram(socket, 0, 0);
    if (error) {
      Task.at(task).finish();
      return error;
    }
    const localAddress = socket.localAddress;
    const way = socket.way;
    const ttlTos = socket.ttlTos;
    if (this.source) socket.localAddress = this.source;
    if (this.interfaceIndex) socket.boundInterface = this.interfaceIndex;
    socket.setTtlTos(this.ttlTos);
    const result = DatagramSocket.send(socket, task, address, port, flags);
    socket.localAddress = localAddress;
    socket.way = way;
    // What was remembered of the way belongs to this datagram: `setTtlTos` forgets it.
    socket.setTtlTos(ttlTos);
    return result;
  }

  /** @param destination network order; 0 = 127.0.0.1, or none. 0, -ENODEV, -EINVAL. */
  private check(destination: u32): i32 {
    const index = this.interfaceIndex;
    if (index && index != INTERFACE_NIC && index != INTERFACE_LOOPBACK) return -ENODEV;
    if (!this.source) return 0;
    if (!Interfaces.isLocal(this.source)) return -EINVAL;
    const leaves = destination != 0 && !Interfaces.isLocal(destination);
    return leaves && Ipv4Address.isLoopback(this.source) ? -EINVAL : 0;
  }
}
