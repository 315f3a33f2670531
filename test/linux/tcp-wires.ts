/** The wires between Linux and our stack: every trouble alone, and all together. */
import type { NamedWire } from "../simulation/wires.js";

const MILLISECOND = 1000;
/** A line that real time can keep up with, and a queue in front of it. */
const LINE = { bitsPerSecond: 10_000_000, queueLimit: 50 * MILLISECOND };

export const LINUX_WIRES: readonly NamedWire[] = [
  { name: "delay 2 ms", wire: { ...LINE, delay: 2 * MILLISECOND } },
  { name: "delay 20 ms, loss 1 %", wire: { ...LINE, delay: 20 * MILLISECOND, loss: 0.01 } },
  { name: "delay 5 ms, loss 5 %", wire: { ...LINE, delay: 5 * MILLISECOND, loss: 0.05 } },
  {
    name: "delay 5 ms, reordering 10 % by 10 ms",
    wire: { ...LINE, delay: 5 * MILLISECOND, reorder: 0.1, reorderDelay: 10 * MILLISECOND },
  },
  { name: "delay 5 ms, duplication 20 %", wire: { ...LINE, delay: 5 * MILLISECOND, duplicate: 0.2 } },
  { name: "delay 5 ms, corruption 2 %", wire: { ...LINE, delay: 5 * MILLISECOND, corrupt: 0.02 } },
];

/** What the long form adds. */
export const MORE_LINUX_WIRES: readonly NamedWire[] = [
  { name: "delay 20 ms, loss 0.1 %", wire: { ...LINE, delay: 20 * MILLISECOND, loss: 0.001 } },
  { name: "delay 20 ms", wire: { ...LINE, delay: 20 * MILLISECOND } },
  { name: "delay 10 ms, loss 10 %", wire: { ...LINE, delay: 10 * MILLISECOND, loss: 0.1 } },
  { name: "delay 150 ms, loss 1 %", wire: { ...LINE, delay: 150 * MILLISECOND, loss: 0.01 } },
];
