/** Every pool of the stack, for `socklet size`, the run-time statistics and the leak check of the tests. */
import {
  CONFIG_DNS_RESOLVER,
  CONFIG_DNS_RESOLVER_CACHE,
  CONFIG_EPOLL,
  CONFIG_EVENTFD,
  CONFIG_NET_IPV4_FRAGMENT,
  CONFIG_NET_IPV4_IGMP,
  CONFIG_NET_LOOPBACK,
  CONFIG_NET_SOCKETS_UNIX,
  CONFIG_NET_TCP,
} from "../config";
import { Pool } from "./base/pool";
import { EventCounter } from "./event/event-counter";
import { Interest } from "./event/interest";
import { InterestSet } from "./event/interest-set";
import { Groups } from "./ip/multicast/groups";
import { Memberships } from "./ip/multicast/memberships";
import { Reassembly } from "./ip/reassembly";
import { Pending } from "./link/arp/pending";
import { Loopback } from "./link/loopback";
import { Neighbours } from "./link/neighbour";
import { LocalSockets } from "./local/local-socket";
import { DnsCache } from "./service/dns/cache";
import { Queries } from "./service/dns/query";
import { DatagramRings } from "./socket/datagram-ring";
import { ERROR_QUEUE, ErrorQueue } from "./socket/error-queue";
import { SocketPool } from "./socket/socket";
import { TcpStack } from "./transport/tcp/stack";

export class Pools {
  /** usize → the record of pool `index`, or 0 past the last. */
  static at(index: i32): usize {
    switch (index) {
      case 0:
        return SocketPool.pool();
      case 1:
        return DatagramRings.pool();
      case 2:
        return Neighbours.pool();
      case 3:
        return Pending.pool();
      default:
        return Pools.optional(index - 4);
    }
  }

  /** Those that a configuration may leave out. */
  private static optional(index: i32): usize {
    if (CONFIG_NET_IPV4_FRAGMENT) {
      if (!index) return Reassembly.pool();
      index--;
    }
    if (CONFIG_NET_IPV4_IGMP) {
      if (!index) return Groups.pool();
      if (index == 1) return Memberships.pool();
      index -= 2;
    }
    if (CONFIG_NET_LOOPBACK) {
      if (!index) return Loopback.pool();
      index--;
    }
    if (ERROR_QUEUE) {
      if (!index) return ErrorQueue.pool();
      index--;
    }
    if (CONFIG_EVENTFD) {
      if (!index) return EventCounter.pool();
      index--;
    }
    if (CONFIG_EPOLL) {
      if (!index) return InterestSet.pool();
      if (index == 1) return Interest.pool();
      index -= 2;
    }
    if (CONFIG_NET_SOCKETS_UNIX) {
      if (!index) return LocalSockets.pool();
      index--;
    }
    if (CONFIG_DNS_RESOLVER) {
      if (!index) return Queries.pool();
      index--;
      if (CONFIG_DNS_RESOLVER_CACHE) {
        if (!index) return DnsCache.pool();
        index--;
      }
    }
    return CONFIG_NET_TCP ? TcpStack.pool(index) : 0;
  }

  /** Field of a pool: 0 capacity, 1 used, 2 high water, 3 refused, 4 bytes of an element, 5 address of the name. */
  static field(record: usize, field: i32): u32 {
    const pool = Pool.at(record);
    switch (field) {
      case 0:
        return pool.capacity;
      case 1:
        return pool.used;
      case 2:
        return pool.highWater;
      case 3:
        return pool.refused;
      case 4:
        return pool.elementBytes;
      default:
        return <u32>pool.name;
    }
  }
}
