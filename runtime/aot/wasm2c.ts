/** Runs wasm2c (npm package `wabt`) and cuts its output into functions. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Signature, type WasmModule, writeCanonical } from "./binary.js";
import { TranslateError } from "./errors.js";

/** One function as wasm2c wrote it: the lines between its braces, with their place in the text for messages. */
export interface FunctionText {
  index: number;
  lines: { number: number; text: string }[];
}

/** SHA-256 of everything that wasm2c 1.0.39 writes before the first declaration, by what the module has. */
const PREAMBLES = new Map([
  ["6bbbb48909fddb811dc608edf7031b313bc3e840cffa840365f27d8cf960fc3e", "a module with one memory"],
  ["fe14d3523e88cb0cf9f8ba363398bb29b41a83eec48c883f16a477968fe9cbef", "a module without a memory"],
]);
const PREAMBLE_END = "  __attribute__((weak)) void func(void** instance_ptr, void* tail_call_stack, \\\n";
const C_TYPES = { i32: "u32", i64: "u64", f32: "f32", f64: "f64" } as const;

/** The C text of a module, as wasm2c writes it for the canonical form of the module. */
export async function runWasm2c(module: WasmModule): Promise<string> {
  const tool = join(dirname(createRequire(import.meta.url).resolve("wabt/package.json")), "bin", "wasm2c");
  const directory = await mkdtemp(join(tmpdir(), "socklet-aot-"));
  try {
    const input = join(directory, "module.wasm");
    const output = join(directory, "module.c");
    await writeFile(input, writeCanonical(module));
    try {
      await promisify(execFile)(process.execPath, [tool, "-n", "x", input, "-o", output], { maxBuffer: 1 << 24 });
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: string };
      const reason = (stderr || message).replaceAll(directory, "").trim();
      throw new TranslateError(`wasm2c refused the module: ${reason}`);
    }
    return await readFile(output, "utf8");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function signatureLine(index: number, type: Signature): string {
  const parameters = type.parameters.map((parameter, position) => `, ${C_TYPES[parameter]} var_p${position}`).join("");
  return `${type.results.length === 0 ? "void" : C_TYPES[type.results[0]]} w2c_x_f${index}(w2c_x* instance${parameters}) {`;
}

/**
 * Checks that the text comes from the wasm2c that this translator knows, and returns the functions in order. What lies
 * between preamble and functions (globals, segments, tables) is not looked at: binary.ts has read that itself.
 */
export function splitFunctions(text: string, module: WasmModule): FunctionText[] {
  const weak = text.lastIndexOf(PREAMBLE_END);
  const end = weak < 0 ? -1 : text.indexOf("#endif\n", weak);
  const hash = createHash("sha256")
    .update(text.slice(0, Math.max(end, 0)))
    .digest("hex");
  if (end < 0 || !PREAMBLES.has(hash)) {
    throw new TranslateError(
      `The text before the first declaration of wasm2c's output is not the one this translator was written for (SHA-256 ${hash}). Install the wabt package of exactly the version that package.json names.`,
    );
  }
  const lines = text.split("\n");
  const types = lines.findIndex((line) => line.startsWith("wasm_rt_func_type_t wasm2c_x_get_func_type("));
  let at = types < 0 ? -1 : lines.indexOf("}", types);
  if (at < 0) throw new TranslateError("wasm2c's output has no function wasm2c_x_get_func_type: unknown form.");
  const functions: FunctionText[] = [];
  for (const [position, type] of module.functions.entries()) {
    const index = module.imports.length + position;
    do at++;
    while (lines[at] === "");
    if (type.results.length > 1) {
      throw new TranslateError(`Function ${index} returns ${type.results.length} values; at most one is supported.`);
    }
    const expected = signatureLine(index, type);
    let signature = (lines[at] ?? "").trimEnd();
    // Long signatures are wrapped after a comma.
    while (signature.endsWith(",") && at + 1 < lines.length) signature += ` ${lines[++at].trim()}`;
    if (signature !== expected) {
      throw new TranslateError(`Line ${at + 1} of wasm2c's output is "${signature}", expected "${expected}".`);
    }
    const body: FunctionText = { index, lines: [] };
    for (at++; lines[at] !== "}"; at++) {
      if (at >= lines.length) throw new TranslateError(`wasm2c's output ends inside of function ${index}.`);
      const line = lines[at].trim();
      const last = body.lines.at(-1);
      // Long declarations are wrapped after a comma.
      if (last?.text.endsWith(",")) last.text += ` ${line}`;
      else body.lines.push({ number: at + 1, text: line });
    }
    functions.push(body);
  }
  const rest = lines.slice(at + 1).find((line) => line !== "");
  if (rest !== undefined) throw new TranslateError(`wasm2c's output goes on after the last function: "${rest}".`);
  return functions;
}
