/** Bounds checks as calls (`checkCalls`): the same programs trap, with the same kinds, and the registers are kept. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { translate } from "../../runtime/aot/index.js";
import { compileForCortexM3, runOnCortexM3 } from "./cortex-m3.js";
import { assemble } from "./differential.js";

/** PSRAM of the machine, where nothing else lies. */
const BASE = 0x2100_0000;
const SIZE = 4096;
/** Loads through pointers that come from memory, of which nothing is known, with more values alive than there are low registers. */
const MODULE = `(module (memory (export "memory") ${BASE / 65_536 + 1})
  (func (export "load") (param i32) (result i32) (i32.load offset=8 (local.get 0)))
  (func (export "store") (param i32) (result i32) (i32.store8 offset=200 (local.get 0) (i32.const 7)) (i32.const 1))
  (func (export "copy") (param i32 i32 i32) (result i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2)) (i32.load (local.get 0)))
  (func (export "fill") (param i32 i32 i32) (result i32)
    (memory.fill (local.get 0) (local.get 1) (local.get 2)) (i32.load (local.get 0)))
  (func (export "clear") (param i32) (result i32)
    (memory.fill (local.get 0) (i32.const 0) (i32.const 100)) (i32.load (local.get 0)))
  (func (export "chain") (param i32 i32 i32 i32) (result i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $a (i32.load (local.get 0)))
    (local.set $b (i32.load (local.get 1)))
    (local.set $c (i32.load (local.get 2)))
    (local.set $d (i32.load (local.get 3)))
    (i32.add (i32.mul (i32.load (local.get $a)) (i32.load (local.get $b)))
      (i32.sub (i32.xor (i32.load (local.get $c)) (i32.load (local.get $d)))
        (i32.add (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 3)))
          (i32.add (i32.mul (local.get 2) (i32.const 5)) (i32.add (local.get 3) (local.get $d))))))))`;

const CALLS = [
  ["load", [BASE, BASE + SIZE - 12, BASE + SIZE + 1, BASE - 1, 0, 0xffff_ffff]],
  ["store", [BASE, BASE + SIZE, BASE + SIZE + 1, BASE - 200]],
  ["clear", [BASE + 1024, BASE + SIZE - 100, BASE + SIZE - 99, BASE - 1]],
] as const;
/** From there, from where or what, and how many bytes. The last byte of the memory, one behind it, one before it; no bytes at all; lengths that wrap. */
const BULK = [
  ["copy", [BASE + 1024, BASE, 64]],
  ["copy", [BASE + 1025, BASE + 1024, 64]],
  ["copy", [BASE + SIZE - 64, BASE, 64]],
  ["copy", [BASE + SIZE - 63, BASE, 64]],
  ["copy", [BASE, BASE + SIZE - 64, 64]],
  ["copy", [BASE, BASE + SIZE - 63, 64]],
  ["copy", [BASE - 1, BASE, 8]],
  ["copy", [BASE, BASE - 1, 8]],
  ["copy", [BASE + SIZE - 4, BASE + SIZE, 0]],
  ["copy", [BASE, BASE + 4, 0xffff_fffc]],
  ["fill", [BASE + 1024, 0x5a, 64]],
  ["fill", [BASE + SIZE - 64, 0xa5, 64]],
  ["fill", [BASE + SIZE - 63, 0xa5, 64]],
  ["fill", [BASE - 1, 1, 8]],
  ["fill", [BASE, 1, 0xffff_ffff]],
] as const;

async function run(checkCalls: boolean): Promise<string[]> {
  const options = { name: "core", memorySize: SIZE, base: BASE, uniformCheck: true, checkCalls };
  const { source } = await translate(await assemble(MODULE), options);
  const calls = CALLS.flatMap(([name, pointers]) =>
    pointers.map((pointer) => `CALL("${name} ${pointer}", core_${name}(hidden(${pointer >>> 0}u)))`),
  );
  const bulk = BULK.map(([name, values]) => {
    const passed = values.map((value) => `hidden(${value >>> 0}u)`).join(", ");
    return `CALL("${name} ${values.join(" ")}", core_${name}(${passed}))`;
  });
  const program = `
#include <setjmp.h>
#include <stdio.h>
#define core_trap AOT_TRAP_UDF
${source}
static jmp_buf trapped;
static volatile uint32_t kind;
static volatile uint32_t number;
/* Nothing is known of it where it is used. */
__attribute__((noipa)) static uint32_t hidden(uint32_t value) { return value; }
__attribute__((used)) static void leave(void) { longjmp(trapped, 1); }
__attribute__((used)) static void fault_in(uint32_t *frame) {
  int32_t code = AOT_UDF_VALUE((const uint16_t *)(frame[6] & ~1u));
  kind = code < 0 ? 99u : (uint32_t)code & 15u;
  number = (uint32_t)code >> 4;
  frame[6] = (uint32_t)leave & ~1u;
}
__attribute__((naked)) void fault(void) { __asm__ volatile("mrs r0, msp\\n push {r4, lr}\\n bl fault_in\\n pop {r4, pc}"); }
#define CALL(name, call) if (setjmp(trapped) == 0) printf(name " %lu\\n", (unsigned long)(call)); else printf(name " trap %lu%s\\n", (unsigned long)kind, number == AOT_NO_FUNCTION ? "" : " in a function");
int main(void) {
  for (uint32_t i = 0; i < 8; i++) {
    *(volatile uint32_t *)(${BASE}u + 4u * i) = ${BASE}u + 512u + 16u * i;
    *(volatile uint32_t *)(${BASE}u + 512u + 16u * i) = 77u + i * i;
  }
  ${calls.join("\n  ")}
  ${bulk.join("\n  ")}
  for (uint32_t i = 0; i < 8; i++) *(volatile uint32_t *)(${BASE}u + 4u * i) = ${BASE}u + 512u + 16u * i;
  CALL("chain", core_chain(hidden(${BASE}u), hidden(${BASE + 4}u), hidden(${BASE + 8}u), hidden(${BASE + 12}u)))
  *(volatile uint32_t *)(${BASE}u + 8u) = 5u;
  CALL("chain outside", core_chain(hidden(${BASE}u), hidden(${BASE + 4}u), hidden(${BASE + 8}u), hidden(${BASE + 12}u)))
  return 0;
}
`;
  const directory = mkdtempSync(join(tmpdir(), "socklet-check-calls-"));
  try {
    const image = join(directory, "image");
    await compileForCortexM3([program], ["-Os", "-Wall", "-Werror"], image);
    return (await runOnCortexM3(image)).trim().split("\n");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("a check that is called traps where one in the code does, and keeps the registers", async () => {
  const called = await run(true);
  const inline = await run(false);
  assert.deepEqual(
    called,
    inline.map((line) => line.replace(" in a function", "")),
  );
  assert.ok(called.includes(`load ${BASE + SIZE + 1} trap 2`) && called.includes("chain outside trap 2"));
  assert.ok(called.some((line) => /^chain \d+$/.test(line)));
  for (const name of ["copy", "fill", "clear"]) {
    const lines = called.filter((line) => line.startsWith(name));
    assert.ok(lines.some((line) => line.endsWith(" trap 2")) && lines.some((line) => !line.includes("trap")), name);
  }
});

test("checks are called where the functions can be made: uniform, of a base and size that are immediates", async () => {
  const options = { name: "core", memorySize: SIZE, base: BASE, uniformCheck: true, checkCalls: true };
  const { source } = await translate(await assemble(MODULE), options);
  assert.match(source, /AOT_CHECK_CALL\(core, var_i0, \(var_i0 - \d+u\) > 4096u\);/);
  assert.equal(source.match(/AOT_COPY_CALL\(/g)?.length, 1);
  assert.equal(source.match(/AOT_FILL_CALL\(/g)?.length, 2);
  assert.doesNotMatch(source, /AOT_OUTSIDE/);
  assert.match(source, /^AOT_CHECK_FUNCTIONS\(core, \d+u, 4096u\)$/m);
  // Not with exact checks, nor where a base or size is no immediate of an instruction.
  for (const change of [{ uniformCheck: false }, { base: BASE + 0x1000 }, { memorySize: 4104 }]) {
    const other = await translate(await assemble(MODULE), { ...options, ...change });
    assert.doesNotMatch(other.source, /AOT_(CHECK|COPY|FILL)_CALL/);
  }
});
