/**
 * Bounds checks as calls, for images that have to be small: `sub`, `cmp` and `bhi` of each check are ten bytes on Thumb-2, the call of a
 * function that makes them is four, and the trap lies in that function. The C text asks for it with two macros of aot.h, which mean the
 * check itself where there is no such function.
 */

/** Where the memory lies, and how the module is called. */
export interface CheckedMemory {
  readonly name: string;
  readonly base: number;
  readonly memorySize: number;
}

/** The uniform check of a pointer into a placed memory, as body.ts writes it. */
const CHECK = /^if \(AOT_UNLIKELY\(\((var_\w+) - (\d+)u\) > (\d+)u\)\) goto trap_out_of_bounds;(?: \/\* to \d+ \*\/)?$/;

/** The check of a range, and what is done with it behind one or two of them. */
const RANGE =
  /^if \(AOT_UNLIKELY\((?:AOT_OUTSIDE\(\((var_\w+) - \d+u\), var_\w+, \d+u\)|\((var_\w+) - \d+u\) > \d+u)\)\) goto trap_out_of_bounds;$/;
const PLACE = String.raw`\(unsigned char \*\)\(uintptr_t\)(var_\w+)`;
const COPY = new RegExp(`^__builtin_memmove\\(${PLACE}, ${PLACE}, (var_\\w+)\\);$`);
const FILL = new RegExp(`^__builtin_memset\\(${PLACE}, \\(uint8_t\\)(var_\\w+), (var_\\w+)\\);$`);

/** True for a number that is an immediate of Thumb-2: eight bits at any place, or one of three patterns of a byte. */
function isImmediate(value: number): boolean {
  const low = value & 0xff;
  const patterns = [low, (low << 16) | low, ((value >>> 8) & 0xff) * 0x0100_0100, low * 0x0101_0101];
  if (patterns.some((pattern) => pattern >>> 0 === value)) return true;
  // What is left of eight bits that start at the highest one is 0.
  return (value & (2 ** Math.max(0, 24 - Math.clz32(value)) - 1)) === 0;
}

/** True where the functions can be made: both numbers have to be immediates. */
export function canCallChecks({ base, memorySize }: CheckedMemory): boolean {
  return base > 0 && isImmediate(base) && isImmediate(memorySize);
}

/** The pointer whose range a line checks. */
function rangeStart(line = ""): string | undefined {
  const [, checked, known] = RANGE.exec(line) ?? [];
  return checked ?? known;
}

/** `memory.copy` and `memory.fill` behind checks of their ranges, which the functions that are called instead make themselves. */
function callBulk(lines: readonly string[], { name, base, memorySize }: CheckedMemory): string[] {
  const result: string[] = [];
  for (const line of lines) {
    const [, to, from, length] = COPY.exec(line) ?? [];
    const [, start, value, count] = FILL.exec(line) ?? [];
    let checks = 0;
    for (const pointer of [from, to ?? start]) {
      if (pointer === undefined || rangeStart(result.at(-1)) !== pointer) continue;
      result.pop();
      checks++;
    }
    const memory = `${name}, ${base}u, ${memorySize}u`;
    if (checks === 0) result.push(line);
    else if (to === undefined) result.push(`AOT_FILL_CALL(${memory}, ${start}, ${value}, ${count});`);
    else result.push(`AOT_COPY_CALL(${memory}, ${to}, ${from}, ${length});`);
  }
  return result;
}

/** The statements of a function, with each check of a pointer against the whole memory as a call, and those of ranges with what is done with them. */
export function callChecks(lines: readonly string[], memory: CheckedMemory): string[] {
  const { name, base, memorySize } = memory;
  return callBulk(lines, memory).map((line) => {
    const [, pointer, from, limit] = CHECK.exec(line) ?? [];
    if (Number(from) !== base || Number(limit) !== memorySize) return line;
    return `AOT_CHECK_CALL(${name}, ${pointer}, (${pointer} - ${base}u) > ${memorySize}u);`;
  });
}

/** What defines the functions that `callChecks` calls. */
export function checkFunctions({ name, base, memorySize }: CheckedMemory): string {
  return `AOT_CHECK_FUNCTIONS(${name}, ${base}u, ${memorySize}u)`;
}
