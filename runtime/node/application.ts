/** An application as the Node host takes it, and the imports that it gets. */
import { findSystemCall, SYSTEM_CALLS, type SystemCall } from "../syscall/table/index.js";

/** The program and what the configuration says of it. */
export interface Application {
  /** First of its arguments. */
  readonly name: string;
  /** app.wasm: exports `_start` and `memory`. */
  readonly wasm: Uint8Array;
  /** CONFIG_APP_MEMORY_SIZE: bytes that the core may reach, and the least that the program gets. */
  readonly memorySize: number;
  /** CONFIG_APP_ON_TRAP. Default stop. */
  readonly onTrap?: "stop" | "restart";
  /** Further arguments. */
  readonly arguments?: readonly string[];
  /** `NAME=value` each; SOCKLET_ABI=1 is added. */
  readonly environment?: readonly string[];
}

/** The list of arguments as the program sees it. */
export function programArguments(application: Application): string[] {
  return [application.name, ...(application.arguments ?? [])];
}

/** The environment as the program sees it. */
export function programEnvironment(application: Application): string[] {
  const given = application.environment ?? [];
  return given.some((each) => each.startsWith("SOCKLET_ABI=")) ? [...given] : ["SOCKLET_ABI=1", ...given];
}

/** Splits an option that is a list separated by blanks (CONFIG_APP_ARGS, CONFIG_APP_ENVIRONMENT). */
export function splitWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** Carries out row `index` of SYSTEM_CALLS for the program and answers its errno. */
export type Dispatch = (index: number, args: readonly (number | bigint)[]) => number;

/**
 * The functions that a program imports. One that is not in the table is linked to a trap, so that a program built for
 * a larger host starts and stops only where it needs what is missing.
 */
export function applicationImports(module: WebAssembly.Module, dispatch: Dispatch): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function") continue;
    imports[from] ??= {};
    const row = findSystemCall(from as SystemCall["module"], name);
    imports[from][name] =
      row === undefined
        ? () => {
            throw new WebAssembly.RuntimeError(`unreachable: this host has no ${from}.${name}`);
          }
        : bind(SYSTEM_CALLS.indexOf(row), dispatch);
  }
  return imports;
}

function bind(index: number, dispatch: Dispatch): WebAssembly.ImportValue {
  return (...args: (number | bigint)[]) => dispatch(index, args);
}

/** Thrown through the program's stack to end it: it called proc_exit, or the host stops it. */
export class ProgramEnd extends Error {
  override readonly name = "ProgramEnd";

  constructor(readonly code: number) {
    super(`the program ended with code ${code}`);
  }
}
