/** Bounds checks at memories that are smaller than V8's page: against a model of linear memory. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UNIFORM_GUARD } from "../../runtime/aot/index.js";
import { assemble, type Case, runInC, translateHere } from "./differential.js";
import { memoryCalls, memoryModule } from "./memory-module.js";

const SIZES = [64, 4104];
const BUILDS = [
  ["-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-clobbered"],
  ["-Os", "-Wno-clobbered"],
];
const memory = memoryModule();

const bytesOf = (name: string) => {
  const [, width, narrow] = /^.(32|64)\.(?:load|store)(\d+)?/.exec(name) ?? [];
  return Number(narrow ?? width) / 8;
};

async function memoryCase(name: string, size: number, uniformCheck: boolean): Promise<Case> {
  const wasm = await assemble(memory.wat);
  const translation = await translateHere(wasm, { name, memorySize: size, uniformCheck });
  return { name, wasm, translation, memorySize: size, calls: memoryCalls(memory, size) };
}

/** What each call has to do: trap or not, with `reach` bytes behind the memory that an access may touch. */
function expectedTraps(entry: Case, reach: (name: string, offset: number) => number): boolean[] {
  return entry.calls.map(({ name, values }) => {
    const offset = Number(name.split(" ")[1]);
    return Number(values[0]) + offset + bytesOf(name) > entry.memorySize + reach(name, offset);
  });
}

const actualTraps = (lines: string[]) =>
  lines.filter((line) => !line.startsWith("memory ")).map((line) => line.includes(" trap OUT_OF_BOUNDS "));

/** Index of the first call that does not trap as it should, for a short message; -1 when all do. */
const firstDifference = (actual: boolean[], expected: boolean[]) =>
  actual.length === expected.length ? expected.findIndex((value, index) => value !== actual[index]) : 0;

describe("a memory of any size ends at its last byte", { concurrency: 1 }, () => {
  for (const flags of BUILDS) {
    test(`exact check, ${flags[0]}`, async () => {
      const cases = await Promise.all(SIZES.map((size) => memoryCase(`exact${size}`, size, false)));
      const outputs = await runInC(cases, flags);
      for (const [index, entry] of cases.entries()) {
        const expected = expectedTraps(entry, () => 0);
        assert.ok(expected.includes(true) && expected.includes(false));
        const different = firstDifference(actualTraps(outputs[index]), expected);
        assert.ok(
          different < 0,
          `${entry.memorySize} bytes: ${entry.calls[different]?.name} ${entry.calls[different]?.values}`,
        );
      }
    });
  }

  test("uniform check: traps late by at most the guard", async () => {
    const cases = await Promise.all(SIZES.map((size) => memoryCase(`uniform${size}`, size, true)));
    const outputs = await runInC(cases, BUILDS[0]);
    for (const [index, entry] of cases.entries()) {
      const traps = actualTraps(outputs[index]);
      const exact = expectedTraps(entry, () => 0);
      const late = expectedTraps(entry, (name, offset) =>
        offset + bytesOf(name) <= UNIFORM_GUARD ? UNIFORM_GUARD : 0,
      );
      assert.equal(traps.length, exact.length);
      for (const [position, trapped] of traps.entries()) {
        const { name, values } = entry.calls[position];
        assert.ok(exact[position] || !trapped, `${name} ${values} is inside of the memory and trapped`);
        assert.ok(!late[position] || trapped, `${name} ${values} is behind the guard and did not trap`);
      }
      // The option is there to trap later than the exact check: some access must do so.
      assert.ok(traps.some((trapped, position) => exact[position] && !trapped));
    }
  });

  test("uniform check: what lies inside has the same values and leaves the same memory", async () => {
    const cases: Case[] = [];
    for (const size of SIZES) {
      for (const uniform of [false, true]) {
        const entry = await memoryCase(`${uniform ? "uniform" : "exact"}${size}`, size, uniform);
        const traps = expectedTraps(entry, () => 0);
        cases.push({ ...entry, calls: entry.calls.filter((_, position) => !traps[position]) });
      }
    }
    const outputs = await runInC(cases, BUILDS[1]);
    for (let index = 0; index < cases.length; index += 2) {
      assert.ok(outputs[index].length > 100);
      assert.equal(outputs[index + 1].join("\n"), outputs[index].join("\n"));
    }
  });
});

test("the memory is cleared and filled again by a second start", async () => {
  const wat = `(module (memory (export "memory") 1) (data (i32.const 60) "data")
    (global $g (export "g") (mut i32) (i32.const 3)) (data $passive "p")
    (func $start (i32.store8 (i32.const 1) (i32.add (i32.load8_u (i32.const 1)) (i32.const 1)))) (start $start)
    (func (export "spoil") (memory.fill (i32.const 0) (i32.const 9) (i32.const 64)) (global.set $g (i32.const 4)) (data.drop $passive))
    (func (export "take") (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1))))`;
  const wasm = await assemble(wat);
  const translation = await translateHere(wasm, { name: "again", memorySize: 64 });
  const take = { name: "take", values: [] };
  const calls = [{ name: "spoil", values: [] }, take];
  const spoilt: Case = { name: "again", wasm, translation, memorySize: 64, calls };
  const fresh: Case = { ...spoilt, name: "fresh", translation: renamed(translation, "fresh"), calls: [take] };
  const restarted: Case = { ...fresh, name: "twice", translation: renamed(translation, "twice") };
  // This one is started, spoilt and started again before its calls.
  restarted.translation.source +=
    "static void twice_restart(void) { twice_init(); twice_spoil(); twice_init(); }\n#define twice_init twice_restart\n";
  const outputs = await runInC([spoilt, fresh, restarted], ["-O1", "-Wno-clobbered"]);
  assert.ok(outputs[0].some((line) => line.startsWith("take trap OUT_OF_BOUNDS")));
  assert.deepEqual(outputs[2], outputs[1]);
  assert.equal(outputs[1].at(-1), "global g 00000003");
});

/** The same translation under another prefix. */
function renamed(translation: Case["translation"], name: string): Case["translation"] {
  const replace = (text: string) => text.replaceAll(/\bagain/g, name);
  return {
    ...translation,
    source: replace(translation.source).replaceAll("AGAIN", name.toUpperCase()),
    exports: translation.exports.map((item) => ({ ...item, cName: replace(item.cName) })),
    globals: translation.globals.map((item) => ({ ...item, cName: replace(item.cName) })),
  };
}
