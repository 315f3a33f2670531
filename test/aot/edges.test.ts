/** Corner cases of WebAssembly, in C as in V8: at -O0 with the address and undefined-behaviour sanitizers, and at -O3. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assemble, type Call, type Case, runInC, runInV8, translateHere } from "./differential.js";
import { memoryCalls, memoryModule } from "./memory-module.js";

const PAGE = 65536;
const BUILDS = [
  ["-O0", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-clobbered"],
  ["-O3", "-Wno-clobbered"],
];

const cases: Case[] = [];

async function add(name: string, wat: string, calls: Call[], memorySize = PAGE): Promise<void> {
  const wasm = await assemble(wat);
  const functionNames = Array.from({ length: 1000 }, (_, index) => `f${index}`);
  const translation = await translateHere(wasm, { name, memorySize, functionNames });
  cases.push({ name, wasm, translation, memorySize, calls });
}

const I32 = [0n, 1n, 2n, 31n, 32n, 33n, 255n, 0x8000n, 0x7fffffffn, 0x80000000n, 0xfffffffen, 0xffffffffn, 0x12345678n];
const I64 = [
  0n,
  1n,
  63n,
  64n,
  0xffffffffn,
  0x100000000n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffffffffffffn,
];

function bitsOf(value: number, type: string): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return view.getBigUint64(0, true);
}

const POWERS = [2 ** 31, 2 ** 32, 2 ** 63, 2 ** 64];
const FLOATS = [
  ...[0, 0.5, 0.9, 1, 1.5, 2.5, 3.7, 1e-40, 1e300, Number.POSITIVE_INFINITY, Number.NaN],
  ...POWERS.flatMap((power) => [
    power,
    power - 1,
    power + 1,
    power * (1 - 2 ** -24),
    power * (1 - 2 ** -53),
    power * (1 + 2 ** -23),
  ]),
].flatMap((value) => [value, -value]);

/** Exports one function for each instruction, and calls it with all values, or all pairs. */
function operators(type: string, results: Record<string, string>, values: bigint[], operands: 1 | 2): [string, Call[]] {
  const parameters = Array.from({ length: operands }, () => type).join(" ");
  const gets = Array.from({ length: operands }, (_, index) => `(local.get ${index})`).join(" ");
  const functions = Object.entries(results).map(
    ([name, result]) => `(func (export "${name}") (param ${parameters}) (result ${result}) (${name} ${gets}))`,
  );
  const calls = Object.keys(results).flatMap((name) =>
    values.flatMap((left) =>
      operands === 1 ? [{ name, values: [left] }] : values.map((right) => ({ name, values: [left, right] })),
    ),
  );
  return [`(module ${functions.join("\n")})`, calls];
}

const same = (type: string, names: string[], result = type) =>
  Object.fromEntries(names.map((name) => [`${type}.${name}`, result]));

const BINARY = [
  "add",
  "sub",
  "mul",
  "div_s",
  "div_u",
  "rem_s",
  "rem_u",
  "and",
  "or",
  "xor",
  "shl",
  "shr_s",
  "shr_u",
  "rotl",
  "rotr",
];
const COMPARE = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const FLOAT_BINARY = ["add", "sub", "mul", "div", "min", "max", "copysign"];
const FLOAT_UNARY = ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"];

for (const [type, values] of [
  ["i32", I32],
  ["i64", I64],
] as const) {
  await add(`${type}_binary`, ...operators(type, { ...same(type, BINARY), ...same(type, COMPARE, "i32") }, values, 2));
  const narrow = type === "i32" ? ["extend8_s", "extend16_s"] : ["extend8_s", "extend16_s", "extend32_s"];
  const conversions: Record<string, string> =
    type === "i32"
      ? { "i64.extend_i32_s": "i64", "i64.extend_i32_u": "i64", "f32.reinterpret_i32": "f32" }
      : { "i32.wrap_i64": "i32", "f64.reinterpret_i64": "f64" };
  for (const float of ["f32", "f64"]) {
    for (const sign of ["s", "u"]) conversions[`${float}.convert_${type}_${sign}`] = float;
  }
  await add(
    `${type}_unary`,
    ...operators(
      type,
      { ...same(type, ["clz", "ctz", "popcnt", ...narrow]), [`${type}.eqz`]: "i32", ...conversions },
      values,
      1,
    ),
  );
}
for (const type of ["f32", "f64"]) {
  const values = FLOATS.map((value) => bitsOf(value, type));
  await add(
    `${type}_binary`,
    ...operators(
      type,
      { ...same(type, FLOAT_BINARY), ...same(type, ["eq", "ne", "lt", "gt", "le", "ge"], "i32") },
      values.filter((_, index) => index < 22 && index !== 20),
      2,
    ),
  );
  const conversions: Record<string, string> = {};
  for (const integer of ["i32", "i64"]) {
    for (const form of ["trunc_", "trunc_sat_"]) {
      for (const sign of ["s", "u"]) conversions[`${integer}.${form}${type}_${sign}`] = integer;
    }
  }
  conversions[type === "f32" ? "f64.promote_f32" : "f32.demote_f64"] = type === "f32" ? "f64" : "f32";
  await add(`${type}_unary`, ...operators(type, { ...same(type, FLOAT_UNARY), ...conversions }, values, 1));
}

await add(
  "control",
  `(module
    (global $a (export "a") (mut i32) (i32.const -5))
    (global $b (export "b") (mut i64) (i64.const 0x123456789abcdef0))
    (global $c (export "c") (mut f32) (f32.const -0.0))
    (global $d (export "d") (mut f64) (f64.const nan:0x8000000000001))
    (global $e (export "e") f64 (f64.const -inf))
    (global $f (export "f") i32 (i32.const 77))
    (memory (export "memory") 1 1)
    (func $start (i32.store (i32.const 100) (global.get $f)) (global.set $a (i32.add (global.get $a) (i32.const 1))))
    (start $start)
    (func (export "switch") (param i32) (result i32)
      (block $c (result i32) (block $b (block $a
        (br_table $a $b $a $b (local.get 0)))
        (return (i32.const 10)))
        (br_if $c (i32.const 20) (i32.eq (local.get 0) (i32.const 3)))
        (drop) (br_table $c $c (i32.const 30) (local.get 0)))
      (i32.add (i32.const 1)))
    (func (export "globals") (param i32 i64 f32 f64)
      (global.set $a (i32.add (global.get $a) (local.get 0))) (global.set $b (local.get 1))
      (global.set $c (local.get 2)) (global.set $d (local.get 3)))
    (func (export "read") (result f64) (f64.add (global.get $d) (global.get $e)))
    (func $factorial (export "factorial") (param i64) (result i64)
      (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
        (else (i64.mul (local.get 0) (call $factorial (i64.sub (local.get 0) (i64.const 1)))))))
    (func (export "select") (param i32 f32 f32) (result f32)
      (select (local.get 1) (local.get 2) (local.get 0)))
    (func (export "pages") (result i32) (memory.size))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "unreachable") (unreachable))
    (func (export "literals") (result f64)
      (f64.add (f64.const 0x1.fffffffffffffp1023) (f64.promote_f32 (f32.const 0x1.fffffep127))))
    (func (export "tiny") (result f32) (f32.const 0x1p-149))
    (func (export "nan") (result i32) (i32.reinterpret_f32 (f32.const -nan:0x200001)))
  )`,
  [
    ...[0n, 1n, 2n, 3n, 4n, 0xffffffffn].map((value) => ({ name: "switch", values: [value] })),
    { name: "read", values: [] },
    { name: "globals", values: [10n, 11n, 0x3f800000n, 0x3ff0000000000000n] },
    { name: "read", values: [] },
    { name: "factorial", values: [20n] },
    { name: "select", values: [0n, 0x3f800000n, 0x40000000n] },
    { name: "select", values: [7n, 0x3f800000n, 0x40000000n] },
    { name: "pages", values: [] },
    { name: "grow", values: [0n] },
    { name: "grow", values: [1n] },
    { name: "pages", values: [] },
    ...["unreachable", "literals", "tiny", "nan"].map((name) => ({ name, values: [] })),
  ],
);

await add(
  "table",
  `(module
    (import "host" "twice" (func $twice (param i32) (result i32)))
    (type $unary (func (param i32) (result i32)))
    (type $same (func (param i32) (result i32)))
    (type $other (func (param i64)))
    (table 8 funcref)
    (elem (i32.const 1) $increment $wide $twice)
    (elem (i32.const 5) $negate)
    (elem (i32.const 5) $increment)
    (func $increment (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $negate (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
    (func $wide (param i64))
    (func (export "call") (param i32 i32) (result i32) (call_indirect (type $same) (local.get 1) (local.get 0)))
    (func (export "callwide") (param i32) (call_indirect (type $other) (i64.const 1) (local.get 0)))
    (export "again" (func $twice))
  )`,
  [
    ...[0n, 1n, 2n, 3n, 4n, 5n, 6n, 8n, 0xffffffffn].map((value) => ({ name: "call", values: [value, 41n] })),
    ...[1n, 2n].map((value) => ({ name: "callwide", values: [value] })),
    { name: "again", values: [5n] },
  ],
);

const SIZES = Array.from({ length: 19 }, (_, index) => index);
await add(
  "bulk",
  `(module
    (memory (export "memory") 1 1)
    (data (i32.const 1000) "0123456789abcdefghijklmnopqrstuvwxyz")
    (data (i32.const 1004) "OVER\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00lap")
    (data (i32.const 65533) "end")
    (data $passive "passive data")
    (data $active (i32.const 8) "active")
    (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "passive") (param i32 i32 i32) (memory.init $passive (local.get 0) (local.get 1) (local.get 2)))
    (func (export "drop") (data.drop $passive))
    (func (export "init_active") (param i32 i32 i32) (memory.init $active (local.get 0) (local.get 1) (local.get 2)))
    (func (export "drop_active") (data.drop $active))
    ${SIZES.map((size) => `(func (export "copy${size}") (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const ${size})))`).join("\n")}
    (func (export "copy_constant") (memory.copy (i32.const 65530) (i32.const 1000) (i32.const 6)))
    (func (export "copy_outside") (memory.copy (i32.const 65530) (i32.const 1000) (i32.const 7)))
    (func (export "fill_outside") (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1)))
    (func (export "fill_huge") (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)))
  )`,
  [
    ...[
      [2000n, 1000n, 20n],
      [1003n, 1000n, 20n],
      [1000n, 1003n, 20n],
      [65536n, 0n, 0n],
      [65537n, 0n, 0n],
      [0n, 65537n, 0n],
      [65530n, 0n, 6n],
      [65530n, 0n, 7n],
      [0n, 65530n, 7n],
      [0n, 1n, 0xffffffffn],
      [0xffffffffn, 1n, 2n],
    ].map((values) => ({ name: "copy", values })),
    ...[
      [3000n, 0x1ffn, 9n],
      [65536n, 1n, 0n],
      [65537n, 1n, 0n],
      [65535n, 1n, 2n],
      [1n, 1n, 0xffffffffn],
    ].map((values) => ({ name: "fill", values })),
    ...[
      [4000n, 0n, 12n],
      [4100n, 3n, 10n],
      [4100n, 12n, 0n],
      [65530n, 0n, 7n],
    ].map((values) => ({ name: "passive", values })),
    { name: "drop", values: [] },
    { name: "passive", values: [4200n, 0n, 1n] },
    { name: "passive", values: [4200n, 0n, 0n] },
    { name: "init_active", values: [0n, 0n, 0n] },
    { name: "init_active", values: [0n, 0n, 1n] },
    { name: "init_active", values: [65537n, 0n, 0n] },
    { name: "drop_active", values: [] },
    ...SIZES.flatMap((size) => [
      { name: `copy${size}`, values: [1001n, 1000n] },
      { name: `copy${size}`, values: [1000n, 1002n] },
      { name: `copy${size}`, values: [65536n - BigInt(size), 1000n] },
      { name: `copy${size}`, values: [65537n - BigInt(size), 1000n] },
      { name: `copy${size}`, values: [1000n, 65537n - BigInt(size)] },
    ]),
    ...["copy_constant", "copy_outside", "fill_outside", "fill_huge"].map((name) => ({ name, values: [] })),
  ],
);

// A pointer that is a constant at first and changes on a way back or on one of two ways: the check must not vanish.
await add(
  "constants",
  `(module
    (memory (export "memory") 1 1)
    (func (export "loop") (param i32) (result i32) (local $p i32) (local $sum i32)
      (local.set $p (i32.const 0))
      (loop $again
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $p))))
        (local.set $p (i32.add (local.get $p) (local.get 0)))
        (br_if $again (i32.lt_u (local.get $p) (i32.const 200000))))
      (local.get $sum))
    (func (export "join") (param i32) (result i32) (local $p i32)
      (local.set $p (i32.const 4))
      (if (local.get 0) (then (local.set $p (local.get 0))))
      (i32.load (local.get $p)))
    (func (export "joinelse") (param i32) (result i32) (local $p i32)
      (if (local.get 0) (then (local.set $p (local.get 0))) (else (local.set $p (i32.const 4))))
      (i32.load (local.get $p)))
    (func (export "branch") (param i32) (result i32)
      (i32.load (block $b (result i32) (drop (br_if $b (local.get 0) (local.get 0))) (i32.const 8))))
    (func (export "folded") (result i32) (i32.load (i32.const 65532)))
    (func (export "outside") (result i32) (i32.load (i32.const 65533)))
    (func (export "offset") (result i32) (i32.load offset=4294967295 (i32.const 1)))
    (func (export "store") (i64.store offset=65528 (i32.const 1) (i64.const 1)))
    (func (export "storelast") (i64.store offset=65520 (i32.const 8) (i64.const -1)))
    (func (export "tee") (param i32) (result i32) (local $p i32)
      (i32.load (local.tee $p (i32.add (i32.const 65532) (local.get 0)))))
  )`,
  [
    { name: "loop", values: [65532n] },
    { name: "loop", values: [4n] },
    ...["join", "joinelse", "branch", "tee"].flatMap((name) =>
      [0n, 1n, 65532n, 65533n].map((value) => ({ name, values: [value] })),
    ),
    ...["storelast", "folded", "outside", "offset", "store"].map((name) => ({ name, values: [] })),
  ],
);

// Several offsets of one pointer share a check only where nothing can be seen to happen between the accesses.
await add(
  "widening",
  `(module
    (import "host" "seen" (func $seen (param i32)))
    (memory (export "memory") 1 1)
    (global $g (export "g") (mut i32) (i32.const 0))
    (func (export "loads") (param i32) (result i32)
      (i32.add (i32.add (i32.load (local.get 0)) (i32.load offset=100 (local.get 0))) (i32.load8_u offset=8 (local.get 0))))
    (func (export "store") (param i32) (result i32)
      (drop (i32.load (local.get 0))) (i32.store (i32.const 8) (local.get 0)) (i32.load offset=100 (local.get 0)))
    (func (export "stores") (param i32)
      (i32.store (local.get 0) (i32.const 1)) (i32.store offset=100 (local.get 0) (i32.const 2)))
    (func (export "call") (param i32) (result i32)
      (drop (i32.load (local.get 0))) (call $seen (local.get 0)) (i32.load offset=100 (local.get 0)))
    (func (export "global") (param i32) (result i32)
      (drop (i32.load (local.get 0))) (global.set $g (local.get 0)) (i32.load offset=100 (local.get 0)))
    (func (export "divide") (param i32 i32) (result i32)
      (i32.add (i32.div_u (i32.load (local.get 0)) (local.get 1)) (i32.load offset=100 (local.get 0))))
    (func (export "truncate") (param i32 f32) (result i32)
      (i32.add (i32.add (i32.load (local.get 0)) (i32.trunc_f32_s (local.get 1))) (i32.load offset=100 (local.get 0))))
    (func (export "branch") (param i32 i32) (result i32)
      (block $out (drop (i32.load (local.get 0))) (br_if $out (local.get 1)) (return (i32.load offset=100 (local.get 0))))
      (i32.const 5))
    (func (export "if") (param i32 i32) (result i32)
      (drop (i32.load (local.get 0)))
      (if (result i32) (local.get 1) (then (i32.load offset=100 (local.get 0))) (else (i32.load offset=50 (local.get 0)))))
    (func (export "changed") (param i32) (result i32)
      (drop (i32.load (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 100))) (i32.load offset=100 (local.get 0)))
    (func (export "copied") (param i32) (result i32) (local i32)
      (local.set 1 (local.get 0)) (drop (i32.load (local.get 0)))
      (local.set 0 (i32.const 0)) (drop (i32.load (local.get 0))) (i32.load offset=100 (local.get 1)))
    (func (export "joined") (param i32) (result i32) (local i32 i32)
      (local.set 1 (local.get 0))
      (loop $again
        (local.set 2 (i32.add (local.get 2) (i32.add (i32.load (local.get 0)) (i32.load offset=100 (local.get 1)))))
        (local.set 1 (i32.add (local.get 1) (i32.const 30000)))
        (br_if $again (i32.lt_u (local.get 1) (i32.const 200000))))
      (local.get 2))
    (func (export "twice") (param i32) (result i32) (local i32)
      (loop $again
        (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0))))
        (local.set 0 (i32.add (local.get 0) (i32.const 64)))
        (br_if $again (i32.lt_u (i32.load offset=8 (local.get 0)) (i32.const 1))))
      (local.get 1))
  )`,
  [0n, 200n, 65428n, 65432n, 65433n, 65532n, 65533n, 0xffffffffn].flatMap((address) => [
    ...["loads", "store", "stores", "call", "global", "changed", "copied", "joined", "twice"].map((name) => ({
      name,
      values: [address],
    })),
    ...["divide", "branch", "if"].flatMap((name) => [0n, 1n].map((other) => ({ name, values: [address, other] }))),
    ...[0x3f800000n, 0x7fc00000n].map((other) => ({ name: "truncate", values: [address, other] })),
  ]),
);

const memory = memoryModule();
await add("memory", memory.wat, memoryCalls(memory, PAGE));

describe("corner cases behave in C as in V8", { concurrency: 1 }, () => {
  for (const flags of BUILDS) {
    test(`compiled with ${flags[0]}${flags.length > 2 ? " and sanitizers" : ""}`, async (context) => {
      const outputs = await runInC(cases, flags);
      let lines = 0;
      for (const [index, entry] of cases.entries()) {
        const expected = await runInV8(entry);
        assert.deepEqual(outputs[index], expected, entry.name);
        lines += expected.length;
      }
      context.diagnostic(`${cases.length} modules, ${lines} lines compared`);
    });
  }
});
