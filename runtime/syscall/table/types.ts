/** The shape of one row of the system-call table, from which every binding is generated. */

/** WebAssembly type of a parameter; `pointer` is an i32 offset into the application's memory. */
export type ParameterType = "i32" | "i64" | "pointer";

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
}

export type ImportModule = "wasi_snapshot_preview1" | "socklet_v1";

/** One system call. */
export interface SystemCall {
  /** Module that the application imports it from. */
  readonly module: ImportModule;
  /** Name that the application imports. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /**
   * Export of the core that carries it out: `core(task: i32, [now: u64,] …constants: i32, …parameters): i32`.
   * It answers a WASI errno (0 = done) or PENDING; see runtime/syscall/pending.ts.
   */
  readonly core: string;
  /**
   * Export of the core that does the usual case, `short(task: i32, …parameters): i32`: it answers as `core` does, or LONG_WAY and has changed
   * nothing. The host asks it first, each time, unless the image is small. A call that it answered PENDING is repeated with it; see
   * runtime/syscall/short-calls.ts.
   */
  readonly short: string | undefined;
  /** Leading i32 arguments that distinguish calls sharing one core function (an option number, say). */
  readonly constants: readonly number[];
  /** True when the core function takes `now` (microseconds, u64) after `task`. */
  readonly clock: boolean;
  /** True when it may answer PENDING: the host parks the task and repeats the call when it is ready. */
  readonly blocks: boolean;
  /** `none` only for proc_exit, which does not return. */
  readonly result: "errno" | "none";
  readonly summary: string;
}

interface Extra {
  readonly core?: string;
  readonly constants?: readonly number[];
  readonly short?: boolean;
  readonly clock?: boolean;
  readonly blocks?: boolean;
  readonly result?: "errno" | "none";
}

/**
 * Builds a row. `signature` lists the parameters as `name` (i32), `name*` (pointer) or `name:i64`.
 * The core function defaults to `sys_` + name.
 */
export function systemCall(
  module: ImportModule,
  name: string,
  signature: string,
  summary: string,
  extra: Extra = {},
): SystemCall {
  const parameters = signature
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word): Parameter => {
      if (word.endsWith("*")) return { name: word.slice(0, -1), type: "pointer" };
      if (word.endsWith(":i64")) return { name: word.slice(0, -4), type: "i64" };
      return { name: word, type: "i32" };
    });
  const core = extra.core ?? `sys_${name}`;
  return {
    module,
    name,
    parameters,
    core,
    short: extra.short === true ? `${core}_short` : undefined,
    constants: extra.constants ?? [],
    clock: extra.clock ?? false,
    blocks: extra.blocks ?? false,
    result: extra.result ?? "errno",
    summary,
  };
}
