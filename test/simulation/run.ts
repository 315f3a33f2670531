/**
 * `npm run simulate [-- MEGABYTES [SEED]]`: bulk transfers between two of our stacks on every wire of wires.ts, with growing sizes up
 * to 64 MB in each direction; goodput in virtual time. test/net/tcp/two-stacks.test.ts is the short form.
 */
import type { Settings } from "../harness/compile.js";
import { compilePair, withCapture } from "./network.js";
import { transfer } from "./transfer.js";
import { WIRES } from "./wires.js";

const MEGABYTE = 1 << 20;
const RUN_OUT = 130_000_000;
const largest = Number(process.argv[2] ?? 64);
const seed = Number(process.argv[3] ?? 1);

/** What differs from one core to the other: the buffers, and what their size needs. */
const CORES: readonly Settings[] = [
  { NET_TCP_SEND_BUFFER: 5840, NET_TCP_RECV_BUFFER: 5840 },
  { NET_TCP_SEND_BUFFER: 65_536, NET_TCP_RECV_BUFFER: 65_536, NET_TCP_SEND_RECORDS: 128 },
];

let failures = 0;
for (const settings of CORES) {
  const cores = await compilePair(settings);
  console.log(`\nbuffers of ${settings.NET_TCP_SEND_BUFFER} bytes`);
  for (const { name, wire } of WIRES) {
    for (let size = 1; size <= largest; size *= 8) {
      // A slow wire needs the large sizes less than it costs real time: its segments are the same again and again.
      if (size > 8 && (wire.loss ?? 0) + (wire.corrupt ?? 0) > 0.02) continue;
      const plan = { up: size * MEGABYTE, down: size * MEGABYTE, limit: 1_000_000 };
      const begin = performance.now();
      try {
        const result = withCapture(name, cores, { seed, wire, maxSteps: 1e9 }, (network) => {
          const outcome = transfer(network, plan);
          const left = network.leftovers(RUN_OUT);
          if (left.length > 0) throw new Error(`left in pools: ${left.join(", ")}`);
          return outcome;
        });
        const rates = `${(result.up / 1000).toFixed(1)} and ${(result.down / 1000).toFixed(1)} kB/s`;
        const took = `${result.seconds.toFixed(1)} s virtual, ${((performance.now() - begin) / 1000).toFixed(1)} s real`;
        console.log(`${name.padEnd(34)} ${String(size).padStart(3)} MB each way: ${rates}, ${took}`);
      } catch (error) {
        failures++;
        console.log(`FAILED ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}
process.exitCode = failures > 0 ? 1 : 0;
