/** What the translator does not know, it refuses, and says what and why. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readModule } from "../../runtime/aot/binary.js";
import { emit } from "../../runtime/aot/emit.js";
import { TranslateError, translate } from "../../runtime/aot/index.js";
import { runWasm2c, splitFunctions } from "../../runtime/aot/wasm2c.js";
import { assemble, translateHere } from "./differential.js";

const SAMPLE = `(module (memory 1) (func (export "read") (param i32) (result i32) (i32.load offset=4 (local.get 0))))`;

async function refused(text: Promise<Uint8Array> | Uint8Array, pattern: RegExp, memorySize = 65536): Promise<void> {
  const wasm = await text;
  await assert.rejects(translateHere(wasm, { name: "x", memorySize }), (error) => {
    assert.ok(error instanceof TranslateError, String(error));
    assert.match(error.message, pattern);
    return true;
  });
}

describe("modules with features that are not supported", () => {
  const cases: [string, string, RegExp][] = [
    ["several results", `(module (func (result i32 i32) (i32.const 1) (i32.const 2)))`, /Function 0 returns 2 values/],
    [
      "imported globals",
      `(module (import "a" "b" (global i32)))`,
      /imports the global "a\.b"; only functions and a memory/,
    ],
    ["imported tables", `(module (import "a" "t" (table 1 funcref)))`, /imports the table "a\.t"/],
    ["two tables", `(module (table 1 funcref) (table 1 funcref))`, /more than one table/],
    [
      "tables that change",
      `(module (table 1 funcref) (func (table.set (i32.const 0) (ref.null func))))`,
      /in function 0 \(f0\), has a form that this translator does not know: "wasm_rt_funcref_t var_r1;"/,
    ],
    ["externref", `(module (func (param externref)))`, /value type 0x6f; only numbers/],
    ["vectors", `(module (func (param v128)))`, /value type 0x7b; only numbers/],
    [
      "elements outside of the table",
      `(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))`,
      /Element segment 0 lies outside of the table/,
    ],
    [
      "an export that is the start function in C",
      `(module (func (export "init")))`,
      /"init" would be x_init in C, which is the start function/,
    ],
    [
      "two exports of one C name",
      `(module (func (export "a b")) (func (export "a-b")))`,
      /"a-b" would be x_a_b in C, which is the export "a b"/,
    ],
  ];
  for (const [title, wat, pattern] of cases) test(title, () => refused(assemble(wat), pattern));

  test("a file that is no WASM", () => refused(new Uint8Array([1, 2, 3]), /no WASM module of version 1/));

  test("a file that ends early", async () => {
    const wasm = await assemble(SAMPLE);
    await refused(wasm.subarray(0, wasm.length - 3), /ends in the middle/);
  });

  test("code that is not valid is refused by wasm2c itself", async () => {
    const wasm = Uint8Array.from(await assemble(SAMPLE));
    wasm[wasm.length - 4] = 0x6a;
    await assert.rejects(translate(wasm, { name: "x", memorySize: 65536 }), /wasm2c refused the module/);
  });
});

describe("memory sizes", () => {
  const rejects = async (wat: string, memorySize: number, pattern: RegExp) => {
    await assert.rejects(translate(await assemble(wat), { name: "x", memorySize }), pattern);
  };
  test("data behind the end", () =>
    rejects(
      `(module (memory 1) (data (i32.const 62) "abc"))`,
      64,
      /static data ends at byte 65, the memory has 64: raise/,
    ));
  test("not a multiple of 8", () => rejects(SAMPLE, 100, /memory size 100 is not a multiple of 8/));
  test("more than the module declares", () =>
    rejects(SAMPLE, 65544, /larger than the 65536 bytes that the module declares/));
  test("a name that is no identifier", async () => {
    await assert.rejects(
      translate(await assemble(SAMPLE), { name: "a-b", memorySize: 64 }),
      /"a-b" is no C identifier/,
    );
  });
});

describe("text of another form", () => {
  const change = async (from: string, to: string): Promise<string> => {
    const module = readModule(await assemble(SAMPLE));
    const text = await runWasm2c(module);
    assert.ok(text.includes(from), `wasm2c's text has "${from}"`);
    const changed = text.replace(from, to);
    try {
      emit(module, splitFunctions(changed, module), { name: "x", memorySize: 64 });
    } catch (error) {
      assert.ok(error instanceof TranslateError);
      return error.message;
    }
    return "accepted";
  };

  test("unchanged text is accepted", async () =>
    assert.equal(await change("FUNC_EPILOGUE;", "FUNC_EPILOGUE;"), "accepted"));
  test("another preamble", async () => {
    assert.match(
      await change("#define UNREACHABLE TRAP(UNREACHABLE)", "#define UNREACHABLE"),
      /SHA-256 [0-9a-f]{64}.*exactly the version/,
    );
  });
  const lines: [string, string][] = [
    ["var_i0 = var_p0;", "var_i0 = var_p0 + var_p0;"],
    ["var_i0 = var_p0;", "var_i0 = var_p0; var_i0++;"],
    ["(u64)(var_i0) + 4u", "(u64)(var_i0) + 4u + 1u"],
    ["i32_load_default32(", "i32_load_default64("],
    ["i32_load_default32(", "i32_atomic_load_default32("],
    ["default32(&instance->w2c_M0", "default32(&instance->w2c_M1"],
    ["return var_i0;", "return 0;"],
    ["FUNC_EPILOGUE;", "#if WASM_RT_USE_SEGUE_FOR_THIS_MODULE"],
    ["  u32 var_i0;", "  u32 var_i0 = 5;"],
  ];
  for (const [from, to] of lines) {
    test(`${from} → ${to}`, async () => {
      assert.match(await change(from, to), /Line \d+ of wasm2c's output, in function 0 \(read\), has a form/);
    });
  }
  test("another signature", async () => {
    const from = "u32 w2c_x_f0(w2c_x* instance, u32 var_p0) {";
    assert.match(await change(from, from.replace("u32 var_p0", "u64 var_p0")), /Line \d+ .*, expected "u32 w2c_x_f0/);
  });
  test("more functions than the module has", async () => {
    assert.match(
      await change("  return var_i0;\n}\n", "  return var_i0;\n}\n\nu32 more(void) {\n}\n"),
      /goes on after the last function/,
    );
  });
});
