/** The host's names of the counters are those of the core. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COUNTER_NAMES } from "../../runtime/node/counter-names.js";
import { script } from "../harness/script.js";

test("every counter of net/base/counters.ts has its name at its number", () => {
  const source = readFileSync(new URL("../../net/base/counters.ts", import.meta.url), "utf8");
  const rows = [...source.matchAll(/^export const COUNTER_(\w+): i32 = (\d+);$/gm)];
  assert.ok(rows.length > 40);
  const names: string[] = [];
  for (const [, name, id] of rows) names[Number(id)] = name.toLowerCase();
  assert.deepEqual(COUNTER_NAMES, names);
});

script("a ping is counted under the names of what it was", {}, (stack) => {
  stack.arpResolve();
  stack.inject(stack.peer.ping());
  stack.expect({ icmp: { type: 0 } });
  assert.deepEqual(
    {
      icmp_in: stack.counter("icmp_in"),
      icmp_echo_replies: stack.counter("icmp_echo_replies"),
      arp_in: stack.counter("arp_in"),
    },
    { icmp_in: 1, icmp_echo_replies: 1, arp_in: 1 },
  );
});
