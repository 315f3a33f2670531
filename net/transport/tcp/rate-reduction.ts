/**
 * Proportional rate reduction (RFC 9937, before it RFC 6937): what may be sent during fast recovery. Each ACK lets as much
 * go as brings what is in flight down to ssthresh by the end of one round trip, in proportion to what it reports delivered.
 *
 * The answer is put into cwnd, so that `cwnd - pipe` is what may be sent, as always.
 */
import { CONFIG_NET_TCP_SEND_BUFFER } from "../../../config";
import { Tcb } from "./connection";
import { Flight } from "./flight";
import { SendBuffer } from "./send-buffer";

export class RateReduction {
  /** Fast recovery begins with an ACK that reports `delivered` bytes. ssthresh is already the new one. */
  static begin(tcb: Tcb, buffer: SendBuffer, delivered: u32): void {
    buffer.prrDelivered = 0;
    buffer.prrOut = 0;
    const flight = tcb.flightSize() - buffer.sackedBytes + delivered;
    buffer.prrFlight = flight ? flight : 1;
  }

  /** Counts what has been sent since the last `step`. `pipe` is what is in flight before the ACK or time-out at hand. */
  @inline static settle(buffer: SendBuffer, pipe: u32): void {
    const sent = <i32>(pipe - buffer.prrPipe);
    if (sent > 0) buffer.prrOut += sent;
  }

  /**
   * Sets cwnd after an ACK (or the end of the reordering window) that reports `delivered` more bytes.
   * @param isSafe sndUna has moved and no new loss has shown: the lost rate may be made up for (SafeACK)
   */
  static step(tcb: Tcb, buffer: SendBuffer, delivered: u32, isSafe: bool): void {
    const segment = tcb.payloadRoom();
    const pipe = Flight.pipe(tcb, buffer);
    const threshold = tcb.ssthresh;
    const total = buffer.prrDelivered + delivered;
    buffer.prrDelivered = total;
    let allowed: i32;
    if (pipe > threshold) {
      allowed = <i32>(RateReduction.share(total, threshold, buffer.prrFlight) - buffer.prrOut);
    } else {
      allowed = <i32>(total - buffer.prrOut);
      if (allowed < <i32>delivered) allowed = <i32>delivered;
      if (isSafe) allowed += <i32>segment;
      if (allowed > <i32>(threshold - pipe)) allowed = <i32>(threshold - pipe);
    }
    // The retransmission that recovery begins with always goes.
    if (!buffer.prrOut && allowed < <i32>segment) allowed = <i32>segment;
    if (allowed < 0) allowed = 0;
    tcb.cwnd = pipe + <u32>allowed;
    buffer.prrPipe = pipe;
  }

  /** `part` × `whole` / `total`, rounded up; large numbers lose low bits, nothing overflows. `total` is not 0. */
  private static share(part: u32, whole: u32, total: u32): u32 {
    while ((part | total) > 0xffff) {
      part >>>= 1;
      total >>>= 1;
    }
    if (!total) return whole;
    let shift: u32 = 0;
    // `whole` is less than what is in flight.
    if (CONFIG_NET_TCP_SEND_BUFFER >= 0xffff) while (whole >>> shift > 0xffff) shift++;
    return ((part * (whole >>> shift) + total - 1) / total) << shift;
  }
}
