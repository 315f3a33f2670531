/**
 * What a segment costs does not depend on how many connections there are: instructions of the core (as WASM) for a data segment in
 * order, with 1 to 1,000 connections, counted in a core whose every instruction adds to a counter.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileAssemblyScript } from "../../../cli/build/assemblyscript.js";
import { packagePath } from "../../../cli/package-root.js";
import { FUEL, withInstructionCount } from "../../fuzz/fuel.js";
import { configuration } from "../../harness/compile.js";
import { Stack } from "../../harness/stack.js";

const CONNECTIONS = [1, 10, 100, 1000];
const MOST = 1000;
const SETTINGS = {
  NET_MAX_CONTEXTS: MOST + 10,
  ZVFS_OPEN_MAX: MOST + 20,
  NET_TCP_HASH_BITS: 10,
  NET_TCP_SYN_QUEUE: 16,
};
const PORT = 80;
const FIRST_PEER_PORT = 2000;
const PAYLOAD = 64;
/** Segments of each connection that are averaged, after one that is not counted. */
const ROUNDS = 4;
/** Connections of a round whose segments are counted: spread over all of them. */
const SAMPLED = 100;

interface Peer {
  readonly port: number;
  readonly fd: number;
  seq: number;
  ack: number;
}

let module: WebAssembly.Module;
before(async () => {
  const request = {
    entry: packagePath("runtime", "syscall", "core.ts"),
    config: configuration({ settings: SETTINGS }),
  };
  const { text } = await compileAssemblyScript({ ...request, optimize: "speed" });
  module = new WebAssembly.Module(await withInstructionCount(text()));
});

/** The stack and `count` connections to it, each from a port of its own. */
function connect(count: number): { stack: Stack; peers: Peer[] } {
  const stack = new Stack({
    module,
    wasm: new Uint8Array(),
    heapBase: 0,
    config: configuration({ settings: SETTINGS }),
  });
  stack.arpResolve();
  const listener = stack.openTcp();
  stack.bind(listener, PORT);
  stack.listen(listener, 10);
  const peers: Peer[] = [];
  for (let i = 0; i < count; i++) {
    const port = FIRST_PEER_PORT + i * 7;
    const ports = { srcPort: port, dstPort: PORT };
    stack.inject(stack.peer.tcp({ ...ports, flags: "S", seq: 1000 + i, options: [{ kind: "mss", value: 1460 }] }));
    const answer = stack.takeSent()[0].packet.tcp;
    assert.equal(answer?.flags, "S.");
    const peer = { port, fd: -1, seq: 1001 + i, ack: ((answer?.seq ?? 0) + 1) >>> 0 };
    stack.inject(stack.peer.tcp({ ...ports, flags: ".", seq: peer.seq, ack: peer.ack }));
    peers.push({ ...peer, fd: stack.accept(listener) });
  }
  return { stack, peers };
}

/** Instructions from a frame in the device to the core's next sleep, on average. */
function costOfSegment(count: number): number {
  const { stack, peers } = connect(count);
  const fuel = stack.core.exported(FUEL) as WebAssembly.Global;
  const every = Math.max(1, Math.floor(count / SAMPLED));
  let sum = 0;
  let segments = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    for (let i = 0; i < count; i += every) {
      const peer = peers[i];
      const fields = { srcPort: peer.port, dstPort: PORT, flags: "P.", seq: peer.seq, ack: peer.ack };
      const frame = stack.peer.tcp(fields, new Uint8Array(PAYLOAD).fill(i));
      fuel.value = 0;
      stack.inject(frame);
      if (round > 0) {
        sum += fuel.value as number;
        segments++;
      }
      peer.seq = (peer.seq + PAYLOAD) >>> 0;
      assert.equal(stack.recv(peer.fd, PAYLOAD).length, PAYLOAD);
      stack.takeSent();
    }
  }
  return sum / segments;
}

test("a segment costs the same with 1,000 connections as with one", (context) => {
  const costs = CONNECTIONS.map((count) => costOfSegment(count));
  CONNECTIONS.forEach((count, i) => {
    const relative = (costs[i] / costs[0]).toFixed(3);
    context.diagnostic(`${count} connections: ${costs[i].toFixed(0)} WASM instructions a segment, × ${relative}`);
  });
  for (const cost of costs)
    assert.ok(cost <= costs[0] * 1.1, `${cost.toFixed(0)} instructions, with one connection ${costs[0].toFixed(0)}`);
});
