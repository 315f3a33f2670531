/** AssemblyScript to WebAssembly, in this process, without temporary files. */
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { generateConfigModule, type ResolvedConfig } from "../config/index.js";
import { UserError } from "../errors.js";
import { PACKAGE_ROOT, packagePath } from "../package-root.js";
import { loadCompiler } from "./asc.js";
import { inlineShortOnly, inliningText } from "./inlining.js";
import { explainImport } from "./posix-names.js";

/**
 * `speed`: -O3, `size`: -Oz, of the stack with short functions inlined alone (inlining.ts), `quick`: -O1, in half the time, `debug`:
 * unoptimised with assertions. All have function names.
 */
export type Optimize = "speed" | "size" | "quick" | "debug";

export interface AssemblyScriptRequest {
  /** Absolute path of the entry file. */
  readonly entry: string;
  /** Served in place of the package's config.ts. */
  readonly config: ResolvedConfig;
  readonly optimize: Optimize;
  /** `stub` unless told otherwise: nothing is ever freed. */
  readonly runtime?: "stub" | "minimal" | "incremental";
  /** Function names and messages are relative to it; by default the package's root, or the entry's folder outside of it. */
  readonly baseDirectory?: string;
  /** Bytes of linear memory that the host will give. The allocators of `minimal` and `incremental` stay inside. */
  readonly memorySize?: number;
  /** Address of the first byte of memory that the module may use: where its memory lies in a machine. Default 0. */
  readonly memoryAddress?: number;
  /** Bytes of shadow stack of the `incremental` runtime. */
  readonly stackSize?: number;
  /** Export the top-level code under this name instead of running it at instantiation. */
  readonly exportStart?: string;
  /** False: import the memory as `env.memory`. */
  readonly exportMemory?: boolean;
  /** Files that exist only for this compilation: absolute path → text. */
  readonly virtualFiles?: ReadonlyMap<string, string>;
}

export interface AssemblyScriptResult {
  readonly wasm: Uint8Array;
  /** The module as text. */
  readonly text: () => string;
  /** Bytes from `memoryAddress` to the end of static data: the smallest linear memory that the module can have. */
  readonly heapBase: number;
  /** Warnings, as asc formats them. */
  readonly diagnostics: string[];
  /** All files that were read, by absolute path, and their texts: for caching. */
  readonly sources: ReadonlyMap<string, string>;
  /** Absolute paths of files that were looked for and not there. With one of them the module could be another. */
  readonly absent: readonly string[];
}

const PACKAGE_IMPORT = /(?:^|[\\/])node_modules[\\/]socklet[\\/](.*)$/;
const WASM_PAGE = 65_536;
/** First address of static data: the words below it stay unused, so that 0 is never the address of something. */
const MEMORY_BASE = 16;

/** asc keeps state in module variables while it compiles: one compilation at a time. */
let queue: Promise<unknown> = Promise.resolve();

function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === "" || (!way.startsWith("..") && !isAbsolute(way));
}

/** The texts of this file and of what it uses: what they ask of asc is part of what a module is made from. */
export function translatorText(): string {
  return readFileSync(fileURLToPath(import.meta.url), "utf8") + inliningText();
}

/** Serves sources to asc: real files, the configuration, and `socklet/…` from the package. */
class SourceReader {
  readonly read = new Map<string, string>();
  readonly absent = new Set<string>();
  private readonly virtual: Map<string, string>;

  constructor(private readonly request: AssemblyScriptRequest) {
    this.virtual = new Map(request.virtualFiles);
    this.virtual.set(packagePath("config.ts"), generateConfigModule(request.config));
  }

  /** asc's readFile hook: the text, or null when there is no such file. */
  readonly readFile = async (name: string, baseDirectory: string): Promise<string | null> => {
    if (name.endsWith("asconfig.json")) return null;
    const ownPackage = PACKAGE_IMPORT.exec(name);
    const path = ownPackage === null ? resolve(baseDirectory, name) : packagePath(ownPackage[1] ?? "");
    const served = this.virtual.get(path);
    if (served !== undefined) return served;
    // With the option off the POSIX spellings do not exist; importing one is explained in explainImport().
    if (!this.request.config.bool("NET_SOCKETS_POSIX_NAMES") && isInside(packagePath("posix", "names"), path)) {
      if (existsSync(path)) return "export {};\n";
      this.absent.add(path);
      return null;
    }
    try {
      const text = await readFile(path, "utf8");
      this.read.set(path, text);
      return text;
    } catch {
      this.absent.add(path);
      return null;
    }
  };
}

function compilerArguments(request: AssemblyScriptRequest, baseDirectory: string): string[] {
  const runtime = request.runtime ?? "stub";
  const list = [relative(baseDirectory, request.entry).split(sep).join("/"), "--baseDir", baseDirectory];
  list.push("--outFile", "module.wasm", "--textFile", "module.wat", "--noColors");
  list.push("--runtime", runtime, "--memoryBase", String((request.memoryAddress ?? 0) + MEMORY_BASE));
  // --debug adds the name section and changes no code (test/cli/assemblyscript.test.ts): traps can name functions.
  list.push("--debug");
  if (request.optimize === "speed") list.push("-O3", "--noAssert");
  if (request.optimize === "size") list.push("-Oz", "--noAssert");
  if (request.optimize === "quick") list.push("-O1", "--noAssert");
  // Without a host that shows messages, abort is the instruction `unreachable`.
  list.push("--use", "abort=");
  if (request.exportStart !== undefined) list.push("--exportStart", request.exportStart);
  if (request.exportMemory === false) list.push("--importMemory", "--noExportMemory");
  if (request.memorySize !== undefined) {
    list.push("--initialMemory", String(Math.ceil(request.memorySize / WASM_PAGE)));
    if (runtime !== "stub") list.push("--lowMemoryLimit", String(request.memorySize));
  }
  if (request.stackSize !== undefined) list.push("--stackSize", String(request.stackSize));
  return list;
}

/** Names of library files as the user knows them, and paths relative to where the user stands. */
function readable(text: string, baseDirectory: string): string {
  return text
    .replaceAll("~lib/socklet/", "socklet/")
    .replace(/ in ([^\s(]+\.ts)(\(\d+,\d+\))/g, (_, file: string, position: string) => {
      if (file.startsWith("~lib/") || file.startsWith("socklet/")) return ` in ${file}${position}`;
      return ` in ${relative(process.cwd(), resolve(baseDirectory, file)) || file}${position}`;
    })
    .replace(/^FAILURE \d+ (?:parse|compile|afterCompile) error\(s\)$/gm, "")
    .trim();
}

/** The part of asc's Binaryen used here; its declarations are older than its functions. */
interface CompiledModule {
  getGlobal(name: string): number;
  getNumDataSegments(): number;
  getDataSegmentByIndex(index: number): number;
  getDataSegmentInfo(segment: number): { readonly offset: number; readonly data: ArrayBuffer };
}

/** What asc puts on the prototype of a transform before it makes one. */
interface TransformContext {
  readonly binaryen: {
    getGlobalInfo(global: number): { readonly init: number };
    getExpressionInfo(expression: number): { readonly value?: unknown };
  };
}

/**
 * A transform that finds the end of static data before optimisation, which drops segments of zeros. With a heap asc
 * says it in `__heap_base`; without, it is the end of the last segment.
 */
function heapBaseProbe(memoryAddress: number): { readonly probe: unknown; readonly heapBase: () => number } {
  let found = memoryAddress + MEMORY_BASE;
  class Probe {
    afterCompile(this: TransformContext, module: CompiledModule): void {
      const constant = (expression: number): number => Number(this.binaryen.getExpressionInfo(expression).value);
      const global = module.getGlobal("~lib/memory/__heap_base");
      if (global !== 0) {
        found = constant(this.binaryen.getGlobalInfo(global).init);
        return;
      }
      for (let index = 0; index < module.getNumDataSegments(); index++) {
        const segment = module.getDataSegmentInfo(module.getDataSegmentByIndex(index));
        found = Math.max(found, segment.offset + segment.data.byteLength);
      }
      found = Math.ceil(found / 8) * 8;
    }
  }
  return { probe: Probe, heapBase: () => found };
}

/** Where the stack lies. What the application takes from the package, `posix` and `net.ts`, is inlined as it says. */
const STACK = ["hal", "net", "runtime/syscall"].map((folder) => packagePath(...folder.split("/")));

/** What takes part in a compilation besides asc. */
function transformsOf(request: AssemblyScriptRequest, baseDirectory: string, probe: unknown): unknown[] {
  if (request.optimize !== "size") return [probe];
  const isOfStack = (path: string) => STACK.some((folder) => isInside(folder, resolve(baseDirectory, path)));
  return [inlineShortOnly(isOfStack), probe];
}

async function compile(request: AssemblyScriptRequest): Promise<AssemblyScriptResult> {
  const baseDirectory =
    request.baseDirectory ?? (isInside(PACKAGE_ROOT, request.entry) ? PACKAGE_ROOT : dirname(request.entry));
  const reader = new SourceReader(request);
  const output = new Map<string, string | Uint8Array>();
  const missing = new Set<string>();
  const { probe, heapBase } = heapBaseProbe(request.memoryAddress ?? 0);
  const compiler = await loadCompiler();
  const result = await compiler.main(compilerArguments(request, baseDirectory), {
    readFile: reader.readFile,
    writeFile: (name, contents) => {
      output.set(name, contents);
    },
    listFiles: () => [],
    reportDiagnostic: (diagnostic) => {
      const found = /^Module '(.+)' has no exported member '(.+)'\.$/.exec(diagnostic.message);
      if (found?.[2] !== undefined) missing.add(found[2]);
    },
    transforms: transformsOf(request, baseDirectory, probe),
  });
  const messages = readable(result.stderr.toString(), baseDirectory);
  const wasm = output.get("module.wasm");
  if (result.error !== null || !(wasm instanceof Uint8Array)) {
    const help = [...missing].map((name) => explainImport(name, request.config)).filter((each) => each !== "");
    const reason = messages === "" ? (result.error?.message ?? "the compiler gave no output") : messages;
    throw new UserError(
      `${relative(process.cwd(), request.entry)} does not compile:\n\n${[reason, ...help].join("\n\n")}`,
    );
  }
  return {
    wasm,
    text: () => String(output.get("module.wat") ?? ""),
    heapBase: heapBase() - (request.memoryAddress ?? 0),
    diagnostics: messages === "" ? [] : messages.split(/\n(?=WARNING|INFO|PEDANTIC)/).map((each) => each.trim()),
    sources: reader.read,
    absent: [...reader.absent],
  };
}

/**
 * Compiles one AssemblyScript program.
 *
 * @throws UserError with asc's messages (file, line, column) and, for imports that the configuration switched off,
 *   the option to set
 */
export function compileAssemblyScript(request: AssemblyScriptRequest): Promise<AssemblyScriptResult> {
  const turn = queue.then(() => compile(request));
  queue = turn.catch(() => undefined);
  return turn;
}
