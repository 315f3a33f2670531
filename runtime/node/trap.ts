/** What happened when a module trapped, in the words that the microcontroller's host uses. */

export interface Trap {
  readonly reason: string;
  /** Name from the module's name section, or `number 12`; undefined when the stack does not tell. */
  readonly function: string | undefined;
}

/** V8's messages and ours (AOT_TRAP_TEXTS of runtime/aot/include/aot.h). */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/unreachable/, "unreachable"],
  [
    /memory access out of bounds|data segment.*out of bounds|operation does not support unaligned/,
    "out of bounds memory access",
  ],
  [/divide by zero|remainder by zero/, "integer divide by zero"],
  [/divide result unrepresentable/, "integer overflow"],
  [/float unrepresentable/, "invalid conversion to integer"],
  [/table index is out of bounds|signature mismatch|null function/, "invalid indirect call"],
  [/Maximum call stack size exceeded/, "call stack exhausted"],
];

/** True for what a module can do wrong by itself: traps, and recursion without end. */
export function isTrap(error: unknown): error is Error {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

/**
 * Reads a trap from what V8 threw.
 * @param names names of functions by index, see functionNames
 */
export function describeTrap(error: Error, names: ReadonlyMap<number, string>): Trap {
  const reason = REASONS.find(([pattern]) => pattern.test(error.message))?.[1] ?? error.message;
  const frame = /wasm:\/\/[^\s)]*wasm-function\[(\d+)\]/.exec(error.stack ?? "");
  if (frame === null) return { reason, function: undefined };
  const index = Number(frame[1]);
  return { reason, function: names.get(index) ?? `number ${index}` };
}

/** The core trapped or gave the host something impossible: a bug in it. The instance must not be used again. */
export class CoreTrap extends Error {
  override readonly name = "CoreTrap";

  constructor(
    readonly trap: Trap,
    options: { readonly cause: unknown },
  ) {
    super(trapLine("core", trap), options);
  }
}

/** `*** app trapped: out of bounds memory access in function main/compute` */
export function trapLine(who: "app" | "core", trap: Trap): string {
  return `*** ${who} trapped: ${trap.reason}${trap.function === undefined ? "" : ` in function ${trap.function}`}`;
}
