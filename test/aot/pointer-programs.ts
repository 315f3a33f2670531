/**
 * Random programs that follow pointers: through records that point to each other, to nothing, and to where no memory is; through loops,
 * questions, selections and calls that return pointers. In such a program every access has a pointer that some other place could have
 * checked.
 */

/** Bytes of a record: four words, each a pointer or what looks like one. */
const RECORD = 16;
const RECORDS = 24;
/** Where they begin in the memory. */
const FIRST = 64;

/** Numbers that a seed determines: below `count`. */
export type Random = (count: number) => number;

/** Numbers of a linear congruence; the upper bits are taken. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

/** Writes one program. */
class ProgramWriter {
  private readonly locals = ["$a", "$b", "$c", "$d"];
  private labels = 0;

  constructor(
    private readonly random: Random,
    private readonly base: number,
    private readonly size: number,
    private readonly functions: number,
  ) {}

  /** Mostly a record, sometimes 0, seldom an address before the memory or far behind it. */
  word(): number {
    const kind = this.random(40);
    if (kind < 33) return this.base + FIRST + this.random(RECORDS) * RECORD;
    if (kind < 38) return 0;
    return [4, this.base - 8, this.base + this.size + 4096, 0x8000_0010, 0xffff_fff0][this.random(5)];
  }

  private local(): string {
    return this.locals[this.random(this.locals.length)];
  }

  /** An expression for a pointer in function `index`, which calls those after it. */
  private pointer(index: number, depth: number): string {
    const kind = this.random(depth > 2 ? 4 : 15);
    const inner = (): string => (this.random(2) === 0 ? `(local.get ${this.local()})` : this.pointer(index, depth + 1));
    if (kind < 3) return `(local.get ${this.local()})`;
    if (kind === 3) return `(i32.const ${this.word() | 0})`;
    if (kind < 7) return `(i32.load offset=${4 * this.random(4)} ${inner()})`;
    if (kind === 7) return `(i32.add ${inner()} (i32.const ${[4, 8, 200, 255, -4][this.random(5)]}))`;
    if (kind === 8) {
      const asked = this.local();
      return `(select (local.get ${asked}) ${inner()} (local.get ${asked}))`;
    }
    if (kind === 9 || index + 1 >= this.functions)
      return `(select ${inner()} ${inner()} ${this.condition(index, depth)})`;
    const callee = index + 1 + this.random(this.functions - index - 1);
    return `(call $f${callee} ${inner()} ${inner()})`;
  }

  private condition(index: number, depth: number): string {
    const kind = this.random(5);
    if (kind < 2) return `(local.get ${this.local()})`;
    if (kind < 4) return `(i32.eqz (local.get ${this.local()}))`;
    return `(i32.and ${this.pointer(index, depth + 1)} (i32.const 16))`;
  }

  private statement(index: number, depth: number): string {
    const kind = this.random(depth > 2 ? 4 : 9);
    const several = (): string => this.statements(index, depth + 1, 1 + this.random(3));
    if (kind < 3) return `(local.set ${this.local()} ${this.pointer(index, 1)})`;
    if (kind === 3)
      return `(i32.store offset=${4 * this.random(4)} ${this.pointer(index, 1)} ${this.pointer(index, 2)})`;
    if (kind < 6) {
      // What was asked is used, on one way or the other.
      const asked = this.local();
      const use = `(local.set ${this.local()} (i32.load offset=4 (local.get ${asked})))`;
      const [yes, no] = this.random(2) === 0 ? [use, ""] : ["", use];
      const condition = this.random(2) === 0 ? `(local.get ${asked})` : `(i32.eqz (local.get ${asked}))`;
      return `(if ${condition} (then ${yes} ${several()}) (else ${no} ${several()}))`;
    }
    const label = `$l${this.labels++}`;
    if (kind === 6) return `(block ${label} ${several()} (br_if ${label} ${this.condition(index, 1)}) ${several()})`;
    if (kind === 7) return `(if ${this.condition(index, 1)} (then (return ${this.pointer(index, 1)})))`;
    // A program ends: the fuel of all its loops together is bounded.
    return `(loop ${label} ${several()} (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
      (br_if ${label} (i32.and (i32.gt_s (global.get $fuel) (i32.const 0)) (i32.ne ${this.condition(index, 1)} (i32.const 0)))))`;
  }

  private statements(index: number, depth: number, count: number): string {
    return Array.from({ length: count }, () => this.statement(index, depth)).join(" ");
  }

  /** The module. It exports `start`, which takes a record. */
  module(): string {
    const functions = Array.from({ length: this.functions }, (_, index) => {
      // Most begin with a pointer in each local: what is 0 ends many programs with their first access.
      const begun = this.random(4) === 0 ? "" : "(local.set $c (local.get $a)) (local.set $d (local.get $b))";
      const body = `${begun} ${this.statements(index, 0, 2 + this.random(4))}`;
      return `(func $f${index} (param $a i32) (param $b i32) (result i32) (local $c i32) (local $d i32)
        ${body} ${this.pointer(index, 1)})`;
    });
    const words = Array.from({ length: (RECORDS * RECORD) / 4 }, () => this.word());
    const bytes = words.flatMap((word) => [word, word >>> 8, word >>> 16, word >>> 24].map((byte) => byte & 255));
    const data = bytes.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    return `(module (memory (export "memory") ${Math.ceil((this.base + this.size) / 65_536)})
      (global $fuel (mut i32) (i32.const 12))
      (data (i32.const ${this.base + FIRST}) "${data}")
      ${functions.join("\n")}
      (func (export "start") (param i32) (result i32) (call $f0 (local.get 0) (i32.const ${this.word() | 0}))))`;
  }
}

/** Text of a random module for a memory of `size` bytes at `base`, whose export `start` takes one of `records`. */
export function pointerProgram(random: Random, base: number, size: number): string {
  return new ProgramWriter(random, base, size, 4).module();
}

/** Addresses of the records. */
export const recordsAt = (base: number): number[] =>
  Array.from({ length: RECORDS }, (_, at) => base + FIRST + at * RECORD);
