/**
 * Property 4 on every board: the core's memory of a board in the middle of its work, put into another board that has only just
 * started, goes on there byte for byte. At that moment a datagram waits for its neighbour's address, and another has
 * half of its fragments.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../runtime/node/random.js";
import { hex, pattern } from "../harness/bytes.js";
import type { Packet } from "../harness/parse.js";
import { Peer } from "../harness/peer.js";
import { BOARDS, Firmware, missing } from "./firmware.js";

const APPLICATION = "examples/udp_echo";
const BEFORE = 50;
const AFTER = 50;
const LARGE = 3000;
const FRAGMENT = 1480;
/** Offsets in the frame. */
const IDENTIFICATION = 18;
const HEADER_CHECKSUM = 24;

/**
 * A frame as it must be on both boards: all of it but the IP identification, which advances by random steps, and the header
 * checksum over it (which parseFrame has checked). Random numbers come from outside of the core.
 */
function seen(packet: Packet): string {
  assert.deepEqual(packet.problems, []);
  const frame = packet.frame.slice();
  frame.fill(0, IDENTIFICATION, IDENTIFICATION + 2);
  frame.fill(0, HEADER_CHECKSUM, HEADER_CHECKSUM + 2);
  return hex(frame);
}

/** Asks number `from` to `to`, one after the other; the frames of the answers. */
async function converse(firmware: Firmware, from: number, to: number): Promise<string[]> {
  const answers: string[] = [];
  for (let number = from; number < to; number++) {
    const random = new SeededRandom(number);
    const payload = pattern(random.below(1400), number % 200);
    let answer: Promise<Packet>;
    if (random.below(3) === 0) {
      answer = firmware.receive(({ icmp }) => icmp?.type === 0 && icmp.sequence === number);
      firmware.send(firmware.peer.ping({ sequence: number }, payload));
    } else if (number % 12 === 0) {
      // Rarely: ICMP errors have a rate.
      answer = firmware.receive(({ icmp }) => icmp?.type === 3);
      firmware.send(firmware.peer.udp({ srcPort: 4000 + number, dstPort: 99 }, payload));
    } else {
      answer = firmware.receive(({ udp }) => udp?.dstPort === 4000 + number);
      firmware.send(firmware.peer.udp({ srcPort: 4000 + number, dstPort: 7, ip: { id: number } }, payload));
    }
    answers.push(seen(await answer));
  }
  return answers;
}

/** What is left to be done for `stranger`, and then a conversation: all frames with IP in them. */
async function goOn(firmware: Firmware, stranger: Peer, rest: readonly Uint8Array[]): Promise<string[]> {
  const frames: string[] = [];
  const held = firmware.receive(({ udp }) => udp?.dstPort === 3000);
  firmware.send(stranger.arpReply());
  frames.push(seen(await held));
  const isPiece = ({ ip }: Packet): boolean => ip !== undefined && (ip.mf || ip.offset > 0);
  const pieces = [1, 2, 3].map(() => firmware.receive(isPiece));
  firmware.send(...rest);
  for (const piece of pieces) frames.push(seen(await piece));
  frames.push(...(await converse(firmware, BEFORE, BEFORE + AFTER)));
  return frames;
}

for (const board of BOARDS) {
  test(`a board goes on from the memory of another (${board})`, { skip: missing(board) }, async (context) => {
    const original = await Firmware.boot(board, APPLICATION);
    const fresh = await Firmware.boot(board, APPLICATION);
    try {
      for (const each of [original, fresh]) {
        await each.up();
        await each.printed(/listening/);
      }
      await converse(original, 0, BEFORE);
      const stranger = new Peer({ mac: "02:00:00:00:00:55", ip: "10.0.2.55" }, original);
      const asked = original.receive(({ arp }) => arp?.operation === 1 && arp.tpa === stranger.ip);
      original.send(stranger.udp({ srcPort: 3000, dstPort: 7 }, "whoever I am"));
      await asked;
      const fragments = original.peer.udpFragments(
        { srcPort: 3001, dstPort: 7, ip: { id: 4711 } },
        pattern(LARGE),
        FRAGMENT,
      );
      original.send(fragments[2] as Uint8Array);
      await original.ping(9999);
      await original.waits();
      await fresh.waits();

      const memory = await original.coreMemory();
      await fresh.setCoreMemory(memory);
      const rest = fragments.slice(0, 2);
      const [expected, actual] = await Promise.all([goOn(original, stranger, rest), goOn(fresh, stranger, rest)]);
      for (const [index, frame] of expected.entries()) assert.equal(actual[index], frame, `frame ${index}`);
      assert.equal(actual.length, expected.length);
      const { counters } = await fresh.state();
      assert.equal(counters.ip_reassembled, 1);
      context.diagnostic(`${memory.length} bytes; ${expected.length} frames alike`);
    } finally {
      await original.close();
      await fresh.close();
    }
  });
}
