/**
 * TCP input: from the IP payload to the connection. `inputPlain` is the fast path: header words in registers, header
 * prediction for an established connection, the payload from the chip straight into the receive ring with its checksum
 * taken on the way. Everything that it does not predict is laid out as a `Segment`, its payload in core memory, verified,
 * and handed to the function of its state.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP } from "../../../config";
import { Device } from "../../../hal/device";
import { Frame } from "../../../hal/frame";
import { bulk_add_carry, bulk_sum, bulk_sum5 } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import {
  COUNTER_DROP_TCP_CHECKSUM,
  COUNTER_DROP_TCP_MALFORMED,
  COUNTER_DROP_TCP_STATE,
  COUNTER_IP_IN,
  COUNTER_TCP_IN,
  COUNTER_TCP_PREDICTED,
  Counter,
} from "../../base/counters";
import { LongClock } from "../../base/long-clock";
import { Ipv4Output } from "../../ip/ipv4-output";
import { SOCKET_TCP, STATE_READ_SHUT } from "../../socket/socket";
import { LENDING, Task, Tasks } from "../../socket/task";
import { PROTOCOL_TCP } from "../../wire/ipv4";
import {
  TCP_HEADER_BYTES,
  TCP_HEADER_MAX_BYTES,
  TCP_OPTION_MSS,
  TCP_TIMESTAMPS_WORD,
  TCP_URG,
  TcpHeader,
} from "../../wire/tcp";
import { Udp } from "../udp/input";
import { Acknowledgement } from "./acknowledgement";
import {
  ESTABLISHED,
  LONG_OFF,
  PREDICTED_LAST,
  PREDICTED_MASK,
  PREDICTED_PLAIN,
  PREDICTED_STAMPED,
  SYN_SENT,
  TCP_ACK_NOW,
  Tcb,
} from "./connection";
import { Connections } from "./connections";
import { Listeners } from "./listener";
import { ReceiveRing, ReceiveRings, RING_BYTES } from "./receive-ring";
import { Receiver } from "./receiver";
import { Reply } from "./reply";
import { Segment } from "./segment";
import { SegmentArrives } from "./segment-arrives";
import { SendBuffer } from "./send-buffer";
import { Sender } from "./sender";
import { SynQueue } from "./syn-queue";
import { SynSent } from "./syn-sent";
import { TimeWait } from "./time-wait";

/** Protocol number, as the 16-bit word [0, protocol] of the pseudo-header lies in memory. */
const PSEUDO_PROTOCOL: u32 = PROTOCOL_TCP << 8;
/** As PREDICTED_PLAIN, for a FIN. */
const PREDICTED_FIN: u32 = 0x1150;
/** As PREDICTED_PLAIN, for a SYN with one word of options. */
const OPENING_WORD: u32 = 0x0260;
/** Kind and length of an MSS option, as they lie in memory. */
const MSS_OPTION: u32 = TCP_OPTION_MSS | (4 << 8);

/** Answers of `predicted`. */
const NOT_SIMPLE: i32 = 0;
const TAKEN: i32 = 1;
const DAMAGED: i32 = 2;

/** u32[15]: the header of a segment that came by way of the slow path of IPv4. */
const HEADER: usize = CONFIG_NET_TCP ? memory.data(60, 4) : 0;
/** Its options, and those of a segment whose header stayed in registers. */
const OPTIONS: usize = HEADER + TCP_HEADER_BYTES;
/** Words of the timestamps option with its padding. */
const STAMP_WORDS: u32 = 3;

export class Tcp {
  /** usize → u32[15]: where the first words of a segment are put for `input`. */
  @inline static header(): usize {
    return HEADER;
  }

  /**
   * The fast path: a segment in a plain datagram from the chip, whose first two words have been read. All of it is handled, and its
   * datagram is counted; the frame is not ended.
   * @param left words of the frame that have not been read; `rxWords` does not know it yet
   * @param src, dst network order; @param length bytes of IP payload (≥ 8)
   * @param w4       first word of the IP header; @param ports, seqBe first two words of the segment, as they lie in memory
   */
  static inputPlain(device: Device, left: u32, src: u32, dst: u32, length: u32, w4: u32, ports: u32, seqBe: u32): void {
    if (length < TCP_HEADER_BYTES) {
      device.rxWords = left;
      Counter.add(COUNTER_IP_IN);
      Counter.add(COUNTER_DROP_TCP_MALFORMED);
      return;
    }
    const ackBe = Nic.rxWord(device);
    const word3 = Nic.rxWord(device);
    const word4 = Nic.rxWord(device);
    device.rxWords = left - 3;
    const p = Connections.find(dst, src, ports);
    let optionWords: u32 = 0;
    if (p) {
      const tcb = Tcb.of(p);
      const predicted = tcb.predicted;
      if ((word3 & PREDICTED_MASK) == predicted && Be.swap32(seqBe) == tcb.rcvNxt) {
        if (predicted == PREDICTED_PLAIN) {
          const sum = bulk_sum5(tcb.cachedPseudoSum, seqBe, ackBe, word3, word4);
          if (Tcp.predicted(device, tcb, length - TCP_HEADER_BYTES, length, ackBe, word3, sum) != NOT_SIMPLE) return;
        } else if (predicted == PREDICTED_STAMPED && length >= TCP_HEADER_BYTES + STAMP_WORDS * 4) {
          if (Tcp.predictedStamped(device, tcb, length, seqBe, ackBe, word3, word4)) return;
          // The option has been read: it lies in its place already.
          optionWords = STAMP_WORDS;
        }
      } else if (length == TCP_HEADER_BYTES && Tcp.closing(tcb, seqBe, ackBe, word3, word4)) {
        return;
      }
    } else if (
      length == TCP_HEADER_BYTES &&
      (word3 & PREDICTED_MASK) == PREDICTED_PLAIN &&
      SynQueue.completePlain(dst, src, ports, seqBe, ackBe, word3, word4)
    ) {
      return;
    } else if (length == TCP_HEADER_BYTES + 4 && (word3 & PREDICTED_MASK) == OPENING_WORD) {
      const option = Nic.rxWord(device);
      device.rxWords -= 1;
      if (Tcp.openPlain(src, dst, ports, seqBe, ackBe, word3, word4, option)) return;
      store<u32>(OPTIONS, option);
      optionWords = 1;
    }
    Counter.add(COUNTER_IP_IN);
    const sum = Tcp.takeHeader(src, dst, length, ports, seqBe, ackBe, word3, word4);
    Segment.current().ecn = (w4 >>> 8) & 3;
    Tcp.takeRest(device, p, 0, length, word3, optionWords, sum);
  }

  /**
   * A SYN of a stranger whose only option is its MSS, as small stacks send it: no word of it goes through memory.
   * @param option the option, as it lies in memory
   * @returns false when it is another option, or damaged: nothing has changed
   */
  private static openPlain(
    src: u32,
    dst: u32,
    ports: u32,
    seqBe: u32,
    ackBe: u32,
    word3: u32,
    word4: u32,
    option: u32,
  ): bool {
    if ((option & 0xffff) != MSS_OPTION) return false;
    const length: u32 = TCP_HEADER_BYTES + 4;
    const sum = bulk_sum5(src, dst, PSEUDO_PROTOCOL | Be.high16(length), ports, seqBe);
    if (!Checksum.isValid(bulk_sum5(sum, ackBe, word3, word4, option))) return false;
    return SynQueue.openPlain(dst, src, ports, Be.swap32(seqBe), Be.swap32(option) & 0xffff);
  }

  /**
   * The two segments that end most connections, both without payload and options: a FIN of the peer while nothing is in
   * flight, and the ACK of our own FIN that was the last one.
   * @returns false when it is neither: nothing has changed
   */
  private static closing(tcb: Tcb, seqBe: u32, ackBe: u32, word3: u32, word4: u32): bool {
    const word = word3 & PREDICTED_MASK;
    const last = tcb.predicted == PREDICTED_LAST && word == PREDICTED_PLAIN;
    const fin =
      tcb.predicted == PREDICTED_PLAIN && word == PREDICTED_FIN && tcb.sndUna == tcb.sndNxt && tcb.rcvAdv != tcb.rcvNxt;
    if (!(last || fin) || Be.swap32(seqBe) != tcb.rcvNxt || Be.swap32(ackBe) != tcb.sndNxt) return false;
    const sum = bulk_sum5(tcb.cachedPseudoSum, seqBe, ackBe, word3, word4);
    if (!Checksum.isValid(bulk_add_carry(sum, Be.high16(TCP_HEADER_BYTES)))) return false;
    Counter.add(COUNTER_TCP_PREDICTED);
    if (last) Connections.release(tcb);
    else SegmentArrives.finAlone(tcb, tcb.offered(TcpHeader.window(word3)), Be.swap32(ackBe));
    return true;
  }

  /** As `predicted`, for a connection with timestamps: reads the option, and puts it behind the header. */
  private static predictedStamped(
    device: Device,
    tcb: Tcb,
    length: u32,
    seqBe: u32,
    ackBe: u32,
    word3: u32,
    word4: u32,
  ): bool {
    const option = Nic.rxWord(device);
    const tsValBe = Nic.rxWord(device);
    const tsEcrBe = Nic.rxWord(device);
    device.rxWords -= STAMP_WORDS;
    store<u32>(OPTIONS, option);
    store<u32>(OPTIONS, tsValBe, 4);
    store<u32>(OPTIONS, tsEcrBe, 8);
    const tsVal = Be.swap32(tsValBe);
    if (option != TCP_TIMESTAMPS_WORD || <i32>(tsVal - tcb.tsRecent) < 0) return false;
    let sum = bulk_sum5(tcb.cachedPseudoSum, seqBe, ackBe, word3, word4);
    sum = bulk_sum5(sum, option, tsValBe, tsEcrBe, 0);
    const payload = length - (TCP_HEADER_BYTES + STAMP_WORDS * 4);
    const seq = tcb.rcvNxt;
    const isNext = seq == tcb.lastAckSent;
    const recentBefore = tcb.tsRecent;
    if (isNext) {
      // Taken now, since what follows may send an ACK that echoes it; put back unless it is taken.
      tcb.tsRecent = tsVal;
    }
    const outcome = Tcp.predicted(device, tcb, payload, length, ackBe, word3, sum);
    if (outcome != TAKEN) tcb.tsRecent = recentBefore;
    else if (tcb.tsRecent != recentBefore) tcb.tsRecentAt = LongClock.now();
    return outcome != NOT_SIMPLE;
  }

  /**
   * A segment whose header is as predicted: in order, on an established connection with nothing special going on.
   * @param payload bytes of it; @param length bytes of the segment; @param sum of its header and of the pseudo-header without the length
   * @returns TAKEN; DAMAGED: dropped for its checksum; NOT_SIMPLE: nothing of the payload has been read, nothing has changed
   */
  @inline private static predicted(
    device: Device,
    tcb: Tcb,
    payload: u32,
    length: u32,
    ackBe: u32,
    word3: u32,
    sum: u32,
  ): i32 {
    const ack = Be.swap32(ackBe);
    const acked = ack - tcb.sndUna;
    const window = tcb.offered(TcpHeader.window(word3));
    // An ACK of what is in flight, and a window that is open.
    if (acked > tcb.sndNxt - tcb.sndUna || !window) return NOT_SIMPLE;
    const p = tcb.sendBuffer;
    if (acked && !p) return NOT_SIMPLE;
    sum = bulk_add_carry(sum, Be.high16(length));
    const lender = LENDING && payload ? Tasks.lender(changetype<usize>(tcb)) : -1;
    const direct = lender >= 0 && payload <= Task.at(lender).lentLength && payload <= tcb.rcvAdv - tcb.rcvNxt;
    if (direct) {
      const task = Task.at(lender);
      const words = payload >>> 2;
      sum = Nic.rxReadGuestSum(device, lender, task.lentBuffer, words, sum);
      if (payload & 3) {
        sum = bulk_add_carry(sum, Udp.takeTail(device, lender, task.lentBuffer + (words << 2), payload & 3));
      }
      if (!Checksum.isValid(sum)) {
        // It has been written to, but the call goes on waiting and never says so.
        return Tcp.damaged();
      }
      tcb.rcvNxt += payload;
      task.fill(payload);
    } else if (payload) {
      const place = Tcp.place(tcb, payload);
      if (!place) return NOT_SIMPLE;
      const words = (payload + 3) >>> 2;
      sum = Nic.rxReadSum(device, place, words, sum);
      if (payload & 3) {
        const last = load<u32>(place + ((words - 1) << 2));
        sum = bulk_add_carry(Checksum.subtract(sum, last), last & Checksum.lastWordMask(payload));
      }
      if (!Checksum.isValid(sum)) {
        if (!tcb.ringCount) ReceiveRings.detach(tcb);
        return Tcp.damaged();
      }
      tcb.ringCount += payload;
      tcb.rcvNxt += payload;
    } else {
      // A duplicate ACK, or news of the window alone: not predicted.
      if (!acked) return NOT_SIMPLE;
      if (!Checksum.isValid(sum)) return Tcp.damaged();
    }
    Counter.add(COUNTER_TCP_PREDICTED);
    tcb.sndWnd = window;
    tcb.sndWl1 = tcb.rcvNxt - payload;
    tcb.sndWl2 = ack;
    if (window > tcb.sndWndMax) tcb.sndWndMax = window;
    if (tcb.longTimer != <u8>LONG_OFF) Tcp.heard(tcb);
    if (acked) {
      Acknowledgement.predicted(tcb, SendBuffer.at(p), ack, acked);
    }
    if (direct) Receiver.oweDirect(tcb);
    else if (payload) Receiver.owe(tcb);
    const left = tcb.sendBuffer;
    if (tcb.is(TCP_ACK_NOW) || (left && Sender.unsent(tcb, SendBuffer.at(left)))) Sender.run(tcb);
    return TAKEN;
  }

  /** A predicted segment that has a wrong checksum. */
  private static damaged(): i32 {
    Counter.add(COUNTER_IP_IN);
    Counter.add(COUNTER_DROP_TCP_CHECKSUM);
    return DAMAGED;
  }

  private static heard(tcb: Tcb): void {
    tcb.heardAt = LongClock.now();
    tcb.probes = 0;
  }

  /**
   * Where the next `payload` bytes in order go, when whole words can be put there: usize → u8[payload], 4-aligned, or 0.
   */
  @inline private static place(tcb: Tcb, payload: u32): usize {
    if (tcb.has(STATE_READ_SHUT) || payload > tcb.rcvAdv - tcb.rcvNxt || !ReceiveRings.attach(tcb)) return 0;
    const offset = ReceiveRing.offset(tcb, tcb.ringCount);
    const space = (payload + 3) & ~3;
    if (offset & 3 || space > RING_BYTES - offset || space > RING_BYTES - tcb.ringCount) return 0;
    return tcb.ringBase + offset;
  }

  /**
   * Fills in the segment from its first five words, as they lie in memory.
   * @returns their sum with the pseudo-header
   */
  @inline private static takeHeader(
    src: u32,
    dst: u32,
    length: u32,
    ports: u32,
    seqBe: u32,
    ackBe: u32,
    word3: u32,
    word4: u32,
  ): u32 {
    const segment = Segment.current();
    segment.remote = src;
    segment.local = dst;
    segment.ports = ports;
    segment.seq = Be.swap32(seqBe);
    segment.ack = Be.swap32(ackBe);
    segment.flags = TcpHeader.flags(word3);
    segment.window = TcpHeader.window(word3);
    segment.urgentPointer = TcpHeader.urgentPointer(word4);
    const sum = bulk_sum5(src, dst, PSEUDO_PROTOCOL | Be.high16(length), ports, seqBe);
    return bulk_sum5(sum, ackBe, word3, word4, 0);
  }

  /**
   * The slow path: any segment.
   * @param flags  how the datagram was addressed (FLAG_* of link/ethernet.ts): not to us alone = dropped
   * @param length bytes of the segment, all of them present
   * @param ecn    ECN field of the datagram
   * @param taken  words of the segment that are at `header` already, at most five; the rest is in the frame being read
   * @see RFC 9293 §3.10.7
   */
  static input(device: Device, flags: u32, src: u32, dst: u32, length: u32, ecn: u32, taken: u32): void {
    if (length < TCP_HEADER_BYTES) {
      Counter.add(COUNTER_TCP_IN);
      Counter.add(COUNTER_DROP_TCP_MALFORMED);
      return;
    }
    if (taken < 5) Frame.read(device, HEADER + (taken << 2), 5 - taken);
    const ports = load<u32>(HEADER);
    const word3 = load<u32>(HEADER, 12);
    const sum = Tcp.takeHeader(
      src,
      dst,
      length,
      ports,
      load<u32>(HEADER, 4),
      load<u32>(HEADER, 8),
      word3,
      load<u32>(HEADER, 16),
    );
    Segment.current().ecn = ecn;
    Tcp.takeRest(device, Connections.lookup(dst, src, ports), flags, length, word3, 0, sum);
  }

  /**
   * Takes options and payload of the segment whose header has been filled in, verifies all of it, and hands it on.
   * @param p     usize → the connection that it is for, or 0
   * @param taken words of options that have been read already
   * @param sum   of the header's first five words and the pseudo-header
   */
  private static takeRest(device: Device, p: usize, flags: u32, length: u32, word3: u32, taken: u32, sum: u32): void {
    Counter.add(COUNTER_TCP_IN);
    const headerBytes = TcpHeader.headerBytes(word3);
    if (headerBytes < TCP_HEADER_BYTES || headerBytes > length) {
      Counter.add(COUNTER_DROP_TCP_MALFORMED);
      return;
    }
    const optionBytes = headerBytes - TCP_HEADER_BYTES;
    const segment = Segment.current();
    segment.length = length - headerBytes;
    if (optionBytes) {
      const words = optionBytes >>> 2;
      if (words > taken) Frame.read(device, OPTIONS + (taken << 2), words - taken);
      sum = bulk_sum(OPTIONS, words, sum);
    }
    segment.data = Ipv4Output.payload();
    if (segment.length) sum = Tcp.takePayload(device, segment, sum);
    if (!Checksum.isValid(sum)) {
      Counter.add(COUNTER_DROP_TCP_CHECKSUM);
      return;
    }
    if (flags) {
      // RFC 9293 §3.9.2.3, MUST-57: nothing that was sent to many opens or answers anything.
      Counter.add(COUNTER_DROP_TCP_STATE);
      return;
    }
    // A pointer of 0 announces nothing (CVE-2019-12255).
    if (!segment.urgentPointer) segment.flags &= ~TCP_URG;
    segment.cut = 0;
    segment.parseOptions(OPTIONS, optionBytes);
    Tcp.dispatch(p, segment);
  }

  /** Brings the payload into core memory. @returns `sum` plus its sum */
  private static takePayload(device: Device, segment: Segment, sum: u32): u32 {
    const length = segment.length;
    const words = (length + 3) >>> 2;
    let data: usize;
    if (device.rxMemory) {
      // It lies in memory already, and stays there while the segment is handled.
      data = device.rxMemory;
      sum = Checksum.sumBytes(data, length, sum);
      Frame.skip(device, words);
    } else {
      data = Ipv4Output.payload();
      sum = Frame.takeSum(device, data, words, sum);
      if (length & 3) {
        const last = load<u32>(data + ((words - 1) << 2));
        sum = bulk_add_carry(Checksum.subtract(sum, last), last & Checksum.lastWordMask(length));
      }
    }
    segment.data = data;
    return sum;
  }

  /** Hands the segment to whom it is for: the connection at `p`, or, with 0, see `stranger`. */
  private static dispatch(p: usize, segment: Segment): void {
    if (p) {
      const tcb = Tcb.of(p);
      if (<u32>tcb.state == SYN_SENT) SynSent.segmentArrives(tcb, segment);
      else SegmentArrives.synchronized(tcb, segment);
      Tcp.predictNext(tcb);
      return;
    }
    Tcp.stranger(segment);
  }

  /** A segment that belongs to no connection: to what is left of one, a half-open one, a listener, nobody. */
  private static stranger(segment: Segment): void {
    const local = segment.local;
    const remote = segment.remote;
    const ports = segment.ports;
    if (local == remote && ports >>> 16 == (ports & 0xffff)) {
      // CVE-1999-0016: from ourselves, to the same port. A socket connected to itself is the one honest case.
      Counter.add(COUNTER_DROP_TCP_STATE);
      return;
    }
    const waiting = TimeWait.find(local, remote, ports);
    if (waiting && !TimeWait.segmentArrives(waiting, segment)) return;
    const half = SynQueue.find(local, remote, ports);
    if (half) {
      const opened = SynQueue.segmentArrives(half, segment);
      if (opened) SegmentArrives.opened(Tcb.of(opened), segment);
      return;
    }
    const listener = Listeners.find(local, remote, ports);
    if (listener) Listeners.segmentArrives(Tcb.of(listener), segment);
    else Reply.reset(segment);
  }

  /** After the slow path, which may have ended the connection: whether the next segment may take the fast one. */
  @inline private static predictNext(tcb: Tcb): void {
    if (!CONFIG_NET_FAST_PATHS || tcb.kind != SOCKET_TCP || <u32>tcb.state != ESTABLISHED) return;
    const p = tcb.sendBuffer;
    let marks: u32 = 0;
    if (p) {
      const buffer = SendBuffer.at(p);
      marks = buffer.sackedBytes | buffer.lostBytes | buffer.duplicateAcks | buffer.recoveryMarks | buffer.retries;
    }
    tcb.predict((marks | <u32>tcb.backoff) != 0);
  }
}

if (TCP_HEADER_MAX_BYTES != 60) ERROR("HEADER holds the largest header");
