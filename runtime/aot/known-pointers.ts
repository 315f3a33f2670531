/**
 * Drops bounds checks that cannot fail, over all functions of a module at once: of a pointer that was checked before on every way that leads
 * there, in this function or in each of its callers, and of one that lies a few bytes behind such a pointer.
 *
 * What is known of a variable is its `slack`: the pointer lies at most so many bytes behind the end of the memory, and not before its beginning. A
 * check that was passed leaves a slack of 0, adding a constant makes it larger. An access that ends `end` bytes behind its pointer needs no check
 * while slack + end is not more than the guard (the uniform check, docs/aot.md).
 *
 * A function's parameters know what the arguments of all its calls know. Nothing is known of those of exports and of functions in the table. The
 * analysis starts from "everything is known" and takes back what some call or way contradicts, until nothing changes.
 */

/** A function as C statements. */
export interface FunctionLines {
  readonly cName: string;
  /** Called from elsewhere: an export, the start function, an entry of the table. */
  readonly isEntry: boolean;
  readonly lines: readonly string[];
}

export interface PointerRules {
  /** Where the memory lies. */
  readonly base: number;
  readonly memorySize: number;
  readonly guard: number;
}

/** Marks a check that may be dropped, with the largest `end` of the accesses that it stands for. */
export const coveredTo = (end: number): string => ` /* to ${end} */`;

/** Slack by variable; a variable that is not there may hold anything. */
type Known = Map<string, number>;

/** A check: the pointer less the base, or the pointer itself where the base is 0 (elsewhere that is an index), the limit, the mark. */
const CHECK =
  /^if \(AOT_UNLIKELY\((?:\((var_\w+) - (\d+)u\)|(var_\w+)) > (\d+)u\)\) goto trap_out_of_bounds;(?: \/\* to (\d+) \*\/)?$/;
const ASSIGNMENT = /^(var_\w+) (?:[-+*/&|^]|<<|>>)?= /;
const COPY = /^(var_\w+) = (var_\w+);$/;
const LITERAL = /^(var_\w+) = (\d+)u;$/;
const SUM = /^(var_\w+) \+= (var_\w+);$/;
const CALL = /^(?:var_\w+ = )?(\w+)\(((?:var_\w+(?:, )?)*)\);$/;
/** A jump, alone or behind a condition or a case, perhaps with a copy before it. */
const JUMP = /^(if \(var_\w+\) \{|case \d+: |default: )?(?:(var_\w+) = (var_\w+); )?goto (var_\w+);\}?$/;
const LABEL = /^(var_\w+):;$/;

/** A check of a pointer, for accesses that end up to `end` bytes behind it; Infinity where the guard does not cover them. */
interface Check {
  readonly pointer: string;
  readonly end: number;
}

/** Where control goes from a line: the line after it, other lines, each with the copy that is made on the way. */
interface Exit {
  readonly line: number;
  readonly copy?: readonly [target: string, source: string];
}

/** The lines that may follow each line. */
function exitsOf(lines: readonly string[]): Exit[][] {
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
      const target = labels.get(jump[4]);
      if (target === undefined) return [];
      const exit: Exit = { line: target, copy: jump[2] === undefined ? undefined : [jump[2], jump[3]] };
      return jump[1]?.startsWith("if ") ? [exit, next] : [exit];
    }
    if (line.startsWith("goto trap_") || line.startsWith("return")) return [];
    if (line.startsWith("switch ")) return (casesOf.get(at) as number[]).map((entry) => ({ line: entry }));
    if (line === "} else {") return [{ line: (endOf.get(at) as number) + 1 }];
    if (/^if \(var_\w+\) \{$/.test(line)) {
      return [next, { line: (elseOf.get(at) ?? (endOf.get(at) as number)) + 1 }];
    }
    return [next];
  });
}

/** What is known where two ways meet. A slack that grows each time round a loop has no bound. */
function meet(known: Known, other: Known, isLoop: boolean): boolean {
  let changed = false;
  for (const [variable, slack] of known) {
    const there = other.get(variable);
    if (there !== undefined && there <= slack) continue;
    changed = true;
    if (there === undefined || isLoop) known.delete(variable);
    else known.set(variable, there);
  }
  return changed;
}

/** One function: what is known at each of its lines. */
class FunctionPointers {
  private readonly exits: Exit[][];
  /** Lines that more than one line leads to, or not the one before: where a straight line begins. */
  private readonly starts = new Set<number>([0]);

  constructor(
    readonly text: FunctionLines,
    private readonly rules: PointerRules,
  ) {
    this.exits = exitsOf(text.lines);
    for (const [at, exits] of this.exits.entries()) {
      for (const exit of exits) if (exit.line !== at + 1 || exits.length > 1) this.starts.add(exit.line);
      if (exits.length === 0) this.starts.add(at + 1);
    }
    for (const [at, line] of text.lines.entries()) if (LABEL.test(line)) this.starts.add(at);
  }

  /**
   * Follows all ways from what is known of the parameters.
   * @param atCall what is known of the arguments of a call; @param atCheck whether the check in that line can fail
   */
  follow(
    parameters: Known,
    atCall: (cName: string, slacks: (number | undefined)[]) => void,
    atCheck: (line: number, needed: boolean) => void,
  ): void {
    const before = new Map<number, Known>([[0, new Map(parameters)]]);
    const waiting = [0];
    const reach = (exit: Exit, known: Known): void => {
      if (exit.line >= this.text.lines.length) return;
      const arriving = new Map(known);
      if (exit.copy !== undefined) copyKnown(arriving, exit.copy[0], exit.copy[1]);
      const there = before.get(exit.line);
      if (there === undefined) before.set(exit.line, arriving);
      else if (!meet(there, arriving, true)) return;
      if (!waiting.includes(exit.line)) waiting.push(exit.line);
    };
    while (waiting.length > 0) this.straight(waiting.pop() as number, before, reach);
    for (const [start, known] of before) {
      let at = start;
      const walk = new StraightLine(known, this.rules);
      for (;;) {
        const line = this.text.lines[at];
        const check = walk.checkOf(line);
        if (check !== undefined) atCheck(at, !walk.isKnown(check));
        const call = CALL.exec(line);
        if (call !== null) atCall(call[1], call[2] === "" ? [] : call[2].split(", ").map((name) => walk.slackOf(name)));
        walk.pass(line);
        const exits = this.exits[at];
        if (exits.length !== 1 || exits[0].line !== at + 1 || this.starts.has(at + 1)) break;
        at++;
        if (at >= this.text.lines.length) break;
      }
    }
  }

  /** From `start` to where the straight line ends. */
  private straight(start: number, before: Map<number, Known>, reach: (exit: Exit, known: Known) => void): void {
    const walk = new StraightLine(before.get(start) as Known, this.rules);
    for (let at = start; at < this.text.lines.length; at++) {
      walk.pass(this.text.lines[at]);
      const exits = this.exits[at];
      if (exits.length === 1 && exits[0].line === at + 1 && !this.starts.has(at + 1)) continue;
      for (const exit of exits) reach(exit, walk.known);
      return;
    }
  }
}

function copyKnown(known: Known, target: string, source: string): void {
  const slack = known.get(source);
  if (slack === undefined) known.delete(target);
  else known.set(target, slack);
}

/** What is known along a straight line, where it is also known which variables hold the same. */
class StraightLine {
  readonly known: Known;
  private readonly same = new Map<string, number>();
  private readonly constants = new Map<string, number>();
  private nextValue = 0;

  constructor(
    known: Known,
    private readonly rules: PointerRules,
  ) {
    this.known = new Map(known);
  }

  slackOf(variable: string): number | undefined {
    return this.known.get(variable);
  }

  /** The check of a pointer that a line is. */
  checkOf(line: string): Check | undefined {
    const match = CHECK.exec(line);
    if (match === null) return undefined;
    const [, distant, base, plain, limit, end] = match;
    if (Number(base ?? 0) !== this.rules.base || Number(limit) > this.rules.memorySize) return undefined;
    return { pointer: distant ?? plain, end: end === undefined ? Number.POSITIVE_INFINITY : Number(end) };
  }

  /** True when `check` cannot fail, or need not be made. */
  isKnown(check: Check): boolean {
    const slack = this.known.get(check.pointer);
    return slack !== undefined && slack + check.end <= this.rules.guard;
  }

  pass(line: string): void {
    const check = this.checkOf(line);
    if (check !== undefined) this.learn(check.pointer);
    const target = ASSIGNMENT.exec(line)?.[1];
    if (target === undefined) return;
    const copy = COPY.exec(line);
    if (copy !== null) {
      this.same.set(target, this.valueOf(copy[2]));
      copyKnown(this.known, target, copy[2]);
      const constant = this.constants.get(copy[2]);
      if (constant === undefined) this.constants.delete(target);
      else this.constants.set(target, constant);
      return;
    }
    const added = SUM.exec(line);
    const slack = added === null ? undefined : this.sumSlack(target, added[2]);
    const literal = LITERAL.exec(line);
    this.same.set(target, this.nextValue++);
    this.constants.delete(target);
    this.known.delete(target);
    if (literal !== null) {
      const value = Number(literal[2]);
      this.constants.set(target, value);
      const distance = value - this.rules.base;
      if (distance >= 0 && distance <= this.rules.memorySize) this.known.set(target, 0);
    } else if (slack !== undefined) {
      this.known.set(target, slack);
    }
  }

  /** Slack of a pointer and a small constant together, whichever of the two is which. */
  private sumSlack(left: string, right: string): number | undefined {
    for (const [pointer, number] of [
      [left, right],
      [right, left],
    ]) {
      const slack = this.known.get(pointer);
      const constant = this.constants.get(number);
      if (slack === undefined || constant === undefined || constant > this.rules.guard) continue;
      if (slack + constant <= this.rules.guard) return slack + constant;
    }
    return undefined;
  }

  /** The check of `variable` was passed: all that hold the same are known. */
  private learn(variable: string): void {
    const value = this.valueOf(variable);
    for (const [name, number] of this.same) if (number === value) this.known.set(name, 0);
    this.known.set(variable, 0);
  }

  private valueOf(variable: string): number {
    const value = this.same.get(variable);
    if (value !== undefined) return value;
    this.same.set(variable, this.nextValue);
    return this.nextValue++;
  }
}

/** The functions without the checks that cannot fail, in the order of `functions`. */
export function dropKnownChecks(functions: readonly FunctionLines[], rules: PointerRules): string[][] {
  const all = functions.map((text) => new FunctionPointers(text, rules));
  const byName = new Map(functions.map(({ cName }, index) => [cName, index]));
  /** What is known of the parameters; undefined while no call has been seen. */
  const entries = functions.map(({ isEntry }): Known | undefined => (isEntry ? new Map() : undefined));
  const waiting = functions.flatMap(({ isEntry }, index) => (isEntry ? [index] : []));
  while (waiting.length > 0) {
    const index = waiting.pop() as number;
    const called = (cName: string, slacks: (number | undefined)[]): void => {
      const callee = byName.get(cName);
      if (callee === undefined) return;
      const known: Known = new Map();
      for (const [position, slack] of slacks.entries()) if (slack !== undefined) known.set(`var_p${position}`, slack);
      const there = entries[callee];
      if (there === undefined) entries[callee] = known;
      else if (!meet(there, known, false)) return;
      if (!waiting.includes(callee)) waiting.push(callee);
    };
    all[index].follow(entries[index] as Known, called, () => {});
  }
  return all.map(({ text }, index) => {
    const entry = entries[index];
    const dropped = new Set<number>();
    if (entry !== undefined) {
      all[index].follow(
        entry,
        () => {},
        (line, isNeeded) => {
          if (!isNeeded) dropped.add(line);
        },
      );
    }
    // What is never called keeps its checks: nothing is known of it.
    return text.lines.filter((_, at) => entry === undefined || !dropped.has(at));
  });
}
