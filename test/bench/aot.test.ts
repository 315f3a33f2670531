/** Functions of the core do what the same algorithms in C do, and are not much larger. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { measureSample, ratioOf } from "../../bench/aot/program.js";
import { CONTROL, SAMPLE } from "../../bench/aot/sample.js";
import { findTools } from "../../cli/toolchain.js";
import { TEST_CACHE } from "../harness/compile.js";

const NEEDED = ["arm-none-eabi-gcc", "qemu-system-arm"];
const absent = findTools().filter(({ name, version }) => NEEDED.includes(name) && version === undefined);
const skip = absent.length > 0 ? `${absent.map(({ name }) => name).join(" and ")} not installed` : false;

/** Most that the sample may have, by its size in C. */
const MOST = 1.15;
/** And a single function has two checks of pointers more, of 14 bytes each: the smallest have less than 100 bytes. */
const CHECKS = 28;

describe("functions of the core beside the same in C", { skip }, () => {
  const measured = skip === false ? measureSample(TEST_CACHE) : undefined;

  it("do the same with the same memory", async () => {
    const { compared } = (await measured)!;
    assert.deepEqual(
      compared.map(({ name }) => name),
      [...SAMPLE, ...CONTROL].map(({ cName }) => cName),
    );
    for (const { name, cases, hits, changes } of compared) {
      assert.ok(cases >= 1000, name);
      // What only reads has a result; what has no result changes memory, if not each time.
      assert.ok(hits > cases / 10 || changes > cases / 10, `${name}: ${hits} results, ${changes} changes`);
    }
  });

  it("are not larger than the goal allows", async (context) => {
    const { sizes, control } = (await measured)!;
    for (const { sample, core, c } of [...sizes, ...control]) {
      context.diagnostic(`${sample.name}: ${core} bytes, ${c} in C`);
      assert.ok(core <= c * MOST + CHECKS, `${sample.name}: ${core} bytes, ${c} in C`);
    }
    for (const ratio of [ratioOf(sizes), ratioOf(control)]) {
      assert.ok(ratio <= MOST, `${ratio.toFixed(3)} times the size of C`);
    }
  });
});
