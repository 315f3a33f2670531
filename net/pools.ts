/** Every pool of the stack, for `socklet size`, the run-time statistics and the leak check of the tests. */
import { CONFIG_NET_IPV4_FRAGMENT, CONFIG_NET_LOOPBACK } from "../config";
import { Pool } from "./base/pool";
import { Reassembly } from "./ip/reassembly";
import { Pending } from "./link/arp/pending";
import { Loopback } from "./link/loopback";
import { Neighbours } from "./link/neighbour";
import { DatagramRings } from "./socket/datagram-ring";
import { SocketPool } from "./socket/socket";

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
      case 4:
        return CONFIG_NET_IPV4_FRAGMENT ? Reassembly.pool() : Loopback.pool();
      case 5:
        return CONFIG_NET_IPV4_FRAGMENT && CONFIG_NET_LOOPBACK ? Loopback.pool() : 0;
      default:
        return 0;
    }
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
