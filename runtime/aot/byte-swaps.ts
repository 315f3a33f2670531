/**
 * Two bytes that are swapped. The core swaps all four of a word and shifts (net/base/be.ts), which is two instructions on ARM; of a value that
 * was loaded as 16 bits Binaryen leaves `((x << 24) | ((x & 0xff00) << 8)) >> 16`, in which GCC sees no swap any more and takes five.
 */

/** The lines of that expression after `x` is in the slot and in the local; slots above the first are not read again. */
function isSwap(lines: readonly string[], at: number): { readonly slot: string; readonly local: string } | undefined {
  const slot = /^(var_i\d+) <<= \(var_i\d+ & 31\);$/.exec(lines[at + 1] ?? "")?.[1];
  const upper = /^(var_i\d+) = 24u;$/.exec(lines[at])?.[1];
  const local = /^var_i\d+ = (var_[pl]\d+);$/.exec(lines[at + 2] ?? "")?.[1];
  const third = /^(var_i\d+) = 65280u;$/.exec(lines[at + 3] ?? "")?.[1];
  if (slot === undefined || upper === undefined || local === undefined || third === undefined) return undefined;
  const expected = [
    `${upper} = 24u;`,
    `${slot} <<= (${upper} & 31);`,
    `${upper} = ${local};`,
    `${third} = 65280u;`,
    `${upper} &= ${third};`,
    `${third} = 8u;`,
    `${upper} <<= (${third} & 31);`,
    `${slot} |= ${upper};`,
    `${upper} = 16u;`,
    `${slot} >>= (${upper} & 31);`,
  ];
  if (new Set([slot, upper, third]).size < 3) return undefined;
  return expected.every((line, index) => lines[at + index] === line) ? { slot, local } : undefined;
}

const LENGTH = 10;

/** The statements of a function, with each such expression as one call. */
export function joinByteSwaps(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const swap = isSwap(lines, at);
    const before = lines[at - 1];
    // The slot holds what the local holds: one has just been copied to the other.
    if (swap !== undefined && [`${swap.slot} = ${swap.local};`, `${swap.local} = ${swap.slot};`].includes(before)) {
      joined.push(`${swap.slot} = aot_swap16(${swap.slot});`);
      at += LENGTH;
    } else {
      joined.push(lines[at]);
      at++;
    }
  }
  return joined;
}
