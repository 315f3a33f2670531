/**
 * asc, AssemblyScript's compiler, as far as it is used here.
 *
 * Its own declarations are not imported: they declare AssemblyScript's globals (another `console`, `i32`, `load` …) for
 * the whole program. For the same reason, and since it takes half a second, it is loaded when it is first needed.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export interface Diagnostic {
  readonly message: string;
}

export interface CompilerHooks {
  /** The text of a file, or null when there is none. */
  readonly readFile: (name: string, baseDirectory: string) => Promise<string | null>;
  readonly writeFile: (name: string, contents: string | Uint8Array) => void;
  readonly listFiles: () => string[];
  readonly reportDiagnostic: (diagnostic: Diagnostic) => void;
  /** Classes; asc puts `binaryen` and others on their prototype and makes one of each. */
  readonly transforms: readonly unknown[];
}

interface Compiler {
  main(
    argv: readonly string[],
    hooks: CompilerHooks,
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

const SPECIFIER: string = "assemblyscript/asc";

/** Loads the compiler. */
export async function loadCompiler(): Promise<Compiler> {
  return (await import(SPECIFIER)) as Compiler;
}

/** Version of the installed compiler. */
export function compilerVersion(): string {
  const settings = readFileSync(createRequire(import.meta.url).resolve("assemblyscript/package.json"), "utf8");
  return (JSON.parse(settings) as { readonly version: string }).version;
}
