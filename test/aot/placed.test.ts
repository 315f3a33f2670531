/** A memory that lies where its module's addresses say (`base`): its bounds on both sides, and what is in it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { TranslateError, translate, UNIFORM_GUARD } from "../../runtime/aot/index.js";
import { assemble, compileHere } from "./differential.js";

const BASE = 0x1000_0000;
const SIZE = 4096;
const PAGES = BASE / 65_536 + 1;
/** Above the base: then what is added to it is an index. */
const TABLE = BASE + 64;

const MODULE = `(module (memory (export "memory") ${PAGES})
  (data (i32.const ${BASE + 32}) "placed")
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "load32") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "load32_8") (param i32) (result i32) (i32.load offset=8 (local.get 0)))
  (func (export "load32_300") (param i32) (result i32) (i32.load offset=300 (local.get 0)))
  (func (export "load64_16") (param i32) (result i32) (i32.wrap_i64 (i64.load offset=16 (local.get 0))))
  (func (export "store16") (param i32) (result i32) (i32.store16 (local.get 0) (i32.const 7)) (i32.const 1))
  (func (export "store32_8") (param i32) (result i32) (i32.store offset=8 (local.get 0) (i32.const 9)) (i32.const 1))
  (func (export "indexed") (param i32) (result i32) (i32.load offset=${TABLE} (local.get 0)))
  (func (export "constant") (param i32) (result i32) (i32.load8_u (i32.const ${BASE + 33})))
  (func (export "fill") (param i32) (result i32) (memory.fill (local.get 0) (i32.const 5) (i32.const 24)) (i32.const 1))
  (func (export "copy") (param i32) (result i32)
    (memory.copy (local.get 0) (i32.const ${BASE}) (i32.const 24)) (i32.const 1))
  (func (export "copy6") (param i32) (result i32)
    (memory.copy (i32.const ${BASE + 1000}) (local.get 0) (i32.const 6)) (i32.load (i32.const ${BASE + 1000}))))`;

/** Bytes that a function reaches from its argument, and whether the argument is an index into the table. */
const REACH: Record<string, { bytes: number; offset: number; isTable?: true; isBulk?: true }> = {
  load8: { bytes: 1, offset: 0 },
  load32: { bytes: 4, offset: 0 },
  load32_8: { bytes: 4, offset: 8 },
  load32_300: { bytes: 4, offset: 300 },
  load64_16: { bytes: 8, offset: 16 },
  store16: { bytes: 2, offset: 0 },
  store32_8: { bytes: 4, offset: 8 },
  indexed: { bytes: 4, offset: TABLE - BASE, isTable: true },
  fill: { bytes: 24, offset: 0, isBulk: true },
  copy: { bytes: 24, offset: 0, isBulk: true },
  copy6: { bytes: 6, offset: 0, isBulk: true },
};

/** Addresses around both ends of the memory, and where additions wrap around. */
function addresses(name: string): number[] {
  const { bytes, offset, isTable } = REACH[name];
  const start = isTable ? 0 : BASE;
  const around = [
    0,
    SIZE,
    SIZE - bytes,
    SIZE - bytes - offset,
    SIZE + UNIFORM_GUARD - bytes - offset,
    SIZE + UNIFORM_GUARD,
  ];
  const near = around.flatMap((place) => [-9, -4, -1, 0, 1, 4, 9].map((step) => start + place + step));
  return [...new Set([...near, 0, 4, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff].map((value) => value >>> 0))];
}

/** How pointers are checked; a check that is called is, here, the uniform one. */
type Check = "exact" | "uniform" | "called";

async function run(check: Check, flags: readonly string[]): Promise<Map<string, string>> {
  const translation = await translate(await assemble(MODULE), {
    name: "core",
    memorySize: SIZE,
    base: BASE,
    uniformCheck: check !== "exact",
    checkCalls: check === "called",
  });
  const calls = Object.keys(REACH).flatMap((name) => addresses(name).map((value) => `CALL(${name}, ${value}u)`));
  const source = `
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
static jmp_buf trapped;
__attribute__((noreturn)) static void core_trap(int kind, int function) { (void)function; longjmp(trapped, kind); }
${translation.source}
#define CALL(name, value) { int kind = setjmp(trapped); if (kind == 0) printf(#name " %u %u\\n", value, core_##name(value)); else printf(#name " %u trap %d\\n", value, kind); }
int main(void) {
  if (mmap((void *)${BASE}ul, ${SIZE + UNIFORM_GUARD}, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) return 2;
  core_init();
  CALL(constant, 0u)
  CALL(load32, ${BASE + 32}u)
  ${calls.join("\n  ")}
  return 0;
}
`;
  const program = await compileHere(`#define _GNU_SOURCE\n${source}`, [...flags, "-Wno-clobbered"]);
  const lines = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
  return new Map(lines.map((line) => [line.split(" ").slice(0, 2).join(" "), line.split(" ").slice(2).join(" ")]));
}

for (const check of ["exact", "uniform", "called"] as const) {
  const uniform = check !== "exact";
  for (const flags of [["-O0"], ["-O2"]]) {
    test(`a placed memory begins at its base and ends at its last byte (${check} check, ${flags})`, async () => {
      const results = await run(check, flags);
      assert.equal(results.get("constant 0"), String("l".charCodeAt(0)));
      assert.equal(results.get(`load32 ${BASE + 32}`), String(Buffer.from("plac").readUInt32LE()));
      let traps = 0;
      for (const [name, { bytes, offset, isTable, isBulk }] of Object.entries(REACH)) {
        for (const value of addresses(name)) {
          const first = isTable ? value + offset : value - BASE + offset;
          const isInside = (isTable || value >= BASE) && first >= 0 && first + bytes <= SIZE;
          const mayPass = uniform && !isTable && !isBulk && offset + bytes <= UNIFORM_GUARD;
          const reach = mayPass ? SIZE + UNIFORM_GUARD : SIZE;
          const mustTrap = !(isTable || value >= BASE) || first < 0 || first + bytes > reach;
          const result = results.get(`${name} ${value}`);
          assert.ok(result !== undefined, `${name} ${value} was called`);
          if (isInside) assert.doesNotMatch(result, /trap/, `${name} ${value} is inside`);
          if (mustTrap) assert.equal(result, "trap 2", `${name} ${value} is outside`);
          if (result.startsWith("trap")) traps++;
        }
      }
      assert.ok(traps > 200, `${traps} traps`);
    });
  }
}

test("a base that addresses cannot have is refused", async () => {
  const wasm = await assemble(MODULE);
  for (const base of [0x8000_0000, -8, 4]) {
    await assert.rejects(translate(wasm, { name: "core", memorySize: SIZE, base }), TranslateError);
  }
  await assert.rejects(translate(wasm, { name: "core", memorySize: SIZE, base: BASE + 64 }), /begins before address/);
});
