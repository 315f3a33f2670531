/**
 * What a frame costs does not depend on how many connections there are: instructions of the core (as WASM) for a data segment in order,
 * with 1 to 1,000 of them. Datagram sockets lie on 16 chains by their port, so that a datagram costs a step for each socket on its chain.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type CountedCore, costsOf, countedCore, growth, type SocketCosts } from "../../bench/sockets-cost.js";

/** How much more a frame may cost with 1,000 sockets than with one. */
const MOST_GROWTH = 1.1;
/** Chains of net/transport/udp/socket-table.ts, and instructions to pass a socket on one of them. */
const UDP_CHAINS = 16;
const UDP_STEP = 44;

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

test("a datagram costs the same with a socket on each chain as with one, and a step for each more on its chain", (context) => {
  const measured = costsOf(core, "UDP");
  const { costs } = measured;
  for (const line of describe(measured)) context.diagnostic(line);
  assert.ok(growth(costsOf(core, "UDP", [1, UDP_CHAINS])) <= MOST_GROWTH, describe(measured).join("\n"));
  for (const { sockets, instructions } of costs) {
    const steps = Math.ceil(sockets / UDP_CHAINS) - 1;
    const most = costs[0].instructions * MOST_GROWTH + steps * UDP_STEP;
    assert.ok(instructions <= most, `more than ${most.toFixed(0)} instructions:\n${describe(measured).join("\n")}`);
  }
});
