/**
 * What the sandbox costs on a Cortex-M3: bytes and executed instructions of two kernels, compiled from AssemblyScript by
 * way of plain wasm2c, by way of runtime/aot, and written in C: `npm run bench:aot -- --kernels`.
 *
 * Needs gcc-arm-none-eabi and qemu-system-arm. Counts are instructions, each once, as QEMU executes them one by one;
 * they are the same on each run. A call and the loading of its arguments are included.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { formatNumber } from "../../cli/table.js";
import { translate } from "../../runtime/aot/index.js";
import { compileForCortexM3, runOnCortexM3 } from "../../test/aot/cortex-m3.js";
import { emscriptenTool } from "../../test/aot/emscripten-tool.js";
import type { Table } from "../tables.js";

const MEMORY_SIZE = 16384;
const PACKET = 1024;
const LEVELS = ["-Os", "-O2"] as const;
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** One way from an algorithm to machine code. */
interface Variant {
  title: string;
  /** Translation units: the kernels, and `enter_checksum`, `enter_rewrite`, `packet`, `start` for the driver. */
  sources: string[];
}

interface Row {
  variant: string;
  level: string;
  bytes: { checksum: number; rewrite: number };
  instructions: { checksum: number; rewrite: number };
}

/** Fills a packet with a right header and random bytes, and calls each kernel between two marks. */
const DRIVER = `
#include <stdint.h>
#include <stdio.h>
extern uint8_t *packet(void);
extern void start(void);
extern uint32_t enter_checksum(uint32_t length), enter_rewrite(uint32_t length, uint32_t destination);
__attribute__((noinline)) void mark(void) { __asm__ volatile(""); }
volatile uint32_t length = 1460, destination = 0x0200a8c0;
int main(void) {
  start();
  uint8_t *bytes = packet();
  static const uint8_t header[20] = {0x45, 0, 5, 0xb4, 0x12, 0x34, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
  uint32_t random = 1;
  for (int index = 0; index < 1460; index++) bytes[index] = index < 20 ? header[index] : (random = random * 1664525 + 1013904223) >> 24;
  uint32_t sum = 0;
  for (int index = 0; index < 20; index += 2) sum += bytes[index] | bytes[index + 1] << 8;
  sum = ~((sum & 0xffff) + (sum >> 16));
  bytes[10] = sum; bytes[11] = sum >> 8;
  mark(); mark();
  mark(); uint32_t folded = enter_checksum(length); mark();
  mark(); uint32_t reason = enter_rewrite(length, destination); mark();
  printf("%lu %lu %u %u %u\\n", (unsigned long)folded, (unsigned long)reason, bytes[8], bytes[10] | bytes[11] << 8, bytes[16]);
  return 0;
}
`;

const enter = (checksum: string, rewrite: string) => `
uint32_t enter_checksum(uint32_t length) { return ${checksum}; }
uint32_t enter_rewrite(uint32_t length, uint32_t destination) { return ${rewrite}; }
`;

async function variants(directory: string): Promise<Variant[]> {
  const wasmFile = join(directory, "kernels.wasm");
  const options = ["-O3", "--runtime", "stub", "--noAssert", "--memoryBase", "16"];
  const { error, stderr } = await asc.main([here("../assembly/aot-kernels.ts"), "-o", wasmFile, ...options]);
  if (error) throw new Error(stderr.toString());
  const wasm = readFileSync(wasmFile);

  const plainFile = join(directory, "kernels.c");
  const result = await emscriptenTool("wabt", "wasm2c")("-n", "kernels", wasmFile, "-o", plainFile);
  if (result.status !== 0) throw new Error(result.output);
  const plain = [
    readFileSync(here("wasm-rt.h"), "utf8"),
    readFileSync(join(directory, "kernels.h"), "utf8").replace('#include "wasm-rt.h"', ""),
    readFileSync(plainFile, "utf8").replace('#include "kernels.h"', ""),
    `static uint8_t memory[65536]; static w2c_kernels instance; uint32_t wasm_rt_call_stack_depth;
     void wasm_rt_trap(wasm_rt_trap_t code) { (void)code; for (;;); }
     void wasm_rt_allocate_memory(wasm_rt_memory_t *m, uint64_t pages, uint64_t maximum, bool is64, uint32_t page_size) {
       m->data = memory; m->pages = pages; m->max_pages = maximum; m->size = pages * page_size; m->page_size = page_size; m->is64 = is64; }
     uint8_t *packet(void) { return memory + ${PACKET}; }
     void start(void) { wasm2c_kernels_instantiate(&instance); }`,
    enter(
      `w2c_kernels_checksum(&instance, ${PACKET}, length)`,
      `w2c_kernels_rewrite(&instance, ${PACKET}, length, destination)`,
    ),
  ].join("\n");

  const ours = async (title: string, uniformCheck: boolean, trap: string): Promise<Variant> => {
    const attributes = { checksum: "noinline, noclone", rewrite: "noinline, noclone" };
    const translation = await translate(wasm, {
      name: "kernels",
      memorySize: MEMORY_SIZE,
      uniformCheck,
      attributes,
      trapNames: false,
    });
    const source = [
      '#include "aot.h"',
      trap,
      translation.source,
      `uint8_t *packet(void) { return kernels_memory + ${PACKET}; }`,
      "void start(void) { kernels_init(); }",
      enter(`kernels_checksum(${PACKET}, length)`, `kernels_rewrite(${PACKET}, length, destination)`),
    ];
    return { title, sources: [source.join("\n")] };
  };
  const call =
    "__attribute__((noreturn, noipa)) static void kernels_trap(int kind, int function) { (void)kind; (void)function; for (;;); }";
  // In C, the kernels are a translation unit of their own: inlining into each other is up to GCC, as it is to Binaryen.
  const c = [
    `#include <stdint.h>
     extern uint32_t checksum(const uint16_t *data, uint32_t length);
     extern uint32_t rewrite(uint8_t *packet, uint32_t length, uint32_t destination);
     static uint8_t memory[${MEMORY_SIZE}] __attribute__((aligned(8)));
     uint8_t *packet(void) { return memory + ${PACKET}; }
     void start(void) {}`,
    enter(`checksum((uint16_t *)(memory + ${PACKET}), length)`, `rewrite(memory + ${PACKET}, length, destination)`),
  ].join("\n");
  return [
    { title: "wasm2c as it is", sources: [plain] },
    await ours("ours, exact", false, call),
    await ours("ours, exact, trap by udf", false, "#define kernels_trap AOT_TRAP_UDF"),
    await ours("ours, uniform", true, call),
    { title: "C", sources: [readFileSync(here("kernels.c"), "utf8"), c] },
  ];
}

/** Bytes of the functions whose name holds `name`, after inlining; trap blocks included. */
function symbolSizes(image: string, pattern: RegExp): number {
  return execFileSync("arm-none-eabi-nm", ["-S", image], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type, name]) => /t/i.test(type ?? "") && pattern.test(name ?? ""))
    .reduce((sum, [, size]) => sum + Number.parseInt(size, 16), 0);
}

/** Instructions between each two executions of `mark`. */
function countBetweenMarks(log: string, image: string): number[] {
  const symbols = execFileSync("arm-none-eabi-nm", [image], { encoding: "utf8" });
  const mark = Number.parseInt(/^([0-9a-f]+) T mark$/m.exec(symbols)?.[1] ?? "", 16);
  const counts: number[] = [];
  let count = 0;
  for (const match of log.matchAll(/^Trace \d+: \S+ \[[0-9a-f]+\/([0-9a-f]+)\//gm)) {
    if (Number.parseInt(match[1], 16) === mark) {
      counts.push(count);
      count = 0;
    }
    count++;
  }
  return counts;
}

async function measure(variant: Variant, level: string, directory: string): Promise<Row> {
  const image = join(directory, "kernels.elf");
  const log = join(directory, "trace.log");
  await compileForCortexM3([...variant.sources, DRIVER], [level, "-w"], image);
  const output = await runOnCortexM3(image, ["-singlestep", "-d", "exec,nochain", "-D", log]);
  const [folded, reason, ttl, , destination] = output.trim().split(" ").map(Number);
  if (folded === 0 || reason !== 0 || ttl !== 63 || destination !== 0xc0) {
    throw new Error(`${variant.title} ${level}: wrong result "${output.trim()}"`);
  }
  const counts = countBetweenMarks(readFileSync(log, "latin1"), image);
  const empty = counts[1];
  return {
    variant: variant.title,
    level,
    bytes: {
      checksum: symbolSizes(image, /^(?:kernels_|w2c_kernels_)?checksum(?:_0)?$/),
      rewrite: symbolSizes(image, /^(?:kernels_|w2c_kernels_)?rewrite(?:_0)?$/),
    },
    instructions: { checksum: counts[3] - empty, rewrite: counts[5] - empty },
  };
}

/** Measures all variants. */
export async function measureKernels(): Promise<Table> {
  const directory = mkdtempSync(join(tmpdir(), "socklet-aot-kernels-"));
  try {
    const rows: Row[] = [];
    for (const variant of await variants(directory)) {
      for (const level of LEVELS) rows.push(await measure(variant, level, directory));
    }
    const cells = rows.map(({ variant, level, bytes, instructions }) => [
      ...[variant, level],
      ...[bytes.checksum, bytes.rewrite, instructions.checksum, instructions.rewrite].map(formatNumber),
    ]);
    const columns = ["checksum, bytes", "rewrite, bytes", "checksum of 1460 B, instructions", "rewrite, instructions"];
    return { title: "two kernels for Cortex-M3", rows: [["", "gcc", ...columns], ...cells] };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
