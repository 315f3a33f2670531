/**
 * `npm run bench:throughput`: how fast data goes through a TCP connection with the Linux kernel, in time of the guest: QEMU counts
 * instructions (`-icount shift=5`: 32 ns each, 31.25 MIPS), the firmware takes the time itself, and its peer is in a network namespace
 * behind a TAP interface. Needs root. lwIP 2.2.1 on the same board: 7.78 and 6.43 MB/s (-O2).
 *
 *     npm run bench:throughput                  windows of 4 × MSS, no loss, three times
 *     npm run bench:throughput -- --matrix      windows of 2, 4 and 6 × MSS, each with 0 and 1 % loss, every byte checked: minutes
 *     npm run bench:throughput -- --document    the same, written into docs/performance.md
 */
import { spawn } from "node:child_process";
import { start } from "../test/linux/firmware.js";
import { LINUX_IP, Namespace, whyNot } from "../test/linux/namespace.js";
import { THROUGHPUT_MARKS, writeDocument } from "./document.js";
import { BOARD } from "./measure.js";
import { printTable } from "./report.js";
import { matrixTable, measureMatrix, WHOLE } from "./throughput-matrix.js";

const BYTES = 8 << 20;
/** ms. */
const PATIENCE = 120_000;
const REPEATS = 3;

interface Direction {
  readonly name: string;
  readonly application: string;
  readonly goal: number;
  readonly lwip: number;
  /** What runs on Linux, as a shell line; ADDRESS is the firmware's. */
  readonly peer: string;
}

const DIRECTIONS: readonly Direction[] = [
  {
    name: "sink",
    application: "bench/assembly/tcp_sink",
    goal: 25,
    lwip: 7.78,
    peer: `head -c ${BYTES} /dev/zero | socat -u - TCP:ADDRESS:9`,
  },
  {
    name: "source",
    application: "bench/assembly/tcp_source",
    goal: 20,
    lwip: 6.43,
    peer: `socat -u TCP:ADDRESS:19 - | head -c ${BYTES} > /dev/null`,
  },
];

async function until(what: string, done: () => boolean): Promise<void> {
  for (const begin = Date.now(); !done(); ) {
    if (Date.now() - begin > PATIENCE) throw new Error(`waited ${PATIENCE / 1000} s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function measure(direction: Direction): Promise<number[]> {
  const namespace = Namespace.create();
  try {
    const options = { application: direction.application, qemu: ["-icount", "shift=5"] };
    const firmware = await start(BOARD, namespace, [], options);
    try {
      await until("listening", () => firmware.console().includes("listening"));
      namespace.ip("neighbour", "replace", firmware.ip, "lladdr", firmware.mac, "dev", "tap0", "nud", "permanent");
      const rates: number[] = [];
      for (let i = 0; i < REPEATS; i++) {
        const said = firmware.console().length;
        const line = direction.peer.replace("ADDRESS", firmware.ip);
        const peer = spawn("ip", ["netns", "exec", namespace.name, "sh", "-c", line], { stdio: "ignore" });
        const result = (): RegExpExecArray | null => /(\d+) bytes in (\d+) us/.exec(firmware.console().slice(said));
        await until(`the end of a transfer of ${direction.name}`, () => result() !== null);
        const [, bytes, microseconds] = result() ?? [];
        if (Number(bytes) < BYTES) throw new Error(`${direction.name}: only ${bytes} bytes of ${BYTES}`);
        rates.push(Number(bytes) / Number(microseconds));
        peer.kill();
      }
      return rates;
    } finally {
      await firmware.close();
    }
  } finally {
    namespace.destroy();
  }
}

async function plain(): Promise<void> {
  console.log(
    `TCP on ${BOARD} at 31.25 MIPS with Linux (${LINUX_IP}) over TAP, MB/s in time of the guest, ${BYTES >> 20} MB each`,
  );
  for (const direction of DIRECTIONS) {
    const rates = (await measure(direction)).map((rate) => rate.toFixed(2)).join(", ");
    console.log(`${direction.name.padEnd(8)} ${rates} (goal ${direction.goal}, lwIP 2.2.1 -O2 ${direction.lwip})`);
  }
}

async function matrix(document: boolean): Promise<void> {
  const rows = await measureMatrix(WHOLE, ({ window }) => console.log(`${window} × MSS measured`));
  const tables = [matrixTable(rows, WHOLE)];
  for (const table of tables) printTable(table);
  if (document) writeDocument(tables, THROUGHPUT_MARKS);
}

const reason = whyNot();
if (reason !== undefined) throw new Error(`this cannot be measured here: ${reason}`);
const document = process.argv.includes("--document");
if (document || process.argv.includes("--matrix")) await matrix(document);
else await plain();
