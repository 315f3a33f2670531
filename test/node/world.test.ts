/** Virtual time against the stand-in core: determinism, deadlines, guards, snapshots, wires. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Core } from "../../runtime/node/core.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { SeededRandom } from "../../runtime/node/random.js";
import { type PollMode, StormError, World } from "../../runtime/node/world.js";
import { compileCore } from "../harness/compile.js";
import { parseFrame, render } from "../harness/parse.js";
import { Peer } from "../harness/peer.js";
import { testPath } from "../harness/stack.js";

const STAND_IN = { entry: testPath("assembly/node/stand-in-core.ts") };
const STACK = { mac: "02:00:00:00:00:01", ip: "10.0.2.15" };
const peer = new Peer({ mac: "02:00:00:00:00:99", ip: "10.0.2.2" }, STACK);

async function makeCore(seed = 1): Promise<Core> {
  return new Core({ module: (await compileCore(STAND_IN)).module, random: new SeededRandom(seed) });
}

test("a core is polled at its deadlines and nowhere else", async () => {
  const world = new World({ start: 2 ** 32 - 1_500_000 });
  const node = world.node("a", await makeCore(), world.segment());
  world.advance(10_000_000);
  assert.deepEqual(
    world.frames.map(({ time }) => time - (2 ** 32 - 1_500_000)),
    Array.from({ length: 10 }, (_, i) => (i + 1) * 1_000_000),
  );
  assert.equal(node.polls, 11); // the first one at once, then ten deadlines
  assert.equal(world.now, 2 ** 32 + 8_500_000);
});

test("an idle hour takes as many steps as there are timers", async () => {
  const world = new World({ record: false });
  world.node("a", await makeCore());
  world.advance(3600 * 1_000_000);
  assert.equal(world.steps, 3601);
});

async function exchange(mode: PollMode, seed: number): Promise<World> {
  const world = new World({ seed, mode });
  const wire = world.segment({ delay: 300, jitter: 400, loss: 0.1, duplicate: 0.1, corrupt: 0.05 });
  world.node("a", await makeCore(seed), wire);
  const script = { name: "script", receive: () => {} };
  wire.attach(script);
  for (let i = 0; i < 200; i++) {
    world.at(i * 7919, () => wire.send(script, peer.udp({ srcPort: 1000 + i, dstPort: 7 }, `datagram ${i}`)));
  }
  world.advance(5_500_000);
  return world;
}

test("two runs with the same seed are equal, with another seed they are not", async () => {
  const [first, second, other] = [await exchange("exact", 5), await exchange("exact", 5), await exchange("exact", 6)];
  assert.equal(first.traceHash(), second.traceHash());
  assert.notEqual(first.traceHash(), other.traceHash());
  assert.ok(first.frames.length > 300, `${first.frames.length} frames`);
});

test("extra polls change nothing, late polls only the time", async () => {
  const exact = await exchange("exact", 9);
  const extra = await exchange("extra", 9);
  const late = await exchange("late", 9);
  assert.equal(exact.traceHash(), extra.traceHash());
  assert.ok(extra.nodes[0].polls > exact.nodes[0].polls);
  const beacons = (world: World): number[] =>
    world.frames.filter(({ sender, frame }) => sender === "a" && frame[0] === 0xff).map(({ time }) => time);
  assert.equal(beacons(late).length, beacons(exact).length);
  beacons(late).forEach((time, i) => {
    assert.ok(time >= beacons(exact)[i] && time <= beacons(exact)[i] + 5000, `beacon ${i} at ${time}`);
  });
});

test("the statistics of a wire agree with its probabilities", async () => {
  const world = new World({ seed: 3, record: false });
  const wire = world.segment({
    delay: 1000,
    loss: 0.2,
    duplicate: 0.1,
    corrupt: 0.3,
    reorder: 0.25,
    reorderDelay: 5000,
  });
  const sender = { name: "sender", receive: () => {} };
  const received: number[] = [];
  let damaged = 0;
  const frame = peer.udp({ srcPort: 1, dstPort: 2 }, "x");
  wire.attach(sender);
  wire.attach({
    name: "receiver",
    receive: (bytes) => {
      if (Buffer.compare(bytes.subarray(0, 40), frame.subarray(0, 40)) !== 0) damaged += 1;
      received.push(new DataView(bytes.buffer).getUint16(42));
    },
  });
  const count = 10_000;
  for (let i = 0; i < count; i++) {
    world.at(i * 100, () => {
      const copy = frame.slice();
      new DataView(copy.buffer).setUint16(42, i);
      wire.send(sender, copy);
    });
  }
  world.advance(count * 100 + 20_000);
  const near = (value: number, expected: number): void =>
    assert.ok(Math.abs(value - expected) < 4 * Math.sqrt(expected), `${value}, expected about ${expected}`);
  near(wire.counters.lost, count * 0.2);
  near(wire.counters.duplicated, count * 0.8 * 0.1);
  near(wire.counters.corrupted, count * 0.88 * 0.3);
  near(wire.counters.reordered, count * 0.88 * 0.25);
  assert.equal(wire.counters.delivered, received.length);
  assert.equal(wire.counters.sent, count);
  assert.ok(damaged > 0.5 * wire.counters.corrupted);
  assert.ok(
    received.some((id, i) => i > 0 && id < received[i - 1]),
    "some frames arrive out of order",
  );
});

test("a wire that is down, or too narrow, or slow, treats frames so", () => {
  const world = new World();
  const wire = world.segment({ mtu: 100, bitsPerSecond: 10_000_000, queueLimit: 200 });
  const arrivals: number[] = [];
  const sender = { name: "s", receive: () => {} };
  wire.attach(sender);
  wire.attach({ name: "r", receive: () => arrivals.push(world.now) });
  wire.send(sender, new Uint8Array(115));
  wire.send(sender, new Uint8Array(101)); // (101 + 24) * 8 bits at 10 Mbit/s: 100 µs each
  wire.send(sender, new Uint8Array(101));
  wire.send(sender, new Uint8Array(101)); // waits 200 µs: still within the limit
  wire.send(sender, new Uint8Array(101)); // 300 µs: too long
  wire.impairments.up = false;
  wire.send(sender, new Uint8Array(60));
  world.advance(10_000);
  assert.deepEqual(arrivals, [100, 200, 300]);
  const { tooLong, queueFull, down, delivered } = wire.counters;
  assert.deepEqual({ tooLong, queueFull, down, delivered }, { tooLong: 1, queueFull: 1, down: 1, delivered: 3 });
});

test("a snapshot continues byte for byte in a fresh instance", async () => {
  const run = async (cut: boolean): Promise<string> => {
    const world = new World();
    let node = world.node("a", await makeCore(4), world.segment());
    world.advance(2_500_000);
    for (let i = 0; i < 20; i++) node.core.nic.receive(peer.ping({ sequence: i })); // wait in the device
    if (cut) {
      const snapshot = node.core.snapshot();
      world.nodes.length = 0;
      node = world.node("a", await makeCore(77), world.segment());
      node.restore(snapshot);
    } else node.wake(world.now);
    world.advance(5_000_000);
    assert.equal(world.frames.filter(({ frame }) => parseFrame(frame).icmp?.type === 0).length, 20);
    return world.traceHash();
  };
  assert.equal(await run(true), await run(false));
});

test("a parked call is repeated when the core says so, at the right time", async () => {
  const world = new World({ start: 1000 });
  const node = world.node("a", await makeCore());
  node.core.setGuest(0, new GuestMemory(new ArrayBuffer(65_536)));
  assert.equal(node.call("sys_poll", 0, 0, 0, 250, 16), -1);
  const call = node.parked(0);
  assert.throws(() => node.call("sys_poll", 0, 0, 0, 250, 16), /waits in a system call already/);
  assert.equal(
    world.runUntil(() => call?.result !== undefined, 10_000_000),
    true,
  );
  assert.equal(call?.doneAt, 251_000);
  assert.equal(call?.result, 0);
  assert.equal(node.call("sys_poll", 0, 0, 0, 250, 65_534), 21); // EFAULT: result outside the memory
});

test("a core that asks for polls without end is stopped", async () => {
  const core = await makeCore();
  const world = new World({ maxSteps: 5000 });
  const node = world.node("a", core);
  core.poll = (now) => now;
  assert.throws(() => world.advance(1_000_000), StormError);
  assert.ok(node.guardHits > 0);
  const past = await makeCore();
  const second = new World({ start: 5 });
  second.node("b", past);
  past.poll = () => 0n;
  second.advance(1000);
  assert.ok(second.steps <= 1001, "a deadline in the past counts as one microsecond later");
});

test("frames are rendered as one line", () => {
  assert.equal(render(peer.arpRequest()), "ARP who has 10.0.2.15? tell 10.0.2.2 at 02:00:00:00:00:99");
  assert.equal(
    render(peer.ping({ id: 3, sequence: 4 }, "hi")),
    "10.0.2.2 > 10.0.2.15 ICMP echo request id 3 seq 4, 2 bytes 6869",
  );
  assert.match(
    render(peer.udp({ srcPort: 5, dstPort: 7, checksum: "bad" }, "hi")),
    /UDP 2 bytes 6869 \[wrong UDP checksum\]/,
  );
});
