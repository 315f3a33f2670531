/**
 * Property 3: an application cannot read the core's memory, and the core cannot be made to write outside of what a system call
 * names as its output. Every row of the table is called with its pointers, lengths, descriptors and flags at and beyond
 * every edge, in virtual time: each answers a WASI errno or waits, nothing traps, bytes change only where the call may write, and
 * only when it succeeds; what earlier datagrams left behind in the core shows neither in the application's memory nor on the wire.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Core, PENDING } from "../../runtime/node/core.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { SeededRandom } from "../../runtime/node/random.js";
import { World } from "../../runtime/node/world.js";
import type { WorldNode } from "../../runtime/node/world-node.js";
import { SYSTEM_CALLS, type SystemCall } from "../../runtime/syscall/table/index.js";
import { ipBytes } from "../harness/bytes.js";
import { compileCore } from "../harness/compile.js";
import { errnoName, errnoNumber } from "../harness/errno.js";
import { ipv4, PROTOCOL_UDP, udp } from "../harness/packets.js";
import { Peer } from "../harness/peer.js";
import { outputRanges, type Range, type Strings } from "./output-ranges.js";

/** All kinds of descriptors, and few enough of each to run out. */
const SETTINGS = {
  NET_MAX_CONTEXTS: 8,
  NET_SOCKETS_UDP_BUFFERS: 8,
  ZVFS_OPEN_MAX: 16,
  NET_SOCKETS_UNIX: true,
  NET_SOCKETS_UNIX_MAX: 5,
  NET_SOCKETS_UNIX_BUFFER: 256,
  NET_SOCKETS_UNIX_NAME: 16,
  NET_SOCKETS_INET_RAW: true,
  NET_SOCKETS_PACKET: true,
  APP_RAW_SOCKETS: true,
  EVENTFD: true,
  ZVFS_EVENTFD_MAX: 3,
  EPOLL: true,
  EPOLL_SETS: 2,
  EPOLL_INTERESTS: 4,
  NET_CONTEXT_RECV_PKTINFO: true,
  NET_CONTEXT_TIMESTAMPING: true,
  NET_SOCKETS_RECVERR: true,
};
const ARGUMENTS = ["fuzz", "one", ""];
const ENVIRONMENT = ["SOCKLET_ABI=1"];
/** Bytes of the application's memory; not a power of two, and not a whole number of pages. */
const LIMIT = 4104;
/** Bytes behind it that nobody may change. */
const CANARY = 4096;
const CANARY_BYTE = 0xa5;
/** What earlier datagrams carried. */
const SECRET = Buffer.from("SeCrEt#7");
const PORT = 5000;
/** 10.0.2.2 as four bytes, and AF_INET with port 7 before it, as they lie in memory. */
const PEER_WORD = 0x0202_000a;
const FAMILY_AND_PORT = 0x0700_0001;
/** AF_PACKET and a type of frames that nobody speaks. */
const LINK_FAMILY = 0xb588_0003;
const CALLS_PER_ROW = 1500;
/** Calls between two resets of the task. */
const RESET_EVERY = 40;
const LAST_ERRNO = errnoNumber("ENOTCAPABLE");

function strings(kind: "args" | "environ"): Strings {
  const list = kind === "args" ? ARGUMENTS : ENVIRONMENT;
  return { count: list.length, bytes: list.reduce((sum, text) => sum + text.length + 1, 0) };
}

class Fuzz {
  readonly node: WorldNode;
  readonly core: Core;
  readonly world = new World({ record: false });
  readonly all = new Uint8Array(LIMIT + CANARY).fill(CANARY_BYTE);
  readonly memory = new GuestMemory(this.all.buffer, LIMIT);
  /** errno → times. */
  readonly results = new Map<string, number>();
  private readonly random: SeededRandom;
  private readonly peer: Peer;
  private datagram = 0;

  constructor(module: WebAssembly.Module, mac: string, seed: number) {
    this.random = new SeededRandom(seed);
    this.core = new Core({ module, arguments: ARGUMENTS, environment: ENVIRONMENT });
    this.core.setGuest(0, this.memory);
    this.node = this.world.node("fuzz", this.core, this.world.segment());
    this.node.onSend = (frame) => assert.equal(Buffer.from(frame).indexOf(SECRET), -1, "a secret on the wire");
    this.peer = new Peer({ mac: "02:00:00:00:00:99", ip: "10.0.2.2" }, { mac, ip: "10.0.2.15" });
    this.world.settle();
    this.receive(this.peer.arpRequest());
    this.prepare();
    this.leaveSecrets();
  }

  private receive(frame: Uint8Array): void {
    this.node.receive(frame);
    this.world.settle();
  }

  private call(name: string, ...args: (number | bigint)[]): number {
    const row = SYSTEM_CALLS.find((each) => each.name === name) as SystemCall;
    const result = this.node.call(row.core, 0, ...row.constants, ...args);
    this.world.settle();
    return result;
  }

  /** Descriptor 3: bound to PORT. 4: bound and without blocking. 5: connected. */
  private prepare(): void {
    for (const fd of [3, 4, 5]) {
      assert.equal(this.call("socket", 1, 2, 17, 64), 0);
      assert.equal(this.memory.load32(64), fd);
      this.record(128, [0, 0, 0, 0], PORT + fd - 3);
      assert.equal(this.call("sock_bind", fd, 128), 0);
    }
    assert.equal(this.call("fd_fdstat_set_flags", 4, 4), 0);
    // 3 and 4 say everything about a datagram: SO_TIMESTAMP, IP_PKTINFO, IP_RECVTTL, IP_RECVTOS.
    this.memory.store32(128, 1);
    for (const fd of [3, 4]) {
      assert.equal(this.call("set_option", fd, 1, 29, 128, 4), 0);
      for (const name of [8, 12, 13]) assert.equal(this.call("set_option", fd, 0, name, 128, 4), 0);
    }
    // 4 and 5 queue errors: IP_RECVERR. What 4 sends is stamped, with numbers: SO_TIMESTAMPING.
    for (const fd of [4, 5]) assert.equal(this.call("set_option", fd, 0, 11, 128, 4), 0);
    this.memory.store32(128, 0x92);
    assert.equal(this.call("set_option", 4, 1, 37, 128, 4), 0);
    this.record(128, [...ipBytes("10.0.2.2")], 7);
    assert.equal(this.call("sock_connect", 5, 128), 0);
    // 6: an event counter. 7: an epoll set with 3 and 6 in it.
    assert.equal(this.call("eventfd", 1, 0, 64), 0);
    assert.equal(this.call("epoll_create", 0, 64), 0);
    this.memory.store32(128, 1);
    for (const fd of [3, 6]) assert.equal(this.call("epoll_control", 7, 1, fd, 128), 0);
    // 8 and 9: a pair of AF_UNIX streams. 10: a bound socket for AF_UNIX datagrams.
    assert.equal(this.call("socket_pair", 6, 1, 0, 64), 0);
    assert.equal(this.call("socket", 6, 2, 0, 64), 0);
    this.memory.store32(128, 6 | (0x61 << 16));
    assert.equal(this.call("bind", 10, 128, 4), 0);
    // 11: a raw socket of ICMP. 12: a packet socket that sees every frame of the NIC, and sends there.
    assert.equal(this.call("socket", 1, 3, 1, 64), 0);
    assert.equal(this.call("socket", 3, 3, 0x0300, 64), 0);
    this.memory.bytes.fill(0, 128, 148);
    this.memory.store32(128, 3);
    this.memory.store32(132, 1);
    assert.equal(this.call("bind", 12, 128, 20), 0);
  }

  /** An address record of WAMR's. */
  private record(at: number, ip: readonly number[], port: number): void {
    this.memory.bytes.fill(0, at, at + 24);
    this.memory.write(at + 4, Uint8Array.from(ip));
    this.memory.store16(at + 8, port);
  }

  /** Datagrams that were read and are gone: their bytes are still somewhere in the core. */
  private leaveSecrets(): void {
    const payload = Buffer.concat(Array.from({ length: 100 }, () => SECRET));
    for (const fd of [3, 4, 5]) {
      for (let i = 0; i < 2; i++) this.receive(this.peer.udp({ srcPort: 7, dstPort: PORT + fd - 3 }, payload));
      for (let i = 0; i < 2; i++) assert.equal(this.call("recv_from", fd, 512, 1000, 0, 0, 0, 64), 0);
    }
    this.receive(this.peer.udpFragments({ srcPort: 7, dstPort: 9 }, payload, 400)[0] as Uint8Array);
    this.receive(this.peer.ping({}, payload.subarray(0, 0)));
    for (const fd of [11, 12]) while (this.call("recv_from", fd, 512, 1600, 0x40, 0, 0, 64) === 0);
    this.memory.bytes.fill(0);
    assert.ok(Buffer.from(this.core.bytes).indexOf(SECRET) >= 0, "the core's memory has the secret");
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)] as T;
  }

  /** An address: at an edge, anywhere in 32 bits, or (mostly) inside. */
  private pointer(): number {
    if (this.random.fraction() < 0.7) return this.random.below(LIMIT / 8) * 8 + this.pick([0, 0, 0, 4, 1, 2, 3]);
    return this.pick([
      ...[0, 1, 4, LIMIT - 24, LIMIT - 8, LIMIT - 4, LIMIT - 2, LIMIT - 1, LIMIT, LIMIT + 1],
      ...[0xffff_ffff, 0xffff_fffc, 0xffff_fff8, 0x8000_0000, 0x7fff_ffff, 0x0001_0000, this.random.next32()],
    ]);
  }

  private size(): number {
    if (this.random.fraction() < 0.6) return this.pick([0, 1, 2, 3, 4, 8, 16, 64, 300]);
    return this.pick([LIMIT - 1, LIMIT, LIMIT + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, this.random.next32(), 1472]);
  }

  private argument(name: string, type: string): number | bigint {
    if (type === "i64") return this.pick([0n, 1n, 1000n, -1n, 0x7fff_ffff_ffff_ffffn, BigInt(this.random.next32())]);
    if (type === "pointer") return this.pointer();
    if (/^(fd|from|to)$/.test(name))
      return this.pick([
        3,
        3,
        3,
        4,
        4,
        5,
        5,
        0,
        1,
        2,
        6,
        6,
        7,
        7,
        8,
        8,
        9,
        10,
        10,
        11,
        11,
        12,
        12,
        13,
        -1,
        64,
        this.random.next32(),
      ]);
    if (name === "epfd") return this.pick([7, 7, 7, 7, 7, 7, 3, 6, 1, 8, -1, this.random.next32()]);
    if (name === "addr_len") return this.pick([8, 8, 16, 20, 20, 4, 4, 3, 2, 0, this.size()]);
    if (/iovs_len|data_len/.test(name)) return this.pick([1, 1, 1, 2, 3, this.size()]);
    if (/len|size|^n|backlog/.test(name)) return this.size();
    if (name === "timeout_ms") return this.pick([-1, 0, 1, 100, 0x7fff_ffff, 0x8000_0000]);
    if (/flags/.test(name))
      return this.pick([0, 0, 0, 0, 0x40, 0x40, 0x40, 1, 2, 0x20, 0x42, 0x2000, 0x2000, this.random.next32()]);
    return this.pick([0, 1, 1, 2, 2, 3, 5, 6, 6, 17, 0xffff, -1, this.random.next32()]);
  }

  /** Contents of the memory: noise; pointers and lengths; sockaddr_in; address records; I/O vectors; numbers that mean something; sockaddr_ll. */
  private fill(): void {
    const view = new DataView(this.memory.bytes.buffer);
    const kind = this.random.below(8);
    const small = [0, 0, 1, 3, 8, PORT, 16, 0xffff_ffff];
    for (let at = 0; at < LIMIT; at += 4) {
      const second = (at & 4) !== 0;
      let word = this.random.next32();
      if (kind === 1) word = second ? this.size() : this.pointer();
      if (kind === 2) word = second ? PEER_WORD : FAMILY_AND_PORT;
      if (kind === 3) word = [0, PEER_WORD, 7, 0, 0, 0][(at / 4) % 6] as number;
      if (kind === 4) word = second ? this.pick([0, 1, 4, 5, 64, 300]) : this.random.below(LIMIT - 300);
      if (kind === 5) word = this.pick(small);
      // Names of one letter; the last one is bound.
      if (kind === 6) word = 6 | (this.pick([0, 0x62, 0x61, 0x61]) << 16);
      if (kind === 7) word = [LINK_FAMILY, 1, 0, PEER_WORD, PEER_WORD][(at / 4) % 5] as number;
      view.setUint32(at, word, true);
    }
  }

  /**
   * A datagram to descriptor 3, 4 or 5, sometimes a damaged one; 11 and 12 see an echo request now and then, and an error comes about what
   * one of these may have sent.
   */
  private traffic(): void {
    const size = this.pick([0, 1, 2, 3, 4, 5, 64, 300, 1000, 1472]);
    const payload = new Uint8Array(size).fill(0x40 + (this.datagram++ & 0x3f));
    const checksum = this.pick(["right", "right", "none", "bad"] as const);
    this.receive(this.peer.udp({ srcPort: 7, dstPort: PORT + this.random.below(3), checksum }, payload));
    if (size === 64) this.receive(this.peer.ping({}, payload));
    if (size > 64) return;
    const sent = { src: "10.0.2.15", dst: "10.0.2.2", srcPort: PORT + this.random.below(3), dstPort: 7 };
    const datagram = ipv4({ ...sent, protocol: PROTOCOL_UDP }, udp(sent, payload));
    const type = this.pick([3, 3, 3, 11, 12]);
    const fields = { type, code: this.pick([0, 0, 1, 3, 4]), rest: this.random.next32() };
    this.receive(this.peer.icmp(fields, datagram.slice(0, 28 + this.random.below(size + 1))));
  }

  /** Calls `row` once, and checks all that may have come of it. */
  once(row: SystemCall): void {
    const args = row.parameters.map(({ name, type }) => this.argument(name, type));
    this.fill();
    const before = this.memory.bytes.slice();
    const view = new DataView(before.buffer);
    const word = (at: number): number => (at >= 0 && at + 4 <= LIMIT ? view.getUint32(at, true) : 0);
    const ranges = outputRanges(row.name, args, word, strings);
    const what = `${row.name}(${args.join(", ")})`;
    if (this.random.fraction() < 0.3) this.traffic();
    let result = this.node.call(row.core, 0, ...row.constants, ...args);
    if (result === PENDING) {
      assert.ok(row.blocks, `${what} waits, and the table says it does not`);
      const parked = this.node.parked(0);
      this.untouched(before, ranges ?? [], what);
      this.traffic();
      this.world.advance(this.pick([0, 1000, 2_000_000]));
      result = parked?.result ?? PENDING;
    }
    this.world.settle();
    const name = result === PENDING ? "waits" : errnoName(result);
    this.results.set(name, (this.results.get(name) ?? 0) + 1);
    assert.ok(result >= PENDING && result <= LAST_ERRNO, `${what} answers ${result}`);
    if (result === 0) {
      for (const { start, length, optional } of ranges ?? []) {
        if (optional !== true)
          assert.ok(start + length <= LIMIT, `${what} succeeds with an output outside of the memory`);
      }
    }
    // A call that waits, or one that a damaged datagram has come to, may have used its buffers already.
    const mayWrite = result === 0 || row.blocks;
    this.untouched(before, mayWrite ? (ranges ?? []) : [], `${what} = ${name}`);
    if (result === PENDING) this.reset();
  }

  /** Nothing has changed but in `ranges`, and there is no secret. */
  private untouched(before: Uint8Array, ranges: readonly Range[], what: string): void {
    const after = this.memory.bytes;
    if (Buffer.compare(before, after) !== 0) {
      const allowed = new Uint8Array(LIMIT);
      for (const { start, length } of ranges) allowed.fill(1, Math.min(start, LIMIT), Math.min(start + length, LIMIT));
      for (let at = 0; at < LIMIT; at++) {
        if (after[at] !== before[at] && allowed[at] === 0) {
          assert.fail(`${what} changed the byte at ${at}; it may write to ${JSON.stringify(ranges.slice(0, 8))}`);
        }
      }
      assert.equal(Buffer.from(after).indexOf(SECRET), -1, `${what} gave away what the core remembers`);
    }
    const canary = this.all.subarray(LIMIT);
    assert.ok(
      canary.every((byte) => byte === CANARY_BYTE),
      `${what} wrote behind the memory`,
    );
  }

  /** Ends the program and starts it anew; between the two the pools are empty. */
  reset(): void {
    this.node.reset(0);
    this.world.settle();
    const used = this.core
      .pools()
      .filter(({ name, used }) => used > 0 && !/neighbour|arp|reassembly|loopback/i.test(name));
    assert.deepEqual(used, [], "everything is closed after core_task_reset");
    this.prepare();
  }
}

const FUZZED = SYSTEM_CALLS.filter(({ name }) => name !== "proc_exit");

test("every system call with every argument at and beyond its edges: an errno, and nothing else", async (context) => {
  const { module, config } = await compileCore({ settings: SETTINGS });
  const mac = config.string("ETH_MAC_ADDRESS").toLowerCase();
  for (const [index, row] of FUZZED.entries()) {
    await context.test(row.name, (one) => {
      const fuzz = new Fuzz(module, mac, index + 1);
      for (let i = 1; i <= CALLS_PER_ROW; i++) {
        fuzz.once(row);
        if (i % RESET_EVERY === 0) fuzz.reset();
      }
      const counts = [...fuzz.results].sort(([, x], [, y]) => y - x);
      one.diagnostic(counts.map(([name, count]) => `${name} ${count}`).join(", "));
    });
  }
});
