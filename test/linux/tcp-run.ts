/**
 * `npm run linux:tcp [-- KILOBYTES [SEEDS [PART-OF-A-NAME]]]`: our stack with Linux on each wire, one direction at a time, and Linux with Linux on the same
 * wire: goodput of both and their ratio. Our stack has buffers
 * of 256 KiB. Both use NewReno: it is the one congestion control that a namespace may always choose.
 */
import { whyNot } from "./namespace.js";
import { linuxWithLinux, type Outcome, withLinux } from "./tcp-link.js";
import { LINUX_WIRES, MORE_LINUX_WIRES } from "./tcp-wires.js";

const bytes = Number(process.argv[2] ?? 2000) * 1000;
const seeds = Number(process.argv[3] ?? 3);
const part = process.argv[4] ?? "";
const CONGESTION = "reno";
const SETTINGS = {
  NET_TCP_SEND_BUFFER: 262_144,
  NET_TCP_RECV_BUFFER: 262_144,
  NET_TCP_SEND_RECORDS: 256,
  NET_TCP_REASSEMBLY_RANGES: 64,
};

const reason = whyNot();
if (reason !== undefined) throw new Error(`this cannot be measured here: ${reason}`);

/** The mean over all seeds. */
async function mean(run: (seed: number) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let seed = 1; seed <= seeds; seed++) sum += await run(seed);
  return sum / seeds;
}

console.log(
  `goodput in MB/s, ${bytes / 1000} kB, mean of ${seeds}; sending: from our stack to Linux; receiving: from Linux to our stack`,
);
for (const { name, wire } of [...LINUX_WIRES, ...MORE_LINUX_WIRES].filter((each) => each.name.includes(part))) {
  const cells: string[] = [];
  for (const direction of ["toLinux", "fromLinux"] as const) {
    const job = (seed: number) => ({
      wire,
      seed,
      toLinux: direction === "toLinux" ? bytes : 0,
      fromLinux: direction === "fromLinux" ? bytes : 0,
      limit: 300,
    });
    const pick = (outcome: Outcome): number => outcome[direction];
    try {
      const ours = await mean(async (seed) =>
        pick(await withLinux(job(seed), { congestion: CONGESTION, settings: SETTINGS })),
      );
      const theirs = await mean(async (seed) => pick(await linuxWithLinux(job(seed), CONGESTION)));
      const what = direction === "toLinux" ? "sending" : "receiving";
      cells.push(`${what} ${ours.toFixed(3)}, Linux ${theirs.toFixed(3)}, ratio ${(ours / theirs).toFixed(2)}`);
    } catch (error) {
      cells.push(`FAILED: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
  console.log(`${name.padEnd(38)} ${cells.join("; ")}`);
}
