/**
 * Rewrites the statements of one function from wasm2c's form to ours. Each line must match one of the forms below
 * completely; anything else is refused, so that no statement can keep a meaning that this translator does not know.
 */
import type { Signature, ValueType, WasmModule } from "./binary.js";
import { TranslateError } from "./errors.js";
import { coveredTo } from "./pointer-effects.js";
import type { FunctionText } from "./wasm2c.js";

/** Kinds of traps; the numbers are those of include/aot.h. */
export type TrapKind =
  | "UNREACHABLE"
  | "OUT_OF_BOUNDS"
  | "DIVIDE_BY_ZERO"
  | "INTEGER_OVERFLOW"
  | "INVALID_CONVERSION"
  | "INDIRECT_CALL";

/** What the statements of a function need to know about the module around it. */
export interface BodyContext {
  module: WasmModule;
  /** C identifier prefix of the module. */
  name: string;
  memorySize: number;
  /** Where the memory lies, when the module's addresses are those of the machine (TranslateOptions.base). */
  base: number | undefined;
  /** Bytes of guard after the memory that the uniform check counts on; 0 for the exact check. */
  guard: number;
  /** C name of each function, imports included. */
  functionNames: readonly string[];
  /** Small number of a function type, as the table holds it. */
  typeId(type: Signature): number;
  /** C name of a mutable global, or the C literal of a constant one. */
  global(index: number): string;
}

/** A function after rewriting: C statements, and the traps it can end in. */
export interface Body {
  lines: string[];
  traps: Set<TrapKind>;
  /** Passive data segments that memory.init or data.drop name. */
  segments: Set<number>;
}

/** Bytes behind a pointer that one uniform check covers; also the guard behind the memory. */
export const UNIFORM_GUARD = 256;

export const C_TYPES: Record<ValueType, string> = { i32: "uint32_t", i64: "uint64_t", f32: "float", f64: "double" };

// Stack slots (var_i0: i32, j: i64, f: f32, d: f64), and any variable (also parameters and locals).
const SLOT = "(var_[ijfd]\\d+)";
const VARIABLE = "(var_(?:[ijfd]|[pl])\\d+)";
const INTEGER = "(var_[ij]\\d+)";
const FLOAT = "(var_[fd]\\d+)";
const ADDRESS = "\\(u64\\)\\((var_i\\d+)\\)(?: \\+ (\\d+)u?)?";
const MEMORY = "&instance->w2c_M0";
/** Copies up to this length become loads and stores: GCC calls memmove for 3 bytes already. */
const SMALL_COPY = 16;
const LABEL = "(var_[BLI](?:\\d+|func))";
const CAST = "((?:\\((?:[us](?:8|16|32|64)|f32|f64)\\))+)";

/** Loads: the C expression around the access, and its size in bytes. */
const LOADS: Record<string, { size: number; read: (pointer: string) => string }> = {
  i32_load: { size: 4, read: (p) => `AOT_AT32(${p})` },
  i64_load: { size: 8, read: (p) => `aot_load64(${p})` },
  f32_load: { size: 4, read: (p) => `aot_load_f32(${p})` },
  f64_load: { size: 8, read: (p) => `aot_load_f64(${p})` },
  i32_load8_s: { size: 1, read: (p) => `(uint32_t)(int8_t)AOT_AT8(${p})` },
  i64_load8_s: { size: 1, read: (p) => `(uint64_t)(int8_t)AOT_AT8(${p})` },
  i32_load8_u: { size: 1, read: (p) => `AOT_AT8(${p})` },
  i64_load8_u: { size: 1, read: (p) => `AOT_AT8(${p})` },
  i32_load16_s: { size: 2, read: (p) => `(uint32_t)(int16_t)AOT_AT16(${p})` },
  i64_load16_s: { size: 2, read: (p) => `(uint64_t)(int16_t)AOT_AT16(${p})` },
  i32_load16_u: { size: 2, read: (p) => `AOT_AT16(${p})` },
  i64_load16_u: { size: 2, read: (p) => `AOT_AT16(${p})` },
  i64_load32_s: { size: 4, read: (p) => `(uint64_t)(int32_t)AOT_AT32(${p})` },
  i64_load32_u: { size: 4, read: (p) => `AOT_AT32(${p})` },
};

const STORES: Record<string, { size: number; write: (pointer: string, value: string) => string }> = {
  i32_store: { size: 4, write: (p, v) => `AOT_AT32(${p}) = ${v};` },
  i64_store: { size: 8, write: (p, v) => `aot_store64(${p}, ${v});` },
  f32_store: { size: 4, write: (p, v) => `aot_store_f32(${p}, ${v});` },
  f64_store: { size: 8, write: (p, v) => `aot_store_f64(${p}, ${v});` },
  i32_store8: { size: 1, write: (p, v) => `AOT_AT8(${p}) = (uint8_t)${v};` },
  i32_store16: { size: 2, write: (p, v) => `AOT_AT16(${p}) = (uint16_t)${v};` },
  i64_store8: { size: 1, write: (p, v) => `AOT_AT8(${p}) = (uint8_t)${v};` },
  i64_store16: { size: 2, write: (p, v) => `AOT_AT16(${p}) = (uint16_t)${v};` },
  i64_store32: { size: 4, write: (p, v) => `AOT_AT32(${p}) = (uint32_t)${v};` },
};

/** Functions of one operand that cannot trap, by wasm2c's name. */
const UNARY: Record<string, string> = {
  I32_CLZ: "aot_clz32",
  I64_CLZ: "aot_clz64",
  I32_CTZ: "aot_ctz32",
  I64_CTZ: "aot_ctz64",
  I32_POPCNT: "aot_popcnt32",
  I64_POPCNT: "aot_popcnt64",
  wasm_quietf: "aot_f32_quiet",
  wasm_quiet: "aot_f64_quiet",
  wasm_fabsf: "aot_f32_abs",
  wasm_fabs: "aot_f64_abs",
  wasm_ceilf: "aot_f32_ceil",
  wasm_ceil: "aot_f64_ceil",
  wasm_floorf: "aot_f32_floor",
  wasm_floor: "aot_f64_floor",
  wasm_truncf: "aot_f32_trunc",
  wasm_trunc: "aot_f64_trunc",
  wasm_nearbyintf: "aot_f32_nearest",
  wasm_nearbyint: "aot_f64_nearest",
  wasm_sqrtf: "aot_f32_sqrt",
  wasm_sqrt: "aot_f64_sqrt",
  f32_reinterpret_i32: "aot_f32_of_bits",
  i32_reinterpret_f32: "aot_bits_of_f32",
  f64_reinterpret_i64: "aot_f64_of_bits",
  i64_reinterpret_f64: "aot_bits_of_f64",
  I32_TRUNC_SAT_S_F32: "aot_i32_sat_s_f32",
  I32_TRUNC_SAT_S_F64: "aot_i32_sat_s_f64",
  I32_TRUNC_SAT_U_F32: "aot_i32_sat_u_f32",
  I32_TRUNC_SAT_U_F64: "aot_i32_sat_u_f64",
  I64_TRUNC_SAT_S_F32: "aot_i64_sat_s_f32",
  I64_TRUNC_SAT_S_F64: "aot_i64_sat_s_f64",
  I64_TRUNC_SAT_U_F32: "aot_i64_sat_u_f32",
  I64_TRUNC_SAT_U_F64: "aot_i64_sat_u_f64",
};

/** The C literal of a float that wasm2c printed as `text`, e.g. "4.2949673e+09" or "-INFINITY"; undefined: unknown. */
function floatLiteral(text: string, type: "f" | "d"): string | undefined {
  const suffix = type === "f" ? "f" : "";
  if (/^-?INFINITY$/.test(text)) return `${text.startsWith("-") ? "-" : ""}__builtin_inf${suffix}()`;
  const match = /^(-?\d+(?:\.\d*)?(?:e[+-]\d+)?)f?$/.exec(text);
  if (!match) return undefined;
  return `${match[1]}${/[.e]/.test(match[1]) ? "" : ".0"}${suffix}`;
}

/** Replaces wasm2c's short type names in a chain of casts. */
function cast(text: string): string {
  return text.replace(/\(([usf])(\d+)\)/g, (_, kind: string, bits: string) =>
    kind === "f" ? (bits === "32" ? "(float)" : "(double)") : `(${kind === "u" ? "u" : ""}int${bits}_t)`,
  );
}

/** A check that `distance`, which is computed from a variable whose value has the number `value`, is at most `limit`. */
interface BoundsCheck {
  distance: string;
  value: number;
  limit: number;
  /** Where the access ends, in bytes from the pointer, when the guard covers it; else Infinity. */
  end: number;
  run: number;
}

/** Where a check stands in the text until it is known which checks remain. */
const CHECK_MARK = "\u0000check ";
/** Assignments that neither leave the straight line, nor trap but for a bounds check, nor change anything but locals. */
const PURE =
  /^var_\w+ (?:[-+*/&|^]|<<|>>)?= (?!w2c_|CALL_INDIRECT|wasm_rt_|DIV_U|REM_U|I\d\d_(?:DIV|REM)_S|I\d\d_TRUNC_[SU]_)[^;]*;(?: \/\*.*\*\/;)?$/;

type Rule = [RegExp, (match: RegExpExecArray) => string | string[] | undefined];

/** Translates one function. `where` names it in messages. */
export class BodyTranslator {
  private readonly traps = new Set<TrapKind>();
  private readonly segments = new Set<number>();
  /** Values of i32 variables that are known at this point of straight-line code. */
  private readonly constants = new Map<string, number>();
  /** A number for the value that each variable holds: variables with the same number hold the same. */
  private readonly values = new Map<string, number>();
  private nextValue = 0;
  /** The bounds checks so far; the text has their index in their place until all are known. */
  private readonly checks: BoundsCheck[] = [];
  /** Counts runs of statements that do nothing but load and compute. */
  private run = 0;
  private readonly rules: Rule[];

  constructor(
    private readonly context: BodyContext,
    private readonly where: string,
  ) {
    this.rules = this.buildRules();
  }

  translate(text: FunctionText): Body {
    const output: string[] = [];
    let skip = 0;
    for (const [position, { number, text: line }] of text.lines.entries()) {
      if (skip > 0) {
        skip--;
        continue;
      }
      if (line === "#if WASM_RT_USE_SEGUE_FOR_THIS_MODULE") {
        const following = text.lines.slice(position + 1, position + 3).map((entry) => entry.text);
        if (following[0] !== "wasm_rt_segue_write_base(instance->w2c_M0.data);" || following[1] !== "#endif") {
          throw this.unknown(number, following.join(" "));
        }
        skip = 2;
        continue;
      }
      const result = this.statement(line);
      if (result === undefined) throw this.unknown(number, line);
      if (typeof result === "string") output.push(result);
      else output.push(...result);
    }
    return { lines: this.placeChecks(output), traps: this.traps, segments: this.segments };
  }

  /**
   * Puts the bounds checks into the text. Of the checks of one value in one run of pure statements, the first checks for
   * all: the widest access. That is exact, since nothing can be seen to happen between the first and the last.
   */
  private placeChecks(lines: string[]): string[] {
    const limits = new Map<string, number>();
    const ends = new Map<string, number>();
    const key = (check: BoundsCheck) => `${check.distance.includes("-")} ${check.value} ${check.run}`;
    for (const check of this.checks) {
      limits.set(key(check), Math.min(check.limit, limits.get(key(check)) ?? check.limit));
      ends.set(key(check), Math.max(check.end, ends.get(key(check)) ?? 0));
    }
    return lines.flatMap((line) => {
      if (!line.startsWith(CHECK_MARK)) return [line];
      const check = this.checks[Number(line.slice(CHECK_MARK.length))];
      const limit = limits.get(key(check));
      if (limit === undefined) return [];
      limits.delete(key(check));
      const end = ends.get(key(check)) as number;
      const mark = Number.isFinite(end) ? coveredTo(end) : "";
      return [this.trapIf(`${check.distance} > ${limit}u`, "OUT_OF_BOUNDS") + mark];
    });
  }

  private unknown(number: number, line: string): TranslateError {
    return new TranslateError(
      `Line ${number} of wasm2c's output, in ${this.where}, has a form that this translator does not know: "${line}". The module uses an instruction that is not supported, or wabt is not the version that package.json names.`,
    );
  }

  private statement(line: string): string | string[] | undefined {
    for (const [pattern, rewrite] of this.rules) {
      const match = pattern.exec(line);
      if (!match) continue;
      const result = rewrite(match);
      if (result === undefined) continue;
      this.trackValues(line);
      if (!PURE.test(line) || result.includes("goto trap_")) this.run++;
      return result;
    }
    return undefined;
  }

  /** Keeps `constants` and `values` right over the statement that was just translated. */
  private trackValues(line: string): void {
    if (line.startsWith("}") || line.endsWith(":;") || line.endsWith(":")) {
      this.constants.clear();
      this.values.clear();
      return;
    }
    // An assignment in front of a conditional branch happens only when the branch is taken, and is not matched here.
    const target = /^(var_\w+) (?:[-+*/&|^]|<<|>>)?= /.exec(line)?.[1];
    if (target === undefined) return;
    const copy = /^var_\w+ = (var_[ipl]\d+);$/.exec(line)?.[1];
    const literal = /^var_\w+ = (\d+)u;$/.exec(line)?.[1];
    const constant = copy !== undefined ? this.constants.get(copy) : literal && Number(literal);
    if (constant === undefined) this.constants.delete(target);
    else this.constants.set(target, Number(constant));
    this.values.set(target, copy !== undefined ? this.valueOf(copy) : this.nextValue++);
  }

  private valueOf(variable: string): number {
    const known = this.values.get(variable);
    if (known !== undefined) return known;
    this.values.set(variable, this.nextValue);
    return this.nextValue++;
  }

  private trap(kind: TrapKind): string {
    this.traps.add(kind);
    return `goto trap_${kind.toLowerCase()};`;
  }

  private trapIf(condition: string, kind: TrapKind): string {
    return `if (AOT_UNLIKELY(${condition})) ${this.trap(kind)}`;
  }

  /** The check before an access of `size` bytes at `address` + `offset`: none, one compare, or always a trap. */
  private boundsCheck(address: string, offset: number, size: number): string[] {
    const { memorySize, guard, base = 0 } = this.context;
    const known = this.constants.get(address);
    // The address of a table is often the offset, and what is added to it an index.
    const isTable = base > 0 && offset >= base;
    const ahead = isTable ? offset - base : offset;
    const limit = memorySize - ahead - size;
    if (known !== undefined) {
      const start = known + offset - base;
      return start >= 0 && start <= memorySize - size ? [] : [this.trap("OUT_OF_BOUNDS")];
    }
    if (limit < 0) return [this.trap("OUT_OF_BOUNDS")];
    const covered = !isTable && offset + size <= guard;
    this.traps.add("OUT_OF_BOUNDS");
    this.checks.push({
      distance: isTable ? address : this.distance(address),
      value: this.valueOf(address),
      limit: covered ? memorySize : limit,
      end: covered ? offset + size : Number.POSITIVE_INFINITY,
      run: this.run,
    });
    return [`${CHECK_MARK}${this.checks.length - 1}`];
  }

  /** The check that `length` bytes (a variable) at `address` lie in a space of `size` bytes. */
  private rangeCheck(address: string, length: string, size: number): string[] {
    const known = this.constants.get(address);
    const start = known === undefined ? undefined : known - (this.context.base ?? 0);
    const bytes = this.constants.get(length);
    if (bytes !== undefined) {
      if (bytes > size || (start !== undefined && (start < 0 || start > size - bytes))) {
        return [this.trap("OUT_OF_BOUNDS")];
      }
      return start !== undefined ? [] : [this.trapIf(`${this.distance(address)} > ${size - bytes}u`, "OUT_OF_BOUNDS")];
    }
    return [this.trapIf(`AOT_OUTSIDE(${this.distance(address)}, ${length}, ${size}u)`, "OUT_OF_BOUNDS")];
  }

  /** How far `address` lies behind the beginning of the memory; a large number when it lies before it. */
  private distance(address: string): string {
    return this.context.base ? `(${address} - ${this.context.base}u)` : address;
  }

  private pointer(address: string, offset = 0): string {
    const { base } = this.context;
    if (base !== undefined) {
      // The offset is added to a pointer: GCC keeps it in the access then, and does not compute the sum of integers to use it twice.
      const [from, ahead] = offset < base ? [address, `${offset}u`] : [`${offset}u`, address];
      return offset === 0 ? `(unsigned char *)(uintptr_t)${address}` : `(unsigned char *)(uintptr_t)${from} + ${ahead}`;
    }
    // Base and address fit the addressing of one instruction when there is no offset, as in loops over a pointer.
    if (offset === 0) return `${this.context.name}_memory + ${address}`;
    return `AOT_PLACE(${this.context.name}_memory, ${address}) + ${offset}u`;
  }

  private memoryCopy(target: string, source: string, length: string): string[] {
    const checks = [
      ...this.rangeCheck(target, length, this.context.memorySize),
      ...this.rangeCheck(source, length, this.context.memorySize),
    ];
    const bytes = this.constants.get(length);
    if (bytes !== undefined && bytes <= SMALL_COPY) return [...checks, ...this.smallCopy(target, source, bytes)];
    return [...checks, `__builtin_memmove(${this.pointer(target)}, ${this.pointer(source)}, ${length});`];
  }

  /** A copy of a few bytes in words: all are loaded before the first is stored, since the ranges may overlap. */
  private smallCopy(target: string, source: string, bytes: number): string[] {
    const loads: string[] = [];
    const stores: string[] = [];
    for (let at = 0; at < bytes; ) {
      const size = bytes - at >= 4 ? 4 : bytes - at >= 2 ? 2 : 1;
      const type = `uint${size * 8}_t`;
      loads.push(`const ${type} copy_${at} = AOT_AT${size * 8}(${this.pointer(source, at)});`);
      stores.push(`AOT_AT${size * 8}(${this.pointer(target, at)}) = copy_${at};`);
      at += size;
    }
    return bytes === 0 ? [] : [`{ ${[...loads, ...stores].join(" ")} }`];
  }

  private memoryInit(segment: number, target: string, source: string, length: string): string[] | undefined {
    const data = this.context.module.data[segment];
    if (!data) return undefined;
    if (data.offset !== undefined) return this.emptyInit(target, source, length);
    this.segments.add(segment);
    const array = `${this.context.name}_data_${segment}`;
    return [
      this.trapIf(`AOT_OUTSIDE(${source}, ${length}, ${array}_dropped ? 0u : ${data.bytes.length}u)`, "OUT_OF_BOUNDS"),
      ...this.rangeCheck(target, length, this.context.memorySize),
      `__builtin_memcpy(${this.pointer(target)}, ${array} + ${source}, ${length});`,
    ];
  }

  /** memory.init from a segment that is gone: only a length of 0 does not trap. */
  private emptyInit(target: string, source: string, length: string): string[] {
    return [
      this.trapIf(`AOT_OUTSIDE(${source}, ${length}, 0u)`, "OUT_OF_BOUNDS"),
      ...this.rangeCheck(target, length, this.context.memorySize),
    ];
  }

  private call(index: number, list: string | undefined, result: string | undefined): string | undefined {
    const { module, functionNames } = this.context;
    const type =
      index < module.imports.length ? module.imports[index].type : module.functions[index - module.imports.length];
    const values = this.list(list ?? "");
    if (!type || !values || values.length !== type.parameters.length) return undefined;
    if ((result === undefined) !== (type.results.length === 0)) return undefined;
    return `${result === undefined ? "" : `${result} = `}${functionNames[index]}(${values.join(", ")});`;
  }

  /** The variables of an argument list; undefined when it holds something else. */
  private list(text: string): string[] | undefined {
    const values = text === "" ? [] : text.split(", ");
    return values.every((value) => /^var_[ijfd]\d+$/.test(value)) ? values : undefined;
  }

  private callIndirect(match: RegExpExecArray): string[] | undefined {
    const [, result, type, parameters, typeIndex, index, checkedIndex, values] = match;
    const { module, name } = this.context;
    const signature = module.types[Number(typeIndex)];
    const table = module.table;
    const list = this.list(values ? values.slice(2) : "");
    if (!signature || !table || !list || index !== checkedIndex) return undefined;
    const names = { i32: "u32", i64: "u64", f32: "f32", f64: "f64" } as const;
    const expected = signature.parameters.map((parameter) => `, ${names[parameter]}`).join("");
    const expectedResult = signature.results.length === 0 ? "void" : names[signature.results[0]];
    if ((parameters ?? "") !== expected || type !== expectedResult) return undefined;
    if ((result === undefined) !== (signature.results.length === 0)) return undefined;
    const id = this.context.typeId(signature);
    const condition = `${index} >= ${table.length}u || ${name}_table_types[${index}] != ${id}`;
    const cType = signature.results.length === 0 ? "void" : C_TYPES[signature.results[0]];
    const cParameters = signature.parameters.map((parameter) => C_TYPES[parameter]).join(", ") || "void";
    return [
      this.trapIf(table.length === 0 ? "1" : condition, "INDIRECT_CALL"),
      ...(table.length === 0
        ? []
        : [
            `${result ? `${result} = ` : ""}((${cType} (*)(${cParameters}))${name}_table[${index}])(${list.join(", ")});`,
          ]),
    ];
  }

  private divide(operation: string, result: string, left: string, right: string): string[] | undefined {
    const bits = result.startsWith("var_i") ? 32 : 64;
    const zero = this.trapIf(`${right} == 0`, "DIVIDE_BY_ZERO");
    const minusOne = bits === 32 ? "0xffffffffu" : "0xffffffffffffffffull";
    const least = bits === 32 ? "0x80000000u" : "0x8000000000000000ull";
    const signed = (operator: string) => `(uint${bits}_t)((int${bits}_t)${left} ${operator} (int${bits}_t)${right})`;
    switch (operation) {
      case "DIV_U":
        return [zero, `${result} = ${left} / ${right};`];
      case "REM_U":
        return [zero, `${result} = ${left} % ${right};`];
      case `I${bits}_DIV_S`:
        return [
          zero,
          this.trapIf(`${left} == ${least} && ${right} == ${minusOne}`, "INTEGER_OVERFLOW"),
          `${result} = ${signed("/")};`,
        ];
      case `I${bits}_REM_S`:
        return [zero, `${result} = ${right} == ${minusOne} ? 0 : ${signed("%")};`];
      default:
        return undefined;
    }
  }

  private declaration(type: string, list: string): string | undefined {
    const names = list.split(", ");
    if (!names.every((name) => /^var_(?:[ijfd]\d+|l\d+ = 0)$/.test(name))) return undefined;
    return `${cast(`(${type})`).slice(1, -1)} ${list};`;
  }

  private buildRules(): Rule[] {
    const { context } = this;
    const full = (pattern: string) => new RegExp(`^${pattern}$`);
    const same: (match: RegExpExecArray) => string = (match) => match[0];
    return [
      // Structure
      [full("(?:FUNC_PROLOGUE|FUNC_EPILOGUE);"), () => []],
      [full(""), () => []],
      [full("(u32|u64|f32|f64) (var_.*);"), (m) => this.declaration(m[1], m[2])],
      [full(`${LABEL}:;?`), (m) => `${m[1]}:;`],
      [full(`goto ${LABEL};`), same],
      [full(`if \\(${SLOT}\\) {`), same],
      [full(`if \\(${SLOT}\\) {goto ${LABEL};}`), same],
      [full(`if \\(${SLOT}\\) {${VARIABLE} = ${VARIABLE}; goto ${LABEL};}`), same],
      [full(`${VARIABLE} = ${VARIABLE}; goto ${LABEL};`), same],
      [full("} else {"), same],
      [full("}"), same],
      [full(`switch \\(${SLOT}\\) {`), same],
      [full(`(?:case \\d+|default): (?:${VARIABLE} = ${VARIABLE}; )?goto ${LABEL};`), same],
      [full(`return ${VARIABLE};`), same],
      [full("UNREACHABLE;"), () => this.trap("UNREACHABLE")],
      // Variables and constants
      [full(`${VARIABLE} = ${VARIABLE};`), same],
      [full("(var_i\\d+) = \\d+u;"), same],
      [full("(var_j\\d+) = \\d+ull;"), same],
      [
        full("(var_(f|d)\\d+) = (-?[\\dI][\\w.+-]*);"),
        (m) => {
          const literal = floatLiteral(m[3], m[2] as "f" | "d");
          return literal && `${m[1]} = ${literal};`;
        },
      ],
      [
        full("(var_f\\d+) = f32_reinterpret_i32\\((0x[0-9a-f]+)\\) /\\* -?nan:0x[0-9a-f]+ \\*/;"),
        (m) => `${m[1]} = aot_f32_of_bits(${m[2]}u);`,
      ],
      [
        full("(var_d\\d+) = f64_reinterpret_i64\\((0x[0-9a-f]+)\\) /\\* -?nan:0x[0-9a-f]+ \\*/;"),
        (m) => `${m[1]} = aot_f64_of_bits(${m[2]}ull);`,
      ],
      [full(`${SLOT} = instance->w2c_g(\\d+);`), (m) => `${m[1]} = ${context.global(Number(m[2]))};`],
      [
        full(`instance->w2c_g(\\d+) = ${SLOT};`),
        (m) =>
          context.module.globals[Number(m[1])]?.mutable ? `${context.global(Number(m[1]))} = ${m[2]};` : undefined,
      ],
      // Memory
      [
        full(`${SLOT} = (\\w+?)_default32\\(${MEMORY}, ${ADDRESS}\\);`),
        (m) => {
          const load = LOADS[m[2]];
          if (!load) return undefined;
          const offset = Number(m[4] ?? 0);
          return [...this.boundsCheck(m[3], offset, load.size), `${m[1]} = ${load.read(this.pointer(m[3], offset))};`];
        },
      ],
      [
        full(`(\\w+?)_default32\\(${MEMORY}, ${ADDRESS}, ${SLOT}\\);`),
        (m) => {
          const store = STORES[m[1]];
          if (!store) return undefined;
          const offset = Number(m[3] ?? 0);
          return [...this.boundsCheck(m[2], offset, store.size), store.write(this.pointer(m[2], offset), m[4])];
        },
      ],
      [
        full(`memory_copy\\(${MEMORY}, ${MEMORY}, (var_i\\d+), (var_i\\d+), (var_i\\d+)\\);`),
        (m) => this.memoryCopy(m[1], m[2], m[3]),
      ],
      [
        full(`memory_fill\\(${MEMORY}, (var_i\\d+), (var_i\\d+), (var_i\\d+)\\);`),
        (m) => [
          ...this.rangeCheck(m[1], m[3], context.memorySize),
          `__builtin_memset(${this.pointer(m[1])}, (uint8_t)${m[2]}, ${m[3]});`,
        ],
      ],
      [
        full(
          `memory_init\\(${MEMORY}, data_segment_data_w2c_x_d(\\d+), (?:\\d+|\\(instance->data_segment_dropped_w2c_x_d\\1 \\? 0 : \\d+\\)), (var_i\\d+), (var_i\\d+), (var_i\\d+)\\);`,
        ),
        (m) => this.memoryInit(Number(m[1]), m[2], m[3], m[4]),
      ],
      [
        full(`memory_init\\(${MEMORY}, NULL, 0, (var_i\\d+), (var_i\\d+), (var_i\\d+)\\);`),
        (m) => this.emptyInit(m[1], m[2], m[3]),
      ],
      [
        full("instance->data_segment_dropped_w2c_x_d(\\d+) = true;"),
        (m) => {
          const segment = Number(m[1]);
          if (context.module.data[segment]?.offset !== undefined) return [];
          this.segments.add(segment);
          return `${context.name}_data_${segment}_dropped = 1;`;
        },
      ],
      [full("(var_i\\d+) = instance->w2c_M0\\.pages;"), (m) => `${m[1]} = ${context.module.memoryPages}u;`],
      [
        full(`(var_i\\d+) = wasm_rt_grow_memory\\(${MEMORY}, (var_i\\d+)\\);`),
        (m) => `${m[1]} = ${m[2]} == 0 ? ${context.module.memoryPages}u : 0xffffffffu;`,
      ],
      // Arithmetic
      [full(`${INTEGER} (?:[-+*&|^])= ${INTEGER};`), same],
      [full(`${FLOAT} (?:[-+*/])= ${FLOAT};`), same],
      [full(`${INTEGER} (?:<<|>>)= \\(${INTEGER} & (?:31|63)\\);`), same],
      [
        full(`${INTEGER} = \\((u32|u64)\\)\\(\\((s32|s64)\\)${INTEGER} >> \\(${INTEGER} & (31|63)\\)\\);`),
        (m) => `${m[1]} = (${cast(`(${m[2]})`).slice(1, -1)})(${cast(`(${m[3]})`)}${m[4]} >> (${m[5]} & ${m[6]}));`,
      ],
      [full(`(var_i\\d+) = ${SLOT} (?:==|!=|<|<=|>|>=) ${SLOT};`), same],
      [
        full(`(var_i\\d+) = \\(u(?:32|64)\\)\\(\\((s32|s64)\\)${INTEGER} (<|<=|>|>=) \\(\\2\\)${INTEGER}\\);`),
        (m) => `${m[1]} = ${cast(`(${m[2]})`)}${m[3]} ${m[4]} ${cast(`(${m[2]})`)}${m[5]};`,
      ],
      [full(`(var_i\\d+) = !\\(${INTEGER}\\);`), same],
      [full(`${FLOAT} = -\\(${FLOAT}\\);`), same],
      [full(`${SLOT} = ${CAST}\\(${SLOT}\\);`), (m) => `${m[1]} = ${cast(m[2])}(${m[3]});`],
      [
        full(`${FLOAT} = \\((f32|f64)\\)(wasm_quietf?)\\(${FLOAT}\\);`),
        (m) => `${m[1]} = ${cast(`(${m[2]})`)}${UNARY[m[3]]}(${m[4]});`,
      ],
      [full(`${SLOT} = (var_i\\d+) \\? ${SLOT} : ${SLOT};`), same],
      [
        full(`${SLOT} = (\\w+)\\(${SLOT}\\);`),
        (m) => {
          const conversion = /^(I(?:32|64))_TRUNC_([SU])_(F(?:32|64))$/.exec(m[2]);
          if (!conversion) return UNARY[m[2]] && `${m[1]} = ${UNARY[m[2]]}(${m[3]});`;
          const [, to, sign, from] = conversion;
          const bits = to.slice(1);
          return [
            this.trapIf(`!AOT_FITS_${to}_${sign}_${from}(${m[3]})`, "INVALID_CONVERSION"),
            `${m[1]} = ${sign === "S" ? `(uint${bits}_t)(int${bits}_t)` : `(uint${bits}_t)`}${m[3]};`,
          ];
        },
      ],
      [
        full(`${INTEGER} = I(32|64)_ROT([LR])\\(${INTEGER}, ${INTEGER}\\);`),
        (m) => `${m[1]} = aot_rot${m[3].toLowerCase()}${m[2]}(${m[4]}, ${m[5]});`,
      ],
      [
        full(`${INTEGER} = (DIV_U|REM_U|I32_DIV_S|I64_DIV_S|I32_REM_S|I64_REM_S)\\(${INTEGER}, ${INTEGER}\\);`),
        (m) => this.divide(m[2], m[1], m[3], m[4]),
      ],
      [
        full(`${FLOAT} = (FMIN|FMAX)\\(${FLOAT}, ${FLOAT}\\);`),
        (m) =>
          `${m[1]} = aot_${m[1].startsWith("var_f") ? "f32" : "f64"}_${m[2].slice(1).toLowerCase()}(${m[3]}, ${m[4]});`,
      ],
      [
        full(`${FLOAT} = copysign(f?)\\(${FLOAT}, ${FLOAT}\\);`),
        (m) => `${m[1]} = aot_${m[2] === "f" ? "f32" : "f64"}_copysign(${m[3]}, ${m[4]});`,
      ],
      // Calls
      [
        full(`(?:${SLOT} = )?w2c_x_f(\\d+)\\(instance(?:, (var_[^()]*))?\\);`),
        (m) => this.call(Number(m[2]), m[3], m[1]),
      ],
      [
        full(`(?:${SLOT} = )?w2c_h_i(\\d+)\\(instance->w2c_h_instance(?:, (var_[^()]*))?\\);`),
        (m) => this.call(Number(m[2]), m[3], m[1]),
      ],
      [
        full(
          `(?:${SLOT} = )?CALL_INDIRECT\\(instance->w2c_T0, (void|u32|u64|f32|f64) \\(\\*\\)\\(void\\*((?:, (?:u32|u64|f32|f64))*)\\), w2c_x_t(\\d+), (var_i\\d+), instance->w2c_T0\\.data\\[(var_i\\d+)\\]\\.module_instance((?:, var_[ijfd]\\d+)*)\\);`,
        ),
        (m) => this.callIndirect(m),
      ],
    ];
  }
}
