/** What loss recovery is built with, and `SendBuffer.recoveryMarks`: what loss recovery has to remember from one ACK to the next. */
import {
  CONFIG_NET_TCP_ECN,
  CONFIG_NET_TCP_RACK,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_TIMESTAMPS,
} from "../../../config";

/** Losses are found by time (rack.ts), on connections with selective acknowledgements. */
export const WITH_RACK: bool = CONFIG_NET_TCP_SACK && CONFIG_NET_TCP_RACK;

/** With TCP_IN_RECOVERY: after a time-out. Without this mark it is fast recovery. */
export const RECOVERY_TIMEOUT: u32 = 1 << 0;
/** priorCwnd and what follows are those from before the present reduction. */
export const RECOVERY_UNDO: u32 = 1 << 1;
/** retransmitStamp is valid. */
export const RECOVERY_STAMPED: u32 = CONFIG_NET_TCP_TIMESTAMPS ? 1 << 2 : 0;
/** F-RTO (RFC 5682 §2.1): the first ACK after the time-out is awaited; the second one, and new data is sent instead of old. */
export const RECOVERY_FIRST_ACK: u32 = 1 << 3;
export const RECOVERY_SECOND_ACK: u32 = 1 << 4;
/** Duplicate ACKs mean nothing until something above recoveryPoint has been acknowledged (RFC 6582 §3.2 step 1). */
export const RECOVERY_GUARD: u32 = 1 << 5;
/** A tail loss probe is out up to tailProbeEnd; it was sent before. */
export const RECOVERY_PROBE: u32 = WITH_RACK ? 1 << 6 : 0;
export const RECOVERY_PROBE_AGAIN: u32 = WITH_RACK ? 1 << 7 : 0;
/** The window has been reduced for ECE; once more only above ecnPoint (RFC 3168 §6.1.2). */
export const RECOVERY_ECN: u32 = CONFIG_NET_TCP_ECN ? 1 << 8 : 0;
/** The rescue retransmission of this recovery has been made (RFC 6675 §4, NextSeg rule 4). */
export const RECOVERY_RESCUED: u32 = 1 << 9;
/** What is not about the present recovery. */
export const RECOVERY_OUTLASTING: u32 = RECOVERY_GUARD | RECOVERY_PROBE | RECOVERY_PROBE_AGAIN | RECOVERY_ECN;
