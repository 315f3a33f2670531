/**
 * TCP between the machine's own sockets and the node.
 *
 * Inwards: a connection to a forwarded port of 127.0.0.1 becomes one from the gateway's address to the node. It is taken at once; when
 * the node refuses it, it is reset. Outwards: a SYN of the node to the gateway's address opens a connection to 127.0.0.1, one to
 * another address a connection to there when the gateway lets it out; the node's handshake is complete once that connection is.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Datagram, formatAddress, PROTOCOL_TCP } from "../frames.js";
import {
  type GatewayHost,
  type GatewayProtocol,
  type PortForward,
  UNREACHABLE_HOST,
  UNREACHABLE_NETWORK,
} from "../protocol.js";
import { TcpEndpoint } from "./endpoint.js";
import { ACK, RST, readSegment, resetFor, type Segment, SYN, writeSegment } from "./segment.js";
import { Splice } from "./splice.js";

/** Connections at a time; more are refused. */
const MAX_CONNECTIONS = 1024;
/** Milliseconds that a finished connection is remembered, so that a FIN which comes again is acknowledged and not reset. */
const TIME_WAIT = 2000;
/** Ports for clients whose own port stands for another client already. */
const FIRST_SPARE_PORT = 20_000;

interface Connection {
  readonly endpoint: TcpEndpoint;
  readonly splice: Splice;
  timeWait?: NodeJS.Timeout;
}

export class TcpRelay implements GatewayProtocol {
  readonly number = PROTOCOL_TCP;
  private readonly servers: Server[] = [];
  /** By address and port of the peer that the node sees, and the node's port. */
  private readonly connections = new Map<string, Connection>();
  private readonly issBase = Math.floor(Math.random() * 2 ** 32);
  private spare = FIRST_SPARE_PORT;
  /** Connections that are not over. */
  private active = 0;

  constructor(
    private readonly host: GatewayHost,
    private readonly hostAddress: string,
    /** Whether the node's connections may leave this machine. */
    private readonly outside: boolean,
  ) {}

  reaches(address: number): boolean {
    // Loopback, this network, multicast and above are no addresses of peers.
    const first = address >>> 24;
    return this.outside && first !== 0 && first !== 127 && first < 224;
  }

  /** Opens a forwarded port. @returns the port of this machine */
  forward(forward: PortForward): Promise<number> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.fromClient(socket, forward.guestPort),
    );
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "EADDRINUSE" ? "another program uses it" : error.message;
        reject(new Error(`TCP port ${forward.hostPort} of ${this.hostAddress} cannot be opened: ${why}.`));
      });
      server.listen(forward.hostPort, this.hostAddress, () => {
        server.removeAllListeners("error").on("error", () => {}); // a client that left before it was taken
        const bound = server.address();
        resolve(typeof bound === "object" && bound !== null ? bound.port : forward.hostPort);
      });
    });
  }

  private fromClient(socket: Socket, guestPort: number): void {
    if (this.active >= MAX_CONNECTIONS) {
      socket.resetAndDestroy();
      return;
    }
    const port = this.portFor(guestPort, socket.remotePort ?? 0);
    const connection = this.create(this.host.address, port, guestPort, socket);
    connection.splice.begin();
    connection.endpoint.connect();
  }

  /** The client's own port, or a spare one when that stands for another client of the same guest port. */
  private portFor(guestPort: number, wanted: number): number {
    let port = wanted;
    while (port === 0 || this.connections.has(keyOf(this.host.address, port, guestPort))) {
      port = this.spare;
      this.spare = this.spare === 0xffff ? FIRST_SPARE_PORT : this.spare + 1;
    }
    return port;
  }

  private create(address: number, port: number, nodePort: number, socket: Socket): Connection {
    const key = keyOf(address, port, nodePort);
    const splice = new Splice(socket, {
      send: (segment) => this.toNode(address, segment),
      over: (finished) => this.over(key, connection, finished),
    });
    const endpoint = new TcpEndpoint(splice, {
      localPort: port,
      remotePort: nodePort,
      iss: this.initialSequence(),
      mtu: this.host.mtu,
    });
    splice.endpoint = endpoint;
    const connection: Connection = { endpoint, splice };
    this.connections.set(key, connection);
    this.active++;
    return connection;
  }

  /** Rises every 4 µs (RFC 9293 §3.4.1), so that a port used again soon begins above its old numbers. */
  private initialSequence(): number {
    return (this.issBase + Math.floor(performance.now() * 250)) >>> 0;
  }

  private toNode(from: number, segment: Segment): void {
    this.host.sendDatagram(PROTOCOL_TCP, writeSegment(from, this.host.node, segment), from);
  }

  /** The connection is over. After an orderly end it is remembered for a while. */
  private over(key: string, connection: Connection, finished: boolean): void {
    if (this.connections.get(key) !== connection) return;
    this.active--;
    if (!finished) this.connections.delete(key);
    else connection.timeWait = setTimeout(() => this.connections.delete(key), TIME_WAIT).unref();
  }

  input(datagram: Datagram): void {
    const segment = readSegment(datagram);
    if (segment === undefined || segment.srcPort === 0 || segment.dstPort === 0) return;
    const key = keyOf(datagram.dst, segment.dstPort, segment.srcPort);
    let connection = this.connections.get(key);
    const opens = (segment.flags & (SYN | ACK | RST)) === SYN;
    if (connection?.timeWait !== undefined && opens) {
      clearTimeout(connection.timeWait);
      this.connections.delete(key);
      connection = undefined;
    }
    if (connection !== undefined) {
      connection.endpoint.input(segment);
    } else if (opens && this.active < MAX_CONNECTIONS) {
      this.fromNode(datagram, segment);
    } else {
      const reset = resetFor(segment);
      if (reset !== undefined) this.toNode(datagram.dst, reset);
    }
  }

  /** The node opens a connection: so does the gateway, to the real peer. */
  private fromNode(datagram: Datagram, syn: Segment): void {
    const host = datagram.dst === this.host.address ? this.hostAddress : formatAddress(datagram.dst);
    const socket = connect({ host, port: syn.dstPort, allowHalfOpen: true, noDelay: true });
    const { endpoint, splice } = this.create(datagram.dst, syn.dstPort, syn.srcPort, socket);
    endpoint.hold(syn);
    socket.once("connect", () => {
      splice.begin();
      endpoint.accept();
    });
    splice.onFailure = (error) => {
      if (error.code === "EHOSTUNREACH") this.host.unreachable(datagram, UNREACHABLE_HOST);
      else if (error.code === "ENETUNREACH") this.host.unreachable(datagram, UNREACHABLE_NETWORK);
      else return false;
      return true;
    };
  }

  async close(): Promise<void> {
    for (const { endpoint, splice, timeWait } of this.connections.values()) {
      clearTimeout(timeWait);
      endpoint.forget();
      splice.destroy();
    }
    this.connections.clear();
    await Promise.all(this.servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }
}

function keyOf(address: number, port: number, nodePort: number): string {
  return `${address} ${port} ${nodePort}`;
}
