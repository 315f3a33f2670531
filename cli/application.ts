/** An application: a folder with main.ts, main.c or main.wasm (or what package.json names), perhaps a prj.conf, perhaps settings. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { ConfFile } from "./config/index.js";
import { UserError } from "./errors.js";

export type ApplicationRuntime = "stub" | "minimal" | "incremental";

export interface Application {
  /** Of the folder: names the build directory. */
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  /** Absolute path of the entry file: AssemblyScript, C, or a finished WASI module. */
  readonly entry: string;
  readonly prjConf?: { readonly path: string; readonly text: string };
  /** Default forwards of `socklet run`, as `udp:5555:7`. */
  readonly forward: readonly string[];
  /** What to type in another terminal while it runs. */
  readonly tryIt?: string;
  /** From asconfig.json; `stub` by default. */
  readonly runtime: ApplicationRuntime;
  /** Further arguments of the C compiler. */
  readonly cflags: readonly string[];
  /** From asconfig.json: shadow stack of the incremental runtime, bytes. */
  readonly stackSize?: number;
}

interface PackageSettings {
  readonly main?: string;
  readonly socklet?: {
    readonly main?: string;
    readonly forward?: readonly string[];
    readonly tryIt?: string;
    readonly cflags?: readonly string[];
  };
}

interface CompilerSettings {
  readonly options?: { readonly runtime?: string; readonly stackSize?: number };
}

function readJson<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    throw new UserError(`${relative(process.cwd(), path)} is not valid JSON: ${(error as Error).message}.`);
  }
}

function findEntry(directory: string, settings: PackageSettings | undefined): string {
  const named = settings?.socklet?.main ?? settings?.main;
  const shown = relative(process.cwd(), directory) || ".";
  if (named !== undefined) {
    const path = resolve(directory, named);
    if (existsSync(path)) return path;
    throw new UserError(`${shown}/package.json names ${named} as the program, but there is no such file.`);
  }
  for (const name of ["main.ts", "main.c", "main.wasm"]) {
    if (existsSync(join(directory, name))) return join(directory, name);
  }
  throw new UserError(
    `${shown} is not an application: it has no main.ts. "socklet new <dir>" makes one that can be built at once.`,
  );
}

function runtimeOf(directory: string, settings: CompilerSettings | undefined): ApplicationRuntime {
  const runtime = settings?.options?.runtime ?? "stub";
  if (runtime === "stub" || runtime === "minimal" || runtime === "incremental") return runtime;
  throw new UserError(
    `${relative(process.cwd(), join(directory, "asconfig.json"))}: runtime "${runtime}" is not known; use stub, minimal or incremental.`,
  );
}

/**
 * Reads a file of options (--conf).
 *
 * @throws UserError when there is none
 */
export function loadConf(path: string): ConfFile {
  if (!existsSync(path))
    throw new UserError(`There is no file ${path} for --conf. It has options as prj.conf has them.`, 2);
  if (statSync(path).isDirectory()) throw new UserError(`${path} is a folder. --conf wants a file like prj.conf.`, 2);
  return { path, text: readFileSync(path, "utf8") };
}

/**
 * Reads an application's folder.
 *
 * @param path the folder, relative to the current one or absolute
 * @throws UserError when it is not an application
 */
export function loadApplication(path: string): Application {
  const directory = resolve(path);
  if (!existsSync(directory)) throw new UserError(`There is no folder ${path}.`);
  if (!statSync(directory).isDirectory()) {
    throw new UserError(`${path} is a file. Name the application's folder instead.`);
  }
  const settings = readJson<PackageSettings>(join(directory, "package.json"));
  const compiler = readJson<CompilerSettings>(join(directory, "asconfig.json"));
  const confPath = join(directory, "prj.conf");
  return {
    name: basename(directory),
    directory,
    entry: findEntry(directory, settings),
    prjConf: existsSync(confPath)
      ? { path: relative(process.cwd(), confPath), text: readFileSync(confPath, "utf8") }
      : undefined,
    forward: settings?.socklet?.forward ?? [],
    tryIt: settings?.socklet?.tryIt,
    cflags: settings?.socklet?.cflags ?? [],
    runtime: runtimeOf(directory, compiler),
    stackSize: compiler?.options?.stackSize,
  };
}
