/**
 * Firmware in virtual time: an application on a node of a world, in the same thread. While the program waits in a system call, the
 * world goes on; while it computes, no time passes.
 *
 * One program per world: the others on the wire are scripts, or cores that answer without a program.
 */
import { SYSTEM_CALLS } from "../syscall/table/index.js";
import {
  type Application,
  applicationImports,
  ProgramEnd,
  programArguments,
  programEnvironment,
} from "./application.js";
import { Core, type CoreOptions, PENDING } from "./core.js";
import { GuestMemory } from "./guest-memory.js";
import { functionNames } from "./module-sections.js";
import { importSharedMemory, MEMORY_IMPORT_MODULE, MEMORY_IMPORT_NAME } from "./shared-memory.js";
import { describeTrap, isTrap, type Trap, trapLine } from "./trap.js";
import type { Segment } from "./wire.js";
import type { World } from "./world.js";
import type { WorldNode } from "./world-node.js";

export interface VirtualMachineOptions {
  readonly core: CoreOptions;
  readonly application: Application;
  readonly name?: string;
  /** Restarts after traps, at most; default 3. */
  readonly restarts?: number;
}

/** How a run ended. `stopped`: the time given was over, or the program waits for something that never comes. */
export type VirtualResult =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "trap"; readonly trap: Trap }
  | { readonly kind: "stopped" };

class StopRun extends Error {}

export class VirtualMachine {
  readonly node: WorldNode;
  /** Everything that the program and the host printed. */
  console = "";
  private readonly module: WebAssembly.Module;
  private readonly pages: number;
  private readonly names: ReadonlyMap<number, string>;
  private readonly application: Application;
  private readonly restarts: number;
  private exitCode: number | undefined;

  constructor(
    private readonly world: World,
    segment: Segment | undefined,
    options: VirtualMachineOptions,
  ) {
    this.application = options.application;
    this.restarts = options.restarts ?? 3;
    const shared = importSharedMemory(this.application.wasm, this.application.memorySize);
    this.module = new WebAssembly.Module(shared.wasm);
    this.pages = shared.pages;
    this.names = functionNames(this.module);
    const core = new Core({
      ...options.core,
      arguments: programArguments(this.application),
      environment: programEnvironment(this.application),
      log: (line) => this.print(`${line}\n`),
      consoleWrite: (_task, _fd, bytes) => this.print(new TextDecoder().decode(bytes)),
      onExit: (_task, code) => {
        this.exitCode = code;
      },
    });
    this.node = world.node(options.name ?? this.application.name, core, segment);
  }

  /** Runs the program until it ends, or for `duration` microseconds of virtual time. */
  run(duration: number): VirtualResult {
    const end = this.world.now + duration;
    for (let round = 0; ; round++) {
      const result = this.runOnce(end);
      if (result.kind !== "trap") return result;
      this.print(`\n${trapLine("app", result.trap)}\n`);
      if (this.application.onTrap !== "restart" || round === this.restarts) return result;
      this.print("*** application restarts\n");
    }
  }

  private print(text: string): void {
    this.console += text;
  }

  private runOnce(end: number): VirtualResult {
    const limits = { initial: this.pages, maximum: this.pages, shared: true };
    const memory = new WebAssembly.Memory(limits);
    this.node.core.setGuest(0, new GuestMemory(memory.buffer, this.application.memorySize));
    this.exitCode = undefined;
    const imports = applicationImports(this.module, (index, args) => this.call(index, args, end));
    imports[MEMORY_IMPORT_MODULE] = { ...imports[MEMORY_IMPORT_MODULE], [MEMORY_IMPORT_NAME]: memory };
    try {
      const instance = new WebAssembly.Instance(this.module, imports);
      (instance.exports._start as () => void)();
      return { kind: "exit", code: 0 };
    } catch (error) {
      if (error instanceof ProgramEnd) return { kind: "exit", code: error.code };
      if (error instanceof StopRun) return { kind: "stopped" };
      if (isTrap(error)) return { kind: "trap", trap: describeTrap(error, this.names) };
      throw error;
    } finally {
      this.node.reset(0);
      this.world.settle();
    }
  }

  /** A system call of the program: repeated, while the world goes on, until the core has an answer. */
  private call(index: number, args: readonly (number | bigint)[], end: number): number {
    const row = SYSTEM_CALLS[index];
    const result = this.node.call(row.core, 0, ...row.constants, ...args);
    if (this.exitCode !== undefined) throw new ProgramEnd(this.exitCode);
    if (result !== PENDING) {
      this.world.settle();
      return result;
    }
    const parked = this.node.parked(0);
    if (!this.world.runUntil(() => parked?.result !== undefined, end)) {
      this.world.now = Math.max(this.world.now, end);
      throw new StopRun();
    }
    return parked?.result ?? 0;
  }
}
