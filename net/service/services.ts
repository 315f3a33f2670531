/**
 * What the stack does for itself over UDP: DHCP and DNS. Their datagrams belong to no socket; net/transport/udp/input.ts hands them
 * over here. Everything is a branch on a constant: an image without a service has nothing of it.
 */
import { CONFIG_DNS_RESOLVER, CONFIG_DNS_RESOLVER_CACHE, CONFIG_NET_DHCPV4, CONFIG_NET_IPV4_AUTO } from "../../config";
import { COUNTER_UDP_IN, Counter } from "../base/counters";
import { Timers } from "../base/timers";
import { Interfaces } from "../link/interface";
import { DHCP_CLIENT_PORT_BE } from "../wire/dhcp";
import { DhcpClient } from "./dhcp/client";
import { DhcpInput } from "./dhcp/input";
import { DnsCache } from "./dns/cache";
import { DnsInput } from "./dns/input";
import { Queries, Query } from "./dns/query";
import { Resolver } from "./dns/resolver";
import { LinkLocal } from "./link-local";

export class Services {
  /** Once, after the interfaces. */
  static initialise(): void {
    if (CONFIG_DNS_RESOLVER) Queries.initialise();
    if (CONFIG_DNS_RESOLVER && CONFIG_DNS_RESOLVER_CACHE) DnsCache.initialise();
    if (CONFIG_NET_DHCPV4 && Interfaces.nic().up) DhcpClient.start();
  }

  /**
   * Takes a datagram whose checksum is right.
   * @param payload usize → u8[bytes], 4-aligned, in memory that the next datagram sent overwrites
   * @param source  network order; @param ports source port in the low half, destination port in the high half, network order
   */
  static input(source: u32, ports: u32, payload: usize, bytes: u32): void {
    Counter.add(COUNTER_UDP_IN);
    if (CONFIG_NET_DHCPV4 && ports >>> 16 == DHCP_CLIENT_PORT_BE) {
      DhcpInput.input(payload, bytes, ports & 0xffff);
      return;
    }
    if (CONFIG_DNS_RESOLVER) {
      const p = Queries.atPort(ports >>> 16);
      if (p) DnsInput.input(Query.at(p), payload, bytes, source, ports & 0xffff);
    }
  }

  /** Does what is due at `ticks`, and notes what is next. */
  static expire(ticks: u32): void {
    if (CONFIG_NET_DHCPV4) Timers.note(ticks + DhcpClient.expire());
    if (CONFIG_DNS_RESOLVER) Timers.note(ticks + Resolver.expire(ticks));
    if (CONFIG_NET_IPV4_AUTO) Timers.note(ticks + LinkLocal.expire(ticks));
  }
}
