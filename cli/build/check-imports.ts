/** Holds a module's imports and exports against the system-call table, so that mistakes show at build time. */
import { SYSTEM_CALLS, type SystemCall } from "../../runtime/syscall/table/index.js";
import { UserError } from "../errors.js";
import { nearestName } from "../nearest.js";

/** Imports that asc makes of library functions which need a host with more than sockets. */
const LIBRARY_IMPORTS: Readonly<Record<string, string>> = {
  "env.abort": "Build it with --use abort= (socklet build does so itself), then an abort is a trap.",
  "env.trace": "Write to the console with the functions of socklet/posix/stdio instead of trace().",
  "env.seed": "Take random numbers from random_get or socklet/posix/stdlib instead of Math.random().",
  "env.Date.now": "Take the time from clock_gettime of socklet/posix/time instead of Date.now().",
  "env.performance.now": "Take the time from clock_gettime of socklet/posix/time instead of performance.now().",
};

function advice(module: string, name: string): string {
  const known = LIBRARY_IMPORTS[`${module}.${name}`];
  if (known !== undefined) return known;
  if (name.startsWith("console.")) return "Write to the console with the functions of socklet/posix/stdio instead.";
  const modules = [...new Set(SYSTEM_CALLS.map((call) => call.module as string))];
  if (!modules.includes(module)) {
    const elsewhere = SYSTEM_CALLS.find((call) => call.name === name);
    if (elsewhere !== undefined) return `There is ${elsewhere.module}.${name}: is the module's name right?`;
    return `The modules are ${modules.join(" and ")}.`;
  }
  const near = nearestName(
    name,
    SYSTEM_CALLS.filter((call) => call.module === module).map((call) => call.name),
  );
  return near === undefined ? "docs/system-calls.md lists all of them." : `Did you mean ${module}.${near}?`;
}

/** WebAssembly types of a call, as in a function type: `(i32, i64) → i32`. */
function signature(call: SystemCall): string {
  const parameters = call.parameters.map((parameter) => (parameter.type === "i64" ? "i64" : "i32"));
  return `(${parameters.join(", ")}) → ${call.result === "none" ? "nothing" : "i32"}`;
}

/**
 * Instantiates with functions of the table's types: V8 then compares the types, which no JavaScript API tells.
 * Building the importing stubs as a module of their own is what makes the comparison exact.
 */
function checkTypes(module: WebAssembly.Module, calls: readonly SystemCall[]): void {
  const stub = new WebAssembly.Instance(new WebAssembly.Module(stubModule(calls)));
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const [index, call] of calls.entries()) {
    imports[call.module] ??= {};
    (imports[call.module] as Record<string, WebAssembly.ImportValue>)[call.name] = stub.exports[
      String(index)
    ] as WebAssembly.ImportValue;
  }
  try {
    // Runs nothing: an application exports _start and has no start function.
    new WebAssembly.Instance(module, imports);
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) return;
    // V8 says which import by its number; `calls` has them in the same order.
    const call = calls[Number(/Import #(\d+)/.exec(error.message)?.[1] ?? Number.NaN)];
    if (call === undefined) throw new UserError(`The application cannot be linked: ${error.message}.`);
    throw new UserError(
      `The application imports ${call.module}.${call.name} with the wrong type; it is ${signature(call)}. docs/system-calls.md says what the parameters are.`,
    );
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return bytes;
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

/** A module that exports, under "0", "1", …, one function of each call's type; their bodies are `unreachable`. */
function stubModule(calls: readonly SystemCall[]): Uint8Array<ArrayBuffer> {
  const types = calls.map((call) => {
    const parameters = call.parameters.map((parameter) => (parameter.type === "i64" ? 0x7e : 0x7f));
    const results = call.result === "none" ? [] : [0x7f];
    return [0x60, ...unsigned(parameters.length), ...parameters, ...unsigned(results.length), ...results];
  });
  const names = calls.map((_, index) => {
    const name = [...String(index)].map((character) => character.charCodeAt(0));
    return [...unsigned(name.length), ...name, 0, ...unsigned(index)];
  });
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(
      3,
      calls.map((_, index) => unsigned(index)),
    ),
    ...section(7, names),
    ...section(
      10,
      calls.map(() => [3, 0, 0x00, 0x0b]),
    ),
  ]);
}

/**
 * Checks that a module is an application: exports `_start` and `memory`, imports only system calls, each with its type.
 *
 * @returns the calls that it imports
 * @throws UserError with the import's name, what to do, and the nearest name
 */
export function checkApplicationModule(wasm: Uint8Array): SystemCall[] {
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  const calls: SystemCall[] = [];
  for (const each of WebAssembly.Module.imports(module)) {
    const call = SYSTEM_CALLS.find((row) => row.module === each.module && row.name === each.name);
    if (call === undefined || each.kind !== "function") {
      throw new UserError(
        `The application imports ${each.module}.${each.name}, which socklet does not have. ${advice(each.module, each.name)}`,
      );
    }
    calls.push(call);
  }
  const exported = new Map(WebAssembly.Module.exports(module).map((each) => [each.name, each.kind]));
  if (exported.get("_start") !== "function") {
    throw new UserError("The application does not export the function _start: it is not a WASI command.");
  }
  if (exported.get("memory") !== "memory") {
    throw new UserError("The application does not export its memory under the name memory.");
  }
  checkTypes(module, calls);
  return calls;
}
