/**
 * Accesses at constant addresses near each other share one address in a register, of which each is a few bytes ahead: `AOT_NEAR(anchor, ahead)`.
 * A load or store of Thumb takes two bytes that way, and the register a literal; on its own GCC takes the beginning of the memory for all of
 * them, and four bytes for each. For a memory that lies where its addresses say.
 */

/** Bytes from a register that an instruction of two bytes reaches, by the bits of the access: 31 times its size. */
const REACH: Readonly<Record<string, number>> = { "8": 31, "16": 62, "32": 124, load64: 120, store64: 120 };

const ACCESS =
  /\b(?:AOT_AT|aot_)(8|16|32|load64|store64)\(\(unsigned char \*\)\(uintptr_t\)(var_\w+)(?: \+ (\d+)u)?(?=[),])/g;
const COPY = /^(var_\w+) = (var_[ipl]\d+);$/;
const LITERAL = /^(var_\w+) = (\d+)u;$/;
const ASSIGNMENT = /^(var_\w+) (?:[-+*/&|^]|<<|>>)?= /;

/** An access whose address is known. */
interface Fixed {
  readonly line: number;
  /** The expression of the pointer's place in the line. */
  readonly from: number;
  readonly to: number;
  readonly address: number;
  readonly reach: number;
}

/** Constants that variables hold along straight lines: what is assigned before a label, or in a block, is not known behind it. */
class Constants {
  private readonly held = new Map<string, number>();

  get(variable: string): number | undefined {
    return this.held.get(variable);
  }

  pass(line: string): void {
    if (line.startsWith("}") || line.endsWith(":;")) {
      this.held.clear();
      return;
    }
    const target = ASSIGNMENT.exec(line)?.[1];
    if (target === undefined) return;
    const copied = COPY.exec(line)?.[2];
    const literal = LITERAL.exec(line)?.[2];
    const value = copied !== undefined ? this.held.get(copied) : literal && Number(literal);
    if (value === undefined) this.held.delete(target);
    else this.held.set(target, Number(value));
  }
}

function fixedAccesses(lines: readonly string[]): Fixed[] {
  const constants = new Constants();
  return lines.flatMap((line, at) => {
    const found = [...line.matchAll(ACCESS)].flatMap((match): Fixed[] => {
      const [whole, kind, variable, offset] = match;
      const start = constants.get(variable);
      if (start === undefined) return [];
      const from = match.index + whole.indexOf("(unsigned char");
      const place = { line: at, from, to: match.index + whole.length };
      return [{ ...place, address: start + Number(offset ?? 0), reach: REACH[kind] }];
    });
    constants.pass(line);
    return found;
  });
}

/** The statements of a function, with accesses near each other by way of one address. */
export function joinAnchors(lines: readonly string[]): string[] {
  const result = [...lines];
  let left = fixedAccesses(lines).sort((a, b) => a.address - b.address || a.line - b.line);
  while (left.length > 0) {
    // On a word: what else is near it lies on words, too, and they are reached by multiples of their size.
    const anchor = left[0].address & ~3;
    const near = left.filter((access) => access.address - anchor <= access.reach);
    left = left.filter((access) => access !== left[0] && !near.includes(access));
    if (near.length < 2) continue;
    // The last of a line first, so that the places of the others stay.
    for (const { line, from, to, address } of near.sort((a, b) => b.from - a.from)) {
      const text = result[line];
      result[line] = `${text.slice(0, from)}AOT_NEAR(${anchor}u, ${address - anchor}u)${text.slice(to)}`;
    }
  }
  return result;
}
