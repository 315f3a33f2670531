/** Name servers: those configured, then those of the DHCP server. */
import {
  CONFIG_DNS_RESOLVER_MAX_SERVERS,
  CONFIG_DNS_SERVER1,
  CONFIG_DNS_SERVER2,
  CONFIG_NET_DHCPV4,
} from "../../../config";
import { DhcpClient } from "../dhcp/client";

const CONFIGURED: u32 = u32(CONFIG_DNS_SERVER1 != 0) + u32(CONFIG_DNS_SERVER2 != 0);

export class DnsServers {
  /** Address of server `index`, network order; 0 past the last. */
  static at(index: u32): u32 {
    if (index >= <u32>CONFIG_DNS_RESOLVER_MAX_SERVERS) return 0;
    if (index < CONFIGURED) return index || !CONFIG_DNS_SERVER1 ? CONFIG_DNS_SERVER2 : CONFIG_DNS_SERVER1;
    if (!CONFIG_NET_DHCPV4) return 0;
    const lease = DhcpClient.lease();
    // Without a lease nobody has told us anything.
    if (!lease.address) return 0;
    let left = index - CONFIGURED;
    if (lease.nameServer0 && !left--) return lease.nameServer0;
    if (lease.nameServer1 && !left--) return lease.nameServer1;
    return lease.nameServer2 && !left ? lease.nameServer2 : 0;
  }

  /** How many there are. */
  static count(): u32 {
    let count: u32 = 0;
    while (DnsServers.at(count)) count++;
    return count;
  }
}
