/**
 * The requirements that the stack is tested against: rules of the RFCs, and attacks that are known from other stacks. A test
 * carries the id of its row in its title, as `[ARP-3] …` or `[ATK-98] …`.
 */
export interface Row {
  readonly id: string;
  /** RFC and section, or the identifiers of the attack. */
  readonly source: string;
  /** What the stack does. */
  readonly behaviour: string;
}

export const RFC_ROWS: readonly Row[] = [
  { id: "ARP-1", source: "826", behaviour: "a request for our address is answered, to the asker alone" },
  {
    id: "ARP-2",
    source: "826",
    behaviour: "packets of other hardware, protocol, lengths or operations, and short ones, do nothing",
  },
  {
    id: "ARP-3",
    source: "826",
    behaviour: "any packet updates a known neighbour; only one addressed to us makes a new one",
  },
  { id: "ARP-4", source: "1122 §2.3.2.1", behaviour: "neighbours are forgotten after their lifetime" },
  {
    id: "ARP-5",
    source: "1122 §2.3.2.1",
    behaviour: "at most one request a second for a neighbour, a bounded number in all, then an error",
  },
  { id: "ARP-6", source: "1122 §2.3.2.2", behaviour: "the latest datagram waits for the answer and is sent then" },
  { id: "ARP-7", source: "5227 §2.1.1", behaviour: "an address is probed three times before it is used" },
  { id: "ARP-8", source: "5227 §2.1.1", behaviour: "a conflict while probing: the address is not used" },
  { id: "ARP-9", source: "5227 §2.3", behaviour: "two announcements, two seconds apart" },
  { id: "ARP-10", source: "5227 §2.4", behaviour: "at most one defence in ten seconds" },
  {
    id: "ARP-11",
    source: "826",
    behaviour: "impossible senders (broadcast, multicast, our own address) change nothing",
  },
  { id: "ETH-1", source: "894, 1122 §2.3.3", behaviour: "padding never reaches a protocol: the IP length counts" },
  {
    id: "ETH-2",
    source: "1122 §2.4, §3.3.6",
    behaviour: "unicast datagrams in broadcast frames and frames for others are dropped",
  },
  { id: "IP4-1", source: "1122 §3.2.1.1", behaviour: "another version is dropped" },
  { id: "IP4-2", source: "1122 §3.2.1.2", behaviour: "a wrong header checksum is dropped" },
  { id: "IP4-3", source: "791 §3.1", behaviour: "header length, total length and frame length must fit each other" },
  { id: "IP4-4", source: "1122 §3.2.1.3", behaviour: "impossible source addresses are dropped" },
  { id: "IP4-5", source: "1122 §3.3.6", behaviour: "datagrams for other addresses are dropped and not forwarded" },
  { id: "IP4-6", source: "1122 §3.2.1.8", behaviour: "unknown options are passed over, malformed ones do no harm" },
  { id: "IP4-7", source: "7126 §4", behaviour: "source-routed datagrams are dropped" },
  { id: "IP4-8", source: "791, 1122 §3.3.2", behaviour: "fragments are put together in any order" },
  {
    id: "IP4-9",
    source: "1122 §3.3.2",
    behaviour: "reassembly ends after a fixed time, with an ICMP error if the first fragment is there",
  },
  { id: "IP4-10", source: "3128, 5722", behaviour: "overlapping fragments: the whole datagram is dropped" },
  { id: "IP4-11", source: "791", behaviour: "a fragment that ends beyond 65,535 is dropped" },
  { id: "IP4-12", source: "1858, 3128", behaviour: "a first fragment without the transport header is dropped" },
  {
    id: "IP4-13",
    source: "6864 §4, 7739",
    behaviour: "identifications of fragmented datagrams neither repeat nor can be guessed",
  },
  {
    id: "IP4-14",
    source: "1122 §3.2.1.7",
    behaviour: "datagrams leave with the configured TTL; one that arrives with a small TTL is taken",
  },
  { id: "IP4-15", source: "1122 §3.3.1", behaviour: "the own subnet directly, everything else over the gateway" },
  { id: "IP4-16", source: "919, 922, 1122 §3.3.6", behaviour: "limited and subnet broadcast are recognised" },
  { id: "ICM-1", source: "1122 §3.2.2.6", behaviour: "an echo request is answered with the same data" },
  { id: "ICM-2", source: "792", behaviour: "a wrong checksum is dropped" },
  { id: "ICM-3", source: "1122 §3.2.2", behaviour: "unknown types and short messages are dropped" },
  {
    id: "ICM-4",
    source: "1122 §3.2.2",
    behaviour: "no error about errors, later fragments, broadcasts, impossible sources",
  },
  {
    id: "ICM-5",
    source: "1122 §3.2.2.1, §4.1.3.1",
    behaviour: "closed ports and unknown protocols are answered, with an unchanged quote",
  },
  {
    id: "ICM-6",
    source: "1812 §4.3.2.8",
    behaviour: "errors are rate-limited, in a way that tells nothing about ports",
  },
  { id: "ICM-7", source: "1122 §3.2.2.9", behaviour: "address masks are neither told nor learned" },
  { id: "ICM-8", source: "1122 §3.2.2.2", behaviour: "redirects are ignored" },
  { id: "ICM-9", source: "1191 §3, §6.3", behaviour: '"fragmentation needed" lowers the path MTU, within limits' },
  { id: "ICM-10", source: "5927 §4", behaviour: "an error must quote something that we could have sent" },
  { id: "ICM-11", source: "1122 §3.2.2.8", behaviour: "timestamp requests are not answered" },
  { id: "UDP-1", source: "768, 1122 §4.1.3.4", behaviour: "checksums are sent and verified; 0 means none" },
  {
    id: "UDP-2",
    source: "768",
    behaviour: "the length must be 8 or more and within the datagram; bytes behind it are ignored",
  },
  { id: "UDP-3", source: "1122 §4.1.3.6", behaviour: "impossible source addresses are dropped" },
  { id: "UDP-4", source: "1122 §4.1.3.3", behaviour: "ICMP errors reach the connected socket" },
  {
    id: "UDP-5",
    source: "8200 §8.1",
    behaviour: "IPv6 is not built in: its frames are dropped, with checksum or without",
  },
  { id: "UDP-6", source: "6056 §3.3.2", behaviour: "ephemeral ports are random" },
];

export const ATTACK_ROWS: readonly Row[] = [
  {
    id: "ATK-1",
    source: "CVE-2020-11896",
    behaviour: "IP in IP is not unpacked; a datagram is cut to its total length",
  },
  { id: "ATK-3", source: "CVE-2020-11898", behaviour: "an ICMP error never quotes more than arrived" },
  { id: "ATK-5", source: "CVE-2020-11900", behaviour: "nested and fragmented tunnels are dropped, buffers freed once" },
  { id: "ATK-7", source: "CVE-2020-11902", behaviour: "quoted packets are not trusted" },
  { id: "ATK-9", source: "CVE-2020-11904", behaviour: "no length wraps around" },
  { id: "ATK-11", source: "CVE-2020-11906", behaviour: "short frames and IEEE 802.3 lengths are dropped" },
  { id: "ATK-14", source: "CVE-2020-11909", behaviour: "source-route options with impossible pointers are dropped" },
  { id: "ATK-15", source: "CVE-2020-11910", behaviour: '"fragmentation needed" with a short quote does nothing' },
  { id: "ATK-16", source: "CVE-2020-11911", behaviour: "an address mask reply changes nothing" },
  { id: "ATK-19", source: "CVE-2020-11914", behaviour: "short ARP packets are dropped" },
  { id: "ATK-21", source: "CVE-2019-12256", behaviour: "ICMP errors carry no options" },
  { id: "ATK-30", source: "CVE-2019-12262", behaviour: "reverse ARP replies are ignored" },
  { id: "ATK-33", source: "Urgent/11 fingerprint", behaviour: "short timestamp requests are not answered" },
  { id: "ATK-37", source: "CVE-2020-13987", behaviour: "lengths beyond the frame never reach a checksum" },
  { id: "ATK-40", source: "CVE-2020-17438", behaviour: "a fragment beyond the buffer is refused" },
  { id: "ATK-76", source: "CVE-2020-35683", behaviour: "an echo longer than its frame is dropped" },
  { id: "ATK-79", source: "CVE-2021-31401", behaviour: "a total length below the header is dropped" },
  { id: "ATK-80", source: "CVE-2021-31344", behaviour: "options are never reflected; the answer goes to the source" },
  { id: "ATK-81", source: "CVE-2021-31345, 31346, 31890", behaviour: "payload lengths beyond the frame leak nothing" },
  { id: "ATK-87", source: "CVE-2018-16526", behaviour: "inserted options do not shift a checksum" },
  { id: "ATK-88", source: "CVE-2018-16601", behaviour: "a header longer than the packet is dropped" },
  { id: "ATK-90", source: "CVE-2018-16527, 16600", behaviour: "short ICMP and ARP are dropped" },
  { id: "ATK-94", source: "CVE-2020-22283", behaviour: "an error about a short packet reads nothing behind it" },
  { id: "ATK-96", source: "CVE-2023-7060", behaviour: "loopback addresses from outside are dropped" },
  { id: "ATK-98", source: "CVE-1999-0128", behaviour: "the ping of death is refused" },
  { id: "ATK-99", source: "CVE-1999-0015", behaviour: "teardrop: overlapping fragments are refused" },
  { id: "ATK-100", source: "CVE-1999-0016", behaviour: "packets from our own address are dropped" },
  { id: "ATK-103", source: "CVE-2018-5391", behaviour: "a flood of fragments holds no more than the pool" },
  { id: "ATK-110", source: "CVE-2020-25705", behaviour: "the ICMP limit does not reveal open ports" },
  { id: "ATK-116", source: "CVE-2021-24074", behaviour: "fragments with differing options do no harm" },
  { id: "ATK-122", source: "RFC 5927", behaviour: "forged ICMP errors are ignored" },
  { id: "ATK-123", source: "CVE-2020-10136", behaviour: "tunnels are not forwarded" },
  { id: "ATK-124", source: "CVE-2003-0001", behaviour: "frames are padded with zeros" },
  { id: "ATK-125", source: "ARP poisoning", behaviour: "unsolicited ARP makes no entry and cannot push one out" },
  { id: "ATK-127", source: "table exhaustion", behaviour: "full tables answer errors, and are whole again afterwards" },
  { id: "ATK-128", source: "clock wrap", behaviour: "timers work across every wrap of the clock" },
];
