/** Runs that are repeated, and the rates that follow from them. */
import { cpus } from "node:os";
import { formatNumber } from "../cli/table.js";
import { datagrams } from "./node-datagrams.js";
import { type Pair, pair, type Run } from "./node-pair.js";
import { stream } from "./node-streams.js";
import type { SocketCosts } from "./sockets-cost.js";
import type { Table } from "./tables.js";

const MEGABYTE = 1_000_000;

/** How much each run moves, and how often. */
export interface Extent {
  readonly datagrams: number;
  /** Bytes of a stream, both ways together. */
  readonly streamBytes: number;
  /** Runs before those that count: V8 has compiled everything then. */
  readonly warm: number;
  /** Runs whose median counts: an odd number. */
  readonly runs: number;
}

export interface Rate {
  readonly name: string;
  readonly framesPerSecond: number;
  readonly megabytesPerSecond: number;
  /** By CPU time in user mode: what a machine that does nothing else would come near to. */
  readonly framesPerCpuSecond: number;
  readonly megabytesPerCpuSecond: number;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** The median of each rate over `extent.runs` runs. */
export function repeated(name: string, { warm, runs }: Pick<Extent, "warm" | "runs">, run: () => Run): Rate {
  for (let i = 0; i < warm; i++) run();
  const measured = Array.from({ length: runs }, run);
  const rate = (of: (run: Run) => number): number => median(measured.map(of));
  return {
    name,
    framesPerSecond: rate(({ frames, wall }) => frames / wall),
    megabytesPerSecond: rate(({ bytes, wall }) => bytes / wall / MEGABYTE),
    framesPerCpuSecond: rate(({ frames, cpu }) => frames / cpu),
    megabytesPerCpuSecond: rate(({ bytes, cpu }) => bytes / cpu / MEGABYTE),
  };
}

/** Send and receive buffers of a connection: what a board has, and as much as a window without scale allows. Bytes. */
const BUFFERS = [4 * 1460, 44 * 1460];
const DATAGRAM_SIZES = [64, 1472];

/** Datagrams and streams between two hosts. @throws Error when a byte is wrong */
export async function measureRates(extent: Extent): Promise<Rate[]> {
  const rates: Rate[] = [];
  for (const [i, buffer] of BUFFERS.entries()) {
    const hosts: Pair = await pair(buffer);
    if (i === 0) {
      for (const size of DATAGRAM_SIZES) {
        rates.push(
          repeated(`UDP, ${formatNumber(size)} bytes`, extent, () => datagrams(hosts, size, extent.datagrams)),
        );
      }
    }
    const { streamBytes } = extent;
    const name = `TCP, buffers of ${formatNumber(buffer)} bytes`;
    rates.push(repeated(`${name}, one way`, extent, () => stream(hosts, streamBytes, 0)));
    rates.push(repeated(`${name}, both ways`, extent, () => stream(hosts, streamBytes / 2, streamBytes / 2)));
    for (const host of [hosts.first, hosts.second]) {
      const used = host.usedPools();
      if (used.length > 0) throw new Error(`not empty after all connections were closed: ${used.join(", ")}`);
    }
  }
  return rates;
}

/** Rates as a table. */
export function ratesTable(rates: readonly Rate[], extent: Extent): Table {
  const { datagrams: count, streamBytes, runs } = extent;
  const amount = `${formatNumber(count)} datagrams or ${streamBytes / (1 << 20)} MiB of stream, median of ${runs} runs`;
  const head = ["", "frames/s", "MB/s", "frames/s of CPU time", "MB/s of CPU time"];
  const rows = rates.map((rate) => [
    rate.name,
    formatNumber(Math.round(rate.framesPerSecond)),
    rate.megabytesPerSecond.toFixed(1),
    formatNumber(Math.round(rate.framesPerCpuSecond)),
    rate.megabytesPerCpuSecond.toFixed(1),
  ]);
  const machine = `Node ${process.versions.node}, ${cpus()[0]?.model ?? process.arch}`;
  return { title: `two hosts in one process (${machine}): ${amount}`, rows: [head, ...rows] };
}

/** Costs by the number of sockets as a table. */
export function costsTable(all: readonly SocketCosts[]): Table {
  const counts = all[0].costs.map(({ sockets }) => formatNumber(sockets));
  const rows = all.map(({ protocol, costs }) => {
    const cells = costs.map(({ instructions }) => {
      const relative = (instructions / costs[0].instructions).toFixed(3);
      return `${formatNumber(Math.round(instructions))} (× ${relative})`;
    });
    return [protocol, ...cells];
  });
  const title = "instructions of the core as WASM for a frame with 64 bytes of payload, by open sockets";
  return { title, rows: [["", ...counts], ...rows] };
}
