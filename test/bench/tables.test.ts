/** The tables of the bench and where they go in docs/performance.md. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withTables } from "../../bench/document.js";
import type { Result } from "../../bench/measure.js";
import { type Column, comparison, deviations, markdown, transposed } from "../../bench/tables.js";

function column(name: string, instructions: number, cycles: number): Column {
  const result: Result = {
    ...{ operation: "UDP echo 64", instructions, cycles, framesOut: 1, operations: 1 },
    ...{ counts: new Map(), symbols: () => new Map(), elf: "" },
  };
  return { name, results: [result] };
}

const COLUMNS = [column("socklet", 800, 1200), column("lwIP -O2", 1646, 2000), column("lwIP LTO tuned", 1600, 2400)];

describe("the bench's tables", () => {
  it("ours stands beside its goal and lwIP's, and is divided by lwIP at its best", () => {
    assert.deepEqual(comparison(COLUMNS, "instructions").rows, [
      ["", "socklet", "goal", "lwIP -O2", "lwIP LTO tuned", "× lwIP LTO tuned"],
      ["UDP echo 64", "800", "640", "1,646", "1,600", "0.50"],
    ]);
    assert.deepEqual(comparison(COLUMNS, "cycles").rows[1], ["UDP echo 64", "1,200", "2,000", "2,400", "0.50"]);
  });

  it("without lwIP there is our column alone, and nothing to deviate", () => {
    assert.deepEqual(comparison(COLUMNS.slice(0, 1), "cycles").rows, [
      ["", "socklet"],
      ["UDP echo 64", "1,200"],
    ]);
    assert.equal(deviations(COLUMNS.slice(0, 1)), undefined);
  });

  it("lwIP's figures are compared with those of the earlier bench, in per cent", () => {
    assert.deepEqual(deviations(COLUMNS)?.rows[1], ["UDP echo 64", "0.0 %", "19.6 %"]);
  });

  it("as Markdown numbers stand to the right", () => {
    const table = {
      title: "t",
      rows: [
        ["", "a"],
        ["row", "1"],
      ],
    };
    assert.equal(markdown(table), "|  | a |\n|---|---:|\n| row | 1 |");
    assert.deepEqual(transposed(table).rows, [
      ["", "row"],
      ["a", "1"],
    ]);
  });

  it("what stands between the marks is replaced, what stands around them stays", () => {
    const marks = ["<!-- npm run bench -- --document -->", "<!-- end of the bench's tables -->"];
    const text = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
    const once = withTables(text, [{ title: "bytes", rows: [["", "a"]] }]);
    assert.match(once, /^before\n<!-- npm.*-->\n\nBytes:\n\n\| {2}\| a \|\n\|---\|---:\|\n\n<!-- end.*-->\nafter\n$/);
    assert.equal(withTables(once, [{ title: "bytes", rows: [["", "a"]] }]), once);
    assert.throws(() => withTables("no marks", []), /has no lines/);
  });
});
