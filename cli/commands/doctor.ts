/** `socklet doctor` */
import pc from "picocolors";
import { BOARDS } from "../../boards/index.js";
import type { CommandOptions } from "../options.js";
import type { CommandContext } from "../program.js";
import { formatTable } from "../table.js";
import { findTools, missingForBoards, type Tool } from "../toolchain.js";

const USE: Readonly<Record<Tool["needed"], string>> = {
  always: "",
  boards: "",
  "C programs": " (programs in C only)",
  tests: " (tests only)",
};

function advice(tools: readonly Tool[]): string {
  const missing = tools.filter((tool) => tool.version === undefined);
  if (missing.length === 0) return "Everything is here.";
  const forBoards = missingForBoards(tools);
  const lines: string[] = [];
  if (forBoards.length > 0) {
    const emulated = BOARDS.filter((board) => board.kind === "mcu").map((board) => board.name);
    lines.push(
      `Missing for ${emulated.join(" and ")}: ${forBoards.map((tool) => tool.name).join(", ")}.`,
      "  sh scripts/setup.sh installs them on Debian and Ubuntu and says what to do elsewhere.",
      "  native_sim needs none of them: socklet run <app> -b native_sim.",
    );
  }
  const forC = missing.filter((tool) => tool.needed === "C programs");
  if (forC.length > 0) {
    lines.push(
      `Missing for programs in C: ${forC.map((tool) => tool.name).join(", ")}.`,
      `  On Debian and Ubuntu: apt-get install ${forC.map((tool) => tool.debianPackage).join(" ")}.`,
    );
  }
  const forTests = missing.filter((tool) => tool.needed === "tests");
  if (forTests.length > 0) {
    lines.push(
      `Missing for some tests of socklet itself: ${forTests.map((tool) => tool.name).join(", ")}.`,
      "  sh scripts/setup.sh --tests installs what can be installed.",
    );
  }
  return lines.join("\n");
}

/** Says what is installed and what to do about what is not. Exit code 1 when boards cannot be used. */
export async function doctorCommand(
  context: CommandContext,
  _target: string,
  options: CommandOptions,
): Promise<number> {
  const tools = findTools();
  const missing = missingForBoards(tools);
  if (options.json === true) {
    context.stdout.write(`${JSON.stringify({ tools, ready: missing.length === 0 }, null, 2)}\n`);
  } else {
    const rows = tools.map((tool) => [
      tool.version === undefined ? pc.red("✗") : pc.green("✓"),
      tool.name,
      tool.version ?? "missing",
      `${tool.purpose}${USE[tool.needed]}`,
    ]);
    context.stdout.write(`${formatTable(rows)}\n\n${advice(tools)}\n`);
  }
  return missing.length === 0 ? 0 : 1;
}
