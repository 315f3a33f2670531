/**
 * The gateway of native_sim: a wire whose other end is a small host in this process, through which the machine's own sockets reach the
 * node without any privilege, as in QEMU's user network.
 *
 *     const gateway = await Gateway.open({ node: "10.0.2.15", forwards: [{ protocol: "tcp", hostPort: 8080, guestPort: 80 }] });
 *     new Machine({ core, application, wire: gateway }).start();
 *     // a connection to 127.0.0.1:8080 reaches the node at port 80; the node reaches services of 127.0.0.1 as 10.0.2.2
 *
 * The gateway answers ARP and ping for its own address. TCP connections to other addresses leave this machine when `outside` says so;
 * everything else to other addresses is refused (ICMP 3/13).
 */
import type { RealWire } from "../real-wire.js";
import {
  BROADCAST,
  type Datagram,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  frame,
  PROTOCOL_ICMP,
  parseAddress,
  readArp,
  readDatagram,
  writeArp,
  writeDatagrams,
  writeIcmp,
} from "./frames.js";
import {
  type GatewayHost,
  type GatewayProtocol,
  type PortForward,
  UNREACHABLE_PROHIBITED,
  UNREACHABLE_PROTOCOL,
} from "./protocol.js";
import { Reassembly } from "./reassembly.js";
import { TcpRelay } from "./tcp/relay.js";
import { UdpRelay } from "./udp.js";

export interface GatewayOptions {
  /** The node's address (CONFIG_NET_CONFIG_MY_IPV4_ADDR). */
  readonly node: string;
  /** Its own address (CONFIG_NET_CONFIG_MY_IPV4_GW); default 10.0.2.2. */
  readonly address?: string;
  readonly forwards?: readonly PortForward[];
  /** Default 1500. */
  readonly mtu?: number;
  /** Address of this machine's end; default 127.0.0.1. */
  readonly hostAddress?: string;
  /** TCP connections of the node to other addresses leave this machine, as in QEMU's user network; default false. */
  readonly outside?: boolean;
}

/** Datagrams that wait for the node's MAC address. */
const MAX_WAITING = 32;
/** Milliseconds between two ARP requests, and how many there are. */
const ARP_INTERVAL = 500;
const ARP_REQUESTS = 6;
/** Locally administered; the last bytes spell nothing. */
const GATEWAY_MAC = Uint8Array.of(0x52, 0x55, 0x0a, 0x00, 0x02, 0x02);
const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const UNREACHABLE = 3;

export class Gateway implements RealWire, GatewayHost {
  readonly address: number;
  readonly node: number;
  /** Ports of this machine, in the order of the forwards. */
  readonly hostPorts: number[] = [];
  readonly mtu: number;

  private readonly udp: UdpRelay;
  private readonly tcp: TcpRelay;
  private readonly protocols = new Map<number, GatewayProtocol>();
  private readonly reassembly = new Reassembly();
  private readonly waiting: Uint8Array[] = [];
  private nodeMac: Uint8Array | undefined;
  private asking: NodeJS.Timeout | undefined;
  private deliver: (frame: Uint8Array) => void = () => {};
  private nextId = 1;
  private closed = false;

  /** Opens the forwarded ports. @throws Error with a sentence when one is taken */
  static async open(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    try {
      for (const forward of options.forwards ?? []) {
        const relay = forward.protocol === "tcp" ? gateway.tcp : gateway.udp;
        gateway.hostPorts.push(await relay.forward(forward));
      }
    } catch (error) {
      await gateway.close();
      throw error;
    }
    return gateway;
  }

  private constructor(options: GatewayOptions) {
    this.node = parseAddress(options.node);
    this.address = parseAddress(options.address ?? "10.0.2.2");
    this.mtu = options.mtu ?? 1500;
    const hostAddress = options.hostAddress ?? "127.0.0.1";
    this.udp = new UdpRelay(this, hostAddress);
    this.tcp = new TcpRelay(this, hostAddress, options.outside ?? false);
    this.register(this.udp);
    this.register(this.tcp);
  }

  /** Adds a transport protocol. */
  register(protocol: GatewayProtocol): void {
    this.protocols.set(protocol.number, protocol);
  }

  attach(receive: (frame: Uint8Array) => void): void {
    this.deliver = receive;
    if (this.waiting.length > 0) this.ask(ARP_REQUESTS);
  }

  send(bytes: Uint8Array): void {
    if (this.closed || bytes.length < 14) return;
    const own = GATEWAY_MAC.every((byte, i) => bytes[i] === byte);
    if (!own && !(bytes[0] & 1)) return;
    const type = (bytes[12] << 8) | bytes[13];
    const body = bytes.subarray(14);
    if (type === ETHERTYPE_ARP) this.arp(body);
    else if (type === ETHERTYPE_IPV4 && own) this.ipv4(body, bytes.slice(6, 12));
  }

  private arp(body: Uint8Array): void {
    const packet = readArp(body);
    if (packet === undefined) return;
    if (packet.sender === this.node) this.learn(packet.senderMac);
    if (packet.operation === 1 && packet.target === this.address && packet.sender !== this.address) {
      const reply = writeArp(2, GATEWAY_MAC, this.address, packet.senderMac, packet.sender);
      this.toWire(packet.senderMac, ETHERTYPE_ARP, reply);
    }
  }

  private learn(mac: Uint8Array): void {
    this.nodeMac = mac;
    clearTimeout(this.asking);
    this.asking = undefined;
    for (const packet of this.waiting.splice(0)) this.toWire(mac, ETHERTYPE_IPV4, packet);
  }

  private ipv4(body: Uint8Array, from: Uint8Array): void {
    const fragment = readDatagram(body);
    if (fragment === undefined || fragment.src !== this.node) return;
    if (this.nodeMac === undefined) this.learn(from);
    const datagram = this.reassembly.add(fragment, Date.now());
    if (datagram === undefined) return;
    const protocol = this.protocols.get(datagram.protocol);
    if (datagram.dst !== this.address && protocol?.reaches?.(datagram.dst) !== true) {
      this.unreachable(datagram, UNREACHABLE_PROHIBITED);
    } else if (datagram.protocol === PROTOCOL_ICMP) this.icmp(datagram);
    else {
      if (protocol === undefined) this.unreachable(datagram, UNREACHABLE_PROTOCOL);
      else protocol.input(datagram);
    }
  }

  private icmp(datagram: Datagram): void {
    const { payload } = datagram;
    if (payload.length < 8 || payload[0] !== ECHO_REQUEST) return;
    this.sendDatagram(PROTOCOL_ICMP, writeIcmp(ECHO_REPLY, 0, payload.subarray(4, 8), payload.subarray(8)));
  }

  unreachable(datagram: Datagram, code: number): void {
    if (datagram.protocol === PROTOCOL_ICMP || datagram.dst >= 0xe000_0000) return; // RFC 1122 §3.2.2
    const quoted = new Uint8Array(datagram.header.length + Math.min(8, datagram.payload.length));
    quoted.set(datagram.header);
    quoted.set(datagram.payload.subarray(0, 8), datagram.header.length);
    this.sendDatagram(PROTOCOL_ICMP, writeIcmp(UNREACHABLE, code, new Uint8Array(4), quoted));
  }

  sendDatagram(protocol: number, payload: Uint8Array, src = this.address): void {
    if (this.closed) return;
    this.nextId = (this.nextId + 1) & 0xffff;
    for (const packet of writeDatagrams(src, this.node, protocol, this.nextId, payload, this.mtu)) {
      if (this.nodeMac !== undefined) this.toWire(this.nodeMac, ETHERTYPE_IPV4, packet);
      else if (this.waiting.length < MAX_WAITING) this.waiting.push(packet);
    }
    if (this.nodeMac === undefined && this.asking === undefined) this.ask(ARP_REQUESTS);
  }

  /** Asks for the node's MAC address, again and again until it answers or `left` requests are sent. */
  private ask(left: number): void {
    this.toWire(BROADCAST, ETHERTYPE_ARP, writeArp(1, GATEWAY_MAC, this.address, new Uint8Array(6), this.node));
    this.asking = setTimeout(() => {
      if (left > 1) this.ask(left - 1);
      else {
        this.asking = undefined;
        this.waiting.length = 0;
      }
    }, ARP_INTERVAL).unref();
  }

  private toWire(dst: Uint8Array, type: number, payload: Uint8Array): void {
    if (!this.closed) this.deliver(frame(dst, GATEWAY_MAC, type, payload));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.asking);
    for (const protocol of this.protocols.values()) await protocol.close();
  }
}
