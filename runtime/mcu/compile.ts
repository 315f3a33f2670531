/** Runs the compiler on an image and reads back what came out. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { COMPILERS, emitImage } from "./image.js";
import { ImageError, type ImageInput, type StackGuard } from "./image-types.js";
import { reportSizes, type SizeReport } from "./sizes.js";
import { type StackDepth, stackDepth } from "./stack-depth.js";

const run = promisify(execFile);

/** Output of the tools is read whole; a map of a large image has some megabytes. */
const MAX_OUTPUT = 64 * 1024 * 1024;

export interface CompiledImage {
  /** Path of image.elf. */
  readonly elf: string;
  readonly sizes: SizeReport;
  readonly stack: StackDepth;
  /** Warnings of the compiler, empty when there are none. */
  readonly warnings: string;
}

interface ToolFailure {
  readonly code?: string | number;
  readonly stderr?: string;
}

/**
 * Writes core.c, app.c and image.ld into `directory`, compiles and links them, and measures the result. When the application
 * recurses, or calls through a table, it is compiled a second time with checks of the stack in those functions. Throws an
 * ImageError when the compiler is missing, the code does not compile, or the image does not fit the board.
 */
export async function compileImage(input: ImageInput, directory: string): Promise<CompiledImage> {
  const warnings = await runCompiler(input, directory);
  const stack = stackDepth(["core.ci", "app.ci"].map((name) => readFileSync(join(directory, name), "utf8")).join("\n"));
  checkStack(input, stack);
  if (stack.bytes === undefined && input.stackGuard === undefined) {
    const functions: StackGuard["functions"] = stack.indirect ? "all" : stack.recursive;
    const guarded = { ...input, stackGuard: { functions, reserve: stack.withoutCycles } };
    return { ...(await compileImage(guarded, directory)), stack };
  }
  const elf = join(directory, "image.elf");
  const tool = (name: string) => COMPILERS[input.board.arch].binary.replace(/gcc$/, name);
  const [nm, size] = await Promise.all([
    run(tool("nm"), ["--print-size", "--defined-only", "--radix=d", elf], { maxBuffer: MAX_OUTPUT }),
    run(tool("size"), ["-A", "-d", elf]),
  ]);
  const glue = input.app.imports.map((entry) => entry.cName);
  return { elf, sizes: reportSizes(nm.stdout, size.stdout, glue, input.board.ram.origin), stack, warnings };
}

/** Writes the texts and runs the compiler and the linker; the warnings. */
async function runCompiler(input: ImageInput, directory: string): Promise<string> {
  const image = emitImage(input);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "app.c"), image["app.c"]);
  writeFileSync(join(directory, "image.ld"), image["image.ld"]);
  const call = async ([binary, ...args]: readonly string[], ...more: string[]): Promise<string> =>
    (await run(binary, [...args, ...more], { cwd: directory, maxBuffer: MAX_OUTPUT })).stderr;
  const unit = (name: string, ...flags: readonly string[]): Promise<string> =>
    call(image.compile, ...flags, "-c", `${name}.c`, "-o", `${name}.o`);
  try {
    const warnings = await Promise.all([
      compileCore(image["core.c"], image.compile, input.tools, directory, () => unit("core")),
      unit("app", ...image.applicationFlags),
    ]);
    return [...warnings, await call(image.link, "core.o", "app.o", "-lm")].join("");
  } catch (error) {
    throw compileError(input, error as ToolFailure);
  }
}

/**
 * Compiles core.c, unless core.o is there from the same text, command and tools. core.json says what it was made from: it goes before
 * the object is made and comes when that is whole. A core with warnings is compiled again, so that they are seen again.
 */
async function compileCore(
  text: string,
  command: readonly string[],
  tools: string | undefined,
  directory: string,
  compile: () => Promise<string>,
): Promise<string> {
  const record = join(directory, "core.json");
  const digest = createHash("sha256").update(JSON.stringify([text, command, tools]));
  const key = JSON.stringify({ key: digest.digest("hex") });
  const present = ["core.json", "core.o", "core.ci"].every((name) => existsSync(join(directory, name)));
  if (tools !== undefined && present && readFileSync(record, "utf8") === key) return "";
  rmSync(record, { force: true });
  writeFileSync(join(directory, "core.c"), text);
  const warnings = await compile();
  if (tools !== undefined && warnings.trim() === "") writeFileSync(record, key);
  return warnings;
}

/** Bytes that an application that recurses has for itself, at least. */
const RECURSION_BYTES = 256;

function checkStack(input: ImageInput, stack: StackDepth): void {
  const size = Number(input.config.get("MAIN_STACK_SIZE"));
  const needs = stack.bytes ?? stack.withoutCycles + RECURSION_BYTES;
  if (needs <= size) return;
  throw new ImageError(
    `${input.name} can need ${decimal(needs)} bytes of C stack, CONFIG_MAIN_STACK_SIZE is ${decimal(size)}: set CONFIG_MAIN_STACK_SIZE=${Math.ceil(needs / 128) * 128} or more in prj.conf.`,
  );
}

const decimal = (value: number) => value.toLocaleString("en-US");

function compileError(input: ImageInput, failure: ToolFailure): ImageError {
  const { binary, packages } = COMPILERS[input.board.arch];
  if (failure.code === "ENOENT") {
    return new ImageError(
      `The compiler ${binary} was not found. On Debian and Ubuntu: sudo apt-get install ${packages}. Elsewhere: install the Arm GNU toolchain and put its bin directory into PATH.`,
    );
  }
  const output = failure.stderr ?? "";
  for (const match of output.matchAll(/region `(RAM|FLASH)' overflowed by (\d+) bytes/g)) {
    return overflow(input, match[1] as "RAM" | "FLASH", Number(match[2]));
  }
  return new ImageError(
    `The image of ${input.name} for ${input.board.name} does not compile; this is a fault of socklet:\n${output || String(failure)}`,
  );
}

function overflow(input: ImageInput, region: "RAM" | "FLASH", by: number): ImageError {
  const { name, board, config } = input;
  const length = region === "RAM" ? board.ram.length : board.flash.length;
  const needs = `${name} needs ${decimal(length + by)} bytes of ${region === "RAM" ? "RAM" : "flash"}, ${board.name} has ${decimal(length)}`;
  if (region === "FLASH") {
    return new ImageError(
      `${needs}: set CONFIG_OPTIMIZE_FOR_SIZE=y, or switch off what the application does not use (CONFIG_NET_IPV4_FRAGMENT=n, CONFIG_NET_LOOPBACK=n).`,
    );
  }
  const shares = [
    `the stack's pools take ${decimal(input.coreMemorySize)} (CONFIG_NET_MAX_CONTEXTS, CONFIG_NET_SOCKETS_UDP_RCVBUF)`,
    `the application's memory ${decimal(Number(config.get("APP_MEMORY_SIZE")))} (CONFIG_APP_MEMORY_SIZE)`,
    `the C stack ${decimal(Number(config.get("MAIN_STACK_SIZE")))} (CONFIG_MAIN_STACK_SIZE)`,
  ];
  return new ImageError(`${needs}: ${shares.join(", ")}. Make one of them smaller, by ${decimal(by)} bytes in all.`);
}
