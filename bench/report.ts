/** Prints what the bench measured. */
import { BOARD, type Figures, type Result } from "./measure.js";
import { PARTS } from "./parts.js";

function row(cells: readonly (string | number)[]): string {
  return `${String(cells[0]).padEnd(26)}${cells
    .slice(1)
    .map((cell) => String(cell).padStart(17))
    .join("")}`;
}

/** A table of totals beside bars, goals and lwIP, and one by part. */
export function printTable(results: readonly Result[]): void {
  if (results.length === 0) return;
  console.log(`\ninstructions per operation on ${BOARD} (Cortex-M3), idle excluded\n`);
  console.log(row(["", ...results.map((result) => result.operation.replace("echo ", ""))]));
  console.log(row(["socklet", ...results.map((result) => result.instructions)]));
  const column = (pick: (figures: Figures) => number | undefined): (string | number)[] =>
    results.map(({ figures }) => pick(figures) ?? "");
  console.log(row(["bar of this version", ...column(({ bar }) => bar)]));
  console.log(row(["goal of the product", ...column(({ goal }) => goal)]));
  console.log(row(["lwIP 2.2.1 -O2, raw API", ...column(({ lwip }) => lwip)]));
  console.log(row(["operations counted", ...results.map((result) => result.operations)]));
  console.log(row(["frames out, each", ...results.map((result) => result.framesOut)]));
  console.log("\nby part");
  for (const part of PARTS) console.log(row([`  ${part}`, ...results.map((result) => result.parts[part] ?? 0)]));
}

/** The functions that cost most, for each operation. */
export function printFunctions(results: readonly Result[]): void {
  for (const result of results) {
    console.log(`\n${result.operation}`);
    for (const [name, count] of result.functions.slice(0, 40)) console.log(`${String(count).padStart(9)}  ${name}`);
  }
}
