/**
 * Demultiplexing of datagrams: sockets with a local port, hashed by it. The best match wins: a connected socket before
 * one bound to an address before one bound to any (RFC 1122 §4.1.3.5 lets the application choose an address); of two that are the same in
 * that, one bound to an interface.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_SOCKETS_BINDTODEVICE, CONFIG_NET_UDP_HASH_BITS } from "../../../config";
import { DeviceBinding } from "../../socket/device-binding";
import { Socket } from "../../socket/socket";
import { SocketChain } from "../../socket/socket-chain";

/** Chains; a power of two. */
const CHAINS: u32 = 1 << CONFIG_NET_UDP_HASH_BITS;
const TABLE: usize = memory.data((1 << CONFIG_NET_UDP_HASH_BITS) * 4, 4);

export class UdpTable {
  /** usize → the head of the chain for `port` (network order). */
  @inline private static chain(port: u32): usize {
    // More than 256 chains need the high byte of the number too.
    if (CONFIG_NET_UDP_HASH_BITS > 8) return TABLE + ((((port >>> 8) | ((port & 255) << 8)) & (CHAINS - 1)) << 2);
    // The low byte of the number, which is where ports that are given out in turn differ.
    return TABLE + (((port >>> 8) & (CHAINS - 1)) << 2);
  }

  static insert(socket: Socket): void {
    SocketChain.insert(UdpTable.chain(socket.localPort()), socket);
  }

  static remove(socket: Socket): void {
    SocketChain.remove(UdpTable.chain(socket.localPort()), socket);
  }

  /**
   * The socket that gets a unicast datagram.
   * @param destination local address, network order
   * @param source      peer's address, network order
   * @param ports       source port in the low half, destination port in the high half, network order
   * @returns           usize → Socket, or 0
   */
  @inline static find(destination: u32, source: u32, ports: u32): usize {
    const first = load<usize>(UdpTable.chain(ports >>> 16));
    if (first) {
      const socket = Socket.at(first);
      // The usual case, without a search: one socket on this chain, bound to any address, not connected.
      const choosy = CONFIG_NET_SOCKETS_BINDTODEVICE ? <u32>socket.boundInterface : 0;
      if (CONFIG_NET_FAST_PATHS && !socket.hashNext && !(socket.localAddress | socket.remoteAddress | choosy)) {
        return (socket.ports ^ ports) >>> 16 ? 0 : first;
      }
      return UdpTable.search(first, destination, source, ports);
    }
    return 0;
  }

  private static search(first: usize, destination: u32, source: u32, ports: u32): usize {
    let best: usize = 0;
    let bestScore = 0;
    for (let p = first; p; p = Socket.at(p).hashNext) {
      const score = UdpTable.score(Socket.at(p), destination, source, ports);
      if (score > bestScore) {
        bestScore = score;
        best = p;
      }
    }
    return best;
  }

  /** How well `socket` fits a datagram: 0 = not at all, otherwise the higher the better. */
  static score(socket: Socket, destination: u32, source: u32, ports: u32): i32 {
    if (socket.localPort() != ports >>> 16) return 0;
    let score = 2;
    const local = socket.localAddress;
    if (local) {
      if (local != destination) return 0;
      score = 4;
    }
    if (socket.remoteAddress) {
      if (socket.remoteAddress != source || socket.ports != ports) return 0;
      score += 4;
    }
    if (CONFIG_NET_SOCKETS_BINDTODEVICE && socket.boundInterface) {
      if (!DeviceBinding.hears(socket, destination, source)) return 0;
      score++;
    }
    return score;
  }

  /** The first socket on the chain of `port`; the others follow over `hashNext`. */
  @inline static first(port: u32): usize {
    return load<usize>(UdpTable.chain(port));
  }
}
