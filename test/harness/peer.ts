/**
 * A station on the wire of a script: builds frames with its own addresses filled in.
 *
 *     stack.inject(stack.peer.udp({ srcPort: 5555, dstPort: 7 }, "hello"));
 *     stack.inject(stack.peer.udp({ srcPort: 5555, dstPort: 7, ip: { ttl: 1, options: [7, 7, 4, 0, 0, 0, 0] } }, "x"));
 *     const other = new Peer({ mac: "02:00:00:00:00:77", ip: "10.0.2.77" }, stack);
 */
import type { Bytes } from "./bytes.js";
import {
  type ArpFields,
  arp,
  BROADCAST_MAC,
  type Checksum,
  ETHERTYPE_ARP,
  type EthernetFields,
  ethernet,
  fragments,
  type IcmpFields,
  type Ipv4Fields,
  icmp,
  ipv4,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  udp,
} from "./packets.js";
import { type TcpFields, tcpSegment } from "./tcp-segment.js";

/** Addresses of a station. */
export interface Station {
  readonly mac: string;
  readonly ip: string;
}

/** Overrides of the layers below. */
export interface Below {
  readonly ip?: Partial<Ipv4Fields>;
  readonly eth?: Partial<EthernetFields>;
}

export interface PeerUdp extends Below {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly length?: number;
  readonly checksum?: Checksum;
}

/** A segment from a station: addresses are filled in. */
export interface PeerTcp extends Below, Omit<TcpFields, "src" | "dst"> {}

export class Peer implements Station {
  readonly mac: string;
  readonly ip: string;

  constructor(
    station: Station,
    /** To whom its frames go unless told otherwise. */
    private readonly target: Station,
  ) {
    this.mac = station.mac;
    this.ip = station.ip;
  }

  /** Any Ethernet frame from this station. */
  ethernet(payload: Bytes, eth: Partial<EthernetFields> = {}): Uint8Array {
    return ethernet({ dst: this.target.mac, src: this.mac, ...eth }, payload);
  }

  /** Who has the target's address? Broadcast unless `eth.dst` says otherwise. */
  arpRequest(fields: Partial<ArpFields> & { readonly eth?: Partial<EthernetFields> } = {}): Uint8Array {
    return this.arp(1, { dst: BROADCAST_MAC, ...fields.eth }, fields);
  }

  /** This station's address is here; to the target unless `eth.dst` says otherwise. */
  arpReply(fields: Partial<ArpFields> & { readonly eth?: Partial<EthernetFields> } = {}): Uint8Array {
    return this.arp(2, { ...fields.eth }, { tha: this.target.mac, ...fields });
  }

  private arp(operation: number, eth: Partial<EthernetFields>, fields: Partial<ArpFields>): Uint8Array {
    const packet = arp({ operation, sha: this.mac, spa: this.ip, tpa: this.target.ip, ...fields });
    return this.ethernet(packet, { type: ETHERTYPE_ARP, ...eth });
  }

  /** An IPv4 datagram to the target. */
  ipv4(
    fields: Partial<Ipv4Fields> & { readonly protocol: number },
    payload: Bytes,
    eth?: Partial<EthernetFields>,
  ): Uint8Array {
    return this.ethernet(ipv4({ src: this.ip, dst: this.target.ip, ...fields }, payload), eth);
  }

  /** A UDP datagram to the target. */
  udp(fields: PeerUdp, payload: Bytes = []): Uint8Array {
    return this.ipv4({ protocol: PROTOCOL_UDP, ...fields.ip }, this.udpPayload(fields, payload), fields.eth);
  }

  /** The same datagram in fragments of `size` payload bytes each (a multiple of 8). */
  udpFragments(fields: PeerUdp, payload: Bytes, size: number): Uint8Array[] {
    const ip = { protocol: PROTOCOL_UDP, src: this.ip, dst: this.target.ip, id: 1, ...fields.ip };
    return fragments(ip, this.udpPayload(fields, payload), size).map((each) => this.ethernet(each, fields.eth));
  }

  private udpPayload(fields: PeerUdp, payload: Bytes): Uint8Array {
    const { srcPort, dstPort, length, checksum } = fields;
    const src = fields.ip?.src ?? this.ip;
    const dst = fields.ip?.dst ?? this.target.ip;
    return udp({ src, dst, srcPort, dstPort, length, checksum }, payload);
  }

  /** A TCP segment to the target, numbers as they are on the wire. Scripts have the notation of tcp-conversation.ts. */
  tcp(fields: PeerTcp, payload: Bytes = []): Uint8Array {
    const { ip, eth, ...segment } = fields;
    const src = ip?.src ?? this.ip;
    const dst = ip?.dst ?? this.target.ip;
    return this.ipv4({ protocol: PROTOCOL_TCP, ...ip }, tcpSegment({ src, dst, ...segment }, payload), eth);
  }

  /** An ICMP message to the target. */
  icmp(fields: IcmpFields & Below, payload: Bytes = []): Uint8Array {
    return this.ipv4({ protocol: PROTOCOL_ICMP, ...fields.ip }, icmp(fields, payload), fields.eth);
  }

  /** An echo request. */
  ping(fields: Partial<IcmpFields> & Below = {}, payload: Bytes = "abcdefgh"): Uint8Array {
    return this.icmp({ type: 8, id: 0x1234, sequence: 1, ...fields }, payload);
  }
}
