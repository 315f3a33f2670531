/**
 * The groups that the NIC is a member of, as routers know them: filter mode and sources (RFC 3376 §3.2), computed from the
 * memberships whenever one changes, and what has yet to be said about each.
 *
 * A change is reported several times (§5.1): a change of the mode by records with the whole list, another one by records of the
 * sources that changed. A source therefore stays here while it is in the list, or while it has reports left. A group that nobody
 * wants any more is INCLUDE without sources, which is what a group is that was never joined; its entry goes once that has been
 * reported, or when somebody else needs it.
 */
import { CONFIG_NET_IF_MCAST_IPV4_ADDR_COUNT, CONFIG_NET_IF_MCAST_IPV4_SOURCE_COUNT } from "../../../config";
import { Pool } from "../../base/pool";
import { FILTER_EXCLUDE, FILTER_INCLUDE, Memberships } from "./memberships";

/** A moment that does not come, µs. */
export const NEVER: u64 = u64.MAX_VALUE;

/** Sources that a group has room for, and sources of a query that it remembers. */
export const GROUP_SOURCES: u32 = CONFIG_NET_IF_MCAST_IPV4_SOURCE_COUNT * 2;

/** A source in a group: u32 address, u32 reports left in the low half, LISTED. */
const SOURCE_BYTES: usize = 8;
const SOURCE_STATE: usize = 4;
const LISTED: u32 = 1 << 16;
const REPORTS_MASK: u32 = 0xffff;

@unmanaged
@final
export class Group {
  /** When the next report of a change is due, µs; NEVER = none. */
  changeAt: u64;
  /** When the answer to a query is due, µs; NEVER = none. */
  responseAt: u64;
  /** Network order; 0 = free. */
  address: u32;
  /** FILTER_*. */
  mode: u32;
  /** Reports of a change of the mode that are left; in versions 1 and 2: reports that are left. */
  modeReports: u32;
  /** Sources of the group; they follow these fields, and behind them what was queried. */
  count: u32;
  /** Sources that the answer is to be about; 0 = all there is to say. */
  queried: u32;
  /** 1 while it is in a report that is being built. */
  reported: u32;

  @inline static at(p: usize): Group {
    return changetype<Group>(p);
  }

  @inline private place(index: u32): usize {
    return changetype<usize>(this) + offsetof<Group>() + <usize>index * SOURCE_BYTES;
  }

  /** Address of source `index`, network order. */
  @inline source(index: u32): u32 {
    return load<u32>(this.place(index));
  }

  @inline private state(index: u32): u32 {
    return load<u32>(this.place(index), SOURCE_STATE);
  }

  /** True when it is in the list of the group. */
  @inline isListed(index: u32): bool {
    return (this.state(index) & LISTED) != 0;
  }

  /** Reports left in which it is to be. */
  @inline reportsLeft(index: u32): u32 {
    return this.state(index) & REPORTS_MASK;
  }

  /** True when datagrams from it are wanted. */
  @inline isForwarded(index: u32): bool {
    return this.isListed(index) == (this.mode == FILTER_INCLUDE);
  }

  /** Where the queried source `index` (network order) lies. */
  @inline queriedPlace(index: u32): usize {
    return changetype<usize>(this) + QUERIED + (index << 2);
  }

  /** True while somebody wants something of it. */
  isActive(): bool {
    if (this.mode == FILTER_EXCLUDE) return true;
    for (let i: u32 = 0; i < this.count; i++) if (this.isListed(i)) return true;
    return false;
  }

  /** True while a report of a change is left. */
  hasReports(): bool {
    if (this.modeReports) return true;
    for (let i: u32 = 0; i < this.count; i++) if (this.reportsLeft(i)) return true;
    return false;
  }

  /**
   * Computes mode and sources anew; what differs gets `reports` reports.
   * @returns true when something differs
   */
  update(reports: u32): bool {
    const group = this.address;
    const mode = Memberships.mode(group);
    const switched = mode != this.mode;
    this.mode = mode;
    let changed = switched;
    if (switched) {
      this.modeReports = reports;
      // A list that is said as a whole needs no records of single sources.
      reports = 0;
    }
    for (let i: u32 = 0; i < this.count; i++) {
      const listed = Memberships.forwards(group, this.source(i)) == (mode == FILTER_INCLUDE);
      let left = switched ? 0 : this.reportsLeft(i);
      if (listed != this.isListed(i)) {
        left = reports;
        changed = true;
      }
      store<u32>(this.place(i), left | (listed ? LISTED : 0), SOURCE_STATE);
    }
    this.forgetSettled();
    for (let p = Memberships.nextSource(group, 0, false); p; p = Memberships.nextSource(group, p, false)) {
      const source = load<u32>(p);
      if (Memberships.forwards(group, source) != (mode == FILTER_INCLUDE) || this.find(source) < this.count) continue;
      this.add(source, reports);
      changed = true;
    }
    return changed;
  }

  /** Index of a source, or `count`. */
  private find(source: u32): u32 {
    let index: u32 = 0;
    while (index < this.count && this.source(index) != source) index++;
    return index;
  }

  /** Adds a source to the list. Without room one gives way that is only there to be reported: Memberships.fit sees to it that there is one. */
  private add(source: u32, reports: u32): void {
    let index = this.count;
    if (index < GROUP_SOURCES) {
      this.count = index + 1;
    } else {
      index = 0;
      while (index < GROUP_SOURCES - 1 && this.isListed(index)) index++;
    }
    store<u32>(this.place(index), source);
    store<u32>(this.place(index), reports | LISTED, SOURCE_STATE);
  }

  /** Takes out the sources that are neither listed nor to be reported. */
  private forgetSettled(): void {
    let kept: u32 = 0;
    for (let i: u32 = 0; i < this.count; i++) {
      const state = this.state(i);
      if (!state) continue;
      store<u32>(this.place(kept), this.source(i));
      store<u32>(this.place(kept), state, SOURCE_STATE);
      kept++;
    }
    this.count = kept;
  }

  /** One report of changes has gone out: each has one less left. */
  countReport(): void {
    if (this.modeReports) this.modeReports -= 1;
    for (let i: u32 = 0; i < this.count; i++) {
      if (this.reportsLeft(i)) store<u32>(this.place(i), this.state(i) - 1, SOURCE_STATE);
    }
    this.forgetSettled();
  }

  /** Nothing of it has been said yet, and all of it is to be, `reports` times. */
  announce(reports: u32): void {
    this.forgetReports();
    if (this.mode == FILTER_EXCLUDE) {
      this.modeReports = reports;
      return;
    }
    for (let i: u32 = 0; i < this.count; i++) store<u32>(this.place(i), LISTED | reports, SOURCE_STATE);
  }

  /** No change is to be reported any more. */
  forgetReports(): void {
    this.modeReports = 0;
    this.changeAt = NEVER;
    for (let i: u32 = 0; i < this.count; i++) store<u32>(this.place(i), this.state(i) & LISTED, SOURCE_STATE);
    this.forgetSettled();
  }

  /** No answer is due any more. */
  forgetQuery(): void {
    this.responseAt = NEVER;
    this.queried = 0;
  }
}

/** Where the queried sources lie. */
const QUERIED: usize = offsetof<Group>() + <usize>GROUP_SOURCES * SOURCE_BYTES;
/** Bytes of a group with all that follows it. */
export const GROUP_BYTES: usize = offsetof<Group>() + <usize>GROUP_SOURCES * (SOURCE_BYTES + 4);

/** Memory of this file. In functions, so that an image without multicast has nothing of it. */
class Memory {
  static table(): usize {
    return memory.data(
      CONFIG_NET_IF_MCAST_IPV4_ADDR_COUNT * (<i32>offsetof<Group>() + CONFIG_NET_IF_MCAST_IPV4_SOURCE_COUNT * 24),
      8,
    );
  }

  static pool(): usize {
    return memory.data<u32>([CONFIG_NET_IF_MCAST_IPV4_ADDR_COUNT, <u32>GROUP_BYTES, 0, 0, 0, 0]);
  }
}

export class Groups {
  /** The statistics of the table. */
  static pool(): usize {
    return Memory.pool();
  }

  /** True while there is a group. */
  @inline static any(): bool {
    return Pool.at(Memory.pool()).used != 0;
  }

  /** First of the table; the others follow, GROUP_BYTES apart. Free ones have the address 0. */
  @inline static first(): usize {
    return Memory.table();
  }

  @inline static end(): usize {
    return Memory.table() + <usize>CONFIG_NET_IF_MCAST_IPV4_ADDR_COUNT * GROUP_BYTES;
  }

  /** usize → the Group of `address` (network order), or 0. With address 0: a free one. */
  static find(address: u32): usize {
    for (let p = Groups.first(); p < Groups.end(); p += GROUP_BYTES) {
      if (Group.at(p).address == address) return p;
    }
    return 0;
  }

  /** True when `obtain` would find an entry for `address`; otherwise counted as refused. */
  static hasRoom(address: u32): bool {
    if (Groups.find(address) || Groups.find(0) || Groups.abandoned()) return true;
    Pool.at(Memory.pool()).refused += 1;
    return false;
  }

  /** usize → the Group of `address`: the one there is, or a new one that nothing is known of; 0 without room. */
  static obtain(address: u32): usize {
    let p = Groups.find(address);
    if (p) return p;
    p = Groups.find(0);
    if (!p) {
      p = Groups.abandoned();
      if (!p) return 0;
      Groups.release(p);
    }
    Pool.at(Memory.pool()).noteTaken();
    const group = Group.at(p);
    group.address = address;
    group.mode = FILTER_INCLUDE;
    group.modeReports = 0;
    group.count = 0;
    group.reported = 0;
    group.changeAt = NEVER;
    group.forgetQuery();
    return p;
  }

  /** A group that nobody wants any more, or 0. */
  private static abandoned(): usize {
    for (let p = Groups.first(); p < Groups.end(); p += GROUP_BYTES) {
      if (Group.at(p).address && !Group.at(p).isActive()) return p;
    }
    return 0;
  }

  static release(p: usize): void {
    Group.at(p).address = 0;
    Pool.at(Memory.pool()).used -= 1;
  }
}
