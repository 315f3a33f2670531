/** The cycle estimate follows the timing table of the Cortex-M3 technical reference manual (bench/cycles.ts). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cyclesOf, estimateCycles } from "../../bench/cycles.js";
import { type Instruction, parseDisassembly } from "../../bench/disassembly.js";
import { stepOf } from "../../bench/trace.js";

/** Lines as objdump writes them. */
const CODE = parseDisassembly(
  [
    "     100:\t6818      \tldr\tr0, [r3, #0]",
    "     102:\t6859      \tldr\tr1, [r3, #4]",
    "     104:\t680a      \tldr\tr2, [r1, #0]",
    "     106:\tf8c3 2020 \tstr.w\tr2, [r3, #32]",
    "     10a:\te891 07f8 \tldmia.w\tr1, {r3, r4, r5, r6, r7, r8, r9, r10}",
    "     10e:\t3a01      \tsubs\tr2, #1",
    "     110:\td1f6      \tbne.n\t100 <start>",
    "     112:\tbdf0      \tpop\t{r4, r5, r6, r7, pc}",
  ].join("\n"),
);

function instruction(mnemonic: string, operands: string): Instruction {
  return { address: 0, size: 2, mnemonic, operands };
}

/** An execution of addresses, one after the other. */
function executed(...addresses: readonly number[]): Parameters<typeof estimateCycles>[0] {
  const counts = new Map<number, number>();
  const steps = new Map<number, number>();
  for (const [i, address] of addresses.entries()) {
    counts.set(address, (counts.get(address) ?? 0) + 1);
    if (i === 0) continue;
    const step = stepOf(addresses[i - 1], address);
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  return { counts, steps };
}

const NONE: ReadonlySet<number> = new Set();

describe("the cycle estimate", () => {
  it("objdump's lines give address, size, mnemonic without width, and operands", () => {
    assert.deepEqual(CODE.get(0x106), { address: 0x106, size: 4, mnemonic: "str", operands: "r2, [r3, #32]" });
    assert.equal(CODE.size, 8);
  });

  for (const [mnemonic, operands, cycles] of [
    ["adds", "r0, r1, r2", 1],
    ["ldr", "r0, [r1, #4]", 2],
    ["ldr", "pc, [r1, #4]", 4],
    ["str", "r0, [r1, #4]", 1],
    ["str", "r0, [r1, r2]", 2],
    ["strd", "r0, r1, [r2]", 3],
    ["stmia", "r1!, {r3, r4, r5}", 4],
    ["ldmia", "r1, {r3-r10}", 9],
    ["push", "{r4, r5, lr}", 4],
    ["pop", "{r4, r5, pc}", 6],
    ["tbb", "[pc, r3]", 4],
    ["mul", "r0, r1, r2", 1],
    ["mla", "r0, r1, r2, r3", 2],
    ["umull", "r0, r1, r2, r3", 4],
    ["udiv", "r0, r1, r2", 7],
    ["wfi", "", 1],
  ] as const) {
    it(`${mnemonic} ${operands} costs ${cycles}`, () => {
      assert.equal(cyclesOf(instruction(mnemonic, operands)), cycles);
    });
  }

  it("a load directly behind a load costs one, unless its address was just loaded; a multiple load never overlaps", () => {
    assert.equal(estimateCycles(executed(0x100, 0x102), CODE, NONE), 2 + 1);
    assert.equal(estimateCycles(executed(0x102, 0x104), CODE, NONE), 2 + 2);
    assert.equal(estimateCycles(executed(0x106, 0x10a), CODE, NONE), 1 + 9);
  });

  it("a branch costs one, and two more when it is taken", () => {
    assert.equal(estimateCycles(executed(0x10e, 0x110, 0x112), CODE, NONE), 1 + 1 + (1 + 5 + 2));
    assert.equal(estimateCycles(executed(0x10e, 0x110, 0x100), CODE, NONE), 1 + 3 + 2);
  });

  it("the first instruction of a handler costs an exception: twelve in, ten out", () => {
    assert.equal(estimateCycles(executed(0x10e), CODE, new Set([0x10e])), 1 + 22);
  });

  it("an executed address that the disassembly does not have is an error, not free", () => {
    assert.throws(() => estimateCycles(executed(0x200), CODE, NONE), /no instruction at 0x200/);
  });
});
