/** The C functions that the application's imports become: from the system-call table to calls of the core. */
import type { TranslatedFunction, Translation } from "../aot/index.js";
import { findSystemCall, SYSTEM_CALLS } from "../syscall/table/index.js";
import type { SystemCall } from "../syscall/table/types.js";
import { ImageError } from "./image-types.js";

type ImportedFunction = Translation["imports"][number];

const C_TYPES = { i32: "u32", i64: "u64", f32: "float", f64: "double" } as const;

/**
 * The imports of an application that no row of the table has, or that have other types there, as one sentence each.
 * Empty when everything it needs exists.
 */
export function unknownImports(imports: readonly ImportedFunction[]): string[] {
  return imports.flatMap((entry) => {
    const call = findSystemCall(entry.module, entry.name);
    if (call === undefined) {
      const module = SYSTEM_CALLS.some((row) => row.module === entry.module);
      return [
        module
          ? `The application imports ${entry.module}.${entry.name}, which is not a system call of socklet: see docs/system-calls.md for those that exist.`
          : `The application imports ${entry.module}.${entry.name}, but there is no module "${entry.module}": only wasi_snapshot_preview1 and socklet_v1 exist.`,
      ];
    }
    const expected = call.parameters.map((parameter) => (parameter.type === "i64" ? "i64" : "i32")).join(", ");
    const result = call.result === "errno" ? "i32" : "nothing";
    if (entry.parameters.join(", ") === expected && (entry.result ?? "nothing") === result) return [];
    return [
      `The application imports ${entry.module}.${entry.name} as (${entry.parameters.join(", ")}) → ${entry.result ?? "nothing"}, but it is (${expected}) → ${result}.`,
    ];
  });
}

/**
 * The glue for what `imports` lists: one function each, which enters the core, calls it, waits while it answers PENDING,
 * and leaves. Throws an ImageError that names every import that does not exist.
 * @param coreExports exports of the core; a system call whose core function is missing is an error
 * @param shortWays   ask the short way of a call first, where it has one
 */
export function emitGlue(
  imports: readonly ImportedFunction[],
  coreExports: readonly TranslatedFunction[],
  shortWays: boolean,
): string {
  const unknown = unknownImports(imports);
  if (unknown.length > 0) throw new ImageError(unknown.join("\n"));
  const functions = imports.map((entry) => {
    const call = findSystemCall(entry.module, entry.name) as SystemCall;
    const core = coreExports.find((candidate) => candidate.name === call.core);
    if (core === undefined) {
      throw new ImageError(
        `The application imports ${entry.module}.${entry.name}, but this core does not export ${call.core}: the part that provides it is switched off or missing.`,
      );
    }
    if (call.result === "none") return endingCall(entry, call, core);
    const short = shortWays ? coreExports.find((candidate) => candidate.name === call.short) : undefined;
    return short === undefined ? returningCall(entry, call, core) : shortCall(entry, call, core, short);
  });
  return `${functions.join("\n")}\n`;
}

/** The declaration of a system call, for the application's translation unit. */
export function systemCallDeclaration(entry: ImportedFunction): string {
  const ends = (findSystemCall(entry.module, entry.name) as SystemCall).result === "none";
  return `${ends ? "void" : "u32"} ${entry.cName}(${parameterList(entry)});`;
}

function parameterList(entry: ImportedFunction): string {
  return entry.parameters.map((type, index) => `${C_TYPES[type]} p${index}`).join(", ") || "void";
}

function coreCall(entry: ImportedFunction, call: SystemCall, core: TranslatedFunction): string {
  const values = [
    "0",
    ...(call.clock ? ["clock_now()"] : []),
    ...call.constants.map((constant) => `${constant}u`),
    ...entry.parameters.map((_, index) => `p${index}`),
  ];
  return `${core.cName}(${values.join(", ")})`;
}

/** The call in a function of its own, behind its short way. */
function shortCall(
  entry: ImportedFunction,
  call: SystemCall,
  core: TranslatedFunction,
  short: TranslatedFunction,
): string {
  const values = entry.parameters.map((_, index) => `p${index}`).join(", ");
  const asked = `result = ${short.cName}(0, ${values})`;
  return [
    `static COLD u32 ${entry.cName}_long(${parameterList(entry)}) {`,
    "  u32 result;",
    carryOut(entry, call, core),
    "  return result;",
    "}",
    "",
    `/* ${call.summary} */`,
    `GLUE u32 ${entry.cName}(${parameterList(entry)}) {`,
    "  u32 result;",
    "  core_enter();",
    call.blocks ? `  while ((${asked}) == PENDING) host_wait_here(0);` : `  ${asked};`,
    `  if (UNLIKELY(result == LONG_WAY)) result = ${entry.cName}_long(${values});`,
    "  core_leave();",
    "  return result;",
    "}",
    "",
  ].join("\n");
}

/** Statement that sets `result` to the answer of the call, however long it waits. */
function carryOut(entry: ImportedFunction, call: SystemCall, core: TranslatedFunction): string {
  const made = `result = ${coreCall(entry, call, core)}`;
  return call.blocks ? `  while (UNLIKELY((${made}) == PENDING)) host_wait(0);` : `  ${made};`;
}

function returningCall(entry: ImportedFunction, call: SystemCall, core: TranslatedFunction): string {
  const lines = [
    `/* ${call.summary} */`,
    `GLUE u32 ${entry.cName}(${parameterList(entry)}) {`,
    "  u32 result;",
    "  core_enter();",
    carryOut(entry, call, core),
    "  core_leave();",
    "  return result;",
    "}",
    "",
  ];
  return lines.join("\n");
}

/** proc_exit: the core notes the code with host.exit, then the application is over. */
function endingCall(entry: ImportedFunction, call: SystemCall, core: TranslatedFunction): string {
  return [
    `/* ${call.summary} */`,
    `GLUE void ${entry.cName}(${parameterList(entry)}) {`,
    "  core_enter();",
    `  (void)${coreCall(entry, call, core)};`,
    "  core_leave();",
    "  host_app_ended(exit_code);",
    "}",
    "",
  ].join("\n");
}

/**
 * `image_start_app`: lays out the application's memory and runs its `_start`, or `main`. It does not return, by which GCC knows that what
 * it calls runs once and need not be fast.
 */
export function emitStart(exports: readonly TranslatedFunction[]): string {
  const start = exports.find((entry) => entry.name === "_start") ?? exports.find((entry) => entry.name === "main");
  if (start === undefined || start.parameters.length > 0) {
    throw new ImageError(
      "The application exports neither _start nor main (without parameters): there is nothing to run.",
    );
  }
  const body = start.result === "i32" ? `host_app_ended(${start.cName}());` : `${start.cName}();\n  host_app_ended(0);`;
  return `SHARED void image_start_app(void) {\n  app_init();\n  ${body}\n}\n`;
}
