/**
 * Writes posix/imports.ts from the system-call table, posix/zsock/error-text.ts from error-text.ts, and posix/names.json
 * from posix/names/*.ts.
 * Run `npx tsx runtime/syscall/table/generate-declarations.ts` after a change of any of them;
 * test/contract/declarations.test.ts fails while a file is out of date.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorNameModule, errorTextModule } from "./error-text.js";
import { type ParameterType, SYSTEM_CALLS, type SystemCall } from "./index.js";

/** What a POSIX name stands for. */
export interface PosixName {
  /** The name that always exists: `zsock_recv` for `recv`. */
  readonly twin: string;
  /** The header that has it, below `socklet/posix/`: `sys/socket`. */
  readonly header: string;
}

/** Names that the table uses and AssemblyScript reserves. */
const RESERVED: ReadonlySet<string> = new Set(["in", "interface", "from", "type"]);

const TYPE: Readonly<Record<ParameterType, string>> = { i32: "i32", i64: "i64", pointer: "usize" };

/** The header that each file of posix/names belongs to. */
const HEADER: Readonly<Record<string, string>> = {
  "arpa-inet": "arpa/inet",
  epoll: "sys/epoll",
  eventfd: "sys/eventfd",
  fcntl: "fcntl",
  ifaddrs: "ifaddrs",
  interfaces: "net/if",
  ioctl: "sys/ioctl",
  netdb: "netdb",
  poll: "poll",
  select: "sys/select",
  socket: "sys/socket",
  time: "sys/time",
  uio: "sys/uio",
  unistd: "unistd",
};

/** The AssemblyScript name of a system call: its own, with `socklet_` in front for calls of socklet_v1. */
export function declarationName(call: SystemCall): string {
  return call.module === "socklet_v1" ? `socklet_${call.name}` : call.name;
}

/** The text of posix/imports.ts for these system calls. */
export function declarations(calls: readonly SystemCall[]): string {
  const lines = [
    "/**",
    " * The system calls as AssemblyScript declarations; each answers a WASI errno, 0 for success.",
    " * Generated from runtime/syscall/table by generate-declarations.ts: do not edit.",
    " */",
  ];
  for (const call of calls) {
    const parameters = call.parameters.map((parameter) => {
      const name = RESERVED.has(parameter.name) ? `${parameter.name}_` : parameter.name;
      return `${name}: ${TYPE[parameter.type]}`;
    });
    const result = call.result === "none" ? "void" : "i32";
    const head = `export declare function ${declarationName(call)}(`;
    const oneLine = `${head}${parameters.join(", ")}): ${result};`;
    lines.push("", `/** ${sentence(call.summary)} */`, "// @ts-ignore: decorator");
    lines.push(`@external("${call.module}", "${call.name}")`);
    if (oneLine.length <= 120) lines.push(oneLine);
    else lines.push(head, ...parameters.map((parameter) => `  ${parameter},`), `): ${result};`);
  }
  return `${lines.join("\n")}\n`;
}

/** Words of C that the table uses as names of parameters. */
const RESERVED_IN_C: ReadonlySet<string> = new Set(["signed", "unsigned", "default", "register"]);

const C_TYPE: Readonly<Record<ParameterType, string>> = { i32: "int", i64: "long long ", pointer: "void *" };

/** The name of a system call in C: `socklet_` in front for calls of socklet_v1, `wasi_` for the others. */
export function cDeclarationName(call: SystemCall): string {
  return `${call.module === "socklet_v1" ? "socklet" : "wasi"}_${call.name}`;
}

/** The text of posix/c/include/socklet/imports.h for these system calls. */
export function cDeclarations(calls: readonly SystemCall[]): string {
  const lines = [
    "/*",
    " * The system calls as C declarations; each answers a WASI errno, 0 for success.",
    " * Generated from runtime/syscall/table by generate-declarations.ts: do not edit.",
    " */",
    "#ifndef SOCKLET_IMPORTS_H",
    "#define SOCKLET_IMPORTS_H",
    "",
    "#define SOCKLET_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))",
    "",
    "#ifdef __cplusplus",
    'extern "C" {',
    "#endif",
  ];
  for (const call of calls) {
    const parameters = call.parameters.map(({ name, type }) => {
      const shown = RESERVED_IN_C.has(name) ? `${name}_` : name;
      return `${C_TYPE[type]}${type === "i32" ? " " : ""}${shown}`;
    });
    const result = call.result === "none" ? "void" : "int";
    lines.push("", `/* ${sentence(call.summary)} */`, `SOCKLET_IMPORT("${call.module}", "${call.name}")`);
    lines.push(`${result} ${cDeclarationName(call)}(${parameters.join(", ") || "void"});`);
  }
  return `${[...lines, "", "#ifdef __cplusplus", "}", "#endif", "", "#endif"].join("\n")}\n`;
}

/** The POSIX names that the files of `folder` (posix/names) export, each with its twin and header, sorted. */
export function posixNames(folder: string): Record<string, PosixName> {
  const found: [string, PosixName][] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".ts")) continue;
    const header = HEADER[file.slice(0, -3)];
    if (header === undefined) throw new Error(`posix/names/${file}: add its header to HEADER`);
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, twin, name] of text.matchAll(/\b(\w+) as (\w+)\b/g)) {
      found.push([name as string, { twin: twin as string, header }]);
    }
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The generated files, by path below the package's root. */
export function generatedFiles(root: string): Record<string, string> {
  return {
    "posix/imports.ts": declarations(SYSTEM_CALLS),
    "posix/c/include/socklet/imports.h": cDeclarations(SYSTEM_CALLS),
    "posix/zsock/error-text.ts": errorTextModule(),
    "posix/zsock/error-name.ts": errorNameModule(readFileSync(join(root, "posix/errno.ts"), "utf8")),
    "posix/names.json": `${JSON.stringify(posixNames(join(root, "posix/names")), undefined, 2).replace(
      /\{\n {4}("twin": .*),\n {4}("header": .*)\n {2}\}/g,
      "{ $1, $2 }",
    )}\n`,
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  for (const [path, text] of Object.entries(generatedFiles(root))) writeFileSync(join(root, path), text);
}
