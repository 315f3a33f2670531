/** UDP ports that services of the stack have, so that no socket gets them. */
import { CONFIG_DNS_RESOLVER, CONFIG_NET_DHCPV4 } from "../../config";
import { DHCP_CLIENT_PORT_BE } from "../wire/dhcp";
import { Queries } from "./dns/query";

/** True when the stack has a service of its own. */
export const SERVICES: bool = CONFIG_NET_DHCPV4 || CONFIG_DNS_RESOLVER;

export class OwnPorts {
  /** True when datagrams to `port` (network order) are for a service. */
  static has(port: u32): bool {
    if (CONFIG_NET_DHCPV4 && port == DHCP_CLIENT_PORT_BE) return true;
    return CONFIG_DNS_RESOLVER && Queries.atPort(port) != 0;
  }
}
