/** Puts an image together: two C files, one linker script, the commands of the compiler. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { McuBoard } from "../../boards/types.js";
import { includeDirectory } from "../aot/index.js";
import { emitGlue, emitStart, systemCallDeclaration } from "./glue.js";
import { type EmittedImage, ImageError, type ImageInput, type StackGuard } from "./image-types.js";
import { linkerScript } from "./linker-script.js";

export { type CompiledImage, compileImage } from "./compile.js";
export { unknownImports } from "./glue.js";
export { type EmittedImage, type ImageConfig, ImageError, type ImageInput } from "./image-types.js";
export type { SizeReport } from "./sizes.js";

/** The compiler for each architecture, and the Debian packages that have it. */
export const COMPILERS = {
  armv7m: { binary: "arm-none-eabi-gcc", packages: "gcc-arm-none-eabi libnewlib-arm-none-eabi" },
} as const;

/** The directory of the C sources, for the include path; the sources also when run from `dist`. */
export function sourceDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = [here, join(here, "../../../runtime/mcu")].find((path) => existsSync(join(path, "host/types.h")));
  if (found === undefined) throw new ImageError(`The C sources of the host are missing beside ${here}.`);
  return found;
}

const hex = (value: number) => `0x${(value >>> 0).toString(16)}u`;

/** A C string literal whose bytes are `texts`, each ended by a NUL. */
export function stringList(texts: readonly string[]): string {
  if (texts.length === 0) return '""';
  return texts
    .map((text) => {
      const bytes = [...new TextEncoder().encode(text)];
      return `"${bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}\\000"`;
    })
    .join(" ");
}

/** `aa:bb:cc:dd:ee:ff` → the two words of host.mac_address. */
export function macWords(mac: string): { low: number; high: number } {
  const bytes = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  if (bytes.length !== 6 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) {
    throw new ImageError(`"${mac}" is not a MAC address: write six bytes like 02:00:00:00:00:01.`);
  }
  const [a, b, c, d, e, f] = bytes;
  return { low: (a | (b << 8) | (c << 16) | (d << 24)) >>> 0, high: e | (f << 8) };
}

/** What the inline functions and the start-up code need to know of the board, as preprocessor definitions. */
export function boardDefines(board: McuBoard, mac: string): Record<string, string | number> {
  const { low, high } = macWords(mac);
  // a - origin <= length - n: one comparison for both ends of the window.
  const windows = board.windows.map(
    ({ origin, length }) => `((a) - ${hex(origin)} <= ${hex(length)} - (n) && (n) <= ${hex(length)})`,
  );
  return {
    BOARD_FLASH_ORIGIN: hex(board.flash.origin),
    BOARD_FLASH_LENGTH: hex(board.flash.length),
    BOARD_RAM_ORIGIN: hex(board.ram.origin),
    BOARD_INTERRUPTS: board.interrupts,
    "BOARD_IN_WINDOW(a, n)": windows.join(" || ") || "0",
    BOARD_NIC_BURST: board.nic.burst ? 1 : 0,
    BOARD_NIC_IRQ: `${board.nic.interrupt}u`,
    BOARD_TIMER_BASE: hex(board.timer.base),
    BOARD_TIMER_COUNTER: hex(board.timer.counter ?? board.timer.base),
    BOARD_TIMER_FREQUENCY: `${board.timer.frequency}u`,
    BOARD_TIMER_IRQ: `${board.timer.interrupt}u`,
    // First count of the clock's counter; tests start it shortly before a wrap.
    TIMER_START: "0xffffffffu",
    BOARD_UART_BASE: hex(board.uart.base),
    BOARD_UART_CLOCK: `${board.uart.clock}u`,
    BOARD_MAC_LOW: hex(low),
    BOARD_MAC_HIGH: hex(high),
  };
}

export function defineLines(defines: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(defines).map(([name, value]) => `#define ${name} ${value}`);
}

/** Everything of the host that stands before the core's C text, for `board`. */
export function hostIncludes(board: McuBoard): string[] {
  return [
    `arch/${board.arch}/registers.h`,
    "host/trap.h",
    `arch/${board.arch}/interrupts.h`,
    `soc/${board.soc}.h`,
    `timer/${board.timer.kind}.h`,
    `uart/${board.uart.kind}.h`,
    `arch/${board.arch}/kernels.h`,
    `arch/${board.arch}/semihosting.h`,
    "host/libc.h",
    "host/print.h",
    "host/clock.h",
    "host/alarm.h",
    "host/accounting.h",
    "inline/memory.h",
    "inline/mmio.h",
    "inline/bulk.h",
    "inline/guest.h",
    "inline/host.h",
    "host/random.h",
    "host/strings.h",
  ];
}

const include = (path: string) => `#include "${path}"`;

/** The words of an option that holds a list separated by blanks. */
const words = (value: boolean | number | string) =>
  String(value)
    .split(/\s+/)
    .filter((word) => word !== "");

/**
 * The names in `NAME_function_names` as a reader of a console needs them: no type arguments, and of what comes from a
 * library only the last part. They take flash: one text, in which each ends with a NUL, has no addresses.
 */
function shortenNames(source: string): string {
  return source.replace(/\*const (\w+_function_names\[\][^{]*)\{\n([^}]*)\};/, (_, head: string, names: string) => {
    const shortened = [...names.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, name]) => {
      const plain = name.replace(/<.*>/, "");
      return `  "${plain.startsWith("~lib/") ? plain.slice(plain.lastIndexOf("/") + 1) : plain}\\0"\n`;
    });
    return `${head}\n${shortened.join("") || '  ""\n'};`;
  });
}

/** The application's C text as a translation unit of its own has it: the host knows its memory and its names. */
function shareApplication(source: string): string {
  return source
    .replace(
      /^static (unsigned char app_memory\[.*\]) __attribute__\(\(aligned\(8\), unused\)\);$/gm,
      "SHARED $1 __attribute__((aligned(8)));",
    )
    .replace(/^static (const char app_function_names\[\]) __attribute__\(\(unused\)\)/m, "SHARED $1");
}

/** The application's C text with `STACK_GUARD` at the start of the functions that need it. */
function guardStack(source: string, guard: StackGuard | undefined): string {
  if (guard === undefined) return source;
  return source.replace(/^static \w+ (app_\w+)\([^;{]*\) \{$/gm, (line, name: string) => {
    const needed = guard.functions === "all" || guard.functions.includes(name);
    return needed && name !== "app_init" ? `${line}\n  STACK_GUARD();` : line;
  });
}

/**
 * The texts of an image. Throws an ImageError when the application imports what does not exist, exports nothing to
 * run, or an option cannot be met.
 */
export function emitImage(input: ImageInput): EmittedImage {
  const { board, config, core, app } = input;
  const stackSize = Math.ceil(Number(config.get("MAIN_STACK_SIZE")) / 8) * 8;
  const glue = emitGlue(app.imports, core.exports, config.get("OPTIMIZE_FOR_SIZE") !== true);
  const forSize = config.get("OPTIMIZE_FOR_SIZE") === true;
  const defines = {
    SOCKLET_TRAP_UDF: 1,
    CORE_MEMORY_SIZE: `${input.coreMemorySize}u`,
    APP_MEMORY_SIZE: `${config.get("APP_MEMORY_SIZE")}u`,
    SHARED: "__attribute__((externally_visible))",
    ...input.defines,
  };
  const coreDefines = {
    CONFIG_EXCEPTION_DEBUG: config.get("EXCEPTION_DEBUG") === true ? 1 : 0,
    CONFIG_HOST_ACCOUNTING: config.get("HOST_ACCOUNTING") === true ? 1 : 0,
    IMAGE_RESTART_ON_TRAP: config.get("APP_ON_TRAP") === "restart" ? 1 : 0,
    IMAGE_STACK_SIZE_TEXT: `"${stackSize}"`,
    IMAGE_ARGUMENTS: stringList([input.name, ...words(config.get("APP_ARGS"))]),
    IMAGE_ENVIRONMENT: stringList(["SOCKLET_ABI=1", ...words(config.get("APP_ENVIRONMENT"))]),
    IMAGE_CORE_NAMES: input.coreNames === true ? "core_function_names" : "0",
    IMAGE_CORE_FUNCTIONS: core.functionNames.length,
    KERNELS_SMALL: forSize ? 1 : 0,
    GLUE: "__attribute__((noipa, externally_visible))",
    AOT_LAY: "GLUE",
    ...(input.seed === undefined ? {} : { SOCKLET_RANDOM_SEED: hex(input.seed) }),
    ...boardDefines(board, String(config.get("ETH_MAC_ADDRESS"))),
    MMIO_READ: "REGISTER32",
    "MMIO_WRITE(address, value)": "(REGISTER32(address) = (value))",
    ...input.defines,
  };
  // Nothing here depends on what the application does, but for the system calls that it makes: this is compiled once for many edits.
  const coreText = [
    `/* The stack and its host on ${board.title}. Generated by socklet; do not edit. */`,
    ...defineLines({ ...defines, ...coreDefines }),
    include("host/types.h"),
    include("aot.h"),
    core.header,
    include("host/application.h"),
    ...hostIncludes(board).map(include),
    shortenNames(core.source),
    include("host/poll.h"),
    include(`arch/${board.arch}/startup.h`),
    include("host/app.h"),
    glue,
    include("host/report.h"),
    include(`arch/${board.arch}/fault.h`),
    include("host/main.h"),
    "",
  ];
  const appText = [
    `/* ${input.name} on ${board.title}. Generated by socklet; do not edit. */`,
    ...defineLines({ ...defines, IMAGE_STACK_RESERVE: `${input.stackGuard?.reserve ?? 0}u`, AOT_LAY_ELSEWHERE: 1 }),
    include("host/types.h"),
    include("aot.h"),
    include("host/application.h"),
    include("host/trap.h"),
    include(`arch/${board.arch}/stack-check.h`),
    ...app.imports.map(systemCallDeclaration),
    shareApplication(guardStack(shortenNames(app.source), input.stackGuard)),
    `SHARED const u32 app_functions = ${app.functionNames.length};`,
    emitStart(app.exports),
    "",
  ];
  return {
    "core.c": coreText.join("\n"),
    "app.c": appText.join("\n"),
    "image.ld": linkerScript(board, stackSize),
    compile: compileCommand(board, forSize),
    applicationFlags: forSize ? [] : NO_GROWTH,
    link: linkCommand(board),
  };
}

/**
 * What GCC leaves out when it optimises for speed. All three make it keep addresses of fields in registers and, when these run out,
 * on the stack, where a load or store with an offset costs nothing: 2 % of the instructions of a TCP echo (docs/performance.md).
 */
const NO_KEPT_ADDRESSES = ["-fno-tree-pre", "-fno-gcse", "-fno-tree-forwprop"];

/**
 * GCC may make a unit larger by inlining, by a part of its size or, if it is small, by as much as a large one. asc has inlined what pays:
 * without this, the printing functions that udp_echo calls in a few places cost it 288 bytes more.
 */
const NO_GROWTH = ["--param", "large-unit-insns=0", "--param", "inline-unit-growth=0"];

/**
 * Of many options of GCC (docs/performance.md) those that made each of three images smaller. A function that ends in a call has to restore its registers first
 * to jump there, and often has other ends: returning from both is shorter. What is called once is inlined, which saves the call; where that makes a function of more
 * than eight hundred statements, as segments that arrive did, the pointers that everything goes by lie on the stack and in the registers that only long instructions reach.
 */
const FOR_SIZE = ["-Os", "-fno-schedule-insns2", "-fno-optimize-sibling-calls", "--param=large-function-insns=800"];

/** The compiler and its arguments for one translation unit, without `-c`, its name and that of the result. */
export function compileCommand(board: McuBoard, forSize: boolean): string[] {
  return [
    COMPILERS[board.arch].binary,
    ...board.cpuFlags,
    "-std=gnu11",
    ...(forSize ? FOR_SIZE : ["-O2", ...NO_KEPT_ADDRESSES]),
    // Lines and functions, inlined ones too, but not where each variable of the translated code is: a quarter of the compiler's time.
    "-g",
    "-fno-var-tracking",
    "-Wall",
    "-Wextra",
    "-Wno-override-init",
    "-ffunction-sections",
    "-fdata-sections",
    "-fwhole-program",
    "-fno-common",
    "-fcallgraph-info=su",
    `-I${sourceDirectory()}`,
    `-I${includeDirectory()}`,
  ];
}

/** The compiler and its arguments to link: the objects that follow and image.ld in the working directory become image.elf and image.map. */
export function linkCommand(board: McuBoard): string[] {
  return [
    COMPILERS[board.arch].binary,
    ...board.cpuFlags,
    "-nostartfiles",
    "--specs=nano.specs",
    "-Wl,--gc-sections",
    "-Wl,--no-warn-rwx-segments",
    "-Wl,-Map=image.map",
    "-T",
    "image.ld",
    "-o",
    "image.elf",
  ];
}
