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

async function randomCase(seed: number): Promise<Case> {
  const wasm = await randomModule(seed);
  const random = randomWords(seed ^ 0x1234567);
  const name = `m${seed}`;
  const count = readModule(wasm);
  const functionNames = Array.from(
    { length: count.imports.length + count.functions.length },
    (_, index) => `f${index}`,
  );
  const translation = await translateHere(wasm, { name, memorySize: MEMORY_SIZE, functionNames });
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

test(`${MODULES} random modules: results, traps and memory are those of V8`, async (context) => {
  const seen = { calls: 0, traps: 0, imports: 0, exhausted: 0 };
  for (let first = 0; first < MODULES; first += BATCH) {
    const cases: Case[] = [];
    for (let index = first; index < Math.min(first + BATCH, MODULES); index++) {
      cases.push(await randomCase(SEED * 100000 + index));
    }
    const expectations: string[][] = [];
    for (const entry of cases) {
      const planned = entry.calls.length;
      expectations.push(await runInV8(entry));
      if (entry.calls.length < planned) seen.exhausted++;
    }
    const outputs = await runInC(cases, ["-O1", "-Wno-infinite-recursion", "-Wno-clobbered"]);
    for (const [index, entry] of cases.entries()) {
      const expected = expectations[index];
      // Where V8's stack ended, the globals are not comparable.
      const actual = expected.at(-1)?.startsWith("memory")
        ? outputs[index].filter((line) => !line.startsWith("global"))
        : outputs[index];
      const different = expected.findIndex((line, at) => line !== actual[at]);
      assert.ok(
        different < 0 && actual.length === expected.length,
        `module ${entry.name}, line ${different}: V8 "${expected[different]}", C "${actual[different]}"; before: ${expected.slice(Math.max(0, different - 3), different).join(" | ")}`,
      );
      seen.calls += entry.calls.length;
      seen.traps += expected.filter((line) => line.includes(" trap ")).length;
      seen.imports += expected.filter((line) => line.startsWith("import ")).length;
    }
  }
  context.diagnostic(JSON.stringify(seen));
  // The modules must do something, or the comparison shows nothing.
  assert.ok(seen.calls >= MODULES && seen.traps > 0 && seen.imports > 0, JSON.stringify(seen));
  assert.ok(seen.exhausted * 10 <= MODULES, JSON.stringify(seen));
});
