/**
 * IGMP, the part of a host (RFC 3376 §5, §7.2), for the NIC: when something is to be said about a group, in which version. What is
 * said is in igmp-output.ts, what comes in in igmp-input.ts, what is known of each group in groups.ts.
 *
 * - A change is reported at once, and again until it has been said as often as the robustness variable says, each time after a random
 *   part of the unsolicited report interval. Only what a query asks for waits first.
 * - The answer to a query comes after a random part of the time that it gives; one timer for general queries, one for each group.
 * - While a querier of version 1 or 2 is about, reports are those of its version: one for each group, without sources.
 * - When the link comes back, or the address changes, everything is reported as if it had just been joined. Without an address nothing
 *   is said.
 *
 * Times are µs in u64: those of queries can be longer than ticks reach. Nothing here grows with what comes in.
 */
import { host_random } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";
import { Clock, NO_DEADLINE } from "../../base/clock";
import { Timers } from "../../base/timers";
import { Interfaces } from "../../link/interface";
import { IgmpMessage } from "../../wire/igmp";
import { GroupFilter } from "./group-filter";
import { GROUP_BYTES, GROUP_SOURCES, Group, Groups, NEVER } from "./groups";
import { IgmpOutput } from "./igmp-output";

const SECOND: u64 = 1_000_000;
/** Robustness variable and query interval (s) until a querier says others (§8.1, §8.2). */
const ROBUSTNESS: u32 = 2;
const QUERY_INTERVAL: u32 = 125;
/** Unsolicited report interval: of version 3 (§8.11), and of 1 and 2 (RFC 2236 §8.10), µs. */
const REPORT_INTERVAL: u32 = 1_000_000;
const OLDER_REPORT_INTERVAL: u32 = 10_000_000;
/** How often the link is looked at while there are groups, µs. */
const LINK_CHECK: u64 = 2 * SECOND;
/** A report that found no room in the chip is tried again after this, µs. */
const RETRY: u64 = 10_000;

@unmanaged
@final
class State {
  /** When the answer to a general query is due, µs; NEVER = none. */
  generalAt: u64;
  /** Until when a querier of version 1, and one of version 2, counts as present (§7.2.1). */
  version1Until: u64;
  version2Until: u64;
  /** When the link is looked at next. */
  linkAt: u64;
  /** 1 while the link is up, as last seen. */
  linkUp: u32;
  /** Version that is spoken. */
  version: u32;
  robustness: u32;
  /** Seconds. */
  queryInterval: u32;
  /** Address of the NIC, as last seen: what is joined has been reported from it. */
  address: u32;
}

/** Memory of this file. In functions, so that an image without multicast has nothing of it. */
class Memory {
  static state(): usize {
    return memory.data(<i32>offsetof<State>(), 8);
  }
}

export class Igmp {
  @inline private static state(): State {
    return changetype<State>(Memory.state());
  }

  /** Once, after the interfaces. */
  static initialise(): void {
    const state = Igmp.state();
    state.version = 3;
    state.robustness = ROBUSTNESS;
    state.queryInterval = QUERY_INTERVAL;
    state.generalAt = NEVER;
    GroupFilter.initialise();
  }

  /**
   * The memberships in `address` (network order) have changed on the NIC. For a new group Groups.hasRoom has said that
   * there is a place.
   */
  static changed(address: u32): void {
    const state = Igmp.state();
    const now = Clock.now();
    if (!Groups.any()) {
      state.linkUp = Interfaces.nicDevice().linkUp;
      state.linkAt = now + LINK_CHECK;
      state.address = Interfaces.nic().address;
    }
    const version = Igmp.version();
    const p = Groups.obtain(address);
    if (!p) return;
    const group = Group.at(p);
    const wasActive = group.isActive();
    let reports = group.modeReports;
    const differs = group.update(state.robustness);
    const isActive = group.isActive();
    if (!Interfaces.nic().address) {
      group.forgetReports();
    } else if (version == 3) {
      if (differs) group.changeAt = now;
    } else {
      // Only joining and leaving mean something there; version 1 does not even say that a group is left.
      const changeAt = group.changeAt;
      if (wasActive != isActive) reports = isActive ? state.robustness : version == 2 ? 1 : 0;
      group.forgetReports();
      group.modeReports = reports;
      if (reports) group.changeAt = wasActive != isActive ? now : changeAt;
    }
    if (!isActive) group.forgetQuery();
    Igmp.releaseSettled(p);
    Timers.arm(Clock.ticks());
  }

  /** Everything is reported as if it had just been joined. */
  private static restart(): void {
    const state = Igmp.state();
    const now = Clock.now();
    const version = Igmp.version();
    state.generalAt = NEVER;
    for (let p = Groups.first(); p < Groups.end(); p += GROUP_BYTES) {
      const group = Group.at(p);
      if (!group.address) continue;
      group.forgetQuery();
      group.forgetReports();
      if (Interfaces.nic().address && group.isActive()) {
        if (version == 3) group.announce(state.robustness);
        else group.modeReports = state.robustness;
        group.changeAt = now;
      }
      Igmp.releaseSettled(p);
    }
  }

  /**
   * A query has come, and is right.
   * @param version of the querier, 1 to 3
   * @param time    longest delay of the answer, µs, not 0
   * @param group   network order; 0 = all
   * @param message the query, with `sources` sources of the group that it asks for; 0 sources = the group as a whole
   */
  static query(version: u32, time: u32, group: u32, message: IgmpMessage, sources: u32): void {
    const state = Igmp.state();
    const now = Clock.now();
    const present = now + <u64>(state.robustness * state.queryInterval) * SECOND + <u64>time;
    if (version == 1) state.version1Until = present;
    if (version == 2 && !group) state.version2Until = present;
    const older = Igmp.version() < 3;
    const at = now + 1 + <u64>(host_random() % time);
    if (!Groups.any() || (!older && state.generalAt <= at)) return;
    if (!group) {
      if (older) Igmp.answerEach(at, now, time);
      else state.generalAt = at;
      Igmp.arm(at, now);
      return;
    }
    const p = Groups.find(group);
    if (!p || !Group.at(p).isActive()) return;
    Igmp.answer(Group.at(p), at, message, older ? 0 : sources);
    Igmp.arm(at, now);
  }

  /** In versions 1 and 2 each group has a time of its own, the first of them `at`. */
  private static answerEach(at: u64, now: u64, time: u32): void {
    for (let p = Groups.first(); p < Groups.end(); p += GROUP_BYTES) {
      const group = Group.at(p);
      if (!group.address || !group.isActive()) continue;
      if (at < group.responseAt) group.responseAt = at;
      Igmp.arm(group.responseAt, now);
      at = now + 1 + <u64>(host_random() % time);
    }
  }

  /** Rules 3 to 5 of §5.2. More sources than there is room for are answered as a query for the group: that says more. */
  private static answer(group: Group, at: u64, message: IgmpMessage, sources: u32): void {
    const isNew = group.responseAt == NEVER;
    if (at < group.responseAt) group.responseAt = at;
    if (!isNew && !group.queried) return;
    const before: u32 = isNew ? 0 : group.queried;
    group.queried = 0;
    if (!sources || before + sources > GROUP_SOURCES) return;
    for (let i: u32 = 0; i < sources; i++) store<u32>(group.queriedPlace(before + i), message.sourceBe(i));
    group.queried = before + sources;
  }

  /** What the querier of version 3 says of itself (§4.1.6, §4.1.7); 0 = nothing. */
  static adopt(robustness: u32, seconds: u32): void {
    const state = Igmp.state();
    state.robustness = robustness ? robustness : ROBUSTNESS;
    state.queryInterval = seconds ? seconds : QUERY_INTERVAL;
  }

  /** Somebody else has reported `group` in version 1 or 2: while we speak those, ours is not needed (RFC 2236 §3). */
  static heard(address: u32): void {
    if (Igmp.version() == 3) return;
    const p = Groups.find(address);
    if (!p || !Group.at(p).isActive()) return;
    Group.at(p).forgetQuery();
    Group.at(p).forgetReports();
  }

  /** Does what is due. Ticks until the next step, NO_DEADLINE for none. */
  static expire(): u32 {
    const state = Igmp.state();
    if (!Groups.any()) {
      state.generalAt = NEVER;
      return NO_DEADLINE;
    }
    const now = Clock.now();
    if (now >= state.linkAt) Igmp.checkLink(now);
    Igmp.checkAddress();
    let next = NEVER;
    if (Interfaces.nic().address) {
      const version = Igmp.version();
      if (now >= state.generalAt) Igmp.answerAll(now);
      const sent = version == 3 ? IgmpOutput.reports(now) : IgmpOutput.olderReports(version, now);
      next = state.generalAt;
      for (let p = Groups.first(); p < Groups.end(); p += GROUP_BYTES) {
        const group = Group.at(p);
        if (group.address) next = min<u64>(next, min<u64>(group.changeAt, group.responseAt));
      }
      if (!sent) next = max<u64>(next, now + RETRY);
    }
    if (Groups.any()) next = min<u64>(next, state.linkAt);
    return Igmp.ahead(next, now);
  }

  /** The time for the answer to a general query has come: it is about every group as a whole. */
  private static answerAll(now: u64): void {
    Igmp.state().generalAt = NEVER;
    for (let p = Groups.first(); p < Groups.end(); p += GROUP_BYTES) {
      const group = Group.at(p);
      if (!group.address || !group.isActive()) continue;
      group.responseAt = now;
      group.queried = 0;
    }
  }

  /** A report about a change of the group at `p` has gone out. */
  static changeReported(p: usize, now: u64): void {
    const group = Group.at(p);
    group.countReport();
    const interval = Igmp.state().version == 3 ? REPORT_INTERVAL : OLDER_REPORT_INTERVAL;
    group.changeAt = group.hasReports() ? now + 1 + <u64>(host_random() % interval) : NEVER;
    Igmp.releaseSettled(p);
  }

  /** Frees the group at `p` when nobody wants it and nothing is left to be said. */
  private static releaseSettled(p: usize): void {
    if (!Group.at(p).isActive() && !Group.at(p).hasReports()) Groups.release(p);
  }

  /** The version to speak now. When it has changed, nothing of what was to be said is said any more (§7.2.1). */
  private static version(): u32 {
    const state = Igmp.state();
    const now = Clock.now();
    const version: u32 = now < state.version1Until ? 1 : now < state.version2Until ? 2 : 3;
    if (version == state.version) return version;
    state.version = version;
    state.generalAt = NEVER;
    for (let p = Groups.first(); p < Groups.end(); p += GROUP_BYTES) {
      const group = Group.at(p);
      if (!group.address) continue;
      group.forgetQuery();
      group.forgetReports();
      Igmp.releaseSettled(p);
    }
    return version;
  }

  /** A link that comes back may be another network, with another querier. */
  private static checkLink(now: u64): void {
    const state = Igmp.state();
    const device = Interfaces.nicDevice();
    Nic.checkLink(device);
    state.linkAt = now + LINK_CHECK;
    if (device.linkUp == state.linkUp) return;
    state.linkUp = device.linkUp;
    if (!state.linkUp) return;
    state.version1Until = 0;
    state.version2Until = 0;
    Igmp.adopt(0, 0);
    Igmp.restart();
  }

  /** The NIC may have another address, or none: what is joined is reported from the new one. It is looked for with the link. */
  private static checkAddress(): void {
    const state = Igmp.state();
    if (Interfaces.nic().address == state.address) return;
    state.address = Interfaces.nic().address;
    Igmp.restart();
  }

  private static arm(at: u64, now: u64): void {
    Timers.arm(Clock.ticks() + Igmp.ahead(at, now));
  }

  /** Ticks from `now` to `at`; long ones come in steps. */
  private static ahead(at: u64, now: u64): u32 {
    if (at <= now) return 0;
    return at - now < <u64>NO_DEADLINE ? <u32>(at - now) : NO_DEADLINE;
  }
}
