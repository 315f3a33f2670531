/**
 * What a frame costs does not depend on how many sockets there are, in a core with tables for so many: instructions of the core (as WASM) for a
 * data segment in order and for a datagram, with 1 to 1,000 of them.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type CountedCore, costsOf, countedCore, growth, type SocketCosts } from "../../bench/sockets-cost.js";

/** How much more a frame may cost with 1,000 sockets than with one. */
const MOST_GROWTH = 1.1;

let core: CountedCore;
before(async () => {
  core = await countedCore();
});

function describe({ protocol, costs }: SocketCosts): string[] {
  return costs.map(({ sockets, instructions }) => {
    const relative = (instructions / costs[0].instructions).toFixed(3);
    return `${protocol}, ${sockets} sockets: ${instructions.toFixed(0)} WASM instructions a frame, × ${relative}`;
  });
}

test("a segment costs the same with 1,000 connections as with one", (context) => {
  const measured = costsOf(core, "TCP");
  for (const line of describe(measured)) context.diagnostic(line);
  assert.equal(measured.costs.at(-1)?.sockets, 1000);
  assert.ok(growth(measured) <= MOST_GROWTH, describe(measured).join("\n"));
});

test("a datagram costs the same with 1,000 sockets as with one", (context) => {
  const measured = costsOf(core, "UDP");
  for (const line of describe(measured)) context.diagnostic(line);
  assert.equal(measured.costs.at(-1)?.sockets, 1000);
  assert.ok(growth(measured) <= MOST_GROWTH, describe(measured).join("\n"));
});
