/** The short form of `npm run soak -- connections`: some thousand connections with the pools of a small board. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { missing } from "../properties/firmware.js";
import { compilePair, withCapture } from "../simulation/network.js";
import { soakBoard } from "./board-connections.js";
import { ConnectionSoak, KINDS, poolSettings } from "./connections.js";

const CONNECTIONS = 3000;
const ON_A_BOARD = 1000;
const BOARD = "qemu_cortex_m3";
/** µs in which TIME-WAIT and what else waits for time has run out. */
const RUN_OUT = 600_000_000;

test(`${CONNECTIONS} connections, ended in every way, leave nothing behind`, async (context) => {
  const cores = await compilePair(poolSettings("tcp_echo", "qemu_cortex_m3"));
  withCapture("connections", cores, { seed: 11, wire: { delay: 500 } }, (network) => {
    const before = network.leftovers(RUN_OUT);
    assert.deepEqual(before, []);
    const soak = new ConnectionSoak(network, 11);
    soak.run(CONNECTIONS);
    soak.end();
    assert.deepEqual(network.leftovers(RUN_OUT), []);
    for (const kind of KINDS) assert.ok(soak.done[kind] > 0, `${kind} has not come up`);
    context.diagnostic(
      Object.entries(soak.done)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(", "),
    );
  });
});

test(`${ON_A_BOARD} connections to tcp_echo leave nothing behind (${BOARD})`, {
  skip: missing(BOARD),
}, async (context) => {
  const { ends, leaks } = await soakBoard(BOARD, ON_A_BOARD);
  assert.deepEqual(leaks, []);
  context.diagnostic(
    Object.entries(ends)
      .map(([end, count]) => `${end} ${count}`)
      .join(", "),
  );
});
