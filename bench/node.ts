/**
 * `npm run bench:node`: the core in Node. How fast two hosts in one process move datagrams and streams in real time, every byte compared,
 * and what a frame costs against the number of open sockets, in executed WASM instructions.
 *
 *     npm run bench:node                  prints both tables; takes about a minute
 *     npm run bench:node -- --document    and writes them into docs/performance.md
 *
 * The rates are this machine's, and those by wall time also those of what else runs on it. The counts are the same everywhere.
 */
import { NODE_MARKS, writeDocument } from "./document.js";
import { costsTable, type Extent, measureRates, ratesTable } from "./node-rates.js";
import { printTable } from "./report.js";
import { costsOf, countedCore } from "./sockets-cost.js";

const EXTENT: Extent = { datagrams: 50_000, streamBytes: 16 << 20, warm: 2, runs: 7 };

const rates = await measureRates(EXTENT);
const counted = await countedCore();
const tables = [ratesTable(rates, EXTENT), costsTable([costsOf(counted, "TCP"), costsOf(counted, "UDP")])];
for (const table of tables) printTable(table);
if (process.argv.includes("--document")) writeDocument(tables, NODE_MARKS);
