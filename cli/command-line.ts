/** Runs a command line and turns what it throws into sentences. */
import { readFileSync } from "node:fs";
import pc from "picocolors";
import { UserError } from "./errors.js";
import { packagePath } from "./package-root.js";
import { type CommandContext, runProgram } from "./program.js";

/** Names of errors of other parts that carry a message for the user. */
const USER_ERRORS = new Set(["UserError", "TranslateError", "ImageError"]);

/** Version of the package. */
export function packageVersion(): string {
  const settings = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { readonly version: string };
  return settings.version;
}

/** @returns the exit code; errors have been printed */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await runProgram(argv, packageVersion(), context);
  } catch (error) {
    if (error instanceof Error && USER_ERRORS.has(error.name)) {
      context.stderr.write(`${pc.red("error:")} ${error.message}\n`);
      return error instanceof UserError ? error.exitCode : 1;
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.stderr.write(`${pc.red("socklet failed; this is a bug of socklet:")}\n${detail}\n`);
    return 1;
  }
}
