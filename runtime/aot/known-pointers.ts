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

/** What a line does, as far as it matters for what is known. */
interface Effect {
  readonly check?: Check;
  readonly call?: { readonly cName: string; readonly passed: readonly string[] };
  /** The variable that the line sets, to one of the following or to anything. */
  readonly target?: string;
  readonly copied?: string;
  readonly added?: string;
  readonly literal?: number;
}

function effectOf(line: string, rules: PointerRules): Effect {
  const call = CALL.exec(line);
  const literal = LITERAL.exec(line);
  return {
    check: checkOf(line, rules),
    call: call === null ? undefined : { cName: call[1], passed: call[2] === "" ? [] : call[2].split(", ") },
    target: ASSIGNMENT.exec(line)?.[1],
    copied: COPY.exec(line)?.[2],
    added: SUM.exec(line)?.[2],
    literal: literal === null ? undefined : Number(literal[2]),
  };
}

/** The check of a pointer that a line is. */
function checkOf(line: string, rules: PointerRules): Check | undefined {
  const match = CHECK.exec(line);
  if (match === null) return undefined;
  const [, distant, base, plain, limit, end] = match;
  if (Number(base ?? 0) !== rules.base || Number(limit) > rules.memorySize) return undefined;
  return { pointer: distant ?? plain, end: end === undefined ? Number.POSITIVE_INFINITY : Number(end) };
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
  private readonly effects: readonly Effect[];
  private readonly exits: Exit[][];
  /** Lines that more than one line leads to, or not the one before: where a straight line begins. */
  private readonly starts = new Set<number>([0]);

  constructor(
    readonly text: FunctionLines,
    private readonly rules: PointerRules,
  ) {
    this.effects = text.lines.map((line) => effectOf(line, rules));
    this.exits = exitsOf(text.lines);
    for (const [at, exits] of this.exits.entries()) {
      for (const exit of exits) if (exit.line !== at + 1 || exits.length > 1) this.starts.add(exit.line);
      if (exits.length === 0) this.starts.add(at + 1);
    }
    for (const [at, line] of text.lines.entries()) if (LABEL.test(line)) this.starts.add(at);
  }

  /**
   * Follows all ways from what is known of the parameters, then goes through all lines that were reached once more.
   * @param visit a line that was reached, and what is known before it
   */
  follow(parameters: Known, visit: (effect: Effect, line: number, known: StraightLine) => void): void {
    // A function may be empty.
    if (this.effects.length === 0) return;
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
    while (waiting.length > 0) {
      const start = waiting.pop() as number;
      const known = new StraightLine(before.get(start) as Known, this.rules);
      for (const exit of this.exits[this.walk(start, known)]) reach(exit, known.known);
    }
    for (const [start, known] of before) this.walk(start, new StraightLine(known, this.rules), visit);
  }

  /** From `start` along the straight line; returns its last line. */
  private walk(
    start: number,
    known: StraightLine,
    visit?: (effect: Effect, line: number, known: StraightLine) => void,
  ): number {
    for (let at = start; ; at++) {
      const effect = this.effects[at];
      visit?.(effect, at, known);
      known.pass(effect);
      const exits = this.exits[at];
      const goesOn = exits.length === 1 && exits[0].line === at + 1 && !this.starts.has(at + 1);
      if (!goesOn || at + 1 === this.effects.length) return at;
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

  /** True when `check` cannot fail, or need not be made. */
  isKnown(check: Check): boolean {
    const slack = this.known.get(check.pointer);
    return slack !== undefined && slack + check.end <= this.rules.guard;
  }

  pass({ check, target, copied, added, literal }: Effect): void {
    if (check !== undefined) this.learn(check.pointer);
    if (target === undefined) return;
    if (copied !== undefined) {
      this.same.set(target, this.valueOf(copied));
      copyKnown(this.known, target, copied);
      const constant = this.constants.get(copied);
      if (constant === undefined) this.constants.delete(target);
      else this.constants.set(target, constant);
      return;
    }
    const slack = added === undefined ? undefined : this.sumSlack(target, added);
    this.same.set(target, this.nextValue++);
    this.constants.delete(target);
    this.known.delete(target);
    if (literal !== undefined) {
      this.constants.set(target, literal);
      const distance = literal - this.rules.base;
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
    all[index].follow(entries[index] as Known, ({ call }, _line, before) => {
      const callee = call === undefined ? undefined : byName.get(call.cName);
      if (call === undefined || callee === undefined) return;
      const known: Known = new Map();
      for (const [position, name] of call.passed.entries()) {
        const slack = before.slackOf(name);
        if (slack !== undefined) known.set(`var_p${position}`, slack);
      }
      const there = entries[callee];
      if (there === undefined) entries[callee] = known;
      else if (!meet(there, known, false)) return;
      if (!waiting.includes(callee)) waiting.push(callee);
    });
  }
  return all.map((pointers, index) => {
    const entry = entries[index];
    const { lines } = pointers.text;
    // What is never called keeps its checks: nothing is known of it.
    if (entry === undefined) return [...lines];
    const dropped = new Set<number>();
    pointers.follow(entry, ({ check }, line, before) => {
      if (check !== undefined && before.isKnown(check)) dropped.add(line);
    });
    return lines.filter((_, at) => !dropped.has(at));
  });
}
