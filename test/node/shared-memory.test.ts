/** The rewriting of an application's memory into a shared import. */
import assert from "node:assert/strict";
import { test } from "node:test";
import wabt from "wabt";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { functionNames, Reader, readSections, unsigned, writeSections } from "../../runtime/node/module-sections.js";
import { importSharedMemory, MEMORY_IMPORT_MODULE, MEMORY_IMPORT_NAME } from "../../runtime/node/shared-memory.js";

const { parseWat } = await wabt();

function assemble(text: string): Uint8Array {
  return parseWat("test.wat", text, { bulk_memory: true, threads: true }).toBinary({ write_debug_names: true }).buffer;
}

function instantiate(wasm: Uint8Array, bytes: number, imports: WebAssembly.Imports = {}) {
  const shared = importSharedMemory(wasm, bytes);
  const module = new WebAssembly.Module(shared.wasm);
  const memory = new WebAssembly.Memory({ initial: shared.pages, maximum: shared.pages, shared: true });
  const all = { ...imports, [MEMORY_IMPORT_MODULE]: { [MEMORY_IMPORT_NAME]: memory } };
  const { exports } = new WebAssembly.Instance(module, all);
  return { memory, exports: exports as Record<string, (...args: number[]) => number>, module, pages: shared.pages };
}

const COUNTER = `(module
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (table 1 funcref)
  (elem (i32.const 0) $get)
  (data (i32.const 16) "\\2a\\00\\00\\00")
  (data $late "\\07")
  (func $get (export "get") (param i32) (result i32) (i32.load (local.get 0)))
  (func $double (export "double") (param i32) (result i32) (call $twice (call $get (local.get 0))))
  (func $init (export "init") (memory.init $late (i32.const 32) (i32.const 0) (i32.const 1)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "size") (result i32) (memory.size)))`;

test("memory becomes a shared import; code, data, exports and names stay", () => {
  const wasm = assemble(COUNTER);
  const { memory, exports, module } = instantiate(wasm, 4096, { env: { twice: (x: number) => 2 * x } });
  assert.equal(exports.memory as unknown, memory);
  assert.ok(memory.buffer instanceof SharedArrayBuffer);
  assert.equal(exports.get(16), 42);
  assert.equal(exports.double(16), 84);
  exports.init();
  assert.equal(new Uint8Array(memory.buffer)[32], 7);
  new Uint8Array(memory.buffer)[16] = 1; // seen by the program
  assert.equal(exports.get(16), 1);
  assert.equal(exports.grow(), -1);
  assert.equal(exports.size(), 1);
  assert.throws(() => exports.get(65_536), WebAssembly.RuntimeError);
  assert.deepEqual(functionNames(module), functionNames(new WebAssembly.Module(Uint8Array.from(wasm))));
  assert.deepEqual([...functionNames(module).values()].slice(0, 4), ["twice", "get", "double", "init"]);
});

test("a module without imports gets an import section in the right place", () => {
  const wasm = assemble('(module (memory (export "memory") 2 9) (func (export "size") (result i32) (memory.size)))');
  const { exports, pages } = instantiate(wasm, 4096);
  assert.equal(pages, 2);
  assert.equal(exports.size(), 2);
});

test("an imported memory is replaced, and the configured size decides when it is larger", () => {
  const wasm = assemble(
    '(module (import "env" "memory" (memory 1)) (func (export "size") (result i32) (memory.size)))',
  );
  const { exports, pages } = instantiate(wasm, 200_000);
  assert.equal(pages, 4);
  assert.equal(exports.size(), 4);
});

test("what is no application is refused", () => {
  assert.throws(() => importSharedMemory(assemble("(module)"), 4096), /has 0 memories/);
  assert.throws(() => importSharedMemory(Uint8Array.of(1, 2, 3), 4096), /no WebAssembly module/);
});

test("sections survive reading and writing; numbers their encoding", () => {
  const wasm = Uint8Array.from(assemble(COUNTER));
  assert.deepEqual(writeSections(readSections(wasm)), wasm);
  for (const value of [0, 127, 128, 16_383, 16_384, 0x7fff_ffff, 0xffff_ffff]) {
    assert.equal(new Reader(Uint8Array.from(unsigned(value))).unsigned(), value);
  }
  assert.throws(() => new Reader(Uint8Array.of(0x80)).unsigned(), /ends too early/);
});

test("guest memory is bounded to the byte, at every width, and never wraps", () => {
  const buffer = new ArrayBuffer(65_536);
  const guest = new GuestMemory(buffer, 1001);
  new Uint8Array(buffer).fill(0xee);
  for (const [width, load] of [
    [1, (a: number) => guest.load8(a)],
    [2, (a: number) => guest.load16(a)],
    [4, (a: number) => guest.load32(a)],
    [8, (a: number) => Number(guest.load64(a) & 0xffffn)],
  ] as const) {
    assert.notEqual(load(1001 - width), 0);
    for (const outside of [1001 - width + 1, 1001, -1, -width, 0xffff_ffff, 0x8000_0000]) {
      assert.equal(load(outside), 0, `load of ${width} bytes at ${outside}`);
    }
  }
  for (let at = 998; at < 1010; at++) {
    guest.store32(at, 0);
    guest.store64(at, 0n);
  }
  assert.ok(new Uint8Array(buffer).every((byte) => byte === 0xee));
  assert.equal(guest.contains(1001, 0), true);
  assert.equal(guest.contains(1002, 0), false);
  assert.equal(guest.contains(4, -1), false);
  assert.equal(guest.contains(-4, 4), false);
  assert.equal(guest.write(999, Uint8Array.of(1, 2, 3)), false);
  assert.equal(guest.read(999, 3), undefined);
});
