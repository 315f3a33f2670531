/**
 * Exact instruction counts: QEMU runs with one guest instruction per translation block and logs each block that it
 * executes (`-singlestep -d exec,nochain`), so a line of the log is an instruction. Counts depend on nothing but the guest.
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { disassemblyText } from "./disassembly.js";

/** QEMU's arguments that make the log. */
export function traceArguments(logFile: string): string[] {
  return ["-singlestep", "-d", "exec,nochain", "-D", logFile];
}

/** Executions of each instruction: address → count. */
export type AddressCounts = Map<number, number>;

/** What was executed between two marks. */
export interface Execution {
  readonly counts: AddressCounts;
  /** How often one instruction was followed by another: step (see stepEnds) → count. */
  readonly steps: Map<number, number>;
}

/** Flash addresses of both boards are smaller than this, so a step fits into a number. */
const ADDRESS_LIMIT = 2 ** 26;

/** From where to where a step goes. */
export function stepEnds(step: number): [from: number, to: number] {
  return [Math.floor(step / ADDRESS_LIMIT), step % ADDRESS_LIMIT];
}

/** The step between two addresses, as a key. */
export function stepOf(from: number, to: number): number {
  return from * ADDRESS_LIMIT + to;
}

/** Bytes of the log now: a mark between two phases. The guest must be asleep. */
export function mark(logFile: string): number {
  return statSync(logFile).size;
}

const CHUNK = 1 << 20;
/** More than the longest line. */
const TAIL = 512;
/** `Trace 0: 0x7f43fc000d40 [00800400/0000001a/00000110/ff000201] name` */
const LINE = /^Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+\/([0-9a-f]+)\//;

/** The address of the last instruction that the log has so far; undefined while the log is empty. */
export function lastAddress(logFile: string, size: number): number | undefined {
  const tail = Buffer.alloc(Math.min(TAIL, size));
  const file = openSync(logFile, "r");
  try {
    readSync(file, tail, 0, tail.length, size - tail.length);
  } finally {
    closeSync(file);
  }
  // What is behind the last line feed is a line that is not complete yet: it is being executed.
  const lines = tail.toString("latin1").split("\n");
  const match = lines.pop() === "" ? LINE.exec(lines.pop() ?? "") : null;
  return match === null ? undefined : Number.parseInt(match[1], 16);
}

/** Counts the instructions that the log has between two marks. */
export function countBetween(logFile: string, from: number, to: number): Execution {
  const counts: AddressCounts = new Map();
  const steps = new Map<number, number>();
  const file = openSync(logFile, "r");
  try {
    const buffer = Buffer.alloc(CHUNK);
    let rest = "";
    let previous = -1;
    let repeated = false;
    for (let position = from; position < to; ) {
      const read = readSync(file, buffer, 0, Math.min(CHUNK, to - position), position);
      if (read === 0) break;
      position += read;
      const lines = (rest + buffer.toString("latin1", 0, read)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const match = LINE.exec(line);
        if (match === null) continue;
        const address = Number.parseInt(match[1], 16);
        // An access to a device is logged twice under -icount: QEMU starts its block anew to see the exact time. No
        // instruction of ours follows itself.
        if (address === previous && !repeated) {
          repeated = true;
          continue;
        }
        if (previous >= 0) {
          const step = stepOf(previous, address);
          steps.set(step, (steps.get(step) ?? 0) + 1);
        }
        repeated = false;
        previous = address;
        counts.set(address, (counts.get(address) ?? 0) + 1);
      }
    }
  } finally {
    closeSync(file);
  }
  return { counts, steps };
}

/** Sum of all counts. */
export function total(counts: AddressCounts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** Functions that an address belongs to, innermost first: the inlined one, its caller, … */
export type Frames = readonly string[];

/** Names of the functions at each address, inlining undone, from the debug information of the image. */
export function symbolise(elf: string, addresses: readonly number[]): Map<number, Frames> {
  const result = new Map<number, Frames>();
  const list = addresses.map((address) => `0x${address.toString(16)}`).join("\n");
  const run = spawnSync("arm-none-eabi-addr2line", ["-a", "-f", "-i", "-e", elf], {
    input: list,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(`arm-none-eabi-addr2line failed on ${elf}: ${run.stderr}`);
  let frames: string[] = [];
  const lines = run.stdout.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.startsWith("0x")) {
      frames = [];
      result.set(Number.parseInt(line, 16), frames);
    } else if (line !== "") {
      frames.push(line);
      i++; // The line after a name is its file and line number.
    }
  }
  return result;
}

/** The disassembly of everything that was executed, each instruction with its executions per operation. */
export function annotate(elf: string, counts: AddressCounts, operations: number): string {
  const lines: string[] = [];
  let head = "";
  for (const line of disassemblyText(elf, false).split("\n")) {
    if (/^[0-9a-f]+ </.test(line)) head = line;
    const address = /^\s*([0-9a-f]+):/.exec(line);
    const count = address === null ? undefined : counts.get(Number.parseInt(address[1], 16));
    if (count === undefined) continue;
    if (head !== "") lines.push("", head);
    head = "";
    lines.push(`${(count / operations).toFixed(1).padStart(7)} ${line}`);
  }
  return `${lines.join("\n")}\n`;
}
