/**
 * IGMP messages out (RFC 3376 §4.2, §5; RFC 2236 §2), built in the staging buffer: TTL 1, type of service 0xc0, with the Router
 * Alert option (RFC 2113). Reports say nothing but what groups.ts and memberships.ts hold. What has been said is counted only
 * once the chip has taken it.
 */
import { Device } from "../../../hal/device";
import { bulk_sum } from "../../../hal/imports";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import { COUNTER_IGMP_OUT, Counter } from "../../base/counters";
import { Neighbour } from "../../link/neighbour";
import { ETHERNET_SPACE } from "../../wire/ethernet";
import {
  IGMP_BYTES,
  IGMP_LEAVE,
  IGMP_RECORD_BYTES,
  IGMP_REPORT_V1,
  IGMP_REPORT_V2,
  IGMP_REPORT_V3,
  RECORD_ALLOW,
  RECORD_BLOCK,
  RECORD_IS_EXCLUDE,
  RECORD_IS_INCLUDE,
  RECORD_TO_EXCLUDE,
  RECORD_TO_INCLUDE,
} from "../../wire/igmp";
import { IPV4_HEADER_BYTES, IPV4_WORD_DONT_FRAGMENT, PROTOCOL_IGMP } from "../../wire/ipv4";
import { Ipv4Output } from "../ipv4-output";
import { Route } from "../route";
import { GROUP_BYTES, GROUP_SOURCES, Group, Groups } from "./groups";
import { Igmp } from "./igmp";
import { FILTER_EXCLUDE, Memberships } from "./memberships";

/** 224.0.0.22: routers that speak version 3; 224.0.0.2: all routers. */
const REPORTS_ADDRESS: u32 = 0x160000e0;
const ALL_ROUTERS_ADDRESS: u32 = 0x020000e0;
/** TTL 1, type of service 0xc0 (§4). */
const TTL_TOS: u32 = 0xc001;
/** The Router Alert option: 148, length 4, value 0. */
const ROUTER_ALERT: u32 = 0x0494;
const ROUTER_ALERT_BYTES: u32 = 4;
/** Bytes of all records of one group in a report at most: two records, whose sources together are all there are. */
const MOST_RECORD_BYTES: u32 = 2 * IGMP_RECORD_BYTES + GROUP_SOURCES * 4;

export class IgmpOutput {
  /** Where a message is built: usize → u8[1476], 4-aligned. */
  @inline private static message(): usize {
    return Ipv4Output.payload() + ROUTER_ALERT_BYTES;
  }

  /** Sends what is due at `now` (µs) in version 3: changes first, then answers. False: the chip has no room now. */
  static reports(now: u64): bool {
    return IgmpOutput.reportAll(true, now) && IgmpOutput.reportAll(false, now);
  }

  /** Sends all changes, or all answers, that are due: in one report, or in several when it would become too long. */
  private static reportAll(changes: bool, now: u64): bool {
    const p = Route.find(REPORTS_ADDRESS, 0);
    if (!p) return false;
    const neighbour = Neighbour.at(p);
    // The link's MTU: nobody outside is to tell how large a report may be.
    const mtu = Device.at(neighbour.device).mtu;
    const end = Ipv4Output.payload() + <usize>(mtu - IPV4_HEADER_BYTES) - <usize>MOST_RECORD_BYTES;
    let complete = false;
    while (!complete) {
      complete = true;
      const message = IgmpOutput.message();
      store<u32>(message, IGMP_REPORT_V3);
      store<u32>(message, 0, 4);
      const first = message + IGMP_BYTES;
      let at = first;
      for (let q = Groups.first(); q < Groups.end(); q += GROUP_BYTES) {
        const group = Group.at(q);
        const dueAt = changes ? group.changeAt : group.responseAt;
        if (!group.address || now < dueAt) continue;
        if (at > end && at != first) {
          complete = false;
          break;
        }
        at = changes ? IgmpOutput.change(at, group) : IgmpOutput.answer(at, group);
        group.reported = 1;
      }
      // An answer about sources may have nothing to say.
      const sent = at == first || IgmpOutput.send(neighbour, REPORTS_ADDRESS, <u32>(at - message));
      for (let q = Groups.first(); q < Groups.end(); q += GROUP_BYTES) {
        const group = Group.at(q);
        if (!group.reported) continue;
        group.reported = 0;
        if (!sent) continue;
        if (changes) Igmp.changeReported(q, now);
        else group.forgetQuery();
      }
      if (!sent) return false;
    }
    return true;
  }

  /** Adds the records of a State-Change Report (§5.1). @returns the address after them */
  private static change(at: usize, group: Group): usize {
    if (group.modeReports) {
      return IgmpOutput.list(at, group, group.mode == FILTER_EXCLUDE ? RECORD_TO_EXCLUDE : RECORD_TO_INCLUDE);
    }
    at = IgmpOutput.changedSources(at, group, RECORD_ALLOW);
    return IgmpOutput.changedSources(at, group, RECORD_BLOCK);
  }

  /** Adds the record of a Current-State Report (§5.2), unless it would be about sources of which none is wanted. */
  private static answer(at: usize, group: Group): usize {
    if (!group.queried) {
      return IgmpOutput.list(at, group, group.mode == FILTER_EXCLUDE ? RECORD_IS_EXCLUDE : RECORD_IS_INCLUDE);
    }
    let next = at + IGMP_RECORD_BYTES;
    for (let i: u32 = 0; i < group.queried; i++) {
      const source = load<u32>(group.queriedPlace(i));
      if (!Memberships.forwards(group.address, source)) continue;
      store<u32>(next, source);
      next += 4;
    }
    return IgmpOutput.record(at, next, RECORD_IS_INCLUDE, group.address, false);
  }

  /** A record with the list of the group, which may be empty. */
  private static list(at: usize, group: Group, type: u32): usize {
    let next = at + IGMP_RECORD_BYTES;
    for (let i: u32 = 0; i < group.count; i++) {
      if (!group.isListed(i)) continue;
      store<u32>(next, group.source(i));
      next += 4;
    }
    return IgmpOutput.record(at, next, type, group.address, true);
  }

  /** A record with the sources that are to be reported and are wanted (RECORD_ALLOW) or not (RECORD_BLOCK). */
  private static changedSources(at: usize, group: Group, type: u32): usize {
    let next = at + IGMP_RECORD_BYTES;
    for (let i: u32 = 0; i < group.count; i++) {
      if (!group.reportsLeft(i) || group.isForwarded(i) != (type == RECORD_ALLOW)) continue;
      store<u32>(next, group.source(i));
      next += 4;
    }
    return IgmpOutput.record(at, next, type, group.address, false);
  }

  /** Writes the head of the record at `at` whose sources end at `next`, and counts it. @returns `next`; `at` when it has none and needs some */
  private static record(at: usize, next: usize, type: u32, group: u32, mayBeEmpty: bool): usize {
    const sources = <u32>(next - at - IGMP_RECORD_BYTES) >>> 2;
    if (!sources && !mayBeEmpty) return at;
    store<u32>(at, type | Be.high16(sources));
    store<u32>(at, group, 4);
    const count = IgmpOutput.message() + 6;
    store<u16>(count, <u16>Be.swap16(Be.swap16(load<u16>(count)) + 1));
    return next;
  }

  /** Sends what is due at `now` in version 1 or 2: a message for each group. False: the chip has no room now. */
  static olderReports(version: u32, now: u64): bool {
    for (let q = Groups.first(); q < Groups.end(); q += GROUP_BYTES) {
      const group = Group.at(q);
      const changes = now >= group.changeAt;
      if (!group.address || (!changes && now < group.responseAt)) continue;
      const active = group.isActive();
      const destination = active ? group.address : ALL_ROUTERS_ADDRESS;
      const p = Route.find(destination, 0);
      if (!p) return false;
      const message = IgmpOutput.message();
      store<u32>(message, active ? (version == 2 ? IGMP_REPORT_V2 : IGMP_REPORT_V1) : IGMP_LEAVE);
      store<u32>(message, group.address, 4);
      if (!IgmpOutput.send(Neighbour.at(p), destination, IGMP_BYTES)) return false;
      // One report is as good as two.
      group.forgetQuery();
      if (changes) Igmp.changeReported(q, now);
    }
    return true;
  }

  /** Completes the message of `bytes` bytes and sends it. False: the chip has no room now. */
  private static send(neighbour: Neighbour, destination: u32, bytes: u32): bool {
    const message = IgmpOutput.message();
    store<u16>(message, <u16>Checksum.finish(bulk_sum(message, bytes >>> 2, 0)), 2);
    const length = bytes + ROUTER_ALERT_BYTES;
    const source = Route.source(neighbour);
    Ipv4Output.begin(source, destination, PROTOCOL_IGMP, TTL_TOS, IPV4_WORD_DONT_FRAGMENT, length);
    // The option makes the header a word longer.
    const header = Ipv4Output.buffer() + ETHERNET_SPACE;
    store<u8>(header, 0x46);
    store<u32>(header, ROUTER_ALERT, IPV4_HEADER_BYTES);
    store<u16>(header, 0, 10);
    store<u16>(header, <u16>Checksum.finish(bulk_sum(header, (IPV4_HEADER_BYTES + ROUTER_ALERT_BYTES) >>> 2, 0)), 10);
    if (Ipv4Output.sendStaged(neighbour, length) < 0) return false;
    Counter.add(COUNTER_IGMP_OUT);
    return true;
  }
}
