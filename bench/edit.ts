/**
 * `npm run bench:edit`: the time from a changed line of an application's main.ts to the first line that its firmware prints in QEMU:
 * `socklet run` as a user starts it, cold (nothing was built before) and after an edit (only that line is another). The times are those
 * of a machine that may have other things to do; the CPU seconds depend less on them.
 *
 *     npm run bench:edit -- [--board NAME]   that board only
 *                           [--repeat N]     an odd number of runs of each kind; default 3
 *                           [--document]     writes the tables into docs/performance.md
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { mcuBoards } from "../cli/boards.js";
import { PACKAGE_ROOT, packagePath } from "../cli/package-root.js";
import { EDIT_MARKS, writeDocument } from "./document.js";
import { type EditTime, Workshop } from "./edit-times.js";
import { printTable } from "./report.js";
import { type EditRow, editStepsTable, editTable } from "./tables.js";

const EXAMPLE = packagePath("examples", "tcp_echo");
/** Printed first. */
const LINE = '"tcp_echo: listening on "';

/** The word behind `option`. */
function argument(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function measureBoard(board: string, repeats: number): Promise<EditRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "socklet-edit-"));
  try {
    const workshop = new Workshop(directory, EXAMPLE, LINE);
    const cold: EditTime[] = [];
    const edited: EditTime[] = [];
    for (let i = 0; i < repeats; i++) {
      workshop.forget();
      cold.push(await workshop.run(board));
    }
    for (let i = 0; i < repeats; i++) {
      workshop.edit();
      edited.push(await workshop.run(board));
    }
    return [
      { name: `${board}, cold`, times: cold },
      { name: `${board}, after an edit`, times: edited },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const repeats = Number(argument("--repeat") ?? 3);
if (!Number.isInteger(repeats) || repeats < 1 || repeats % 2 === 0) throw new Error("--repeat needs an odd number");
const only = argument("--board");
const boards = mcuBoards().filter(({ name }) => only === undefined || name === only);
if (boards.length === 0) throw new Error(`${only} is no board that runs in QEMU`);
const document = process.argv.includes("--document");
if (document && only !== undefined) throw new Error("--document needs a whole run: leave out --board");

// What users run: without tsx, which would be measured too.
execFileSync("npm", ["run", "--silent", "build"], { cwd: PACKAGE_ROOT, stdio: "inherit" });
const rows: EditRow[] = [];
for (const { name } of boards) rows.push(...(await measureBoard(name, repeats)));
const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? "an unknown kind"}`;
const tables = [editTable(rows, machine), editStepsTable(rows)];
for (const table of tables) printTable(table);
if (document) writeDocument(tables, EDIT_MARKS);
