/** Writes the tables of a run into docs/performance.md, between two marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { packagePath } from "../cli/package-root.js";
import { markdown, type Table } from "./tables.js";

const BEGIN = "<!-- npm run bench -- --document -->";
const END = "<!-- end of the bench's tables -->";

/** Puts `tables` between the marks of `text`. @throws Error when a mark is missing */
export function withTables(text: string, tables: readonly Table[]): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the text has no lines "${BEGIN}" and "${END}"`);
  const sections = tables.map(
    (table) => `${table.title[0].toUpperCase()}${table.title.slice(1)}:\n\n${markdown(table)}`,
  );
  return `${text.slice(0, begin + BEGIN.length)}\n\n${sections.join("\n\n")}\n\n${text.slice(end)}`;
}

/** Replaces the tables in docs/performance.md. */
export function writeDocument(tables: readonly Table[]): void {
  const path = packagePath("docs", "performance.md");
  writeFileSync(path, withTables(readFileSync(path, "utf8"), tables));
}
