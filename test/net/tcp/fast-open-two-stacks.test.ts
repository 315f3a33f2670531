/**
 * Two of our stacks with TCP Fast Open on hostile wires, in virtual time: many short conversations, each a request with the SYN where that
 * is possible, an answer, and both ends closed. Every byte arrives once and in order whatever is lost, doubled or late, nothing is left in a
 * pool, and without losses a conversation takes one round trip less than the handshake would cost.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ByteStream } from "../../simulation/byte-stream.js";
import { type Cores, compilePair, type Network, type NetworkOptions, withCapture } from "../../simulation/network.js";
import { describeResult, EAGAIN, EINPROGRESS, failure, POLLOUT, SHUT_WR } from "../../simulation/stream-host.js";

const SETTINGS = {
  NET_TCP_FASTOPEN: true,
  NET_MAX_CONTEXTS: 12,
  ZVFS_OPEN_MAX: 16,
  NET_TCP_TIME_WAIT: 16,
  NET_TCP_FASTOPEN_BLACKHOLE_TIMEOUT: 60,
};
const PORT = 80;
const IPPROTO_TCP = 6;
const TCP_FASTOPEN = 23;
/** µs in which everything that a connection leaves behind runs out. */
const RUN_OUT = 130_000_000;
const RUNNING = [EAGAIN, EINPROGRESS, failure("EALREADY"), failure("ENOTCONN")];

let cores: Cores;
before(async () => {
  cores = await compilePair(SETTINGS);
});

function expect(what: string, result: number): number {
  if (result < 0) throw new Error(`${what} answered ${describeResult(result)}`);
  return result;
}

/** One side: sends `bytes` of the stream `seed` and then its end, and receives the other stream until that ends. */
class Side {
  readonly received: Uint8Array[] = [];
  private readonly out: Uint8Array;
  private sent = 0;
  private shut = false;
  ended = false;
  /** µs at which the last byte came. */
  lastByteAt = 0;

  constructor(
    private readonly host: Network["client"],
    readonly fd: number,
    seed: number,
    bytes: number,
    /** Address of the server, when this side has to connect. */
    private readonly server?: string,
  ) {
    this.out = new Uint8Array(bytes);
    new ByteStream(seed).peek(this.out);
  }

  get done(): boolean {
    return this.shut && this.ended;
  }

  /** All that came. */
  get text(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.received));
  }

  pump(): void {
    while (!this.shut) {
      const left = this.out.subarray(this.sent);
      if (left.length === 0) {
        // As on Linux an attempt to connect that is shut down is over.
        if (!this.host.poll([{ fd: this.fd, events: POLLOUT }])[0]) break;
        expect("shutdown", this.host.shutdown(this.fd, SHUT_WR));
        this.shut = true;
        break;
      }
      this.host.room(left.length).set(left);
      const result =
        this.sent === 0 && this.server !== undefined && !this.begun
          ? this.begin(left.length)
          : this.host.send(this.fd, left.length);
      if (RUNNING.includes(result)) break;
      this.sent += expect("send", result);
    }
    while (!this.ended) {
      const result = this.host.recv(this.fd, 4096);
      if (RUNNING.includes(result)) return;
      if (expect("recv", result) === 0) this.ended = true;
      else {
        this.received.push(this.host.room(result).slice());
        this.lastByteAt = this.host.world.now;
      }
    }
  }

  private begun = false;

  private begin(length: number): number {
    this.begun = true;
    return this.host.sendFast(this.fd, length, this.server as string, PORT);
  }
}

interface Outcome {
  /** µs that each conversation took, from the first call to the last byte of the answer. */
  readonly times: number[];
}

/** `count` conversations, one after another, of a request of `up` bytes and an answer of `down`. */
function converse(network: Network, count: number, up: number, down: number): Outcome {
  const { server, client, world } = network;
  const listener = expect("socket", server.socket());
  expect("bind", server.bind(listener, PORT));
  expect("TCP_FASTOPEN", server.setOption(listener, IPPROTO_TCP, TCP_FASTOPEN, 4));
  expect("listen", server.listen(listener, 4));
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begun = world.now;
    const near = new Side(client, expect("socket", client.socket()), 2 * i, up, server.ip);
    let far: Side | undefined;
    server.onActivity = () => {
      if (far === undefined) {
        const fd = server.accept(listener);
        if (fd === EAGAIN) return;
        far = new Side(server, expect("accept", fd), 2 * i + 1, down);
      }
      far.pump();
    };
    client.onActivity = () => near.pump();
    client.run();
    const ended = world.runUntil(() => near.done && far?.done === true, begun + 600_000_000);
    assert(ended, `conversation ${i} is not through after 600 s`);
    times.push(near.lastByteAt - begun);
    const same = (a: Uint8Array, seed: number, length: number): boolean => {
      const wanted = new Uint8Array(length);
      new ByteStream(seed).peek(wanted);
      return Buffer.compare(a, wanted) === 0;
    };
    assert((far as Side | undefined) !== undefined && same((far as unknown as Side).text, 2 * i, up), `request ${i}`);
    assert(same(near.text, 2 * i + 1, down), `answer ${i}`);
    server.onActivity = () => {};
    client.onActivity = () => {};
    expect("close", client.close(near.fd));
    expect("close", server.close((far as unknown as Side).fd));
    world.advance(50_000);
  }
  expect("close", server.close(listener));
  return { times };
}

function run(name: string, options: NetworkOptions, count: number, up: number, down: number): Outcome {
  return withCapture(name, cores, options, (network) => {
    const outcome = converse(network, count, up, down);
    assert.deepEqual(network.leftovers(RUN_OUT), []);
    return outcome;
  });
}

test("without losses every conversation but the first saves the round trip of the handshake", () => {
  const { times } = run("fast open", { seed: 1, wire: { delay: 20_000 } }, 5, 100, 100);
  const [first = 0, ...others] = times;
  for (const time of others) assert.ok(Math.abs(first - time - 40_000) < 2000, `${first} and ${time} µs`);
});

for (const [name, wire] of [
  ["losses", { delay: 2000, loss: 0.2 }],
  ["losses and doubles", { delay: 2000, loss: 0.1, duplicate: 0.3 }],
  ["late and out of order", { delay: 5000, jitter: 20_000, reorder: 0.3, reorderDelay: 40_000 }],
  [
    "everything",
    { delay: 3000, jitter: 3000, loss: 0.1, duplicate: 0.1, corrupt: 0.05, reorder: 0.1, reorderDelay: 9000 },
  ],
] as const) {
  test(`40 conversations on a wire with ${name}: every byte once, in order`, () => {
    for (const seed of [2, 3]) run(name, { seed, wire }, 20, 700, 3000);
  });
}

test("requests longer than a SYN takes, and empty ones", () => {
  run("long", { seed: 4, wire: { delay: 1000, loss: 0.05 } }, 6, 20_000, 100);
  run("answer only", { seed: 5, wire: { delay: 1000, loss: 0.05 } }, 6, 1, 20_000);
});

test("polled at random moments and late: the same", () => {
  for (const mode of ["extra", "late"] as const)
    run(mode, { seed: 6, mode, wire: { delay: 2000, loss: 0.1 } }, 10, 500, 500);
});
