/** What the layers below tell all sockets. */
import { CONFIG_NET_MAX_CONTEXTS, CONFIG_NET_TCP } from "../../config";
import { EHOSTUNREACH } from "../base/errno";
import { TcpIcmp } from "../transport/tcp/icmp";
import { ETHERNET_HEADER_BYTES, ETHERNET_SPACE } from "../wire/ethernet";
import { IcmpReport } from "./icmp-report";
import { Socket, SocketPool, STATE_CONNECTED } from "./socket";
import { Tasks } from "./task";

export class Sockets {
  /**
   * The next hop of a frame that waited for its MAC address does not answer, and the frame is lost: the socket that sent it hears of it if it
   * has IP_RECVERR. Only with CONFIG_NET_SOCKETS_RECVERR.
   * @param frame usize → u8[frameBytes + 2], word layout of hal/device.ts
   */
  static unanswered(frame: usize, frameBytes: u32): void {
    IcmpReport.unanswered(frame + ETHERNET_SPACE, frameBytes - ETHERNET_HEADER_BYTES);
  }

  /**
   * The next hop to `destination` does not answer (ARP gave up): connected datagram sockets hear of it with their next call, and a
   * connect of a stream ends. To a connection that exists it means nothing yet: the neighbour may come back before it gives up
   * (RFC 1122 §4.2.3.9).
   * @param destination network order
   */
  static hostUnreachable(destination: u32): void {
    for (let i: i32 = 0; i < CONFIG_NET_MAX_CONTEXTS; i++) {
      const p = SocketPool.record(i);
      const socket = Socket.at(p);
      if (
        !socket.isDatagram() ||
        !socket.references ||
        !socket.has(STATE_CONNECTED) ||
        socket.remoteAddress != destination
      )
        continue;
      socket.setError(EHOSTUNREACH);
      Tasks.wake(p);
    }
    if (CONFIG_NET_TCP) TcpIcmp.hostUnreachable(destination);
  }
}
