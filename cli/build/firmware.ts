/** From two WebAssembly modules to an image: runtime/aot translates, runtime/mcu compiles. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { McuBoard } from "../../boards/types.js";
import { translate } from "../../runtime/aot/index.js";
import { compileImage, type SizeReport } from "../../runtime/mcu/image.js";
import type { Application } from "../application.js";
import type { ResolvedConfig } from "../config/index.js";
import { type Logger, runStep } from "../logger.js";
import { packagePath } from "../package-root.js";
import { type BuildCache, hash, writeWhole } from "./build-cache.js";
import { compilerIdentity } from "./compiler-identity.js";
import type { CompiledModule } from "./module-cache.js";
import { translateCached } from "./translation-cache.js";

export interface Firmware {
  /** Path of the image. */
  readonly elf: string;
  readonly sizes: SizeReport;
  /** Bytes of C stack that it can need; undefined when that cannot be told. */
  readonly stackBytes?: number;
  /** Bytes of the core's linear memory. */
  readonly coreMemory: number;
}

/** What an image is made from. */
export interface FirmwareInput {
  readonly application: Application;
  readonly board: McuBoard;
  readonly config: ResolvedConfig;
  readonly core: CompiledModule;
  readonly app: CompiledModule;
}

interface FirmwareRecord extends Omit<Firmware, "elf"> {
  readonly key: string;
}

const IMAGE = "firmware.elf";
const RECORD = "firmware.json";
/** What a build leaves behind for whoever wants to look, besides the image. */
const BY_PRODUCTS = ["core.c", "app.c", "image.ld", "image.map"];

/** Hash of the translator's and the host's own sources, so that an edit of them builds anew. */
function hostHash(): string {
  const parts: string[] = [];
  for (const folder of ["aot", "mcu"]) {
    const root = packagePath("runtime", folder);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath ?? entry.path, entry.name);
      parts.push(hash(path, readFileSync(path)));
    }
  }
  return hash(...parts.sort());
}

/** What images for a board are made with. */
function toolsOf(board: McuBoard): string {
  return hash(compilerIdentity(board), hostHash());
}

/** The folder counts too: debuggers find core.c and app.c through the image. */
function firmwareKey({ application, board, config, core, app }: FirmwareInput, directory: string): string {
  const values = [...config.entries.values()].map(({ option, value }) => [option.name, value]);
  const settings = [JSON.stringify(config.board), JSON.stringify(values), String(core.heapBase)];
  return hash("firmware", core.wasm, app.wasm, application.name, directory, ...settings, toolsOf(board));
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
export function placedMemorySize(core: CompiledModule): number {
  const bytes = core.heapBase;
  const step = Math.max(256, 2 ** (Math.ceil(Math.log2(bytes)) - 8));
  return Math.ceil(bytes / step) * step;
}

/** The image of exactly these inputs in `directory`, from there or out of the cache; undefined when it has to be built. */
function takeBuilt(key: string, directory: string, cache: BuildCache, logger: Logger): Firmware | undefined {
  const elf = join(directory, IMAGE);
  const recordPath = join(directory, RECORD);
  const here = readRecord(recordPath);
  if (here?.key === key && existsSync(elf)) {
    logger.step(IMAGE).done("unchanged");
    return { elf, sizes: here.sizes, stackBytes: here.stackBytes, coreMemory: here.coreMemory };
  }
  const files = cache.read(key);
  if (files === undefined) return undefined;
  for (const [name, contents] of files) if (name !== RECORD) writeWhole(join(directory, name), contents);
  // Last: it says that the rest is there.
  writeWhole(recordPath, files.get(RECORD) ?? "");
  logger.step(IMAGE).done("built before");
  const { sizes, stackBytes, coreMemory } = readRecord(recordPath) as FirmwareRecord;
  return { elf, sizes, stackBytes, coreMemory };
}

async function compile(
  input: FirmwareInput,
  key: string,
  directory: string,
  cache: BuildCache,
  logger: Logger,
): Promise<Firmware> {
  const { application, board, config } = input;
  const base = board.ram.origin;
  const memorySize = placedMemorySize(input.core);
  const tools = toolsOf(board);
  const checkCalls = config.bool("OPTIMIZE_FOR_SIZE");
  const coreOptions = { name: "core", memorySize, base, uniformCheck: true, checkCalls, bursts: "port_take" };
  const [core, app] = await runStep(logger, "translate WASM to C", () =>
    Promise.all([
      translateCached(input.core.wasm, coreOptions, hostHash(), cache),
      translate(input.app.wasm, { name: "app", memorySize: config.int("APP_MEMORY_SIZE") }),
    ]),
  );
  const image = await runStep(
    logger,
    `compile C for ${board.cpu}`,
    () =>
      compileImage({ board, config, core, app, tools, name: application.name, coreMemorySize: memorySize }, directory),
    ({ sizes }) => `${sizes.flash} bytes of flash, ${sizes.ram} of RAM`,
  );
  const warnings = image.warnings.trim();
  if (warnings !== "") logger.warn(warnings);
  const record: FirmwareRecord = { key, sizes: image.sizes, stackBytes: image.stack.bytes, coreMemory: memorySize };
  const files = new Map(BY_PRODUCTS.map((name) => [name, readFileSync(join(directory, name))]));
  files.set(IMAGE, readFileSync(image.elf));
  files.set(RECORD, Buffer.from(`${JSON.stringify(record, null, 2)}\n`));
  // A warning is a fault of ours: it is to be seen until it is mended.
  if (warnings === "") cache.write(key, files);
  for (const name of [IMAGE, RECORD]) writeWhole(join(directory, name), files.get(name) ?? "");
  const { key: _, ...sizes } = record;
  return { elf: join(directory, IMAGE), ...sizes };
}

/**
 * Builds firmware.elf in `directory`, or takes the one there, or in the cache, when nothing that goes into it has changed.
 *
 * @throws TranslateError or ImageError, with sentences for the user
 */
export async function buildFirmware(
  input: FirmwareInput,
  directory: string,
  cache: BuildCache,
  logger: Logger,
): Promise<Firmware> {
  const key = firmwareKey(input, directory);
  return (
    takeBuilt(key, directory, cache, logger) ??
    cache.alone(
      key,
      async () => takeBuilt(key, directory, cache, logger) ?? compile(input, key, directory, cache, logger),
    )
  );
}
