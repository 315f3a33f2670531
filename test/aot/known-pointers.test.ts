/** Bounds checks that cannot fail are dropped, and no others: which remain in the text, and what an access outside does. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";
import { translate } from "../../runtime/aot/index.js";
import { assemble, compileHere } from "./differential.js";

const SIZE = 4096;
/** Where a memory lies that 0 is not an address of. */
const BASE = 0x1000_0000;

async function text(functions: string, uniformCheck = true): Promise<string> {
  const module = `(module (memory (export "memory") 1) ${functions})`;
  const translation = await translate(await assemble(module), { name: "core", memorySize: SIZE, uniformCheck });
  return translation.source;
}

/** As `text`, for a memory at BASE. */
async function placed(functions: string): Promise<string> {
  const imports = functions.startsWith("(import") ? functions.slice(0, functions.indexOf(")))") + 3) : "";
  const memory = `(memory (export "memory") ${BASE / 65_536 + 1})`;
  const module = `(module ${imports} ${memory} ${functions.slice(imports.length)})`;
  const options = { name: "core", memorySize: SIZE, uniformCheck: true, base: BASE };
  return (await translate(await assemble(module), options)).source;
}

/** Bounds checks in the body of a function: an export by its name, another as "f" and its index. */
function checks(source: string, name: string): number {
  const body = new RegExp(`^static \\w+ core_${name}\\([^;]*?\\) \\{\\n([\\s\\S]*?)^\\}`, "m").exec(source)?.[1];
  assert.ok(body !== undefined, `${name} is in the text`);
  return body.split("goto trap_out_of_bounds;").length - 1;
}

const LOAD = "(func $callee (param i32) (result i32) (i32.load offset=8 (local.get 0)))";
/** Two callers of $callee that have both accessed what they pass on. */
const KNOWING = `${LOAD}
  (func (export "first") (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 1)) (call $callee (local.get 0)))
  (func (export "second") (param i32) (result i32)
    (drop (i32.load offset=200 (local.get 0))) (call $callee (local.get 0)))`;

it("a function whose callers have all checked its pointer does not check it again", async () => {
  const source = await text(KNOWING);
  assert.equal(checks(source, "f0"), 0);
  assert.equal(checks(source, "first"), 1);
  assert.equal(checks(source, "second"), 1);
});

it("one caller that has not is enough for the check to stay, an export is such a caller, and so is the table", async () => {
  const unknowing = `(func (export "third") (param i32) (result i32) (call $callee (local.get 0)))`;
  assert.equal(checks(await text(`${KNOWING} ${unknowing}`), "f0"), 1);
  assert.equal(checks(await text(`${KNOWING} (export "exported" (func $callee))`), "exported"), 1);
  const table = `(table 1 funcref) (elem (i32.const 0) $callee)
    (func (export "indirect") (param i32) (result i32)
      (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))`;
  assert.equal(checks(await text(`${KNOWING} ${table}`), "f0"), 1);
});

it("the exact check is left as it is", async () => {
  assert.equal(checks(await text(KNOWING, false), "f0"), 1);
});

it("what is known goes through chains of calls and recursion, and is lost where the pointer changes", async () => {
  const chain = `(func $last (param i32) (result i32) (i32.load offset=4 (local.get 0)))
    (func $middle (param i32) (result i32) (call $last (local.get 0)))
    (func $walk (param i32 i32) (result i32)
      (if (result i32) (local.get 1)
        (then (call $walk (local.get 0) (i32.sub (local.get 1) (i32.const 1))))
        (else (i32.load (local.get 0)))))
    (func $next (param i32 i32) (result i32)
      (if (result i32) (local.get 1)
        (then (call $next (i32.load (local.get 0)) (i32.sub (local.get 1) (i32.const 1))))
        (else (i32.load (local.get 0)))))
    (func (export "start") (param i32) (result i32)
      (i32.store (local.get 0) (i32.const 1))
      (i32.add (call $middle (local.get 0))
        (i32.add (call $walk (local.get 0) (i32.const 3)) (call $next (local.get 0) (i32.const 3)))))`;
  const source = await text(chain);
  assert.equal(checks(source, "f0"), 0);
  assert.equal(checks(source, "f2"), 0);
  assert.equal(checks(source, "f3"), 2, "each of its ways reads from a pointer that came out of memory");
});

it("a pointer a few bytes behind a known one is known as far as the guard reaches", async () => {
  const near = (offset: number): string => `(func $near (param i32) (result i32) (i32.load offset=16 (local.get 0)))
    (func (export "start") (param i32) (result i32)
      (i32.store (local.get 0) (i32.const 1)) (call $near (i32.add (local.get 0) (i32.const ${offset}))))`;
  assert.equal(checks(await text(near(128)), "f0"), 0);
  assert.equal(checks(await text(near(236)), "f0"), 0, "236 + 16 + 4 = 256");
  assert.equal(checks(await text(near(237)), "f0"), 1);
  assert.equal(checks(await text(near(-4)), "f0"), 1);
});

it("both ways must know, and a loop that moves a pointer on does not", async () => {
  const ways = (other: string): string => `(func (export "start") (param i32 i32) (result i32)
      (if (local.get 1) (then (i32.store (local.get 0) (i32.const 1))) (else ${other}))
      (drop (i32.load offset=4 (local.get 0)))
      (i32.load offset=8 (local.get 0)))`;
  assert.equal(checks(await text(ways("(i32.store offset=12 (local.get 0) (i32.const 1))")), "start"), 2);
  assert.equal(checks(await text(ways("(nop)")), "start"), 2, "one of the way, one behind it");
  const loop = `(func (export "start") (param i32 i32) (result i32)
      (i32.store (local.get 0) (i32.const 1))
      (loop $again
        (i32.store (local.get 0) (i32.const 2))
        (local.set 0 (i32.add (local.get 0) (i32.const 4)))
        (br_if $again (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
      (local.get 0))`;
  assert.equal(checks(await text(loop), "start"), 2);
});

it("what a function returns is known when all its returns are, and 0 besides when the caller has asked", async () => {
  /** `find` goes along a chain from its argument to one that has 7 in it, or to its end. */
  const find = (other: string): string => `(func $find (param i32) (result i32)
      (loop $next
        (if (local.get 0) (then
          (if (i32.ne (i32.load (local.get 0)) (i32.const 7)) (then
            (local.set 0 (i32.load offset=4 (local.get 0)))
            (br $next))))))
      ${other})`;
  const caller = (use: string): string => `(func (export "start") (param i32) (result i32) (local $found i32)
      (local.set $found (call $find (local.get 0))) ${use})`;
  const load = "(i32.load offset=8 (local.get $found))";
  const found = find("(local.get 0)");
  const asked = `(if (result i32) (i32.eqz (local.get $found)) (then (i32.const 0)) (else ${load}))`;
  assert.equal(checks(await placed(`${found} ${caller(asked)}`), "start"), 0);
  const otherWay = `(if (result i32) (i32.eqz (local.get $found)) (then ${load}) (else (i32.const 0)))`;
  assert.equal(checks(await placed(`${found} ${caller(otherWay)}`), "start"), 1, "it is 0 here");
  assert.equal(checks(await placed(`${found} ${caller(load)}`), "start"), 1, "nobody has asked");
  const jump = `(block $none (br_if $none (i32.eqz (local.get $found))) (return ${load})) (i32.const 0)`;
  assert.equal(checks(await placed(`${found} ${caller(jump)}`), "start"), 0);
  const loaded = find("(i32.load offset=4 (local.get 0))");
  assert.equal(checks(await placed(`${loaded} ${caller(asked)}`), "start"), 1, "it comes out of memory");
  const one = find("(if (i32.load (local.get 0)) (then (return (i32.const 8)))) (local.get 0)");
  assert.equal(checks(await placed(`${one} ${caller(asked)}`), "start"), 1, "one of its returns is no pointer");
  const imported = `(import "host" "find" (func $find (param i32) (result i32)))`;
  assert.equal(
    checks(await placed(`${imported} ${caller(asked)}`), "start"),
    1,
    "what is imported may return anything",
  );
});

it("of two pointers one is known when both are; the one that is asked is not 0", async () => {
  const select = (
    yes: string,
    condition: string,
  ): string => `(func (export "start") (param i32 i32) (result i32) (local i32)
      (i32.store (local.get 0) (i32.const 1))
      (i32.load offset=8 (select ${yes} (local.get 0) ${condition})))`;
  assert.equal(checks(await placed(select(`(i32.const ${BASE + 64})`, "(local.get 1)")), "start"), 1);
  assert.equal(checks(await placed(select("(local.get 1)", "(local.get 1)")), "start"), 2);
  // A local is 0 before it is set.
  assert.equal(checks(await placed(select("(local.get 2)", "(local.get 2)")), "start"), 1);
  assert.equal(checks(await placed(select("(local.get 2)", "(local.get 1)")), "start"), 2);
});

it("a function that does nothing is translated like the others", async () => {
  const source = await text(`(func $nothing) (func (export "start") (call $nothing)) (func (export "empty"))`);
  assert.equal(checks(source, "start"), 0);
  assert.equal(checks(source, "empty"), 0);
});

it("without its check a function is reached only by pointers inside: the caller traps", async () => {
  const source = `
#include <setjmp.h>
#include <stdio.h>
static jmp_buf trapped;
static int at;
__attribute__((noreturn)) static void core_trap(int kind, int function) { at = function; longjmp(trapped, kind); }
${await text(KNOWING)}
int main(void) {
  static const unsigned pointers[] = {0, 8, ${SIZE - 12}, ${SIZE + 1}, ${SIZE + 300}, 0x80000000u, 0xfffffff8u};
  core_init();
  for (unsigned i = 0; i < sizeof pointers / sizeof *pointers; i++) {
    if (setjmp(trapped) == 0) printf("%u ", core_first(pointers[i]));
    else printf("%s ", core_function_names[at]);
  }
  return 0;
}`;
  const program = await compileHere(source, ["-O2", "-Wno-clobbered"]);
  assert.equal(execFileSync(program, { encoding: "utf8" }).trim(), "0 0 0 first first first first");
});
