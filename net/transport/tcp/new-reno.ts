/** Congestion avoidance by bytes (RFC 5681 §3.1, counted as RFC 3465 §2.1 has it): one segment per window acknowledged. */
import { Tcb } from "./connection";

export class NewReno {
  /** Bytes of a new ssthresh after a loss with `inFlight` bytes outstanding (RFC 5681 equation 4, before the floor). */
  @inline static reduced(inFlight: u32): u32 {
    return inFlight >>> 1;
  }

  /** `acked` more bytes have been acknowledged in congestion avoidance. @effects cwnd, congestionMemory */
  @inline static avoid(tcb: Tcb, acked: u32): void {
    const counted = tcb.congestionMemory + acked;
    const cwnd = tcb.cwnd;
    if (counted < cwnd) {
      tcb.congestionMemory = counted;
      return;
    }
    tcb.congestionMemory = counted - cwnd;
    tcb.cwnd = cwnd + tcb.payloadRoom();
  }
}
