/** What the lines of a translated function do to pointers, and which lines follow each: what known-pointers.ts reasons from. */

/** Where the memory lies, and how far behind it an access without a check may reach. */
export interface PointerRules {
  readonly base: number;
  readonly memorySize: number;
  readonly guard: number;
}

/** Marks a check that may be dropped, with the largest `end` of the accesses that it stands for. */
export const coveredTo = (end: number): string => ` /* to ${end} */`;

/** A check: the pointer less the base, or the pointer itself where the base is 0 (elsewhere that is an index), the limit, the mark. */
const CHECK =
  /^if \(AOT_UNLIKELY\((?:\((var_\w+) - (\d+)u\)|(var_\w+)) > (\d+)u\)\) goto trap_out_of_bounds;(?: \/\* to (\d+) \*\/)?$/;
const ASSIGNMENT = /^(var_\w+) (?:[-+*/&|^]|<<|>>)?= /;
const COPY = /^(var_\w+) = (var_\w+);$/;
const LITERAL = /^(var_\w+) = (\d+)u;$/;
const SUM = /^(var_\w+) \+= (var_\w+);$/;
const NEGATION = /^(var_\w+) = !\((var_\w+)\);$/;
const SELECTION = /^(var_\w+) = (var_\w+) \? (var_\w+) : (var_\w+);$/;
const CALL = /^(?:var_\w+ = )?(\w+)\(((?:var_\w+(?:, )?)*)\);$/;
const RETURN = /^return (var_\w+);$/;
/** A jump, alone or behind a condition or a case, perhaps with a copy before it. */
const JUMP = /^(if \((var_\w+)\) \{|case \d+: |default: )?(?:(var_\w+) = (var_\w+); )?goto (var_\w+);\}?$/;
const LOCALS = /^uint32_t (var_l\d+ = 0(?:, var_l\d+ = 0)*);$/;
const BRANCH = /^if \((var_\w+)\) \{$/;
const LABEL = /^(var_\w+):;$/;

/** A check of a pointer, for accesses that end up to `end` bytes behind it; Infinity where the guard does not cover them. */
export interface Check {
  readonly pointer: string;
  readonly end: number;
}

/** What a line does, as far as it matters for what is known. */
export interface Effect {
  readonly check?: Check;
  readonly call?: { readonly cName: string; readonly passed: readonly string[] };
  readonly returned?: string;
  /** Variables that begin as 0. */
  readonly zeroed?: readonly string[];
  /** The variable that the line sets: to what it calls returns, to one of the following, or to anything. */
  readonly target?: string;
  readonly copied?: string;
  readonly added?: string;
  readonly literal?: number;
  /** 1 when this variable is 0, else 0. */
  readonly negated?: string;
  readonly selected?: { readonly condition: string; readonly yes: string; readonly no: string };
}

/** The check of a pointer that a line is. */
function checkOf(line: string, rules: PointerRules): Check | undefined {
  const match = CHECK.exec(line);
  if (match === null) return undefined;
  const [, distant, base, plain, limit, end] = match;
  if (Number(base ?? 0) !== rules.base || Number(limit) > rules.memorySize) return undefined;
  return { pointer: distant ?? plain, end: end === undefined ? Number.POSITIVE_INFINITY : Number(end) };
}

/** What `line` does. */
export function effectOf(line: string, rules: PointerRules): Effect {
  const call = CALL.exec(line);
  const literal = LITERAL.exec(line);
  const selected = SELECTION.exec(line);
  return {
    check: checkOf(line, rules),
    call: call === null ? undefined : { cName: call[1], passed: call[2] === "" ? [] : call[2].split(", ") },
    zeroed: LOCALS.exec(line)?.[1]
      .split(", ")
      .map((local) => local.replace(" = 0", "")),
    returned: RETURN.exec(line)?.[1],
    target: ASSIGNMENT.exec(line)?.[1],
    copied: COPY.exec(line)?.[2],
    added: SUM.exec(line)?.[2],
    literal: literal === null ? undefined : Number(literal[2]),
    negated: NEGATION.exec(line)?.[2],
    selected: selected === null ? undefined : { condition: selected[2], yes: selected[3], no: selected[4] },
  };
}

/** True for a line that others jump to. */
export const isLabel = (line: string): boolean => LABEL.test(line);

/** Where control goes from a line: the line after it, other lines, each with what is so on the way. */
export interface Exit {
  readonly line: number;
  /** A copy that is made. */
  readonly copy?: readonly [target: string, source: string];
  /** What is known of the variable that was asked. */
  readonly asked?: { readonly variable: string; readonly isZero: boolean };
}

/** The lines that may follow each line. */
export function exitsOf(lines: readonly string[]): Exit[][] {
  const labels = new Map<string, number>();
  const elseOf = new Map<number, number>();
  const endOf = new Map<number, number>();
  const casesOf = new Map<number, number[]>();
  const open: number[] = [];
  for (const [at, line] of lines.entries()) {
    const label = LABEL.exec(line)?.[1];
    if (label !== undefined) labels.set(label, at);
    if (line === "}" || line === "} else {") {
      const start = open.pop() as number;
      endOf.set(start, at);
      if (line !== "}") elseOf.set(start, at);
    }
    if (/^(case \d+|default): /.test(line)) casesOf.get(open[open.length - 1])?.push(at);
    if (line.endsWith(" {") || line === "} else {") open.push(at);
    if (line.startsWith("switch ")) casesOf.set(at, []);
  }
  return lines.map((line, at): Exit[] => {
    const next = { line: at + 1 };
    const jump = JUMP.exec(line);
    if (jump !== null) {
      const [, , variable, target, source, label] = jump;
      const there = labels.get(label);
      if (there === undefined) return [];
      const exit: Exit = { line: there, copy: target === undefined ? undefined : [target, source] };
      if (variable === undefined) return [exit];
      return [
        { ...exit, asked: { variable, isZero: false } },
        { ...next, asked: { variable, isZero: true } },
      ];
    }
    if (line.startsWith("goto trap_") || line.startsWith("return")) return [];
    if (line.startsWith("switch ")) return (casesOf.get(at) as number[]).map((entry) => ({ line: entry }));
    if (line === "} else {") return [{ line: (endOf.get(at) as number) + 1 }];
    const variable = BRANCH.exec(line)?.[1];
    if (variable !== undefined) {
      const other = (elseOf.get(at) ?? (endOf.get(at) as number)) + 1;
      return [
        { ...next, asked: { variable, isZero: false } },
        { line: other, asked: { variable, isZero: true } },
      ];
    }
    return [next];
  });
}
