/** Runs operations on a traced board and counts what they cost. */
import type { McuBoard } from "../boards/types.js";
import { requireBoard } from "../cli/boards.js";
import { build } from "../cli/build/index.js";
import { arp, BROADCAST_MAC, ethernet } from "../test/harness/packets.js";
import { parseFrame } from "../test/harness/parse.js";
import { TracedBoard } from "./board.js";
import { type Operation, PEER, type Station } from "./operations.js";
import { byFunction, byPart } from "./parts.js";
import type { Phase, TcpOperation } from "./tcp-operations.js";
import { type AddressCounts, countBetween, symbolise, total } from "./trace.js";

export const BOARD = "mps2_an385";
export const OPERATIONS_EACH = 50;
/** 64 ns an instruction: 15.6 MIPS. */
const ICOUNT = 6;

/** What a table has beside the measured number. */
export interface Figures {
  readonly name: string;
  readonly bar?: number;
  readonly goal?: number;
  readonly lwip?: number;
}

export interface Result {
  readonly operation: string;
  readonly figures: Figures;
  readonly instructions: number;
  readonly framesOut: number;
  readonly parts: Record<string, number>;
  readonly functions: [string, number][];
  readonly counts: AddressCounts;
  readonly operations: number;
  readonly elf: string;
}

async function echoes(traced: TracedBoard, board: Station, operation: Operation): Promise<Phase> {
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
  return { from, to: await traced.quiet(), operations: OPERATIONS_EACH, framesOut: OPERATIONS_EACH };
}

function evaluate(figures: Figures, phase: Phase, traced: TracedBoard, elf: string): Result {
  const { from, to, operations } = phase;
  const counts: AddressCounts = countBetween(traced.logFile, from, to);
  const symbols = symbolise(elf, [...counts.keys()]);
  const each = (value: number): number => Math.round((value / operations) * 10) / 10;
  return {
    operation: figures.name,
    figures,
    instructions: each(total(counts)),
    framesOut: Math.round((phase.framesOut / operations) * 100) / 100,
    parts: Object.fromEntries([...byPart(counts, symbols)].map(([part, count]) => [part, each(count)])),
    functions: byFunction(counts, symbols).map(([name, count]) => [name, each(count)]),
    counts,
    operations,
    elf,
  };
}

async function run(traced: TracedBoard, board: Station, operation: Operation | TcpOperation): Promise<Phase> {
  try {
    return await ("run" in operation ? operation.run(traced, board) : echoes(traced, board, operation));
  } catch (error) {
    throw new Error(`${operation.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Boots `application` (a folder) and runs `operations` on it, one after the other. @throws Error when an answer is wrong */
export async function measure(
  application: string,
  defines: readonly string[],
  operations: readonly (Operation | TcpOperation)[],
): Promise<Result[]> {
  const { firmware, config } = await build({ application, board: BOARD, defines });
  if (firmware === undefined) throw new Error(`${BOARD} gave no image`);
  const board: Station = { mac: config.string("ETH_MAC_ADDRESS"), ip: config.string("NET_CONFIG_MY_IPV4_ADDR") };
  const traced = await TracedBoard.boot(requireBoard(BOARD) as McuBoard, firmware.elf, ICOUNT);
  try {
    const request = arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tpa: board.ip });
    const reply = parseFrame(await traced.ask(ethernet({ dst: BROADCAST_MAC, src: PEER.mac, type: 0x0806 }, request)));
    if (reply.arp?.spa !== board.ip) throw new Error("the board did not answer ARP");
    await traced.quiet();
    const results: Result[] = [];
    for (const operation of operations) {
      const phase = await run(traced, board, operation);
      results.push(evaluate(operation, phase, traced, firmware.elf));
    }
    return results;
  } finally {
    await traced.close();
  }
}
