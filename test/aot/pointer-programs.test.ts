/**
 * Random programs that follow pointers (pointer-programs.ts) do the same with all checks and without those that cannot fail: the same
 * results, the same memory, and a trap in the same function. A check too few is an access where nothing is mapped.
 *
 * SOCKLET_AOT_MODULES=n runs more of them, SOCKLET_AOT_SEED=s others.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";
import { UNIFORM_GUARD } from "../../runtime/aot/index.js";
import { assemble } from "../mcu/images.js";
import { compileHere, translateHere } from "./differential.js";
import { pointerProgram, recordsAt, seeded } from "./pointer-programs.js";

const MODULES = Number(process.env.SOCKLET_AOT_MODULES ?? 40);
const SEED = Number(process.env.SOCKLET_AOT_SEED ?? 4);
const BASE = 0x1000_0000;
const SIZE = 4096;

const HEAD = `
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
static jmp_buf trapped;
static int where;
__attribute__((noreturn)) static void trap(int kind, int function) { where = function; longjmp(trapped, kind); }
static unsigned char copy[${SIZE}];
`;

/** Runs `start` of one module with all checks and with those that are needed; prints the outcome, and "differs" when it does. */
const runner = (index: number): string => `
static void run_${index}(uint32_t record) {
  volatile uint32_t results[2];
  volatile int kinds[2], places[2];
  for (volatile int pass = 0; pass < 2; pass++) {
    if (pass == 0) exact_${index}_init(); else uniform_${index}_init();
    results[pass] = places[pass] = 0;
    kinds[pass] = setjmp(trapped);
    if (kinds[pass] == 0) results[pass] = pass == 0 ? exact_${index}_start(record) : uniform_${index}_start(record);
    else places[pass] = where;
    if (pass == 0) memcpy(copy, (void *)${BASE}ul, ${SIZE});
  }
  const int same = results[0] == results[1] && kinds[0] == kinds[1] && places[0] == places[1];
  printf("%s ${index} %x %d\\n", same && memcmp(copy, (void *)${BASE}ul, ${SIZE}) == 0 ? "same" : "differs", record, kinds[0]);
}`;

it("programs that follow pointers do not miss a check that was dropped", async (context) => {
  const random = seeded(SEED);
  const texts: string[] = [];
  let before = 0;
  let after = 0;
  for (let index = 0; index < MODULES; index++) {
    const wasm = await assemble(pointerProgram(random, BASE, SIZE));
    for (const uniformCheck of [false, true]) {
      const name = `${uniformCheck ? "uniform" : "exact"}_${index}`;
      const options = { name, memorySize: SIZE, base: BASE, uniformCheck, trapNames: false };
      const { source } = await translateHere(wasm, options);
      const checks = source.split("goto trap_out_of_bounds;").length - 1;
      if (uniformCheck) after += checks;
      else before += checks;
      texts.push(`#define ${name}_trap trap`, source);
    }
    texts.push(runner(index));
  }
  const calls = Array.from({ length: MODULES }, (_, index) =>
    recordsAt(BASE).map((record) => `run_${index}(${record}u);`),
  );
  const program = await compileHere(
    `${HEAD}${texts.join("\n")}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (mmap((void *)${BASE}ul, ${SIZE + UNIFORM_GUARD}, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) return 2;
  ${calls.flat().join("\n  ")}
  return 0;
}`,
    ["-O0", "-w"],
  );
  const lines = execFileSync(program, { encoding: "utf8", maxBuffer: 1 << 26 })
    .trim()
    .split("\n");
  assert.equal(lines.length, MODULES * recordsAt(BASE).length);
  const traps = lines.filter((line) => line.endsWith(" 2")).length;
  context.diagnostic(`${before} checks, ${after} needed; ${traps} of ${lines.length} runs trap`);
  assert.ok(after < before * 0.95, "checks were dropped");
  assert.ok(traps > lines.length / 20 && traps < lines.length * 0.95, "some runs trap and some do not");
  assert.deepEqual(
    lines.filter((line) => line.startsWith("differs")),
    [],
  );
});
