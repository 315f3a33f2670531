/**
 * How fast our TCP is between two of our stacks, by loss, delay and buffer, in virtual time: the same numbers on every machine.
 *
 *     npm run simulate:throughput               prints the table
 *     npm run simulate:throughput -- --update   writes it to throughput.snapshot.txt, which a test compares
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Settings } from "../harness/compile.js";
import { compilePair, Network } from "./network.js";
import { Connection } from "./transfer.js";
import { LOSSES } from "./wires.js";

export const SNAPSHOT = fileURLToPath(new URL("throughput.snapshot.txt", import.meta.url));
/** Round-trip times, ms. */
const ROUND_TRIPS = [2, 20, 100, 300, 600];
const BUFFERS = [5840, 29_200, 131_072];
const SEEDS = 3;
/** A cell ends after so many bytes, or so much virtual time, µs. */
const BYTES = 1_000_000;
const TIME = 120_000_000;
const LINE = { bitsPerSecond: 10_000_000, queueLimit: 100_000 };

/** A core with buffers of this size, and what their size needs. */
function settings(buffer: number): Settings {
  return {
    NET_TCP_SEND_BUFFER: buffer,
    NET_TCP_RECV_BUFFER: buffer,
    NET_TCP_SEND_RECORDS: Math.max(16, 2 * Math.ceil(buffer / 1460)),
    NET_TCP_REASSEMBLY_RANGES: Math.min(64, Math.max(8, Math.ceil(buffer / 2920))),
  };
}

/** Bytes per second of one transfer. */
function goodput(network: Network): number {
  const begun = network.world.now;
  const connection = new Connection(network, { up: BYTES, down: 0, limit: TIME });
  network.world.runUntil(() => connection.server?.received.position === BYTES, begun + TIME);
  const { server } = connection;
  if (server === undefined) return 0;
  // A SYN that was lost costs a second, which says nothing of the transfer.
  const end = server.received.position === BYTES ? server.lastByteAt : begun + TIME;
  const time = end - connection.connectedAt;
  return (server.received.position * 1_000_000) / time;
}

/** The table as text. */
export async function throughputTable(): Promise<string> {
  const lines = [
    `Goodput of one connection, kB/s, mean of ${SEEDS} seeds: ${BYTES / 1e6} MB or ${TIME / 1e6} s of virtual time over a line of 10 Mbit/s with a`,
    "queue of 100 ms; the round-trip time is that of the wire; frames are lost in both directions. Counted from the handshake on. Defaults otherwise (NewReno).",
  ];
  for (const buffer of BUFFERS) {
    const cores = await compilePair(settings(buffer));
    lines.push("", `send and receive buffer ${buffer} bytes`);
    lines.push(`${"loss".padEnd(8)}${ROUND_TRIPS.map((time) => `${time} ms`.padStart(10)).join("")}`);
    for (const loss of LOSSES) {
      const cells = ROUND_TRIPS.map((time) => {
        let sum = 0;
        for (let seed = 1; seed <= SEEDS; seed++) {
          const wire = { ...LINE, loss, delay: time * 500 };
          sum += goodput(new Network(cores, { seed, wire }));
        }
        return (sum / SEEDS / 1000).toFixed(1).padStart(10);
      });
      lines.push(`${`${loss * 100} %`.padEnd(8)}${cells.join("")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The table as it was when somebody last looked at it. */
export function snapshot(): string {
  return readFileSync(SNAPSHOT, "utf8");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const table = await throughputTable();
  console.log(table);
  if (process.argv.includes("--update")) writeFileSync(SNAPSHOT, table);
}
