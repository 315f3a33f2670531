/**
 * Where the stack does, on purpose, something else than the literal text of RFC 9293 §3.10.7 as the oracle has it. Each line is a rule with
 * its reason; the matrix fails when a rule is never needed.
 */
import { type Arrival, type Block, type Outcome, type Reply, segmentArrives } from "./oracle.js";

export interface Deviation {
  readonly name: string;
  readonly reason: string;
  readonly applies: (block: Block, segment: Arrival, outcome: Outcome) => boolean;
  /** What happens in place of `outcome`. */
  readonly instead: (block: Block, segment: Arrival, outcome: Outcome) => Outcome;
}

const NOTHING: Reply = { kind: "nothing" };

export const DEVIATIONS: readonly Deviation[] = [
  {
    name: "the SYN again, in SYN-RECEIVED after a passive open",
    reason: "Our SYN-ACK was lost: it is sent again at once (RFC 9293 §3.5 expects it; a bare ACK would help nobody).",
    applies: (block, segment) =>
      block.state === "SYN-RECEIVED" &&
      block.passive &&
      segment.syn &&
      !segment.ack &&
      !segment.rst &&
      !segment.fin &&
      segment.seq === block.irs,
    instead: (block, _, outcome) => ({
      ...outcome,
      state: "SYN-RECEIVED",
      reply: { kind: "syn-ack", ack: block.rcvNxt, fresh: false },
    }),
  },
  {
    name: "another SYN in SYN-RECEIVED after a passive open",
    reason:
      "Going back to LISTEN would let anybody who guesses the ports end a handshake: challenge ACK as in later states (RFC 5961 §4.2).",
    applies: (block, segment, outcome) =>
      block.state === "SYN-RECEIVED" && block.passive && outcome.step === "syn" && segment.syn,
    instead: (_, __, outcome) => ({ ...outcome, state: "SYN-RECEIVED", reply: { kind: "challenge" } }),
  },
  {
    name: "RST in TIME-WAIT",
    reason: "RFC 1337 §3: a RST must not end TIME-WAIT.",
    applies: (block, _, outcome) => block.state === "TIME-WAIT" && outcome.step === "rst",
    instead: (_, __, outcome) => ({ ...outcome, state: "TIME-WAIT", reset: false, reply: NOTHING }),
  },
  {
    name: "a SYN in TIME-WAIT that can only be a new connection",
    reason:
      "RFC 9293 §3.6.1 (MAY-2) with RFC 6191 §2: a later timestamp or, without one, a later sequence number opens it anew.",
    applies: (block, segment) => block.state === "TIME-WAIT" && isNew(block, segment),
    instead: (_, segment, outcome) => {
      const rcvNxt = (segment.seq + 1) >>> 0;
      return { ...outcome, state: "SYN-RECEIVED", rcvNxt, reply: { kind: "syn-ack", ack: rcvNxt, fresh: true } };
    },
  },
  {
    name: "any other SYN in TIME-WAIT",
    reason:
      "The SYN is looked at before its timestamp (RFC 6191), so that one without is challenged rather than ignored.",
    applies: (block, segment, outcome) =>
      block.state === "TIME-WAIT" && segment.syn && !segment.rst && outcome.step === "paws",
    instead: (_, __, outcome) => ({ ...outcome, reply: { kind: "challenge" } }),
  },
  {
    name: "a very old acknowledgement in TIME-WAIT",
    reason:
      "Nothing is in flight and nothing can be injected: the window of RFC 5961 §5.2 is not remembered, the segment is ignored.",
    applies: (block, segment, outcome) =>
      block.state === "TIME-WAIT" && outcome.step === "ack" && ((segment.ackNumber - block.sndNxt) | 0) < 0,
    instead: (_, __, outcome) => ({ ...outcome, reply: NOTHING }),
  },
  {
    name: "a pure acknowledgement at the right edge of the window",
    reason:
      "A peer that has filled the window sends it so; where both have, and lost it, refusing it (and its ACK) ends in ACKs that answer each other. Linux takes it.",
    applies: (block, segment, outcome) =>
      outcome.step === "sequence" &&
      isInSegmentArrives(block) &&
      !segment.syn &&
      !segment.fin &&
      !segment.rst &&
      segment.length === 0 &&
      segment.seq === (block.rcvNxt + block.rcvWnd) >>> 0,
    instead: (block, segment) => segmentArrives(block, { ...segment, seq: (segment.seq - 1) >>> 0 }),
  },
  {
    name: "the peer's SYN-ACK in a simultaneous open",
    reason: "RFC 9293 §3.5, figure 8 (MUST-10): its SYN has been taken; the rest of it is the ACK of ours.",
    applies: (block, segment) =>
      block.state === "SYN-RECEIVED" &&
      !block.passive &&
      segment.syn &&
      segment.ack &&
      !segment.rst &&
      segment.seq === block.irs &&
      segment.ackNumber === block.sndNxt,
    instead: (block, segment) => segmentArrives(block, { ...segment, syn: false, seq: block.rcvNxt }),
  },
];

/** The states that segment-arrives.ts handles; half-open connections and TIME-WAIT have other records. */
function isInSegmentArrives(block: Block): boolean {
  return block.state !== "TIME-WAIT" && !(block.state === "SYN-RECEIVED" && block.passive);
}

/** RFC 6191 §2. */
function isNew(block: Block, segment: Arrival): boolean {
  if (!segment.syn || segment.ack || segment.rst) return false;
  if (block.tsRecent !== undefined && segment.tsVal !== undefined) {
    const ahead = (segment.tsVal - block.tsRecent) | 0;
    if (ahead !== 0) return ahead > 0;
  }
  return ((segment.seq - block.rcvNxt) | 0) >= 0;
}

/** The outcome after the deviations; `used` gets the name of one that applied. */
export function deviate(block: Block, segment: Arrival, outcome: Outcome, used: Set<string>): Outcome {
  for (const deviation of DEVIATIONS) {
    if (!deviation.applies(block, segment, outcome)) continue;
    used.add(deviation.name);
    return deviation.instead(block, segment, outcome);
  }
  return outcome;
}
