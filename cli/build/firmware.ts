/** From two WebAssembly modules to an image: runtime/aot translates, runtime/mcu compiles. */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { McuBoard } from "../../boards/types.js";
import { type Translation, translate } from "../../runtime/aot/index.js";
import { compileImage, type SizeReport } from "../../runtime/mcu/image.js";
import type { Application } from "../application.js";
import type { ResolvedConfig } from "../config/index.js";
import { type Logger, runStep } from "../logger.js";
import { packagePath } from "../package-root.js";
import { type CompiledModule, hash } from "./compile-cache.js";

export interface Firmware {
  /** Path of the image. */
  readonly elf: string;
  readonly sizes: SizeReport;
  /** Bytes of C stack that it can need; undefined when that cannot be told. */
  readonly stackBytes?: number;
  /** Bytes of the core's linear memory. */
  readonly coreMemory: number;
}

interface FirmwareRecord extends Omit<Firmware, "elf"> {
  readonly key: string;
}

/** Hash of the translator's and the host's own sources, so that an edit of them builds anew. */
function hostHash(): string {
  const parts: string[] = [];
  for (const folder of ["aot", "mcu"]) {
    const root = packagePath("runtime", folder);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) parts.push(hash(readFileSync(join(entry.parentPath ?? entry.path, entry.name))));
    }
  }
  return hash(...parts.sort());
}

function firmwareKey(core: Uint8Array, app: Uint8Array, name: string, config: ResolvedConfig): string {
  const values = [...config.entries.values()].map(({ option, value }) => [option.name, value]);
  return hash(core, app, name, JSON.stringify(config.board), JSON.stringify(values), hostHash());
}

function readRecord(path: string): FirmwareRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as FirmwareRecord;
  } catch {
    return undefined;
  }
}

/** The core's memory without a machine: its static data, in whole 8-byte units. */
export function coreMemorySize(core: CompiledModule): number {
  return Math.ceil(core.heapBase / 8) * 8;
}

/**
 * The core's memory in a machine: a multiple of 256, so that the guard behind it can be watched by an MPU, and of so few bits that one
 * instruction of ARM compares with it.
 */
function placedMemorySize(core: CompiledModule): number {
  const bytes = core.heapBase;
  const step = Math.max(256, 2 ** (Math.ceil(Math.log2(bytes)) - 8));
  return Math.ceil(bytes / step) * step;
}

/**
 * Builds firmware.elf in `directory`, or takes the one there when nothing that goes into it has changed.
 *
 * @throws TranslateError or ImageError, with sentences for the user
 */
export async function buildFirmware(
  application: Application,
  board: McuBoard,
  config: ResolvedConfig,
  modules: { readonly core: CompiledModule; readonly app: CompiledModule },
  directory: string,
  logger: Logger,
): Promise<Firmware> {
  const elf = join(directory, "firmware.elf");
  const recordPath = join(directory, "firmware.json");
  const key = firmwareKey(modules.core.wasm, modules.app.wasm, application.name, config);
  const known = readRecord(recordPath);
  if (known?.key === key && existsSync(elf)) {
    logger.step("firmware.elf").done("unchanged");
    return { elf, sizes: known.sizes, stackBytes: known.stackBytes, coreMemory: known.coreMemory };
  }
  const base = board.ram.origin;
  const coreMemory = placedMemorySize(modules.core);
  const [core, app] = await runStep(
    logger,
    "translate WASM to C",
    async (): Promise<[Translation, Translation]> => [
      await translate(modules.core.wasm, { name: "core", memorySize: coreMemory, base, uniformCheck: true }),
      await translate(modules.app.wasm, { name: "app", memorySize: config.int("APP_MEMORY_SIZE") }),
    ],
  );
  const image = await runStep(
    logger,
    `compile C for ${board.cpu}`,
    () => compileImage({ board, config, core, app, name: application.name, coreMemorySize: coreMemory }, directory),
    ({ sizes }) => `${sizes.flash} bytes of flash, ${sizes.ram} of RAM`,
  );
  if (image.warnings.trim() !== "") logger.warn(image.warnings.trim());
  copyFileSync(image.elf, elf);
  const firmware: Firmware = { elf, sizes: image.sizes, stackBytes: image.stack.bytes, coreMemory };
  const { elf: _, ...rest } = firmware;
  writeFileSync(recordPath, `${JSON.stringify({ key, ...rest }, null, 2)}\n`);
  return firmware;
}
