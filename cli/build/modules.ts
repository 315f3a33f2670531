/** core.wasm and app.wasm of one build. */
import { existsSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Application } from "../application.js";
import type { ResolvedConfig } from "../config/index.js";
import { UserError } from "../errors.js";
import { packagePath } from "../package-root.js";
import type { AssemblyScriptRequest, Optimize } from "./assemblyscript.js";
import { type BuildCache, writeWhole } from "./build-cache.js";
import { compileCProgram, isCProgram } from "./c-program.js";
import { type CompiledModule, compileCached } from "./module-cache.js";

/** Entry file of the core. */
export const CORE_ENTRY = packagePath("runtime", "syscall", "core.ts");

/** `size` with CONFIG_OPTIMIZE_FOR_SIZE=y, else `speed`. */
export function optimizeOf(config: ResolvedConfig): Optimize {
  return config.bool("OPTIMIZE_FOR_SIZE") ? "size" : "speed";
}

/**
 * Compiles the stack for a configuration into `directory`/core.wasm. For a microcontroller its memory lies where the board's RAM
 * begins, so that its addresses are those of the machine.
 */
export async function buildCore(config: ResolvedConfig, directory: string, cache: BuildCache): Promise<CompiledModule> {
  const { board } = config;
  const memoryAddress = board.kind === "mcu" ? board.ram.origin : undefined;
  const core = await compileCached({ entry: CORE_ENTRY, config, optimize: optimizeOf(config), memoryAddress }, cache);
  writeWhole(join(directory, "core.wasm"), core.wasm);
  return core;
}

/** How an entry file exports main: its result type, or undefined when it only has top-level code. */
function mainResult(source: string): "i32" | "void" | undefined {
  const match = /^\s*export\s+function\s+main\s*\(\s*\)\s*(?::\s*(\w+))?/m.exec(source);
  if (match === null) return undefined;
  return match[1] === undefined || match[1] === "void" ? "void" : "i32";
}

/** The program that the host starts: the entry file's top-level code, its main(), then exit(). */
function startProgram(entry: string, config: ResolvedConfig): string {
  const from = JSON.stringify(`./${basename(entry, ".ts")}`);
  // Imports are run in their order: an address is waited for before the first line of the program.
  const waits = config.bool("NET_DHCPV4") && config.int("NET_CONFIG_INIT_TIMEOUT") !== 0;
  const wait = waits ? 'import "socklet/posix/zsock/wait-address";\n' : "";
  const exit = `${wait}import { exit } from "socklet/posix/stdlib";\n`;
  switch (mainResult(readFileSync(entry, "utf8"))) {
    case "i32":
      return `${exit}import { main } from ${from};\nexit(main());\n`;
    case "void":
      return `${exit}import { main } from ${from};\nmain();\nexit(0);\n`;
    default:
      return `${exit}import ${from};\nexit(0);\n`;
  }
}

/** What asc is asked for an application in AssemblyScript. Exposed so that tests can look at the request. */
export function applicationRequest(application: Application, config: ResolvedConfig): AssemblyScriptRequest {
  const { directory, entry, runtime, stackSize } = application;
  const start = join(directory, "_start.ts");
  return {
    entry: start,
    config,
    optimize: optimizeOf(config),
    runtime,
    stackSize,
    baseDirectory: directory,
    memorySize: config.int("APP_MEMORY_SIZE"),
    exportStart: "_start",
    virtualFiles: new Map([[start, startProgram(entry, config)]]),
  };
}

/** Compiles the application, AssemblyScript or C, into `directory`/app.wasm, or takes a finished module as it is. */
export async function buildApplication(
  application: Application,
  config: ResolvedConfig,
  directory: string,
  cache: BuildCache,
): Promise<CompiledModule> {
  if (application.entry.endsWith(".wasm")) {
    const wasm = readFileSync(application.entry);
    writeWhole(join(directory, "app.wasm"), wasm);
    return { wasm, heapBase: 0, diagnostics: [], cached: true };
  }
  if (isCProgram(application)) {
    const module = compileCProgram(application, config, directory);
    writeWhole(join(directory, "app.wasm"), module.wasm);
    return module;
  }
  const compiled = await compileCached(applicationRequest(application, config), cache);
  const size = config.int("APP_MEMORY_SIZE");
  if (compiled.heapBase > size) {
    throw new UserError(
      `The static data of ${application.name} needs ${compiled.heapBase} bytes, and CONFIG_APP_MEMORY_SIZE is ${size}. ` +
        `Set CONFIG_APP_MEMORY_SIZE=${Math.ceil(compiled.heapBase / 256) * 256} or more in ${confShown(application)}.`,
    );
  }
  writeWhole(join(directory, "app.wasm"), compiled.wasm);
  return compiled;
}

function confShown(application: Application): string {
  const path = join(application.directory, "prj.conf");
  return existsSync(path) ? relative(process.cwd(), path) : `${relative(process.cwd(), path)} (a new file)`;
}
