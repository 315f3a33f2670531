/** Small programs of the tests as app.wasm, compiled when their sources changed. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileCached } from "../../cli/build/module-cache.js";
import { configuration, type Settings, TEST_CACHE } from "./compile.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * A program that runs its top-level code as `_start`.
 * @param path below test/, `assembly/node/idle.ts`
 */
export async function compileProgram(path: string, settings: Settings = {}): Promise<Uint8Array> {
  const request = {
    entry: join(ROOT, "test", path),
    config: configuration({ settings }),
    optimize: "speed",
    exportStart: "_start",
  } as const;
  return (await compileCached(request, TEST_CACHE)).wasm;
}
