/** Keeps compiled modules beside a list of what they were made from, so that what did not change is not compiled again. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { generateConfigModule } from "../config/index.js";
import { compilerVersion } from "./asc.js";
import { type AssemblyScriptRequest, compileAssemblyScript } from "./assemblyscript.js";

/** A module with what the later steps need to know of it. */
export interface CompiledModule {
  readonly wasm: Uint8Array;
  /** Bytes of memory up to the end of static data. */
  readonly heapBase: number;
  readonly diagnostics: readonly string[];
  /** True when nothing had to be compiled. */
  readonly cached: boolean;
}

interface Manifest {
  /** Hash of the compiler's version, its options, the configuration and the virtual files. */
  readonly request: string;
  /** Absolute path → hash of its contents. */
  readonly sources: Readonly<Record<string, string>>;
  readonly heapBase: number;
  readonly diagnostics: readonly string[];
}

/** Hash of texts and bytes, one after the other. */
export function hash(...parts: (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part).update("\0");
  return digest.digest("hex");
}

function fileHash(path: string): string {
  return existsSync(path) ? hash(readFileSync(path)) : "missing";
}

function requestHash(request: AssemblyScriptRequest): string {
  const { config, virtualFiles, ...plain } = request;
  const settings = JSON.stringify([compilerVersion(), plain, [...(virtualFiles ?? [])]]);
  return hash(settings, generateConfigModule(config));
}

function readManifest(path: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

function upToDate(manifest: Manifest, request: string): boolean {
  return (
    manifest.request === request &&
    Object.entries(manifest.sources).every(([path, expected]) => fileHash(path) === expected)
  );
}

/**
 * Compiles, or takes the module at `output` when neither request nor sources changed since it was written.
 *
 * @param output path of the .wasm; a .json of the same name beside it holds what it was made from
 */
export async function compileCached(request: AssemblyScriptRequest, output: string): Promise<CompiledModule> {
  const manifestPath = output.replace(/\.wasm$/, ".json");
  const key = requestHash(request);
  const known = readManifest(manifestPath);
  if (known !== undefined && existsSync(output) && upToDate(known, key)) {
    return { wasm: readFileSync(output), heapBase: known.heapBase, diagnostics: known.diagnostics, cached: true };
  }
  const result = await compileAssemblyScript(request);
  const manifest: Manifest = {
    request: key,
    sources: Object.fromEntries(result.sources.map((path) => [path, fileHash(path)])),
    heapBase: result.heapBase,
    diagnostics: result.diagnostics,
  };
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, result.wasm);
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
  return { wasm: result.wasm, heapBase: result.heapBase, diagnostics: result.diagnostics, cached: false };
}
