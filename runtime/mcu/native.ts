/** The core compiled for this machine, as a runner for comparing traces (native/README.md). */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { includeDirectory, type TranslatedFunction, type Translation } from "../aot/index.js";
import { defineLines, sourceDirectory } from "./image.js";
import { ImageError } from "./image-types.js";

const run = promisify(execFile);

export interface NativeInput {
  /** core.wasm built for native_sim, translated with the name "core". */
  readonly core: Translation;
  readonly coreMemorySize: number;
  /** Bytes of the application's memory that the events write and read. */
  readonly appMemorySize: number;
  /** CONFIG_ETH_BASE_ADDRESS of the core. Default 0x40000000. */
  readonly deviceBase?: number;
  /** With address and undefined-behaviour sanitizers: any finding ends the program with another code than 0. */
  readonly sanitize?: boolean;
}

const C_CASTS = { i32: "(u32)", i64: "", f32: "(float)", f64: "(double)" } as const;

/** One function that takes its arguments from an array, and the table of all of them. */
function exportTable(exports: readonly TranslatedFunction[]): string {
  const callers = exports.map((entry, index) => {
    const values = entry.parameters.map((type, position) => `${C_CASTS[type]}a[${position}]`).join(", ");
    const call = `${entry.cName}(${values})`;
    const body = entry.result === undefined ? `${call}; return 0;` : `return (u64)${call};`;
    return `static u64 runner_call_${index}(const u64 *a) { (void)a; ${body} }`;
  });
  const rows = exports.map((entry, index) => `  {"${entry.name}", ${entry.parameters.length}, runner_call_${index}},`);
  return [
    ...callers,
    "static const struct runner_export {",
    "  const char *name;",
    "  u32 parameters;",
    "  u64 (*call)(const u64 *);",
    "} runner_exports[] = {",
    ...rows,
    "};",
  ].join("\n");
}

/** The text of the runner, and the command that makes it a program called `runner` in the working directory. */
export function emitNative(input: NativeInput): { "runner.c": string; command: string[] } {
  const base = `0x${(input.deviceBase ?? 0x4000_0000).toString(16)}u`;
  const include = (path: string) => `#include "${path}"`;
  const source = [
    ...defineLines({
      CORE_MEMORY_SIZE: `${input.coreMemorySize}u`,
      APP_MEMORY_SIZE: `${input.appMemorySize}u`,
      DEVICE_BASE: base,
      "BOARD_IN_WINDOW(a, n)": `((a) - ${base} <= 0x40u - (n))`,
      BOARD_NIC_BURST: 0,
      MMIO_READ: "device_read",
      MMIO_WRITE: "device_write",
      PORT_READ: "device_read",
      PORT_WRITE: "device_write",
    }),
    ...["host/types.h", "aot.h", "host/trap.h", "native/record.h", "native/device.h"].map(include),
    input.core.header,
    "static u8 app_memory[APP_MEMORY_SIZE] __attribute__((aligned(8)));",
    ...["arch/portable/kernels.h", "inline/memory.h", "inline/mmio.h", "inline/bulk.h", "inline/guest.h"].map(include),
    include("native/imports.h"),
    input.core.source,
    exportTable(input.core.exports),
    include("native/main.h"),
    "",
  ];
  return {
    "runner.c": source.join("\n"),
    command: [
      "gcc",
      "-std=gnu11",
      input.sanitize === true ? "-O1" : "-O2",
      "-g",
      "-Wall",
      "-Wextra",
      ...(input.sanitize === true
        ? ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
        : []),
      `-I${sourceDirectory()}`,
      `-I${includeDirectory()}`,
      "runner.c",
      "-lm",
      "-o",
      "runner",
    ],
  };
}

/** Writes and compiles the runner in `directory`; its path, and the compiler's warnings. */
export async function compileNative(
  input: NativeInput,
  directory: string,
): Promise<{ runner: string; warnings: string }> {
  const { command, ...texts } = emitNative(input);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "runner.c"), texts["runner.c"]);
  const [binary, ...args] = command;
  try {
    const { stderr } = await run(binary, args, { cwd: directory });
    return { runner: join(directory, "runner"), warnings: stderr };
  } catch (error) {
    const failure = error as { code?: unknown; stderr?: string };
    if (failure.code === "ENOENT") {
      throw new ImageError("The compiler gcc was not found. On Debian and Ubuntu: sudo apt-get install gcc libc6-dev.");
    }
    throw new ImageError(`The native runner does not compile; this is a fault of socklet:\n${failure.stderr ?? error}`);
  }
}
