/** The build: an application and a board in, WebAssembly modules and an image out. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Application, loadApplication, loadConf } from "../application.js";
import { requireBoard } from "../boards.js";
import { generateConfigModule, type ResolvedConfig, resolveConfig } from "../config/index.js";
import { type Logger, runStep, silentLogger } from "../logger.js";
import { BuildCache, cacheDirectory, writeWhole } from "./build-cache.js";
import { checkApplicationModule } from "./check-imports.js";
import { buildFirmware, type Firmware } from "./firmware.js";
import type { CompiledModule } from "./module-cache.js";
import { buildApplication, buildCore } from "./modules.js";

export {
  type AssemblyScriptRequest,
  type AssemblyScriptResult,
  compileAssemblyScript,
  type Optimize,
} from "./assemblyscript.js";
export { BuildCache, cacheDirectory } from "./build-cache.js";
export { coreMemorySize, type Firmware } from "./firmware.js";
export { type CompiledModule, compileCached } from "./module-cache.js";
export { buildApplication, buildCore, CORE_ENTRY } from "./modules.js";
export { type Pool, readPools } from "./pools.js";

export interface BuildOptions {
  /** Folder of the application. */
  readonly application: string;
  readonly board: string;
  /** Arguments of -D. */
  readonly defines?: readonly string[];
  /** Paths of files above its prj.conf (--conf). */
  readonly confs?: readonly string[];
  /** Text in place of the application's prj.conf; messages still name that file. */
  readonly prjConf?: string;
  /** Results go to `<buildDirectory>/<application>/<board>`; default `build` in the current folder. */
  readonly buildDirectory?: string;
  /** What was built before, for all applications; default SOCKLET_CACHE, else `<buildDirectory>/.cache`. */
  readonly cacheDirectory?: string;
  readonly logger?: Logger;
}

export interface BuildResult {
  readonly application: Application;
  readonly config: ResolvedConfig;
  /** Absolute path of the folder with the results. */
  readonly directory: string;
  readonly core: CompiledModule;
  readonly app: CompiledModule;
  /** For boards that run compiled firmware. */
  readonly firmware?: Firmware;
}

function moduleDetail(module: CompiledModule): string {
  return `${module.wasm.length} bytes, ${module.heapBase} of memory${module.cached ? ", built before" : ""}`;
}

/**
 * Builds an application for a board. What was built before from the same inputs, for whatever application, is not built again.
 *
 * @throws UserError, TranslateError or ImageError, with sentences for the user
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const logger = options.logger ?? silentLogger;
  const board = requireBoard(options.board);
  const application = loadApplication(options.application);
  const path = application.prjConf?.path ?? "prj.conf";
  const prjConf = options.prjConf === undefined ? application.prjConf : { path, text: options.prjConf };
  const config = resolveConfig({ board, prjConf, confs: options.confs?.map(loadConf), defines: options.defines });
  const root = resolve(options.buildDirectory ?? "build");
  const directory = join(root, application.name, board.name);
  const cache = new BuildCache(options.cacheDirectory ?? cacheDirectory(root));
  mkdirSync(directory, { recursive: true });
  writeWhole(join(directory, "config.ts"), generateConfigModule(config));

  const core = await runStep(logger, "compile the stack", () => buildCore(config, directory, cache), moduleDetail);
  const app = await runStep(
    logger,
    `compile ${application.name}`,
    async () => {
      const module = await buildApplication(application, config, directory, cache);
      checkApplicationModule(module.wasm);
      return module;
    },
    moduleDetail,
  );
  for (const message of [...core.diagnostics, ...app.diagnostics]) logger.warn(message);
  const result = { application, config, directory, core, app };
  if (board.kind === "native") return result;
  return {
    ...result,
    firmware: await buildFirmware({ application, board, config, core, app }, directory, cache, logger),
  };
}
