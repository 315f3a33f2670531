/**
 * CUBIC (RFC 9438) in whole numbers. Windows are in bytes, and below 2^24: one grows while half of it is in use, and a send buffer
 * holds at most 1 MiB. Times in long ticks (1,024 µs). W_max lives in the connection
 * (congestionMemory) and so outlasts idle times; the epoch lives in the send buffer and begins anew after them.
 */
import { LongClock } from "../../base/long-clock";
import { Tcb } from "./connection";
import { SendBuffer } from "./send-buffer";

/**
 * C = 0.4 segments/s³ is 0.4 × (1.024 ms)³ = 4.295e-10 segments per cubic long tick. As a fraction: 472 / 2^40.
 */
const C_NUMERATOR: u32 = 472;
/** 1/C for segments in 1/256: cubic long ticks. */
const C_INVERSE: u64 = 9_094_947;
/** Longest distance from the plateau that the curve is computed for, long ticks (67 s). */
const FARTHEST: u32 = 65_535;
/** β = 0.7 and (1 + β)/2 = 0.85, in 1/256. */
const BETA: u32 = 179;
const BETA_FAST: u32 = 218;
/** 3 × (1 - β)/(1 + β) = 0.529, in 1/256 (§4.3). */
const ALPHA: u32 = 135;

export class Cubic {
  /** β × `bytes`, which are at most what a send buffer holds: 1 MiB. */
  @inline static reduced(bytes: u32): u32 {
    return (bytes * BETA) >>> 8;
  }

  /** A loss, cwnd as it was before: remembers W_max with fast convergence (§4.7), ends the epoch. */
  static loss(tcb: Tcb, buffer: SendBuffer): void {
    const cwnd = tcb.cwnd;
    buffer.cubicOrigin = 0;
    tcb.congestionMemory = cwnd < tcb.congestionMemory ? (cwnd * BETA_FAST) >>> 8 : cwnd;
  }

  /** `acked` more bytes have been acknowledged in congestion avoidance. @effects cwnd and the epoch */
  static avoid(tcb: Tcb, buffer: SendBuffer, acked: u32): void {
    const segment = tcb.payloadRoom();
    const now = LongClock.now();
    if (!buffer.cubicOrigin) Cubic.begin(tcb, buffer, segment, now);
    const cwnd = tcb.cwnd;
    // Acknowledged windows in 1/n: an ACK of `acked` bytes is one n-th of a window.
    const parts = cwnd / acked;
    const n: u32 = parts ? parts : 1;
    // §4.3: what Reno would have by now; once it is back where the loss was it grows as Reno does.
    const estimate =
      buffer.cubicEstimate + (buffer.cubicEstimate < tcb.congestionMemory ? (segment * ALPHA) >>> 8 : segment) / n;
    buffer.cubicEstimate = estimate;
    // §4.2: the curve one round trip ahead.
    const since = now - buffer.cubicEpoch;
    const target = Cubic.curve(buffer, segment, since + (tcb.srtt >>> 13));
    if (Cubic.curve(buffer, segment, since) < estimate) {
      if (estimate > cwnd) tcb.cwnd = estimate;
    } else if (target > cwnd) {
      const most = cwnd + (cwnd >>> 1);
      tcb.cwnd = cwnd + ((target < most ? target : most) - cwnd) / n;
    }
  }

  /** Begins an epoch: K is the time until the plateau is reached again (§4.2). */
  private static begin(tcb: Tcb, buffer: SendBuffer, segment: u32, now: u32): void {
    const cwnd = tcb.cwnd;
    const plateau = tcb.congestionMemory;
    buffer.cubicEpoch = now;
    buffer.cubicEstimate = cwnd;
    if (plateau <= cwnd) {
      buffer.cubicOrigin = cwnd;
      buffer.cubicK = 0;
      return;
    }
    buffer.cubicOrigin = plateau;
    const parts = ((plateau - cwnd) << 8) / segment;
    buffer.cubicK = Cubic.cubeRoot(<u64>parts * C_INVERSE);
  }

  /** W_cubic at `time` long ticks into the epoch, bytes. */
  private static curve(buffer: SendBuffer, segment: u32, time: u32): u32 {
    const k = buffer.cubicK;
    const rises = time >= k;
    let distance = rises ? time - k : k - time;
    if (distance > FARTHEST) distance = FARTHEST;
    const cube = (<u64>(distance * distance) * <u64>distance) >>> 10;
    const bytes = (cube * <u64>(segment * C_NUMERATOR)) >>> 30;
    const origin = buffer.cubicOrigin;
    if (rises) return bytes > 0x3fffffff ? 0x3fffffff : origin + <u32>bytes;
    return bytes < <u64>origin ? origin - <u32>bytes : 0;
  }

  /** The largest whole number whose cube is at most `value` (below 2^63). */
  private static cubeRoot(value: u64): u32 {
    let root: u32 = 0;
    for (let bit: u32 = 1 << 20; bit; bit >>= 1) {
      const next = root | bit;
      if (<u64>next * <u64>next * <u64>next <= value) root = next;
    }
    return root;
  }
}
