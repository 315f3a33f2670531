/**
 * Counts the work of a module: every entry of a function and every turn of a loop adds one to an exported global. The
 * change is made in asc's text output, so what is counted is the code that ships.
 */
import wabtFactory from "wabt";

/** Name of the exported counter (i32 global). */
export const FUEL = "fuel";

/** `wat` (as asc prints it: one instruction a line) with the counter. */
export async function withFuel(wat: string): Promise<Uint8Array> {
  const lines: string[] = [];
  const step = ["global.get $fuel", "i32.const 1", "i32.add", "global.set $fuel"];
  let pendingFunction = false;
  let inserted = 0;
  for (const line of wat.split("\n")) {
    const isFunction = /^ \(func \$/.test(line);
    // Locals stand directly behind the head of a function; the counter comes after them.
    if (pendingFunction && !/^ {2}\(local /.test(line)) {
      lines.push(...step);
      inserted++;
      pendingFunction = false;
    }
    lines.push(line);
    if (isFunction) pendingFunction = true;
    else if (/^\s+loop( |$)/.test(line)) {
      lines.push(...step);
      inserted++;
    }
  }
  if (inserted === 0) throw new Error("no function found to count: the form of asc's text output has changed");
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
