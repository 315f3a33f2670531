/** `socklet build <app>` */
import { relative } from "node:path";
import { DEFAULT_BOARD } from "../boards.js";
import { type BuildResult, build } from "../build/index.js";
import { consoleLogger, silentLogger } from "../logger.js";
import type { CommandOptions } from "../options.js";
import type { CommandContext } from "../program.js";

/** What a program wants to know of a build. */
export function buildSummary(result: BuildResult): Record<string, unknown> {
  return {
    application: result.application.name,
    board: result.config.board.name,
    directory: result.directory,
    coreBytes: result.core.wasm.length,
    coreMemory: result.core.heapBase,
    appBytes: result.app.wasm.length,
    appMemory: result.app.heapBase,
    firmware: result.firmware,
  };
}

/** Builds an application and says where the result is. */
export async function buildCommand(context: CommandContext, target: string, options: CommandOptions): Promise<number> {
  const result = await build({
    application: target,
    board: options.board ?? DEFAULT_BOARD,
    confs: options.conf,
    defines: options.define,
    buildDirectory: options.buildDir,
    logger: options.json === true ? silentLogger : consoleLogger(context.stderr),
  });
  if (options.json === true) {
    context.stdout.write(`${JSON.stringify(buildSummary(result), null, 2)}\n`);
    return 0;
  }
  const made = result.firmware?.elf ?? result.directory;
  context.stdout.write(`${relative(process.cwd(), made)}\n`);
  return 0;
}
