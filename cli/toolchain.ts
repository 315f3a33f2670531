/** What is installed on this machine: compilers, emulators, and what to do about those that are missing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mcuBoards } from "./boards.js";
import { compilerVersion } from "./build/asc.js";

export interface Tool {
  /** Name of the program, or of the part. */
  readonly name: string;
  /** What it is for. */
  readonly purpose: string;
  /** First number of its version; undefined when it is not installed. */
  readonly version?: string;
  /** Needed for boards that run compiled firmware, or for programs in C; the others are for tests only. */
  readonly needed: "always" | "boards" | "C programs" | "tests";
  /** Debian package that has it. */
  readonly debianPackage?: string;
}

function versionOf(program: string, ...args: string[]): string | undefined {
  const result = spawnSync(program, args, { encoding: "utf8" });
  if (result.error !== undefined) return undefined;
  const text = `${result.stdout}\n${result.stderr}`;
  return /\d+\.\d+(?:\.\d+)?/.exec(text.replace(/^.*\bgcc version\b/, ""))?.[0] ?? "installed";
}

/** The C library for bare-metal ARM has no program of its own: the compiler is asked where its headers are. */
function armLibrary(): string | undefined {
  const source = "#include <newlib.h>\n_NEWLIB_VERSION\n";
  const result = spawnSync("arm-none-eabi-gcc", ["-E", "-P", "-"], { input: source, encoding: "utf8" });
  if (result.error !== undefined || result.status !== 0) return undefined;
  return /"([\d.]+)"/.exec(result.stdout)?.[1] ?? "installed";
}

/** wasi-libc and the compiler's own functions for WebAssembly are files of clang: a program that needs both is linked. */
function wasiLibrary(): string | undefined {
  const parameters = ["--target=wasm32-wasi", "-x", "c", "-", "-o", "/dev/null"];
  const source = "#include <stdlib.h>\nint main(int n, char **p) { return (int)strtod(p[n], 0); }\n";
  const result = spawnSync("clang", parameters, { input: source, encoding: "utf8" });
  return result.error === undefined && result.status === 0 ? "installed" : undefined;
}

/** What programs in C are compiled with. */
function cTools(): Tool[] {
  return [
    {
      name: "clang",
      purpose: "C to WebAssembly",
      version: versionOf("clang", "--version"),
      needed: "C programs",
      debianPackage: "clang",
    },
    {
      name: "wasm-ld",
      purpose: "links WebAssembly",
      version: versionOf("wasm-ld", "--version"),
      needed: "C programs",
      debianPackage: "lld",
    },
    {
      name: "wasi-libc",
      purpose: "C library for WASI",
      version: wasiLibrary(),
      needed: "C programs",
      debianPackage: "wasi-libc libclang-rt-dev-wasm32",
    },
  ];
}

/** The tools without which programs in C cannot be compiled. Looked for once a process: they take a fifth of a second. */
export function missingForC(): Tool[] {
  known ??= cTools().filter((tool) => tool.version === undefined);
  return known;
}

let known: Tool[] | undefined;

/** Looks for everything that socklet can use. Takes about a third of a second. */
export function findTools(): Tool[] {
  const emulators = new Map(mcuBoards().map((board) => [board.qemu.binary, board.qemu.package]));
  return [
    { name: "node", purpose: "runs socklet and native_sim", version: process.versions.node, needed: "always" },
    { name: "assemblyscript", purpose: "TypeScript to WebAssembly", version: compilerVersion(), needed: "always" },
    {
      name: "arm-none-eabi-gcc",
      purpose: "C to Cortex-M",
      version: versionOf("arm-none-eabi-gcc", "-dumpfullversion"),
      needed: "boards",
      debianPackage: "gcc-arm-none-eabi",
    },
    {
      name: "newlib",
      purpose: "C library for bare-metal ARM",
      version: armLibrary(),
      needed: "boards",
      debianPackage: "libnewlib-arm-none-eabi",
    },
    ...[...emulators].map(
      ([binary, debianPackage]): Tool => ({
        name: binary,
        purpose: "runs firmware on this machine",
        version: versionOf(binary, "--version"),
        needed: "boards",
        debianPackage,
      }),
    ),
    ...cTools(),
    {
      name: "ip",
      purpose: "network namespaces",
      version: versionOf("ip", "-V"),
      needed: "tests",
      debianPackage: "iproute2",
    },
    {
      name: "tcpdump",
      purpose: "reads the pcap files",
      version: versionOf("tcpdump", "--version"),
      needed: "tests",
      debianPackage: "tcpdump",
    },
    {
      name: "ping",
      purpose: "asks from the kernel",
      version: versionOf("ping", "-V"),
      needed: "tests",
      debianPackage: "iputils-ping",
    },
    {
      name: "gcc",
      purpose: "the emitted C on this machine",
      version: versionOf("gcc", "-dumpfullversion"),
      needed: "tests",
      debianPackage: "gcc",
    },
    {
      name: "/dev/net/tun",
      purpose: "the Linux kernel as peer",
      version: existsSync("/dev/net/tun") ? "present" : undefined,
      needed: "tests",
    },
  ];
}

/** The tools without which boards that run compiled firmware cannot be used. */
export function missingForBoards(tools: readonly Tool[] = findTools()): Tool[] {
  return tools.filter((tool) => tool.needed === "boards" && tool.version === undefined);
}
