/** Builds of core.wasm as a program of this machine, kept in build/cache while neither the C nor the command changes. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Optimize } from "../../cli/build/assemblyscript.js";
import { includeDirectory, translate } from "../../runtime/aot/index.js";
import { sourceDirectory } from "../../runtime/mcu/image.js";
import { emitNative } from "../../runtime/mcu/native.js";
import { type CompiledCore, compileCore, type Settings, TEST_CACHE } from "../harness/compile.js";
import type { Subject } from "./play.js";

const CACHE = join(fileURLToPath(new URL("../..", import.meta.url)), "build", "cache");
/** Bytes of application memory in tapes: the harness's default. */
export const APP_MEMORY = 0x2_0000;

export interface SubjectCore extends Subject {
  readonly compiled: CompiledCore;
}

export interface BuildOptions {
  readonly optimize: "-O0" | "-O1" | "-O2" | "-O3";
  readonly sanitize: boolean;
  /** The bounds check of images (one a pointer); false: one an access. */
  readonly uniform: boolean;
}

/** core.wasm with the size of memory that it has on a microcontroller. */
export async function compileSubject(settings: Settings, optimize: Optimize): Promise<SubjectCore> {
  const compiled = await compileCore({ settings, optimize });
  const { module, wasm, heapBase } = compiled;
  const coreMemorySize = Math.ceil(heapBase / 8) * 8;
  const { exports } = await translate(wasm, { name: "core", memorySize: coreMemorySize });
  const parameters = new Map(exports.map((entry) => [entry.name, entry.parameters]));
  return { compiled, module, parameters, coreMemorySize, appMemorySize: APP_MEMORY };
}

/** The program made of exactly the bytes of `subject`; its path. */
export async function buildRunner(subject: SubjectCore, options: BuildOptions): Promise<string> {
  const core = await translate(subject.compiled.wasm, {
    name: "core",
    memorySize: subject.coreMemorySize,
    uniformCheck: options.uniform,
    bursts: "port_take",
  });
  const { command, ...texts } = emitNative({
    core,
    coreMemorySize: subject.coreMemorySize,
    appMemorySize: subject.appMemorySize,
    sanitize: options.sanitize,
  });
  const [compiler, ...args] = command.map((word) => (/^-O\d$/.test(word) ? options.optimize : word));
  const hash = createHash("sha256").update(texts["runner.c"]).update(args.join("\n"));
  for (const folder of [sourceDirectory(), includeDirectory()]) {
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".h")) hash.update(readFileSync(join(folder, file)));
    }
  }
  const name = `runner-${hash.digest("hex").slice(0, 24)}`;
  const path = join(CACHE, name);
  // Half a minute of gcc with sanitizers: another test file that wants the same one waits for it.
  await TEST_CACHE.alone(name, () => compileRunner(path, texts["runner.c"], compiler, args));
  return path;
}

async function compileRunner(path: string, source: string, compiler: string, args: readonly string[]): Promise<void> {
  if (existsSync(path)) return;
  const directory = `${path}.${process.pid}`;
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(join(directory, "runner.c"), source);
    const { stderr } = await promisify(execFile)(compiler, args, { cwd: directory });
    if (stderr !== "") throw new Error(`gcc warns about the emitted C:\n${stderr}`);
    renameSync(join(directory, "runner"), path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
