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
  /** Needed for boards that run compiled firmware; the others are for tests only. */
  readonly needed: "always" | "boards" | "tests";
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

/** Looks for everything that socklet can use. Takes about a tenth of a second. */
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
