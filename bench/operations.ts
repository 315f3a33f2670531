/**
 * What is measured. An operation runs against a board that does not know whose stack it has: it sends frames, checks every byte that
 * comes back, and says where in the log the counted part lies. As the earlier bench of lwIP defined them: an echo is one frame in, one out.
 */
import { pattern } from "../test/harness/bytes.js";
import { arp, BROADCAST_MAC, ethernet, icmp, ipv4, udp } from "../test/harness/packets.js";
import { parseFrame, render } from "../test/harness/parse.js";
import type { TracedBoard } from "./board.js";

export const PEER = { mac: "02:00:00:00:00:99", ip: "10.0.2.2" };

export interface Station {
  readonly mac: string;
  readonly ip: string;
}

/** Where the log stood before and after, and how many operations lie between. */
export interface Phase {
  readonly from: number;
  readonly to: number;
  readonly operations: number;
  /** Frames that the board sent meanwhile. */
  readonly framesOut: number;
}

export interface Operation {
  readonly name: string;
  /** The program of ours that it runs against: a folder. All programs of lwIP are in one image. */
  readonly application: string;
  /** True for what lwIP's raw API has not. */
  readonly onlyOurs?: boolean;
  /** @throws Error when an answer is wrong */
  run(traced: TracedBoard, board: Station): Promise<Phase>;
}

/** Operations that one phase counts: enough for what happens once in many, like draining the chip's transmit statuses. */
const EACH = 100;

/** The peer's answer to the board's question for its MAC address. */
export function arpAnswer(question: { readonly sha: string; readonly spa: string }): Uint8Array {
  const reply = arp({ operation: 2, sha: PEER.mac, spa: PEER.ip, tha: question.sha, tpa: question.spa });
  return ethernet({ dst: question.sha, src: PEER.mac, type: 0x0806 }, reply);
}

/** The peer's question for the board's MAC address. */
export function arpQuestion(board: Station): Uint8Array {
  const question = arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tpa: board.ip });
  return ethernet({ dst: BROADCAST_MAC, src: PEER.mac, type: 0x0806 }, question);
}

/** One frame in, one out. */
interface Exchange {
  readonly name: string;
  request(board: Station, sequence: number): Uint8Array;
  /** Throws when `frame` is not the right answer. */
  check(frame: Uint8Array, sequence: number, board: Station): void;
}

function exchange({ name, request, check }: Exchange): Operation {
  const once = async (traced: TracedBoard, board: Station, sequence: number): Promise<number> => {
    traced.send(request(board, sequence));
    check(await traced.next(), sequence, board);
    return traced.quiet();
  };
  return {
    name,
    application: "examples/udp_echo",
    run: async (traced, board) => {
      // Once before counting: caches of routes and the like are as in the middle of a conversation.
      const from = await once(traced, board, 0);
      let to = from;
      for (let sequence = 1; sequence <= EACH; sequence++) to = await once(traced, board, sequence);
      return { from, to, operations: EACH, framesOut: EACH };
    },
  };
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

function udpEcho(size: number): Operation {
  const name = `UDP echo ${size}`;
  return exchange({
    name,
    request: (board, sequence) => {
      const fields = { src: PEER.ip, dst: board.ip };
      const datagram = udp({ ...fields, srcPort: 5555, dstPort: 7 }, payloadOf(size, sequence));
      return ethernet({ dst: board.mac, src: PEER.mac }, ipv4({ ...fields, protocol: 17, id: sequence }, datagram));
    },
    check: (frame, sequence) => same(wellFormed(frame, name).udp?.payload, payloadOf(size, sequence), name, frame),
  });
}

function icmpEcho(size: number): Operation {
  const name = `ICMP echo ${size}`;
  return exchange({
    name,
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
  });
}

const arpReply = exchange({
  name: "ARP reply",
  request: (board) => arpQuestion(board),
  check: (frame, _sequence, board) => {
    const answer = wellFormed(frame, "ARP reply").arp;
    if (answer?.operation !== 2 || answer.sha !== board.mac || answer.spa !== board.ip || answer.tha !== PEER.mac)
      throw new Error(`ARP reply: not the board's answer, but ${render(frame)}`);
  },
});

/** The smallest system call, from the program into the core and back: many of them for one datagram, whose own cost is lost among them. */
const systemCall: Operation = {
  name: "getsockname",
  application: "bench/assembly/system_call",
  onlyOurs: true,
  run: async (traced, board) => {
    const calls = 4000;
    const ask = async (times: number): Promise<number> => {
      const payload = Uint8Array.from([times & 0xff, times >> 8, 0, 0]);
      const fields = { src: PEER.ip, dst: board.ip };
      const datagram = udp({ ...fields, srcPort: 5555, dstPort: 7 }, payload);
      traced.send(ethernet({ dst: board.mac, src: PEER.mac }, ipv4({ ...fields, protocol: 17 }, datagram)));
      const answer = await traced.next();
      same(wellFormed(answer, "getsockname").udp?.payload, payload, "getsockname", answer);
      return traced.quiet();
    };
    const from = await ask(0);
    return { from, to: await ask(calls), operations: calls, framesOut: 0 };
  },
};

/** ARP, ICMP and UDP, and what a call costs. */
export const OPERATIONS: readonly Operation[] = [
  arpReply,
  icmpEcho(56),
  udpEcho(1),
  udpEcho(64),
  udpEcho(512),
  udpEcho(1472),
  systemCall,
];
