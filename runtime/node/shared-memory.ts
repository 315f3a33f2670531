/**
 * Makes an application's memory reachable from two threads: the memory section of the module becomes the import of a
 * shared memory. Everything else stays: code, data segments, data count, exports ("memory" is then the imported one).
 */
import {
  Reader,
  readSections,
  SECTION_CUSTOM,
  SECTION_IMPORT,
  SECTION_MEMORY,
  SECTION_TYPE,
  type Section,
  unsigned,
  writeSections,
} from "./module-sections.js";

export const MEMORY_IMPORT_MODULE = "socklet_host";
export const MEMORY_IMPORT_NAME = "memory";

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65_536;

const KIND_FUNCTION = 0;
const KIND_TABLE = 1;
const KIND_MEMORY = 2;
const KIND_GLOBAL = 3;
const KIND_TAG = 4;
/** Limits with a maximum; of a shared memory. */
const LIMITS_MAXIMUM = 1;
const LIMITS_SHARED_MAXIMUM = 3;

export interface SharedMemoryModule {
  /** The module, which now imports `socklet_host.memory`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Pages of the memory to give it: as many as it declares, at least `bytes`. It cannot grow. */
  readonly pages: number;
}

/**
 * @param module a module with one memory, its own or imported
 * @param bytes  CONFIG_APP_MEMORY_SIZE: the memory has at least so many
 * @throws RangeError when the module has no memory, or more than one
 */
export function importSharedMemory(module: Uint8Array, bytes: number): SharedMemoryModule {
  const sections = readSections(module);
  const declared = declaredPages(sections);
  const pages = Math.max(declared, Math.ceil(bytes / PAGE_BYTES), 1);
  const entry = memoryImport(pages);
  const others = importEntries(sections).filter(({ kind }) => kind !== KIND_MEMORY);
  const content = Uint8Array.from([
    ...unsigned(others.length + 1),
    ...entry,
    ...others.flatMap(({ bytes: each }) => [...each]),
  ]);
  const rewritten: Section[] = [];
  let placed = false;
  const place = (): void => {
    if (!placed) rewritten.push({ id: SECTION_IMPORT, content });
    placed = true;
  };
  for (const section of sections) {
    if (section.id === SECTION_MEMORY) continue;
    if (section.id === SECTION_IMPORT) {
      place();
      continue;
    }
    // The import section follows the types and comes before all other sections but custom ones.
    if (section.id !== SECTION_CUSTOM && section.id !== SECTION_TYPE) place();
    rewritten.push(section);
  }
  place();
  return { wasm: writeSections(rewritten), pages };
}

function memoryImport(pages: number): number[] {
  const text = (name: string): number[] => {
    const encoded = new TextEncoder().encode(name);
    return [...unsigned(encoded.length), ...encoded];
  };
  const limits = [LIMITS_SHARED_MAXIMUM, ...unsigned(pages), ...unsigned(pages)];
  return [...text(MEMORY_IMPORT_MODULE), ...text(MEMORY_IMPORT_NAME), KIND_MEMORY, ...limits];
}

/** Pages that the module asks for at the start. */
function declaredPages(sections: readonly Section[]): number {
  const found: number[] = [];
  for (const { id, content } of sections) {
    if (id !== SECTION_MEMORY) continue;
    const reader = new Reader(content);
    for (let count = reader.unsigned(); count > 0; count--) found.push(readLimits(reader));
  }
  for (const { kind, pages } of importEntries(sections)) if (kind === KIND_MEMORY) found.push(pages);
  if (found.length !== 1) throw new RangeError(`the application has ${found.length} memories; it must have one`);
  return found[0];
}

/** Reads limits; the minimum. */
function readLimits(reader: Reader): number {
  const flags = reader.byte();
  const minimum = reader.unsigned();
  if (flags & LIMITS_MAXIMUM) reader.unsigned();
  return minimum;
}

interface ImportEntry {
  readonly kind: number;
  /** Minimum of a memory. */
  readonly pages: number;
  readonly bytes: Uint8Array;
}

function importEntries(sections: readonly Section[]): ImportEntry[] {
  const section = sections.find(({ id }) => id === SECTION_IMPORT);
  if (section === undefined) return [];
  const reader = new Reader(section.content);
  const entries: ImportEntry[] = [];
  for (let count = reader.unsigned(); count > 0; count--) {
    const start = reader.offset;
    reader.name();
    reader.name();
    const kind = reader.byte();
    let pages = 0;
    if (kind === KIND_FUNCTION) reader.unsigned();
    else if (kind === KIND_MEMORY) pages = readLimits(reader);
    else if (kind === KIND_TABLE) {
      reader.byte();
      readLimits(reader);
    } else if (kind === KIND_GLOBAL) reader.take(2);
    else if (kind === KIND_TAG) {
      reader.byte();
      reader.unsigned();
    } else throw new RangeError(`the application imports something of the unknown kind ${kind}`);
    entries.push({ kind, pages, bytes: section.content.subarray(start, reader.offset) });
  }
  return entries;
}
