/** AssemblyScript programs behave in C as in V8: here with sanitizers and optimized, and on a Cortex-M3 in QEMU. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { compileForCortexM3, runOnCortexM3 } from "./cortex-m3.js";
import {
  type Call,
  type Case,
  cProgram,
  runInC,
  runInV8,
  splitRuns,
  temporary,
  translateHere,
} from "./differential.js";

const SAMPLE = fileURLToPath(new URL("../assembly/aot/sample.ts", import.meta.url));
const f = (name: string, ...values: bigint[]): Call => ({ name, values });
const CALLS = [
  f("crc", 1n),
  f("crc", 50n),
  f("sorted", 300n, 42n),
  f("area", 40n),
  f("words", 60n),
  f("series", 500n),
  f("swapped", 0x0123456789abcdefn),
  f("divided", 0xffffff85n, 7n),
  f("divided", 1n, 0n),
  f("divided", 0x80000000n, 0xffffffffn),
  f("peek", 65520n),
  f("peek", 65521n),
  f("peek", 0xfffffff8n),
  f("outside", 2n),
  f("outside", 3n),
  f("moved", 20n),
  f("moved", 0x7fffffffn),
];

async function compileSample(name: string, options: string[]): Promise<Case> {
  const output = temporary("wasm");
  const { error, stderr } = await asc.main([SAMPLE, "-o", output, "--memoryBase", "16", ...options]);
  if (error) throw new Error(stderr.toString());
  const wasm = await readFile(output);
  const functionNames = Array.from({ length: 500 }, (_, index) => `f${index}`);
  const translation = await translateHere(wasm, { name, memorySize: 65536, functionNames });
  return { name, wasm, translation, memorySize: 65536, calls: CALLS };
}

const cases = [
  await compileSample("stub", ["-O3", "--runtime", "stub"]),
  await compileSample("minimal", ["-Oz", "--runtime", "minimal", "--exportRuntime"]),
  await compileSample("incremental", ["--debug", "--runtime", "incremental", "--stackSize", "4096"]),
];
const expected = await Promise.all(cases.map(runInV8));

function compare(outputs: string[][]): void {
  for (const [index, entry] of cases.entries()) assert.deepEqual(outputs[index], expected[index], entry.name);
}

test("the sample says what it should in V8: a known checksum, every kind of trap", () => {
  assert.ok(expected[0].includes("crc cbf43926"));
  for (const trap of ["DIVIDE_BY_ZERO", "INTEGER_OVERFLOW", "OUT_OF_BOUNDS", "UNREACHABLE"]) {
    assert.ok(
      expected[0].some((line) => line.includes(` trap ${trap} `)),
      trap,
    );
  }
});

for (const flags of [["-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"], ["-O3"]]) {
  test(`equal here, ${flags.join(" ")}`, async () => compare(await runInC(cases, [...flags, "-Wno-clobbered"])));
}

for (const level of ["-Os", "-O2"]) {
  test(`equal on a Cortex-M3 in QEMU, ${level}`, async () => {
    const image = temporary("elf");
    await compileForCortexM3([cProgram(cases)], [level], image);
    compare(splitRuns(await runOnCortexM3(image)));
  });
}
