/** Programs in C: clang and wasi-libc make a WASI module of them, with the headers and functions of posix/c. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { exportedConstant } from "../../runtime/node/module-sections.js";
import type { Application } from "../application.js";
import { generateConfigHeader } from "../config/generate-header.js";
import type { ResolvedConfig } from "../config/index.js";
import { UserError } from "../errors.js";
import { packagePath } from "../package-root.js";
import { missingForC } from "../toolchain.js";
import { writeWhole } from "./build-cache.js";
import type { CompiledModule } from "./module-cache.js";

const PAGE = 65_536;

/** True for an application in C: its entry file is main.c or another `.c`. */
export function isCProgram({ entry }: Application): boolean {
  return entry.endsWith(".c");
}

/** The C files of a folder, sorted. */
function sources(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(directory, name));
}

/** What clang is asked; exposed so that tests can look at it. */
export function clangArguments(
  application: Application,
  config: ResolvedConfig,
  header: string,
  output: string,
): string[] {
  const memory = Math.max(Math.ceil(config.int("APP_MEMORY_SIZE") / PAGE), 1) * PAGE;
  return [
    "--target=wasm32-wasi",
    config.bool("OPTIMIZE_FOR_SIZE") ? "-Oz" : "-O2",
    "-Wall",
    "-ffunction-sections",
    "-fdata-sections",
    "-isystem",
    packagePath("posix", "c", "include"),
    "-include",
    header,
    ...application.cflags,
    // Relative, so that messages name the files as the user knows them.
    ...sources(dirname(application.entry)).map((path) => relative(process.cwd(), path)),
    ...sources(packagePath("posix", "c", "source")),
    "-o",
    output,
    // A stack that is too small runs into address 0 and traps, instead of into the data.
    `-Wl,--gc-sections,--strip-debug,--stack-first,-z,stack-size=${config.int("APP_STACK_SIZE")}`,
    `-Wl,--initial-memory=${memory},--export=__heap_base`,
  ];
}

/** `prj.conf` of the application as seen from here. */
function confShown({ directory }: Application): string {
  const path = join(directory, "prj.conf");
  return existsSync(path) ? relative(process.cwd(), path) : `${relative(process.cwd(), path)} (a new file)`;
}

function tooLarge(application: Application, config: ResolvedConfig, needed: number): UserError {
  return new UserError(
    `The stack and static data of ${application.name} need ${needed} bytes, and CONFIG_APP_MEMORY_SIZE is ${config.int("APP_MEMORY_SIZE")}. ` +
      `Set CONFIG_APP_MEMORY_SIZE=${Math.ceil(needed / 256) * 256} or more in ${confShown(application)}.`,
  );
}

/**
 * Compiles the entry file and all `.c` files beside it into a module.
 *
 * @throws UserError: clang or wasi-libc is missing; the program does not compile or link; it does not fit its memory
 */
export function compileCProgram(application: Application, config: ResolvedConfig, directory: string): CompiledModule {
  const missing = missingForC();
  const shown = relative(process.cwd(), application.entry);
  if (missing.length > 0) {
    const packages = missing.map(({ debianPackage }) => debianPackage).join(" ");
    throw new UserError(
      `${shown} is a program in C. Not installed, and needed to compile it: ${missing.map(({ name }) => name).join(", ")}. On Debian: apt-get install ${packages}.`,
    );
  }
  const header = join(directory, "autoconf.h");
  writeWhole(header, generateConfigHeader(config));
  const scratch = mkdtempSync(join(directory, "c-"));
  try {
    const output = join(scratch, "app.wasm");
    const parameters = clangArguments(application, config, header, output);
    const { status, stderr } = spawnSync("clang", parameters, { encoding: "utf8" });
    const needed = /initial memory too small, (\d+) bytes needed/.exec(stderr)?.[1];
    if (needed !== undefined) throw tooLarge(application, config, Number(needed));
    if (status !== 0) throw new UserError(`${shown} does not compile:\n\n${stderr.trim()}`);
    const wasm = readFileSync(output);
    const heapBase = exportedConstant(wasm, "__heap_base");
    if (heapBase === undefined) throw new Error(`${basename(output)} has no __heap_base`);
    if (heapBase > config.int("APP_MEMORY_SIZE")) throw tooLarge(application, config, heapBase);
    const warnings = stderr.trim();
    return { wasm, heapBase, diagnostics: warnings === "" ? [] : [warnings], cached: false };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
