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
  return {
    module,
    name,
    parameters,
    core: extra.core ?? `sys_${name}`,
    constants: extra.constants ?? [],
    clock: extra.clock ?? false,
    blocks: extra.blocks ?? false,
    result: extra.result ?? "errno",
    summary,
  };
}
