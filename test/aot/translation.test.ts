/** What the translation tells its caller, and what C text around it may rely on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { includeDirectory, translate } from "../../runtime/aot/index.js";
import { compileForCortexM3, runOnCortexM3 } from "./cortex-m3.js";
import { assemble, compileHere, directory, temporary } from "./differential.js";

const WAT = `(module
  (import "mmio" "read32" (func $read (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i64) (result i32)))
  (memory (export "memory") 1)
  (global (export "counter") (mut i32) (i32.const 0))
  (global (export "__heap_base") i32 (i32.const 300))
  (data (i32.const 16) "text\\00\\00\\00\\00more") (data (i32.const 200) "far")
  (func $net/ipv4/Ipv4.input (param i32) (result i32) (i32.load (call $read (local.get 0))))
  (func (export "core_poll") (param i64) (result i32)
    (i32.add (call $net/ipv4/Ipv4.input (i32.const 4)) (call $write (i32.const 1) (local.get 0))))
  (func (export "spare name!") (result f64) (f64.const 1.5))
  (export "_start" (func 4)))`;

const wasm = await assemble(WAT);
const translation = await translate(wasm, {
  name: "core",
  memorySize: 304,
  attributes: { core_poll: "noinline", absent: "cold" },
});

test("exports, imports and globals are described with their C names", () => {
  assert.deepEqual(translation.exports, [
    { name: "core_poll", cName: "core_core_poll", parameters: ["i64"], result: "i32" },
    { name: "spare name!", cName: "core_spare_name_", parameters: [], result: "f64" },
    { name: "_start", cName: "core__start", parameters: [], result: "f64" },
  ]);
  assert.deepEqual(
    translation.imports.map((entry) => [entry.module, entry.name, entry.cName]),
    [
      ["mmio", "read32", "mmio_read32"],
      ["wasi_snapshot_preview1", "fd_write", "wasi_snapshot_preview1_fd_write"],
    ],
  );
  assert.deepEqual(translation.globals, [
    { name: "counter", cName: "core_g0", type: "i32", mutable: true },
    { name: "__heap_base", cName: "300u", type: "i32", mutable: false },
  ]);
});

test("static data: its end is the heap base when the module tells it, and only runs of bytes that are not zero cost flash, with some bytes for each", () => {
  assert.equal(translation.dataEnd, 300);
  assert.deepEqual(
    translation.memoryImage.runs.map(({ offset, bytes }) => [offset, bytes.length]),
    [
      [16, 12],
      [200, 3],
    ],
  );
  assert.equal(translation.memoryImage.flashBytes, 2 + 4 + 2 + 4 + 2 + 3 + 1);
});

test("only functions that can trap have names; options rename or leave them out", async () => {
  assert.deepEqual(translation.functionNames, ["f2"]);
  const named = await translate(wasm, {
    name: "core",
    memorySize: 304,
    functionNames: [undefined, undefined, 'Ipv4.input "\\é'],
  });
  assert.ok(named.source.includes('  "Ipv4.input \\"\\\\?",'));
  const unnamed = await translate(wasm, { name: "core", memorySize: 304, trapNames: false });
  assert.ok(!unnamed.source.includes("core_function_names"));
});

test("an attribute reaches its function", () => {
  assert.match(translation.source, /__attribute__\(\(noinline\)\) uint32_t core_core_poll\(uint64_t var_p0\);/);
});

test("loads through one pointer share one check, of the widest; a store between them does not let them", async () => {
  const load = (offset: number) => `(drop (i32.load offset=${offset} (local.get 0)))`;
  const text = async (body: string) =>
    (await translate(await assemble(`(module (memory 1) (func (param i32) ${body}))`), { name: "x", memorySize: 1024 }))
      .source;
  const limits = (source: string) =>
    [...source.matchAll(/AOT_UNLIKELY\(var_i\d+ > (\d+)u\)/g)].map((match) => match[1]);
  assert.deepEqual(limits(await text(load(0) + load(40) + load(8))), ["980"]);
  assert.deepEqual(limits(await text(`${load(0)}(i32.store (i32.const 0) (i32.const 0))${load(40)}`)), ["1020", "980"]);
});

/** A host that uses the memory and the exports before the module's text, in one translation unit. */
const HOST = `
#include <stdio.h>
#include <stdlib.h>
#include "aot.h"
${translation.header}
#define TRAP_TEXT(text) text,
static const char *const kinds[] = {AOT_TRAP_TEXTS(TRAP_TEXT)};
static const char *const *names;
__attribute__((noreturn)) static void core_trap(int kind, int function) {
  printf("%s in %s\\n", kinds[kind], names[function]);
  exit(3);
}
static inline uint32_t mmio_read32(uint32_t a) { return a * (CORE_MEMORY_SIZE / 4u); }
#define wasi_snapshot_preview1_fd_write(fd, length) ((uint32_t)((fd) + (length)))
static uint32_t before(void) { core_memory[0] = 1; return core_core_poll(7); }
${translation.source}
int main(int count, char **values) {
  (void)values;
  names = core_function_names;
  core_init();
  if (core_memory[16] != 't' || core_memory[202] != 'r' || core_memory[0] != 0) return 1;
  if (core__start() != 1.5) return 2;
  return count > 5 ? 0 : (int)before();
}
`;

for (const flags of [["-O0"], ["-O2"], ["-O2", "-std=gnu17", "-pedantic"]]) {
  test(`one translation unit with its host compiles without warnings: ${flags.join(" ")}`, async () => {
    const program = await compileHere(HOST, flags);
    assert.throws(
      () => execFileSync(program, { encoding: "utf8" }),
      (error: Error & { status?: number; stdout?: string }) => {
        assert.equal(error.stdout, "out of bounds memory access in f2\n");
        return error.status === 3;
      },
    );
  });
}

test("another memory size than the module was translated for does not compile", async () => {
  await assert.rejects(
    compileHere(`#define CORE_MEMORY_SIZE 300u\n${HOST}`, ["-O0"]),
    /not what core was translated for/,
  );
});

test("a big-endian target is refused", async () => {
  const flags = ["-O0", "-U__BYTE_ORDER__", "-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"];
  await assert.rejects(compileHere(HOST, flags), /no support for big-endian targets/);
});

test("the same module gives the same text", async () => {
  const again = await translate(wasm, { name: "core", memorySize: 304, attributes: { core_poll: "noinline" } });
  assert.equal(again.source, translation.source);
});

test("no target falls back to a misaligned access: ARMv6-M and Cortex-M3 compile", () => {
  const input = temporary("c");
  writeFileSync(
    input,
    `void core_trap(int, int) __attribute__((noreturn));\nuint32_t mmio_read32(uint32_t);\nuint32_t wasi_snapshot_preview1_fd_write(uint32_t, uint64_t);\n${translation.source}\nuint32_t entry(void) { return core_core_poll(1); }\n`.replace(
      /^/,
      "#include <stdint.h>\n",
    ),
  );
  const assembly = (cpu: string) =>
    execFileSync(
      "arm-none-eabi-gcc",
      ["-mthumb", `-mcpu=${cpu}`, "-O2", "-I", includeDirectory(), "-S", "-o", "-", input],
      {
        encoding: "utf8",
        cwd: directory,
      },
    );
  // One word load through a variable pointer: a single instruction where unaligned loads are legal, bytes elsewhere.
  assert.doesNotMatch(assembly("cortex-m3"), /\bldrb\b/);
  assert.match(assembly("cortex-m0"), /\bldrb\b/);
});

test("AOT_TRAP_UDF: the fault handler reads kind and function out of the instruction that trapped", async () => {
  const image = temporary("elf");
  const names = Array.from({ length: 4 }, (_, index) => `function ${index}`);
  const wat = `(module (memory 1) ${names
    .map(
      (name, index) =>
        `(func (export "${name}") (param i32) (result i32) (i32.div_u (i32.const 9) (i32.load offset=${index} (local.get 0))))`,
    )
    .join(" ")})`;
  const several = await translate(await assemble(wat), { name: "core", memorySize: 64 });
  const source = `
    #include <stdio.h>
    #include <stdlib.h>
    #include "aot.h"
    #define core_trap AOT_TRAP_UDF
    ${several.source}
    __attribute__((naked)) void fault(void) { __asm__("mov r0, sp; b report"); }
    __attribute__((used)) void report(uint32_t *frame) {
      int32_t value = AOT_UDF_VALUE((const uint16_t *)frame[6]);
      #define TRAP_TEXT(text) text,
      static const char *const kinds[] = {AOT_TRAP_TEXTS(TRAP_TEXT)};
      printf("%s in %s\\n", kinds[value & 15], core_function_names[value >> 4]);
      exit(0);
    }
    volatile uint32_t address = ADDRESS;
    int main(void) { core_init(); return (int)core_function_3(address); }
  `;
  for (const [address, expected] of [
    ["62", "out of bounds memory access in function 3\n"],
    ["8", "integer divide by zero in function 3\n"],
  ]) {
    await compileForCortexM3([source], ["-Os", `-DADDRESS=${address}`], image);
    assert.equal(await runOnCortexM3(image), expected);
  }
});
