/** Runs of a reading import become one call, with the words in their order; what is no run stays as it is. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";
import { translate } from "../../runtime/aot/index.js";
import { assemble, compileHere } from "./differential.js";

/** A function of the locals a to j that takes words by `body`, and answers ((a * 10 + b) * 10 + …) of those in `order`. */
function taking(body: string, order: string): string {
  const digits = [...order].reduce(
    (sum, name) => `(i32.add (i32.mul ${sum} (i32.const 10)) (local.get $${name}))`,
    "(i32.const 0)",
  );
  const locals = [..."abcdefghij"].map((name) => `(local $${name} i32)`).join(" ");
  return `(module (import "port" "take" (func $take (param i32) (result i32)))
    (func (export "run") (result i32) ${locals} ${body} ${digits}))`;
}

const takes = (names: string, port = 64): string =>
  [...names].map((name) => `(local.set $${name} (call $take (i32.const ${port})))`).join(" ");

async function run(wat: string): Promise<{ result: number; calls: string[] }> {
  const { source } = await translate(await assemble(wat), { name: "core", memorySize: 0, bursts: "port_take" });
  const counts = [2, 3, 4, 5, 6, 7, 8];
  const letters = "abcdefgh";
  const macros = counts.map((count) => {
    const words = [...letters.slice(0, count)];
    const body = words.map((word) => `${word} = port_take(port);`).join(" ");
    return `#define port_take_${count}(port, ${words.join(", ")}) do { ${body} } while (0)`;
  });
  const program = await compileHere(
    `#include <stdio.h>
static unsigned words;
/* Words of port 64 count up from 1; those of another begin at 5. */
static unsigned port_take(unsigned port) { return ++words + (port == 64 ? 0 : 4); }
${macros.join("\n")}
${source}
int main(void) { printf("%u\\n", core_run()); return 0; }`,
    ["-O1"],
  );
  const calls = [...source.matchAll(/\b(port_take(?:_\d)?)\(/g)].map((match) => match[1]);
  return { result: Number(execFileSync(program, { encoding: "utf8" })), calls };
}

it("three in a row are one call, and the words keep their order", async () => {
  assert.deepEqual(await run(taking(takes("bca"), "bca")), { result: 123, calls: ["port_take_3"] });
});

it("a run of more than eight is two", async () => {
  const { result, calls } = await run(taking(takes("abcdefghi"), "abcdefghi"));
  assert.equal(result, 123_456_789);
  assert.deepEqual(calls, ["port_take_8", "port_take"]);
});

it("another port, the same variable again and a statement between them end a run", async () => {
  assert.deepEqual(await run(taking(takes("ab") + takes("c", 68), "abc")), {
    result: 127,
    calls: ["port_take_2", "port_take"],
  });
  assert.deepEqual(await run(taking(takes("aba"), "ab")), { result: 32, calls: ["port_take_2", "port_take"] });
  const between = `${takes("a")} (local.set $c (i32.add (local.get $a) (i32.const 4))) ${takes("b")}`;
  assert.deepEqual(await run(taking(between, "abc")), { result: 125, calls: ["port_take", "port_take"] });
});
