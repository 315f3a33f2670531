/**
 * Connections whose ISN is near a number that a script asks for. An ISN is a clock of 4 µs plus a hash of addresses and ports
 * (RFC 9293 §3.4.1, RFC 6528): what a port gets now tells when it gets which number.
 */

/** The clock of ISNs ticks every 4 µs. */
export const ISN_TICK = 4;
/** Ports that are tried to find the one whose ISN comes by soonest. */
const PROBES = 64;

/** The ISN that a connection got. */
export interface IsnProbe {
  readonly iss: number;
  /** When, µs. */
  readonly at: number;
  /** The peer's port. */
  readonly port: number;
}

/** The port whose ISN is `target` soonest, and when that is, µs. `probe` tries another port each time. */
export function soonestIsn(
  target: number,
  probe: () => IsnProbe | undefined,
): { readonly port: number; readonly due: number } | undefined {
  let best: { port: number; due: number } | undefined;
  for (let i = 0; i < PROBES; i++) {
    const found = probe();
    if (found === undefined) continue;
    const due = found.at + ((target - found.iss) >>> 0) * ISN_TICK;
    if (best === undefined || due < best.due) best = { port: found.port, due };
  }
  return best;
}
