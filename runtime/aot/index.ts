/**
 * WASM → C for one memory of fixed base and size. See docs/aot.md.
 *
 * wasm2c (npm package `wabt`) turns the code of each function into C; this translator gives that text constant
 * addresses: the memory is one static array, each check is one 32-bit compare with a constant, and everything is
 * static, so that a compiler can fold and inline across module, imports and host.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readModule, type ValueType } from "./binary.js";
import { dataEnd, type MemoryImage } from "./data.js";
import { emit } from "./emit.js";
import { TranslateError } from "./errors.js";
import { runWasm2c, splitFunctions } from "./wasm2c.js";

export type { ValueType } from "./binary.js";
export { UNIFORM_GUARD } from "./body.js";
export type { MemoryImage, MemoryRun } from "./data.js";
export { TranslateError } from "./errors.js";

export interface TranslateOptions {
  /** Prefix of every C identifier, e.g. "core". A C identifier itself. */
  name: string;
  /** Bytes of linear memory: a multiple of 8, at most what the module declares. `memory.size` still answers that. */
  memorySize: number;
  /**
   * Address at which the memory lies in the machine, when the module was made for it (asc's --memoryBase): its addresses are then
   * used as they are, which saves an addition, and often a register, per access. Memory before `base` is not there.
   * The linker must put NAME_memory there. Default: an array wherever the linker likes, with addresses from 0.
   */
  base?: number;
  /** Names by function index (imports count) for the trap table; default: name section, then exports, then "f12". */
  functionNames?: readonly (string | undefined)[];
  /** Emit `NAME_function_names[]` (default true). Without it a trap still tells the function's number. */
  trapNames?: boolean;
  /**
   * One check per pointer instead of one per pointer and offset, in 256 more bytes of RAM: an access through a pointer
   * may reach up to 256 bytes behind the memory, into bytes that belong to nothing else. Default false: exact.
   */
  uniformCheck?: boolean;
  /**
   * Make the checks of pointers calls of one function, on Thumb-2 with `NAME_trap` as AOT_TRAP_UDF: smaller and slower. A trap there tells
   * the place, by the link register, but no function (AOT_NO_FUNCTION). Only with `uniformCheck`, and where `base` and size are
   * immediates of Thumb-2. Default false.
   */
  checkCalls?: boolean;
  /**
   * C name of an import that takes the next word from an address, `port_take` say: two to eight in a row become one call of `port_take_N`,
   * which the includer defines as a macro (address, then the N variables in their order). Default: none.
   */
  bursts?: string;
  /**
   * GCC attributes of functions, by export name or function name, e.g. `{ core_poll: "noinline" }`.
   * Names that the module does not have are ignored.
   */
  attributes?: Readonly<Record<string, string>>;
}

/** A function that the module exports or imports, as C sees it. */
export interface TranslatedFunction {
  /** Name in the module. */
  name: string;
  /** Name in C. */
  cName: string;
  parameters: ValueType[];
  result: ValueType | undefined;
}

export interface Translation {
  /** The module in C. Needs `aot.h` on the include path, and before it: the imports and `NAME_trap`. */
  source: string;
  /** Declarations for code that stands before `source` in the translation unit: memory, its size, exports. */
  header: string;
  /** Exported functions. */
  exports: TranslatedFunction[];
  /** Imported functions; they have to be defined (functions or macros) before `source`. */
  imports: (TranslatedFunction & { module: string })[];
  /** Exported globals: the C variable, or the literal of a constant one. */
  globals: { name: string; cName: string; type: ValueType; mutable: boolean }[];
  /**
   * Where initialised data ends in linear memory. Static areas of zeros behind it are not in a WASM file: the true end
   * of static data is `__heap_base`, which counts when the module exports it as a global or names it.
   */
  dataEnd: number;
  /** What `NAME_trap`'s second argument counts: functions that can trap. */
  functionNames: string[];
  /** What is copied into memory at start, and the flash it takes. */
  memoryImage: MemoryImage;
}

/** The directory of `aot.h`, for the compiler's include path; beside the sources also when run from `dist`. */
export function includeDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [join(here, "include"), join(here, "../../../runtime/aot/include")];
  const found = candidates.find((directory) => existsSync(join(directory, "aot.h")));
  if (!found) throw new TranslateError(`aot.h is missing: looked in ${candidates.join(" and ")}.`);
  return found;
}

/**
 * Translates a module. Refuses with a TranslateError: a module that is not valid, features beyond the first version of
 * WebAssembly plus bulk memory, sign extension and saturating conversion, data or tables that do not fit, and any line
 * of wasm2c's output that is not of a known form.
 */
export async function translate(wasm: Uint8Array, options: TranslateOptions): Promise<Translation> {
  if (!/^[A-Za-z]\w*$/.test(options.name)) {
    throw new TranslateError(`The module name "${options.name}" is no C identifier.`);
  }
  if (options.base !== undefined && !(options.base >= 0 && options.base < 0x8000_0000 && options.base % 8 === 0)) {
    // Modules may take addresses for signed numbers.
    throw new TranslateError(`The address ${options.base} of the memory is not a multiple of 8 below 2 GiB.`);
  }
  const module = readModule(wasm);
  checkMemorySize(options.memorySize, module.memoryPages, options.base ?? 0, dataEnd(module));
  return emit(module, splitFunctions(await runWasm2c(module), module), options);
}

function checkMemorySize(size: number, pages: number | undefined, base: number, end: number): void {
  if (pages === undefined) return;
  if (!Number.isInteger(size) || size < 0 || size % 8 !== 0) {
    throw new TranslateError(`The memory size ${size} is not a multiple of 8.`);
  }
  if (base + size > pages * 65536) {
    throw new TranslateError(
      `The memory size ${base + size} is larger than the ${pages * 65536} bytes that the module declares (${pages} pages).`,
    );
  }
  if (base + size < end) {
    throw new TranslateError(
      `The module's static data ends at byte ${end - base}, the memory has ${size}: raise the memory size.`,
    );
  }
}
