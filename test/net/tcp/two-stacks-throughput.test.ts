/** The throughput of our TCP is what it was: a change of test/simulation/throughput.snapshot.txt needs somebody who has looked at it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshot, throughputTable } from "../../simulation/throughput.js";

test("goodput by loss, delay and buffer is as in the snapshot (npm run simulate:throughput -- --update)", async () => {
  assert.equal(await throughputTable(), snapshot());
});
