/** The wires that bulk transfers are tried on: every trouble alone, and all together. */
import type { Impairments } from "../../runtime/node/wire.js";

export interface NamedWire {
  readonly name: string;
  readonly wire: Partial<Impairments>;
}

const MILLISECOND = 1000;
const FAST = { delay: MILLISECOND, bitsPerSecond: 100_000_000 };

export const LOSSES: readonly number[] = [0, 0.001, 0.01, 0.05, 0.1];
/** One way, milliseconds. */
export const DELAYS: readonly number[] = [1, 10, 50, 150, 300];

export const WIRES: readonly NamedWire[] = [
  ...LOSSES.map((loss) => ({ name: `loss ${loss * 100} %`, wire: { ...FAST, loss } })),
  ...DELAYS.map((delay) => ({ name: `delay ${delay} ms`, wire: { delay: delay * MILLISECOND } })),
  { name: "delay 20 ms, loss 2 %", wire: { delay: 20 * MILLISECOND, loss: 0.02 } },
  { name: "reordering 10 % by 5 ms", wire: { ...FAST, reorder: 0.1, reorderDelay: 5 * MILLISECOND } },
  { name: "jitter 3 ms", wire: { ...FAST, jitter: 3 * MILLISECOND } },
  { name: "duplication 20 %", wire: { ...FAST, duplicate: 0.2 } },
  { name: "corruption 2 %", wire: { ...FAST, corrupt: 0.02 } },
  {
    name: "2 Mbit/s behind a queue of 20 ms",
    wire: { delay: 5 * MILLISECOND, bitsPerSecond: 2_000_000, queueLimit: 20 * MILLISECOND },
  },
  {
    name: "everything",
    wire: {
      delay: 5 * MILLISECOND,
      jitter: 4 * MILLISECOND,
      loss: 0.02,
      duplicate: 0.05,
      corrupt: 0.01,
      reorder: 0.05,
      reorderDelay: 15 * MILLISECOND,
      bitsPerSecond: 10_000_000,
    },
  },
];

/** Smallest retransmission time-out, seconds (RFC 6298 §2.4). */
const TIMEOUT = 1;
/** Segments that one ACK acknowledges. */
const PER_ACK = 2;

/**
 * Least bytes per second that TCP with standard congestion control should reach: half of what the window, the line and the loss with its
 * time-outs allow (Padhye, Firoiu, Towsley and Kurose 1998).
 */
export function leastGoodput(wire: Partial<Impairments>, window: number, mss: number): number {
  const { delay = 0, jitter = 0, loss = 0, corrupt = 0, bitsPerSecond = Number.POSITIVE_INFINITY } = wire;
  const roundTrip = Math.max(2 * delay + jitter, 100) / 1_000_000;
  const p = loss + corrupt;
  const halving = roundTrip * Math.sqrt((2 * PER_ACK * p) / 3);
  const waiting = TIMEOUT * Math.min(1, 3 * Math.sqrt((3 * PER_ACK * p) / 8)) * p * (1 + 32 * p * p);
  const byLoss = p === 0 ? Number.POSITIVE_INFINITY : mss / (halving + waiting);
  return 0.5 * Math.min(window / roundTrip, byLoss, bitsPerSecond / 8);
}
