/**
 * native_sim: firmware in real time, in this process. The core runs in the main thread, driven by timers and the wire; the application
 * runs in a thread of its own, so that the stack answers while it computes.
 *
 *     const machine = new Machine({ core, application, wire: gateway, console: (bytes) => process.stdout.write(bytes) });
 *     machine.start();
 *     const ended = await machine.ended;
 *     await machine.close();
 */
import { Worker, type WorkerOptions } from "node:worker_threads";
import { SYSTEM_CALLS } from "../syscall/table/index.js";
import type { WorkerInput, WorkerMessage } from "./app-worker.js";
import { type Application, programArguments, programEnvironment } from "./application.js";
import { Core, NO_DEADLINE, PENDING } from "./core.js";
import { GuestMemory } from "./guest-memory.js";
import { HostNic } from "./host-nic.js";
import { PcapFile } from "./pcap.js";
import { type RandomSource, SystemRandom } from "./random.js";
import { LooseWire, type RealWire } from "./real-wire.js";
import { importSharedMemory } from "./shared-memory.js";
import { CoreTrap, type Trap, trapLine } from "./trap.js";
import { ANSWERED, ARGUMENTS, CONTROL_STATE, CONTROL_WORDS, ENDED, RESULT } from "./worker-protocol.js";

export interface MachineOptions {
  /** core.wasm, compiled for native_sim. */
  readonly core: WebAssembly.Module;
  readonly application: Application;
  /** Default: nothing at the other end. */
  readonly wire?: RealWire;
  /** Everything that the program, the stack and the host print, as a UART would show it. */
  readonly console?: (bytes: Uint8Array) => void;
  /** Default: the operating system's random numbers. */
  readonly random?: RandomSource;
  /** MAC address, 6 bytes; default CONFIG_ETH_MAC_ADDRESS. */
  readonly mac?: Uint8Array;
  /** CONFIG_ETH_BASE_ADDRESS; default 0x40000000. */
  readonly nicBase?: number;
  /** Writes all frames to this file. */
  readonly pcap?: string;
}

/** How a machine ended. A program that traps without being restarted does not end it: the stack stays up. */
export type MachineEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "core trapped"; readonly trap: Trap }
  | { readonly kind: "closed" };

interface WaitingCall {
  readonly row: (typeof SYSTEM_CALLS)[number];
  readonly args: readonly (number | bigint)[];
}

/** Polls in a row before other events of this process get their turn. */
const POLLS_IN_A_ROW = 32;
/** Longest sleep, ms: timers of Node hold 31 bits. */
const LONGEST_SLEEP = 0x7fff_ffff;

/** Next to this file; TypeScript while developing, JavaScript once built. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./app-worker.ts" : "./app-worker.js", import.meta.url);

/**
 * Starts the application's thread. Loaders of the main thread do not reach threads on Node 20, so that TypeScript needs
 * its own there.
 */
function startWorker(options: WorkerOptions): Worker {
  if (!WORKER.pathname.endsWith(".ts")) return new Worker(WORKER, options);
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const source = `import(${loader}).then(({ register }) => { register(); return import(${JSON.stringify(WORKER.href)}); });`;
  return new Worker(source, { ...options, eval: true, execArgv: [] });
}

export class Machine {
  readonly core: Core;
  readonly nic: HostNic;
  /** Resolves when the program exits, the core traps, or the machine is closed. */
  readonly ended: Promise<MachineEnd>;
  /** The trap of the program that was not restarted. */
  trapped: Trap | undefined;

  private readonly options: MachineOptions;
  private readonly wire: RealWire;
  private readonly capture: PcapFile | undefined;
  private readonly module: WebAssembly.Module;
  private readonly pages: number;
  private readonly started = process.hrtime.bigint();
  private readonly input: Uint8Array[] = [];
  private inputEnded = false;
  private worker: Worker | undefined;
  private control: Int32Array | undefined;
  private args: BigInt64Array | undefined;
  private waiting: WaitingCall | undefined;
  private exitCode: number | undefined;
  private deadline = NO_DEADLINE;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private inCore = false;
  private framesIn = false;
  private over = false;
  private end: (how: MachineEnd) => void = () => {};

  constructor(options: MachineOptions) {
    this.options = options;
    this.wire = options.wire ?? new LooseWire();
    this.capture = options.pcap === undefined ? undefined : new PcapFile(options.pcap);
    const { application } = options;
    const shared = importSharedMemory(application.wasm, application.memorySize);
    this.module = new WebAssembly.Module(shared.wasm);
    this.pages = shared.pages;
    this.nic = new HostNic({ base: options.nicBase, receiveSlots: 256 });
    this.core = new Core({
      module: options.core,
      nic: this.nic,
      random: options.random ?? new SystemRandom(),
      mac: options.mac,
      arguments: programArguments(application),
      environment: programEnvironment(application),
      log: (line) => this.print(`${line}\n`),
      consoleWrite: (_task, _fd, bytes) => this.options.console?.(bytes),
      consoleRead: (_task, length) => this.readInput(length),
      onExit: (_task, code) => {
        this.exitCode = code;
      },
      realtimeOffset: () => BigInt(Date.now()) * 1000n - this.now(),
    });
    this.nic.onTransmit = (frame) => {
      this.record(frame);
      this.wire.send(frame);
    };
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Microseconds since the machine was made. */
  now(): bigint {
    return (process.hrtime.bigint() - this.started) / 1000n;
  }

  /** Starts the stack and the program. @returns the answer of core_init: 0 or -errno */
  start(): number {
    const result = this.enter(() => this.core.init(this.now())) ?? -1;
    this.wire.attach((frame) => this.receive(frame));
    this.startApplication();
    this.deadline = 0n;
    this.service();
    return result;
  }

  /** Console input for the program; undefined ends it. */
  type(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) this.inputEnded = true;
    else this.input.push(bytes);
  }

  /** Runs something that enters the core (core_interface_set, say), as the machine itself would. */
  enter<T>(entry: () => T): T | undefined {
    if (this.over) return undefined;
    const outermost = !this.inCore;
    this.inCore = true;
    try {
      return entry();
    } catch (error) {
      if (!(error instanceof CoreTrap)) throw error;
      this.print(`\n${error.message}\n`);
      this.finish({ kind: "core trapped", trap: error.trap });
      return undefined;
    } finally {
      if (outermost) this.inCore = false;
    }
  }

  setLink(up: boolean): void {
    this.nic.setLink(up);
    this.framesIn = true;
    this.soon();
  }

  /** Ends program, timers and wire. */
  async close(): Promise<void> {
    this.finish({ kind: "closed" });
    await this.stopWorker();
    await this.wire.close();
    this.capture?.close();
  }

  private finish(how: MachineEnd): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.end(how);
  }

  private print(text: string): void {
    this.options.console?.(new TextEncoder().encode(text));
  }

  private record(frame: Uint8Array): void {
    this.capture?.write({ time: Date.now() * 1000, frame });
  }

  private readInput(length: number): Uint8Array | undefined {
    const first = this.input[0];
    if (first === undefined) return this.inputEnded ? new Uint8Array(0) : undefined;
    if (first.length <= length) this.input.shift();
    else this.input[0] = first.subarray(length);
    return first.slice(0, length);
  }

  // ---- the stack ------------------------------------------------------------------------------------------------------

  private receive(frame: Uint8Array): void {
    if (this.over) return;
    this.record(frame);
    this.nic.receive(frame);
    this.framesIn = true;
    if (!this.inCore) this.service();
  }

  /** Polls until nothing is due, repeats the waiting call when it may, and sets the timer for the next deadline. */
  private service(): void {
    clearTimeout(this.timer);
    for (let polls = 0; polls < POLLS_IN_A_ROW && this.due(); polls++) this.poll();
    if (this.over) return;
    if (this.due()) {
      this.soon();
      return;
    }
    if (this.deadline === NO_DEADLINE) return;
    const microseconds = Number(this.deadline - this.now());
    this.timer = setTimeout(() => this.service(), Math.min(Math.max(0, Math.ceil(microseconds / 1000)), LONGEST_SLEEP));
  }

  private due(): boolean {
    return !this.over && (this.framesIn || this.core.pollRequested || this.deadline <= this.now());
  }

  private poll(): void {
    const now = this.now();
    this.deadline = this.enter(() => this.core.poll(now)) ?? NO_DEADLINE;
    // Frames are left: to be remembered apart, since parking a task below may move the deadline away.
    this.framesIn = this.deadline <= now;
    this.retry();
  }

  /** Services once more after other events of this process. */
  private soon(): void {
    clearImmediate(this.immediate);
    this.immediate = setImmediate(() => this.service());
  }

  // ---- the application --------------------------------------------------------------------------------------------------

  private startApplication(): void {
    const memory = new WebAssembly.Memory({ initial: this.pages, maximum: this.pages, shared: true });
    this.core.setGuest(0, new GuestMemory(memory.buffer, this.options.application.memorySize));
    const control = new SharedArrayBuffer(CONTROL_WORDS * 4);
    const args = new SharedArrayBuffer(ARGUMENTS * 8);
    this.control = new Int32Array(control);
    this.args = new BigInt64Array(args);
    this.waiting = undefined;
    this.exitCode = undefined;
    const workerData: WorkerInput = { module: this.module, memory, control, args };
    const worker = startWorker({ workerData, name: this.options.application.name });
    this.worker = worker;
    worker.on("message", (message: WorkerMessage) => {
      if (this.worker !== worker || this.over) return;
      if (typeof message === "number") this.systemCall(message);
      else this.applicationEnded(message);
    });
    worker.on("error", (error) => {
      if (this.worker === worker) this.applicationEnded({ kind: "failure", message: String(error) });
    });
  }

  private async stopWorker(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    await worker?.terminate();
  }

  private systemCall(index: number): void {
    const row = SYSTEM_CALLS[index];
    const args = [
      ...row.constants,
      ...row.parameters.map(({ type }, i) => {
        const value = (this.args as BigInt64Array)[i];
        return type === "i64" ? value : Number(value);
      }),
    ];
    this.attempt({ row, args });
    if (this.due()) this.service();
  }

  /** Makes or repeats a call; answers it, or parks the task. */
  private attempt(call: WaitingCall): void {
    const result = this.enter(() => this.core.call(call.row.core, 0, this.now(), ...call.args));
    if (result === undefined) return;
    if (this.exitCode !== undefined) {
      this.answer(ENDED, this.exitCode);
      return;
    }
    if (result !== PENDING) {
      this.waiting = undefined;
      this.answer(ANSWERED, result);
      return;
    }
    this.waiting = call;
    this.deadline = this.enter(() => this.core.park(0, this.now())) ?? NO_DEADLINE;
    if (this.enter(() => this.core.ready(0))) this.attemptSoon();
    else this.rearm();
  }

  private retry(): void {
    const call = this.waiting;
    if (call === undefined || this.over) return;
    if (this.enter(() => this.core.ready(0))) {
      this.waiting = undefined;
      this.attempt(call);
    }
  }

  private attemptSoon(): void {
    setImmediate(() => this.retry());
  }

  /** The deadline may have come nearer. */
  private rearm(): void {
    if (!this.due()) this.service();
  }

  private answer(state: number, result: number): void {
    const control = this.control as Int32Array;
    Atomics.store(control, RESULT, result);
    Atomics.store(control, CONTROL_STATE, state);
    Atomics.notify(control, CONTROL_STATE);
  }

  private applicationEnded(message: Exclude<WorkerMessage, number>): void {
    this.waiting = undefined;
    void this.stopWorker();
    this.enter(() => this.core.reset(0, this.now()));
    if (this.over) return;
    if (message.kind === "exit") {
      this.service();
      this.finish({ kind: "exit", code: message.code });
      return;
    }
    const trap = message.kind === "trap" ? message.trap : { reason: message.message, function: undefined };
    this.print(`\n${trapLine("app", trap)}\n`);
    if (this.options.application.onTrap === "restart") {
      this.print("*** application restarts\n");
      this.startApplication();
    } else {
      this.trapped = trap;
      this.print("*** application stopped; the network stack stays up\n");
    }
    this.service();
  }
}
