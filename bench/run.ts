/**
 * `npm run bench`: what an operation costs on mps2_an385, ours and lwIP's: instructions and estimated cycles of the whole path from the
 * interrupt to WFI, idle excluded; flash and RAM. Ours: driver, stack, both sandboxes, the socket calls of the application, system
 * calls opaque. lwIP: C programs on its raw API (bench/lwip). Every answer is compared byte for byte.
 *
 *     npm run bench -- [--only TEXT]          operations with TEXT in their name
 *                      [--no-lwip]            our column alone
 *                      [--functions]          our functions, by instructions
 *                      [--annotate FOLDER]    the disassembly of each operation, with the executions of each instruction
 *                      [--json FILE]          where results go; default build/bench/results.json
 *                      [--accept]             makes what was measured the figures that test/bench compares with
 *                      [--document]           writes the tables into docs/performance.md
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { McuBoard } from "../boards/types.js";
import { requireBoard } from "../cli/boards.js";
import { packagePath } from "../cli/package-root.js";
import { writeDocument } from "./document.js";
import { acceptFigures, figuresOf } from "./figures.js";
import { type ConnectionMemory, type Footprint, footprintOf, lwipConnection, sockletConnection } from "./footprint.js";
import { buildLwip, VARIANTS } from "./lwip/build.js";
import { LwipMissing, lwipSource } from "./lwip/source.js";
import { BOARD, measure, type Result } from "./measure.js";
import type { Operation, Station } from "./operations.js";
import { byFunction, byPart } from "./parts.js";
import { partsTable, printFunctions, printTable } from "./report.js";
import { ALL_OPERATIONS, measureSmall, measureSocklet } from "./socklet.js";
import { type Column, comparison, connections, deviations, footprints, transposed } from "./tables.js";
import { annotate } from "./trace.js";

const has = (option: string): boolean => process.argv.includes(option);

/** The word behind `option`. */
function argument(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}

interface LwipRun {
  readonly columns: Column[];
  readonly images: Footprint[];
  readonly connection: ConnectionMemory;
  readonly version: string;
}

/** Builds and measures lwIP's columns; undefined, and a sentence on the console, when there is no lwIP. */
async function measureLwip(operations: readonly Operation[], station: Station): Promise<LwipRun | undefined> {
  try {
    const source = lwipSource();
    const board = requireBoard(BOARD) as McuBoard;
    const elves = VARIANTS.map((variant) => buildLwip(source, variant, board, station));
    const columns: Column[] = [];
    for (const [i, { name }] of VARIANTS.entries()) {
      columns.push({ name, results: await measure(elves[i], station, operations) });
    }
    const images = VARIANTS.map(({ name }, i) => footprintOf(`${name}: UDP echo, TCP echo, sink, source`, elves[i]));
    return { columns, images, connection: lwipConnection(elves[0]), version: source.version };
  } catch (error) {
    if (!(error instanceof LwipMissing)) throw error;
    console.log(`lwIP's source could not be fetched, so only our own column is measured: ${error.message}.`);
    return undefined;
  }
}

function writeAnnotations(columns: readonly Column[]): void {
  const directory = argument("--annotate") ?? packagePath("build", "annotated");
  mkdirSync(directory, { recursive: true });
  for (const [i, { name, results }] of columns.entries()) {
    for (const { operation, elf, counts, operations } of results) {
      const file = `${i === 0 ? "" : `${name} `}${operation}.txt`;
      writeFileSync(join(directory, file), annotate(elf, counts, operations));
    }
  }
}

/** A result as JSON: without the counts of each address. */
function summary(result: Result): object {
  const { operation, instructions, cycles, framesOut, operations, counts, symbols } = result;
  const each = (entries: Iterable<[string, number]>): Record<string, number> =>
    Object.fromEntries([...entries].map(([name, count]) => [name, Math.round((10 * count) / operations) / 10]));
  return {
    ...{ operation, instructions, cycles, framesOut, operations },
    parts: each(byPart(counts, symbols())),
    functions: each(byFunction(counts, symbols())),
  };
}

const only = argument("--only") ?? "";
const operations = ALL_OPERATIONS.filter(({ name }) => name.includes(only));
if (operations.length === 0) throw new Error(`no operation has "${only}" in its name`);
for (const option of ["--accept", "--document"]) {
  if (has(option) && (only !== "" || (option === "--document" && has("--no-lwip"))))
    throw new Error(`${option} needs a whole run: leave out --only${option === "--document" ? " and --no-lwip" : ""}`);
}

const { images, results } = await measureSocklet(operations);
const lwip = has("--no-lwip")
  ? undefined
  : await measureLwip(
      operations.filter(({ onlyOurs }) => onlyOurs !== true),
      images[0].station,
    );
const columns: Column[] = [{ name: "socklet", results }, ...(lwip?.columns ?? [])];
const small = only === "" ? await measureSmall() : [];
const sizes = [
  ...images.map(({ application, elf }) => footprintOf(application, elf)),
  ...small,
  ...(lwip?.images ?? []),
];
const connected = images
  .filter(({ application }) => application.includes("tcp"))
  .slice(0, 1)
  .map(sockletConnection);
if (lwip !== undefined) connected.push(lwip.connection);

const tables = [comparison(columns, "instructions"), comparison(columns, "cycles"), footprints(sizes)];
if (connected.length > 0) tables.push(connections(connected));
console.log(`${BOARD} (Cortex-M3, LAN9118)${lwip === undefined ? "" : `; lwIP ${lwip.version} from Debian`}`);
for (const table of tables) printTable(table);
const beside = deviations(columns);
if (beside !== undefined) printTable(beside);
printTable(partsTable(results.slice(0, 8)));
if (results.length > 8) printTable(partsTable(results.slice(8)));
if (has("--functions")) printFunctions(results);
if (has("--annotate")) writeAnnotations(columns);

const json = argument("--json") ?? packagePath("build", "bench", "results.json");
mkdirSync(dirname(json), { recursive: true });
const stacks = columns.map(({ name, results: those }) => ({ name, results: those.map(summary) }));
const contents = { board: BOARD, lwip: lwip?.version, stacks, sizes, connections: connected };
writeFileSync(json, `${JSON.stringify(contents, null, 2)}\n`);
if (has("--accept")) acceptFigures(figuresOf(images, results, small));
if (has("--document")) {
  if (lwip === undefined) throw new Error("docs/performance.md stays as it is: it has lwIP's columns too");
  writeDocument([...tables, transposed(partsTable(results))]);
}
