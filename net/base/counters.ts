/**
 * Statistics: one u32 per event, never reset. Every frame and datagram that is not delivered is counted exactly
 * once, under its reason. The host reads them by number (core_counter); names are in COUNTER_NAMES of the Node host,
 * which a test holds against this list.
 */
import {
  CONFIG_DNS_RESOLVER,
  CONFIG_NET_DHCPV4,
  CONFIG_NET_IPV4_IGMP,
  CONFIG_NET_SOCKETS_INET_RAW,
  CONFIG_NET_SOCKETS_PACKET,
  CONFIG_NET_SOCKETS_RECVERR,
  CONFIG_NET_TCP,
} from "../../config";

// Link
/** Read from the NIC's device (rxFrames). */
export const COUNTER_FRAMES_IN: i32 = 0;
export const COUNTER_DROP_RUNT: i32 = 1;
export const COUNTER_DROP_OTHER_MAC: i32 = 2;
export const COUNTER_DROP_ETHERTYPE: i32 = 3;
/** Always 0: drivers drop such frames and count them in rxErrors. The number stays taken. */
export const COUNTER_DROP_OVERSIZE: i32 = 4;
// ARP
export const COUNTER_ARP_IN: i32 = 5;
export const COUNTER_DROP_ARP_MALFORMED: i32 = 6;
export const COUNTER_ARP_REQUESTS_OUT: i32 = 7;
export const COUNTER_ARP_REPLIES_OUT: i32 = 8;
export const COUNTER_ARP_CONFLICTS: i32 = 9;
export const COUNTER_DROP_ARP_PENDING: i32 = 10;
// IPv4
/** The datagrams of predicted TCP segments are counted there alone; core_counter adds them. */
export const COUNTER_IP_IN: i32 = 11;
export const COUNTER_DROP_IP_HEADER: i32 = 12;
export const COUNTER_DROP_IP_CHECKSUM: i32 = 13;
export const COUNTER_DROP_IP_SOURCE: i32 = 14;
export const COUNTER_DROP_IP_DESTINATION: i32 = 15;
export const COUNTER_DROP_IP_OPTIONS: i32 = 16;
export const COUNTER_DROP_IP_PROTOCOL: i32 = 17;
export const COUNTER_IP_FRAGMENTS_IN: i32 = 18;
export const COUNTER_IP_REASSEMBLED: i32 = 19;
export const COUNTER_DROP_FRAGMENT_OVERLAP: i32 = 20;
export const COUNTER_DROP_FRAGMENT_MALFORMED: i32 = 21;
export const COUNTER_DROP_FRAGMENT_TIMEOUT: i32 = 22;
export const COUNTER_DROP_FRAGMENT_EVICTED: i32 = 23;
export const COUNTER_DROP_FRAGMENT_TOO_BIG: i32 = 24;
export const COUNTER_IP_OUT: i32 = 25;
export const COUNTER_IP_FRAGMENTS_OUT: i32 = 26;
export const COUNTER_DROP_NO_TX_ROOM: i32 = 27;
// ICMP
export const COUNTER_ICMP_IN: i32 = 28;
export const COUNTER_DROP_ICMP_MALFORMED: i32 = 29;
export const COUNTER_DROP_ICMP_CHECKSUM: i32 = 30;
export const COUNTER_DROP_ICMP_TYPE: i32 = 31;
export const COUNTER_ICMP_ECHO_REPLIES: i32 = 32;
export const COUNTER_ICMP_ERRORS_OUT: i32 = 33;
export const COUNTER_DROP_ICMP_RATE: i32 = 34;
export const COUNTER_DROP_ICMP_QUOTE: i32 = 35;
export const COUNTER_ICMP_ERRORS_IN: i32 = 36;
// UDP
export const COUNTER_UDP_IN: i32 = 37;
export const COUNTER_DROP_UDP_LENGTH: i32 = 38;
export const COUNTER_DROP_UDP_CHECKSUM: i32 = 39;
export const COUNTER_DROP_UDP_NO_PORT: i32 = 40;
export const COUNTER_DROP_UDP_RING_FULL: i32 = 41;
export const COUNTER_UDP_OUT: i32 = 42;
export const COUNTER_DROP_UDP_BROADCAST: i32 = 43;
// Loopback
export const COUNTER_LOOPBACK_FRAMES: i32 = 44;
export const COUNTER_DROP_LOOPBACK_FULL: i32 = 45;
// Added by their owners
export const COUNTER_DROP_UDP_CLOSED: i32 = 46;
export const COUNTER_DROP_FRAGMENT_DUPLICATE: i32 = 47;
export const COUNTER_DROP_NO_ROUTE: i32 = 48;

/** UDP datagrams that took the shortest way in or out: part of UDP_IN and IP_IN, of UDP_OUT and IP_OUT (see `read`). */
export const COUNTER_UDP_DIRECT_IN: i32 = 49;
export const COUNTER_UDP_DIRECT_OUT: i32 = 50;

// TCP: connections before they are established
/** SYNs and completing ACKs that found no place: the accept queue or the table of sockets is full. */
export const COUNTER_DROP_TCP_BACKLOG: i32 = 51;
/** SYNs that found the SYN queue full while no cookie could be sent. */
export const COUNTER_DROP_TCP_SYN_QUEUE: i32 = 52;
/** SYN-ACKs that carried a cookie; each SYN counts, so does the same one sent again. */
export const COUNTER_TCP_COOKIES_OUT: i32 = 53;
/** Connections that a cookie opened. */
export const COUNTER_TCP_COOKIES_IN: i32 = 54;
/** ACKs to a listener whose cookie was wrong, while cookies were out. They are answered with a reset. */
export const COUNTER_DROP_TCP_COOKIE: i32 = 55;
/** Challenge ACKs (RFC 5961), and those that the limit of the second kept back. */
export const COUNTER_TCP_CHALLENGES_OUT: i32 = 56;
export const COUNTER_TCP_CHALLENGES_HELD: i32 = 57;

// TCP: segments
export const COUNTER_DROP_TCP_CHECKSUM: i32 = 58;
/** Lengths that cannot be right. */
export const COUNTER_DROP_TCP_MALFORMED: i32 = 59;
/** Segments that the state has no use for, or that nobody may send. */
export const COUNTER_DROP_TCP_STATE: i32 = 60;
/** Outside the window; most of them duplicates. */
export const COUNTER_DROP_TCP_SEQUENCE: i32 = 61;
/** With an ACK that cannot be (RFC 5961 §5). */
export const COUNTER_DROP_TCP_ACK: i32 = 62;
/** With an old timestamp, or without the one that was agreed (RFC 7323 §5). */
export const COUNTER_DROP_TCP_PAWS: i32 = 63;
/** Payload that came while every receive buffer was taken. */
export const COUNTER_DROP_TCP_NO_BUFFER: i32 = 64;
/** Payload out of order that would have made one range too many. */
export const COUNTER_DROP_TCP_REASSEMBLY_FULL: i32 = 65;
/** Segments that took the slow path, and those that were as predicted; together all that came (see `read`). */
export const COUNTER_TCP_IN: i32 = 66;
export const COUNTER_TCP_PREDICTED: i32 = 67;
export const COUNTER_TCP_OUT: i32 = 68;
/** Connections that the peer reset. */
export const COUNTER_TCP_RESETS_IN: i32 = 69;
/** RSTs that answered segments of no connection. */
export const COUNTER_TCP_RESETS_OUT: i32 = 70;
/** Segments sent again. */
export const COUNTER_TCP_RETRANSMITS: i32 = 71;

// Services of the stack itself. What they take is in UDP_IN, what they send in UDP_OUT.
/** DHCP messages that were malformed, not for us, or not what the client waits for. */
export const COUNTER_DROP_DHCP: i32 = 72;
/** DHCP messages that the client took. */
export const COUNTER_DHCP_IN: i32 = 73;
export const COUNTER_DHCP_OUT: i32 = 74;
/** DNS messages that were malformed or answer no question of ours. */
export const COUNTER_DROP_DNS: i32 = 75;
export const COUNTER_DNS_IN: i32 = 76;
export const COUNTER_DNS_OUT: i32 = 77;
/** Names that were found in the cache. */
export const COUNTER_DNS_CACHE_HITS: i32 = 78;

/** IGMP messages that were malformed, or not from a router of this link; those that were taken, and those sent. */
export const COUNTER_DROP_IGMP: i32 = 79;
export const COUNTER_IGMP_IN: i32 = 80;
export const COUNTER_IGMP_OUT: i32 = 81;

// Raw and packet sockets. Each copy counts, beside what the stack itself makes of the datagram or frame.
export const COUNTER_RAW_IN: i32 = 82;
/** Copies that found no room in the ring of their socket. */
export const COUNTER_DROP_RAW_RING_FULL: i32 = 83;
export const COUNTER_RAW_OUT: i32 = 84;
export const COUNTER_PACKET_IN: i32 = 85;
/** Copies that found no room in the ring of their socket. */
export const COUNTER_DROP_PACKET_RING_FULL: i32 = 86;
export const COUNTER_PACKET_OUT: i32 = 87;
/** ICMP errors, local errors and time stamps for which no place of the error queue was free. */
export const COUNTER_DROP_ERROR_QUEUE_FULL: i32 = 88;

/** True when there are counters beyond those of UDP. */
const MANY: bool =
  CONFIG_NET_TCP ||
  CONFIG_NET_DHCPV4 ||
  CONFIG_DNS_RESOLVER ||
  CONFIG_NET_IPV4_IGMP ||
  CONFIG_NET_SOCKETS_INET_RAW ||
  CONFIG_NET_SOCKETS_PACKET ||
  CONFIG_NET_SOCKETS_RECVERR;

/** How many there are. Without TCP, services, multicast, raw sockets and error queue there is no room for those that only they count. */
export const COUNTERS: i32 = MANY ? 96 : 51;

const TABLE: usize = memory.data(MANY ? 96 * 4 : 51 * 4, 4);

export class Counter {
  /** Adds one to counter `id` (a constant COUNTER_*). */
  @inline static add(id: i32): void {
    store<u32>(TABLE + ((<usize>id) << 2), load<u32>(TABLE + ((<usize>id) << 2)) + 1);
  }

  /** Adds `amount` to counter `id`. */
  @inline static addMany(id: i32, amount: u32): void {
    store<u32>(TABLE + ((<usize>id) << 2), load<u32>(TABLE + ((<usize>id) << 2)) + amount);
  }

  /** Value of counter `id`; 0 for a number out of range. */
  static read(id: i32): u32 {
    return <u32>id < <u32>COUNTERS ? load<u32>(TABLE + ((<usize>id) << 2)) : 0;
  }
}
