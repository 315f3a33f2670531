/** Names of the core's counters by number, as net/base/counters.ts numbers them (test/node/counter-names.test.ts). */
export const COUNTER_NAMES: readonly string[] = [
  "frames_in",
  "drop_runt",
  "drop_other_mac",
  "drop_ethertype",
  "drop_oversize",
  "arp_in",
  "drop_arp_malformed",
  "arp_requests_out",
  "arp_replies_out",
  "arp_conflicts",
  "drop_arp_pending",
  "ip_in",
  "drop_ip_header",
  "drop_ip_checksum",
  "drop_ip_source",
  "drop_ip_destination",
  "drop_ip_options",
  "drop_ip_protocol",
  "ip_fragments_in",
  "ip_reassembled",
  "drop_fragment_overlap",
  "drop_fragment_malformed",
  "drop_fragment_timeout",
  "drop_fragment_evicted",
  "drop_fragment_too_big",
  "ip_out",
  "ip_fragments_out",
  "drop_no_tx_room",
  "icmp_in",
  "drop_icmp_malformed",
  "drop_icmp_checksum",
  "drop_icmp_type",
  "icmp_echo_replies",
  "icmp_errors_out",
  "drop_icmp_rate",
  "drop_icmp_quote",
  "icmp_errors_in",
  "udp_in",
  "drop_udp_length",
  "drop_udp_checksum",
  "drop_udp_no_port",
  "drop_udp_ring_full",
  "udp_out",
  "drop_udp_broadcast",
  "loopback_frames",
  "drop_loopback_full",
  "drop_udp_closed",
  "drop_fragment_duplicate",
  "drop_no_route",
  "udp_direct_in",
  "udp_direct_out",
];

/** All counters that are not 0, by name. @param read value of a counter by number: `(id) => core.counter(id)` */
export function namedCounters(read: (id: number) => number): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const [id, name] of COUNTER_NAMES.entries()) {
    const value = read(id);
    if (value !== 0) counters[name] = value;
  }
  return counters;
}
