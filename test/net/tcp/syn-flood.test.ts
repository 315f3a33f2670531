/**
 * A flood of SYNs from everywhere while one connection carries data both ways: the rows EST-11 and ATK-101. 20,000 SYNs here; all of
 * them (1,000,000, some minutes) with `npm run flood`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../../runtime/node/random.js";
import { World } from "../../../runtime/node/world.js";
import { WorldNode } from "../../../runtime/node/world-node.js";
import { internetChecksum } from "../../harness/bytes.js";
import { compileCore } from "../../harness/compile.js";
import { MSG_DONTWAIT } from "../../harness/socket-calls.js";
import { Stack } from "../../harness/stack.js";
import { TcpPeer } from "../../harness/tcp-peer.js";
import type { TcpOption } from "../../harness/tcp-segment.js";

const FLOOD = Number(process.env.SOCKLET_FLOOD ?? 20_000);
const PORT = 8080;
const PEER_PORT = 41_000;
/** µs between two SYNs: 10,000 a second. */
const INTERVAL = 100;
/** SYNs between two looks of the application at its socket: a millisecond. */
const SYNS_PER_TURN = 10;
/** ms that a segment of the good peer is under way, each way. */
const DELAY = 2;
const CHUNK = new Uint8Array(4096).fill(0x5a);
const SETTINGS = { NET_MAX_CONTEXTS: 6 };

/** Offsets in a frame. */
const IP = 14;
const IP_CHECKSUM = IP + 10;
const IP_SOURCE = IP + 12;
const TCP = IP + 20;
const TCP_CHECKSUM = TCP + 16;

const LINUX: readonly TcpOption[] = [
  { kind: "mss", value: 1460 },
  { kind: "sackOK" },
  { kind: "TS", val: 77, ecr: 0 },
  { kind: "nop" },
  { kind: "wscale", shift: 7 },
];

/** SYNs from anywhere: any address, now and then one of the subnet; any port; any sequence number. */
class Flood {
  private readonly random = new SeededRandom(5);
  private readonly templates: readonly Uint8Array[];

  constructor(stack: Stack) {
    this.templates = [[], LINUX].map((options) =>
      stack.peer.tcp({ srcPort: 1, dstPort: PORT, flags: "S", seq: 0, options, ip: { src: "0.0.0.0" } }),
    );
  }

  next(): Uint8Array {
    const frame = (this.templates[this.random.below(2)] as Uint8Array).slice();
    const view = new DataView(frame.buffer);
    view.setUint32(IP_SOURCE, this.address());
    view.setUint16(TCP, 1024 + this.random.below(60_000));
    view.setUint32(TCP + 4, this.random.below(2 ** 32));
    view.setUint16(IP_CHECKSUM, 0);
    view.setUint16(IP_CHECKSUM, internetChecksum(frame.subarray(IP, TCP)));
    const length = view.getUint16(IP + 2) - 20;
    view.setUint16(TCP_CHECKSUM, 0);
    const pseudo = new Uint8Array(12);
    pseudo.set(frame.subarray(IP_SOURCE, TCP));
    pseudo.set([0, 6, length >> 8, length & 0xff], 8);
    view.setUint16(TCP_CHECKSUM, internetChecksum(pseudo, frame.subarray(TCP, TCP + length)));
    return frame;
  }

  private address(): number {
    if (this.random.below(5) === 0) return 0x0a00_0200 + 20 + this.random.below(200);
    // 16.0.0.0 to 111.255.255.255.
    return (16 + this.random.below(96)) * 0x100_0000 + this.random.below(0x100_0000);
  }
}

/** A stack with one good peer, and an application that reads and writes what it can, once a millisecond. */
class Scene {
  readonly stack: Stack;
  readonly peer: TcpPeer;
  readonly listener: number;
  readonly fd: number;
  /** Bytes that the application has read, since the last `reset`. */
  read = 0;
  /** Frames of the stack to others than the good peer. */
  answers = 0;
  private readonly flood: Flood;

  constructor(compiled: Awaited<ReturnType<typeof compileCore>>) {
    this.stack = new Stack(compiled, {
      settings: SETTINGS,
      world: new World({ record: false, maxSteps: 100_000_000 }),
    });
    const { stack } = this;
    stack.arpResolve();
    this.listener = stack.openTcp();
    stack.bind(this.listener, PORT);
    stack.listen(this.listener, 5);
    this.peer = new TcpPeer(stack, {
      port: PORT,
      peerPort: PEER_PORT,
      delay: DELAY,
      keep: false,
      sackOK: true,
      timestamps: true,
    });
    this.peer.connect();
    stack.advance(20);
    this.fd = stack.accept(this.listener);
    this.flood = new Flood(stack);
    const watch = stack.node.onSend;
    stack.node.onSend = (frame) => {
      if (this.isForOthers(frame)) this.answers += 1;
      else watch?.(frame);
    };
  }

  /** ARP requests for others, and segments to them. They are not looked at one by one. */
  private isForOthers(frame: Uint8Array): boolean {
    const place = frame[12] === 8 && frame[13] === 6 ? 38 : IP + 16;
    return Buffer.from(frame.subarray(place, place + 4)).toString("hex") !== "0a000202";
  }

  /** `turns` milliseconds, with or without SYNs. @returns bytes in and out of the application's connection */
  run(turns: number, flooded: boolean): { received: number; sent: number } {
    this.read = 0;
    const sent = this.peer.receivedBytes;
    for (let turn = 0; turn < turns; turn++) {
      for (let i = 0; i < SYNS_PER_TURN; i++) {
        if (flooded) WorldNode.prototype.receive.call(this.stack.node, this.flood.next());
        this.stack.world.advance(INTERVAL);
      }
      this.application();
      if (this.peer.pending < 2 * CHUNK.length) this.peer.send(CHUNK);
    }
    return { received: this.read, sent: this.peer.receivedBytes - sent };
  }

  private application(): void {
    const { stack, fd } = this;
    stack.errno(() => {
      for (;;) this.read += stack.recvWith(fd, { length: CHUNK.length, flags: MSG_DONTWAIT }).length;
    });
    stack.errno(() => {
      while (stack.sendWith(fd, CHUNK, MSG_DONTWAIT) === CHUNK.length);
    });
  }

  /** What every pool has in use, by name. */
  used(): Record<string, number> {
    return Object.fromEntries(this.stack.core.pools().map((pool) => [pool.name, pool.used]));
  }
}

test("[EST-11] [ATK-101] a flood of SYNs leaves a connection its throughput, and takes a bounded memory", async () => {
  const compiled = await compileCore({ settings: SETTINGS, optimize: "speed" });
  const turns = Math.ceil(FLOOD / SYNS_PER_TURN);
  const calm = new Scene(compiled).run(turns, false);
  assert(calm.received > turns * 500 && calm.sent > turns * 500, JSON.stringify(calm));

  const scene = new Scene(compiled);
  const { stack } = scene;
  const memory = stack.core.bytes.buffer;
  const bytes = memory.byteLength;
  const flooded = scene.run(turns, true);
  for (const way of ["received", "sent"] as const) {
    const share = flooded[way] / calm[way];
    assert(share >= 0.9, `${way}: ${flooded[way]} bytes of ${calm[way]} without the flood`);
  }
  // A memory that had grown would be another buffer, and this one empty.
  assert.equal(stack.core.bytes.buffer, memory);
  assert.equal(memory.byteLength, bytes);
  for (const { name, highWater, capacity } of stack.core.pools()) assert(highWater <= capacity, name);
  assert(!scene.peer.wasReset && scene.peer.state === "established");
  // Everybody was answered, but for those whose neighbour nobody knows.
  const syns = turns * SYNS_PER_TURN;
  assert(scene.answers > 0.75 * syns, `${scene.answers} answers to ${syns} SYNs`);
  assert(stack.counter("tcp_cookies_out") > 0.99 * syns);
  const during = scene.used();
  assert.equal(during["SYN queue"], stack.core.pools().find((pool) => pool.name === "SYN queue")?.capacity);
  assert.equal(during.sockets, 2);

  // In the middle of it somebody honest gets in, with the options he asked for.
  const guest = new TcpPeer(stack, { port: PORT, peerPort: 42_000, delay: DELAY, sackOK: true, timestamps: true });
  guest.connect();
  scene.run(20, true);
  assert.equal(guest.state, "established");
  const fd = stack.accept(scene.listener);
  guest.send("hello");
  scene.run(20, true);
  assert.equal(Buffer.from(stack.recv(fd)).toString(), "hello");
  guest.abort();
  scene.run(20, true);
  stack.close(fd);
  assert.equal(stack.counter("tcp_cookies_in"), 1);

  // Afterwards nothing is left of it.
  scene.peer.abort();
  stack.advance(70_000);
  assert.equal(scene.used()["SYN queue"], 0);
  stack.close(scene.fd);
  stack.close(scene.listener);
  stack.takeSent();
  assert.deepEqual(stack.usedPools(), []);
});
