/**
 * Drops bounds checks that cannot fail, over all functions of a module at once: of a pointer that was checked before on every way that leads
 * there, in this function, in each of its callers or in the function that returned it, and of one that lies a few bytes behind such a pointer.
 *
 * What is known of a variable is its `slack`: the pointer lies at most so many bytes behind the end of the memory, and not before its beginning; or
 * it is 0, where that cannot be excluded. A check that was passed leaves a slack of 0, adding a constant makes it larger, a question excludes 0. An
 * access that ends `end` bytes behind its pointer needs no check while slack + end is not more than the guard (the uniform check, docs/aot.md).
 *
 * A function's parameters know what the arguments of all its calls know, and a call knows what all returns of its function know. Nothing is known of
 * the parameters of exports and of functions in the table, and nothing of what comes out of memory. The analysis starts from "everything is known"
 * and takes back what some call, return or way contradicts, until nothing changes.
 */
import {
  type Check,
  type Effect,
  type Exit,
  effectOf,
  exitsOf,
  isLabel,
  type PointerRules,
} from "./pointer-effects.js";

/** A function as C statements. */
export interface FunctionLines {
  readonly cName: string;
  /** Called from elsewhere: an export, the start function, an entry of the table. */
  readonly isEntry: boolean;
  readonly lines: readonly string[];
}

/** What a variable holds. */
interface Fact {
  /** Bytes behind the end of the memory that it may lie; -Infinity for what is never a pointer, or not known to come to anything yet. */
  readonly slack: number;
  /** It may be 0 as well, where that is before the memory. */
  readonly orZero: boolean;
}

/** By variable; one that is not there may hold anything. */
type Known = Map<string, Fact>;

/** What is known of the results of the module's functions. One that has not been seen to return knows everything. */
type Results = ReadonlyMap<string, Fact | undefined>;

const INSIDE: Fact = { slack: 0, orZero: false };
const NOTHING_YET: Fact = { slack: Number.NEGATIVE_INFINITY, orZero: false };
const ONLY_ZERO: Fact = { slack: Number.NEGATIVE_INFINITY, orZero: true };

/** What is true of both. A slack that grows each time round a loop has no bound: undefined. */
function common(one: Fact, other: Fact | undefined, isLoop: boolean): Fact | undefined {
  if (other === undefined) return undefined;
  if (isLoop && other.slack > one.slack && one.slack !== NOTHING_YET.slack) return undefined;
  return { slack: Math.max(one.slack, other.slack), orZero: one.orZero || other.orZero };
}

const isSame = (one: Fact, other: Fact | undefined): boolean =>
  other !== undefined && one.slack === other.slack && one.orZero === other.orZero;

/** What is known where two ways meet. */
function meet(known: Known, other: Known, isLoop: boolean): boolean {
  let changed = false;
  for (const [variable, fact] of known) {
    const both = common(fact, other.get(variable), isLoop);
    if (isSame(fact, both)) continue;
    changed = true;
    if (both === undefined) known.delete(variable);
    else known.set(variable, both);
  }
  return changed;
}

function setKnown(known: Known, variable: string, fact: Fact | undefined): void {
  if (fact === undefined) known.delete(variable);
  else known.set(variable, fact);
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
    private readonly results: Results,
  ) {
    this.effects = text.lines.map((line) => effectOf(line, rules));
    this.exits = exitsOf(text.lines);
    for (const [at, exits] of this.exits.entries()) {
      for (const exit of exits) if (exit.line !== at + 1 || exits.length > 1) this.starts.add(exit.line);
      if (exits.length === 0) this.starts.add(at + 1);
    }
    for (const [at, line] of text.lines.entries()) if (isLabel(line)) this.starts.add(at);
  }

  /** True when it calls `cName`. */
  calls(cName: string): boolean {
    return this.effects.some(({ call }) => call?.cName === cName);
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
    const reach = (exit: Exit, known: StraightLine): void => {
      if (exit.line >= this.text.lines.length) return;
      const arriving = known.leaving(exit);
      const there = before.get(exit.line);
      if (there === undefined) before.set(exit.line, arriving);
      else if (!meet(there, arriving, true)) return;
      if (!waiting.includes(exit.line)) waiting.push(exit.line);
    };
    while (waiting.length > 0) {
      const start = waiting.pop() as number;
      const known = new StraightLine(before.get(start) as Known, this.rules, this.results);
      for (const exit of this.exits[this.walk(start, known)]) reach(exit, known);
    }
    for (const [start, known] of before) this.walk(start, new StraightLine(known, this.rules, this.results), visit);
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

/** What is known along a straight line, where it is also known which variables hold the same. */
class StraightLine {
  private readonly known: Known;
  /** A number for what each variable holds. */
  private readonly values = new Map<string, number>();
  /** Of a value that is 1 when another is 0, and else 0: the other. */
  private readonly negations = new Map<number, number>();
  private readonly constants = new Map<string, number>();
  private nextValue = 0;

  constructor(
    known: Known,
    private readonly rules: PointerRules,
    private readonly results: Results,
  ) {
    this.known = new Map(known);
  }

  factOf(variable: string): Fact | undefined {
    return this.known.get(variable);
  }

  /** True when `check` cannot fail, or need not be made. */
  isKnown(check: Check): boolean {
    const fact = this.known.get(check.pointer);
    return fact !== undefined && !fact.orZero && fact.slack + check.end <= this.rules.guard;
  }

  /** What is known on the way that leaves the line by `exit`. */
  leaving({ asked, copy }: Exit): Known {
    const leaving = new Map(this.known);
    if (asked !== undefined) {
      const value = this.valueOf(asked.variable);
      this.exclude(leaving, value, asked.isZero);
      const negated = this.negations.get(value);
      if (negated !== undefined) this.exclude(leaving, negated, !asked.isZero);
    }
    if (copy !== undefined) setKnown(leaving, copy[0], leaving.get(copy[1]));
    return leaving;
  }

  pass(effect: Effect): void {
    const { check, zeroed, target, copied, literal, negated } = effect;
    if (check !== undefined) this.learn(check.pointer);
    for (const local of zeroed ?? []) setKnown(this.known, local, this.constantFact(0));
    if (target === undefined) return;
    if (copied !== undefined) {
      this.values.set(target, this.valueOf(copied));
      setKnown(this.known, target, this.known.get(copied));
      const constant = this.constants.get(copied);
      if (constant === undefined) this.constants.delete(target);
      else this.constants.set(target, constant);
      return;
    }
    const fact = this.assigned(effect);
    const value = this.nextValue++;
    if (negated !== undefined) this.negations.set(value, this.valueOf(negated));
    this.values.set(target, value);
    setKnown(this.known, target, fact);
    if (literal === undefined) this.constants.delete(target);
    else this.constants.set(target, literal);
  }

  /** What is known of what a line assigns that is no copy. */
  private assigned({ target, call, added, literal, selected }: Effect): Fact | undefined {
    if (call !== undefined) return this.results.get(call.cName);
    if (literal !== undefined) return this.constantFact(literal);
    if (added !== undefined) return this.sumFact(target as string, added);
    return selected && this.selectedFact(selected.condition, selected.yes, selected.no);
  }

  private constantFact(literal: number): Fact | undefined {
    const { base, memorySize } = this.rules;
    if (literal >= base && literal - base <= memorySize) return INSIDE;
    return literal === 0 ? ONLY_ZERO : undefined;
  }

  /** A pointer and a small constant together, whichever of the two is which. */
  private sumFact(left: string, right: string): Fact | undefined {
    for (const [pointer, number] of [
      [left, right],
      [right, left],
    ]) {
      const fact = this.known.get(pointer);
      const constant = this.constants.get(number);
      if (fact === undefined || fact.orZero || constant === undefined || constant > this.rules.guard) continue;
      if (fact.slack + constant <= this.rules.guard) return { slack: fact.slack + constant, orZero: false };
    }
    return undefined;
  }

  /** One of two; the first is not 0 when it is the one that is asked, as in `free = free ? free : entry`. */
  private selectedFact(condition: string, yes: string, no: string): Fact | undefined {
    const fact = this.known.get(yes);
    if (fact === undefined) return undefined;
    const isAsked = this.valueOf(condition) === this.valueOf(yes);
    return common(isAsked ? { ...fact, orZero: false } : fact, this.known.get(no), false);
  }

  /** The check of `variable` was passed: all that hold the same are known. */
  private learn(variable: string): void {
    for (const name of this.holding(this.valueOf(variable))) this.known.set(name, INSIDE);
  }

  /** Notes in `known` that what has the number `value` is 0, or that it is not. */
  private exclude(known: Known, value: number, isZero: boolean): void {
    for (const name of this.holding(value)) {
      const fact = isZero ? this.constantFact(0) : known.get(name);
      setKnown(known, name, fact && !isZero ? { ...fact, orZero: false } : fact);
    }
  }

  private holding(value: number): string[] {
    return [...this.values].flatMap(([name, number]) => (number === value ? [name] : []));
  }

  private valueOf(variable: string): number {
    const value = this.values.get(variable);
    if (value !== undefined) return value;
    this.values.set(variable, this.nextValue);
    return this.nextValue++;
  }
}

/** What is known of a module's functions as seen from outside of them. */
class ModulePointers {
  private readonly functions: readonly FunctionPointers[];
  /** What is known of the parameters; undefined while no call has been seen. */
  private readonly entries: (Known | undefined)[];
  private readonly results: Map<string, Fact | undefined>;
  private readonly waiting: number[];

  constructor(
    private readonly texts: readonly FunctionLines[],
    rules: PointerRules,
  ) {
    this.results = new Map(texts.map(({ cName }) => [cName, NOTHING_YET]));
    this.functions = texts.map((text) => new FunctionPointers(text, rules, this.results));
    this.entries = texts.map(({ isEntry }) => (isEntry ? new Map() : undefined));
    this.waiting = texts.flatMap(({ isEntry }, index) => (isEntry ? [index] : []));
    while (this.waiting.length > 0) this.follow(this.waiting.pop() as number);
  }

  /** The function's lines without the checks that cannot fail. */
  needed(index: number): string[] {
    const entry = this.entries[index];
    const { lines } = this.texts[index];
    // What is never called keeps its checks: nothing is known of it.
    if (entry === undefined) return [...lines];
    const dropped = new Set<number>();
    this.functions[index].follow(entry, ({ check }, line, before) => {
      if (check !== undefined && before.isKnown(check)) dropped.add(line);
    });
    return lines.filter((_, at) => !dropped.has(at));
  }

  /** Follows one function and tells those that it calls, and those that call it, what has turned out not to be known. */
  private follow(index: number): void {
    const { cName } = this.texts[index];
    let result: Fact | undefined = this.results.get(cName);
    this.functions[index].follow(this.entries[index] as Known, ({ call, returned }, _line, before) => {
      if (returned !== undefined) result = result && common(result, before.factOf(returned), false);
      if (call !== undefined) this.enter(call.cName, call.passed, before);
    });
    const before = this.results.get(cName);
    if (before === undefined || isSame(before, result)) return;
    this.results.set(cName, result);
    for (const [caller, pointers] of this.functions.entries()) {
      if (this.entries[caller] !== undefined && pointers.calls(cName)) this.wait(caller);
    }
  }

  private enter(cName: string, passed: readonly string[], before: StraightLine): void {
    const callee = this.texts.findIndex((text) => text.cName === cName);
    if (callee < 0) return;
    const known: Known = new Map();
    for (const [position, name] of passed.entries()) setKnown(known, `var_p${position}`, before.factOf(name));
    const there = this.entries[callee];
    if (there === undefined) this.entries[callee] = known;
    else if (!meet(there, known, false)) return;
    this.wait(callee);
  }

  private wait(index: number): void {
    if (!this.waiting.includes(index)) this.waiting.push(index);
  }
}

/** The functions without the checks that cannot fail, in the order of `functions`. */
export function dropKnownChecks(functions: readonly FunctionLines[], rules: PointerRules): string[][] {
  const pointers = new ModulePointers(functions, rules);
  return functions.map((_, index) => pointers.needed(index));
}
