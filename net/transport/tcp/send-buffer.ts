/**
 * What a connection has sent or is to send: a ring of bytes from sndUna on, and the records of what is in flight. A buffer
 * is taken from the pool when the application writes, and given back when everything has been acknowledged.
 *
 * A retransmission reads the ring again; there is no second copy. While the ring is empty its next byte goes to offset 0,
 * so that segments begin on words as long as full ones are sent.
 */
import {
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_SEND_BUFFER,
  CONFIG_NET_TCP_SEND_BUFFERS,
  CONFIG_NET_TCP_SEND_RECORDS,
} from "../../../config";
import { Pool } from "../../base/pool";
import { Tcb } from "./connection";

/** Bytes of a record of Flight: u32 sequence number after the segment, u32 time and marks. */
export const FLIGHT_RECORD_BYTES: usize = 8;

@unmanaged
@final
export class SendBuffer {
  // ---- ring ----
  /** Offset in the ring of the byte sndUna (of the first byte queued while the SYN is in flight). */
  start: u32;
  /** Bytes in the ring: in flight and not yet sent. */
  length: u32;
  /** Sequence number after our last urgent byte; valid with TCP_URGENT_SENDING. */
  sndUp: u32;

  // ---- flight.ts: records of segments in flight, oldest first, in a ring of CONFIG_NET_TCP_SEND_RECORDS ----
  recordFirst: u32;
  recordCount: u32;
  /** Bytes in flight that are marked SACKED, LOST, and sent again since (RETRANSMITTED and not LOST any more). */
  sackedBytes: u32;
  lostBytes: u32;
  retransmittedBytes: u32;

  // ---- recovery.ts, rack.ts ----
  /** sndNxt when the present recovery began (RecoveryPoint of RFC 6675, recover of RFC 6582). */
  recoveryPoint: u32;
  duplicateAcks: u32;
  /** RACK.xmit_ts (ticks), RACK.end_seq, RACK.rtt (µs), RACK.fack. */
  rackSentAt: u32;
  rackEndSeq: u32;
  rackRtt: u32;
  rackFack: u32;
  /** µs; smallest RTT seen. */
  minimumRtt: u32;
  /** RACK.reo_wnd_mult, .reo_wnd_persist, .dsack_round, reordering seen, TLP and F-RTO marks: owned by recovery. */
  rackReorder: u32;
  rackRound: u32;
  recoveryMarks: u32;
  tailProbeEnd: u32;
  /** What congestion control had before the reduction that may have been spurious (RFC 4015, RFC 5682). */
  priorCwnd: u32;
  priorSsthresh: u32;
  undoAfter: u32;
  /** Proportional rate reduction, RFC 6937. */
  prrDelivered: u32;
  prrOut: u32;
  recoverFlight: u32;
  /** CUBIC (RFC 9438 §4): beginning of the epoch (ticks), K (ms), W_est (bytes), cwnd at the beginning. */
  cubicEpoch: u32;
  cubicK: u32;
  cubicEstimate: u32;
  cubicOrigin: u32;

  @inline static at(p: usize): SendBuffer {
    return changetype<SendBuffer>(p);
  }

  /** usize → the first record of Flight. */
  @inline records(): usize {
    return changetype<usize>(this) + offsetof<SendBuffer>();
  }

  /** usize → u8[CONFIG_NET_TCP_SEND_BUFFER], 4-aligned: the ring. */
  @inline ring(): usize {
    return changetype<usize>(this) + offsetof<SendBuffer>() + CONFIG_NET_TCP_SEND_RECORDS * FLIGHT_RECORD_BYTES;
  }

  /** Offset in the ring of the byte `ahead` bytes after the first one. */
  @inline offset(ahead: u32): u32 {
    const place = this.start + ahead;
    return place >= <u32>CONFIG_NET_TCP_SEND_BUFFER ? place - CONFIG_NET_TCP_SEND_BUFFER : place;
  }
}

const ELEMENT: i32 = CONFIG_NET_TCP
  ? <i32>offsetof<SendBuffer>() + CONFIG_NET_TCP_SEND_RECORDS * 8 + CONFIG_NET_TCP_SEND_BUFFER
  : 4;
const STORAGE: usize = memory.data(
  CONFIG_NET_TCP
    ? (<i32>offsetof<SendBuffer>() + CONFIG_NET_TCP_SEND_RECORDS * 8 + CONFIG_NET_TCP_SEND_BUFFER) *
        CONFIG_NET_TCP_SEND_BUFFERS
    : 4,
  4,
);
const POOL: usize = memory.data(32, 4);
const NAME: usize = memory.data<u8>([115, 101, 110, 100, 32, 98, 117, 102, 102, 101, 114, 115, 0]); // "send buffers"

/** The pool of send buffers. */
export class SendBuffers {
  static initialise(): void {
    Pool.at(POOL).initialise(STORAGE, CONFIG_NET_TCP ? CONFIG_NET_TCP_SEND_BUFFERS : 1, ELEMENT, NAME);
  }

  /** Gives `tcb` a buffer when it has none. False when the pool is empty. */
  static attach(tcb: Tcb): bool {
    if (tcb.sendBuffer) return true;
    const p = Pool.at(POOL).takeDirty();
    if (!p) return false;
    memory.fill(p, 0, offsetof<SendBuffer>());
    tcb.sendBuffer = p;
    return true;
  }

  /** Takes the buffer back. */
  static detach(tcb: Tcb): void {
    const p = tcb.sendBuffer;
    if (!p) return;
    tcb.sendBuffer = 0;
    Pool.at(POOL).give(p);
  }

  /** The statistics of the pool. */
  @inline static pool(): usize {
    return POOL;
  }
}
