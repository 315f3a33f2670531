/** The pools of a core, read from the module itself. */
import { POOL_NAMES } from "../../runtime/node/pool-names.js";

export interface Pool {
  readonly name: string;
  /** Entries. */
  readonly capacity: number;
  /** Bytes of one entry. */
  readonly elementBytes: number;
  readonly bytes: number;
}

/** Fields of core_pool, see docs/architecture.md. */
const CAPACITY = 0;
const ELEMENT_BYTES = 4;
const PAST_THE_END = 0xffff_ffff;

interface CoreExports {
  core_init(now: bigint): number;
  core_pool(index: number, field: number): number;
}

/** Imports that do nothing and answer 0: a core on a bus without devices. */
function idleImports(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: group, name } of WebAssembly.Module.imports(module)) {
    imports[group] ??= {};
    // A u64 result must be a BigInt; only the clock has one, and guest.load64.
    const wide = name === "realtime_offset" || name === "load64";
    imports[group][name] = wide ? () => 0n : () => 0;
  }
  return imports;
}

/**
 * Lists the pools of core.wasm, whatever board it was built for: it is started without any device, which leaves its
 * pools laid out and empty.
 */
export function readPools(wasm: Uint8Array): Pool[] {
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  const core = new WebAssembly.Instance(module, idleImports(module)).exports as unknown as CoreExports;
  core.core_init(0n);
  const pools: Pool[] = [];
  for (let index = 0; ; index++) {
    const capacity = core.core_pool(index, CAPACITY) >>> 0;
    if (capacity === PAST_THE_END) return pools;
    if (capacity === 0) continue; // left out
    const elementBytes = core.core_pool(index, ELEMENT_BYTES) >>> 0;
    pools.push({ name: POOL_NAMES[index], capacity, elementBytes, bytes: capacity * elementBytes });
  }
}
