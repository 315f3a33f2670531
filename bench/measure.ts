/** Runs operations on a traced board and counts what they cost. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McuBoard } from "../boards/types.js";
import { requireBoard } from "../cli/boards.js";
import { parseFrame } from "../test/harness/parse.js";
import { TracedBoard } from "./board.js";
import { estimateCycles } from "./cycles.js";
import { disassemble } from "./disassembly.js";
import { arpQuestion, type Operation, type Phase, type Station } from "./operations.js";
import { type AddressCounts, countBetween, type Frames, symbolise, total } from "./trace.js";

export const BOARD = "mps2_an385";
/** 64 ns an instruction: 15.6 MIPS. */
const ICOUNT = 6;
/** Entries of the vector table of a Cortex-M3 with 32 interrupts. */
const VECTORS = 16 + 32;

/** What one operation costs on one stack; everything is for one operation, the mean of many. */
export interface Result {
  readonly operation: string;
  readonly instructions: number;
  /** Estimated (cycles.ts). */
  readonly cycles: number;
  readonly framesOut: number;
  readonly operations: number;
  /** Executions of each instruction, for all operations together. */
  readonly counts: AddressCounts;
  /** The functions at each address; looked up when they are asked for, since that takes a while. */
  symbols(): ReadonlyMap<number, Frames>;
  readonly elf: string;
}

/** First addresses of the exception handlers of an image, reset not among them. */
function handlersOf(elf: string): Set<number> {
  const directory = mkdtempSync(join(tmpdir(), "socklet-bench-"));
  try {
    const binary = join(directory, "image.bin");
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", "-j", ".text", elf, binary]);
    const image = readFileSync(binary);
    const handlers = new Set<number>();
    for (let i = 2; i < VECTORS; i++) handlers.add((image.readUInt32LE(4 * i) & ~1) >>> 0);
    return handlers;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const rounded = (value: number, places: number): number => Math.round(value * 10 ** places) / 10 ** places;

function evaluate(
  operation: Operation,
  phase: Phase,
  traced: TracedBoard,
  elf: string,
  handlers: ReadonlySet<number>,
): Result {
  const { from, to, operations } = phase;
  const execution = countBetween(traced.logFile, from, to);
  const cycles = estimateCycles(execution, disassemble(elf), handlers);
  let symbols: ReadonlyMap<number, Frames> | undefined;
  return {
    operation: operation.name,
    instructions: rounded(total(execution.counts) / operations, 1),
    cycles: rounded(cycles / operations, 1),
    framesOut: rounded(phase.framesOut / operations, 2),
    operations,
    counts: execution.counts,
    symbols: () => {
      symbols ??= symbolise(elf, [...execution.counts.keys()]);
      return symbols;
    },
    elf,
  };
}

/** Boots `elf` and runs `operations` on it, one after the other. @throws Error when an answer is wrong */
export async function measure(elf: string, board: Station, operations: readonly Operation[]): Promise<Result[]> {
  const traced = await TracedBoard.boot(requireBoard(BOARD) as McuBoard, elf, ICOUNT);
  try {
    const reply = parseFrame(await traced.ask(arpQuestion(board)));
    if (reply.arp?.spa !== board.ip) throw new Error("the board did not answer ARP");
    await traced.quiet();
    const results: Result[] = [];
    const handlers = handlersOf(elf);
    for (const operation of operations) {
      try {
        results.push(evaluate(operation, await operation.run(traced, board), traced, elf, handlers));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`${operation.name}: ${message}`, { cause: error });
      }
    }
    return results;
  } finally {
    await traced.close();
  }
}
