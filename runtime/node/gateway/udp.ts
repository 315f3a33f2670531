/**
 * UDP between the machine's own sockets and the node.
 *
 * Inwards: a datagram to a forwarded port of 127.0.0.1 reaches the node from the gateway's address and a port that stands for the
 * client, so that answers find the way back. Outwards: a datagram of the node to the gateway's address reaches 127.0.0.1 from a
 * socket of its own, and what comes back to that goes to the node.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { type Datagram, PROTOCOL_UDP, readUdp, writeUdp } from "./frames.js";
import { type GatewayHost, type GatewayProtocol, type PortForward, UNREACHABLE_PORT } from "./protocol.js";

/** Clients and flows outwards that are remembered, each. */
const MAX_FLOWS = 512;
/** Payloads that wait for their socket to be connected. */
const MAX_EARLY = 16;
/** Milliseconds without traffic after which a flow is forgotten. */
const IDLE_LIMIT = 120_000;
/** Milliseconds between two looks at the flows. */
const SWEEP_INTERVAL = 10_000;
/** Ports for clients whose own port stands for another client already. */
const FIRST_SPARE_PORT = 20_000;

interface Flow {
  usedAt: number;
}

/** A client of a forwarded port. */
interface Client extends Flow {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
  readonly guestPort: number;
  /** Port of the gateway's address that stands for it. */
  readonly gatewayPort: number;
}

/** A port of the node that talks to a service of this machine. */
interface Outward extends Flow {
  readonly socket: Socket;
  /** The datagram that an ICMP error would quote. */
  last: Datagram;
  connected: boolean;
  /** Payloads that came before the socket was connected. */
  readonly early: Uint8Array[];
}

export class UdpRelay implements GatewayProtocol {
  readonly number = PROTOCOL_UDP;
  private readonly listeners: Socket[] = [];
  private readonly clients = new Map<string, Client>();
  /** By guest port and gateway port. */
  private readonly byPorts = new Map<string, Client>();
  private readonly outward = new Map<string, Outward>();
  private readonly sweeper: NodeJS.Timeout;
  private spare = FIRST_SPARE_PORT;

  constructor(
    private readonly host: GatewayHost,
    private readonly hostAddress: string,
  ) {
    this.sweeper = setInterval(() => this.sweep(Date.now()), SWEEP_INTERVAL).unref();
  }

  /** Opens a forwarded port. @returns the port of this machine */
  forward(forward: PortForward): Promise<number> {
    const socket = createSocket("udp4");
    this.listeners.push(socket);
    return new Promise((resolve, reject) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "EADDRINUSE" ? "another program uses it" : error.message;
        reject(new Error(`UDP port ${forward.hostPort} of ${this.hostAddress} cannot be opened: ${why}.`));
      });
      socket.bind(forward.hostPort, this.hostAddress, () => {
        socket.removeAllListeners("error").on("error", () => {}); // a client that is gone is no error of ours
        socket.on("message", (payload, from) => this.fromClient(socket, forward.guestPort, payload, from));
        resolve(socket.address().port);
      });
    });
  }

  private fromClient(socket: Socket, guestPort: number, payload: Uint8Array, from: RemoteInfo): void {
    const key = `${guestPort} ${socket.address().port} ${from.address} ${from.port}`;
    let client = this.clients.get(key);
    if (client === undefined) {
      client = {
        socket,
        address: from.address,
        port: from.port,
        guestPort,
        gatewayPort: this.portFor(guestPort, from.port),
        usedAt: 0,
      };
      makeRoom(this.clients, (old) => this.byPorts.delete(`${old.guestPort} ${old.gatewayPort}`));
      this.clients.set(key, client);
      this.byPorts.set(`${guestPort} ${client.gatewayPort}`, client);
    }
    client.usedAt = Date.now();
    this.toNode(client.gatewayPort, guestPort, payload);
  }

  /** The client's own port, or a spare one when that stands for another client of the same guest port. */
  private portFor(guestPort: number, wanted: number): number {
    let port = wanted;
    while (this.byPorts.has(`${guestPort} ${port}`)) {
      port = this.spare;
      this.spare = this.spare === 0xffff ? FIRST_SPARE_PORT : this.spare + 1;
    }
    return port;
  }

  private toNode(srcPort: number, dstPort: number, payload: Uint8Array): void {
    this.host.sendDatagram(PROTOCOL_UDP, writeUdp(this.host.address, this.host.node, srcPort, dstPort, payload));
  }

  input(datagram: Datagram): void {
    const udp = readUdp(datagram);
    if (udp === undefined || udp.dstPort === 0) return;
    const key = `${udp.srcPort} ${udp.dstPort}`;
    const client = this.byPorts.get(key);
    if (client !== undefined) {
      client.usedAt = Date.now();
      client.socket.send(udp.payload, client.port, client.address, () => {});
      return;
    }
    const flow = this.outward.get(key) ?? this.open(key, udp.srcPort, udp.dstPort, datagram);
    flow.usedAt = Date.now();
    flow.last = datagram;
    if (flow.connected) this.toService(flow, udp.payload);
    else if (flow.early.length < MAX_EARLY) flow.early.push(udp.payload);
  }

  private open(key: string, nodePort: number, servicePort: number, datagram: Datagram): Outward {
    const socket = createSocket("udp4");
    const flow: Outward = { socket, last: datagram, usedAt: Date.now(), connected: false, early: [] };
    // Connected, so that the machine says when nobody listens there.
    socket.connect(servicePort, this.hostAddress, () => {
      flow.connected = true;
      for (const payload of flow.early.splice(0)) this.toService(flow, payload);
    });
    socket.on("error", (error) => this.refused(flow, error));
    socket.on("message", (payload) => {
      flow.usedAt = Date.now();
      this.toNode(servicePort, nodePort, payload);
    });
    makeRoom(this.outward, (old) => old.socket.close());
    this.outward.set(key, flow);
    return flow;
  }

  private toService(flow: Outward, payload: Uint8Array): void {
    flow.socket.send(payload, (error) => {
      if (error !== null) this.refused(flow, error);
    });
  }

  private refused(flow: Outward, error: NodeJS.ErrnoException): void {
    if (error.code === "ECONNREFUSED") this.host.unreachable(flow.last, UNREACHABLE_PORT);
  }

  private sweep(now: number): void {
    for (const [key, client] of this.clients) {
      if (now - client.usedAt <= IDLE_LIMIT) continue;
      this.clients.delete(key);
      this.byPorts.delete(`${client.guestPort} ${client.gatewayPort}`);
    }
    for (const [key, flow] of this.outward) {
      if (now - flow.usedAt <= IDLE_LIMIT) continue;
      this.outward.delete(key);
      flow.socket.close();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.sweeper);
    const sockets = [...this.listeners, ...[...this.outward.values()].map(({ socket }) => socket)];
    this.listeners.length = 0;
    this.outward.clear();
    this.clients.clear();
    this.byPorts.clear();
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }
}

/** Gives up the flow that was idle longest when the table is full. */
function makeRoom<T extends Flow>(table: Map<string, T>, drop: (flow: T) => void): void {
  if (table.size < MAX_FLOWS) return;
  let oldest: [string, T] | undefined;
  for (const entry of table) if (oldest === undefined || entry[1].usedAt < oldest[1].usedAt) oldest = entry;
  if (oldest === undefined) return;
  table.delete(oldest[0]);
  drop(oldest[1]);
}
