/** The sizes of the sample, as a table. */
import { formatNumber } from "../../cli/table.js";
import type { Table } from "../tables.js";
import { ratioOf, type SampleSize } from "./program.js";

/** `RoundTrip.sample` of `net/transport/tcp/round-trip/RoundTrip.sample`. */
const shown = (name: string) => name.slice(name.lastIndexOf("/") + 1).replace("#", ".");

/** A row for each function, and one for all of them; and the same of those that were chosen afterwards. */
export function sampleTable(sizes: readonly SampleSize[], control: readonly SampleSize[]): Table {
  const row = (name: string, kind: string, of: readonly SampleSize[]): string[] => {
    const [core, c] = (["core", "c"] as const).map((side) => of.reduce((bytes, size) => bytes + size[side], 0));
    return [name, kind, formatNumber(core), formatNumber(c), ratioOf(of).toFixed(2)];
  };
  return {
    title: "bytes of functions of the core, in an image that is optimised for size",
    rows: [
      ["", "what it is", "core", "C", "ratio"],
      ...sizes.map((size) => row(shown(size.sample.name), size.sample.kind, [size])),
      row("all five", "", sizes),
      ...control.map((size) => row(shown(size.sample.name), size.sample.kind, [size])),
      row("all three, chosen afterwards", "", control),
    ],
  };
}
