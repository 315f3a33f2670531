/**
 * Compiles the core once per configuration, through the build cache, so that many test files cost one compilation.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Board } from "../../boards/types.js";
import type { Optimize } from "../../cli/build/assemblyscript.js";
import { BuildCache, cacheDirectory } from "../../cli/build/build-cache.js";
import { compileCached } from "../../cli/build/module-cache.js";
import { DEFAULTS_BOARD, generateConfigModule, type ResolvedConfig, resolveConfig } from "../../cli/config/index.js";

/** Values of Kconfig options, without CONFIG_: `{ NET_MAX_CONTEXTS: 8, NET_LOOPBACK: false }`. */
export type Settings = Readonly<Record<string, boolean | number | string>>;

export interface CoreRequest {
  readonly settings?: Settings;
  /** Default: the options' defaults, with the host's network device. */
  readonly board?: Board;
  /**
   * Default: `speed`, as in an image, for the usual configuration; `quick` with settings of the test's own. There are about 120 of these,
   * and what -O3 makes of the core is compared with others in test/emitted-c and test/property/variants and runs on the boards.
   */
  readonly optimize?: Optimize;
  /** Entry file, absolute; default the real core. */
  readonly entry?: string;
}

export interface CompiledCore {
  readonly module: WebAssembly.Module;
  readonly wasm: Uint8Array;
  /** First byte after static data, in bytes. */
  readonly heapBase: number;
  readonly config: ResolvedConfig;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What all tests have built, for each other: test/run.ts sets SOCKLET_CACHE to the same. */
export const TEST_CACHE = new BuildCache(cacheDirectory(join(ROOT, "build")));
const CORE_ENTRY = join(ROOT, "runtime", "syscall", "core.ts");

/** Cores of this process, by key. */
const compiled = new Map<string, Promise<CompiledCore>>();

/** The core for a configuration, from the cache when its sources have not changed. */
export function compileCore(request: CoreRequest = {}): Promise<CompiledCore> {
  const config = configuration(request);
  const optimize = request.optimize ?? (request.settings === undefined ? "speed" : "quick");
  const entry = request.entry ?? CORE_ENTRY;
  const key = `${generateConfigModule(config)}\n${optimize}\n${entry}`;
  let result = compiled.get(key);
  if (result === undefined) {
    result = load(entry, config, optimize);
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

async function load(entry: string, config: ResolvedConfig, optimize: Optimize): Promise<CompiledCore> {
  // As cli/build asks for it: the core of a board's image is the same entry of the cache.
  const { wasm, heapBase } = await compileCached({ entry, config, optimize }, TEST_CACHE);
  return { module: new WebAssembly.Module(Uint8Array.from(wasm)), wasm, heapBase, config };
}
