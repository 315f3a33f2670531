/**
 * Next hops. The table holds the neighbours that ARP resolves; behind it stand entries that need no resolving:
 * broadcast, multicast, and two for the loopback interface. A next hop has its Ethernet header ready as four words.
 *
 *     FREE ─create─▶ NEW ─datagram─▶ INCOMPLETE ─reply─▶ REACHABLE ─7/8 of its lifetime─▶ STALE ─used─▶ PROBING
 *                     │ 1 s           │ no answer           ▲                              │ unused        │ no answer
 *                     ▼               ▼                     └──────────────── reply ───────┼───────────────┤
 *                    FREE           FAILED ─1 s─▶ FREE                                     ▼               ▼
 *                                                                                         FREE           FREE
 *
 * Whoever keeps the address of an entry also keeps `Neighbours.generation()`: when that has changed, he asks Route again.
 *
 * Who may push out whom. An entry is "ours" when a socket asked for it. What comes from the wire (replies to strangers,
 * requests for our address) pushes out only entries that are not ours and never the gateway. At most half of the table
 * waits for answers, so datagrams to hosts that do not exist cannot push out the ones that do.
 */
import { CONFIG_NET_ARP_TABLE_SIZE, CONFIG_NET_LOOPBACK } from "../../config";
import { Device } from "../../hal/device";
import { Nic } from "../../hal/nic";
import { Clock } from "../base/clock";
import { COUNTER_IP_OUT, Counter } from "../base/counters";
import { Pool } from "../base/pool";
import { PathMtu } from "../ip/path-mtu";
import { ETHERTYPE_IPV4_BE } from "../wire/ethernet";
import { Ipv4Address } from "../wire/ipv4";
import { Pending } from "./arp/pending";
import { Interfaces } from "./interface";

/** `Neighbour.state`. From REACHABLE on, a frame can go to the chip at once. */
export const NEIGHBOUR_FREE: u32 = 0;
export const NEIGHBOUR_NEW: u32 = 1;
export const NEIGHBOUR_INCOMPLETE: u32 = 2;
export const NEIGHBOUR_FAILED: u32 = 3;
export const NEIGHBOUR_LOOPBACK: u32 = 4;
export const NEIGHBOUR_REACHABLE: u32 = 5;
export const NEIGHBOUR_STALE: u32 = 6;
export const NEIGHBOUR_PROBING: u32 = 7;
/** Broadcast and multicast. */
export const NEIGHBOUR_PERMANENT: u32 = 8;

@unmanaged
@final
export class Neighbour {
  /** NEIGHBOUR_*. */
  state: u32;
  /** The next hop's address, network order. */
  addressBe: u32;
  /** usize → Device behind which it lies. */
  device: usize;
  /** Address that datagrams through it come from, network order. */
  sourceBe: u32;
  /** Words 0 to 3 of a frame to it. */
  header0: u32;
  header1: u32;
  header2: u32;
  header3: u32;
  /** Ticks at which the state ends. */
  deadline: u32;
  /** Requests left (INCOMPLETE, PROBING) or whole seconds left after `deadline` (REACHABLE, STALE). */
  left: u32;
  /** Order of use: value of a counter when Route last looked it up. */
  lastUsed: u32;
  /** 1 when a socket asked for it. */
  isOurs: u32;

  @inline static at(p: usize): Neighbour {
    return changetype<Neighbour>(p);
  }

  /** True when a frame to it can go to the chip at once: resolved, or broadcast, or multicast. */
  @inline isDirect(): bool {
    return this.state >= NEIGHBOUR_REACHABLE;
  }

  /** Bytes of the largest IP datagram that goes to `destinationBe` through it: the link's MTU or the path's. */
  @inline mtu(destinationBe: u32): u32 {
    return PathMtu.limit(destinationBe, Device.at(this.device).mtu);
  }

  /** Takes over the MAC address (memory order: bytes 0 to 3, and 4 and 5) and writes the header words. */
  setMac(low: u32, high: u32): void {
    const device = Device.at(this.device);
    this.header0 = low << 16;
    this.header1 = (low >>> 16) | (high << 16);
    this.header2 = device.macLow;
    this.header3 = device.macHigh | (ETHERTYPE_IPV4_BE << 16);
  }

  /**
   * Sends a datagram to it, which is direct, and counts it.
   * @param frame usize → u8[bytes + 2], word layout of hal/device.ts, 4-aligned: the Ethernet header is written here
   * @param bytes with Ethernet header, without padding
   * @returns false when the chip has no room now
   */
  send(frame: usize, bytes: u32): bool {
    const device = Device.at(this.device);
    if (!Nic.txBegin(device, bytes)) return false;
    store<u32>(frame, this.header0);
    store<u32>(frame, this.header1, 4);
    store<u32>(frame, this.header2, 8);
    store<u32>(frame, this.header3, 12);
    Nic.txFirst(device, bytes, load<u32>(frame));
    Nic.txWrite(device, frame + 4, (bytes + 1) >>> 2);
    Nic.txEnd(device);
    Counter.add(COUNTER_IP_OUT);
    return true;
  }

  /** True when that is its MAC address. */
  @inline hasMac(low: u32, high: u32): bool {
    return this.header0 == low << 16 && this.header1 == ((low >>> 16) | (high << 16));
  }
}

/** Bytes of an entry. */
export const NEIGHBOUR_BYTES: usize = offsetof<Neighbour>();

const SIZE: u32 = CONFIG_NET_ARP_TABLE_SIZE;
const TABLE: usize = memory.data((CONFIG_NET_ARP_TABLE_SIZE + 4) * <i32>offsetof<Neighbour>(), 4);
const END: usize = TABLE + <usize>SIZE * NEIGHBOUR_BYTES;
const BROADCAST: usize = END;
const MULTICAST: usize = END + NEIGHBOUR_BYTES;
/** For 127/8. */
const LOOPBACK: usize = END + 2 * NEIGHBOUR_BYTES;
/** For the own address of the NIC. */
const LOCAL: usize = END + 3 * NEIGHBOUR_BYTES;
const FIXED_END: usize = END + (CONFIG_NET_LOOPBACK ? 4 : 2) * NEIGHBOUR_BYTES;
/** Entries that may wait for an answer at once. */
const MOST_UNRESOLVED: u32 = (SIZE + 1) / 2;

/** u32 generation, u32 counter of uses. */
const STATE: usize = memory.data(8, 4);
const POOL: usize = memory.data<u32>([SIZE, <u32>NEIGHBOUR_BYTES, 0, 0, 0, 0]);

export class Neighbours {
  /** Lays out the table: all free. Call before Interfaces.init. */
  static initialise(): void {
    store<u32>(STATE, 1);
  }

  /** The statistics of the table. */
  @inline static pool(): usize {
    return POOL;
  }

  /** Number of the present state of table, routes and path MTUs; changes whenever a remembered entry may be wrong. Not 0. */
  @inline static generation(): u32 {
    return load<u32>(STATE);
  }

  /** Makes everybody ask Route again. */
  static bumpGeneration(): void {
    const next = load<u32>(STATE) + 1;
    store<u32>(STATE, next ? next : 1);
  }

  /** First entry of the table. */
  @inline static first(): usize {
    return TABLE;
  }

  /** The address after its last entry; entries are NEIGHBOUR_BYTES apart. */
  @inline static end(): usize {
    return END;
  }

  /** usize → Neighbour, always resolved: the NIC's broadcast. */
  @inline static broadcast(): usize {
    return BROADCAST;
  }

  /** usize → Neighbour, always resolved, for the group `addressBe`. One entry serves all groups, one after the other. */
  static multicast(addressBe: u32): usize {
    const entry = Neighbour.at(MULTICAST);
    if (entry.addressBe != addressBe) {
      Neighbours.bumpGeneration();
      entry.addressBe = addressBe;
      entry.setMac(Ipv4Address.groupMacLow(addressBe), Ipv4Address.groupMacHigh(addressBe));
    }
    return MULTICAST;
  }

  /** usize → Neighbour of the loopback interface for 127/8 (`own` false) or for the NIC's own address. */
  @inline static loopback(own: bool): usize {
    return own ? LOCAL : LOOPBACK;
  }

  /** Marks `entry` as the one used last. */
  @inline static touch(entry: Neighbour): void {
    const count = load<u32>(STATE, 4) + 1;
    store<u32>(STATE, count, 4);
    entry.lastUsed = count;
  }

  /** usize → Neighbour for `addressBe` (network order) in the table, or 0. */
  static find(addressBe: u32): usize {
    for (let p = TABLE; p < END; p += NEIGHBOUR_BYTES) {
      const entry = Neighbour.at(p);
      if (entry.addressBe == addressBe && entry.state != NEIGHBOUR_FREE) return p;
    }
    return 0;
  }

  /**
   * A new entry in state NEW.
   * @param ours     true when a socket asks, false when something from the wire is the cause
   * @param resolved true when the MAC address is known and follows at once
   * @returns usize → Neighbour, or 0 when all entries are better kept
   */
  static create(addressBe: u32, ours: bool, resolved: bool): usize {
    const p = Neighbours.room(ours, resolved);
    const pool = Pool.at(POOL);
    if (!p) {
      pool.refused += 1;
      return 0;
    }
    const entry = Neighbour.at(p);
    if (entry.state == NEIGHBOUR_FREE) pool.noteTaken();
    else Pending.drop(p);
    Neighbours.bumpGeneration();
    const nic = Interfaces.nic();
    entry.state = NEIGHBOUR_NEW;
    entry.addressBe = addressBe;
    entry.device = nic.device;
    entry.sourceBe = nic.address;
    entry.isOurs = u32(ours);
    entry.deadline = Clock.ticks();
    Neighbours.touch(entry);
    return p;
  }

  /** Frees an entry; a datagram waiting for it is dropped and counted. */
  static release(p: usize): void {
    Pending.drop(p);
    Neighbour.at(p).state = NEIGHBOUR_FREE;
    Neighbour.at(p).addressBe = 0;
    Pool.at(POOL).used -= 1;
    Neighbours.bumpGeneration();
  }

  /** Forgets all neighbours and writes the permanent entries anew: addresses or routes have changed. */
  static flush(): void {
    for (let p = TABLE; p < END; p += NEIGHBOUR_BYTES) {
      if (Neighbour.at(p).state != NEIGHBOUR_FREE) Neighbours.release(p);
    }
    const nic = Interfaces.nic();
    for (let p = BROADCAST; p < FIXED_END; p += NEIGHBOUR_BYTES) {
      const entry = Neighbour.at(p);
      entry.state = NEIGHBOUR_PERMANENT;
      entry.addressBe = 0;
      entry.device = nic.device;
      entry.sourceBe = nic.address;
    }
    Neighbour.at(BROADCAST).setMac(0xffffffff, 0xffff);
    if (CONFIG_NET_LOOPBACK) {
      const loopback = Interfaces.loopback();
      const entry = Neighbour.at(LOOPBACK);
      entry.state = NEIGHBOUR_LOOPBACK;
      entry.device = loopback.device;
      entry.sourceBe = loopback.address;
      const own = Neighbour.at(LOCAL);
      own.state = NEIGHBOUR_LOOPBACK;
      own.device = loopback.device;
    }
    Neighbours.bumpGeneration();
  }

  /** The entry to take for a new neighbour, free or not; 0 when there is none (see the head of this file). */
  private static room(ours: bool, resolved: bool): usize {
    let free: usize = 0;
    let unresolved: u32 = 0;
    for (let p = TABLE; p < END; p += NEIGHBOUR_BYTES) {
      const state = Neighbour.at(p).state;
      if (state == NEIGHBOUR_FREE) {
        // The first one: `find` looks from there.
        if (!free) free = p;
      } else if (state <= NEIGHBOUR_INCOMPLETE) unresolved++;
    }
    const crowded = !resolved && unresolved >= MOST_UNRESOLVED;
    if (free && !crowded) return free;
    const gateway = Interfaces.nic().gateway;
    const limit: u32 = ours ? 8 : 2;
    let best: usize = 0;
    let bestRank: u32 = limit;
    for (let p = TABLE; p < END; p += NEIGHBOUR_BYTES) {
      const entry = Neighbour.at(p);
      const state = entry.state;
      if (state == NEIGHBOUR_FREE || state <= NEIGHBOUR_INCOMPLETE != crowded) continue;
      let rank: u32 = state == NEIGHBOUR_FAILED ? 0 : 1;
      if (entry.isOurs) rank += 2;
      if (entry.addressBe == gateway) rank += 4;
      if (rank > bestRank || rank >= limit) continue;
      if (rank < bestRank || <i32>(entry.lastUsed - Neighbour.at(best).lastUsed) < 0) {
        best = p;
        bestRank = rank;
      }
    }
    return best;
  }
}
