import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzTcp, TCP_WORK_BOUND } from "./tcp.js";

test("100,000 TCP segments, right, wrong and mutated: no trap, bounded work, new connections still work (npm run fuzz runs more)", async () => {
  const result = await fuzzTcp(100_000, 20_261_121);
  assert.ok(result.mostWork <= TCP_WORK_BOUND);
  assert.equal(result.answers, 100);
  // The segments do reach the inside.
  assert.ok(result.accepted > 500, `${result.accepted} connections were accepted`);
  assert.ok(result.connected > 200, `${result.connected} connections were begun`);
  assert.ok(result.bytesIn > 100_000, `${result.bytesIn} bytes arrived`);
  assert.ok(result.framesOut > 50_000, `${result.framesOut} frames were sent`);
});

test("50,000 segments with TCP Fast Open in both directions: the same", async () => {
  const result = await fuzzTcp(50_000, 20_261_127, undefined, true);
  assert.ok(result.mostWork <= TCP_WORK_BOUND);
  assert.equal(result.answers, 50);
  assert.ok(result.accepted > 500, `${result.accepted} connections were accepted`);
  assert.ok(result.connected > 100, `${result.connected} connections were begun`);
  assert.ok(result.bytesIn > 50_000, `${result.bytesIn} bytes arrived`);
});
