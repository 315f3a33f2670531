/** Constants that a module exports: where the static data of a program in C ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import wabt from "wabt";
import { exportedConstant } from "../../runtime/node/module-sections.js";

async function assemble(text: string): Promise<Uint8Array> {
  const module = (await wabt()).parseWat("test.wat", text);
  try {
    return Uint8Array.from(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

test("an exported i32 constant is found by its name, whatever is imported before it", async () => {
  const module = await assemble(`(module
    (import "a" "f" (func (param i32)))
    (import "a" "t" (table 1 2 funcref))
    (import "a" "m" (memory 1))
    (import "a" "g" (global i64))
    (global $stack (mut i32) (i32.const 4096))
    (global $base i32 (i32.const 70000))
    (global $high i32 (i32.const -64))
    (export "stack" (global $stack))
    (export "__heap_base" (global $base))
    (export "high" (global $high))
    (export "f" (func 0)))`);
  assert.equal(exportedConstant(module, "__heap_base"), 70_000);
  assert.equal(exportedConstant(module, "stack"), 4096);
  assert.equal(exportedConstant(module, "high"), 0xffff_ffc0);
  assert.equal(exportedConstant(module, "f"), undefined, "a function");
  assert.equal(exportedConstant(module, "absent"), undefined);
});

test("a module without globals, and one whose globals are of another type, have none", async () => {
  assert.equal(exportedConstant(await assemble("(module)"), "__heap_base"), undefined);
  const module = await assemble('(module (global $g i64 (i64.const 1)) (export "__heap_base" (global $g)))');
  assert.equal(exportedConstant(module, "__heap_base"), undefined);
});
