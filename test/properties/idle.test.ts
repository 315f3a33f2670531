/**
 * Property 5: with no traffic the CPU sleeps. In QEMU every instruction is logged (bench/trace.ts) while udp_echo waits for a
 * datagram; guest time comes from the frames before and after, which QEMU stamps. On native_sim, where the core is
 * WebAssembly in this process, the entries into the core are counted.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { countBetween, mark, total, traceArguments } from "../../bench/trace.js";
import { parseFrame } from "../harness/parse.js";
import { BOARDS, Firmware, missing } from "./firmware.js";
import { readTimes } from "./pcap-times.js";

const APPLICATION = "examples/udp_echo";
/** Seconds. */
const IDLE = 4;
/** Instructions in an idle second, at most: a thousandth of what either chip could execute. */
const BOUND = 20_000;
const POLLS_BOUND = 20;
/** Time for what a ping leaves to be done, ms. */
const SETTLE = 300;

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

for (const board of BOARDS.filter((name) => name !== "native_sim")) {
  test(`the CPU sleeps while nothing happens (${board})`, { skip: missing(board) }, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "socklet-idle-"));
    const log = join(folder, "trace");
    const pcap = join(folder, "frames.pcap");
    const qemu = ["-icount", "shift=6", "-object", `filter-dump,id=dump0,netdev=wire0,file=${pcap}`];
    const firmware = await Firmware.boot(board, APPLICATION, { qemu: [...qemu, ...traceArguments(log)] });
    try {
      await firmware.up();
      await firmware.printed(/listening/);
      await firmware.ping(1);
      await sleep(SETTLE);
      const from = mark(log);
      await sleep(IDLE * 1000);
      const to = mark(log);
      await firmware.ping(2);
      await firmware.close();
      const replies = readTimes(pcap).filter(({ frame }) => parseFrame(frame).icmp?.type === 0);
      assert.equal(replies.length, 2);
      const seconds = (replies[1].time - replies[0].time) / 1e6;
      assert.ok(seconds >= IDLE, `only ${seconds} s of guest time passed`);
      const instructions = total(countBetween(log, from, to).counts);
      const ping = total(countBetween(log, to, mark(log)).counts);
      assert.ok(ping > 100, "the log has what the CPU does: a ping is in it");
      const each = instructions / IDLE;
      context.diagnostic(
        `${each.toFixed(0)} instructions in an idle second (${instructions} in ${IDLE} s; ${ping} for a ping)`,
      );
      assert.ok(each < BOUND, `${each} instructions in an idle second`);
    } finally {
      await firmware.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test("the core is left alone while nothing happens (native_sim)", async (context) => {
  const firmware = await Firmware.boot("native_sim", APPLICATION);
  try {
    await firmware.up();
    await firmware.printed(/listening/);
    await firmware.ping(1);
    await sleep(SETTLE);
    const before = firmware.polls;
    assert.ok(before > 0, "polls are counted");
    await sleep(IDLE * 1000);
    const each = (firmware.polls - before) / IDLE;
    context.diagnostic(`${each} polls in an idle second`);
    assert.ok(each < POLLS_BOUND, `${each} polls in an idle second`);
    await firmware.ping(2);
  } finally {
    await firmware.close();
  }
});
