/** The tables of the bench, as rows of text: for the console and for docs/performance.md. */
import { formatNumber } from "../cli/table.js";
import type { ConnectionMemory, Footprint } from "./footprint.js";
import { GOALS } from "./goals.js";
import { REFERENCE } from "./lwip/reference.js";
import type { Result } from "./measure.js";

/** What was measured of one stack. */
export interface Column {
  readonly name: string;
  readonly results: readonly Result[];
}

export interface Table {
  readonly title: string;
  /** The first row names the columns, the first column the rows. */
  readonly rows: readonly (readonly string[])[];
}

type Quantity = "instructions" | "cycles";

/** The columns that ours is divided by. */
const RATIOS = ["lwIP LTO tuned", "lwIP our kernels"];

function measured(column: Column | undefined, operation: string, quantity: Quantity): number | undefined {
  return column?.results.find((result) => result.operation === operation)?.[quantity];
}

const shown = (value: number | undefined): string => (value === undefined ? "" : formatNumber(Math.round(value)));

/** Ours beside lwIP's. The first column is ours. */
export function comparison(columns: readonly Column[], quantity: Quantity): Table {
  const [ours] = columns;
  const ratios = columns.filter(({ name }) => RATIOS.includes(name));
  const goals = quantity === "instructions";
  const head = ["", ours.name, ...(goals ? ["goal"] : []), ...columns.slice(1).map(({ name }) => name)];
  const rows = ours.results.map(({ operation, [quantity]: own }) => {
    const others = columns.slice(1).map((column) => shown(measured(column, operation, quantity)));
    const shares = ratios.map((column) => {
      const other = measured(column, operation, quantity);
      return other === undefined ? "" : (own / other).toFixed(2);
    });
    return [operation, shown(own), ...(goals ? [shown(GOALS[operation])] : []), ...others, ...shares];
  });
  return {
    title: quantity === "cycles" ? "estimated cycles per operation" : "instructions per operation",
    rows: [[...head, ...ratios.map(({ name }) => `× ${name}`)], ...rows],
  };
}

/** How far lwIP's columns are from those of the earlier bench, in per cent of it. */
export function deviations(columns: readonly Column[]): Table | undefined {
  const those = columns.filter(({ name }) => REFERENCE[name] !== undefined);
  if (those.length === 0) return undefined;
  const rows = those[0].results.map(({ operation }) => [
    operation,
    ...those.map((column) => {
      const value = measured(column, operation, "instructions");
      const reference = REFERENCE[column.name][operation];
      if (value === undefined || reference === undefined) return "";
      return `${((100 * (value - reference)) / reference).toFixed(1)} %`;
    }),
  ]);
  const title =
    "instructions of lwIP beside those of an earlier bench (bench/lwip/reference.ts says where they come from)";
  return { title, rows: [["", ...those.map(({ name }) => name)], ...rows] };
}

/** Flash and RAM. */
export function footprints(images: readonly Footprint[]): Table {
  const rows = images.map(({ image, flash, ram }) => [image, formatNumber(flash), formatNumber(ram)]);
  return { title: "bytes of an image, C stack not counted", rows: [["", "flash", "RAM"], ...rows] };
}

/** RAM of a connection. */
export function connections(stacks: readonly ConnectionMemory[]): Table {
  const rows = stacks.map(({ stack, idle, loaded }) => [stack, formatNumber(idle), formatNumber(loaded)]);
  return { title: "bytes of RAM for a TCP connection", rows: [["", "idle", "both buffers full"], ...rows] };
}

/** Columns for rows. */
export function transposed({ title, rows }: Table): Table {
  return { title, rows: rows[0].map((_, column) => rows.map((row) => row[column])) };
}

/** As Markdown. */
export function markdown({ rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const [head, ...rest] = rows;
  return [
    line(head),
    `|---|${head
      .slice(1)
      .map(() => "---:|")
      .join("")}`,
    ...rest.map(line),
  ].join("\n");
}
