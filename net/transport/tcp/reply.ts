/**
 * Segments that belong to no connection record: resets, SYN-ACKs and ACKs of half-open connections and of TIME-WAIT. They
 * are small, answer one segment each, and are lost like any other when there is no room or no next hop. What comes from the
 * wire never pushes a neighbour of a socket out of the table (Route.reply).
 */
import { CONFIG_NET_INITIAL_TTL, CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE } from "../../../config";
import { bulk_sum, bulk_sum5 } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import { COUNTER_DROP_NO_TX_ROOM, COUNTER_TCP_OUT, COUNTER_TCP_RESETS_OUT, Counter } from "../../base/counters";
import { Ipv4Output } from "../../ip/ipv4-output";
import { OptionsOut } from "../../ip/options-out";
import { ReturnRoute } from "../../ip/return-route";
import { Route } from "../../ip/route";
import { Interfaces } from "../../link/interface";
import { Neighbour } from "../../link/neighbour";
import { ETHERNET_HEADER_BYTES } from "../../wire/ethernet";
import { IPV4_HEADER_BYTES, IPV4_WORD_DONT_FRAGMENT, PROTOCOL_TCP } from "../../wire/ipv4";
import { TCP_ACK, TCP_HEADER_BYTES, TCP_RST, TcpHeader } from "../../wire/tcp";
import { Segment } from "./segment";
import { StagedSegment } from "./staged-segment";
import { Tuple } from "./tuple";

export class Reply {
  /** usize → u8[40], 4-aligned: where the options of the next `send` are written before it is called. In the staging buffer. */
  @inline static options(): usize {
    return Ipv4Output.payload() + TCP_HEADER_BYTES;
  }

  /**
   * Sends one segment without payload.
   *
   * @param tuple       from local to remote
   * @param seq, ack    host order; `ack` must be 0 without TCP_ACK
   * @param flags       TCP_*
   * @param window      value of the field, at most 65,535
   * @param optionBytes options in `options()`, a multiple of 4, at most 40
   * @param ttlTos      TTL in the low byte, type of service in the second
   */
  static send(tuple: Tuple, seq: u32, ack: u32, flags: u32, window: u32, optionBytes: u32, ttlTos: u32): void {
    const remote = tuple.remote;
    if (Reply.isDirect(remote)) {
      const option = load<u32>(Reply.options());
      Reply.sendDirect(tuple.local, remote, tuple.ports, seq, ack, flags, window, optionBytes, option, ttlTos);
      return;
    }
    const routeBytes = ReturnRoute.bytesTo(remote);
    const p = Route.reply(ReturnRoute.hop(remote));
    if (!p) return;
    const neighbour = Neighbour.at(p);
    const bytes = TCP_HEADER_BYTES + optionBytes;
    const all = bytes + routeBytes;
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && routeBytes) {
      memory.copy(Reply.options() + routeBytes, Reply.options(), optionBytes);
    }
    StagedSegment.write(tuple, seq, ack, TcpHeader.word3(bytes, flags, window), 0, bytes, ttlTos, routeBytes);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && routeBytes) {
      OptionsOut.write(ReturnRoute.list(), routeBytes, tuple.local, remote, 0);
    }
    if (Ipv4Output.sendStaged(neighbour, all) < 0) {
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return;
    }
    Counter.add(COUNTER_TCP_OUT);
  }

  /** True when a reply to `remote` goes where the last one went, and by no other way. */
  @inline static isDirect(remote: u32): bool {
    return !ReturnRoute.bytesTo(remote) && Route.isLast(remote);
  }

  /**
   * As `send`, to somebody for whom `isDirect` is true: word by word into the chip.
   * @param option the first word of the options, as it lies in memory; a single one need not be in `options()`
   */
  @inline static sendDirect(
    local: u32,
    remote: u32,
    ports: u32,
    seq: u32,
    ack: u32,
    flags: u32,
    window: u32,
    optionBytes: u32,
    option: u32,
    ttlTos: u32,
  ): void {
    const device = Interfaces.nicDevice();
    const headerBytes = TCP_HEADER_BYTES + optionBytes;
    const bytes = headerBytes + IPV4_HEADER_BYTES;
    const frameBytes = bytes + ETHERNET_HEADER_BYTES;
    if (!Nic.txBegin(device, frameBytes)) {
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return;
    }
    Nic.txHeader(
      device,
      frameBytes,
      Route.lastHeader(0),
      Route.lastHeader(1),
      Route.lastHeader(2),
      Route.lastHeader(3),
    );
    const word0 = 0x45 | (ttlTos & 0xff00) | Be.high16(bytes);
    const word1 = IPV4_WORD_DONT_FRAGMENT;
    const word2 = (ttlTos & 0xff) | (PROTOCOL_TCP << 8);
    Nic.txWord(device, word0);
    Nic.txWord(device, word1);
    Nic.txWord(device, word2 | (Checksum.finish(bulk_sum5(word0, word1, word2, local, remote)) << 16));
    Nic.txWord(device, local);
    Nic.txWord(device, remote);
    const portsOut = rotl<u32>(ports, 16);
    const seqBe = Be.swap32(seq);
    const ackBe = Be.swap32(ack);
    const word3 = TcpHeader.word3(headerBytes, flags, window);
    let sum = bulk_sum5(local, remote, (PROTOCOL_TCP << 8) | Be.high16(headerBytes), portsOut, seqBe);
    const words = optionBytes >>> 2;
    // An MSS alone is one word.
    sum = bulk_sum5(sum, ackBe, word3, words == 1 ? option : 0, 0);
    if (words > 1) sum = bulk_sum(Reply.options(), words, sum);
    Nic.txWord(device, portsOut);
    Nic.txWord(device, seqBe);
    Nic.txWord(device, ackBe);
    Nic.txWord(device, word3);
    Nic.txWord(device, Checksum.finish(sum));
    if (words == 1) Nic.txWord(device, option);
    else if (words) Nic.txWrite(device, Reply.options(), words);
    Nic.txEnd(device);
    Counter.add(COUNTER_TCP_OUT);
  }

  /**
   * Answers a segment that belongs to no connection with a reset: <SEQ=SEG.ACK><CTL=RST> when it has an ACK, else
   * <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. A reset is never answered. Not limited in number: it is no larger than what
   * it answers.
   * @see RFC 9293 §3.10.7.1 and §3.5.2
   */
  static reset(segment: Segment): void {
    if (segment.has(TCP_RST)) return;
    Counter.add(COUNTER_TCP_RESETS_OUT);
    const tuple = Tuple.at(changetype<usize>(segment));
    if (segment.has(TCP_ACK)) {
      Reply.send(tuple, segment.ack, 0, TCP_RST, 0, 0, CONFIG_NET_INITIAL_TTL);
    } else {
      const ack = segment.seq + segment.sequenceLength();
      Reply.send(tuple, 0, ack, TCP_RST | TCP_ACK, 0, 0, CONFIG_NET_INITIAL_TTL);
    }
  }
}
