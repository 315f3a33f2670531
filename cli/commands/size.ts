/** `socklet size <app>` */
import type { Board } from "../../boards/types.js";
import { DEFAULT_BOARD } from "../boards.js";
import { type BuildResult, build, coreMemorySize, readPools } from "../build/index.js";
import { consoleLogger, silentLogger } from "../logger.js";
import type { CommandOptions } from "../options.js";
import type { CommandContext } from "../program.js";
import { formatNumber, formatTable } from "../table.js";

function share(bytes: number, of: number): string {
  return of === 0 ? "" : `${((100 * bytes) / of).toFixed(1)} %`;
}

/** Flash and RAM by part, with what the board has. */
function partsTable(result: BuildResult, board: Board): string {
  const { firmware } = result;
  if (firmware === undefined || board.kind !== "mcu") {
    const rows = [
      ["module", "wasm", "memory"],
      ["stack", formatNumber(result.core.wasm.length), formatNumber(coreMemorySize(result.core))],
      ["application", formatNumber(result.app.wasm.length), formatNumber(result.config.int("APP_MEMORY_SIZE"))],
    ];
    return formatTable(rows, [1, 2]);
  }
  const { sizes } = firmware;
  const rows = sizes.parts.map((part) => [part.name, formatNumber(part.flash), formatNumber(part.ram)]);
  return formatTable(
    [
      ["part", "flash", "RAM"],
      ...rows,
      ["total", formatNumber(sizes.flash), formatNumber(sizes.ram)],
      [board.name, formatNumber(board.flash.length), formatNumber(board.ram.length)],
      ["used", share(sizes.flash, board.flash.length), share(sizes.ram, board.ram.length)],
    ],
    [1, 2],
  );
}

/** The core's memory by pool. */
function poolsTable(result: BuildResult): string {
  const pools = readPools(result.core.wasm);
  const total = pools.reduce((sum, pool) => sum + pool.bytes, 0);
  const memory = result.firmware?.coreMemory ?? coreMemorySize(result.core);
  const rows = pools.map((pool) => [
    pool.name,
    formatNumber(pool.capacity),
    formatNumber(pool.elementBytes),
    formatNumber(pool.bytes),
  ]);
  return formatTable(
    [
      ["pool of the stack", "entries", "bytes each", "bytes"],
      ...rows,
      ["tables, state, texts", "", "", formatNumber(memory - total)],
      ["core memory", "", "", formatNumber(memory)],
    ],
    [1, 2, 3],
  );
}

/** Prints flash and RAM of an application by part and by pool; builds it first when needed. */
export async function sizeCommand(context: CommandContext, target: string, options: CommandOptions): Promise<number> {
  const result = await build({
    application: target,
    board: options.board ?? DEFAULT_BOARD,
    confs: options.conf,
    defines: options.define,
    buildDirectory: options.buildDir,
    logger: options.json === true ? silentLogger : consoleLogger(context.stderr),
  });
  const { board } = result.config;
  if (options.json === true) {
    const report = {
      application: result.application.name,
      board: board.name,
      sizes: result.firmware?.sizes,
      stackBytes: result.firmware?.stackBytes,
      coreMemory: result.firmware?.coreMemory ?? coreMemorySize(result.core),
      appMemory: result.config.int("APP_MEMORY_SIZE"),
      appStaticData: result.app.heapBase,
      pools: readPools(result.core.wasm),
    };
    context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return 0;
  }
  const data = `Of the application's memory, ${formatNumber(result.app.heapBase)} bytes are static data.`;
  const stack = result.firmware?.stackBytes;
  const depth =
    stack === undefined
      ? ""
      : ` The C stack can need ${formatNumber(stack)} of ${formatNumber(result.config.int("MAIN_STACK_SIZE"))} bytes.`;
  context.stdout.write(`${partsTable(result, board)}\n\n${poolsTable(result)}\n\n${data}${depth}\n`);
  return 0;
}
