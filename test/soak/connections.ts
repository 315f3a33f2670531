/**
 * Connections without end between two stacks in virtual time, with the pools of a small board: opened, used and closed in every way
 * there is. Nothing may be left of them.
 */
import { loadApplication } from "../../cli/application.js";
import { requireBoard } from "../../cli/boards.js";
import { resolveConfig } from "../../cli/config/index.js";
import { packagePath } from "../../cli/package-root.js";
import { SeededRandom } from "../../runtime/node/random.js";
import type { Settings } from "../harness/compile.js";
import { ByteStream } from "../simulation/byte-stream.js";
import type { Network } from "../simulation/network.js";
import { describeResult, EAGAIN, EINPROGRESS, failure, SHUT_WR, type StreamHost } from "../simulation/stream-host.js";

const PORT = 80;
/** A port that nobody listens on. */
const CLOSED_PORT = 81;
const BACKLOG = 4;
/** µs that one connection may take: the longest is one whose peer has vanished, until the last retransmission. */
const PATIENCE = 1_200_000_000;
const MOST_BYTES = 4000;

/** How a connection goes. */
export const KINDS = [
  "client closes first",
  "server closes first",
  "both close at once",
  "client half-closes",
  "server half-closes",
  "client resets",
  "server resets",
  "server closes with unread data",
  "refused",
  "never accepted",
  "peer vanishes before it accepts",
  "peer vanishes with data in flight",
] as const;
export type Kind = (typeof KINDS)[number];

/** How often each kind comes up among 1,000; those that wait for time-outs are rare. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  "client closes first": 150,
  "server closes first": 150,
  "both close at once": 100,
  "client half-closes": 130,
  "server half-closes": 130,
  "client resets": 100,
  "server resets": 100,
  "server closes with unread data": 60,
  refused: 40,
  "never accepted": 20,
  "peer vanishes before it accepts": 10,
  "peer vanishes with data in flight": 10,
};

/** The sizes of pools that a program has on a board, as settings for the simulation's core. */
export function poolSettings(application: string, board: string): Settings {
  const { prjConf } = loadApplication(packagePath("examples", application));
  const config = resolveConfig({ board: requireBoard(board), prjConf });
  const sizes = [
    ..."NET_TCP_RECV_BUFFER NET_TCP_RECV_BUFFERS NET_TCP_SEND_BUFFER NET_TCP_SEND_BUFFERS NET_TCP_SEND_RECORDS".split(
      " ",
    ),
    ..."NET_TCP_HASH_BITS NET_TCP_SYN_QUEUE NET_TCP_TIME_WAIT NET_TCP_REASSEMBLY NET_TCP_REASSEMBLY_RANGES".split(" "),
    ..."NET_MAX_CONTEXTS ZVFS_OPEN_MAX NET_ARP_TABLE_SIZE".split(" "),
  ];
  return Object.fromEntries(sizes.map((name) => [name, config.int(name)]));
}

export class ConnectionSoak {
  readonly done: Record<Kind, number> = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  private readonly random: SeededRandom;
  private readonly listener: number;

  constructor(
    private readonly network: Network,
    seed: number,
  ) {
    this.random = new SeededRandom(seed);
    const { server } = network;
    this.listener = server.socket();
    this.must("bind", server.bind(this.listener, PORT));
    this.must("listen", server.listen(this.listener, BACKLOG));
  }

  /** `count` connections, one after the other. @throws Error when one goes another way than it should */
  run(count: number, onProgress: (done: number) => void = () => undefined): void {
    for (let i = 0; i < count; i++) {
      const kind = this.choose();
      try {
        this.one(kind);
      } catch (error) {
        throw new Error(`connection ${i}, ${kind}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
      this.done[kind] += 1;
      if (i % 1000 === 999) onProgress(i + 1);
    }
  }

  /** Closes the listener: after it nothing should be left. */
  end(): void {
    this.must("close", this.network.server.close(this.listener));
  }

  private choose(): Kind {
    let roll = this.random.below(1000);
    for (const kind of KINDS) {
      roll -= WEIGHTS[kind];
      if (roll < 0) return kind;
    }
    return KINDS[0];
  }

  private one(kind: Kind): void {
    const { client, server } = this.network;
    const fd = client.socket();
    if (fd < 0) throw new Error(`socket answered ${describeResult(fd)}`);
    if (kind === "refused") {
      client.connect(fd, server.ip, CLOSED_PORT);
      this.until("ECONNREFUSED", () => client.connect(fd, server.ip, CLOSED_PORT) === failure("ECONNREFUSED"));
      this.must("close", client.close(fd));
      return;
    }
    const begun = client.connect(fd, server.ip, PORT);
    if (begun !== EINPROGRESS) this.must("connect", begun);
    if (kind === "peer vanishes before it accepts") {
      this.network.impair({ up: false });
      this.must("close", client.close(fd));
      this.network.world.advance(PATIENCE);
      this.network.impair({ up: true });
      this.forgetAccepted();
      return;
    }
    this.until("the connection", () => {
      const result = client.connect(fd, server.ip, PORT);
      return result === 0 || result === failure("EISCONN");
    });
    if (kind === "never accepted") {
      this.must("close", client.close(fd));
      this.forgetAccepted();
      return;
    }
    let accepted = EAGAIN;
    this.until("accept", () => {
      accepted = server.accept(this.listener);
      return accepted !== EAGAIN;
    });
    this.must("accept", accepted);
    this.converse(kind, fd, accepted);
  }

  private converse(kind: Kind, fd: number, accepted: number): void {
    const { client, server, world } = this.network;
    const bytes = 1 + this.random.below(MOST_BYTES);
    this.carry(client, fd, server, accepted, bytes);
    this.carry(server, accepted, client, fd, bytes);
    switch (kind) {
      case "client closes first":
        this.closeBoth(client, fd, server, accepted);
        return;
      case "server closes first":
        this.closeBoth(server, accepted, client, fd);
        return;
      case "both close at once":
        this.must("close", client.close(fd));
        this.must("close", server.close(accepted));
        return;
      case "client half-closes":
        this.halfClose(client, fd, server, accepted, bytes);
        return;
      case "server half-closes":
        this.halfClose(server, accepted, client, fd, bytes);
        return;
      case "client resets":
        this.reset(client, fd, server, accepted);
        return;
      case "server resets":
        this.reset(server, accepted, client, fd);
        return;
      case "server closes with unread data":
        this.push(client, fd, bytes);
        world.advance(10_000);
        this.must("close", server.close(accepted));
        this.until("ECONNRESET", () => this.isReset(client.recv(fd, 1)));
        this.must("close", client.close(fd));
        return;
      default:
        this.vanish(fd, accepted, bytes);
    }
  }

  /** The wire goes away while both have data in flight; both give up. */
  private vanish(fd: number, accepted: number, bytes: number): void {
    const { client, server, world } = this.network;
    // Delayed ACKs have come: the send buffers are empty.
    world.advance(1_000_000);
    this.network.impair({ up: false });
    this.push(client, fd, bytes);
    this.push(server, accepted, bytes);
    for (const [host, each] of [
      [client, fd],
      [server, accepted],
    ] as const) {
      this.until("ETIMEDOUT", () => {
        const result = host.recv(each, 1);
        // A peer that cannot be found again by ARP is unreachable before TCP gives up.
        return result === failure("ETIMEDOUT") || result === failure("EHOSTUNREACH");
      });
      this.must("close", host.close(each));
    }
    this.network.impair({ up: true });
  }

  private closeBoth(first: StreamHost, fd: number, second: StreamHost, other: number): void {
    this.must("close", first.close(fd));
    this.until("the end of the stream", () => second.recv(other, 1) === 0);
    this.must("close", second.close(other));
  }

  private halfClose(first: StreamHost, fd: number, second: StreamHost, other: number, bytes: number): void {
    this.must("shutdown", first.shutdown(fd, SHUT_WR));
    this.until("the end of the stream", () => second.recv(other, 1) === 0);
    this.carry(second, other, first, fd, bytes);
    this.closeBoth(second, other, first, fd);
  }

  private reset(first: StreamHost, fd: number, second: StreamHost, other: number): void {
    this.must("SO_LINGER", first.lingerZero(fd));
    this.must("close", first.close(fd));
    this.until("ECONNRESET", () => this.isReset(second.recv(other, 1)));
    this.must("close", second.close(other));
  }

  private isReset(result: number): boolean {
    return result === failure("ECONNRESET");
  }

  /** `bytes` bytes from one end to the other. */
  private carry(from: StreamHost, fd: number, to: StreamHost, other: number, bytes: number): void {
    const seed = this.random.next32();
    const [sent, received] = [new ByteStream(seed), new ByteStream(seed)];
    this.until(`${bytes} bytes`, () => {
      if (sent.position < bytes) {
        const room = from.room(bytes - sent.position);
        sent.peek(room);
        const result = from.send(fd, room.length);
        if (result > 0) sent.pass(room.subarray(0, result));
        else if (result !== EAGAIN) this.must("send", result);
      }
      const result = to.recv(other, MOST_BYTES);
      if (result > 0) {
        const wrong = received.check(to.room(result));
        if (wrong >= 0) throw new Error(`byte ${wrong} is wrong`);
      } else if (result !== EAGAIN) throw new Error(`recv answered ${describeResult(result)}`);
      return received.position === bytes;
    });
  }

  private push(host: StreamHost, fd: number, bytes: number): void {
    host.room(bytes).fill(0x5a);
    this.must("send", host.send(fd, bytes));
  }

  /** Takes connections that nobody wants out of the accept queue. */
  private forgetAccepted(): void {
    const { server, world } = this.network;
    world.advance(100_000);
    for (;;) {
      const accepted = server.accept(this.listener);
      if (accepted === EAGAIN) return;
      this.must("accept", accepted);
      this.must("close", server.close(accepted));
    }
  }

  /** Lets time pass until `done`, asking after everything that happens. */
  private until(what: string, done: () => boolean): void {
    const { world } = this.network;
    if (!world.runUntil(done, world.now + PATIENCE) && !done()) throw new Error(`waited in vain for ${what}`);
  }

  private must(call: string, result: number): void {
    if (result < 0) throw new Error(`${call} answered ${describeResult(result)}`);
  }
}
