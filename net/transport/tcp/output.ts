/**
 * One segment of a connection onto the wire (RFC 9293 §3.1, §3.7). What the next hop needs is remembered in the socket as
 * for datagrams; then headers and payload go word by word into the chip. What does not fit that (another next hop than the
 * NIC's, a payload that is unaligned or wraps around the ring, options beyond timestamps, urgent data, ECN) is built in the
 * staging buffer. Decide, emit, commit: nothing changes in the connection until the frame is in the chip.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_IPV4_HDR_OPTIONS,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_SEND_BUFFER,
} from "../../../config";
import { bulk_add_carry, bulk_sum, bulk_sum5 } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import { COUNTER_TCP_OUT, Counter } from "../../base/counters";
import { LongClock } from "../../base/long-clock";
import { Ipv4Output } from "../../ip/ipv4-output";
import { PathMtu } from "../../ip/path-mtu";
import { Route } from "../../ip/route";
import { Interfaces } from "../../link/interface";
import { Neighbour, Neighbours } from "../../link/neighbour";
import { HeaderOptions } from "../../socket/header-options";
import { ETHERNET_MTU } from "../../wire/ethernet";
import { IPV4_HEADER_BYTES, PROTOCOL_TCP } from "../../wire/ipv4";
import {
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_HEADER_BYTES,
  TCP_RST,
  TCP_SYN,
  TCP_TIMESTAMPS_WORD,
  TCP_URG,
  TcpHeader,
} from "../../wire/tcp";
import {
  TCP_ACK_DELAYED,
  TCP_ACK_NOW,
  TCP_ACK_WITH_READ,
  TCP_ECN_CWR,
  TCP_ECN_ECHO,
  TCP_FIN_RECEIVED,
  TCP_HAS_ECN,
  TCP_HAS_TIMESTAMPS,
  TCP_OUTPUT_BLOCKED,
  TCP_URGENT_SENDING,
  Tcb,
} from "./connection";
import { TcpOptions } from "./options";
import { ReceiveWindow } from "./receive-window";
import { SendBuffer } from "./send-buffer";
import { StagedSegment } from "./staged-segment";
import { TcpTimers } from "./timers";
import { Tuple } from "./tuple";

const ETHERNET_HEADER_BYTES: u32 = 14;
/** Version 4, header of five words. */
const VERSION_IHL: u32 = 0x45;
/** "Don't fragment", as the 16-bit flags word lies in memory. */
const DONT_FRAGMENT: u32 = 0x0040;
const PSEUDO_PROTOCOL: u32 = PROTOCOL_TCP << 8;
/** Wait before a segment that found no room in the chip is tried again, µs. */
const ROOM_DELAY: u32 = 200;
/** What must hold nowhere for the short way: options and marks that only the staging buffer knows. */
const STAGED_FLAGS: u32 = TCP_HAS_ECN | TCP_URGENT_SENDING;
/** Bytes of both headers without options. */
const HEADERS_BYTES: u32 = IPV4_HEADER_BYTES + TCP_HEADER_BYTES;
/** Payload of the largest segment while no route is known. */
const ROOM_UNKNOWN: u32 = 1460;
/** Type of service bits of a datagram that says "ECN-capable" (RFC 3168 §5), as they lie in `ttlTos`. */
const ECT_0: u32 = 2 << 8;

export class Output {
  /**
   * Sends payload [seq, seq + length) from the ring of `buffer`, with an ACK.
   * @param flags TCP_PSH, TCP_FIN, or 0; ACK is added
   * @returns false when the chip has no room: nothing has changed, a new try is arranged
   */
  static data(tcb: Tcb, buffer: SendBuffer, seq: u32, length: u32, flags: u32): bool {
    const place = buffer.offset(seq - tcb.sndUna);
    const source = buffer.ring() + place;
    if (place & 3 || length > <u32>CONFIG_NET_TCP_SEND_BUFFER - place || !Output.isReady(tcb)) {
      return Output.staged(tcb, seq, flags | TCP_ACK, place, length);
    }
    const words = length >>> 2;
    let sum = bulk_sum(source, words, 0);
    if (length & 3) {
      sum = bulk_add_carry(sum, load<u32>(source + (words << 2)) & Checksum.lastWordMask(length));
    }
    return Output.direct(tcb, seq, flags | TCP_ACK, source, length, sum);
  }

  /**
   * As `data`, when the sum of the payload is known and it lies on words without a wrap.
   * @param source usize → u8[length], 4-aligned; @param sum of its bytes, padded with zeros to words
   */
  @inline static summed(
    tcb: Tcb,
    buffer: SendBuffer,
    seq: u32,
    length: u32,
    flags: u32,
    source: usize,
    sum: u32,
  ): bool {
    if (!Output.isReady(tcb)) return Output.staged(tcb, seq, flags | TCP_ACK, buffer.offset(seq - tcb.sndUna), length);
    return Output.direct(tcb, seq, flags | TCP_ACK, source, length, sum);
  }

  /** An ACK without data. False when the chip has no room (a new try is arranged). */
  static acknowledge(tcb: Tcb): bool {
    return Output.control(tcb, tcb.sndNxt, TCP_ACK);
  }

  /** A segment without data: SYN, FIN, RST or a probe. `flags` are all of its flags. False when the chip has no room. */
  static control(tcb: Tcb, seq: u32, flags: u32): bool {
    if (!(flags & TCP_SYN) && Output.isReady(tcb)) return Output.direct(tcb, seq, flags, 0, 0, 0);
    return Output.staged(tcb, seq, flags, 0, 0);
  }

  /** The FIN of a connection that has nothing before it to send: as `control`, written out for the way in which most connections end: a fast path. */
  @inline static finish(tcb: Tcb): bool {
    const flags = TCP_FIN | TCP_ACK;
    const seq = tcb.sndNxt;
    if ((tcb.detail & (STAGED_FLAGS | TCP_HAS_TIMESTAMPS)) != 0 || tcb.outOfOrder)
      return Output.control(tcb, seq, flags);
    if (tcb.cachedGeneration != Neighbours.generation() && !Output.findWay(tcb)) return Output.control(tcb, seq, flags);
    const field = tcb.is(TCP_FIN_RECEIVED) ? ReceiveWindow.fieldAfterFin(tcb) : ReceiveWindow.field(tcb);
    return Output.emit(tcb, seq, flags, 0, 0, 0, field, false);
  }

  /** A SYN with the first `length` bytes of the send buffer, if any. `flags` are all of its flags. False when the chip has no room. */
  static open(tcb: Tcb, flags: u32, length: u32): bool {
    return Output.staged(tcb, tcb.sndUna, flags, 0, length);
  }

  /** An ACK that reports [left, right) as a duplicate, where reports are agreed on (RFC 2883). */
  static acknowledgeDuplicate(tcb: Tcb, left: u32, right: u32): bool {
    if (!CONFIG_NET_TCP_SACK) return Output.acknowledge(tcb);
    TcpOptions.noteDuplicate(left, right);
    const sent = Output.staged(tcb, tcb.sndNxt, TCP_ACK, 0, 0);
    TcpOptions.noteDuplicate(0, 0);
    return sent;
  }

  /** True when the next segment can go straight into the chip. */
  @inline private static isReady(tcb: Tcb): bool {
    if (!CONFIG_NET_FAST_PATHS || (tcb.detail & STAGED_FLAGS) != 0 || tcb.outOfOrder != 0) return false;
    return tcb.cachedGeneration == Neighbours.generation() || Output.remember(tcb);
  }

  /** Writes one segment into the chip; what the next hop needs is known (cachedGeneration). @see summed */
  static direct(tcb: Tcb, seq: u32, flags: u32, source: usize, length: u32, dataSum: u32): bool {
    const field = ReceiveWindow.field(tcb);
    return Output.emit(tcb, seq, flags, source, length, dataSum, field, tcb.is(TCP_HAS_TIMESTAMPS));
  }

  /** `direct` with the window field `field`, and with timestamps or not. */
  @inline private static emit(
    tcb: Tcb,
    seq: u32,
    flags: u32,
    source: usize,
    length: u32,
    dataSum: u32,
    field: u32,
    stamped: bool,
  ): bool {
    const device = Interfaces.nicDevice();
    const headerBytes: u32 = stamped ? TCP_HEADER_BYTES + 12 : TCP_HEADER_BYTES;
    const segmentBytes = headerBytes + length;
    const frameBytes = segmentBytes + (ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES);
    if (!Nic.txBegin(device, frameBytes)) {
      Output.noRoom(tcb);
      return false;
    }
    Nic.txHeader(device, frameBytes, tcb.cachedHeader0, tcb.cachedHeader1, tcb.cachedHeader2, tcb.cachedHeader3);
    const ttlTos = tcb.ttlTos;
    const lengthWord = Be.high16(segmentBytes + IPV4_HEADER_BYTES);
    Nic.txWord(device, VERSION_IHL | (ttlTos & 0xff00) | lengthWord);
    Nic.txWord(device, DONT_FRAGMENT << 16);
    const headerSum = Checksum.finish(bulk_add_carry(tcb.cachedIpSum, lengthWord));
    Nic.txWord(device, (ttlTos & 0xff) | PSEUDO_PROTOCOL | (headerSum << 16));
    Nic.txWord(device, tcb.localAddress);
    Nic.txWord(device, tcb.remoteAddress);
    const ports = rotl<u32>(tcb.ports, 16);
    const seqBe = Be.swap32(seq);
    const ackBe = Be.swap32(tcb.rcvNxt);
    const word3 = TcpHeader.word3(headerBytes, flags, field);
    let sum = bulk_sum5(tcb.cachedPseudoSum, seqBe, ackBe, word3, dataSum);
    sum = bulk_add_carry(sum, Be.high16(segmentBytes));
    if (stamped) {
      const tsVal = Be.swap32(LongClock.now() + tcb.tsOffset);
      const tsEcr = Be.swap32(tcb.tsRecent);
      sum = bulk_sum5(sum, TCP_TIMESTAMPS_WORD, tsVal, tsEcr, 0);
      Nic.txWord(device, ports);
      Nic.txWord(device, seqBe);
      Nic.txWord(device, ackBe);
      Nic.txWord(device, word3);
      Nic.txWord(device, Checksum.finish(sum));
      Nic.txWord(device, TCP_TIMESTAMPS_WORD);
      Nic.txWord(device, tsVal);
      Nic.txWord(device, tsEcr);
    } else {
      Nic.txWord(device, ports);
      Nic.txWord(device, seqBe);
      Nic.txWord(device, ackBe);
      Nic.txWord(device, word3);
      Nic.txWord(device, Checksum.finish(sum));
    }
    if (length) {
      const words = length >>> 2;
      Nic.txWrite(device, source, words);
      // Bytes behind the payload never leave.
      if (length & 3) Nic.txWord(device, load<u32>(source + (words << 2)) & Checksum.lastWordMask(length));
    }
    Nic.txEnd(device);
    Counter.add(COUNTER_TCP_OUT);
    ReceiveWindow.commit(tcb, field);
    tcb.lower(TCP_ACK_NOW | TCP_ACK_DELAYED | TCP_ACK_WITH_READ | TCP_OUTPUT_BLOCKED);
    return true;
  }

  /**
   * Builds a segment in the staging buffer and sends it.
   * @param flags all flags of the header, but for the marks of ECN and urgent data, which are found out here
   * @param place offset of the payload in the ring of the send buffer
   */
  private static staged(tcb: Tcb, seq: u32, flags: u32, place: u32, length: u32): bool {
    const p = HeaderOptions.find(tcb, tcb.remoteAddress);
    if (!p) {
      // No route, or a silent neighbour: lost like a frame on the wire; retransmission tries again.
      tcb.lower(TCP_ACK_NOW | TCP_ACK_DELAYED | TCP_ACK_WITH_READ | TCP_OUTPUT_BLOCKED);
      return true;
    }
    const neighbour = Neighbour.at(p);
    const fresh = length != 0 && seq == tcb.sndNxt;
    let ttlTos = tcb.ttlTos;
    let urgent: u32 = 0;
    if (tcb.is(TCP_HAS_ECN)) {
      if (tcb.is(TCP_ECN_ECHO) && flags & TCP_ACK && !(flags & TCP_SYN)) flags |= TCP_ECE;
      if (fresh) {
        // Only new data is marked as ECN-capable (RFC 3168 §6.1.5).
        ttlTos |= ECT_0;
        if (tcb.is(TCP_ECN_CWR)) flags |= TCP_CWR;
      }
    }
    if (tcb.is(TCP_URGENT_SENDING) && !(flags & (TCP_SYN | TCP_RST))) {
      const ahead = SendBuffer.at(tcb.sendBuffer).sndUp - seq;
      if (<i32>ahead > 0) {
        flags |= TCP_URG;
        urgent = ahead < 65_535 ? ahead : 65_535;
      }
    }
    const ipOptions = HeaderOptions.bytes(tcb);
    const start = Ipv4Output.payload() + ipOptions;
    const optionBytes = TcpOptions.write(tcb, start + TCP_HEADER_BYTES, flags, length);
    const headerBytes = TCP_HEADER_BYTES + optionBytes;
    const bytes = headerBytes + length;
    const field = flags & TCP_SYN ? ReceiveWindow.ofSyn(tcb) : flags & TCP_RST ? 0 : ReceiveWindow.field(tcb);
    Output.copyPayload(tcb, start + headerBytes, place, length);
    const ack = flags & TCP_ACK ? tcb.rcvNxt : 0;
    const word3 = TcpHeader.word3(headerBytes, flags, field);
    StagedSegment.write(Tuple.at(changetype<usize>(tcb)), seq, ack, word3, urgent, bytes, ttlTos, ipOptions);
    if (CONFIG_NET_IPV4_HDR_OPTIONS && ipOptions) HeaderOptions.write(tcb, tcb.localAddress, tcb.remoteAddress, 0);
    if (Ipv4Output.sendStaged(neighbour, bytes + ipOptions) < 0) {
      Output.noRoom(tcb);
      return false;
    }
    Counter.add(COUNTER_TCP_OUT);
    if (flags & TCP_CWR) tcb.lower(TCP_ECN_CWR);
    if (flags & TCP_SYN) tcb.rcvAdv = tcb.rcvNxt + field;
    else if (!(flags & TCP_RST)) ReceiveWindow.commit(tcb, field);
    tcb.lastAckSent = tcb.rcvNxt;
    tcb.lower(TCP_ACK_NOW | TCP_ACK_DELAYED | TCP_ACK_WITH_READ | TCP_OUTPUT_BLOCKED);
    return true;
  }

  /** Copies payload out of the ring, which may wrap. */
  private static copyPayload(tcb: Tcb, target: usize, place: u32, length: u32): void {
    const ring = SendBuffer.at(tcb.sendBuffer).ring();
    while (length) {
      const part = min<u32>(length, CONFIG_NET_TCP_SEND_BUFFER - place);
      memory.copy(target, ring + place, part);
      target += part;
      length -= part;
      place = 0;
    }
  }

  /**
   * Notes what a segment to the peer needs while nothing about neighbours, routes and path changes. False when it cannot
   * go straight into the chip: the neighbour has to be asked for, or is the loopback interface, or the socket has IP_OPTIONS.
   */
  private static remember(tcb: Tcb): bool {
    return Output.findWay(tcb);
  }

  /** `remember` in line. */
  @inline private static findWay(tcb: Tcb): bool {
    if (CONFIG_NET_IPV4_HDR_OPTIONS && HeaderOptions.bytes(tcb)) return false;
    const remote = tcb.remoteAddress;
    if (!Route.isLast(remote) || tcb.way) {
      const p = Route.find(remote, tcb.way);
      if (!p || !Neighbour.at(p).isDirect()) return false;
    }
    const ttlTos = tcb.ttlTos;
    tcb.cachedGeneration = Neighbours.generation();
    tcb.cachedHeader0 = Route.lastHeader(0);
    tcb.cachedHeader1 = Route.lastHeader(1);
    tcb.cachedHeader2 = Route.lastHeader(2);
    tcb.cachedHeader3 = Route.lastHeader(3);
    tcb.cachedIpSum = bulk_sum5(
      VERSION_IHL | (ttlTos & 0xff00),
      DONT_FRAGMENT << 16,
      (ttlTos & 0xff) | PSEUDO_PROTOCOL,
      tcb.localAddress,
      tcb.remoteAddress,
    );
    return true;
  }

  /** Bytes of payload that a segment without options can have on the path to `remote`, the peer (RFC 9293 §3.7.2). */
  @inline static pathRoom(tcb: Tcb, remote: u32): u32 {
    return Route.isLast(remote) ? PathMtu.limit(remote, ETHERNET_MTU) - HEADERS_BYTES : Output.routeRoom(tcb, remote);
  }

  /** `pathRoom` by way of the routes. */
  private static routeRoom(tcb: Tcb, remote: u32): u32 {
    const p = HeaderOptions.find(tcb, remote);
    return p ? Neighbour.at(p).mtu(remote) - HEADERS_BYTES : ROOM_UNKNOWN;
  }

  /** The chip has no room: the whole of what is due is tried again in a moment. */
  private static noRoom(tcb: Tcb): void {
    if (tcb.is(TCP_OUTPUT_BLOCKED)) return;
    tcb.raise(TCP_OUTPUT_BLOCKED);
    TcpTimers.retryOutput(tcb, ROOM_DELAY);
  }
}
