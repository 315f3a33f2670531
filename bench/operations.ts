/** The operations that are measured: what the peer sends, and what the answer must be, byte for byte. */
import { pattern } from "../test/harness/bytes.js";
import { arp, ethernet, icmp, ipv4, udp } from "../test/harness/packets.js";
import { parseFrame, render } from "../test/harness/parse.js";

export const PEER = { mac: "02:00:00:00:00:99", ip: "10.0.2.2" };

export interface Station {
  readonly mac: string;
  readonly ip: string;
}

/** The peer's answer to the board's question for its MAC address. */
export function arpAnswer(question: { readonly sha: string; readonly spa: string }): Uint8Array {
  const reply = arp({ operation: 2, sha: PEER.mac, spa: PEER.ip, tha: question.sha, tpa: question.spa });
  return ethernet({ dst: question.sha, src: PEER.mac, type: 0x0806 }, reply);
}

export interface Operation {
  readonly name: string;
  /** Instructions that the bar and the product's goal allow; lwIP's C at -O2 (raw API) beside them. */
  readonly bar?: number;
  readonly goal?: number;
  readonly lwip?: number;
  request(board: Station, sequence: number): Uint8Array;
  /** Throws when `frame` is not the right answer. */
  check(frame: Uint8Array, sequence: number): void;
}

function payloadOf(size: number, sequence: number): Uint8Array {
  return pattern(size, (sequence % 200) + 1);
}

function same(actual: Uint8Array | undefined, expected: Uint8Array, what: string, frame: Uint8Array): void {
  if (actual === undefined || Buffer.compare(actual, expected) !== 0)
    throw new Error(`${what}: not the payload that was sent, but ${render(frame)}`);
}

function wellFormed(frame: Uint8Array, what: string): ReturnType<typeof parseFrame> {
  // The LAN9118 pads short frames itself; QEMU's model of it does not.
  const padded = new Uint8Array(Math.max(60, frame.length));
  padded.set(frame);
  const packet = parseFrame(padded);
  if (packet.problems.length > 0) throw new Error(`${what}: ${packet.problems.join("; ")}`);
  return packet;
}

function udpEcho(size: number, figures: { bar?: number; goal?: number; lwip?: number }): Operation {
  const name = `UDP echo ${size}`;
  return {
    name,
    ...figures,
    request: (board, sequence) => {
      const fields = { src: PEER.ip, dst: board.ip };
      const datagram = udp({ ...fields, srcPort: 5555, dstPort: 7 }, payloadOf(size, sequence));
      return ethernet({ dst: board.mac, src: PEER.mac }, ipv4({ ...fields, protocol: 17, id: sequence }, datagram));
    },
    check: (frame, sequence) => same(wellFormed(frame, name).udp?.payload, payloadOf(size, sequence), name, frame),
  };
}

function icmpEcho(size: number, figures: { bar?: number; goal?: number; lwip?: number }): Operation {
  const name = `ICMP echo ${size}`;
  return {
    name,
    ...figures,
    request: (board, sequence) => {
      const message = icmp({ type: 8, id: 1, sequence }, payloadOf(size, sequence));
      const fields = { src: PEER.ip, dst: board.ip, protocol: 1, id: sequence };
      return ethernet({ dst: board.mac, src: PEER.mac }, ipv4(fields, message));
    },
    check: (frame, sequence) => {
      const packet = wellFormed(frame, name);
      if (packet.icmp?.type !== 0 || (packet.icmp.rest & 0xffff) !== sequence)
        throw new Error(`${name}: not the reply to ${sequence}`);
      same(packet.icmp.payload, payloadOf(size, sequence), name, frame);
    },
  };
}

/** Bars of issue 2, goals of the product, and lwIP 2.2.1 at -O2 as its own bench measured it on this board. */
export const OPERATIONS: readonly Operation[] = [
  icmpEcho(56, { bar: 600, goal: 450, lwip: 1264 }),
  udpEcho(1, { lwip: 1343 }),
  udpEcho(64, { bar: 800, goal: 640, lwip: 1646 }),
  udpEcho(512, { bar: 1150, goal: 960, lwip: 4110 }),
  udpEcho(1472, { bar: 1900, goal: 1650, lwip: 9390 }),
];
