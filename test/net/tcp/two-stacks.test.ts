/**
 * Two of our stacks on a hostile wire in virtual time: every byte arrives, in order and once, both ways; both ends end; nothing is
 * left in a pool; nobody spins. `npm run simulate` does the same with up to 64 MB.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Cores, compilePair, Network, withCapture } from "../../simulation/network.js";
import { type TransferPlan, transfer } from "../../simulation/transfer.js";
import { WIRES } from "../../simulation/wires.js";

/** µs in which everything that a connection leaves behind runs out: TIME-WAIT of 60 s, FIN-WAIT-2. */
const RUN_OUT = 130_000_000;
const MEGABYTE = 1 << 20;
/** Virtual seconds for a megabyte on the worst of the wires. */
const LIMIT = 20_000;

let cores: Cores;
before(async () => {
  cores = await compilePair();
});

function bulk(name: string, wire: object, seed: number, plan: TransferPlan): void {
  withCapture(name, cores, { seed, wire }, (network) => {
    transfer(network, plan);
    assert.deepEqual(network.leftovers(RUN_OUT), []);
  });
}

for (const { name, wire } of WIRES) {
  // A long round trip with 4 × 1460 bytes in flight, or a time-out every few segments, is slow in virtual time and costs no real time.
  test(`a megabyte in each direction at once: ${name}`, () => {
    bulk(name, wire, 1, { up: MEGABYTE, down: MEGABYTE, limit: LIMIT });
  });
}

test("the directions may differ: everything up is lost often, nothing down, and the other way round", () => {
  const bad = { delay: 2000, loss: 0.1 };
  const good = { delay: 2000 };
  for (const wire of [
    { there: bad, back: good },
    { there: good, back: bad },
  ]) {
    bulk("one-sided loss", wire, 3, { up: MEGABYTE / 4, down: MEGABYTE / 4, limit: LIMIT });
  }
});

test("a slow reader stops the sender and loses nothing", () => {
  const slow = { readAtOnce: 700, readEvery: 50_000 };
  const plan = { up: 100_000, down: 100_000, server: slow, limit: 600 };
  bulk("slow reader", { delay: 1000 }, 4, plan);
  bulk("slow reader on a bad wire", { delay: 3000, loss: 0.05, reorder: 0.05, reorderDelay: 9000 }, 5, plan);
});

test("a reader that takes a byte at a time gets them all", () => {
  bulk("byte reader", { delay: 300 }, 6, { up: 20_000, down: 20_000, server: { chunk: 1 }, limit: 600 });
});

test("a wire that is gone for 20 seconds in the middle costs no byte", () => {
  withCapture("outage", cores, { seed: 7, wire: { delay: 1000 } }, (network) => {
    network.world.after(30_000, () => network.impair({ up: false }));
    network.world.after(20_030_000, () => network.impair({ up: true }));
    const { seconds } = transfer(network, { up: MEGABYTE, down: MEGABYTE, limit: 120 });
    assert.ok(seconds > 20, `the transfer took ${seconds} s: it was over before the wire was gone`);
    assert.deepEqual(network.leftovers(RUN_OUT), []);
  });
});

test("the same seed gives the same frames at the same microsecond", () => {
  const wire = { delay: 2000, jitter: 3000, loss: 0.05, duplicate: 0.05, corrupt: 0.02 };
  const run = (seed: number): string => {
    const network = new Network(cores, { seed, wire, record: true });
    transfer(network, { up: 50_000, down: 50_000, limit: LIMIT });
    return network.world.traceHash();
  };
  assert.equal(run(8), run(8));
  assert.notEqual(run(8), run(9));
});
