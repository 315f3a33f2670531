/** Throughput with the Linux kernel by window and loss: every byte of every stream checked. */
import { formatNumber } from "../cli/table.js";
import { CheckedLink } from "./checked-link.js";
import type { Traffic } from "./lossy-relay.js";
import type { Table } from "./tables.js";

const MSS = 1460;
/** The board's buffers, in segments. */
export const WINDOWS: readonly number[] = [2, 4, 6];
export const LOSS = 0.01;
/** The wire's losses follow from it. */
const SEED = 1;

/** One cell: both directions, MB/s in time of the guest. */
export interface Rates {
  readonly sink: number;
  readonly source: number;
}

export interface Row {
  /** Segments. */
  readonly window: number;
  /** QEMU on the TAP interface itself; null when it was not measured. */
  readonly direct: Rates | null;
  /** Through the relay. */
  readonly relayed: Rates;
  readonly lossy: Rates;
  /** Frames while they were lost, both directions. */
  readonly traffic: Traffic;
}

export interface MatrixExtent {
  readonly windows: readonly number[];
  /** Of each stream. */
  readonly bytes: number;
  /** Streams of each kind. */
  readonly repeats: number;
  /** 0 to 1. */
  readonly loss: number;
  /** False leaves out QEMU on the TAP interface itself. */
  readonly direct: boolean;
}

export const WHOLE: MatrixExtent = { windows: WINDOWS, bytes: 2 << 20, repeats: 5, loss: LOSS, direct: true };

/** All bytes by all of the time. */
const together = (rates: readonly number[]): number => rates.length / rates.reduce((time, rate) => time + 1 / rate, 0);

async function repeat(link: CheckedLink, repeats: number): Promise<Rates> {
  const sink: number[] = [];
  const source: number[] = [];
  for (let i = 0; i < repeats; i++) {
    sink.push(await link.sink());
    source.push(await link.source());
  }
  return { sink: together(sink), source: together(source) };
}

async function withLink<T>(link: CheckedLink, measure: (link: CheckedLink) => Promise<T>): Promise<T> {
  try {
    return await measure(link);
  } finally {
    await link.close();
  }
}

async function measureWindow(window: number, { bytes, repeats, loss, direct }: MatrixExtent): Promise<Row> {
  const options = { buffer: window * MSS, bytes };
  const itself = direct ? await withLink(await CheckedLink.open(options), (link) => repeat(link, repeats)) : null;
  return withLink(await CheckedLink.open({ ...options, relay: SEED }), async (link) => {
    const { relay } = link;
    if (relay === undefined) throw new Error("the wire was to lead through a relay");
    const relayed = await repeat(link, repeats);
    const before = relay.total();
    relay.lose(loss);
    const lossy = await repeat(link, repeats);
    const after = relay.total();
    const traffic = { passed: after.passed - before.passed, lost: after.lost - before.lost };
    return { window, direct: itself, relayed, lossy, traffic };
  });
}

/** Measures each window; `said` hears of each as it is done. @throws Error when a byte is wrong or missing */
export async function measureMatrix(extent: MatrixExtent, said: (row: Row) => void = () => {}): Promise<Row[]> {
  const rows: Row[] = [];
  for (const window of extent.windows) {
    const row = await measureWindow(window, extent);
    said(row);
    rows.push(row);
  }
  return rows;
}

/** As a table. */
export function matrixTable(rows: readonly Row[], { bytes, repeats, loss }: MatrixExtent): Table {
  const percent = `${loss * 100} %`;
  const ways = ["", " by relay", ` by relay, loss ${percent}`];
  const head = ["window and send buffer", ...["sink", "source"].flatMap((name) => ways.map((way) => `${name}${way}`))];
  const cell = (rates: Rates | null, name: keyof Rates): string => rates?.[name].toFixed(2) ?? "";
  const lines = rows.map(({ window, direct, relayed, lossy, traffic }) => [
    `${window} × MSS`,
    ...(["sink", "source"] as const).flatMap((name) => [direct, relayed, lossy].map((rates) => cell(rates, name))),
    `${formatNumber(traffic.lost)} of ${formatNumber(traffic.lost + traffic.passed)}`,
  ]);
  const amount = `${repeats} streams of ${formatNumber(bytes)} bytes each, every byte checked`;
  return {
    title: `MB/s in time of the guest at 31.25 MIPS with Linux, ${amount}`,
    rows: [[...head, "frames lost"], ...lines],
  };
}
