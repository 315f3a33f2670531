/**
 * Counts the work of a module in an exported global: either every entry of a function and every turn of a loop, or every instruction.
 * The change is made in asc's text output, so what is counted is the code that ships.
 */
import wabtFactory from "wabt";

/** Name of the exported counter (i32 global). */
export const FUEL = "fuel";

/** Adds `amount` to the counter. */
function add(amount: number): string[] {
  return ["global.get $fuel", `i32.const ${amount}`, "i32.add", "global.set $fuel"];
}

/** `wat` (as asc prints it: one instruction a line) with a counter of function calls and loop turns. */
export async function withFuel(wat: string): Promise<Uint8Array> {
  const lines: string[] = [];
  let pendingFunction = false;
  let inserted = 0;
  for (const line of wat.split("\n")) {
    const isFunction = /^ \(func \$/.test(line);
    // Locals stand directly behind the head of a function; the counter comes after them.
    if (pendingFunction && !/^ {2}\(local /.test(line)) {
      lines.push(...add(1));
      inserted++;
      pendingFunction = false;
    }
    lines.push(line);
    if (isFunction) pendingFunction = true;
    else if (/^\s+loop( |$)/.test(line)) {
      lines.push(...add(1));
      inserted++;
    }
  }
  if (inserted === 0) throw new Error("no function found to count: the form of asc's text output has changed");
  return assemble(lines);
}

/** Where a run of instructions that are always executed together ends. */
const CONTROL = /^\s+(block|loop|if|else|end|br|br_if|br_table|return|unreachable)\b/;
/** Control that is no instruction at run time. */
const MARKER = /^\s+(block|loop|else|end)\b/;

/** `wat` with a counter of executed instructions (structure markers not counted). */
export async function withInstructionCount(wat: string): Promise<Uint8Array> {
  const lines: string[] = [];
  let run: string[] = [];
  let counted = 0;
  let inFunction = false;
  const flush = (): void => {
    const instructions = run.filter((line) => !MARKER.test(line)).length;
    if (instructions > 0) lines.push(...add(instructions));
    lines.push(...run);
    counted += instructions;
    run = [];
  };
  for (const line of wat.split("\n")) {
    if (/^ \(func \$/.test(line)) inFunction = true;
    else if (inFunction && /^ \)/.test(line)) {
      flush();
      inFunction = false;
    } else if (inFunction && !/^ {2}\(local /.test(line)) {
      run.push(line);
      if (CONTROL.test(line)) flush();
      continue;
    }
    lines.push(line);
  }
  if (counted < 1000) throw new Error("few instructions found: the form of asc's text output has changed");
  return assemble(lines);
}

async function assemble(lines: string[]): Promise<Uint8Array> {
  const memoryLine = lines.findIndex((line) => /^ \(memory /.test(line));
  lines.splice(memoryLine, 0, ` (global $fuel (export "${FUEL}") (mut i32) (i32.const 0))`);
  const wabt = await wabtFactory();
  const module = wabt.parseWat("fuel.wat", lines.join("\n"), { bulk_memory: true, sign_extension: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
