/**
 * TCP with the Linux kernel over a bad wire, in both directions at once and in real time; hashes compared. The short form of
 * `npm run linux:tcp`, which also compares the goodput with that of Linux and Linux.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNot } from "./namespace.js";
import { withLinux } from "./tcp-link.js";
import { LINUX_WIRES } from "./tcp-wires.js";

const BYTES = 200_000;
const skip = whyNot();

for (const { name, wire } of LINUX_WIRES) {
  test(`Linux and our stack, ${BYTES / 1000} kB each way: ${name}`, { skip }, async (context) => {
    const job = { wire, seed: 1, toLinux: BYTES, fromLinux: BYTES, limit: 40 };
    const outcome = await withLinux(job, { congestion: "reno" });
    context.diagnostic(`${outcome.toLinux.toFixed(3)} MB/s to Linux, ${outcome.fromLinux.toFixed(3)} MB/s from it`);
    assert.ok(outcome.toLinux > 0 && outcome.fromLinux > 0);
  });
}
