/** Writes the tables of a run into a document, between two marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { packagePath } from "../cli/package-root.js";
import { markdown, type Table } from "./tables.js";

/** The lines of a document that a bench writes between. */
export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/** Of `npm run bench`. */
export const BENCH_MARKS: Marks = {
  begin: "<!-- npm run bench -- --document -->",
  end: "<!-- end of the bench's tables -->",
};

/** Of `npm run bench:throughput`. */
export const THROUGHPUT_MARKS: Marks = {
  begin: "<!-- npm run bench:throughput -- --document -->",
  end: "<!-- end of the throughput's tables -->",
};

/** Of `npm run bench:node`. */
export const NODE_MARKS: Marks = {
  begin: "<!-- npm run bench:node -- --document -->",
  end: "<!-- end of the tables in Node -->",
};

/** Of `npm run bench:features`. */
export const FEATURES_MARKS: Marks = {
  begin: "<!-- npm run bench:features -- --document -->",
  end: "<!-- end of the features' table -->",
};

/** Of `npm run bench:edit`. */
export const EDIT_MARKS: Marks = {
  begin: "<!-- npm run bench:edit -- --document -->",
  end: "<!-- end of the times from an edit -->",
};

/** Of `npm run bench:aot`, in docs/aot.md. */
export const AOT_MARKS: Marks = {
  begin: "<!-- npm run bench:aot -- --document -->",
  end: "<!-- end of the sizes beside C -->",
};

/** Puts `tables` between the marks of `text`. @throws Error when a mark is missing */
export function withTables(text: string, tables: readonly Table[], marks: Marks = BENCH_MARKS): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin < 0 || end < begin) throw new Error(`the text has no lines "${marks.begin}" and "${marks.end}"`);
  const sections = tables.map(
    (table) => `${table.title[0].toUpperCase()}${table.title.slice(1)}:\n\n${markdown(table)}`,
  );
  return `${text.slice(0, begin + marks.begin.length)}\n\n${sections.join("\n\n")}\n\n${text.slice(end)}`;
}

/** Replaces the tables in `file` of docs/. */
export function writeDocument(
  tables: readonly Table[],
  marks: Marks = BENCH_MARKS,
  file: string = "performance.md",
): void {
  const path = packagePath("docs", file);
  writeFileSync(path, withTables(readFileSync(path, "utf8"), tables, marks));
}
