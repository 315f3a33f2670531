/** What objdump says about an image: its instructions by address. */
import { spawnSync } from "node:child_process";

export interface Instruction {
  readonly address: number;
  /** Bytes: 2 or 4. */
  readonly size: number;
  /** Without the width suffix: `ldr`, `bne`. */
  readonly mnemonic: string;
  /** `r3, [r2, #4]`, without comments. */
  readonly operands: string;
}

export type Disassembly = ReadonlyMap<number, Instruction>;

/** `  1a4:	f8d3 2040 	ldr.w	r2, [r3, #64]	@ 0x40` */
const LINE = /^\s*([0-9a-f]+):\t([0-9a-f]{4}(?: [0-9a-f]{4})?)\s*\t([a-z0-9.]+)(?:\t([^;@\n]*))?/;

/** The output of objdump; without the raw bytes it is easier to read, with them it tells the size of each instruction. */
export function disassemblyText(elf: string, rawBytes: boolean): string {
  const options = rawBytes ? ["-d"] : ["-d", "--no-show-raw-insn"];
  const run = spawnSync("arm-none-eabi-objdump", [...options, elf], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`arm-none-eabi-objdump failed on ${elf}: ${run.stderr ?? run.error}`);
  return run.stdout;
}

/** Reads objdump's text, with raw bytes. */
export function parseDisassembly(text: string): Disassembly {
  const instructions = new Map<number, Instruction>();
  for (const line of text.split("\n")) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const address = Number.parseInt(match[1], 16);
    instructions.set(address, {
      address,
      size: match[2].length > 4 ? 4 : 2,
      mnemonic: match[3].replace(/\.[nw]$/, ""),
      operands: (match[4] ?? "").trim(),
    });
  }
  return instructions;
}

const known = new Map<string, Disassembly>();

/** Disassembles `elf`, once a run. */
export function disassemble(elf: string): Disassembly {
  const found = known.get(elf) ?? parseDisassembly(disassemblyText(elf, true));
  known.set(elf, found);
  return found;
}
