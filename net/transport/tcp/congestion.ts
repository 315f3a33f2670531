/**
 * The congestion window: slow start and its restart (RFC 5681, counted in bytes as RFC 3465 has it), and what it is
 * reduced to. Congestion avoidance is NewReno's or CUBIC's. What is sent during fast recovery is rate-reduction.ts.
 */
import { CONFIG_NET_TCP_CUBIC, CONFIG_NET_TCP_INITIAL_WINDOW } from "../../../config";
import { TCP_CUBIC, TCP_SYN_LOST, Tcb } from "./connection";
import { Cubic } from "./cubic";
import { NewReno } from "./new-reno";
import { SendBuffer } from "./send-buffer";

/** ssthresh of a connection that has not lost anything (RFC 5681 §3.1: arbitrarily high). */
const UNLIMITED: u32 = 0x7fffffff;
/** Bytes of an initial window of ten segments of Ethernet's size (RFC 6928 §2). */
const INITIAL_BYTES: u32 = 14_600;

/** `limit` of `acknowledged`: segments that one ACK in slow start counts for (RFC 3465 §2.2 and §2.3). */
export const GROW_TWO: u32 = 2;
export const GROW_ONE: u32 = 1;

export class Congestion {
  /** What a connection begins with before anything is known of its path. */
  static clear(tcb: Tcb): void {
    tcb.ssthresh = UNLIMITED;
    tcb.congestionMemory = 0;
  }

  /**
   * The window of a connection that has just been established (RFC 6928; one segment after a lost SYN, RFC 5681 §3.1), bytes.
   * @param segment bytes of payload of one; @param flags TCP_SYN_LOST
   */
  @inline static firstWindow(segment: u32, flags: u32): u32 {
    return flags & TCP_SYN_LOST ? segment : Congestion.initialWindow(segment);
  }

  /** IW of RFC 6928 for segments with `segment` bytes of payload, bytes. */
  @inline private static initialWindow(segment: u32): u32 {
    const configured = <u32>CONFIG_NET_TCP_INITIAL_WINDOW * segment;
    // Of segments that fit into Ethernet's frames there may be ten.
    if (CONFIG_NET_TCP_INITIAL_WINDOW <= 10 && segment <= INITIAL_BYTES / 10) return configured;
    const twice = segment << 1;
    const most = twice > INITIAL_BYTES ? twice : INITIAL_BYTES;
    return configured < most ? configured : most;
  }

  /** The connection has been idle for longer than its RTO: the ACK clock is lost (RFC 5681 §4.1). */
  static restart(tcb: Tcb): void {
    const initial = Congestion.initialWindow(tcb.payloadRoom());
    if (tcb.cwnd > initial) tcb.cwnd = initial;
  }

  /** Changes the algorithm (TCP_CONGESTION); cwnd and ssthresh stay. */
  static choose(tcb: Tcb, cubic: bool): void {
    if (CONFIG_NET_TCP_CUBIC && cubic) tcb.raise(TCP_CUBIC);
    else tcb.lower(TCP_CUBIC);
    tcb.congestionMemory = 0;
    if (tcb.sendBuffer) SendBuffer.at(tcb.sendBuffer).cubicOrigin = 0;
  }

  /**
   * `acked` (at least 1) more bytes have been acknowledged outside fast recovery. The window only grows while it is what holds
   * us back (RFC 9438 §5.8, RFC 7661 §4.1): in slow start when half of it was in use, otherwise when all of it was.
   * @param inFlight bytes that were in flight when the ACK came
   * @param limit    GROW_TWO, or GROW_ONE after a time-out
   */
  @inline static acknowledged(tcb: Tcb, buffer: SendBuffer, acked: u32, inFlight: u32, limit: u32): void {
    const cwnd = tcb.cwnd;
    const segment = tcb.payloadRoom();
    if (cwnd < tcb.ssthresh) {
      if (inFlight << 1 < cwnd) return;
      const most = segment * limit;
      tcb.cwnd = cwnd + (acked < most ? acked : most);
    } else if (inFlight + segment >= cwnd) {
      if (CONFIG_NET_TCP_CUBIC && tcb.is(TCP_CUBIC)) Cubic.avoid(tcb, buffer, acked);
      else NewReno.avoid(tcb, acked);
    }
  }

  /**
   * Something in flight was lost or marked: ssthresh (RFC 5681 equation 4, RFC 9438 §4.6). cwnd stays. What limited transmit
   * sent beyond cwnd does not count (RFC 5681 §3.2 step 2).
   */
  static reduce(tcb: Tcb, buffer: SendBuffer): void {
    const flight = tcb.flightSize();
    const inFlight = flight < tcb.cwnd ? flight : tcb.cwnd;
    let threshold: u32;
    if (CONFIG_NET_TCP_CUBIC && tcb.is(TCP_CUBIC)) {
      threshold = Cubic.reduced(inFlight);
      Cubic.loss(tcb, buffer);
    } else {
      threshold = NewReno.reduced(inFlight);
      tcb.congestionMemory = 0;
    }
    const floor = tcb.payloadRoom() << 1;
    tcb.ssthresh = threshold < floor ? floor : threshold;
  }

  /** As `reduce`, where no recovery brings cwnd down to ssthresh. */
  static reduceAtOnce(tcb: Tcb, buffer: SendBuffer): void {
    Congestion.reduce(tcb, buffer);
    if (tcb.cwnd > tcb.ssthresh) tcb.cwnd = tcb.ssthresh;
  }
}
