/**
 * The state matrix: every TCP state × 64 flag sets × sequence numbers × acknowledgement numbers × lengths, each from a snapshot, against an
 * oracle transcribed from RFC 9293 §3.10.7, RFC 5961 and RFC 7323 (oracle.ts). Where the stack differs on purpose: deviations.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "../../../../runtime/node/world.js";
import { compileCore } from "../../../harness/compile.js";
import { Stack } from "../../../harness/stack.js";
import { cases } from "./cases.js";
import { DEVIATIONS, deviate } from "./deviations.js";
import { segmentArrives } from "./oracle.js";
import { Player } from "./play.js";
import { build, RECEIVE_BUFFER, VARIANTS } from "./variants.js";

/** Kinds of disagreement that a failing test shows. */
const SHOWN = 25;

/** After every so many cases the connection is ended, and nothing may be left of it. */
const LEAK_CHECK = 23;

const SETTINGS = { NET_TCP_RECV_BUFFER: RECEIVE_BUFFER };
const used = new Set<string>();
let played = 0;

for (const variant of VARIANTS) {
  test(`${variant.name}: every segment is answered as RFC 9293 §3.10.7 says`, async () => {
    const options = { settings: SETTINGS, world: new World({ record: false, maxSteps: 10_000 }) };
    const stack = new Stack(await compileCore(options), options);
    const built = build(variant, stack);
    const player = new Player(stack, built);
    const wrong = new Map<string, string[]>();
    for (const each of cases(built.block)) {
      const expected = deviate(built.block, each, segmentArrives(built.block, each), used);
      played += 1;
      const problem = player.play(each, expected) ?? (played % LEAK_CHECK === 0 ? player.leak(expected) : undefined);
      if (problem === undefined) continue;
      const kind = `[${expected.step} → ${expected.state}] ${problem}`;
      wrong.set(kind, [...(wrong.get(kind) ?? []), each.name()]);
    }
    assert.equal(wrong.size, 0, report(wrong));
  });
}

/** Each kind of disagreement with some of its cases. */
function report(wrong: ReadonlyMap<string, readonly string[]>): string {
  const kinds = [...wrong].map(([kind, names]) => `${names.length} × ${kind}\n    ${sample(names).join("\n    ")}`);
  return `${kinds.length} kinds of disagreement:\n${kinds.slice(0, SHOWN).join("\n")}`;
}

/** The first, middle and last. */
function sample(names: readonly string[]): string[] {
  return [...new Set([names[0], names[names.length >> 1], names.at(-1)])].filter((name) => name !== undefined);
}

test("every deviation is needed, and the matrix is whole", () => {
  assert.deepEqual(
    DEVIATIONS.filter(({ name }) => !used.has(name)).map(({ name }) => name),
    [],
    "deviations that no case needed",
  );
  assert.ok(played > 100_000, `${played} cases`);
});
