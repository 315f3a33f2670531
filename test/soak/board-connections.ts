/**
 * Thousands of connections to examples/tcp_echo on a board, one after the other and a few at once: data comes back, every kind of end
 * leaves nothing behind. The peer is a script on the board's wire.
 */
import { SeededRandom } from "../../runtime/node/random.js";
import { pattern } from "../harness/bytes.js";
import type { Packet } from "../harness/parse.js";
import { render } from "../harness/parse.js";
import type { TcpSegment } from "../harness/tcp-segment.js";
import { Firmware, type State } from "../properties/firmware.js";

const PORT = 7777;
const FIRST_PORT = 10_000;
const PORTS = 50_000;
/** At once; tcp_echo serves eight. */
const WORKERS = 4;
const MOST_BYTES = 1000;
/** ms. */
const PATIENCE = 20_000;

const ENDS = ["close", "half-close with data behind", "reset", "reset with data on its way"] as const;
type End = (typeof ENDS)[number];

/** The peer's end of one connection. */
class Connection {
  private readonly segments: TcpSegment[] = [];
  private notify: () => void = () => {};
  private seq: number;
  private ack = 0;
  private finReceived = false;

  constructor(
    private readonly firmware: Firmware,
    private readonly port: number,
    random: SeededRandom,
  ) {
    this.seq = random.next32();
  }

  arrived(segment: TcpSegment): void {
    this.segments.push(segment);
    this.notify();
  }

  /** SYN, SYN-ACK, ACK. */
  async open(): Promise<void> {
    this.send("S");
    const answer = await this.next();
    if (answer.flags !== "S.") throw new Error(`a SYN was answered with ${answer.flags}`);
    this.ack = (answer.seq + 1) >>> 0;
    this.send(".");
  }

  push(data: Uint8Array): void {
    this.send("P.", data);
  }

  finish(data: Uint8Array = new Uint8Array(0)): void {
    this.send("FP.", data);
  }

  reset(): void {
    this.send("R");
  }

  acknowledge(): void {
    this.send(".");
  }

  /** Reads until `expected` has come back. */
  async echoed(expected: Uint8Array): Promise<void> {
    const got: number[] = [];
    while (got.length < expected.length) {
      const { payload } = await this.inOrder();
      got.push(...payload);
    }
    if (Buffer.compare(Uint8Array.from(got), expected) !== 0) throw new Error("the echo is not what was sent");
  }

  /** Reads until the board's FIN. */
  async ended(): Promise<void> {
    while (!this.finReceived) await this.inOrder();
  }

  private async inOrder(): Promise<TcpSegment> {
    for (;;) {
      const segment = await this.next();
      if (segment.flags.includes("R")) throw new Error("the board reset the connection");
      // What was sent again is old.
      if (segment.seq !== this.ack) continue;
      this.ack = (this.ack + segment.payload.length + (segment.flags.includes("F") ? 1 : 0)) >>> 0;
      if (segment.flags.includes("F")) this.finReceived = true;
      if (segment.payload.length > 0) this.acknowledge();
      return segment;
    }
  }

  private async next(): Promise<TcpSegment> {
    const segment = this.segments.shift();
    if (segment !== undefined) return segment;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.notify = resolve;
      timer = setTimeout(() => reject(new Error(`the board is silent on port ${this.port}`)), PATIENCE);
    });
    clearTimeout(timer);
    return this.next();
  }

  private send(flags: string, payload: Uint8Array = new Uint8Array(0)): void {
    const options = flags === "S" ? ([{ kind: "mss", value: 1460 }] as const) : [];
    const fields = { srcPort: this.port, dstPort: PORT, seq: this.seq, ack: this.ack, flags, options };
    this.firmware.send(this.firmware.peer.tcp(fields, payload));
    this.seq = (this.seq + payload.length + (/[SF]/.test(flags) ? 1 : 0)) >>> 0;
  }
}

export interface BoardReport {
  readonly board: string;
  readonly connections: number;
  readonly ends: Readonly<Record<string, number>>;
  /** Pools that hold another number of records than before. */
  readonly leaks: readonly string[];
  readonly before: State;
  readonly after: State;
}

class BoardSoak {
  readonly ends: Record<string, number> = {};
  private readonly random: SeededRandom;
  private readonly open = new Map<number, Connection>();
  private started = 0;

  constructor(
    private readonly firmware: Firmware,
    seed: number,
  ) {
    this.random = new SeededRandom(seed);
    firmware.onPacket = (packet) => this.arrived(packet);
  }

  async run(count: number): Promise<void> {
    const worker = async (): Promise<void> => {
      while (this.started < count) {
        const port = FIRST_PORT + (this.started++ % PORTS);
        const connection = new Connection(this.firmware, port, this.random);
        this.open.set(port, connection);
        await this.one(connection);
        this.open.delete(port);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
  }

  private arrived(packet: Packet): void {
    if (packet.tcp === undefined) return;
    if (packet.problems.length > 0) throw new Error(`${render(packet.frame)}: ${packet.problems.join("; ")}`);
    this.open.get(packet.tcp.dstPort)?.arrived(packet.tcp);
  }

  private async one(connection: Connection): Promise<void> {
    const end: End = ENDS[this.random.below(ENDS.length)];
    const data = pattern(1 + this.random.below(MOST_BYTES), this.random.below(250) + 1);
    await connection.open();
    connection.push(data);
    await connection.echoed(data);
    if (end === "close") {
      connection.finish();
      await connection.ended();
      connection.acknowledge();
    } else if (end === "half-close with data behind") {
      connection.finish(data);
      await connection.echoed(data);
      await connection.ended();
      connection.acknowledge();
    } else {
      if (end === "reset with data on its way") connection.push(data);
      connection.reset();
    }
    this.ends[end] = (this.ends[end] ?? 0) + 1;
  }
}

/** Boots tcp_echo on `board` and has `connections` connections with it. @throws Error when one goes wrong */
export async function soakBoard(board: string, connections: number, seed = 1): Promise<BoardReport> {
  const firmware = await Firmware.boot(board, "examples/tcp_echo");
  try {
    await firmware.up();
    await firmware.printed(/\d+/);
    const soak = new BoardSoak(firmware, seed);
    await soak.run(50);
    await settle();
    const before = await firmware.state();
    await soak.run(connections + 50);
    await settle();
    const after = await firmware.state();
    const leaks = after.pools
      .filter(({ used }, i) => used !== before.pools[i].used)
      .map(({ name, used }) => `${name} ${used}`);
    return { board, connections, ends: soak.ends, leaks, before, after };
  } finally {
    await firmware.close();
  }
}

/** The program has noticed the last end. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1500));
}
