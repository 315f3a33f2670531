/**
 * Reading a WebAssembly binary (core specification 1.0, chapter 5, plus bulk memory), and writing it back without
 * names, exports and custom sections.
 *
 * Everything but the code of functions is taken from here and not from the text of wasm2c: types, imports, globals,
 * table, data, start function, names. wasm2c then sees a module in which every name is known beforehand.
 */
import { TranslateError } from "./errors.js";

export type ValueType = "i32" | "i64" | "f32" | "f64";

export interface Signature {
  parameters: ValueType[];
  results: ValueType[];
}

export interface ImportedFunction {
  module: string;
  name: string;
  type: Signature;
}

export interface Global {
  type: ValueType;
  mutable: boolean;
  /** The bits of the initial value: 32 of them for i32 and f32. */
  bits: bigint;
}

export interface DataSegment {
  /** Where it is copied to when the module is instantiated; undefined when passive. */
  offset: number | undefined;
  bytes: Uint8Array;
}

export interface Export {
  name: string;
  kind: "function" | "table" | "memory" | "global";
  index: number;
}

export interface WasmModule {
  types: Signature[];
  imports: ImportedFunction[];
  /** Type of each function that the module defines; function `i` of the module is `functions[i - imports.length]`. */
  functions: Signature[];
  /** Pages of the memory at the start; undefined when the module has none. */
  memoryPages: number | undefined;
  /** Function index of each element of the table, -1 where it is null; undefined when there is no table. */
  table: number[] | undefined;
  globals: Global[];
  exports: Export[];
  start: number | undefined;
  data: DataSegment[];
  /** From the name section, by function index. */
  functionNames: Map<number, string>;
  /** From the name section, by global index. */
  globalNames: Map<number, string>;
  /** Sections that wasm2c needs, byte for byte. */
  sections: Map<number, Uint8Array>;
}

const VALUE_TYPES = new Map<number, ValueType>([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
]);
const EXPORT_KINDS = ["function", "table", "memory", "global"] as const;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const SECTION = { TYPE: 1, IMPORT: 2, FUNCTION: 3, TABLE: 4, MEMORY: 5, GLOBAL: 6, EXPORT: 7, START: 8, ELEMENT: 9 };
const SECTION_CODE = 10;
const SECTION_DATA = 11;
const SECTION_DATA_COUNT = 12;

/** Reads little-endian numbers, LEB128 and vectors; every read is bounded. */
class Reader {
  private position = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    if (this.done) throw new TranslateError("The WASM binary ends in the middle of a section.");
    return this.bytes[this.position++];
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.position) {
      throw new TranslateError("The WASM binary ends in the middle of a section.");
    }
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new TranslateError("The WASM binary holds a number of more than 32 bits where an index is expected.");
  }

  signed(bits: 32 | 64): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte & 0x40) value -= 1n << (shift + 7n);
        return BigInt.asUintN(bits, value);
      }
    }
    throw new TranslateError("The WASM binary holds a constant of more than 64 bits.");
  }

  float(bytes: 4 | 8): bigint {
    const at = this.position;
    this.take(bytes);
    return bytes === 4 ? BigInt(this.view.getUint32(at, true)) : this.view.getBigUint64(at, true);
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.unsigned()));
  }

  valueType(where: string): ValueType {
    const code = this.byte();
    const type = VALUE_TYPES.get(code);
    if (!type)
      throw new TranslateError(`${where} uses the value type 0x${code.toString(16)}; only numbers are supported.`);
    return type;
  }

  vector<T>(item: (index: number) => T): T[] {
    const count = this.unsigned();
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(item(index));
    return items;
  }

  limits(what: string): number {
    const flags = this.byte();
    if (flags > 1) {
      throw new TranslateError(
        `The ${what} is shared, 64-bit or has its own page size; only plain ones are supported.`,
      );
    }
    const minimum = this.unsigned();
    if (flags === 1) this.unsigned();
    return minimum;
  }

  /** A constant expression of one instruction; returns its type and bits. */
  constant(where: string): { type: ValueType; bits: bigint } {
    const opcode = this.byte();
    let value: { type: ValueType; bits: bigint };
    if (opcode === 0x41) value = { type: "i32", bits: this.signed(32) };
    else if (opcode === 0x42) value = { type: "i64", bits: this.signed(64) };
    else if (opcode === 0x43) value = { type: "f32", bits: this.float(4) };
    else if (opcode === 0x44) value = { type: "f64", bits: this.float(8) };
    else
      throw new TranslateError(`${where} starts from opcode 0x${opcode.toString(16)}; only a constant is supported.`);
    if (this.byte() !== 0x0b) throw new TranslateError(`${where} is computed; only a plain constant is supported.`);
    return value;
  }
}

function readElements(reader: Reader, table: number[] | undefined): void {
  reader.vector((segment) => {
    const where = `Element segment ${segment}`;
    const flags = reader.unsigned();
    if (flags > 7) throw new TranslateError(`${where} has the unknown flags ${flags}.`);
    const active = (flags & 1) === 0;
    if (active && (flags & 2) !== 0 && reader.unsigned() !== 0) {
      throw new TranslateError(`${where} fills a second table; only one is supported.`);
    }
    const offset = active ? Number(reader.constant(where).bits) : 0;
    if ((flags & 3) !== 0) reader.byte();
    const functions = reader.vector(() => {
      if ((flags & 4) === 0) return reader.unsigned();
      const opcode = reader.byte();
      let index = -1;
      if (opcode === 0xd2) index = reader.unsigned();
      else if (opcode === 0xd0) reader.byte();
      else throw new TranslateError(`${where} holds something else than ref.func and ref.null.`);
      reader.byte();
      return index;
    });
    if (!active) return;
    if (!table || offset + functions.length > table.length) {
      throw new TranslateError(`${where} lies outside of the table: the module traps when it is instantiated.`);
    }
    functions.forEach((index, position) => {
      table[offset + position] = index;
    });
  });
}

function readNames(reader: Reader, module: WasmModule): void {
  while (!reader.done) {
    const kind = reader.byte();
    const content = new Reader(reader.take(reader.unsigned()));
    const names = kind === 1 ? module.functionNames : kind === 7 ? module.globalNames : undefined;
    if (names) content.vector(() => names.set(content.unsigned(), content.text()));
  }
}

function readImports(reader: Reader, module: WasmModule): void {
  reader.vector(() => {
    const from = reader.text();
    const name = reader.text();
    const kind = reader.byte();
    if (kind === 0) module.imports.push({ module: from, name, type: module.types[reader.unsigned()] });
    else if (kind === 2) module.memoryPages = reader.limits("memory");
    else {
      throw new TranslateError(
        `The module imports the ${EXPORT_KINDS[kind] ?? "tag"} "${from}.${name}"; only functions and a memory can be imported.`,
      );
    }
  });
}

/** Reads a module; refuses with a TranslateError what the translator does not support. */
export function readModule(wasm: Uint8Array): WasmModule {
  if (HEADER.some((byte, index) => wasm[index] !== byte)) {
    throw new TranslateError("This is no WASM module of version 1: its first eight bytes are wrong.");
  }
  const module: WasmModule = {
    types: [],
    imports: [],
    functions: [],
    memoryPages: undefined,
    table: undefined,
    globals: [],
    exports: [],
    start: undefined,
    data: [],
    functionNames: new Map(),
    globalNames: new Map(),
    sections: new Map(),
  };
  const file = new Reader(wasm.subarray(HEADER.length));
  while (!file.done) {
    const id = file.byte();
    const bytes = file.take(file.unsigned());
    const reader = new Reader(bytes);
    if (id === 0) {
      if (reader.text() === "name") readNames(reader, module);
      continue;
    }
    module.sections.set(id, bytes);
    if (id === SECTION.TYPE) {
      module.types = reader.vector((index) => {
        const where = `Type ${index}`;
        if (reader.byte() !== 0x60) throw new TranslateError(`${where} is no function type.`);
        return {
          parameters: reader.vector(() => reader.valueType(where)),
          results: reader.vector(() => reader.valueType(where)),
        };
      });
    } else if (id === SECTION.IMPORT) readImports(reader, module);
    else if (id === SECTION.FUNCTION) module.functions = reader.vector(() => module.types[reader.unsigned()]);
    else if (id === SECTION.TABLE) {
      const tables = reader.vector(() => {
        if (reader.byte() !== 0x70)
          throw new TranslateError("The module has a table of something else than functions.");
        return reader.limits("table");
      });
      if (tables.length > 1) throw new TranslateError("The module has more than one table.");
      if (tables.length === 1) module.table = new Array<number>(tables[0]).fill(-1);
    } else if (id === SECTION.MEMORY) {
      const memories = reader.vector(() => reader.limits("memory"));
      if (memories.length + (module.memoryPages === undefined ? 0 : 1) > 1) {
        throw new TranslateError("The module has more than one memory.");
      }
      if (memories.length === 1) module.memoryPages = memories[0];
    } else if (id === SECTION.GLOBAL) {
      module.globals = reader.vector((index) => {
        const where = `Global ${index}`;
        reader.valueType(where);
        const mutable = reader.byte() === 1;
        return { mutable, ...reader.constant(where) };
      });
    } else if (id === SECTION.EXPORT) {
      module.exports = reader.vector(() => {
        const name = reader.text();
        const kind = EXPORT_KINDS[reader.byte()];
        if (!kind) throw new TranslateError(`The export "${name}" is of an unknown kind.`);
        return { name, kind, index: reader.unsigned() };
      });
    } else if (id === SECTION.START) module.start = reader.unsigned();
    else if (id === SECTION.ELEMENT) readElements(reader, module.table);
    else if (id === SECTION_DATA) {
      module.data = reader.vector((index) => {
        const flags = reader.unsigned();
        if (flags > 2 || (flags === 2 && reader.unsigned() !== 0)) {
          throw new TranslateError(`Data segment ${index} fills a second memory; only one is supported.`);
        }
        const offset = flags === 1 ? undefined : Number(reader.constant(`Data segment ${index}`).bits);
        return { offset, bytes: reader.take(reader.unsigned()) };
      });
    } else if (id !== SECTION_CODE && id !== SECTION_DATA_COUNT) {
      throw new TranslateError(`The module has a section with the number ${id}, which is not supported.`);
    }
  }
  return module;
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

/**
 * The same module for wasm2c: functions are imported as "h" "i<index>", the memory is its own, there are no exports
 * and no custom sections. Function indices do not change. No table or data is lost, so that the code stays valid.
 */
export function writeCanonical(module: WasmModule): Uint8Array {
  const output: number[][] = [HEADER];
  const section = (id: number, bytes: ArrayLike<number>) =>
    output.push([id, ...unsigned(bytes.length)], Array.from(bytes));
  const copy = (id: number) => {
    const bytes = module.sections.get(id);
    if (bytes) section(id, bytes);
  };
  copy(SECTION.TYPE);
  if (module.imports.length > 0) {
    const entries = module.imports.flatMap((entry, index) => [
      ...text("h"),
      ...text(`i${index}`),
      0,
      ...unsigned(module.types.indexOf(entry.type)),
    ]);
    section(SECTION.IMPORT, [...unsigned(module.imports.length), ...entries]);
  }
  copy(SECTION.FUNCTION);
  copy(SECTION.TABLE);
  if (module.memoryPages !== undefined) section(SECTION.MEMORY, [1, 0, ...unsigned(module.memoryPages)]);
  copy(SECTION.GLOBAL);
  copy(SECTION.ELEMENT);
  copy(SECTION_DATA_COUNT);
  copy(SECTION_CODE);
  copy(SECTION_DATA);
  return Uint8Array.from(output.flat());
}
