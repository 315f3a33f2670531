/**
 * IP_MTU_DISCOVER of datagram sockets and IP_MTU (ip(7) of Linux): what becomes of a datagram that the path does not take in one piece.
 * Routers' reports are kept for all sockets alike (net/ip/path-mtu.ts, RFC 1191). Only with CONFIG_NET_SOCKETS_MTU_DISCOVER; without it
 * every socket has DISCOVER_WANT.
 */
import { CONFIG_NET_IPV4_IGMP, CONFIG_NET_SOCKETS_MTU_DISCOVER } from "../../config";
import { Device } from "../../hal/device";
import { EINVAL, ENOTCONN } from "../base/errno";
import { Route } from "../ip/route";
import { Neighbour } from "../link/neighbour";
import { Multicast } from "./multicast";
import { SOCKET_UDP, Socket, STATE_CONNECTED } from "./socket";

/** Routers may fragment it: "don't fragment" is never set. */
export const DISCOVER_DONT: u32 = 0;
/** It is sent in fragments when it is larger than the path takes, and else must not be fragmented on the way. */
export const DISCOVER_WANT: u32 = 1;
/** It is refused (EMSGSIZE) when it is larger than the path takes. */
export const DISCOVER_DO: u32 = 2;
/** It is refused when it is larger than the link takes, whatever routers have said: a program that looks for the path's MTU itself. */
export const DISCOVER_PROBE: u32 = 3;

/** Two bits of `Socket.options`, so that 0 is DISCOVER_WANT. */
const SHIFT: u32 = 3;
const MASK: u32 = 3 << SHIFT;

export class PathDiscovery {
  /** DISCOVER_*. */
  @inline static mode(socket: Socket): u32 {
    return CONFIG_NET_SOCKETS_MTU_DISCOVER ? ((socket.options & MASK) >>> SHIFT) ^ DISCOVER_WANT : DISCOVER_WANT;
  }

  /** 0, or -EINVAL: none of DISCOVER_*. */
  static setMode(socket: Socket, mode: i32): i32 {
    if (<u32>mode > DISCOVER_PROBE) return -EINVAL;
    socket.options = (socket.options & ~MASK) | ((<u32>mode ^ DISCOVER_WANT) << SHIFT);
    // How the last datagram went says nothing about the next one.
    socket.forgetWay();
    return 0;
  }

  /** Bytes of the largest IP datagram that `socket` sends to `destination` (network order) through `neighbour` in one piece. */
  @inline static room(socket: Socket, neighbour: Neighbour, destination: u32): u32 {
    return CONFIG_NET_SOCKETS_MTU_DISCOVER && PathDiscovery.mode(socket) == DISCOVER_PROBE
      ? Device.at(neighbour.device).mtu
      : neighbour.mtu(destination);
  }

  /** IP_MTU: what the path to the peer is known to take, bytes; -ENOTCONN: there is no peer, or no way to it. */
  static pathMtu(socket: Socket): i32 {
    if (!socket.has(STATE_CONNECTED)) return -ENOTCONN;
    const remote = socket.remoteAddress;
    const toGroup = CONFIG_NET_IPV4_IGMP && socket.kind == SOCKET_UDP;
    const p = Route.find(remote, toGroup ? Multicast.route(socket, remote) : <i32>socket.way);
    return p ? <i32>Neighbour.at(p).mtu(remote) : -ENOTCONN;
  }
}
