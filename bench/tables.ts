/** The tables of the bench, as rows of text: for the console and for docs/performance.md. */
import { formatNumber } from "../cli/table.js";
import { type EditTime, median } from "./edit-times.js";
import { type FeatureCost, optionOf } from "./feature-builds.js";
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

/** What features add: bytes, with a sign where it is not the usual one. */
export function featuresTable(costs: readonly FeatureCost[], board: string): Table {
  const rows = costs.map(({ feature, with: larger, without: smaller }) => {
    const { name, note, on, application } = feature;
    return [
      note === undefined ? name : `${name} (${note})`,
      on.map(optionOf).join(", "),
      application.replace("test/assembly/", ""),
      formatNumber(larger.flash - smaller.flash),
      formatNumber(larger.ram - smaller.ram),
    ];
  });
  return {
    title: `bytes that a feature adds to an image for ${board}`,
    rows: [["", "option", "measured in", "flash", "RAM"], ...rows],
  };
}

/** Runs of one kind: a board, cold or after an edit. */
export interface EditRow {
  readonly name: string;
  readonly times: readonly EditTime[];
}

const inSeconds = (value: number): string => (Number.isNaN(value) ? "" : value.toFixed(2));

/** Seconds until the first line of the firmware: the middle of all runs, the least and the most. */
export function editTable(rows: readonly EditRow[], machine: string): Table {
  const lines = rows.map(({ name, times }) => {
    const walls = times.map(({ wall }) => wall);
    const spread = `${inSeconds(Math.min(...walls))} to ${inSeconds(Math.max(...walls))}`;
    return [name, inSeconds(median(walls)), spread, inSeconds(median(times.map(({ cpu }) => cpu ?? Number.NaN)))];
  });
  return {
    title: `seconds from a command to the first line of the firmware, tcp_echo, ${rows[0].times.length} runs each (${machine})`,
    rows: [["", "median", "from, to", "CPU seconds"], ...lines],
  };
}

/** Where the time goes: each step's median. Steps that did not take place are empty. */
export function editStepsTable(rows: readonly EditRow[]): Table {
  const steps = [...new Set(rows.flatMap(({ times }) => times.flatMap(({ steps: those }) => [...those.keys()])))];
  const lines = steps.map((step) => [
    step,
    ...rows.map(({ times }) => inSeconds(median(times.flatMap(({ steps: those }) => those.get(step) ?? [])))),
  ]);
  return { title: "seconds of each step, median", rows: [["", ...rows.map(({ name }) => name)], ...lines] };
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
