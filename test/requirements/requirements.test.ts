import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packagePath } from "../../cli/package-root.js";
import { coverage, report } from "./coverage.js";
import { ATTACK_ROWS, RFC_ROWS } from "./rows.js";
import { socketsPage, withoutProgram } from "./sockets-page.js";

const rows = [...RFC_ROWS, ...ATTACK_ROWS];

test("every rule and every attack has a test", () => {
  const covered = coverage();
  assert.deepEqual(
    rows.filter((row) => !covered.has(row.id)).map((row) => row.id),
    [],
  );
});

test("no test carries an id that is not in the list", () => {
  const known = new Set(rows.map((row) => row.id));
  assert.deepEqual(
    [...coverage().keys()].filter((id) => !known.has(id)),
    [],
  );
});

test("docs/rfc.md is up to date (npm run docs)", () => {
  assert.equal(readFileSync(packagePath("docs", "rfc.md"), "utf8"), report());
});

test("every function, option and flag of the socket API is used by a contract program", () => {
  assert.deepEqual(withoutProgram(), []);
});

test("docs/sockets.md is up to date (npm run docs)", () => {
  assert.equal(readFileSync(packagePath("docs", "sockets.md"), "utf8"), socketsPage());
});
