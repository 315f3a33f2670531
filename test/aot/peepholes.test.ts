/** Byte swaps and constant addresses: what the text has, and that it computes the same. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { findTools } from "../../cli/toolchain.js";
import { joinAnchors } from "../../runtime/aot/anchors.js";
import { joinByteSwaps } from "../../runtime/aot/byte-swaps.js";
import { translate } from "../../runtime/aot/index.js";
import { compileForCortexM3, runOnCortexM3 } from "./cortex-m3.js";
import { assemble } from "./differential.js";

const NEEDED = ["arm-none-eabi-gcc", "qemu-system-arm"];
const absent = findTools().filter(({ name, version }) => NEEDED.includes(name) && version === undefined);
const skip = absent.length > 0 ? `${absent.map(({ name }) => name).join(" and ")} not installed` : false;

const BASE = 0x2000_0000;
const SIZE = 4096;

const at = (offset = "") => `AOT_AT32((unsigned char *)(uintptr_t)var_i0${offset})`;

const SWAP = [
  ...["var_i2 = 24u;", "var_i1 <<= (var_i2 & 31);", "var_i2 = var_p0;", "var_i3 = 65280u;", "var_i2 &= var_i3;"],
  ...["var_i3 = 8u;", "var_i2 <<= (var_i3 & 31);", "var_i1 |= var_i2;", "var_i2 = 16u;", "var_i1 >>= (var_i2 & 31);"],
];

it("a swap of two bytes becomes one call, from a value that the local holds as well", () => {
  const swapped = "var_i1 = aot_swap16(var_i1);";
  assert.deepEqual(joinByteSwaps(["var_p0 = var_i1;", ...SWAP]), ["var_p0 = var_i1;", swapped]);
  assert.deepEqual(joinByteSwaps(["var_i1 = var_p0;", ...SWAP, "return var_i1;"]), [
    ...["var_i1 = var_p0;", swapped, "return var_i1;"],
  ]);
  for (const before of ["var_p1 = var_i1;", "var_i1 = var_p1;", "var_i1 += var_p0;", "var_L0:;"]) {
    assert.deepEqual(joinByteSwaps([before, ...SWAP]), [before, ...SWAP], before);
  }
  for (const [line] of SWAP.entries()) {
    const other = SWAP.with(line, "var_i1 = var_i2;");
    assert.deepEqual(joinByteSwaps(["var_i1 = var_p0;", ...other]), ["var_i1 = var_p0;", ...other]);
  }
});

it("two accesses near each other have one anchor, a single one and those far away have none", () => {
  const load = (address: number, offset = "") => [`var_i0 = ${address}u;`, `var_i0 = ${at(offset)};`];
  assert.deepEqual(joinAnchors([...load(BASE + 8), ...load(BASE + 4, " + 128u")]), [
    ...[`var_i0 = ${BASE + 8}u;`, `var_i0 = AOT_AT32(AOT_NEAR(${BASE + 8}u, 0u));`],
    ...[`var_i0 = ${BASE + 4}u;`, `var_i0 = AOT_AT32(AOT_NEAR(${BASE + 8}u, 124u));`],
  ]);
  const far = [...load(BASE + 8), ...load(BASE + 8, " + 128u")];
  assert.deepEqual(joinAnchors(far), far);
  // What is assigned before a label is not known behind it.
  const labelled = [`var_i0 = ${BASE}u;`, "var_L0:;", `var_i1 = ${at()};`, `var_i2 = ${at(" + 4u")};`];
  assert.deepEqual(joinAnchors(labelled), labelled);
});

const MODULE = `(module (memory (export "memory") ${BASE / 65_536 + 1})
  (data (i32.const ${BASE + 60}) "\\01\\02\\03\\04\\05\\06\\07\\08\\09")
  (func (export "mix") (param i32) (result i32) (local i32)
    (i32.store16 (i32.const ${BASE + 66}) (local.get 0))
    (i64.store (i32.const ${BASE + 40}) (i64.load (i32.const ${BASE + 59})))
    (i32.store8 (i32.const ${BASE + 45}) (i32.load8_u offset=3 (i32.const ${BASE + 60})))
    (if (local.get 0) (then (i32.store (i32.const ${BASE + 48}) (i32.load (i32.const ${BASE + 62})))))
    (i32.xor (i32.load (i32.const ${BASE + 45})) (i32.load16_s (i32.const ${BASE + 48}))))
  (func (export "swap") (param i32) (result i32)
    (local.set 0 (i32.load16_u (local.get 0)))
    (i32.shr_u (i32.or (i32.shl (local.get 0) (i32.const 24))
      (i32.shl (i32.and (local.get 0) (i32.const 65280)) (i32.const 8))) (i32.const 16))))`;

it("both compute on a Cortex-M3 what they did", { skip }, async () => {
  const wasm = await assemble(MODULE);
  const { mix, swap } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm))).exports as Record<
    string,
    (value: number) => number
  >;
  const results = [mix(0x1234), mix(0), ...[60, 61, 62, 63].map((place) => swap(BASE + place))];
  const expected = results.map((result) => (result >>> 0).toString(16)).join(" ");
  const translation = await translate(wasm, { name: "core", memorySize: SIZE, base: BASE });
  assert.match(translation.source, /AOT_NEAR\(/);
  assert.match(translation.source, /aot_swap16\(/);
  const program = `
#include <stdio.h>
#include "aot.h"
#define core_trap AOT_TRAP_UDF
${translation.source}
int main(void) {
  core_init();
  printf("%lx %lx", (unsigned long)core_mix(0x1234), (unsigned long)core_mix(0));
  for (unsigned place = 60; place < 64; place++) printf(" %lx", (unsigned long)core_swap(CORE_MEMORY_BASE + place));
  return 0;
}`;
  const directory = mkdtempSync(join(tmpdir(), "socklet-aot-peepholes-"));
  try {
    for (const level of ["-Os", "-O2", "-O0"]) {
      const image = join(directory, `${level.slice(1)}.elf`);
      await compileForCortexM3([program], [level, "-w"], image, BASE + 0x10_0000);
      assert.equal((await runOnCortexM3(image)).trim(), expected, level);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
