/** Options: ethernet and ARP. */
import type { KconfigMenu } from "./option.js";

export const link: KconfigMenu = {
  title: "Ethernet and ARP",
  options: [
    {
      name: "NET_ARP_TABLE_SIZE",
      type: "int",
      prompt: "Neighbours remembered",
      default: 6,
      range: [2, 256],
      help: "52 bytes each. When it is full the least recently used one is forgotten; one being resolved is never pushed out by what others send.",
    },
    {
      name: "NET_ARP_LIFETIME",
      type: "int",
      unit: "seconds",
      prompt: "Time until a neighbour is asked for again",
      default: 300,
      range: [10, 86_400],
      help: "Near the end of it the neighbour is asked directly; without an answer it is forgotten.",
      rfc: "RFC 1122 §2.3.2.1",
    },
    {
      name: "NET_ARP_PENDING",
      type: "int",
      prompt: "Datagrams kept while their neighbour is being resolved",
      default: 1,
      range: [1, 32],
      help: "1,524 bytes each. The latest datagram to a neighbour is kept; an older one is dropped and counted.",
      rfc: "RFC 1122 §2.3.2.2",
    },
    {
      name: "NET_ARP_REQUESTS",
      type: "int",
      prompt: "Requests before a neighbour counts as unreachable",
      default: 4,
      range: [1, 20],
      help: "One a second. Then the sender gets EHOSTUNREACH and new datagrams start a new round after 1 s.",
      rfc: "RFC 1122 §2.3.2.1",
    },
    {
      name: "NET_IPV4_ACD",
      type: "bool",
      prompt: "Address conflict detection",
      default: false,
      help: "The address is probed for up to 7 s before it is used and defended afterwards. Off by default since it delays the first datagram; conflicts are still noticed and defended once per 10 s.",
      rfc: "RFC 5227",
    },
  ],
};
