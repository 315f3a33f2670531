/** The start image of a memory as flash holds it: shorter than the bytes themselves, and laid out by one small loop (`aot_lay` in aot.h). */
import type { MemoryRun } from "./data.js";

/*
 * Tokens, each with what follows it. Copies come from what has been laid, so that laying needs no memory of its own; strings of
 * AssemblyScript are UTF-16, mostly with a zero in every second byte.
 *
 *     00000000             the end
 *     0000nnnn             n bytes that follow
 *     00010nnn             n + 1 bytes that follow, a zero behind each
 *     00011zzz zzzzzzzz    z zeros
 *     0xxxxxxx             from 0x20: this byte
 *     1nnnnddd dddddddd    n + 3 bytes, as they are d bytes before
 */
const END = 0x00;
const BYTES = 0x00;
const WIDE = 0x10;
const ZEROS = 0x18;
const ITSELF = 0x20;
const COPY = 0x80;

const MOST_BYTES = 15;
const MOST_WIDE = 8;
const LEAST_COPIED = 3;
const MOST_COPIED = LEAST_COPIED + 15;
/** Of zeros and of the distance of a copy. */
const FARTHEST = 0x7ff;

/** What is done at a position: the kind of token, how many bytes of memory it makes, and how far back they are. */
interface Step {
  kind: number;
  length: number;
  distance: number;
}

/** The longest copy that could be made at each position, as its length (0: none) and its distance. */
function copies(memory: Uint8Array): { lengths: Uint8Array; distances: Uint16Array } {
  const lengths = new Uint8Array(memory.length);
  const distances = new Uint16Array(memory.length);
  const seen = new Map<number, number[]>();
  for (let at = 0; at + LEAST_COPIED <= memory.length; at++) {
    const key = memory[at] | (memory[at + 1] << 8) | (memory[at + 2] << 16);
    if (key === 0) continue; // zeros need no copy
    const places = seen.get(key) ?? [];
    if (places.length === 0) seen.set(key, places);
    for (let index = places.length - 1; index >= 0 && at - places[index] <= FARTHEST; index--) {
      let length = LEAST_COPIED;
      while (length < MOST_COPIED && memory[places[index] + length] === memory[at + length]) length++;
      length = Math.min(length, memory.length - at);
      if (length > lengths[at]) {
        lengths[at] = length;
        distances[at] = at - places[index];
      }
      if (length === MOST_COPIED) break;
    }
    places.push(at);
  }
  return { lengths, distances };
}

/** The shortest way through `memory`: the step to make at each position that it comes to. */
function shortestSteps(memory: Uint8Array): Step[] {
  const { lengths, distances } = copies(memory);
  const costs = new Uint32Array(memory.length + 1);
  const steps: Step[] = new Array(memory.length);
  let zeros = 0;
  for (let at = memory.length - 1; at >= 0; at--) {
    zeros = memory[at] === 0 ? zeros + 1 : 0;
    let least = Number.POSITIVE_INFINITY;
    const consider = (bytes: number, kind: number, length: number, distance = 0) => {
      const cost = bytes + costs[at + length];
      if (cost >= least) return;
      least = cost;
      steps[at] = { kind, length, distance };
    };
    const left = memory.length - at;
    if (memory[at] >= ITSELF && memory[at] < COPY) consider(1, ITSELF, 1);
    for (let length = 1; length <= Math.min(MOST_BYTES, left); length++) consider(1 + length, BYTES, length);
    for (let count = 1; count <= MOST_WIDE && 2 * count <= left && memory[at + 2 * count - 1] === 0; count++) {
      consider(1 + count, WIDE, 2 * count);
    }
    if (zeros > 0) consider(2, ZEROS, Math.min(zeros, FARTHEST));
    for (let length = LEAST_COPIED; length <= lengths[at]; length++) consider(2, COPY, length, distances[at]);
    costs[at] = least;
  }
  return steps;
}

/** The tokens that lay `runs` over a memory of zeros; none when there are no runs. */
export function storedImage(runs: readonly MemoryRun[]): Uint8Array {
  const memory = new Uint8Array(Math.max(0, ...runs.map(({ offset, bytes }) => offset + bytes.length)));
  for (const { offset, bytes } of runs) memory.set(bytes, offset);
  if (memory.length === 0) return memory;
  const steps = shortestSteps(memory);
  const stored: number[] = [];
  for (let at = 0; at < memory.length; at += steps[at].length) {
    const { kind, length, distance } = steps[at];
    if (kind === ITSELF) stored.push(memory[at]);
    else if (kind === ZEROS) stored.push(ZEROS | (length >> 8), length & 0xff);
    else if (kind === COPY) stored.push(COPY | ((length - LEAST_COPIED) << 3) | (distance >> 8), distance & 0xff);
    else {
      const stride = kind === WIDE ? 2 : 1;
      stored.push(kind === WIDE ? WIDE | (length / stride - 1) : BYTES | length);
      for (let from = at; from < at + length; from += stride) stored.push(memory[from]);
    }
  }
  stored.push(END);
  return Uint8Array.from(stored);
}

/** Lays `stored` over `memory`, which is zero, as `aot_lay` does; how many bytes it made. For tests. */
export function layImage(stored: Uint8Array, memory: Uint8Array): number {
  let to = 0;
  let from = 0;
  for (let token = stored[from++]; token !== END; token = stored[from++]) {
    const number = () => ((token & 7) << 8) | stored[from++];
    if (token >= COPY) {
      const distance = number();
      for (let count = ((token >> 3) & 15) + LEAST_COPIED; count > 0; count--, to++) memory[to] = memory[to - distance];
    } else if (token >= ITSELF) memory[to++] = token;
    else if (token >= ZEROS) to += number();
    else if (token >= WIDE) for (let count = token - WIDE + 1; count > 0; count--, to += 2) memory[to] = stored[from++];
    else for (let count = token; count > 0; count--) memory[to++] = stored[from++];
  }
  return to;
}
