/** Options: IPv4 multicast. */
import type { KconfigMenu } from "./option.js";

export const multicast: KconfigMenu = {
  title: "IPv4 multicast",
  options: [
    {
      name: "NET_IPV4_IGMP",
      type: "bool",
      prompt: "Multicast groups for datagram sockets, with IGMPv3",
      default: false,
      depends: ["NET_UDP", "NET_LOOPBACK"],
      help: "IP_ADD_MEMBERSHIP and its relatives, source filters, and the reports that routers and switches want to see. Without it datagrams can be sent to groups (with the TTL of all others) and only 224.0.0.1 is received. With it the chip receives the groups that were joined when it can tell groups apart (the LAN9118), and all multicast frames when it cannot, datagrams to groups are sent with TTL 1 through the staging buffer, and the link is looked at every two seconds while a group is joined. Costs about 7 KiB of flash, and 8 bytes of RAM for each socket.",
      rfc: "RFC 1112, RFC 3376",
    },
    {
      name: "NET_IF_MCAST_IPV4_ADDR_COUNT",
      type: "int",
      prompt: "Groups that the network interface can be a member of",
      default: 4,
      range: [1, 64],
      depends: ["NET_IPV4_IGMP"],
      help: "Each costs 40 bytes and 24 for each source of NET_IF_MCAST_IPV4_SOURCE_COUNT. Sockets that join the same group share one; joining one more answers ENOBUFS. A group that was left keeps its place for a second or two, until that has been reported, unless somebody else needs it.",
    },
    {
      name: "NET_IF_MCAST_IPV4_SOURCE_COUNT",
      type: "int",
      prompt: "Sources in the filter of one membership",
      default: 4,
      range: [1, 32],
      depends: ["NET_IPV4_IGMP"],
      help: "One more answers ENOBUFS. The members of a group together can name twice as many sources that they want to hear.",
    },
    {
      name: "NET_IPV4_IGMP_MEMBERSHIPS",
      type: "int",
      prompt: "Memberships of all sockets together",
      default: 4,
      range: [1, 256],
      depends: ["NET_IPV4_IGMP"],
      help: "A socket has one for each group that it joins, until it leaves or is closed. Each costs 24 bytes and 4 for each source; one more answers ENOBUFS. Each datagram to a group looks at all of them.",
    },
  ],
};
