/**
 * `npm run bench [-- --functions] [-- --annotate DIRECTORY]`: instructions per operation of examples/udp_echo on mps2_an385, the whole path from the
 * interrupt to WFI, idle excluded: driver, stack, both sandboxes, recvfrom and sendto, system calls opaque. Every instruction
 * is counted; every answer is compared byte for byte. Results also go to build/bench.json; with --annotate the disassembly of each
 * operation, with the executions of every instruction, goes to a folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { McuBoard } from "../boards/types.js";
import { requireBoard } from "../cli/boards.js";
import { build } from "../cli/build/index.js";
import { packagePath } from "../cli/package-root.js";
import { arp, BROADCAST_MAC, ethernet } from "../test/harness/packets.js";
import { parseFrame } from "../test/harness/parse.js";
import { TracedBoard } from "./board.js";
import { OPERATIONS, type Operation, PEER, type Station } from "./operations.js";
import { byFunction, byPart, PARTS } from "./parts.js";
import { type AddressCounts, annotate, countBetween, symbolise, total } from "./trace.js";

const BOARD = "mps2_an385";
const OPERATIONS_EACH = 50;
/** 64 ns an instruction: 15.6 MIPS. */
const ICOUNT = 6;

interface Result {
  readonly operation: string;
  readonly instructions: number;
  readonly parts: Record<string, number>;
  readonly functions: [string, number][];
  readonly counts: AddressCounts;
}

async function measure(traced: TracedBoard, board: Station, operation: Operation, elf: string): Promise<Result> {
  // Once before counting: caches of routes and the like are as in the middle of a conversation.
  traced.send(operation.request(board, 0));
  operation.check(await traced.next(), 0);
  const from = await traced.quiet();
  for (let sequence = 1; sequence <= OPERATIONS_EACH; sequence++) {
    traced.send(operation.request(board, sequence));
    operation.check(await traced.next(), sequence);
    // The application must be back in its wait, or two operations would share one.
    await traced.quiet();
  }
  const to = await traced.quiet();
  const counts: AddressCounts = countBetween(traced.logFile, from, to);
  const symbols = symbolise(elf, [...counts.keys()]);
  const each = (value: number): number => Math.round((value / OPERATIONS_EACH) * 10) / 10;
  return {
    operation: operation.name,
    instructions: each(total(counts)),
    parts: Object.fromEntries([...byPart(counts, symbols)].map(([part, count]) => [part, each(count)])),
    functions: byFunction(counts, symbols).map(([name, count]) => [name, each(count)]),
    counts,
  };
}

function row(cells: readonly (string | number)[]): string {
  return `${String(cells[0]).padEnd(26)}${cells
    .slice(1)
    .map((cell) => String(cell).padStart(12))
    .join("")}`;
}

function print(results: readonly Result[]): void {
  console.log(`\ninstructions per operation on ${BOARD} (Cortex-M3), idle excluded, ${OPERATIONS_EACH} each\n`);
  console.log(row(["", ...results.map((result) => result.operation.replace("echo ", ""))]));
  console.log(row(["socklet", ...results.map((result) => result.instructions)]));
  const column = (pick: (operation: Operation) => number | undefined): (string | number)[] =>
    OPERATIONS.map((operation) => pick(operation) ?? "");
  console.log(row(["bar of this version", ...column((operation) => operation.bar)]));
  console.log(row(["goal of the product", ...column((operation) => operation.goal)]));
  console.log(row(["lwIP 2.2.1 -O2, raw API", ...column((operation) => operation.lwip)]));
  console.log("\nby part");
  for (const part of PARTS) console.log(row([`  ${part}`, ...results.map((result) => result.parts[part] ?? 0)]));
}

const showFunctions = process.argv.includes("--functions");
const { firmware, config } = await build({
  application: packagePath("examples", "udp_echo"),
  board: BOARD,
  defines: ["CONFIG_APP_MEMORY_SIZE=16384"],
});
if (firmware === undefined) throw new Error(`${BOARD} gave no image`);
const board: Station = { mac: config.string("ETH_MAC_ADDRESS"), ip: config.string("NET_CONFIG_MY_IPV4_ADDR") };
const traced = await TracedBoard.boot(requireBoard(BOARD) as McuBoard, firmware.elf, ICOUNT);
const results: Result[] = [];
try {
  const request = arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tpa: board.ip });
  const reply = parseFrame(await traced.ask(ethernet({ dst: BROADCAST_MAC, src: PEER.mac, type: 0x0806 }, request)));
  if (reply.arp?.spa !== board.ip) throw new Error("the board did not answer ARP");
  await traced.quiet();
  for (const operation of OPERATIONS) results.push(await measure(traced, board, operation, firmware.elf));
} finally {
  await traced.close();
}
print(results);
if (showFunctions) {
  for (const result of results) {
    console.log(`\n${result.operation}`);
    for (const [name, count] of result.functions.slice(0, 40)) console.log(`${String(count).padStart(9)}  ${name}`);
  }
}
const annotateAt = process.argv.indexOf("--annotate");
if (annotateAt > 0) {
  const directory = process.argv[annotateAt + 1] ?? packagePath("build", "annotated");
  mkdirSync(directory, { recursive: true });
  for (const result of results) {
    writeFileSync(join(directory, `${result.operation}.txt`), annotate(firmware.elf, result.counts, OPERATIONS_EACH));
  }
}
mkdirSync(packagePath("build"), { recursive: true });
const summary = results.map(({ counts: _, ...rest }) => rest);
writeFileSync(packagePath("build", "bench.json"), `${JSON.stringify({ board: BOARD, results: summary }, null, 2)}\n`);
