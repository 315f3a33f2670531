/**
 * Runs the same calls on a module in V8 and in the translated C, and gives back what each of them saw: imports called,
 * results, traps with their function, and a hash of the whole memory after each call.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { readModule, writeCanonical } from "../../runtime/aot/binary.js";
import { emit } from "../../runtime/aot/emit.js";
import {
  includeDirectory,
  type TranslatedFunction,
  type TranslateOptions,
  type Translation,
  type ValueType,
} from "../../runtime/aot/index.js";
import { splitFunctions } from "../../runtime/aot/wasm2c.js";
import { emscriptenTool } from "./emscripten-tool.js";

const run = promisify(execFile);
const wasm2c = emscriptenTool("wabt", "wasm2c");
const wat2wasm = emscriptenTool("wabt", "wat2wasm");

/** A call of an export; values as their bits. */
export interface Call {
  name: string;
  values: bigint[];
}

/** A module, its translation and what to call. `name` is the C prefix, different for each case of one program. */
export interface Case {
  name: string;
  wasm: Uint8Array;
  translation: Translation;
  memorySize: number;
  calls: Call[];
}

export const directory = await mkdtemp(join(tmpdir(), "socklet-aot-test-"));
process.on("exit", () => {
  void rm(directory, { recursive: true, force: true });
});

let files = 0;
/** A new file name in the directory of this test run. */
export const temporary = (extension: string) => join(directory, `${files++}.${extension}`);

/** The binary form of a module in text form, with all features that the translator knows. */
export async function assemble(wat: string): Promise<Uint8Array> {
  const input = temporary("wat");
  const output = temporary("wasm");
  await writeFile(input, wat);
  const result = await wat2wasm(input, "-o", output);
  if (result.status !== 0) throw new Error(result.output);
  return readFile(output);
}

/** As `translate`, with wasm2c in this process: the same code but for the child process. */
export async function translateHere(wasm: Uint8Array, options: TranslateOptions): Promise<Translation> {
  const module = readModule(wasm);
  const input = temporary("wasm");
  // The text includes "<file>.h", which is part of the hashed preamble: the file has one name, in its own directory.
  const output = join(temporary("d"), "module.c");
  await mkdir(dirname(output));
  await writeFile(input, writeCanonical(module));
  const result = await wasm2c("-n", "x", input, "-o", output);
  if (result.status !== 0) throw new Error(result.output);
  return emit(module, splitFunctions(await readFile(output, "utf8"), module), options);
}

const hex = (bits: bigint, type: ValueType) => bits.toString(16).padStart(type.endsWith("64") ? 16 : 8, "0");

function toNumber(bits: bigint, type: ValueType): number | bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits, true);
  if (type === "i32") return view.getInt32(0, true);
  if (type === "i64") return view.getBigInt64(0, true);
  return type === "f32" ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

function show(value: unknown, type: ValueType): string {
  if (typeof value === "number" && Number.isNaN(value)) return "nan";
  const view = new DataView(new ArrayBuffer(8));
  if (type === "i64") view.setBigInt64(0, BigInt(value as bigint), true);
  else if (type === "i32") view.setInt32(0, Number(value), true);
  else if (type === "f32") view.setFloat32(0, Number(value), true);
  else view.setFloat64(0, Number(value), true);
  return hex(view.getBigUint64(0, true), type);
}

const V8_TRAPS: [RegExp, string][] = [
  [/^unreachable/, "UNREACHABLE"],
  [/out of bounds$/, "OUT_OF_BOUNDS"],
  [/^(divide|remainder) by zero/, "DIVIDE_BY_ZERO"],
  [/^divide result unrepresentable/, "INTEGER_OVERFLOW"],
  [/^float unrepresentable/, "INVALID_CONVERSION"],
];

function v8Trap(error: Error): string {
  const inTable = /table index|function signature mismatch|null function/.test(error.message);
  const kind = inTable ? "INDIRECT_CALL" : V8_TRAPS.find(([pattern]) => pattern.test(error.message))?.[1];
  if (!kind) throw error;
  return `trap ${kind} f${/wasm-function\[(\d+)\]/.exec(error.stack ?? "")?.[1]}`;
}

/** FNV-1a over 32-bit words; the C driver has the same. */
function hash(memory: WebAssembly.Memory | undefined, size: number): string {
  let value = 0x811c9dc5;
  if (memory) {
    const words = new Uint32Array(memory.buffer, 0, size / 4);
    for (let index = 0; index < words.length; index++) value = Math.imul(value ^ words[index], 16777619);
  }
  return (value >>> 0).toString(16).padStart(8, "0");
}

/**
 * The lines that V8 produces. A call that exhausts V8's stack, and those after it, are taken out of `test.calls`: in C
 * the stack is the host's affair.
 */
export async function runInV8(test: Case): Promise<string[]> {
  const { wasm, translation, memorySize, calls } = test;
  const lines: string[] = [];
  let imported = 0;
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module, name, parameters, result } of translation.imports) {
    imports[module] ??= {};
    imports[module][name] = (...values: unknown[]) => {
      lines.push(["import", name, ...values.map((value, index) => show(value, parameters[index]))].join(" "));
      imported++;
      return result === "i64" ? BigInt(imported) : imported;
    };
  }
  const module = await WebAssembly.compile(wasm);
  let instance: WebAssembly.Instance;
  try {
    instance = await WebAssembly.instantiate(module, imports as WebAssembly.Imports);
  } catch (error) {
    test.calls = [];
    return [...lines, `start ${v8Trap(error as Error)}`];
  }
  const memory = Object.values(instance.exports).find((entry) => entry instanceof WebAssembly.Memory);
  for (const [position, { name, values }] of calls.entries()) {
    const type = translation.exports.find((entry) => entry.name === name);
    if (!type) throw new Error(`no export ${name}`);
    const before = lines.length;
    try {
      const converted = values.map((bits, index) => toNumber(bits, type.parameters[index]));
      const result: unknown = (instance.exports[name] as (...list: unknown[]) => unknown)(...converted);
      lines.push(type.result ? `${name} ${show(result, type.result)}` : name);
    } catch (error) {
      if (error instanceof RangeError) {
        test.calls = calls.slice(0, position);
        return lines.slice(0, before);
      }
      lines.push(`${name} ${v8Trap(error as Error)}`);
    }
    lines.push(`memory ${hash(memory, memorySize)}`);
  }
  for (const { name, type } of translation.globals) {
    lines.push(`global ${name} ${show((instance.exports[name] as WebAssembly.Global).value, type)}`);
  }
  return lines;
}

const C_TYPES = { i32: "uint32_t", i64: "uint64_t", f32: "float", f64: "double" } as const;

const PREAMBLE = String.raw`
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include "aot.h"
static jmp_buf escape;
static int trap_kind, trap_function;
static uint32_t imported;
struct call { void (*run)(const uint64_t *values); const char *name; uint32_t values; };
__attribute__((noreturn)) static void trapped(int kind, int function) {
  trap_kind = kind;
  trap_function = function;
  longjmp(escape, 1);
}
static const char *const trap_names[] = {"", "UNREACHABLE", "OUT_OF_BOUNDS", "DIVIDE_BY_ZERO", "INTEGER_OVERFLOW",
  "INVALID_CONVERSION", "INDIRECT_CALL"};
static void show_i32(uint32_t x) { printf(" %08lx", (unsigned long)x); }
static void show_i64(uint64_t x) { printf(" %08lx%08lx", (unsigned long)(x >> 32), (unsigned long)(uint32_t)x); }
static void show_f32(float x) { if (x != x) printf(" nan"); else show_i32(aot_bits_of_f32(x)); }
static void show_f64(double x) { if (x != x) printf(" nan"); else show_i64(aot_bits_of_f64(x)); }
static void show_hash(const unsigned char *memory, uint32_t size) {
  uint32_t value = 0x811c9dc5u;
  for (uint32_t at = 0; at < size; at += 4) value = (value ^ *(const uint32_t *)(memory + at)) * 16777619u;
  printf("memory %08lx\n", (unsigned long)value);
}
static void (*suppress[])(void) __attribute__((unused)) = {(void (*)(void))show_i32, (void (*)(void))show_i64,
  (void (*)(void))show_f32, (void (*)(void))show_f64, (void (*)(void))show_hash, (void (*)(void))trapped};
`;

/** The C expression that makes a value of `type` out of its bits. */
function fromBits(bits: string, type: ValueType): string {
  if (type === "i32" || type === "i64") return `(${C_TYPES[type]})${bits}`;
  return type === "f32" ? `aot_f32_of_bits((uint32_t)${bits})` : `aot_f64_of_bits(${bits})`;
}

function importText(test: Case): { before: string; after: string } {
  const before: string[] = [];
  const after: string[] = [];
  for (const [position, { name, cName, parameters, result }] of test.translation.imports.entries()) {
    const own = `${test.name}_host_${position}`;
    const list = parameters.map((type, index) => `${C_TYPES[type]} a${index}`).join(", ") || "void";
    before.push(
      `static __attribute__((unused)) ${result ? C_TYPES[result] : "void"} ${own}(${list}) {`,
      `  printf("import %s", ${JSON.stringify(name)});`,
      ...parameters.map((type, index) => `  show_${type}(a${index});`),
      '  printf("\\n");',
      "  imported++;",
      result ? "  return imported;" : "",
      "}",
      `#define ${cName}(...) ${own}(__VA_ARGS__)`,
    );
    after.push(`#undef ${cName}`);
  }
  return { before: before.join("\n"), after: after.join("\n") };
}

/** A function that calls an export with values out of an array, and prints its result. */
function callerText(test: Case, exported: TranslatedFunction, position: number): string {
  const values = exported.parameters.map((type, index) => fromBits(`v[${index}]`, type)).join(", ");
  const invoke = `${exported.cName}(${values})`;
  const shown = JSON.stringify(exported.name);
  const action = exported.result
    ? `${C_TYPES[exported.result]} r = ${invoke}; printf("%s", ${shown}); show_${exported.result}(r); printf("\\n");`
    : `${invoke}; printf("%s\\n", ${shown});`;
  return `static __attribute__((unused)) void ${test.name}_caller_${position}(const uint64_t *v) { (void)v; ${action} }`;
}

/** The calls as data: which export, and where its values start. */
function callTable(test: Case): string[] {
  const values: string[] = [];
  const rows = test.calls.map((call) => {
    const exported = test.translation.exports.findIndex((entry) => entry.name === call.name);
    if (exported < 0) throw new Error(`no export ${call.name}`);
    const start = values.length;
    values.push(...call.values.map((bits) => `0x${bits.toString(16)}u`));
    return `{${test.name}_caller_${exported}, ${JSON.stringify(call.name)}, ${start}},`;
  });
  return [
    `static const uint64_t ${test.name}_values[] = {${[...values, "0"].join(", ")}};`,
    `static const struct call ${test.name}_calls[] = {`,
    ...rows,
    "{0, 0, 0}};",
  ];
}

/** One C program that runs the calls of several modules, one after the other. */
export function cProgram(tests: Case[]): string {
  const parts = [PREAMBLE];
  for (const test of tests) {
    const { name, translation } = test;
    const host = importText(test);
    const memory = readModule(test.wasm).exports.some((entry) => entry.kind === "memory");
    parts.push(
      `#define ${name}_trap trapped`,
      host.before,
      translation.source,
      host.after,
      ...translation.exports.map((exported, position) => callerText(test, exported, position)),
      ...callTable(test),
      `static void ${name}_run(void) {`,
      "  imported = 0;",
      "  if (setjmp(escape) != 0) {",
      `    printf("start trap %s %s\\nend\\n", trap_names[trap_kind], ${name}_function_names[trap_function]);`,
      "    return;",
      "  }",
      `  ${name}_init();`,
      `  for (volatile int i = 0; i < ${test.calls.length}; i++) {`,
      `    if (setjmp(escape) == 0) ${name}_calls[i].run(${name}_values + ${name}_calls[i].values);`,
      `    else printf("%s trap %s %s\\n", ${name}_calls[i].name, trap_names[trap_kind], ${name}_function_names[trap_function]);`,
      memory ? `    show_hash(${name}_memory, ${test.memorySize});` : '    printf("memory 811c9dc5\\n");',
      "  }",
      ...translation.globals.map(
        (global) =>
          `  printf("global %s", ${JSON.stringify(global.name)}); show_${global.type}(${global.cName}); printf("\\n");`,
      ),
      '  printf("end\\n");',
      "}",
    );
  }
  parts.push(`int main(void) { ${tests.map(({ name }) => `${name}_run();`).join(" ")} return 0; }`, "");
  return parts.join("\n");
}

/** Compiles for this machine. The text has to compile without warnings. */
export async function compileHere(source: string, flags: readonly string[]): Promise<string> {
  const input = temporary("c");
  const output = temporary("run");
  await writeFile(input, source);
  const warnings = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"];
  await run("gcc", [...warnings, ...flags, "-I", includeDirectory(), input, "-o", output, "-lm"], {
    maxBuffer: 1 << 26,
  });
  return output;
}

/** Compiles and runs here; the lines of each module. */
export async function runInC(tests: Case[], flags: readonly string[]): Promise<string[][]> {
  const program = await compileHere(cProgram(tests), flags);
  const { stdout } = await run(program, [], { maxBuffer: 1 << 28 });
  return splitRuns(stdout);
}

/** The lines of each module in the output of a program. */
export function splitRuns(output: string): string[][] {
  return output
    .replaceAll("\r", "")
    .split(/^end\n/m)
    .map((text) => text.split("\n").filter((line) => line !== ""));
}
