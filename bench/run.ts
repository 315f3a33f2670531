/**
 * `npm run bench [-- --only TCP] [-- --functions] [-- --annotate DIRECTORY]`: instructions per operation on mps2_an385, the whole path
 * from the interrupt to WFI, idle excluded: driver, stack, both sandboxes, the socket calls of the application, system calls opaque.
 * Every instruction is counted; every answer is compared byte for byte. UDP and ICMP run against examples/udp_echo, TCP against the
 * programs of bench/assembly. Results also go to build/bench.json; with --annotate the disassembly of each operation, with the
 * executions of every instruction, goes to a folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../cli/package-root.js";
import { BOARD, measure, type Result } from "./measure.js";
import { OPERATIONS } from "./operations.js";
import { printFunctions, printTable } from "./report.js";
import { TCP_OPERATIONS } from "./tcp-operations.js";
import { annotate } from "./trace.js";

/** The word behind `option`. */
function argument(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}

const only = argument("--only") ?? "";
function wanted<T extends { readonly name: string }>(operations: readonly T[]): T[] {
  return operations.filter(({ name }) => name.includes(only));
}

const datagrams: Result[] = [];
if (wanted(OPERATIONS).length > 0) {
  const echo = packagePath("examples", "udp_echo");
  datagrams.push(...(await measure(echo, ["CONFIG_APP_MEMORY_SIZE=16384"], wanted(OPERATIONS))));
}
const streams: Result[] = [];
for (const application of new Set(wanted(TCP_OPERATIONS).map((operation) => operation.application))) {
  const operations = wanted(TCP_OPERATIONS).filter((operation) => operation.application === application);
  streams.push(...(await measure(packagePath("bench", "assembly", application), [], operations)));
}
const results = [...datagrams, ...streams];
if (results.length === 0) throw new Error(`no operation has "${only}" in its name`);
printTable(datagrams);
printTable(streams);
if (process.argv.includes("--functions")) printFunctions(results);
if (process.argv.includes("--annotate")) {
  const directory = argument("--annotate") ?? packagePath("build", "annotated");
  mkdirSync(directory, { recursive: true });
  for (const { operation, elf, counts, operations } of results) {
    writeFileSync(join(directory, `${operation}.txt`), annotate(elf, counts, operations));
  }
}
mkdirSync(packagePath("build"), { recursive: true });
const summary = results.map(({ operation, instructions, framesOut, parts, functions }) => ({
  operation,
  instructions,
  framesOut,
  parts,
  functions,
}));
writeFileSync(packagePath("build", "bench.json"), `${JSON.stringify({ board: BOARD, results: summary }, null, 2)}\n`);
