/**
 * Where the stack does, on purpose, something else than the literal text of RFC 9293 §3.10.7 as the oracle has it. Each line is a rule with
 * its reason; the matrix fails when a rule is never needed.
 */
import type { Arrival, Block, Outcome, Reply } from "./oracle.js";

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
      reply: { kind: "syn-ack", ack: block.rcvNxt },
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
];

/** The outcome after the deviations; `used` gets the name of one that applied. */
export function deviate(block: Block, segment: Arrival, outcome: Outcome, used: Set<string>): Outcome {
  for (const deviation of DEVIATIONS) {
    if (!deviation.applies(block, segment, outcome)) continue;
    used.add(deviation.name);
    return deviation.instead(block, segment, outcome);
  }
  return outcome;
}
