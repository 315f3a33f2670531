/**
 * Routing of a host (RFC 1122 §3.3.1): the own addresses and 127/8 go to the loopback interface, broadcast and groups
 * to the NIC, the own subnet directly, everything else to the default gateway.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_IPV4_HDR_OPTIONS,
  CONFIG_NET_IPV4_IGMP,
  CONFIG_NET_LOOPBACK,
  CONFIG_NET_SOCKETS_DONTROUTE,
} from "../../config";
import { Clock } from "../base/clock";
import { COUNTER_DROP_NO_ROUTE, Counter } from "../base/counters";
import { EHOSTUNREACH, ENETUNREACH, ENOBUFS } from "../base/errno";
import { Arp } from "../link/arp/arp";
import { BROADCAST_ADDRESS, INTERFACE_LOOPBACK, INTERFACE_NIC, Interfaces } from "../link/interface";
import { NEIGHBOUR_FAILED, NEIGHBOUR_STALE, Neighbour, Neighbours } from "../link/neighbour";
import { ON_LINK } from "../link/on-link";
import { Ipv4Address } from "../wire/ipv4";

/** i32 error of the last lookup; of the last one that was direct: u32 destination, u32 generation, u32[4] header. */
const STATE: usize = memory.data(28, 4);
/** Somebody may ask for ON_LINK: SO_DONTROUTE, a strict source route. */
const ROUTES_ON_LINK: bool = CONFIG_NET_SOCKETS_DONTROUTE || CONFIG_NET_IPV4_HDR_OPTIONS;
const LAST_DESTINATION: usize = 4;
const LAST_GENERATION: usize = 8;
const LAST_HEADER: usize = 12;

export class Route {
  /**
   * The next hop for a datagram of a socket. Makes an entry in state NEW when the neighbour is not known; nothing is
   * sent before the first datagram.
   *
   * @param dstBe      destination, network order
   * @param boundIndex interface that the socket is bound to, 0 = any; with ON_LINK no router is asked (Socket.way)
   * @returns usize → Neighbour, valid while Neighbours.generation() stays; or 0, see `error`
   */
  static find(dstBe: u32, boundIndex: i32): usize {
    return Route.lookup(dstBe, boundIndex, true);
  }

  /** As `find`, for an answer to something from the wire: must not push out what sockets use. Counts what has no route. */
  static reply(dstBe: u32): usize {
    const p = Route.lookup(dstBe, 0, false);
    if (!p) Counter.add(COUNTER_DROP_NO_ROUTE);
    return p;
  }

  /** True when the last lookup that gave a direct neighbour was for `dstBe`, and holds: then `lastHeader` leads there. */
  @inline static isLast(dstBe: u32): bool {
    if (!CONFIG_NET_FAST_PATHS) return false;
    return load<u32>(STATE, LAST_DESTINATION) == dstBe && load<u32>(STATE, LAST_GENERATION) == Neighbours.generation();
  }

  /** Word `index` (0 to 3) of a frame to the destination that `isLast` is true for. At a constant address: no check. */
  @inline static lastHeader(index: usize): u32 {
    return load<u32>(STATE + LAST_HEADER + (index << 2));
  }

  /** Why the last `find` answered 0: -ENETUNREACH (no route), -EHOSTUNREACH (silent neighbour), -ENOBUFS (table full). */
  static error(): i32 {
    return load<i32>(STATE);
  }

  /** The source address for datagrams through `neighbour`, network order. */
  @inline static source(neighbour: Neighbour): u32 {
    return neighbour.sourceBe;
  }

  private static lookup(dstBe: u32, boundIndex: i32, ours: bool): usize {
    const nic = Interfaces.nic();
    const onLink = ROUTES_ON_LINK && (boundIndex & ON_LINK) != 0;
    if (ROUTES_ON_LINK) boundIndex &= ~ON_LINK;
    if (Interfaces.isLocal(dstBe)) {
      if (!CONFIG_NET_LOOPBACK || (boundIndex == INTERFACE_NIC && Ipv4Address.isLoopback(dstBe))) {
        return Route.fail(ENETUNREACH);
      }
      return Neighbours.loopback(!Ipv4Address.isLoopback(dstBe));
    }
    if (CONFIG_NET_IPV4_IGMP && boundIndex == INTERFACE_LOOPBACK && Ipv4Address.isMulticast(dstBe)) {
      return Neighbours.loopback(false);
    }
    if (boundIndex == INTERFACE_LOOPBACK || !nic.up) return Route.fail(ENETUNREACH);
    if (dstBe == BROADCAST_ADDRESS || dstBe == nic.broadcast) return Neighbours.broadcast();
    if (!nic.address) return Route.fail(ENETUNREACH);
    if (Ipv4Address.isMulticast(dstBe)) return Neighbours.multicast(dstBe);
    if (!Ipv4Address.isUnicast(dstBe)) return Route.fail(ENETUNREACH);
    const nextHop = nic.isOnLink(dstBe) ? dstBe : onLink ? 0 : nic.gateway;
    if (!nextHop) return Route.fail(ENETUNREACH);
    const p = Neighbours.find(nextHop);
    if (!p) return Route.create(nextHop, ours);
    const entry = Neighbour.at(p);
    if (entry.state == NEIGHBOUR_FAILED) {
      if (!Clock.isDue(entry.deadline, Clock.ticks())) return Route.fail(EHOSTUNREACH);
      // Its second is over and the timer has not come round to it yet.
      Neighbours.release(p);
      return Route.create(nextHop, ours);
    }
    Neighbours.touch(entry);
    if (ours) entry.isOurs = 1;
    if (entry.state == NEIGHBOUR_STALE) Arp.refresh(p);
    if (CONFIG_NET_FAST_PATHS && entry.isDirect()) {
      store<u32>(STATE, dstBe, LAST_DESTINATION);
      store<u32>(STATE, Neighbours.generation(), LAST_GENERATION);
      store<u32>(STATE, entry.header0, LAST_HEADER);
      store<u32>(STATE, entry.header1, LAST_HEADER + 4);
      store<u32>(STATE, entry.header2, LAST_HEADER + 8);
      store<u32>(STATE, entry.header3, LAST_HEADER + 12);
    }
    return p;
  }

  private static create(nextHop: u32, ours: bool): usize {
    const p = Neighbours.create(nextHop, ours, false);
    if (!p) return Route.fail(ENOBUFS);
    Arp.watch(Neighbour.at(p));
    return p;
  }

  private static fail(errno: i32): usize {
    store<i32>(STATE, -errno);
    return 0;
  }
}
