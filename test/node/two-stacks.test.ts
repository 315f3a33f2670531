/** Two real stacks on one hostile wire: what arrives was sent, what is lost is counted, the same seed gives the same world. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Impairments } from "../../runtime/node/wire.js";
import { type PollMode, World } from "../../runtime/node/world.js";
import { pattern } from "../harness/bytes.js";
import { compileCore } from "../harness/compile.js";
import { Stack } from "../harness/stack.js";

interface Outcome {
  readonly sent: Set<string>;
  readonly received: string[];
  readonly hash: string;
  readonly client: Stack;
  readonly server: Stack;
  readonly world: World;
}

/** A client asks, a server answers with the same bytes reversed, over a wire with `impairments`. */
async function converse(
  seed: number,
  impairments: Partial<Impairments>,
  mode: PollMode = "exact",
  count = 150,
): Promise<Outcome> {
  const settings = { NET_CONFIG_MY_IPV4_ADDR: "10.0.2.16", ETH_MAC_ADDRESS: "02:00:00:00:00:02" };
  const [serverCore, clientCore] = [await compileCore(), await compileCore({ settings })];
  const world = new World({ seed, mode });
  const segment = world.segment(impairments);
  const server = new Stack(serverCore, { seed, world, segment });
  const client = new Stack(clientCore, { seed: seed + 1000, world, segment });
  const [service, asking] = [server.openUdp(), client.openUdp()];
  server.bind(service, 7);
  client.bind(asking, 5000);
  const sent = new Set<string>();
  const received: string[] = [];
  for (let i = 0; i < count; i++) {
    const payload = pattern(1 + ((i * 397) % 2000), i + 1); // some of them are fragmented
    sent.add(Buffer.from(payload).reverse().toString("hex"));
    client.sendTo(asking, server.ip, 7, payload);
    const until = world.now + 20_000;
    while (world.now < until) {
      world.advance(1000);
      while (server.errno(() => server.poll([{ fd: service, events: 1 }], 0)) === "SUCCESS") {
        if (server.poll([{ fd: service, events: 1 }], 0)[0] === 0) break;
        const { from, port, data } = server.recvFrom(service);
        server.sendTo(service, from, port, data.reverse());
      }
      while (client.poll([{ fd: asking, events: 1 }], 0)[0] !== 0) {
        received.push(Buffer.from(client.recvFrom(asking).data).toString("hex"));
      }
    }
  }
  world.advance(100_000);
  client.takeSent();
  server.takeSent();
  return { sent, received, hash: world.traceHash(), client, server, world };
}

test("on a perfect wire every question has its answer, in order", async () => {
  const { sent, received, client, server } = await converse(1, {});
  assert.deepEqual(received, [...sent]);
  for (const stack of [client, server]) {
    const counters = stack.counters();
    const drops = Object.keys(counters).filter((name) => name.startsWith("drop_"));
    assert.deepEqual(drops, [], "nothing is dropped");
    stack.end();
  }
});

test("on a hostile wire nothing arrives that was not sent, and most of it does", async () => {
  const hostile = {
    delay: 400,
    jitter: 800,
    loss: 0.05,
    duplicate: 0.05,
    corrupt: 0.05,
    reorder: 0.05,
    reorderDelay: 3000,
  };
  for (const seed of [1, 2, 3]) {
    const { sent, received, client, server } = await converse(seed, hostile);
    for (const answer of received) assert.ok(sent.has(answer), `seed ${seed}: a datagram that nobody sent`);
    assert.ok(new Set(received).size > 80, `seed ${seed}: ${received.length} answers`);
    for (const stack of [client, server]) {
      const counters = stack.counters();
      const corrupted = Object.keys(counters).filter((name) => /checksum|header|mac|ethertype|malformed/.test(name));
      assert.ok(corrupted.length > 0, `seed ${seed}: damaged frames are counted: ${JSON.stringify(counters)}`);
      stack.end();
    }
  }
});

test("a world with two stacks is the same again with the same seed, and with extra polls", async () => {
  const hostile = { delay: 300, jitter: 500, loss: 0.1, duplicate: 0.1, corrupt: 0.02 };
  const first = await converse(11, hostile, "exact", 60);
  const again = await converse(11, hostile, "exact", 60);
  const extra = await converse(11, hostile, "extra", 60);
  const other = await converse(12, hostile, "exact", 60);
  assert.equal(again.hash, first.hash);
  assert.equal(extra.hash, first.hash);
  assert.notEqual(other.hash, first.hash);
  assert.ok(extra.server.node.polls > first.server.node.polls);
});

test("a wire that goes down and up again is used again", async () => {
  const world = new World();
  const segment = world.segment({ delay: 100 });
  const stack = new Stack(await compileCore(), { world, segment });
  const settings = { NET_CONFIG_MY_IPV4_ADDR: "10.0.2.16", ETH_MAC_ADDRESS: "02:00:00:00:00:02" };
  const other = new Stack(await compileCore({ settings }), { world, segment });
  const [service, asking] = [stack.openUdp(), other.openUdp()];
  stack.bind(service, 7);
  const reaches = (): boolean => {
    other.sendTo(asking, stack.ip, 7, "anyone?");
    world.advance(2_000_000);
    return stack.poll([{ fd: service, events: 1 }], 0)[0] !== 0 && stack.recvFrom(service).data.length === 7;
  };
  assert.equal(reaches(), true);
  segment.impairments.up = false;
  assert.equal(reaches(), false);
  segment.impairments.up = true;
  assert.equal(reaches(), true);
});
