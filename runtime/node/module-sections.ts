/** The sections of a WebAssembly binary, and the function names in it. */

export const SECTION_CUSTOM = 0;
export const SECTION_TYPE = 1;
export const SECTION_IMPORT = 2;
export const SECTION_MEMORY = 5;
export const SECTION_GLOBAL = 6;
export const SECTION_EXPORT = 7;

const HEADER_BYTES = 8;
/** Subsection of the "name" section that has the names of functions. */
const FUNCTION_NAMES = 1;

/** Reads numbers and names from bytes, from front to back. */
export class Reader {
  offset = 0;

  constructor(readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  byte(): number {
    if (this.atEnd) throw new RangeError("the WebAssembly module ends too early");
    return this.bytes[this.offset++];
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number in the WebAssembly module has more than 32 bits");
  }

  /** A signed LEB128 number of at most 32 bits. */
  signed(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
    throw new RangeError("a number in the WebAssembly module has more than 32 bits");
  }

  take(length: number): Uint8Array {
    if (this.offset + length > this.bytes.length) throw new RangeError("the WebAssembly module ends too early");
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  name(): string {
    return new TextDecoder().decode(this.take(this.unsigned()).slice());
  }
}

/** `value` as unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest % 0x80;
    rest = Math.floor(rest / 0x80);
    bytes.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return bytes;
}

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

/** All sections, in order. @throws RangeError when it is no WebAssembly module */
export function readSections(module: Uint8Array): Section[] {
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (magic.some((byte, index) => module[index] !== byte)) throw new RangeError("this is no WebAssembly module");
  const reader = new Reader(module);
  reader.take(HEADER_BYTES);
  const sections: Section[] = [];
  while (!reader.atEnd) {
    const id = reader.byte();
    sections.push({ id, content: reader.take(reader.unsigned()) });
  }
  return sections;
}

/** A module of these sections. */
export function writeSections(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)];
  for (const { id, content } of sections) parts.push(Uint8Array.from([id, ...unsigned(content.length)]), content);
  const module = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    module.set(part, at);
    at += part.length;
  }
  return module;
}

/** Kind of an export or import that is a global. */
const KIND_GLOBAL = 3;
const I32 = 0x7f;
const I32_CONST = 0x41;

/** Number of globals that a module imports. */
function importedGlobals(sections: readonly Section[]): number {
  const section = sections.find(({ id }) => id === SECTION_IMPORT);
  if (section === undefined) return 0;
  const reader = new Reader(section.content);
  let globals = 0;
  for (let count = reader.unsigned(); count > 0; count--) {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind === KIND_GLOBAL) {
      globals++;
      reader.take(2);
    } else if (kind === 0) {
      reader.unsigned();
    } else {
      // A table says the type of its elements first.
      if (kind === 1) reader.byte();
      const limits = reader.byte();
      reader.unsigned();
      if (limits & 1) reader.unsigned();
    }
  }
  return globals;
}

/** The value of an exported i32 global that is a constant, or undefined when there is none of this name. */
export function exportedConstant(module: Uint8Array, name: string): number | undefined {
  const sections = readSections(module);
  const exports = sections.find(({ id }) => id === SECTION_EXPORT);
  const globals = sections.find(({ id }) => id === SECTION_GLOBAL);
  if (exports === undefined || globals === undefined) return undefined;
  let index: number | undefined;
  const entries = new Reader(exports.content);
  for (let count = entries.unsigned(); count > 0; count--) {
    const found = entries.name() === name;
    const kind = entries.byte();
    const at = entries.unsigned();
    if (found && kind === KIND_GLOBAL) index = at;
  }
  if (index === undefined) return undefined;
  const reader = new Reader(globals.content);
  index -= importedGlobals(sections);
  for (let at = 0, count = reader.unsigned(); at < count; at++) {
    const type = reader.byte();
    reader.byte();
    // Initial values of other forms have no length that could be skipped; what links C puts none before this one.
    if (type !== I32 || reader.byte() !== I32_CONST) return undefined;
    const value = reader.signed();
    reader.byte();
    if (at === index) return value >>> 0;
  }
  return undefined;
}

/** Names of functions by index (imports count), from the name section; empty when there is none. */
export function functionNames(module: WebAssembly.Module): Map<number, string> {
  const names = new Map<number, string>();
  for (const section of WebAssembly.Module.customSections(module, "name")) {
    const reader = new Reader(new Uint8Array(section));
    while (!reader.atEnd) {
      const kind = reader.byte();
      const part = new Reader(reader.take(reader.unsigned()));
      if (kind !== FUNCTION_NAMES) continue;
      for (let count = part.unsigned(); count > 0; count--) {
        const index = part.unsigned();
        names.set(index, part.name());
      }
    }
  }
  return names;
}
