/** The program in which functions of the core stand beside the same in C, compiled as an image is: for their sizes and for what they do. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadApplication } from "../../cli/application.js";
import { requireBoard } from "../../cli/boards.js";
import type { BuildCache } from "../../cli/build/build-cache.js";
import { placedMemorySize } from "../../cli/build/firmware.js";
import { CORE_ENTRY, compileCached } from "../../cli/build/index.js";
import type { CompiledModule } from "../../cli/build/module-cache.js";
import { optimizeOf } from "../../cli/build/modules.js";
import { type ResolvedConfig, resolveConfig } from "../../cli/config/index.js";
import { packagePath } from "../../cli/package-root.js";
import { type Translation, translate } from "../../runtime/aot/index.js";
import { compileCommand } from "../../runtime/mcu/image.js";
import { compileForCortexM3, runOnCortexM3 } from "../../test/aot/cortex-m3.js";
import { CALLED, CONTROL, INCLUDED, OPTIONS_IN_C, PLACES, SAMPLE, type SampleFunction } from "./sample.js";

/** Of one function. */
export interface SampleSize {
  readonly sample: SampleFunction;
  /** Bytes of machine code with its literals and its trap. */
  readonly core: number;
  readonly c: number;
}

/** How often a function was called by the comparison. */
export interface Comparison {
  readonly name: string;
  readonly cases: number;
  /** Calls whose result was not 0. */
  readonly hits: number;
  /** Calls that changed memory. */
  readonly changes: number;
}

/** Image that the core is taken from: the board that optimises for size, with TCP. */
const BOARD = "qemu_cortex_m3";
const APPLICATION = packagePath("examples", "tcp_echo");
/** Of the core's last bytes, which the driver puts its records into. */
const DRIVER_BYTES = 16 * 256;
/** Where the program's own data lies, behind the core's memory. */
const DATA_ADDRESS = 0x2010_0000;
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** `RoundTrip_sample` of `net/transport/tcp/round-trip/RoundTrip.sample`. */
const shortName = (name: string) => name.slice(name.lastIndexOf("/") + 1).replace(/\W/, "_");

/** `core_f75_RoundTrip_sample` of the same. */
function emittedName(source: string, name: string): string {
  const found = new RegExp(`\\bcore_f\\d+_${shortName(name)}(?=\\()`).exec(source)?.[0];
  if (found === undefined) throw new Error(`the core's module has no function ${name}: asc has inlined it everywhere`);
  return found;
}

const MEASURED = [...SAMPLE, ...CONTROL];
const APART = [...MEASURED.map(({ name }) => name), ...CALLED];

const constantOf = (symbol: string) => `bench_${symbol}`;

/** The core as an image of `config` has it, with exported constants that say where its state lies. */
async function compileWithPlaces(config: ResolvedConfig, base: number, cache: BuildCache): Promise<CompiledModule> {
  const texts = new Map<string, string>();
  const append = (path: string, line: string) =>
    texts.set(path, `${texts.get(path) ?? readFileSync(path, "utf8")}\n${line}\n`);
  for (const { symbol, file, expression } of PLACES) {
    append(packagePath(file), `export const ${constantOf(symbol)}: usize = ${expression};`);
    append(CORE_ENTRY, `export { ${constantOf(symbol)} } from "../../${file.replace(/\.ts$/, "")}";`);
  }
  const request = { entry: CORE_ENTRY, config, optimize: optimizeOf(config), memoryAddress: base, virtualFiles: texts };
  return compileCached(request, cache);
}

/** Where the state lies, as the exported constants say. */
function placesOf({ globals }: Translation): Map<string, number> {
  return new Map(
    PLACES.map(({ symbol }) => {
      const literal = globals.find(({ name }) => name === constantOf(symbol))?.cName ?? "";
      if (!/^\d+u$/.test(literal)) throw new Error(`where ${symbol} lies is no constant: "${literal}"`);
      return [symbol, Number.parseInt(literal, 10)];
    }),
  );
}

/** The core's text, before it what it imports, behind it the driver. Nothing that is called here calls an import. */
function coreText({ imports, source }: Translation): string {
  const type = { i32: "uint32_t", i64: "uint64_t", f32: "float", f64: "double" } as const;
  const stubs = imports.map(({ cName, parameters, result }) => {
    const list = parameters.map((parameter) => type[parameter]).join(", ") || "void";
    return `extern ${result === undefined ? "void" : type[result]} ${cName}(${list});`;
  });
  const names = APART.map((name) => {
    const macro = shortName(name)
      .replace(/(?<=[a-z])(?=[A-Z])/g, "_")
      .toUpperCase();
    return `#define CORE_${macro} ${emittedName(source, name)}`;
  });
  for (const { name, parameters } of MEASURED) {
    const list = new RegExp(`^static \\w+ ${emittedName(source, name)}\\((.*)\\) \\{$`, "m").exec(source)?.[1] ?? "";
    if (list.split(", ").length !== parameters) {
      throw new Error(
        `${name} has the parameters "${list}" in the core's module: bench/aot/driver.c expects ${parameters}`,
      );
    }
  }
  return [
    "#include <stdint.h>",
    '#include "aot.h"',
    "#define core_trap AOT_TRAP_UDF",
    ...stubs,
    source,
    ...names,
    readFileSync(here("driver.c"), "utf8"),
  ].join("\n");
}

/** Bytes of the functions of an image, by name. */
function functionSizes(image: string): Map<string, number> {
  const symbols = execFileSync("arm-none-eabi-nm", ["-S", image], { encoding: "utf8", maxBuffer: 1 << 26 });
  return new Map(
    [...symbols.matchAll(/^[0-9a-f]+ ([0-9a-f]+) [tT] (\S+)$/gm)].map(([, size, name]) => [
      name,
      Number.parseInt(size, 16),
    ]),
  );
}

/** What `driver.c` printed. @throws Error with the difference that it found */
function readComparison(output: string): Comparison[] {
  const compared = [...output.matchAll(/^(\w+) (\d+) (\d+) (\d+)$/gm)].map(([, name, ...counts]): Comparison => {
    const [cases, hits, changes] = counts.map(Number);
    return { name, cases, hits, changes };
  });
  if (/: case /.test(output)) throw new Error(output.trim());
  return compared;
}

/** What came out. */
export interface SampleProgram {
  readonly sizes: readonly SampleSize[];
  /** Of the functions that were chosen afterwards. */
  readonly control: readonly SampleSize[];
  readonly compared: readonly Comparison[];
}

/**
 * Compiles the program, measures it and runs it in QEMU.
 *
 * @throws Error when a function does something else in C than in the core, with the first difference
 */
export async function measureSample(cache: BuildCache): Promise<SampleProgram> {
  const board = requireBoard(BOARD);
  if (board.kind !== "mcu") throw new Error(`${BOARD} is no microcontroller`);
  const config = resolveConfig({ board, prjConf: loadApplication(APPLICATION).prjConf });
  const base = board.ram.origin;
  const core = await compileWithPlaces(config, base, cache);
  const memorySize = placedMemorySize(core);
  const attributes = Object.fromEntries([
    ...APART.map((name) => [name, "noipa"]),
    ...INCLUDED.map((name) => [name, "always_inline"]),
  ]);
  const options = { name: "core", memorySize, base, uniformCheck: true, trapNames: false, attributes };
  const translation = await translate(core.wasm, options);
  const places = placesOf(translation);
  for (const [symbol, address] of places) {
    if (address > base + memorySize - DRIVER_BYTES) throw new Error(`${symbol} lies where the driver puts its records`);
  }
  const directory = mkdtempSync(join(tmpdir(), "socklet-aot-sample-"));
  try {
    const image = join(directory, "sample.elf");
    const command = compileCommand(board, config.bool("OPTIMIZE_FOR_SIZE"));
    const flags = [
      // Of one unit; here there are two, and a start-up code. What is measured is static, or named to the other unit.
      ...command.slice(1).filter((flag) => flag !== "-fwhole-program" && !flag.startsWith("-fcallgraph")),
      ...OPTIONS_IN_C.map((name) => `-DCONFIG_${name}=${config.int(name)}`),
      ...[...places].map(([symbol, address]) => `-Wl,--defsym=${symbol}=${address}`),
      `-I${here(".")}`,
    ];
    const texts = [coreText(translation), readFileSync(here("functions.c"), "utf8")];
    await compileForCortexM3(texts, flags, image, DATA_ADDRESS);
    const bytes = functionSizes(image);
    const size = (name: string): number => {
      const found = bytes.get(name);
      if (found === undefined) throw new Error(`the image has no function ${name}`);
      return found;
    };
    const sizeOf = (sample: SampleFunction): SampleSize => ({
      sample,
      core: size(emittedName(translation.source, sample.name)),
      c: size(sample.cName),
    });
    const [sizes, control] = [SAMPLE.map(sizeOf), CONTROL.map(sizeOf)];
    return { sizes, control, compared: readComparison(await runOnCortexM3(image)) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The sizes added up, the core's by those of C. */
export function ratioOf(sizes: readonly SampleSize[]): number {
  const sum = (side: "core" | "c") => sizes.reduce((bytes, size) => bytes + size[side], 0);
  return sum("core") / sum("c");
}
