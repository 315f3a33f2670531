/**
 * What a connection has sent or is to send: a ring of bytes from sndUna on, and the records of what is in flight. A buffer
 * is taken from the pool when the application writes, and given back when everything has been acknowledged and nothing
 * more was written for the time of a retransmission time-out; sooner, when another connection finds the pool empty.
 *
 * A retransmission reads the ring again; there is no second copy. While the ring is empty its next byte goes to offset 0,
 * so that segments begin on words as long as full ones are sent.
 */
import {
  CONFIG_NET_MAX_CONTEXTS,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_SEND_BUFFER,
  CONFIG_NET_TCP_SEND_BUFFERS,
  CONFIG_NET_TCP_SEND_RECORDS,
} from "../../../config";
import { Pool } from "../../base/pool";
import { SOCKET_TCP, SocketPool } from "../../socket/socket";
import { Tcb, TIMER_OFF, TIMER_RELEASE } from "./connection";

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
  /** Index of the oldest record. */
  recordFirst: u32;
  recordCount: u32;
  /**
   * Bytes in flight that the peer holds beyond a gap: those marked SACKED, or, without selective acknowledgements, as many
   * as the duplicate ACKs speak for.
   */
  sackedBytes: u32;
  /** Bytes marked LOST: not on the wire any more and not yet sent again. */
  lostBytes: u32;

  // ---- recovery.ts ----
  /** Duplicate ACKs in a row (RFC 5681 §2); with selective acknowledgements, ACKs that brought a new block. */
  duplicateAcks: u32;
  /** RECOVERY_*. Not 0 makes every ACK take the slow path. */
  recoveryMarks: u32;
  /** sndNxt when the last recovery began (RecoveryPoint of RFC 6675, recover of RFC 6582). */
  recoveryPoint: u32;
  /** Sequence number that must be acknowledged before ECE counts again; valid with RECOVERY_ECN. */
  ecnPoint: u32;

  // ---- retransmission-timer.ts ----
  /** Time-outs in a row without progress. */
  retries: u32;
  /** Long ticks at which the segment was sent that the first of these time-outs waited for; valid while retries is not 0. */
  silentSince: u32;

  // ---- rack.ts (RFC 8985 §5.2) ----
  /** RACK.xmit_ts (ticks) and RACK.end_seq: the latest sent of what has been delivered; rackRtt (µs) is 0 before the first. */
  rackSentAt: u32;
  rackEnd: u32;
  rackRtt: u32;
  /** RACK.fack: highest sequence number delivered; valid while sackedBytes is not 0. */
  rackFack: u32;
  /** RACK.dsack_round; valid with RACK_IN_ROUND. */
  rackRound: u32;
  /** RACK.reo_wnd_mult - 1 in the low byte, RACK.reo_wnd_persist in the second, RACK_*. */
  rackReorder: u32;

  // ---- tail-probe.ts ----
  /** TLP.end_seq; valid with RECOVERY_PROBE. */
  tailProbeEnd: u32;

  // ---- undo.ts: what congestion control had before a reduction that may have been for nothing ----
  priorCwnd: u32;
  priorSsthresh: u32;
  priorMemory: u32;
  /** TSval of the first segment sent again (RetransmitTS of RFC 3522); valid with RECOVERY_STAMPED. */
  retransmitStamp: u32;

  // ---- rate-reduction.ts (RFC 9937), bytes ----
  prrDelivered: u32;
  prrOut: u32;
  /** RecoverFS. */
  prrFlight: u32;
  /** Pipe after the last ACK: what it has grown by since is what has been sent. */
  prrPipe: u32;

  // ---- cubic.ts (RFC 9438 §4) ----
  /** Long ticks at which the epoch began; valid while cubicOrigin is not 0. */
  cubicEpoch: u32;
  /** K, long ticks. */
  cubicK: u32;
  /** W_est, bytes. */
  cubicEstimate: u32;
  /** Plateau of the curve, bytes; 0 = no epoch. */
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
    return changetype<usize>(this) + offsetof<SendBuffer>() + <usize>CONFIG_NET_TCP_SEND_RECORDS * FLIGHT_RECORD_BYTES;
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
function storage(): usize {
  return CONFIG_NET_TCP
    ? memory.data(
        CONFIG_NET_TCP
          ? (<i32>offsetof<SendBuffer>() + CONFIG_NET_TCP_SEND_RECORDS * 8 + CONFIG_NET_TCP_SEND_BUFFER) *
              CONFIG_NET_TCP_SEND_BUFFERS
          : 4,
        4,
      )
    : 0;
}
const POOL: usize = CONFIG_NET_TCP
  ? memory.data<u32>([CONFIG_NET_TCP ? CONFIG_NET_TCP_SEND_BUFFERS : 1, ELEMENT, 0, 0, 0, 0])
  : 0;

/** The pool of send buffers. */
export class SendBuffers {
  static initialise(): void {
    Pool.at(POOL).initialise(storage());
  }

  /** Gives `tcb` a buffer when it has none. False when the pool is empty. */
  static attach(tcb: Tcb): bool {
    if (tcb.sendBuffer) return true;
    const pool = Pool.at(POOL);
    if (pool.used == pool.capacity) SendBuffers.reclaim();
    const p = pool.takeDirty();
    if (!p) return false;
    memory.fill(p, 0, offsetof<SendBuffer>());
    tcb.sendBuffer = p;
    return true;
  }

  /** True when `attach` would find a buffer. */
  @inline static isAvailable(): bool {
    return Pool.at(POOL).used < Pool.at(POOL).capacity || SendBuffers.idle() != 0;
  }

  /** usize → a Tcb that keeps an empty buffer, or 0. */
  private static idle(): usize {
    for (let i: i32 = 0; i < CONFIG_NET_MAX_CONTEXTS; i++) {
      const p = SocketPool.record(i);
      const tcb = Tcb.of(p);
      if (tcb.kind == SOCKET_TCP && tcb.sendTimer == <u8>TIMER_RELEASE) return p;
    }
    return 0;
  }

  /** Takes an empty buffer back from a connection that keeps it, if there is one. */
  private static reclaim(): void {
    const p = SendBuffers.idle();
    if (p) SendBuffers.release(Tcb.of(p));
  }

  /** The connection has kept its empty buffer for long enough. */
  static release(tcb: Tcb): void {
    tcb.sendTimer = <u8>TIMER_OFF;
    SendBuffers.detach(tcb);
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
