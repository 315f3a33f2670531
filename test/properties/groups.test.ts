/**
 * Groups on the boards' chips as QEMU has them: a chip with a filter keeps from the stack what no socket has joined, one without brings
 * all of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { groupMac } from "../harness/igmp.js";
import { BOARDS, type BoardName, Firmware, missing } from "./firmware.js";

/** Joins and leaves `GROUP` when it is told to, at port 5000. */
const APPLICATION = "test/assembly/linux/multicast";
const GROUP = "239.5.6.7";
const OTHERS = Array.from({ length: 64 }, (_, i) => `239.77.1.${i + 1}`);
/** Boards whose chip chooses among groups. Of 64 groups about one has the hash of another one by chance. */
const WITH_FILTER: readonly BoardName[] = ["mps2_an385"];

const BURST = 8;

async function tell(firmware: Firmware, command: string): Promise<void> {
  const answer = await firmware.ask(
    firmware.peer.udp({ srcPort: 9001, dstPort: 5000 }, command),
    ({ udp }) => udp?.dstPort === 9001,
    60_000,
  );
  assert.equal(Buffer.from(answer.udp?.payload ?? []).toString(), "000");
}

/** How many of these frames the stack has seen. */
async function passed(firmware: Firmware, groups: readonly string[]): Promise<number> {
  let sequence = 0;
  await firmware.ping(sequence);
  const before = (await firmware.state()).counters.frames_in;
  for (const group of groups) {
    const ip = { dst: group, ttl: 1 };
    firmware.send(firmware.peer.udp({ srcPort: 9000, dstPort: 5001, ip, eth: { dst: groupMac(group) } }, "x"));
    sequence += 1;
    // No more at once than any chip holds.
    if (sequence % BURST === 0) await firmware.ping(sequence);
  }
  await firmware.ping(++sequence);
  const pings = 1 + Math.floor(groups.length / BURST);
  return (await firmware.state()).counters.frames_in - before - pings;
}

for (const board of BOARDS)
  test(`${board}: multicast frames reach the stack as its chip can tell them apart`, {
    skip: missing(board),
    timeout: 120_000,
  }, async () => {
    const firmware = await Firmware.boot(board, APPLICATION);
    try {
      await firmware.printed(/ready/);
      await firmware.up();
      const filters = WITH_FILTER.includes(board);
      assert.equal(await passed(firmware, ["224.0.0.1"]), 1);
      assert.equal(await passed(firmware, [GROUP]), filters ? 0 : 1);
      await tell(firmware, "j");
      assert.equal(await passed(firmware, [GROUP]), 1);
      const others = await passed(firmware, OTHERS);
      if (filters) assert.ok(others < 8, `${others} of ${OTHERS.length} groups that nobody has joined`);
      else assert.equal(others, OTHERS.length);
      await tell(firmware, "l");
      assert.equal(await passed(firmware, [GROUP]), filters ? 0 : 1);
      assert.equal(await passed(firmware, ["224.0.0.1"]), 1);
    } finally {
      await firmware.close();
    }
  });
