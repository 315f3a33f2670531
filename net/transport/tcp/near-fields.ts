/**
 * The fields of a connection that the code asks for most, and where they lie. A Thumb instruction of two bytes reaches the first 32 bytes of a
 * record as bytes, the first 64 as halfwords and the first 128 as words; everything behind takes one of four bytes. With fast paths the
 * beginning of a socket's record has what its last segment went through (`Socket.cached…`), and these fields have
 * words of their own behind the socket's; without, nobody keeps that, and they lie in its place. The record is as long either way.
 * What a call seldom asks for makes room in the same way: the time-outs, when probing of a closed window began, and the urgent mark lie
 * behind the socket's words then, in those that would be the fields' own.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP } from "../../../config";
import { Socket, TIMEOUTS } from "../../socket/socket";

@unmanaged
export class NearFields extends Socket {
  /** The first byte that the peer has not acknowledged. The last word within reach. */
  sndUna: u32;

  // With fast paths: where the constants below say. Nobody else asks for these.
  ownStates: u32;
  ownTimers: u32;
  ownSegmentSizes: u32;
  ownLinger: u32;
  ownSndNxt: u32;
  ownRcvNxt: u32;
  ownSendBuffer: usize;
  ownOutOfOrder: usize;
  /** `cwnd`; without fast paths `heardAt`. */
  ownLast: u32;
  ownSndWnd: u32;
  ownRcvAdv: u32;
  ownSrtt: u32;
  ownSsthresh: u32;
  ownCongestionMemory: u32;
  ownQueueNext: usize;

  /** CLOSED … TIME_WAIT. */
  @inline get state(): u8 {
    return load<u8>(changetype<usize>(this), STATES);
  }
  set state(value: u8) {
    store<u8>(changetype<usize>(this), value, STATES);
  }

  /** Shift of the window field in segments that we receive (0 to 14), RFC 7323 §2. */
  @inline get sndScale(): u8 {
    return load<u8>(changetype<usize>(this), STATES + 1);
  }
  set sndScale(value: u8) {
    store<u8>(changetype<usize>(this), value, STATES + 1);
  }

  /** Shift of the window field in segments that we send. */
  @inline get rcvScale(): u8 {
    return load<u8>(changetype<usize>(this), STATES + 2);
  }
  set rcvScale(value: u8) {
    store<u8>(changetype<usize>(this), value, STATES + 2);
  }

  /** Byte taken out of the stream at the urgent mark. */
  @inline get urgentByte(): u8 {
    return load<u8>(changetype<usize>(this), STATES + 3);
  }
  set urgentByte(value: u8) {
    store<u8>(changetype<usize>(this), value, STATES + 3);
  }

  /** The state, and the shifts of both windows: the peer's in the low byte of `scales`, ours in the second. There is no urgent byte. */
  @inline begin(state: u32, scales: u32): void {
    store<u32>(changetype<usize>(this), state | (scales << 8), STATES);
  }

  /** No timer runs. */
  @inline stopTimers(): void {
    store<u16>(changetype<usize>(this), 0, TIMERS);
  }

  /** No timer runs, and there is nothing that has been sent again or probed for. */
  @inline clearTimers(): void {
    store<u32>(changetype<usize>(this), 0, TIMERS);
  }

  /** TIMER_*. */
  @inline get sendTimer(): u8 {
    return load<u8>(changetype<usize>(this), TIMERS);
  }
  set sendTimer(value: u8) {
    store<u8>(changetype<usize>(this), value, TIMERS);
  }

  /** LONG_*. */
  @inline get longTimer(): u8 {
    return load<u8>(changetype<usize>(this), TIMERS + 1);
  }
  set longTimer(value: u8) {
    store<u8>(changetype<usize>(this), value, TIMERS + 1);
  }

  /** Times that the same thing has been sent again, in a row (retransmissions, zero-window probes). */
  @inline get backoff(): u8 {
    return load<u8>(changetype<usize>(this), TIMERS + 2);
  }
  set backoff(value: u8) {
    store<u8>(changetype<usize>(this), value, TIMERS + 2);
  }

  /** Probes (keep-alive, zero window) without an answer; in SYN-SENT the errno that an ICMP error stands for, 0 = none. */
  @inline get probes(): u8 {
    return load<u8>(changetype<usize>(this), TIMERS + 3);
  }
  set probes(value: u8) {
    store<u8>(changetype<usize>(this), value, TIMERS + 3);
  }

  /**
   * Bytes of payload, options not yet taken off, that we send at most: min(peer's MSS, path MTU - 40), at least TCP_MSS_FLOOR; less
   * the timestamps: `Tcb.payloadRoom()`.
   */
  @inline get mss(): u16 {
    return load<u16>(changetype<usize>(this), SEGMENT_SIZES);
  }
  set mss(value: u16) {
    store<u16>(changetype<usize>(this), value, SEGMENT_SIZES);
  }

  /**
   * What the peer takes: the MSS option of its SYN, 536 without one, never more than TCP_MAXSEG. Before the peer's SYN and in a
   * listener: TCP_MAXSEG, 0 = not set.
   */
  @inline get peerMss(): u16 {
    return load<u16>(changetype<usize>(this), SEGMENT_SIZES + 2);
  }
  set peerMss(value: u16) {
    store<u16>(changetype<usize>(this), value, SEGMENT_SIZES + 2);
  }

  /** SO_LINGER, seconds; valid with TCP_LINGER. Of a listener: its backlog. */
  @inline get linger(): u16 {
    return load<u16>(changetype<usize>(this), LINGER);
  }
  set linger(value: u16) {
    store<u16>(changetype<usize>(this), value, LINGER);
  }

  /** TCP_WINDOW_CLAMP in units of 256 bytes; 0 = none. Of a listener: connections in its accept queue. */
  @inline get clamp(): u16 {
    return load<u16>(changetype<usize>(this), LINGER + 2);
  }
  set clamp(value: u16) {
    store<u16>(changetype<usize>(this), value, LINGER + 2);
  }

  /** The next new byte; never goes back (what is sent again comes from Flight). */
  @inline get sndNxt(): u32 {
    return load<u32>(changetype<usize>(this), SND_NXT);
  }
  set sndNxt(value: u32) {
    store<u32>(changetype<usize>(this), value, SND_NXT);
  }

  /** The next byte that is to come (RFC 9293 §3.3.1). */
  @inline get rcvNxt(): u32 {
    return load<u32>(changetype<usize>(this), RCV_NXT);
  }
  set rcvNxt(value: u32) {
    store<u32>(changetype<usize>(this), value, RCV_NXT);
  }

  /** usize → SendBuffer, 0 while nothing is queued or in flight and some time has passed (TIMER_RELEASE). */
  @inline get sendBuffer(): usize {
    return load<usize>(changetype<usize>(this), SEND_BUFFER);
  }
  set sendBuffer(p: usize) {
    store<usize>(changetype<usize>(this), p, SEND_BUFFER);
  }

  /** usize → Reassembly, 0 while nothing is out of order. */
  @inline get outOfOrder(): usize {
    return load<usize>(changetype<usize>(this), OUT_OF_ORDER);
  }
  set outOfOrder(p: usize) {
    store<usize>(changetype<usize>(this), p, OUT_OF_ORDER);
  }

  /** Congestion window, bytes. */
  @inline get cwnd(): u32 {
    return load<u32>(changetype<usize>(this), CWND);
  }
  set cwnd(value: u32) {
    store<u32>(changetype<usize>(this), value, CWND);
  }

  /** Long ticks at which the peer was last heard of; kept only while a long timer runs. */
  @inline get heardAt(): u32 {
    return load<u32>(changetype<usize>(this), HEARD_AT);
  }
  set heardAt(value: u32) {
    store<u32>(changetype<usize>(this), value, HEARD_AT);
  }

  /** Send window, bytes. */
  @inline get sndWnd(): u32 {
    return load<u32>(changetype<usize>(this), SND_WND);
  }
  set sndWnd(value: u32) {
    store<u32>(changetype<usize>(this), value, SND_WND);
  }

  /** First byte after the window that was advertised last: the right edge, which never goes back. */
  @inline get rcvAdv(): u32 {
    return load<u32>(changetype<usize>(this), RCV_ADV);
  }
  set rcvAdv(value: u32) {
    store<u32>(changetype<usize>(this), value, RCV_ADV);
  }

  /** SRTT × 8, µs; 0 = no sample yet. */
  @inline get srtt(): u32 {
    return load<u32>(changetype<usize>(this), SRTT);
  }
  set srtt(value: u32) {
    store<u32>(changetype<usize>(this), value, SRTT);
  }

  /** Slow start threshold, bytes. */
  @inline get ssthresh(): u32 {
    return load<u32>(changetype<usize>(this), SSTHRESH);
  }
  set ssthresh(value: u32) {
    store<u32>(changetype<usize>(this), value, SSTHRESH);
  }

  /** CUBIC: W_max. NewReno: bytes acknowledged since cwnd last grew in congestion avoidance. */
  @inline get congestionMemory(): u32 {
    return load<u32>(changetype<usize>(this), CONGESTION_MEMORY);
  }
  set congestionMemory(value: u32) {
    store<u32>(changetype<usize>(this), value, CONGESTION_MEMORY);
  }

  /** usize → next of the accept queue. Of a listener: the last of it. */
  @inline get queueNext(): usize {
    return load<usize>(changetype<usize>(this), QUEUE_NEXT);
  }
  set queueNext(p: usize) {
    store<usize>(changetype<usize>(this), p, QUEUE_NEXT);
  }

  /** Long ticks at which zero-window probing began; valid with TCP_PERSISTING. */
  @inline get sentAt(): u32 {
    return load<u32>(changetype<usize>(this), SENT_AT);
  }
  set sentAt(value: u32) {
    store<u32>(changetype<usize>(this), value, SENT_AT);
  }

  /** Sequence number after the last urgent byte (RCV.UP as RFC 6093 §3 has it); valid with TCP_URGENT_PENDING. */
  @inline get rcvUp(): u32 {
    return load<u32>(changetype<usize>(this), RCV_UP);
  }
  set rcvUp(value: u32) {
    store<u32>(changetype<usize>(this), value, RCV_UP);
  }

  /** Largest window that the peer ever offered (RFC 9293 §3.8.6.2.1, RFC 5961 §5.2). */
  @inline get sndWndMax(): u32 {
    return this.cachedDestination;
  }
  set sndWndMax(value: u32) {
    this.cachedDestination = value;
  }
}

/** Without fast paths. */
const NEAR: bool = !CONFIG_NET_FAST_PATHS;
const STATES: usize = NEAR ? offsetof<Socket>("cachedIpSum") : offsetof<NearFields>("ownStates");
const TIMERS: usize = NEAR ? offsetof<Socket>("cachedPseudoSum") : offsetof<NearFields>("ownTimers");
const SEGMENT_SIZES: usize = NEAR ? offsetof<Socket>("cachedHeader0") : offsetof<NearFields>("ownSegmentSizes");
const LINGER: usize = NEAR ? offsetof<Socket>("cachedHeader1") : offsetof<NearFields>("ownLinger");
const SND_NXT: usize = NEAR ? offsetof<Socket>("cachedHeader2") : offsetof<NearFields>("ownSndNxt");
const RCV_NXT: usize = NEAR ? offsetof<Socket>("cachedHeader3") : offsetof<NearFields>("ownRcvNxt");
const SEND_BUFFER: usize = NEAR ? offsetof<Socket>("cachedRoom") : offsetof<NearFields>("ownSendBuffer");
const OUT_OF_ORDER: usize = NEAR ? offsetof<Socket>("cachedGeneration") : offsetof<NearFields>("ownOutOfOrder");
const CWND: usize = NEAR ? offsetof<Socket>("cachedSource") : offsetof<NearFields>("ownLast");
const HEARD_AT: usize = NEAR ? offsetof<NearFields>("ownLast") : offsetof<Socket>("cachedSource");
const SND_WND: usize = NEAR ? offsetof<Socket>("timeouts0") : offsetof<NearFields>("ownSndWnd");
const RCV_ADV: usize = NEAR ? offsetof<Socket>("timeouts1") : offsetof<NearFields>("ownRcvAdv");
const SRTT: usize = NEAR ? offsetof<Socket>("timeouts2") : offsetof<NearFields>("ownSrtt");
const SSTHRESH: usize = NEAR ? offsetof<Socket>("timeouts3") : offsetof<NearFields>("ownSsthresh");
const CONGESTION_MEMORY: usize = NEAR ? offsetof<Socket>("ringHead") : offsetof<NearFields>("ownCongestionMemory");
const QUEUE_NEXT: usize = NEAR ? offsetof<Socket>("ringWrap") : offsetof<NearFields>("ownQueueNext");
const SENT_AT: usize = NEAR ? offsetof<NearFields>("ownSndNxt") : offsetof<Socket>("ringHead");
const RCV_UP: usize = NEAR ? offsetof<NearFields>("ownRcvNxt") : offsetof<Socket>("ringWrap");

if (
  CONFIG_NET_TCP &&
  NEAR &&
  (offsetof<NearFields>("ownStates") != TIMEOUTS || offsetof<NearFields>("ownSndNxt") < TIMEOUTS + 16)
)
  ERROR("the time-outs of a socket lie in the first four words that are not the fields' own");
