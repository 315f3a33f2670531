/**
 * Property 2: an application that does what no program may traps. The console names function and reason, the stack still answers,
 * and the application restarts or stays stopped, as configured.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOARDS, Firmware, missing } from "./firmware.js";

const APPLICATION = "test/assembly/properties/trespass";
const PORT = 5000;

/** What a datagram makes it do, and what the console must say of it. */
const CRIMES: Readonly<Record<string, string>> = {
  read: "out of bounds memory access",
  write: "out of bounds memory access",
  stop: "unreachable",
  divide: "integer divide by zero",
};

function datagram(firmware: Firmware, text: string): Uint8Array {
  return firmware.peer.udp({ srcPort: PORT, dstPort: 7 }, text);
}

/** Asks until the application answers. */
async function echoes(firmware: Firmware, text: string): Promise<void> {
  const packet = await firmware.ask(datagram(firmware, text), ({ udp }) => udp?.dstPort === PORT);
  assert.equal(Buffer.from(packet.udp?.payload ?? []).toString(), text);
}

/** Waits for the line of a trap from `from` on; the function that it names. */
async function trapped(firmware: Firmware, reason: string, count: number): Promise<string> {
  const all = new RegExp(`(?:\\*\\*\\* app trapped: ${reason} in function \\S+\\r?\\n[\\s\\S]*?){${count}}`);
  const text = (await firmware.printed(all))[0];
  return [...text.matchAll(/in function (\S+)/g)].at(-1)?.[1] ?? "";
}

for (const board of BOARDS) {
  test(`restart: a program that traps starts anew, and the stack goes on (${board})`, {
    skip: missing(board),
  }, async (context) => {
    const firmware = await Firmware.boot(board, APPLICATION, { defines: ["CONFIG_APP_ON_TRAP=restart"] });
    try {
      await firmware.up();
      let starts = 1;
      const traps = new Map<string, number>();
      for (const [word, reason] of Object.entries(CRIMES)) {
        await echoes(firmware, `before ${word}`.toUpperCase());
        firmware.send(datagram(firmware, word));
        traps.set(reason, (traps.get(reason) ?? 0) + 1);
        const name = await trapped(firmware, reason, traps.get(reason) ?? 0);
        assert.match(name, /^main\/\w+$/, "the function is one of the program's own");
        context.diagnostic(`${word}: ${reason} in function ${name}`);
        starts++;
        await firmware.printed(new RegExp(`(trespass: ready[\\s\\S]*){${starts}}`));
        await firmware.ping(starts);
        await echoes(firmware, `AFTER ${word.toUpperCase()}`);
      }
      assert.equal(firmware.console.match(/\*\*\* application restarts/g)?.length, starts - 1);
      const { pools } = await firmware.state();
      assert.equal(
        pools.find(({ name }) => /socket/i.test(name))?.used,
        1,
        "each start closed what the last one had open",
      );
    } finally {
      await firmware.close();
    }
  });

  test(`stop: a program that traps stays stopped, and the stack goes on (${board})`, {
    skip: missing(board),
  }, async () => {
    const firmware = await Firmware.boot(board, APPLICATION, { defines: ["CONFIG_APP_ON_TRAP=stop"] });
    try {
      await firmware.up();
      await echoes(firmware, "BEFORE");
      firmware.send(datagram(firmware, "read"));
      assert.match(await trapped(firmware, "out of bounds memory access", 1), /^main\/\w+$/);
      await firmware.printed(/\*\*\* application stopped; the network stack stays up/);
      for (let sequence = 1; sequence <= 3; sequence++) await firmware.ping(sequence);
      // Its socket is closed: port 7 is unreachable now.
      const answer = firmware.receive(({ icmp, udp }) => icmp?.type === 3 || udp !== undefined);
      firmware.send(datagram(firmware, "ANYBODY?"));
      const { icmp } = await answer;
      assert.deepEqual([icmp?.type, icmp?.code], [3, 3]);
      assert.equal(firmware.console.match(/trespass: ready/g)?.length, 1);
      const { pools } = await firmware.state();
      const left = pools.filter(({ name, used }) => used > 0 && !/neighbour|arp/i.test(name));
      assert.deepEqual(left, []);
    } finally {
      await firmware.close();
    }
  });
}
