/**
 * One instance of the core: core.wasm with its imports, its entry points, its snapshot.
 *
 * The class has no clock and no wire of its own: runtime/node/world.ts drives it in virtual time,
 * runtime/node/machine.ts in real time.
 *
 * @see docs/architecture.md, "The core: a state machine without I/O, clock or blocking"
 */
import { SYSTEM_CALLS } from "../syscall/table/index.js";
import { coreImports, type RegisterWindow } from "./core-imports.js";
import type { GuestMemory } from "./guest-memory.js";
import { HostNic } from "./host-nic.js";
import { functionNames } from "./module-sections.js";
import { POOL_NAMES } from "./pool-names.js";
import { type RandomSource, SeededRandom } from "./random.js";
import { type NicModel, RegisterFault, type RegisterModel, type Saved } from "./register-model.js";
import { CoreTrap, describeTrap, isTrap } from "./trap.js";

/** Answer of a system call that has to wait. */
export const PENDING = -1;
/** A short way that does not fit (net/base/errno.ts). */
const LONG_WAY = -2;
/** Deadline for "no timer is running". */
export const NO_DEADLINE = 0xffff_ffff_ffff_ffffn;
/** What core_pool answers past the end of the list. */
const NO_POOL = 0xffff_ffff;

/** One row of the core's list of pools. */
export interface PoolUse {
  readonly name: string;
  readonly capacity: number;
  readonly used: number;
  readonly highWater: number;
  readonly refused: number;
  readonly elementBytes: number;
}

export interface CoreOptions {
  /** core.wasm. */
  readonly module: WebAssembly.Module;
  /** The network device; default a `HostNic` at 0x40000000. */
  readonly nic?: NicModel;
  /** Further register windows (timers and the like that a driver may touch). */
  readonly windows?: readonly { base: number; length: number; model: RegisterModel }[];
  /** Default: `SeededRandom` with seed 1. */
  readonly random?: RandomSource;
  /** MAC address of the board, 6 bytes; default none, so that the configured one counts. */
  readonly mac?: Uint8Array;
  readonly arguments?: readonly string[];
  readonly environment?: readonly string[];
  /** Lines of the stack's own log. Default: kept in `Core.logLines`. */
  readonly log?: (line: string) => void;
  /** Bytes that the application writes to the console. */
  readonly consoleWrite?: (task: number, fd: number, bytes: Uint8Array) => void;
  /** Console input; see CoreEnvironment.consoleRead. Default: end of input. */
  readonly consoleRead?: (task: number, length: number) => Uint8Array | undefined;
  readonly onExit?: (task: number, code: number) => void;
  /** Called when the core asks for a poll; `Core.pollRequested` says the same. */
  readonly onPollRequest?: () => void;
  /** Default 0: unknown. */
  readonly realtimeOffset?: () => bigint;
}

/** What the exported functions of the core look like to TypeScript. */
type CoreFunction = (...args: (number | bigint)[]) => number | bigint | undefined;

/** Core functions of the table that take `now` after `task`, and those that have a short way. */
const TAKES_TIME = new Map(SYSTEM_CALLS.map((call) => [call.core, call.clock]));
const SHORT_WAYS = new Map(SYSTEM_CALLS.map((call) => [call.core, call.short]));

export class Core {
  readonly nic: NicModel;
  readonly random: RandomSource;
  /** The core's whole linear memory; its bytes never move. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly windows: readonly RegisterWindow[];
  /** Lines of the stack's log, when no sink was given. */
  readonly logLines: string[] = [];
  /** True after the core called host.request_poll, until the next `poll`. */
  pollRequested = false;

  private readonly functions: Readonly<Record<string, unknown>>;
  private readonly options: CoreOptions;
  private readonly guests = new Map<number, GuestMemory>();
  private readonly texts: Uint8Array[][];

  constructor(options: CoreOptions) {
    this.options = options;
    this.nic = options.nic ?? new HostNic();
    this.random = options.random ?? new SeededRandom();
    this.windows = [{ base: this.nic.base, length: this.nic.length, model: this.nic }, ...(options.windows ?? [])];
    const encoder = new TextEncoder();
    this.texts = [options.arguments ?? [], options.environment ?? []].map((list) =>
      list.map((text) => encoder.encode(text)),
    );
    const instance = new WebAssembly.Instance(options.module, coreImports(this));
    this.functions = instance.exports;
    const memory = instance.exports.memory;
    if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('the core has no export "memory"');
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
  }

  // ---- entry points ---------------------------------------------------------------------------------------------

  /** Lays out the pools and starts the device. 0 or -errno. @param now µs, monotonic */
  init(now: bigint): number {
    return this.invoke("core_init", now) as number;
  }

  /** Takes frames in and runs timers; the next deadline in µs, NO_DEADLINE for none. */
  poll(now: bigint): bigint {
    this.pollRequested = false;
    return Core.deadline(now, this.invoke("core_poll", now) as number);
  }

  /** After PENDING, before sleeping: fixes the deadline of the task's time-out; the next deadline over all. */
  park(task: number, now: bigint): bigint {
    return Core.deadline(now, this.invoke("core_task_park", task, now) as number);
  }

  /** The core answers in µs from now on; the largest number means never. */
  private static deadline(now: bigint, ahead: number): bigint {
    return ahead === -1 ? NO_DEADLINE : now + BigInt(ahead >>> 0);
  }

  /** True when the parked call should be repeated. */
  ready(task: number): boolean {
    return this.invoke("core_task_ready", task) === 1;
  }

  /** The application of `task` ended or trapped: closes what it had open. */
  reset(task: number, now: bigint): void {
    this.invoke("core_task_reset", task, now);
  }

  /** Sets addresses of interface `index` (1: the device); u32 in network order. 0 or -errno. */
  setInterface(index: number, address: number, mask: number, gateway: number): number {
    return this.invoke("core_interface_set", index, address | 0, mask | 0, gateway | 0) as number;
  }

  /**
   * Calls a core function of the system-call table; `now` is passed on when the function takes it.
   * @param name core function, `sys_recv_from` say
   * @param args the row's constants, then its parameters: i32 as number, i64 as bigint
   * @returns WASI errno, 0 for done, or PENDING
   */
  call(name: string, task: number, now: bigint, ...args: (number | bigint)[]): number {
    const clock = TAKES_TIME.get(name);
    if (clock === undefined) throw new Error(`${name} is not in the system-call table (runtime/syscall/table)`);
    const short = SHORT_WAYS.get(name);
    if (short !== undefined && this.has(short)) {
      const result = (this.invoke(short, task, ...args) ?? 0) as number;
      if (result !== LONG_WAY) return result;
    }
    return ((clock ? this.invoke(name, task, now, ...args) : this.invoke(name, task, ...args)) ?? 0) as number;
  }

  /** What the module exports as `name`: a counter that a test built in, say. */
  exported(name: string): unknown {
    return this.functions[name];
  }

  /** True when the core exports `name`. */
  has(name: string): boolean {
    return typeof this.functions[name] === "function";
  }

  // ---- statistics -------------------------------------------------------------------------------------------------

  /** Counter `id`, by the numbers of net/base/counters.ts. */
  counter(id: number): number {
    return (this.invoke("core_counter", id) as number) >>> 0;
  }

  /** The counters 0 … `count` - 1. */
  counters(count: number): number[] {
    return Array.from({ length: count }, (_, id) => this.counter(id));
  }

  /** The pools of the core, in the order of net/pools.ts. */
  pools(): PoolUse[] {
    const field = (index: number, number: number): number => (this.invoke("core_pool", index, number) as number) >>> 0;
    const pools: PoolUse[] = [];
    for (let index = 0; field(index, 0) !== NO_POOL; index++) {
      if (index === POOL_NAMES.length) throw new Error("core_pool has a pool without a name");
      const capacity = field(index, 0);
      if (capacity === 0) continue; // left out
      pools.push({
        name: POOL_NAMES[index],
        capacity,
        used: field(index, 1),
        highWater: field(index, 2),
        refused: field(index, 3),
        elementBytes: field(index, 4),
      });
    }
    return pools;
  }

  /** The NUL-terminated ASCII text at core address `address`. */
  text(address: number): string {
    const end = this.bytes.indexOf(0, address);
    return new TextDecoder().decode(this.bytes.slice(address, end < 0 ? address : end));
  }

  // ---- snapshot -----------------------------------------------------------------------------------------------------

  /**
   * Everything that decides how this instance continues: its linear memory, the state of each register model
   * (frames waiting in the device among it), the random source, the pending request to poll. The application's memory is
   * not part of it. Layout: u32 bytes of the JSON text, little-endian; the JSON text; the memory.
   */
  snapshot(): Uint8Array {
    const state = {
      models: this.windows.map((window) => window.model.save?.() ?? null),
      random: this.random.save?.() ?? null,
      pollRequested: this.pollRequested,
    };
    const text = new TextEncoder().encode(JSON.stringify(state));
    const snapshot = new Uint8Array(4 + text.length + this.bytes.length);
    new DataView(snapshot.buffer).setUint32(0, text.length, true);
    snapshot.set(text, 4);
    snapshot.set(this.bytes, 4 + text.length);
    return snapshot;
  }

  /** Takes over a snapshot of an instance of the same module with the same register models. */
  restore(snapshot: Uint8Array): void {
    const textBytes = new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(0, true);
    const memory = snapshot.subarray(4 + textBytes);
    if (memory.length !== this.bytes.length) {
      throw new RangeError(`the snapshot is of a core with ${memory.length} bytes, this one has ${this.bytes.length}`);
    }
    const state = JSON.parse(new TextDecoder().decode(snapshot.slice(4, 4 + textBytes))) as {
      models: Saved[];
      random: Saved;
      pollRequested: boolean;
    };
    this.bytes.set(memory);
    for (const [index, window] of this.windows.entries()) window.model.load?.(state.models[index]);
    this.random.load?.(state.random);
    this.pollRequested = state.pollRequested;
  }

  // ---- the application's side -----------------------------------------------------------------------------------------

  /** Gives `task` a memory (or none: then every guest access is out of range). */
  setGuest(task: number, memory: GuestMemory | undefined): void {
    if (memory === undefined) this.guests.delete(task);
    else this.guests.set(task, memory);
  }

  guest(task: number): GuestMemory | undefined {
    return this.guests.get(task);
  }

  // ---- CoreEnvironment: what the imports ask for --------------------------------------------------------------------

  macAddress(): Uint8Array | undefined {
    return this.options.mac;
  }

  strings(kind: number): Uint8Array[] {
    return this.texts[kind] ?? [];
  }

  log(line: string): void {
    if (this.options.log !== undefined) this.options.log(line);
    else this.logLines.push(line);
  }

  consoleWrite(task: number, fd: number, bytes: Uint8Array): void {
    this.options.consoleWrite?.(task, fd, bytes);
  }

  consoleRead(task: number, length: number): Uint8Array | undefined {
    return this.options.consoleRead === undefined ? new Uint8Array(0) : this.options.consoleRead(task, length);
  }

  exit(task: number, code: number): void {
    this.options.onExit?.(task, code);
  }

  requestPoll(): void {
    this.pollRequested = true;
    this.options.onPollRequest?.();
  }

  realtimeOffset(): bigint {
    return this.options.realtimeOffset?.() ?? 0n;
  }

  private invoke(name: string, ...args: (number | bigint)[]): number | bigint | undefined {
    const callee = this.functions[name];
    if (typeof callee !== "function") throw new Error(`the core has no export "${name}"`);
    try {
      return (callee as CoreFunction)(...args);
    } catch (error) {
      if (!isTrap(error) && !(error instanceof RegisterFault)) throw error;
      throw new CoreTrap(describeTrap(error, functionNames(this.options.module)), { cause: error });
    }
  }
}
