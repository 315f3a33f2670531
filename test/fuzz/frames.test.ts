import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzFrames, WORK_BOUND } from "./frames.js";

test("200,000 mutated frames: no trap, bounded work, pings and datagrams still answered (npm run fuzz runs 10 million)", async () => {
  const result = await fuzzFrames(200_000, 20_261_121);
  assert.ok(result.mostWork <= WORK_BOUND);
  assert.equal(result.answers, 200);
  // The mutations do reach the inside: some datagrams arrive, some frames are answered.
  assert.ok(result.datagramsIn > 1000, `${result.datagramsIn} datagrams arrived`);
  assert.ok(result.framesOut > 1000, `${result.framesOut} frames were sent`);
});
