/**
 * Modules out of the build cache. What a module is made from is known only when it has been compiled: the files that were read, those
 * that were looked for in vain, and the options that they mention. That list is kept under the request; the module is kept under
 * the request with the contents of the files and the values of the options. An option that no file of a program mentions makes no
 * other module, so applications that differ in it share their stack.
 */
import { existsSync, readFileSync } from "node:fs";
import { generateConfigModule, type ResolvedConfig } from "../config/index.js";
import { compilerVersion } from "./asc.js";
import { type AssemblyScriptRequest, compileAssemblyScript, translatorText } from "./assemblyscript.js";
import { type BuildCache, hash } from "./build-cache.js";

/** A module with what the later steps need to know of it. */
export interface CompiledModule {
  readonly wasm: Uint8Array;
  /** Bytes of memory up to the end of static data. */
  readonly heapBase: number;
  readonly diagnostics: readonly string[];
  /** True when nothing had to be compiled. */
  readonly cached: boolean;
}

/** What a compilation looked at. */
interface Inputs {
  /** Absolute paths, of files that were not there as well. */
  readonly files: readonly string[];
  /** Constants of config.ts; undefined for all. */
  readonly options?: readonly string[];
}

interface ModuleRecord {
  readonly heapBase: number;
  readonly diagnostics: readonly string[];
  /** Diagnostics name files as seen from here. */
  readonly seenFrom: string;
}

/** Lists of inputs that are kept for one request: after a change of imports there is another one. */
const LISTS = 8;
const encoder = new TextEncoder();

function parse<T>(bytes: Uint8Array | undefined): T | undefined {
  return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as T);
}

function fileHash(path: string): string {
  return existsSync(path) ? hash(readFileSync(path)) : "missing";
}

/** Constants of config.ts that the texts mention; undefined when one takes them all without naming them. */
export function mentionedOptions(texts: Iterable<string>): string[] | undefined {
  const names = new Set<string>();
  for (const text of texts) {
    if (/\*\s*(?:as\s+\w+\s+)?from\s*["'][^"']*config["']/.test(text)) return undefined;
    for (const [name] of text.matchAll(/\bCONFIG_\w+/g)) names.add(name);
  }
  return [...names].sort();
}

/** Everything that a request says but the configuration, and the compiler that it is for. */
export function requestKey(request: AssemblyScriptRequest, version: string = compilerVersion()): string {
  const { config: _, virtualFiles, ...plain } = request;
  return hash("request", version, translatorText(), JSON.stringify([plain, [...(virtualFiles ?? [])]]));
}

function moduleKey(request: string, config: ResolvedConfig, inputs: Inputs): string {
  const text = generateConfigModule(config);
  const wanted = inputs.options && new Set(inputs.options);
  const constants = text.split("\n").filter((line) => {
    const name = /^export const (\w+)/.exec(line)?.[1];
    return name !== undefined && wanted?.has(name) !== false;
  });
  // Decides which files there are, without a constant that they mention.
  const names = String(config.bool("NET_SOCKETS_POSIX_NAMES"));
  return hash("module", request, names, ...constants, ...inputs.files.flatMap((path) => [path, fileHash(path)]));
}

/** Compiles a program, or takes the module that was compiled from the same sources, options and compiler before. */
export async function compileCached(request: AssemblyScriptRequest, cache: BuildCache): Promise<CompiledModule> {
  const key = requestKey(request);
  const lists = (): Inputs[] => parse<Inputs[]>(cache.read(key)?.get("inputs")) ?? [];
  const find = (): CompiledModule | undefined => {
    for (const inputs of lists()) {
      const files = cache.read(moduleKey(key, request.config, inputs));
      const wasm = files?.get("module.wasm");
      const record = parse<ModuleRecord>(files?.get("record"));
      if (wasm === undefined || record === undefined) continue;
      const { heapBase, diagnostics, seenFrom } = record;
      if (diagnostics.length > 0 && seenFrom !== process.cwd()) continue;
      return { wasm: Uint8Array.from(wasm), heapBase, diagnostics, cached: true };
    }
    return undefined;
  };
  const known = find();
  if (known !== undefined) return known;
  return cache.alone(hash(key, generateConfigModule(request.config)), async () => {
    const made = find();
    if (made !== undefined) return made;
    const { wasm, heapBase, diagnostics, sources, absent } = await compileAssemblyScript(request);
    const texts = [...sources.values(), ...(request.virtualFiles?.values() ?? [])];
    const inputs: Inputs = { files: [...sources.keys(), ...absent].sort(), options: mentionedOptions(texts) };
    // The key is made of what is there now: a module of files that somebody has changed while asc read them is not kept.
    const unchanged = [...sources].every(([path, text]) => fileHash(path) === hash(Buffer.from(text)));
    if (unchanged && !absent.some(existsSync)) {
      const record: ModuleRecord = { heapBase, diagnostics, seenFrom: process.cwd() };
      const encoded = encoder.encode(JSON.stringify(record));
      cache.write(
        moduleKey(key, request.config, inputs),
        new Map([
          ["module.wasm", wasm],
          ["record", encoded],
        ]),
      );
      const others = lists().filter((each) => JSON.stringify(each) !== JSON.stringify(inputs));
      const kept = [inputs, ...others].slice(0, LISTS);
      cache.write(key, new Map([["inputs", encoder.encode(JSON.stringify(kept))]]));
    }
    return { wasm, heapBase, diagnostics, cached: false };
  });
}
