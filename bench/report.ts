/** Prints what the bench measured. */
import { formatTable } from "../cli/table.js";
import type { Result } from "./measure.js";
import { byFunction, byPart, PARTS } from "./parts.js";
import type { Table } from "./tables.js";

/** A table with its title; numbers to the right. */
export function printTable({ title, rows }: Table): void {
  const numbers = rows[0].map((_, column) => column).slice(1);
  console.log(`\n${title}\n\n${formatTable(rows, numbers)}`);
}

function each(count: number | undefined, result: Result): string {
  return ((count ?? 0) / result.operations).toFixed(1);
}

/** Our instructions by part of the firmware. */
export function partsTable(results: readonly Result[]): Table {
  const parts = results.map((result) => byPart(result.counts, result.symbols()));
  const head = ["", ...results.map(({ operation }) => operation.replace("echo ", ""))];
  const rows = PARTS.map((part) => [part, ...results.map((result, i) => each(parts[i].get(part), result))]);
  const framesOut = ["frames out", ...results.map((result) => String(result.framesOut))];
  return { title: "socklet's instructions by part", rows: [head, ...rows, framesOut] };
}

/** The functions that cost most, for each operation. */
export function printFunctions(results: readonly Result[]): void {
  for (const result of results) {
    console.log(`\n${result.operation}`);
    const functions = byFunction(result.counts, result.symbols()).slice(0, 40);
    for (const [name, count] of functions) console.log(`${each(count, result).padStart(9)}  ${name}`);
  }
}
