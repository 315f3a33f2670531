/** Which test covers which row: from the titles of the tests. docs/rfc.md is made from it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../cli/package-root.js";
import { ATTACK_ROWS, RFC_ROWS, type Row } from "./rows.js";

export interface Covering {
  readonly file: string;
  readonly title: string;
}

/** A test or script with ids in its title: `script("[ARP-1] [ATK-19] …"`. */
const TITLE = /\b(?:script|tcpScript|test|it|dns|survives)\(\s*(["'`])((?:\[[A-Z0-9]+-\d+\] ?)+[^\n]*?)\1\s*[,)]/g;

/** id → the tests that carry it. */
export function coverage(): Map<string, Covering[]> {
  const result = new Map<string, Covering[]>();
  const root = packagePath("test");
  for (const file of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".test.ts")) continue;
    for (const match of readFileSync(join(root, file), "utf8").matchAll(TITLE)) {
      const ids = [...match[2].matchAll(/\[([A-Z0-9]+-\d+)\]/g)].map((id) => id[1]);
      const title = match[2].replace(/\[[A-Z0-9]+-\d+\] ?/g, "").trim();
      for (const id of ids)
        result.set(id, [...(result.get(id) ?? []), { file: `test/${file.replaceAll("\\", "/")}`, title }]);
    }
  }
  return result;
}

function table(rows: readonly Row[], covered: ReadonlyMap<string, readonly Covering[]>, heading: string): string[] {
  const lines = [`| id | ${heading} | what the stack does | tests |`, "|---|---|---|---|"];
  for (const row of rows) {
    const tests = (covered.get(row.id) ?? []).map((each) => `${each.title.replaceAll("|", "\\|")} (\`${each.file}\`)`);
    lines.push(`| ${row.id} | ${row.source} | ${row.behaviour} | ${tests.join("<br>") || "**none**"} |`);
  }
  return lines;
}

/** The text of docs/rfc.md. */
export function report(): string {
  const covered = coverage();
  return [
    "# Rules and attacks, and the test of each",
    "",
    "Generated from the titles of the tests (`npm run docs`); `test/requirements/` fails when a row has no test or this page is old.",
    "",
    "## RFCs",
    "",
    ...table(RFC_ROWS, covered, "RFC"),
    "",
    "## Attacks",
    "",
    "Each is also the seed of mutations (`test/fuzz`).",
    "",
    ...table(ATTACK_ROWS, covered, "known as"),
    "",
  ].join("\n");
}
