/** The short form of the soak (run.ts): a few thousand datagrams per board. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOARDS, missing } from "../properties/firmware.js";
import { describe, fault, soak } from "./soak.js";

const DATAGRAMS = 3000;

for (const board of BOARDS) {
  test(`${DATAGRAMS} datagrams come back or are accounted for (${board})`, {
    skip: missing(board),
  }, async (context) => {
    const report = await soak({ board, datagrams: DATAGRAMS, seed: 7 });
    context.diagnostic(describe(report));
    assert.equal(fault(report), undefined);
    assert.ok(report.fragmented > 50, `only ${report.fragmented} were fragmented`);
  });
}
