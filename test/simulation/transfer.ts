/** Bulk data over one connection between two of our stacks, one way or both. */
import { Endpoint, type EndpointPlan, StreamError } from "./endpoint.js";
import type { Network } from "./network.js";
import { describeResult, EAGAIN, EINPROGRESS } from "./stream-host.js";

export const SERVER_PORT = 80;
/** Steps of the world that a frame may cost on average before it is a livelock; a lossy wire sends each several times. */
const STEPS_PER_SEGMENT = 60;
const SMALLEST_SEGMENT = 500;

export interface TransferPlan {
  /** Bytes from the client to the server, and back. */
  readonly up: number;
  readonly down: number;
  readonly client?: Partial<EndpointPlan>;
  readonly server?: Partial<EndpointPlan>;
  /** Virtual seconds until it must have ended. */
  readonly limit: number;
}

export interface TransferResult {
  /** Virtual seconds from connect() until both ends have closed. */
  readonly seconds: number;
  /** Bytes per second in each direction, from connect() to the last byte; 0 when none were sent. */
  readonly up: number;
  readonly down: number;
  readonly steps: number;
}

/** A connection in the making: what both ends do until they have an Endpoint. */
export class Connection {
  client: Endpoint | undefined;
  server: Endpoint | undefined;
  /** When connect() was through, µs. */
  connectedAt = 0;
  private readonly listener: number;
  private readonly begun: number;

  /** Starts listening and connecting; from now on the hosts' programs are this connection's. */
  constructor(
    readonly network: Network,
    readonly plan: TransferPlan,
  ) {
    const { server, client, world } = network;
    this.begun = world.now;
    this.listener = server.socket();
    // A connection before this one may be in TIME-WAIT here.
    expect("SO_REUSEADDR", server.reuseAddress(this.listener));
    expect("bind", server.bind(this.listener, SERVER_PORT));
    expect("listen", server.listen(this.listener, 1));
    const fd = client.socket();
    const connected = client.connect(fd, server.ip, SERVER_PORT);
    if (connected !== EINPROGRESS) expect("connect", connected);
    const up = { sendSeed: 1, sendBytes: plan.up, receiveSeed: 2, receiveBytes: plan.down };
    const down = { sendSeed: 2, sendBytes: plan.down, receiveSeed: 1, receiveBytes: plan.up };
    client.onActivity = () => {
      if (this.client === undefined) {
        const result = client.connect(fd, server.ip, SERVER_PORT);
        if (describeResult(result) === "EALREADY") return;
        if (describeResult(result) !== "EISCONN") expect("connect", result);
        this.connectedAt = network.world.now;
        this.client = new Endpoint(client, fd, { ...up, ...plan.client });
      }
      this.client.pump();
    };
    server.onActivity = () => {
      if (this.server === undefined) {
        const accepted = server.accept(this.listener);
        if (accepted === EAGAIN) return;
        expect("accept", accepted);
        this.server = new Endpoint(server, accepted, { ...down, ...plan.server });
      }
      this.server.pump();
    };
    client.run();
  }

  get done(): boolean {
    return this.client?.done === true && this.server?.done === true;
  }

  /** Runs until both have closed. @throws StreamError when that takes too long */
  run(): TransferResult {
    const { world } = this.network;
    const { limit } = this.plan;
    const budget = 10_000 + STEPS_PER_SEGMENT * Math.ceil((this.plan.up + this.plan.down) / SMALLEST_SEGMENT);
    const steps = world.steps;
    const ended = world.runUntil(() => this.done || world.steps - steps > budget, this.begun + limit * 1_000_000);
    if (world.steps - steps > budget) throw new StreamError(`livelock: ${budget} steps, and ${this.state()}`);
    if (!ended) throw new StreamError(`not through after ${limit} s: ${this.state()}`);
    expect("close", this.network.server.close(this.listener));
    const rate = (end: Endpoint | undefined): number => {
      const bytes = end?.received.position ?? 0;
      return bytes === 0 ? 0 : (bytes * 1_000_000) / ((end?.lastByteAt ?? 0) - this.begun);
    };
    this.compareDigests();
    const seconds = (world.now - this.begun) / 1_000_000;
    return { seconds, up: rate(this.server), down: rate(this.client), steps: world.steps - steps };
  }

  private compareDigests(): void {
    const { client, server } = this;
    if (client?.sent.digest() !== server?.received.digest()) throw new StreamError("SHA-256 differs on the way up");
    if (server?.sent.digest() !== client?.received.digest()) throw new StreamError("SHA-256 differs on the way down");
  }

  private state(): string {
    const end = (endpoint: Endpoint | undefined): string =>
      endpoint === undefined
        ? "not connected"
        : `${endpoint.sent.position} sent, ${endpoint.received.position} received${endpoint.done ? ", closed" : ""}`;
    return `client ${end(this.client)}; server ${end(this.server)}`;
  }
}

function expect(call: string, result: number): void {
  if (result < 0) throw new StreamError(`${call} answered ${describeResult(result)}`);
}

/** One connection, from connect() to the last close(). */
export function transfer(network: Network, plan: TransferPlan): TransferResult {
  return new Connection(network, plan).run();
}
