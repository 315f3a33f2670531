/** What `npm run bench:edit` changes, reads and shows. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { COMMAND, median, parseStep, START, Workshop } from "../../bench/edit-times.js";
import { editStepsTable, editTable } from "../../bench/tables.js";
import { packagePath } from "../../cli/package-root.js";

const ECHO = packagePath("examples", "tcp_echo");

function inDirectory(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "socklet-workshop-"));
  try {
    use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe("the bench of an edit", () => {
  it("each edit makes a text that was never there, in a copy of the application", () =>
    inDirectory((directory) => {
      const before = readFileSync(join(ECHO, "main.ts"), "utf8");
      const workshop = new Workshop(directory, ECHO, '"tcp_echo: listening on "');
      const texts = [before];
      for (let i = 0; i < 12; i++) {
        workshop.edit();
        texts.push(readFileSync(workshop.main, "utf8"));
      }
      assert.equal(new Set(texts).size, 13);
      assert.equal(texts[12].split("\n").filter((line, i) => line !== before.split("\n")[i]).length, 1);
      assert.equal(readFileSync(join(ECHO, "main.ts"), "utf8"), before);
      assert.throws(() => new Workshop(directory, ECHO, "no such text"), /does not have "no such text" once/);
    }));

  it("what was built is forgotten, the application is not", () =>
    inDirectory((directory) => {
      const workshop = new Workshop(directory, ECHO, '"tcp_echo: listening on "');
      for (const name of ["cache", "build"]) {
        mkdirSync(join(directory, name));
        writeFileSync(join(directory, name, "file"), "");
      }
      workshop.forget();
      assert.deepEqual(
        ["cache", "build", "tcp_echo/main.ts"].map((name) => existsSync(join(directory, name))),
        [false, false, true],
      );
    }));

  it("the command's lines become steps", () => {
    const line = "✓ compile the stack  115908 bytes, 40872 of memory, built before 16 ms";
    assert.deepEqual(parseStep(line), { title: "compile the stack", seconds: 0.016 });
    assert.deepEqual(parseStep("✓ translate WASM to C 1.2 s"), { title: "translate WASM to C", seconds: 1.2 });
    assert.equal(parseStep("tcp 127.0.0.1:7777 → 10.0.2.15:7"), undefined);
  });

  it("the middle of all runs, the least and the most; steps that did not take place are empty", () => {
    const time = (wall: number, cpu: number | undefined, steps: [string, number][]) => ({
      ...{ wall, cpu },
      steps: new Map(steps),
    });
    assert.equal(median([3, 1, 2]), 2);
    const rows = [
      { name: "cold", times: [time(9, 5, [[COMMAND, 1]]), time(7, 6, [[COMMAND, 3]]), time(8, 4, [[COMMAND, 2]])] },
      { name: "edit", times: [time(2, undefined, [[START, 0.25]])] },
    ];
    assert.deepEqual(editTable(rows, "a machine").rows.slice(1), [
      ["cold", "8.00", "7.00 to 9.00", "5.00"],
      ["edit", "2.00", "2.00 to 2.00", ""],
    ]);
    assert.deepEqual(editStepsTable(rows).rows, [
      ["", "cold", "edit"],
      [COMMAND, "2.00", ""],
      [START, "", "0.25"],
    ]);
  });
});
