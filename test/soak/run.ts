/**
 * The whole soak: `npm run soak [-- DATAGRAMS [BOARD …]]`, by default 100,000 datagrams on every board;
 * `npm run soak -- connections [COUNT [SEED]]`, by default 100,000 connections in virtual time with the pools of a small board, and a
 * twentieth as many to the board itself.
 */
import { BOARDS, missing } from "../properties/firmware.js";
import { compilePair, Network } from "../simulation/network.js";
import { soakBoard } from "./board-connections.js";
import { ConnectionSoak, poolSettings } from "./connections.js";
import { describe, fault, soak } from "./soak.js";

/** µs in which TIME-WAIT and what else waits for time has run out. */
const RUN_OUT = 600_000_000;

function progress(what: string): (done: number) => void {
  return (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${what}: ${done} `);
  };
}

async function connections(count: number, seed: number): Promise<void> {
  const cores = await compilePair(poolSettings("tcp_echo", "qemu_cortex_m3"));
  const network = new Network(cores, { seed, wire: { delay: 500 }, maxSteps: 1e9 });
  const run = new ConnectionSoak(network, seed);
  run.run(count, progress("connections"));
  run.end();
  const left = network.leftovers(RUN_OUT);
  const kinds = Object.entries(run.done).map(([kind, times]) => `${kind} ${times}`);
  console.log(`${count} connections in ${Math.round(network.world.now / 3.6e9)} virtual hours: ${kinds.join(", ")}`);
  for (const host of [network.client, network.server])
    console.log(`${host.node.name}: ${JSON.stringify(host.counters())}`);
  console.log(left.length === 0 ? "all pools are empty" : `FAILED: left in pools: ${left.join(", ")}`);
  let failed = left.length > 0;
  for (const board of BOARDS.filter((each) => each !== "native_sim" && missing(each) === false)) {
    const { ends, leaks } = await soakBoard(board, Math.ceil(count / 20), seed);
    console.log(
      `${board}: ${JSON.stringify(ends)}; ${leaks.length === 0 ? "pools as before" : `FAILED: ${leaks.join(", ")}`}`,
    );
    failed ||= leaks.length > 0;
  }
  process.exit(failed ? 1 : 0);
}

const [count = "100000", ...wanted] = process.argv.slice(2);
if (count === "connections") await connections(Number(wanted[0] ?? 100_000), Number(wanted[1] ?? 1));
let failed = false;
for (const board of wanted.length > 0 ? wanted : BOARDS) {
  const reason = missing(board);
  if (reason !== false) {
    console.log(`${board}: skipped: ${reason}`);
    continue;
  }
  try {
    const report = await soak({ board, datagrams: Number(count), onProgress: progress(board) });
    const wrong = fault(report);
    console.log(`${describe(report)}${wrong === undefined ? "" : `\nFAILED: ${wrong}`}`);
    failed ||= wrong !== undefined;
  } catch (error) {
    console.log(`${board}: FAILED: ${error instanceof Error ? error.message : error}`);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;
