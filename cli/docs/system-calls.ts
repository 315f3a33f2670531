/** docs/system-calls.md, from the system-call table. */
import { SYSTEM_CALLS, type SystemCall } from "../../runtime/syscall/table/index.js";

const INTRODUCTION = `# System calls

Generated from runtime/syscall/table by \`npm run docs\`; \`npm test\` holds the two together.

What an application module may import. Every call answers a WASI errno (0: done), except \`proc_exit\`, which does not return. \`*\` marks an offset
into the application's memory; a range outside of it answers EFAULT (21) and nothing has happened. A call that waits answers when it is done, on every host.

Programs in AssemblyScript reach these through \`socklet/posix/…\`; \`posix/imports.ts\` has the declarations. Programs in C have the headers of
[posix/c](../posix/c/README.md). Programs in other languages import them directly.
`;

const TITLES: Readonly<Record<SystemCall["module"], string>> = {
  wasi_snapshot_preview1:
    "WASI preview 1 and the socket functions that WAMR adds to it, with their names, types and layouts.",
  socklet_v1:
    "What POSIX has and the tables above do not, with the layouts of Zephyr's C structures. A program finds out whether its host has this module by the environment variable `SOCKLET_ABI` (`1`).",
};

function row(call: SystemCall): string {
  const parameters = call.parameters.map(({ name, type }) => {
    if (type === "pointer") return `${name}*`;
    return type === "i64" ? `${name}: i64` : name;
  });
  return `| \`${call.name}(${parameters.join(", ")})\` | ${call.blocks ? "yes" : ""} | ${call.summary} |`;
}

/** The text of docs/system-calls.md. */
export function systemCallsPage(): string {
  const modules = [...new Set(SYSTEM_CALLS.map((call) => call.module))];
  const parts = modules.map((module) => {
    const rows = SYSTEM_CALLS.filter((call) => call.module === module).map(row);
    return `## ${module}\n\n${TITLES[module]}\n\n| call | waits | |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `${INTRODUCTION}\n${parts.join("\n")}`;
}
