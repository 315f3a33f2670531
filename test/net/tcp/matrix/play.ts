/**
 * Plays one case of the matrix into a stack: the segment arrives, the frames in answer are compared with the oracle's outcome, and then
 * calls and further segments find out in which state the connection is.
 */

import { parseFrame } from "../../../harness/parse.js";
import { MSG_DONTWAIT } from "../../../harness/socket-calls.js";
import type { Fork, Stack } from "../../../harness/stack.js";
import { flagBits, segmentText, type TcpOption, type TcpSegment } from "../../../harness/tcp-segment.js";
import type { Case } from "./cases.js";
import type { Outcome, Reply } from "./oracle.js";
import { type Built, WINDOW } from "./variants.js";

/** Longest time that an acknowledgement may be delayed, µs (CONFIG_NET_TCP_ACK_TIMEOUT and a little). */
const ACK_DELAY = 110_000;
/** After this time everything that ends by itself has ended, µs. */
const RUN_OUT = 130_000_000;
/** Where the TCP header is in a frame without IP options. */
const TCP_AT = 14 + 20;
/** In this time a first retransmission must have come, µs. */
const RETRANSMISSION = 3_500_000;

/** A stack in a state, to which it goes back for every case. */
export class Player {
  private readonly here: Fork;
  private sent: TcpSegment[] = [];
  private problems: string[] = [];
  private readonly templates = new Map<string, Uint8Array>();

  constructor(
    private readonly stack: Stack,
    private readonly built: Built,
  ) {
    this.here = stack.snapshot();
    // The harness's transcript and checks would take most of the time.
    stack.node.onSend = (frame) => this.take(frame);
    stack.node.receive = (frame) => Object.getPrototypeOf(stack.node).receive.call(stack.node, frame);
  }

  private take(frame: Uint8Array): void {
    const { tcp, problems, arp } = parseFrame(frame);
    this.problems.push(...problems);
    if (tcp !== undefined) this.sent.push(tcp);
    else if (arp === undefined) this.problems.push("a frame that is not TCP");
  }

  /** What is wrong after `segment`, or undefined. */
  play(segment: Case, expected: Outcome): string | undefined {
    const { stack } = this;
    stack.world.now = this.here.now;
    stack.node.restore(this.here.core);
    this.sent = [];
    this.problems = [];
    stack.world.settle();
    this.inject(segment.flags, segment.seq, segment.ack ? segment.ackNumber : 0, segment.length, segment.tsVal);
    const answers = this.sent.splice(0);
    const wrong =
      this.compareReply(answers, expected) ??
      this.compareStream(expected) ??
      this.compareState(expected, answers) ??
      this.problems[0];
    return wrong;
  }

  /** What is still held, after a case, when the program has ended and the peer has reset the connection; undefined for nothing. */
  leak(expected: Outcome): string | undefined {
    const { stack } = this;
    stack.node.reset(0);
    stack.world.settle();
    const rcvNxt = this.sent.findLast(({ flags }) => flags.includes("."))?.ack ?? expected.rcvNxt;
    this.inject("R.", rcvNxt, this.built.block.sndNxt, 0, undefined);
    stack.world.advance(RUN_OUT);
    const used = stack.usedPools().map(({ name, used }) => `${name} ${used}`);
    return used.length === 0 ? undefined : `still held at the end: ${used.join(", ")}`;
  }

  private inject(flags: string, seq: number, ack: number, length: number, tsVal: number | undefined): void {
    const frame = this.template(length, tsVal).slice();
    const view = new DataView(frame.buffer);
    view.setUint32(TCP_AT + 4, seq);
    view.setUint32(TCP_AT + 8, ack);
    frame[TCP_AT + 13] = flagBits(flags);
    // The checksum of the template, for the words that have changed (RFC 1624).
    let sum = (~view.getUint16(TCP_AT + 16) & 0xffff) + flagBits(flags);
    for (const word of [seq, ack]) sum += (word >>> 16) + (word & 0xffff);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    view.setUint16(TCP_AT + 16, ~sum & 0xffff);
    this.stack.node.receive(frame);
    this.stack.world.settle();
  }

  /** A segment without flags and with numbers of 0: building each anew would take most of the time. */
  private template(length: number, tsVal: number | undefined): Uint8Array {
    const key = `${length} ${tsVal}`;
    let frame = this.templates.get(key);
    if (frame === undefined) {
      const { t, variant } = this.built;
      const options: TcpOption[] =
        tsVal === undefined ? [] : [{ kind: "nop" }, { kind: "nop" }, { kind: "TS", val: tsVal, ecr: t.stackStamp }];
      frame = t.peer.tcp(
        { ...{ srcPort: t.peerPort, dstPort: t.port, flags: "-", options }, window: variant.window ?? WINDOW },
        new Uint8Array(length).fill(0x61),
      );
      this.templates.set(key, frame);
    }
    return frame;
  }

  /** A later TSval than all of the case, for probes. */
  private get probeStamp(): number | undefined {
    const { tsRecent } = this.built.block;
    return tsRecent === undefined ? undefined : (tsRecent + 5) >>> 0;
  }

  // ---- the answer ---------------------------------------------------------------------------------------------------

  private compareReply(answers: TcpSegment[], expected: Outcome): string | undefined {
    const { reply } = expected;
    if (reply.kind === "ack soon" && answers.length === 0) {
      this.stack.world.advance(ACK_DELAY);
      answers.push(...this.sent.splice(0));
    }
    const shown = answers.map((each) => this.show(each)).join(", ") || "nothing";
    if (reply.kind === "nothing") return answers.length === 0 ? undefined : `sent ${shown}, expected nothing`;
    if (answers.length !== 1) return `sent ${shown}, expected ${describe(reply)}`;
    const answer = answers[0] as TcpSegment;
    return this.isReply(answer, reply, expected) ? undefined : `sent ${shown}, expected ${describe(reply)}`;
  }

  private isReply(answer: TcpSegment, reply: Reply, expected: Outcome): boolean {
    const { sndNxt } = this.built.block;
    switch (reply.kind) {
      case "rst": {
        // With a connection in place the RST may carry an acknowledgement (RFC 9293 §3.10.7.4 leaves it open).
        const flags = reply.ack === undefined ? "R" : "R.";
        return answer.flags === flags && answer.seq === reply.seq && (reply.ack ?? 0) === answer.ack;
      }
      case "syn-ack":
        if (answer.flags !== "S." || answer.ack !== reply.ack) return false;
        // A new connection on the same ports begins beyond the numbers of the old one.
        return reply.fresh ? sndNxt === 0 || ((answer.seq - sndNxt) | 0) > 0 : answer.seq === (sndNxt - 1) >>> 0;
      default:
        return (
          answer.flags === "." && answer.seq === sndNxt && answer.ack === expected.rcvNxt && answer.payload.length === 0
        );
    }
  }

  private show(segment: TcpSegment): string {
    return segmentText(segment, this.built.block.iss, this.built.block.irs);
  }

  // ---- what the application sees ------------------------------------------------------------------------------------

  private compareStream(expected: Outcome): string | undefined {
    const { t, variant } = this.built;
    if (t.fd < 0 || ["CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED"].includes(variant.state)) return undefined;
    // The connection that the descriptor had is over when its ports are taken by a new one.
    if (expected.state === "SYN-RECEIVED") return undefined;
    const wanted = (variant.unread ?? 0) + expected.delivered;
    let got = 0;
    let end: string;
    for (;;) {
      const { errno, length } = this.receive(t.fd);
      got += length;
      if (errno === "SUCCESS" && length > 0) continue;
      end = errno === "SUCCESS" ? "end of stream" : errno;
      break;
    }
    this.sent = this.sent.filter(({ flags }) => flags !== "."); // window updates
    if (expected.reset) {
      // Data that had come before the RST may be lost with it.
      if (/^(ECONNRESET|EPIPE)$/.test(end) && (got === wanted || got === 0)) return undefined;
      return `recv gave ${got} bytes, then ${end}; expected the reset`;
    }
    const wantedEnd = this.endOfStream(expected) ? "end of stream" : "EAGAIN";
    if (got === wanted && end === wantedEnd) return undefined;
    return `recv gave ${got} bytes, then ${end}; expected ${wanted}, then ${wantedEnd}`;
  }

  private endOfStream({ state }: Outcome): boolean {
    if (["CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"].includes(state)) return true;
    // LAST-ACK ends in CLOSED without a reset.
    return state === "CLOSED";
  }

  private receive(fd: number): { errno: string; length: number } {
    const call = this.stack.begin.recvWith(fd, { length: 2048, flags: MSG_DONTWAIT });
    return { errno: call.errno, length: call.errno === "SUCCESS" ? call.value().length : 0 };
  }

  // ---- the state afterwards -----------------------------------------------------------------------------------------

  private compareState(expected: Outcome, answers: readonly TcpSegment[]): string | undefined {
    this.sent = [];
    const { block } = this.built;
    const unacknowledged = (block.sndNxt - expected.sndUna) >>> 0;
    switch (expected.state) {
      case "CLOSED":
      case "LISTEN":
        return this.probeGone(expected);
      case "SYN-SENT":
        return this.probeSynSent();
      case "SYN-RECEIVED":
        return this.probeSynReceived(expected, answers);
      default:
        return this.probeSynchronised(expected, block.sndNxt) ?? this.probeFlight(expected, unacknowledged);
    }
  }

  /** An ACK is answered with a RST of its number: there is no connection. */
  private probeGone(expected: Outcome): string | undefined {
    const ack = (this.built.block.sndNxt + 7) >>> 0;
    this.inject(".", (expected.rcvNxt + 3) >>> 0, ack, 0, this.probeStamp);
    const answer = this.sent[0];
    if (this.sent.length !== 1 || answer?.flags !== "R" || answer.seq !== ack)
      return `expected ${expected.state}, but an ACK is answered with ${this.all()}`;
    if (expected.state !== "LISTEN") return undefined;
    this.sent = [];
    const { t } = this.built;
    const frame = t.peer.tcp({ srcPort: t.peerPort + 1, dstPort: t.port, flags: "S", seq: 5 });
    this.stack.node.receive(frame);
    this.stack.world.settle();
    return this.sent.length === 1 && this.sent[0]?.flags === "S."
      ? undefined
      : `expected LISTEN, but a SYN is answered with ${this.all()}`;
  }

  private probeSynSent(): string | undefined {
    const { block } = this.built;
    this.inject("S.", block.irs, block.sndNxt, 0, this.probeStamp);
    const answer = this.sent[0];
    return this.sent.length === 1 && answer?.flags === "." && answer.ack === (block.irs + 1) >>> 0
      ? undefined
      : `expected SYN-SENT, but a SYN-ACK is answered with ${this.all()}`;
  }

  /** The ACK that completes the handshake is taken in silence; then the connection is synchronised. */
  private probeSynReceived(expected: Outcome, answers: readonly TcpSegment[]): string | undefined {
    const synAck = answers.find(({ flags }) => flags === "S.");
    const sndNxt = synAck === undefined ? this.built.block.sndNxt : (synAck.seq + 1) >>> 0;
    this.inject(".", expected.rcvNxt, sndNxt, 0, this.probeStamp);
    if (this.sent.length > 0) return `expected SYN-RECEIVED, but the ACK is answered with ${this.all()}`;
    return this.probeSynchronised(expected, sndNxt);
  }

  /** An old segment is answered with <SND.NXT, RCV.NXT>. */
  private probeSynchronised(expected: Outcome, sndNxt: number): string | undefined {
    this.inject(".", (expected.rcvNxt - 1) >>> 0, sndNxt, 0, this.probeStamp);
    const answer = this.sent[0];
    if (this.sent.length === 1 && answer?.flags === "." && answer.seq === sndNxt && answer.ack === expected.rcvNxt)
      return undefined;
    return `expected ${expected.state}, but an old segment is answered with ${this.all()}`;
  }

  /** What is not acknowledged is sent again, and what is acknowledged is not. */
  private probeFlight(expected: Outcome, unacknowledged: number): string | undefined {
    const { variant, block } = this.built;
    if (variant.inFlight === undefined || variant.state === "SYN-RECEIVED" || variant.state === "SYN-SENT")
      return undefined;
    this.sent = [];
    this.stack.world.advance(RETRANSMISSION);
    const again = this.sent.filter(({ payload, flags }) => payload.length > 0 || flags.includes("F"));
    if (unacknowledged === 0) return again.length === 0 ? undefined : `sent again though acknowledged: ${this.all()}`;
    const first = again[0];
    if (first === undefined) return `nothing was sent again, though ${unacknowledged} are not acknowledged`;
    const lowest = Math.min(...again.map(({ seq }) => (seq - block.iss) >>> 0));
    return (block.iss + lowest) >>> 0 === expected.sndUna
      ? undefined
      : `sent again from ${lowest}, expected from ${(expected.sndUna - block.iss) >>> 0}`;
  }

  private all(): string {
    return this.sent.map((each) => this.show(each)).join(", ") || "nothing";
  }
}

function describe(reply: Reply): string {
  switch (reply.kind) {
    case "rst":
      return reply.ack === undefined ? "a RST with the number acknowledged" : "a RST that acknowledges the segment";
    case "syn-ack":
      return "a SYN-ACK";
    default:
      return `${reply.kind} (acknowledgement)`;
  }
}
