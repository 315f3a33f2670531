/**
 * An estimate of Cortex-M3 cycles from what was executed. QEMU counts instructions, and an instruction count flatters LDM: eight words
 * are one instruction and nine cycles. So each executed instruction is charged by the timing table of the Cortex-M3 technical reference
 * manual (ARM DDI 0337, "Instruction set summary" and "Load/store timings"), memory without wait states, for all stacks alike.
 *
 * Where the manual gives a range or says "depends", these are the rules:
 * - A taken branch costs 1 + P. P is 1 to 3, by the alignment of the target and by speculation: here always 2.
 * - LDR costs 2, and 1 directly behind another single load or store, unless its address needs what that one loads.
 * - STR with an immediate offset costs 1 (the write buffer takes it), with a register offset 2, and 1 behind a single load or store.
 * - LDM, STM, PUSH, POP, LDRD and STRD cost 1 + N, never overlapped; a load of PC adds P.
 * - Multiplication 1, with addition 2; UMULL and SMULL (3 to 5) 4; UMLAL and SMLAL (4 to 7) 5; division (2 to 12) 7.
 * - DSB, ISB and WFI cost 1: there is nothing to wait for, and sleep does not count.
 * - Taking an exception costs 12 and returning from it 10, beside the instructions of its handler.
 * - An instruction of an IT block costs the same whether its condition holds or not, and IT itself 1.
 */
import type { Disassembly, Instruction } from "./disassembly.js";
import { type Execution, stepEnds } from "./trace.js";

const REFILL = 2;
const EXCEPTION_ENTRY = 12;
const EXCEPTION_RETURN = 10;

const BRANCH = /^(b|bl|bx|blx)(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)?$|^cbn?z$/;
const MULTIPLE = /^(ldm|stm|push|pop)/;
const DOUBLE = /^(ldrd|strd)/;
const LOAD = /^ldr/;
const STORE = /^str/;

/** Registers of a list like `r0!, {r3-r10, lr}`. */
function listed(operands: string): number {
  const list = /\{(.*)\}/.exec(operands)?.[1] ?? "";
  let count = 0;
  for (const part of list.split(",")) {
    const range = /r(\d+)\s*-\s*r(\d+)/.exec(part);
    count += range === null ? 1 : Number(range[2]) - Number(range[1]) + 1;
  }
  return count;
}

function isSingle({ mnemonic }: Instruction): boolean {
  return (LOAD.test(mnemonic) || STORE.test(mnemonic)) && !DOUBLE.test(mnemonic);
}

function hasRegisterOffset({ operands }: Instruction): boolean {
  return /\[\s*\w+\s*,\s*(r\d+|ip|lr|sl|fp|r9)/.test(operands);
}

/** True when PC is what this instruction loads or computes. */
function writesPc({ mnemonic, operands }: Instruction): boolean {
  if (/^(pop|ldm)/.test(mnemonic)) return /\bpc\b[^[]*\}/.test(operands);
  return /^(ldr|mov|add)/.test(mnemonic) && operands.startsWith("pc,");
}

/** Cycles of one execution without what depends on its neighbours and on whether a branch is taken. */
export function cyclesOf(instruction: Instruction): number {
  const { mnemonic, operands } = instruction;
  const refill = writesPc(instruction) ? REFILL : 0;
  if (MULTIPLE.test(mnemonic)) return 1 + listed(operands) + refill;
  if (DOUBLE.test(mnemonic)) return 3;
  if (LOAD.test(mnemonic)) return 2 + refill;
  if (STORE.test(mnemonic)) return hasRegisterOffset(instruction) ? 2 : 1;
  if (/^tb[bh]$/.test(mnemonic)) return 2 + REFILL;
  if (/^(mla|mls)/.test(mnemonic)) return 2;
  if (/^[us]mull/.test(mnemonic)) return 4;
  if (/^[us]mlal/.test(mnemonic)) return 5;
  if (/^[us]div/.test(mnemonic)) return 7;
  return 1 + refill;
}

/** Cycles that `next` saves because it directly follows `previous`. */
export function overlap(previous: Instruction, next: Instruction): number {
  if (previous.address + previous.size !== next.address) return 0;
  if (!isSingle(previous) || !isSingle(next) || cyclesOf(next) !== 2 || writesPc(next)) return 0;
  if (STORE.test(previous.mnemonic) && hasRegisterOffset(previous)) return 0;
  if (LOAD.test(previous.mnemonic)) {
    const loaded = /^(\w+),/.exec(previous.operands)?.[1];
    const address = /\[[^\]]*\]/.exec(next.operands)?.[0] ?? "";
    if (loaded !== undefined && new RegExp(`\\b${loaded}\\b`).test(address)) return 0;
  }
  return 1;
}

/**
 * Estimated cycles of an execution.
 *
 * @param handlers first addresses of exception handlers: each execution of one is an exception taken
 * @throws Error when an executed address has no instruction in the disassembly
 */
export function estimateCycles(execution: Execution, code: Disassembly, handlers: ReadonlySet<number>): number {
  const at = (address: number): Instruction => {
    const instruction = code.get(address);
    if (instruction === undefined) throw new Error(`no instruction at 0x${address.toString(16)} in the disassembly`);
    return instruction;
  };
  let cycles = 0;
  for (const [address, count] of execution.counts) {
    cycles += count * cyclesOf(at(address));
    if (handlers.has(address)) cycles += count * (EXCEPTION_ENTRY + EXCEPTION_RETURN);
  }
  for (const [step, count] of execution.steps) {
    const [from, to] = stepEnds(step);
    const previous = at(from);
    if (BRANCH.test(previous.mnemonic)) {
      if (to !== from + previous.size) cycles += count * REFILL;
    } else {
      cycles -= count * overlap(previous, at(to));
    }
  }
  return cycles;
}
