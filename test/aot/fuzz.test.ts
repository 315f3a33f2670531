/**
 * Random modules, made by Binaryen from seeded random bytes, behave in C as in V8.
 *
 * SOCKLET_AOT_MODULES=n runs more of them, SOCKLET_AOT_SEED=s others.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { readModule } from "../../runtime/aot/binary.js";
import { type Call, type Case, runInC, runInV8, temporary, translateHere } from "./differential.js";
import { emscriptenTool } from "./emscripten-tool.js";

const MODULES = Number(process.env.SOCKLET_AOT_MODULES ?? 100);
const SEED = Number(process.env.SOCKLET_AOT_SEED ?? 1);
const BATCH = 20;
const MEMORY_SIZE = 16 * 65536;
const FEATURES = ["bulk-memory", "sign-ext", "nontrapping-float-to-int", "mutable-globals"];
const LEVELS = [[], ["-O1"], ["-O3"]];
/** i32 and i64 values, and the bits of floats, on which operators turn. */
const EDGES = [
  0n,
  1n,
  2n,
  31n,
  255n,
  65535n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x3f800000n,
  0xbf800000n,
  0x4f000000n,
  0x7fc00000n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffffffffffffn,
  0x3ff0000000000000n,
  0x41dfffffffc00000n,
];

/** xorshift32: the same modules on each run. */
function randomWords(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

const wasmOpt = emscriptenTool("binaryen", "wasm-opt");

async function randomModule(seed: number): Promise<Uint8Array> {
  const random = randomWords(seed);
  const bytes = Uint8Array.from({ length: 1000 + (random() % 6000) }, () => random() >>> 24);
  const input = temporary("bytes");
  const output = temporary("wasm");
  await writeFile(input, bytes);
  const features = ["--mvp-features", ...FEATURES.map((feature) => `--enable-${feature}`)];
  const result = await wasmOpt(input, "-ttf", ...features, ...LEVELS[seed % 3], "-o", output);
  assert.equal(result.status, 0, result.output);
  return readFile(output);
}

async function randomCase(seed: number, uniformCheck: boolean): Promise<Case> {
  const wasm = await randomModule(seed);
  const random = randomWords(seed ^ 0x1234567);
  const name = `m${seed}`;
  const count = readModule(wasm);
  const functionNames = Array.from(
    { length: count.imports.length + count.functions.length },
    (_, index) => `f${index}`,
  );
  const translation = await translateHere(wasm, { name, memorySize: MEMORY_SIZE, functionNames, uniformCheck });
  const calls: Call[] = [];
  for (let round = 0; round < 3; round++) {
    for (const { name, parameters } of translation.exports) {
      // Binaryen's modules count loop iterations down in a global and trap at 0; this export winds it up again.
      if (translation.exports.some((entry) => entry.name === "hangLimitInitializer")) {
        calls.push({ name: "hangLimitInitializer", values: [] });
      }
      const values = parameters.map((type) => {
        const bits = random() & 1 ? EDGES[random() % EDGES.length] : (BigInt(random()) << 32n) | BigInt(random());
        return BigInt.asUintN(type.endsWith("64") ? 64 : 32, bits);
      });
      calls.push({ name, values });
    }
  }
  return { name, wasm, translation, memorySize: MEMORY_SIZE, calls };
}

/**
 * The uniform check traps late where the exact one traps: everything up to the first access outside is comparable.
 * Takes the call with that access, and those after it, out of `entry`.
 */
function beforeFirstOutside(entry: Case, lines: string[]): string[] {
  const trap = lines.findIndex((line) => line.includes(" trap OUT_OF_BOUNDS "));
  if (trap < 0) return lines;
  const end = lines.slice(0, trap).findLastIndex((line) => line.startsWith("memory ")) + 1;
  const kept = lines.slice(0, end);
  entry.calls = entry.calls.slice(0, kept.filter((line) => line.startsWith("memory ")).length);
  return kept;
}

async function compare(count: number, firstSeed: number, uniformCheck: boolean): Promise<Record<string, number>> {
  const seen = { modules: 0, calls: 0, traps: 0, imports: 0, exhausted: 0 };
  for (let first = 0; first < count; first += BATCH) {
    const cases: Case[] = [];
    const expectations: string[][] = [];
    for (let index = first; index < Math.min(first + BATCH, count); index++) {
      const entry = await randomCase(firstSeed + index, uniformCheck);
      const planned = entry.calls.length;
      const lines = await runInV8(entry);
      if (entry.calls.length < planned && !lines.at(-1)?.startsWith("start ")) seen.exhausted++;
      const expected = uniformCheck ? beforeFirstOutside(entry, lines) : lines;
      if (expected.length === 0) continue;
      cases.push(entry);
      expectations.push(expected);
    }
    const outputs = await runInC(cases, ["-O1", "-Wno-infinite-recursion", "-Wno-clobbered"]);
    for (const [index, entry] of cases.entries()) {
      const expected = expectations[index];
      // Where the calls were cut short, the globals are not comparable.
      const actual = expected.at(-1)?.startsWith("memory")
        ? outputs[index].filter((line) => !line.startsWith("global"))
        : outputs[index];
      const different = expected.findIndex((line, at) => line !== actual[at]);
      assert.ok(
        different < 0 && actual.length === expected.length,
        `module ${entry.name}, line ${different}: V8 "${expected[different]}", C "${actual[different]}"; before: ${expected.slice(Math.max(0, different - 3), different).join(" | ")}`,
      );
      seen.modules++;
      seen.calls += entry.calls.length;
      seen.traps += expected.filter((line) => line.includes(" trap ")).length;
      seen.imports += expected.filter((line) => line.startsWith("import ")).length;
    }
  }
  return seen;
}

/** The modules must do something, or the comparison shows nothing. */
function assertBusy(seen: Record<string, number>, count: number): void {
  const text = JSON.stringify(seen);
  assert.ok(seen.modules * 2 > count && seen.calls > count && seen.traps > 0 && seen.imports > 0, text);
  assert.ok(seen.exhausted * 10 <= count, text);
}

test(`${MODULES} random modules: results, traps and memory are those of V8`, async (context) => {
  const seen = await compare(MODULES, SEED * 100000, false);
  context.diagnostic(JSON.stringify(seen));
  assertBusy(seen, MODULES);
});

const UNIFORM_MODULES = Math.ceil(MODULES / 4);
test(`${UNIFORM_MODULES} with the uniform check: the same up to the first access outside`, async (context) => {
  const seen = await compare(UNIFORM_MODULES, SEED * 100000 + 50000, true);
  context.diagnostic(JSON.stringify(seen));
  assertBusy(seen, UNIFORM_MODULES);
});
