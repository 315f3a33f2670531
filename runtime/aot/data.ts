/** The start state of linear memory: which bytes have to be stored in the image, and where they go. */
import type { WasmModule } from "./binary.js";
import { TranslateError } from "./errors.js";

/** A run of bytes that is copied to `offset` when the module starts. */
export interface MemoryRun {
  offset: number;
  bytes: Uint8Array;
}

/** What the data segments make of the memory. */
export interface MemoryImage {
  runs: MemoryRun[];
  /** Bytes of constant data in flash: the start image, and the passive segments. */
  flashBytes: number;
}

/** Zeros within a run, at most. */
const MOST_ZEROS = 4;

/**
 * Lays the active segments over zeros, in order, and gives back what is not zero. Refuses a segment that ends behind
 * `memorySize`. Offsets count from the beginning of the memory, which has the address `base`.
 */
export function memoryRuns(module: WasmModule, memorySize: number, base = 0): MemoryRun[] {
  const active = module.data.flatMap((segment, index) =>
    segment.offset === undefined ? [] : [{ index, offset: segment.offset - base, bytes: segment.bytes }],
  );
  const memory = new Uint8Array(Math.max(0, ...active.map((segment) => segment.offset + segment.bytes.length)));
  for (const { index, offset, bytes } of active) {
    if (offset < 0) throw new TranslateError(`Data segment ${index} begins before address ${base}, the memory's.`);
    if (offset + bytes.length > memorySize) {
      throw new TranslateError(
        `Data segment ${index} ends at byte ${offset + bytes.length}, the memory has ${memorySize}: raise the memory size.`,
      );
    }
    memory.set(bytes, offset);
  }
  const runs: MemoryRun[] = [];
  let start = -1;
  let end = -1;
  const close = () => {
    if (start >= 0) runs.push({ offset: start, bytes: memory.slice(start, end) });
  };
  memory.forEach((byte, position) => {
    if (byte === 0) return;
    if (start < 0 || position - end > MOST_ZEROS) {
      close();
      start = position;
    }
    end = position + 1;
  });
  close();
  return runs;
}

/** Where the initialised data ends: the last active segment, or the heap base where the module tells it. */
export function dataEnd(module: WasmModule): number {
  const heapBase = module.globals.findIndex(
    (_, index) =>
      module.globalNames.get(index) === "~lib/memory/__heap_base" ||
      module.exports.some((entry) => entry.kind === "global" && entry.index === index && entry.name === "__heap_base"),
  );
  const ends = module.data.map((segment) => (segment.offset === undefined ? 0 : segment.offset + segment.bytes.length));
  return Math.max(0, ...ends, heapBase < 0 ? 0 : Number(module.globals[heapBase].bits));
}
