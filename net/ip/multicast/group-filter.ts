/**
 * Which groups the chip of the NIC lets through: computed from the memberships each time, never kept. A chip that cannot choose takes
 * all multicast frames from the beginning, and IPv4 input drops what nobody has joined.
 */
import { CONFIG_NET_IPV4_IGMP_MEMBERSHIPS } from "../../../config";
import { GroupHash } from "../../../hal/group-hash";
import { NIC_FILTERS_GROUPS, Nic } from "../../../hal/nic";
import { ALL_HOSTS_ADDRESS, Interfaces } from "../../link/interface";
import { Ipv4Address } from "../../wire/ipv4";
import { Memberships } from "./memberships";

export class GroupFilter {
  /** Once, after the interfaces: every host hears 224.0.0.1 from the beginning (RFC 1112 §7.2). */
  static initialise(): void {
    if (!Interfaces.nic().up) return;
    if (NIC_FILTERS_GROUPS) GroupFilter.update();
    else Nic.setMulticast(Interfaces.nicDevice(), true);
  }

  /** The memberships on the NIC are others now. */
  @inline static changed(): void {
    if (NIC_FILTERS_GROUPS && Interfaces.nic().up) GroupFilter.update();
  }

  private static update(): void {
    let low: u32 = 0;
    let high: u32 = 0;
    // One more than there are memberships: 224.0.0.1, which needs none.
    for (let i: i32 = 0; i <= CONFIG_NET_IPV4_IGMP_MEMBERSHIPS; i++) {
      const group = i == CONFIG_NET_IPV4_IGMP_MEMBERSHIPS ? ALL_HOSTS_ADDRESS : Memberships.groupOfNic(i);
      if (!group) continue;
      const hash = GroupHash.of(Ipv4Address.groupMacLow(group), Ipv4Address.groupMacHigh(group));
      const bit = (<u32>1) << (hash & 31);
      if (hash >>> 5) high |= bit;
      else low |= bit;
    }
    Nic.setGroups(Interfaces.nicDevice(), low, high);
  }
}
