/**
 * A stack under test: the core in virtual time, a wire that ends in the script, and the verbs of scripts.
 *
 *     import { script } from "./harness/script.js";
 *
 *     script("UDP: a datagram is answered from the port it was sent to", {}, (stack) => {
 *       stack.arpResolve();                                                  // the stack knows stack.peer
 *       const fd = stack.openUdp();
 *       stack.bind(fd, 7);
 *       stack.inject(stack.peer.udp({ srcPort: 5555, dstPort: 7 }, "hello"));
 *       const { from, port, data } = stack.recvFrom(fd);
 *       stack.sendTo(fd, from, port, data);
 *       stack.expect({ udp: { srcPort: 7, dstPort: 5555, payload: "hello" }, ip: { ttl: 64 } });
 *       stack.quiet(3000);                                                   // nothing for 3 s
 *     });
 *
 * `script` (script.ts) runs the body for several start values of the clock and poll modes, then `end()`. What a verb expects and does
 * not find is an AssertionError with the transcript of the script.
 *
 * Always on: every frame the stack sends is parsed, its lengths, checksums and padding are checked, fragments are put together.
 *
 * Times: verbs take milliseconds (fractions allowed); `world.now` and what the core sees are microseconds.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { Board } from "../../boards/types.js";
import type { Optimize } from "../../cli/build/assemblyscript.js";
import type { ResolvedConfig } from "../../cli/config/index.js";
import { Core, type PoolUse } from "../../runtime/node/core.js";
import { COUNTER_NAMES, namedCounters } from "../../runtime/node/counter-names.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { SeededRandom } from "../../runtime/node/random.js";
import type { NicModel } from "../../runtime/node/register-model.js";
import type { Segment } from "../../runtime/node/wire.js";
import { LATE_LIMIT, type PollMode, World } from "../../runtime/node/world.js";
import type { WorldNode } from "../../runtime/node/world-node.js";
import { type Bytes, bytes } from "./bytes.js";
import { type CompiledCore, compileCore, type Settings } from "./compile.js";
import { FragmentChecker } from "./fragment-checker.js";
import { type Packet, parseFrame, render } from "./parse.js";
import { Peer, type Station } from "./peer.js";
import { SocketCalls } from "./socket-calls.js";
import { type Conversation, TcpMonitor } from "./tcp-monitor.js";

export interface StackOptions {
  /** Kconfig values without CONFIG_, on top of the defaults. */
  readonly settings?: Settings;
  /** First value of the clock, µs; default 0. */
  readonly start?: number;
  readonly mode?: PollMode;
  /** Seed of all random numbers; default 1. */
  readonly seed?: number;
  readonly optimize?: Optimize;
  /** Another core than runtime/syscall/core.ts: absolute path of its entry file. */
  readonly entry?: string;
  readonly board?: Board;
  /** Register model of the board's NIC; default the one of native_sim. */
  readonly nic?: () => NicModel;
  /** Bytes of guest memory of every task; default 128 KiB. */
  readonly guestBytes?: number;
  /** A world with other stacks in it; then `start` and `mode` are those of the world. Default: one of its own. */
  readonly world?: World;
  /** The wire that the stack is on, in that world; default: one whose other end is the script. */
  readonly segment?: Segment;
  /** MAC address of the board (host.mac_address); default none: CONFIG_ETH_MAC_ADDRESS counts. */
  readonly mac?: Uint8Array;
}

/** A frame the stack sent and the script has not looked at yet. */
export interface Emitted {
  /** µs. */
  readonly time: number;
  readonly packet: Packet;
}

/** What a packet should look like: only what is written is compared; bytes may be text or arrays; functions are predicates. */
export type Expected<T> = T extends Uint8Array
  ? Bytes | ((value: Uint8Array) => boolean)
  : T extends object
    ? { readonly [K in keyof T]?: Expected<NonNullable<T[K]>> }
    : T | ((value: T) => boolean);

export type ExpectedPacket = Expected<Omit<Packet, "frame" | "problems">>;

/** A snapshot of a stack, to go back to. */
export interface Fork {
  readonly core: Uint8Array;
  readonly now: number;
  /** What the monitor knew. */
  readonly tcp: readonly Conversation[];
}

/** Sees every frame that the stack sends; true keeps it from the script's `expect` and `quiet`. It must not inject: `arriveSoon`. */
export type Tap = (packet: Packet) => boolean;

/** Virtual time after which everything that runs out by itself has run out (reassembly 60 s, ARP queue 4 s), µs. */
const RUN_OUT = 130_000_000;
/** Most lines of the transcript that a failure shows. */
const TRANSCRIPT_LINES = 60;

export class Stack extends SocketCalls {
  readonly world: World;
  readonly node: WorldNode;
  readonly core: Core;
  readonly memory: GuestMemory;
  readonly config: ResolvedConfig;
  /** The stack's addresses as text. */
  readonly ip: string;
  readonly mac: string;
  readonly mask: string;
  readonly gateway: string;
  /** A station on the wire; it has the gateway's address. */
  readonly peer: Peer;
  /** What the stack's applications wrote to the console. */
  console = "";
  /** Exit codes, by task. */
  readonly exits = new Map<number, number>();

  private readonly startTime: number;
  private readonly transcript: string[] = [];
  private readonly emitted: Emitted[] = [];
  private readonly fragments = new FragmentChecker();
  private readonly problems: string[] = [];
  private readonly monitor = new TcpMonitor((problem) => this.problems.push(problem));
  private readonly taps: Tap[] = [];
  private ended = false;

  /** Compiles the core if need be and starts a stack. */
  static async create(options: StackOptions = {}): Promise<Stack> {
    return new Stack(await compileCore(options), options);
  }

  constructor(compiled: CompiledCore, options: StackOptions = {}) {
    super();
    const { config, module } = compiled;
    this.config = config;
    this.monitor.synData = config.bool("NET_TCP_FASTOPEN");
    this.ip = config.string("NET_CONFIG_MY_IPV4_ADDR");
    this.mask = config.string("NET_CONFIG_MY_IPV4_NETMASK");
    this.gateway = config.string("NET_CONFIG_MY_IPV4_GW");
    this.mac = config.string("ETH_MAC_ADDRESS").toLowerCase();
    this.peer = new Peer(
      { mac: "02:00:00:00:00:99", ip: this.gateway === "0.0.0.0" ? "10.0.2.2" : this.gateway },
      this,
    );
    this.world = options.world ?? new World({ start: options.start, mode: options.mode, seed: options.seed });
    this.startTime = this.world.now;
    this.memory = new GuestMemory(new ArrayBuffer(options.guestBytes ?? 0x2_0000));
    this.core = new Core({
      module,
      nic: options.nic?.(),
      mac: options.mac,
      random: new SeededRandom(options.seed ?? 1),
      consoleWrite: (_task, _fd, data) => {
        this.console += new TextDecoder().decode(data);
      },
      onExit: (task, code) => this.exits.set(task, code),
    });
    for (let task = 0; task < config.int("NET_TASKS"); task++) this.core.setGuest(task, this.memory);
    // A wire whose other end is this script: frames are recorded, and reach nobody.
    this.node = this.world.node(options.world ? this.ip : "stack", this.core, options.segment ?? this.world.segment());
    this.node.onSend = (frame) => this.sent(frame);
    const receive = this.node.receive.bind(this.node);
    this.node.receive = (frame) => {
      this.monitor.arrived(parseFrame(frame), this.world.now);
      receive(frame);
    };
    this.world.settle();
  }

  /** Another station on the wire. */
  station(station: Station): Peer {
    return new Peer(station, this);
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return (this.world.now - this.startTime) / 1000;
  }

  // ---- frames ---------------------------------------------------------------------------------------------------

  /** Frames arrive at the stack, now and in this order. */
  inject(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      this.note("<", render(frame));
      this.world.recordFrame("script", frame);
      this.node.receive(frame);
    }
    this.world.settle();
  }

  /** A frame arrives as the next event of the world, `delay` ms from now: what a tap may do. */
  arriveSoon(frame: Uint8Array, delay = 0): void {
    this.world.after(Math.round(delay * 1000), () => {
      this.note("<", render(frame));
      this.world.recordFrame("script", frame);
      this.node.receive(frame);
    });
  }

  /** Shows every frame that the stack sends to `tap` first. @returns takes it away again */
  tap(tap: Tap): () => void {
    this.taps.unshift(tap);
    return () => {
      const index = this.taps.indexOf(tap);
      if (index >= 0) this.taps.splice(index, 1);
    };
  }

  /** Takes the next frame that the stack sent, which must be there now (mode late: within 5 ms). `what` was expected. */
  takeNext(what: string): Emitted {
    this.world.settle();
    if (this.emitted.length === 0 && this.world.mode === "late") {
      this.world.runUntil(() => this.emitted.length > 0, this.world.now + LATE_LIMIT);
    }
    this.check();
    const next = this.emitted.shift();
    if (next === undefined) this.fail(`nothing was sent; expected ${what}`);
    return next;
  }

  /** The next frame that the stack sent must be there now (mode late: within 5 ms) and look like this. */
  expect(expected: ExpectedPacket): Packet {
    const packet = this.take(expected);
    const difference = differ(packet, expected, "");
    if (difference !== undefined) this.fail(`${render(packet.frame)}: ${difference}`);
    return packet;
  }

  /** The frames that the stack sent must be these, in any order. */
  expectAll(...expected: readonly ExpectedPacket[]): void {
    const packets = expected.map((each) => this.take(each));
    for (const each of expected) {
      const index = packets.findIndex((packet) => differ(packet, each, "") === undefined);
      if (index < 0) this.fail(`no frame like ${show(each)}`);
      packets.splice(index, 1);
    }
  }

  /** Nothing that was sent is unexpected so far. */
  expectNothing(): void {
    this.check();
    if (this.emitted.length > 0) this.fail(`unexpected: ${render(this.emitted[0].packet.frame)}`);
  }

  /** Nothing is sent for `milliseconds`, and nothing before was left over. */
  quiet(milliseconds: number): void {
    this.expectNothing();
    this.advance(milliseconds);
    this.expectNothing();
  }

  /** Lets `milliseconds` pass. */
  advance(milliseconds: number): void {
    this.world.advance(Math.round(milliseconds * 1000));
    this.check();
  }

  /** Lets time pass until the stack has sent a frame that was not looked at; milliseconds it took. Fails after `limit` ms. */
  untilSent(limit: number): number {
    const start = this.world.now;
    const sent = this.world.runUntil(() => this.emitted.length > 0, start + limit * 1000);
    if (!sent) this.fail(`nothing was sent within ${limit} ms`);
    return (this.world.now - start) / 1000;
  }

  /** Takes all frames that were sent and not looked at. */
  takeSent(): Emitted[] {
    this.check();
    return this.emitted.splice(0);
  }

  // ---- ready-made exchanges ---------------------------------------------------------------------------------------

  /** Makes the stack know `peer`'s MAC address: the peer asks for the stack's and gets it. */
  arpResolve(peer: Peer = this.peer): void {
    this.inject(peer.arpRequest());
    this.expect({
      eth: { dst: peer.mac, src: this.mac },
      arp: { operation: 2, sha: this.mac, spa: this.ip, tpa: peer.ip },
    });
  }

  /**
   * The stack still works: a ping is answered and a datagram goes in and out of a socket. Frames that were not looked at
   * are dropped first. Needs a free socket.
   */
  alive(): void {
    this.takeSent();
    const peer = this.station({ mac: "02:00:00:00:0a:11", ip: this.peer.ip.replace(/\d+$/, "251") });
    this.inject(peer.arpRequest());
    this.pump(() => this.takeSent().some(({ packet }) => packet.arp?.tpa === peer.ip), "no answer to ARP");
    this.inject(peer.ping({ id: 0xa11e, sequence: 7 }, "still there?"));
    this.pump(() => this.takeSent().some(({ packet }) => packet.icmp?.id === 0xa11e), "no answer to a ping");
    const fd = this.openUdp();
    try {
      this.bind(fd, 47_115);
      this.inject(peer.udp({ srcPort: 4711, dstPort: 47_115 }, "ping"));
      const { from, port, data } = this.recvFrom(fd);
      this.sendTo(fd, from, port, data);
      this.pump(() => this.takeSent().some(({ packet }) => packet.udp?.srcPort === 47_115), "no answer over UDP");
    } finally {
      this.close(fd);
    }
  }

  /** Lets up to 10 ms pass until `done`. */
  private pump(done: () => boolean, failure: string): void {
    let found = done();
    if (!found) this.world.runUntil(() => (found ||= done()), this.world.now + 10_000);
    if (!found) this.fail(failure);
  }

  /**
   * The end of every script: no frame is left over, what the script opened is closed, every pool but the neighbours' is
   * empty (after RSTs from the peers of what is still connected, and 130 s for what runs out by itself), no guard was hit.
   */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.expectNothing();
    for (let task = 0; task < this.config.int("NET_TASKS"); task++) this.node.reset(task);
    this.world.settle();
    if (this.usedPools().length > 0) {
      this.resetConnections();
      this.world.advance(RUN_OUT);
      this.check();
    }
    const used = this.usedPools();
    if (used.length > 0)
      this.fail(`not empty at the end: ${used.map((pool) => `${pool.name} ${pool.used}`).join(", ")}`);
    if (this.node.guardHits > 0) this.fail(`the core asked ${this.node.guardHits} times for endless polls`);
  }

  /** A counter by its name in runtime/node/counter-names.ts: `drop_ip_checksum`. */
  counter(name: string): number {
    const id = COUNTER_NAMES.indexOf(name);
    if (id < 0) throw new Error(`there is no counter ${name} (runtime/node/counter-names.ts)`);
    return this.core.counter(id);
  }

  /** All counters that are not 0. */
  counters(): Record<string, number> {
    return namedCounters((id) => this.core.counter(id));
  }

  /** Pools with something in them, other than the neighbour table. */
  usedPools(): PoolUse[] {
    return this.core.pools().filter((pool) => pool.used > 0 && !/neighbour|arp/i.test(pool.name));
  }

  // ---- fork -----------------------------------------------------------------------------------------------------------

  /** The state of the core now; the guest memory and parked calls are not part of it. */
  snapshot(): Fork {
    return { core: this.core.snapshot(), now: this.world.now, tcp: this.monitor.snapshot() };
  }

  /** Back to `fork`. The clock goes back as well; frames not looked at are dropped. */
  restore(fork: Fork): void {
    this.world.now = fork.now;
    this.node.restore(fork.core);
    this.emitted.length = 0;
    this.monitor.restore(fork.tcp);
    this.world.settle();
  }

  /** Runs each alternative from here; then the stack is as it was before. */
  fork(...alternatives: readonly (() => void)[]): void {
    const here = this.snapshot();
    for (const alternative of alternatives) {
      alternative();
      this.restore(here);
    }
  }

  // ---- failing ------------------------------------------------------------------------------------------------------

  /** What happened so far, a line each: milliseconds, direction, frame. */
  get lines(): readonly string[] {
    return this.transcript;
  }

  /** Fails with the transcript. */
  fail(message: string): never {
    assert.fail(`${message}\n${this.transcript.slice(-TRANSCRIPT_LINES).join("\n")}`);
  }

  private note(direction: string, text: string): void {
    this.transcript.push(`${this.elapsed.toFixed(3).padStart(12)} ${direction} ${text}`);
  }

  private sent(frame: Uint8Array): void {
    const packet = parseFrame(frame);
    this.note(">", render(frame));
    for (const problem of packet.problems) this.problems.push(`${render(frame)}: ${problem}`);
    const whole = this.fragments.add(packet);
    for (const problem of whole?.problems ?? []) this.problems.push(`fragments of ${render(frame)}: ${problem}`);
    if (packet.eth.src !== this.mac) this.problems.push(`${render(frame)}: sent from MAC ${packet.eth.src}`);
    this.monitor.sent(packet, this.world.now);
    for (const tap of [...this.taps]) if (tap(packet)) return;
    this.emitted.push({ time: this.world.now, packet });
  }

  protected override onCall(): void {
    this.monitor.called(this.world.now);
  }

  /** The peers of all connections say that they are gone: a RST at the number that the stack expects next. */
  private resetConnections(): void {
    const told = new Map<Conversation, number>();
    // A segment that was not yet acknowledged makes the first RST a challenge; the answer to it tells the right number.
    for (let round = 0; round < 3; round++) {
      for (const it of this.monitor.conversations()) {
        if (it.iss === undefined || told.get(it) === (it.rcvNxt ?? 0)) continue;
        told.set(it, it.rcvNxt ?? 0);
        const ack = it.rcvNxt === undefined ? (it.iss + 1) >>> 0 : it.sndNxt;
        const peer = this.station({ mac: it.remoteMac, ip: it.remote });
        const ports = { srcPort: it.remotePort, dstPort: it.localPort };
        this.arriveSoon(
          peer.tcp({ ...ports, seq: it.rcvNxt ?? 0, ack, flags: "R.", window: 0, ip: { dst: it.local } }),
        );
      }
      this.world.settle();
    }
  }

  private take(expected: ExpectedPacket): Packet {
    return this.takeNext(show(expected)).packet;
  }

  private check(): void {
    if (this.problems.length > 0) this.fail(`the stack sent a bad frame: ${this.problems.splice(0).join("\n")}`);
  }
}

/** The first difference between a value and what is expected of it, or undefined. */
export function differ(actual: unknown, expected: unknown, path: string): string | undefined {
  if (typeof expected === "function") {
    return (expected as (value: unknown) => boolean)(actual)
      ? undefined
      : `${path} is ${show(actual)}, refused by the test`;
  }
  if (actual instanceof Uint8Array) {
    const wanted = bytes(expected as Bytes);
    if (Buffer.compare(actual, wanted) === 0) return undefined;
    return `${path} is ${show(actual)}, expected ${show(wanted)}`;
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null) return `it has no ${path}`;
    for (const [key, value] of Object.entries(expected)) {
      if (value === undefined) continue;
      const found = differ((actual as Record<string, unknown>)[key], value, path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(actual, expected) ? undefined : `${path} is ${show(actual)}, expected ${show(expected)}`;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes ${Buffer.from(value.subarray(0, 48)).toString("hex")}`;
  return inspect(value, { breakLength: 120, depth: 4 });
}

/** Absolute path of a file under test/, for `entry`. */
export function testPath(relative: string): string {
  return fileURLToPath(new URL(`../${relative}`, import.meta.url));
}
