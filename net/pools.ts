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
import { TCP_POOLS, TcpStack } from "./transport/tcp/stack";

const FIRST_OF_TCP: i32 = 16;

export class Pools {
  /** usize → the record of the pool with this name's number (runtime/node/pool-names.ts), 0 when the configuration leaves it out. */
  static at(number: i32): usize {
    switch (number) {
      case 1:
        return SocketPool.pool();
      case 2:
        return DatagramRings.pool();
      case 3:
        return Neighbours.pool();
      case 4:
        return Pending.pool();
      case 5:
        return CONFIG_NET_IPV4_FRAGMENT ? Reassembly.pool() : 0;
      case 6:
        return CONFIG_NET_IPV4_IGMP ? Groups.pool() : 0;
      case 7:
        return CONFIG_NET_IPV4_IGMP ? Memberships.pool() : 0;
      case 8:
        return CONFIG_NET_LOOPBACK ? Loopback.pool() : 0;
      case 9:
        return ERROR_QUEUE ? ErrorQueue.pool() : 0;
      case 10:
        return CONFIG_EVENTFD ? EventCounter.pool() : 0;
      case 11:
        return CONFIG_EPOLL ? InterestSet.pool() : 0;
      case 12:
        return CONFIG_EPOLL ? Interest.pool() : 0;
      case 13:
        return CONFIG_NET_SOCKETS_UNIX ? LocalSockets.pool() : 0;
      case 14:
        return CONFIG_DNS_RESOLVER ? Queries.pool() : 0;
      case 15:
        return CONFIG_DNS_RESOLVER && CONFIG_DNS_RESOLVER_CACHE ? DnsCache.pool() : 0;
      default:
        return CONFIG_NET_TCP ? TcpStack.pool(number - FIRST_OF_TCP) : 0;
    }
  }

  /** True beyond the last name's number. */
  @inline static isPast(number: i32): bool {
    return number >= FIRST_OF_TCP + TCP_POOLS;
  }

  /** Field of a pool: 0 capacity, 1 used, 2 high water, 3 refused, 4 bytes of an element. */
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
      default:
        return pool.elementBytes;
    }
  }
}
