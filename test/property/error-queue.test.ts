/** The error queue against a model: sockets that send, ICMP errors whole, cut and mutated, options, reading and closing in any order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../runtime/node/random.js";
import { pattern } from "../harness/bytes.js";
import { ICMP, LOCAL, MEANINGS, noError, receiveErrors, TIMESTAMPING, takeError } from "../harness/error-queue.js";
import { SO_TIMESTAMPING } from "../harness/message-calls.js";
import { POLLERR, SO_ERROR, SOL_SOCKET } from "../harness/socket-calls.js";
import { Stack } from "../harness/stack.js";
import { events } from "../net/tcp/sockets-pair.js";

const PLACES = 5;
const KEPT = 16;
const SOCKETS = 3;
const SETTINGS = {
  NET_SOCKETS_RECVERR: true,
  NET_SOCKETS_ERROR_QUEUE: PLACES,
  NET_SOCKETS_ERROR_PAYLOAD: KEPT,
  NET_CONTEXT_TIMESTAMPING: true,
  NET_SOCKETS_MTU_DISCOVER: true,
};
const STEPS = 1500;
const IP_MTU_DISCOVER = 10;
const DO = 2;
const TX_SOFTWARE_WITH_ID = 0x82;

interface Expected {
  readonly origin: number;
  readonly errno: string;
  readonly payload: Uint8Array;
  readonly data: number;
}

/** What a socket should say. */
class Model {
  queue: Expected[] = [];
  pending = "SUCCESS";
  on = false;
  stamps = false;
  number = 0;
  last: Uint8Array | undefined;
  lastData: Uint8Array = new Uint8Array(0);

  constructor(readonly fd: number) {}
}

class Run {
  readonly models: Model[] = [];
  dropped = 0;
  private readonly random: SeededRandom;

  constructor(
    private readonly stack: Stack,
    seed: number,
  ) {
    this.random = new SeededRandom(seed);
    stack.arpResolve();
    for (let i = 0; i < SOCKETS; i++) this.models.push(this.open());
  }

  private open(): Model {
    const fd = this.stack.openUdp();
    this.stack.setOption(fd, 0, IP_MTU_DISCOVER, DO);
    return new Model(fd);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)] as T;
  }

  /** Queues what the stack should queue, if there is a place. */
  private add(model: Model, expected: Expected): void {
    const used = this.models.reduce((sum, { queue }) => sum + queue.length, 0);
    if (used < PLACES) model.queue.push(expected);
    else this.dropped++;
  }

  private send(model: Model): void {
    const data = pattern(this.random.below(60), this.random.below(256));
    const errno = this.stack.errno(() => this.stack.sendTo(model.fd, this.stack.peer.ip, 9000, data));
    assert.equal(errno, model.pending, "a pending error is the next call's");
    model.pending = "SUCCESS";
    const datagram = this.stack.takeSent()[0]?.packet.ip?.datagram;
    assert.equal(datagram !== undefined, errno === "SUCCESS");
    if (datagram === undefined) return;
    model.last = datagram;
    model.lastData = data;
    if (!model.stamps) return;
    this.add(model, { origin: TIMESTAMPING, errno: "ENOMSG", payload: new Uint8Array(0), data: model.number++ });
  }

  private tooLarge(model: Model): void {
    const errno = this.stack.errno(() => this.stack.sendTo(model.fd, this.stack.peer.ip, 9000, pattern(1473)));
    assert.equal(errno, model.pending === "SUCCESS" ? "EMSGSIZE" : model.pending);
    const refused = model.pending === "SUCCESS";
    model.pending = "SUCCESS";
    if (refused && model.on) this.add(model, { origin: LOCAL, errno: "EMSGSIZE", payload: new Uint8Array(0), data: 0 });
  }

  private report(model: Model): void {
    if (model.last === undefined) return;
    const [type, code, errno] = this.pick(MEANINGS);
    const quoted = 28 + this.random.below(model.last.length - 27);
    const quote = model.last.slice(0, quoted);
    // A bit of the addresses, the ports, the version or the header's length: then it is nobody's, or another socket's.
    const forged = this.random.below(4) === 0;
    if (forged) quote[this.pick([0, 12, 13, 14, 15, 20])] ^= 1 << this.random.below(8);
    const bad = this.random.below(8) === 0;
    this.stack.inject(this.stack.peer.icmp({ type, code, rest: 0, checksum: bad ? "bad" : "right" }, quote));
    if (forged || bad || !model.on) return;
    model.pending = errno;
    const payload = model.lastData.slice(0, Math.min(quoted - 28, KEPT));
    this.add(model, { origin: ICMP, errno, payload, data: 0 });
  }

  private take(model: Model): void {
    const expected = model.queue.shift();
    if (expected === undefined) {
      assert.equal(noError(this.stack, model.fd), "EAGAIN");
      return;
    }
    const { error, payload } = takeError(this.stack, model.fd);
    const { origin, errno, data } = error;
    assert.deepEqual({ origin, errno, payload, data }, expected);
    const [next] = model.queue;
    if (next?.origin === ICMP) model.pending = next.errno;
    else if (expected.origin === ICMP) model.pending = "SUCCESS";
  }

  private replace(index: number, model: Model): void {
    this.stack.close(model.fd);
    this.models[index] = this.open();
  }

  private switch(model: Model): void {
    model.on = !model.on;
    receiveErrors(this.stack, model.fd, Number(model.on));
    if (!model.on) model.queue = [];
  }

  private stamp(model: Model): void {
    model.stamps = !model.stamps;
    this.stack.setOption(model.fd, SOL_SOCKET, SO_TIMESTAMPING, model.stamps ? TX_SOFTWARE_WITH_ID : 0);
    if (model.stamps) model.number = 0;
  }

  step(): void {
    const index = this.random.below(SOCKETS);
    const model = this.models[index] as Model;
    const choice = this.random.below(100);
    if (choice < 30) this.send(model);
    else if (choice < 60) this.report(model);
    else if (choice < 85) this.take(model);
    else if (choice < 90) this.tooLarge(model);
    else if (choice < 94) this.switch(model);
    else if (choice < 97) this.stamp(model);
    else if (choice < 98) this.replace(index, model);
    else {
      const error = this.stack.getOption(model.fd, SOL_SOCKET, SO_ERROR);
      assert.equal(error !== 0, model.pending !== "SUCCESS");
      model.pending = "SUCCESS";
    }
    for (const each of this.models) {
      const expected = each.queue.length > 0 || each.pending !== "SUCCESS" ? POLLERR : 0;
      assert.equal(events(this.stack, each.fd, 0), expected, "POLLERR while there is something to tell");
    }
    const used = this.models.reduce((sum, { queue }) => sum + queue.length, 0);
    assert.equal(this.stack.core.pools().find(({ name }) => name === "queued errors")?.used, used);
    assert.equal(this.stack.counter("drop_error_queue_full"), this.dropped);
  }
}

test("random sequences: what is told, in which order, and what is not", async () => {
  let dropped = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const stack = await Stack.create({ settings: SETTINGS, seed });
    const run = new Run(stack, seed);
    for (let step = 0; step < STEPS; step++) {
      try {
        run.step();
      } catch (error) {
        if (error instanceof Error) error.message = `(seed ${seed}, step ${step}) ${error.message}`;
        throw error;
      }
    }
    dropped += run.dropped;
    stack.end();
  }
  assert.ok(dropped > 100, `${dropped} found no place`);
});
