/**
 * Who wants to hear what: the memberships of sockets in groups, each with its filter of sources (RFC 3376 §2, §3.1). What
 * an interface wants of a group (§3.2) is nothing of its own: it forwards what any of its members wants.
 *
 * A membership is EXCLUDE (everybody but the sources in its list, none at first) or INCLUDE (nobody but them; it ends with
 * the last one).
 */
import { CONFIG_NET_IF_MCAST_IPV4_SOURCE_COUNT, CONFIG_NET_IPV4_IGMP_MEMBERSHIPS } from "../../../config";
import { Pool } from "../../base/pool";
import { ALL_HOSTS_ADDRESS, INTERFACE_NIC } from "../../link/interface";

/** `Membership.mode`, `Group.mode`. */
export const FILTER_INCLUDE: u32 = 0;
export const FILTER_EXCLUDE: u32 = 1;

/** Sources that a membership has room for. */
export const MEMBERSHIP_SOURCES: u32 = CONFIG_NET_IF_MCAST_IPV4_SOURCE_COUNT;

@unmanaged
@final
export class Membership {
  /** usize → Socket; 0 = free. */
  socket: usize;
  /** Network order. */
  group: u32;
  /** INTERFACE_*. */
  interfaceIndex: u32;
  /** Address of the interface as the application named it, network order; 0 when it did not. */
  interfaceAddress: u32;
  /** FILTER_*. */
  mode: u32;
  /** Sources in its list, which follows these fields. */
  count: u32;

  @inline static at(p: usize): Membership {
    return changetype<Membership>(p);
  }

  /** Where source `index` (network order) lies. */
  @inline place(index: u32): usize {
    return changetype<usize>(this) + offsetof<Membership>() + (index << 2);
  }

  /** Index of `source` in the list, or `count`. */
  find(source: u32): u32 {
    let index: u32 = 0;
    while (index < this.count && load<u32>(this.place(index)) != source) index++;
    return index;
  }

  /** True when it wants datagrams from `source`. */
  @inline accepts(source: u32): bool {
    return this.find(source) < this.count == (this.mode == FILTER_INCLUDE);
  }

  /** Adds a source, for which there is room. */
  add(source: u32): void {
    store<u32>(this.place(this.count), source);
    this.count += 1;
  }

  /** Takes out the source at `index`. */
  remove(index: u32): void {
    const last = this.count - 1;
    store<u32>(this.place(index), load<u32>(this.place(last)));
    this.count = last;
  }
}

const BYTES: usize = offsetof<Membership>() + ((<usize>CONFIG_NET_IF_MCAST_IPV4_SOURCE_COUNT) << 2);

/** Memory of this file. In functions, so that an image without multicast has nothing of it. */
class Memory {
  static table(): usize {
    return memory.data(
      CONFIG_NET_IPV4_IGMP_MEMBERSHIPS * (<i32>offsetof<Membership>() + CONFIG_NET_IF_MCAST_IPV4_SOURCE_COUNT * 4),
      4,
    );
  }

  static pool(): usize {
    return memory.data<u32>([CONFIG_NET_IPV4_IGMP_MEMBERSHIPS, <u32>BYTES, 0, 0, 0, 0]);
  }
}

export class Memberships {
  /** The statistics of the table. */
  static pool(): usize {
    return Memory.pool();
  }

  /** First of the table; the others follow, BYTES apart. Free ones have no socket. */
  @inline private static first(): usize {
    return Memory.table();
  }

  @inline private static end(): usize {
    return Memory.table() + <usize>CONFIG_NET_IPV4_IGMP_MEMBERSHIPS * BYTES;
  }

  /** usize → the Membership of `socket` in `group` (network order) on interface `index`, or 0. */
  static find(socket: usize, group: u32, index: u32): usize {
    for (let p = Memberships.first(); p < Memberships.end(); p += BYTES) {
      const each = Membership.at(p);
      if (each.socket == socket && each.group == group && each.interfaceIndex == index) return p;
    }
    return 0;
  }

  /** As `find`, on the interface that the application named as `address` when it joined, or on any with `address` 0. */
  static findNamed(socket: usize, group: u32, address: u32): usize {
    for (let p = Memberships.first(); p < Memberships.end(); p += BYTES) {
      const each = Membership.at(p);
      if (each.socket != socket || each.group != group) continue;
      if (!address || each.interfaceAddress == address) return p;
    }
    return 0;
  }

  /** usize → any Membership of `socket`, or 0. */
  static any(socket: usize): usize {
    for (let p = Memberships.first(); p < Memberships.end(); p += BYTES) {
      if (Membership.at(p).socket == socket) return p;
    }
    return 0;
  }

  /** usize → a new one without sources, or 0 when all are taken. */
  static create(socket: usize, group: u32, index: u32, address: u32, mode: u32): usize {
    const pool = Pool.at(Memory.pool());
    const p = Memberships.any(0);
    if (!p) {
      pool.refused += 1;
      return 0;
    }
    pool.noteTaken();
    const each = Membership.at(p);
    each.socket = socket;
    each.group = group;
    each.interfaceIndex = index;
    each.interfaceAddress = address;
    each.mode = mode;
    each.count = 0;
    return p;
  }

  static release(p: usize): void {
    Membership.at(p).socket = 0;
    Membership.at(p).group = 0;
    Pool.at(Memory.pool()).used -= 1;
  }

  /**
   * True when `socket` wants a datagram from `source` to `group` that came over interface `index`: it is a member, and its
   * filter lets it through. 224.0.0.1 needs no membership, since every host is in it (RFC 1112 §4); nor does a socket with `all`.
   */
  static accepts(socket: usize, group: u32, source: u32, index: u32, all: bool): bool {
    const p = Memberships.find(socket, group, index);
    return p ? Membership.at(p).accepts(source) : all || group == ALL_HOSTS_ADDRESS;
  }

  /** True when somebody here is a member of `group` on interface `index`. */
  static isMember(group: u32, index: u32): bool {
    if (group == ALL_HOSTS_ADDRESS) return true;
    for (let p = Memberships.first(); p < Memberships.end(); p += BYTES) {
      const each = Membership.at(p);
      if (each.group == group && each.interfaceIndex == index) return true;
    }
    return false;
  }

  /** Group (network order) of record `index` of the table; 0 when that is free, or not on the NIC. */
  static groupOfNic(index: i32): u32 {
    const each = Membership.at(Memberships.first() + <usize>index * BYTES);
    return each.interfaceIndex == INTERFACE_NIC ? each.group : 0;
  }

  // ---- what the NIC wants of a group (RFC 3376 §3.2) ----

  /** FILTER_EXCLUDE when a member is in that mode; otherwise, also when there is no member, FILTER_INCLUDE. */
  static mode(group: u32): u32 {
    for (let p = Memberships.first(); p < Memberships.end(); p += BYTES) {
      const each = Membership.at(p);
      if (each.group == group && each.interfaceIndex == INTERFACE_NIC && each.mode == FILTER_EXCLUDE)
        return FILTER_EXCLUDE;
    }
    return FILTER_INCLUDE;
  }

  /** True when a member wants to hear `source`. */
  static forwards(group: u32, source: u32): bool {
    for (let p = Memberships.first(); p < Memberships.end(); p += BYTES) {
      const each = Membership.at(p);
      if (each.group == group && each.interfaceIndex == INTERFACE_NIC && each.accepts(source)) return true;
    }
    return false;
  }

  /**
   * usize → the next place of a source of `group` after `place` (0: the first one), in the order of the table and with repetitions;
   * 0 when there is none. `includedOnly`: those of members in mode INCLUDE.
   */
  static nextSource(group: u32, place: usize, includedOnly: bool): usize {
    for (let p = Memberships.first(); p < Memberships.end(); p += BYTES) {
      if (place >= p + BYTES) continue;
      const each = Membership.at(p);
      if (each.group != group || each.interfaceIndex != INTERFACE_NIC) continue;
      if (includedOnly && each.mode != FILTER_INCLUDE) continue;
      const next = place > p ? place + 4 : each.place(0);
      if (next < each.place(each.count)) return next;
    }
    return 0;
  }

  /** True when the members in mode INCLUDE name at most `most` different sources together. */
  static fit(group: u32, most: u32): bool {
    let count: u32 = 0;
    for (let p = Memberships.nextSource(group, 0, true); p; p = Memberships.nextSource(group, p, true)) {
      let earlier = Memberships.nextSource(group, 0, true);
      while (earlier < p && load<u32>(earlier) != load<u32>(p)) earlier = Memberships.nextSource(group, earlier, true);
      if (earlier == p) count++;
      if (count > most) return false;
    }
    return true;
  }
}
