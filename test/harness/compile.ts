/**
 * Compiles the core once per configuration and keeps it in build/cache, so that many test files cost one compilation.
 * The key is a hash of all sources, the configuration and the way of compiling: a changed source makes a new file.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Board } from "../../boards/types.js";
import { compileAssemblyScript, type Optimize } from "../../cli/build/assemblyscript.js";
import { DEFAULTS_BOARD, generateConfigModule, type ResolvedConfig, resolveConfig } from "../../cli/config/index.js";

/** Values of Kconfig options, without CONFIG_: `{ NET_MAX_CONTEXTS: 8, NET_LOOPBACK: false }`. */
export type Settings = Readonly<Record<string, boolean | number | string>>;

export interface CoreRequest {
  readonly settings?: Settings;
  /** Default: the options' defaults, with the host's network device. */
  readonly board?: Board;
  readonly optimize?: Optimize;
  /** Entry file, absolute; default the real core. Its whole folder counts as its sources. */
  readonly entry?: string;
}

export interface CompiledCore {
  readonly module: WebAssembly.Module;
  readonly wasm: Uint8Array;
  readonly config: ResolvedConfig;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, "build", "cache");
const CORE_ENTRY = join(ROOT, "runtime", "syscall", "core.ts");
/** Folders whose AssemblyScript may become part of the core. */
const SOURCES = ["hal", "net", "runtime/syscall"];

/** Cores of this process, by key. */
const compiled = new Map<string, Promise<CompiledCore>>();

/** The core for a configuration, from the cache when its sources have not changed. */
export function compileCore(request: CoreRequest = {}): Promise<CompiledCore> {
  const config = configuration(request);
  const optimize = request.optimize ?? "speed";
  const entry = request.entry ?? CORE_ENTRY;
  const folders = request.entry === undefined ? SOURCES : [...SOURCES, join(entry, "..").slice(ROOT.length)];
  const key = hashOf(folders, `${generateConfigModule(config)}\n${optimize}\n${entry.slice(ROOT.length)}`);
  let result = compiled.get(key);
  if (result === undefined) {
    result = load(key, entry, config, optimize);
    compiled.set(key, result);
  }
  return result;
}

/** `settings` on top of the board's configuration. */
export function configuration(request: CoreRequest): ResolvedConfig {
  const defines = Object.entries(request.settings ?? {}).map(
    ([name, value]) => `CONFIG_${name}=${value === true ? "y" : value === false ? "n" : value}`,
  );
  return resolveConfig({ board: request.board ?? DEFAULTS_BOARD, defines });
}

async function load(key: string, entry: string, config: ResolvedConfig, optimize: Optimize): Promise<CompiledCore> {
  const path = join(CACHE, `core-${key}.wasm`);
  let wasm: Uint8Array;
  if (existsSync(path)) wasm = Uint8Array.from(readFileSync(path));
  else {
    wasm = (await compileAssemblyScript({ entry, config, optimize, baseDirectory: ROOT })).wasm;
    mkdirSync(CACHE, { recursive: true });
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, wasm);
    renameSync(partial, path); // whole or not at all: other test processes read it
  }
  return { module: new WebAssembly.Module(wasm), wasm, config };
}

function hashOf(folders: readonly string[], text: string): string {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter((f) =>
      f.endsWith(".ts"),
    );
    for (const file of files.sort()) {
      hash.update(`${folder}/${file}\n`);
      hash.update(readFileSync(join(ROOT, folder, file)));
    }
  }
  hash.update(readFileSync(join(ROOT, "cli", "build", "assemblyscript.ts")));
  return hash.update(text).digest("hex").slice(0, 24);
}
