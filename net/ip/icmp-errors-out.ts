/**
 * ICMP errors out (RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.2). An error quotes the IP header and as much of the datagram
 * as fits 576 bytes in all, never a byte that was not received, and never answers an error, a broadcast or a fragment.
 */
import { CONFIG_NET_INITIAL_TTL } from "../../config";
import { Device } from "../../hal/device";
import { Frame } from "../../hal/frame";
import { bulk_sum5 } from "../../hal/imports";
import { Checksum } from "../base/checksum";
import {
  COUNTER_DROP_ICMP_RATE,
  COUNTER_DROP_NO_TX_ROOM,
  COUNTER_DROP_UDP_CHECKSUM,
  COUNTER_DROP_UDP_NO_PORT,
  COUNTER_ICMP_ERRORS_OUT,
  Counter,
} from "../base/counters";
import { Neighbour } from "../link/neighbour";
import { Received } from "../link/received";
import { ICMP_CODE_PORT, ICMP_ECHO_REQUEST, ICMP_HEADER_BYTES, ICMP_UNREACHABLE, IcmpHeader } from "../wire/icmpv4";
import { IPV4_HEADER_BYTES, IPV4_OFFSET_MASK, PROTOCOL_ICMP, PROTOCOL_UDP } from "../wire/ipv4";
import { UDP_HEADER_BYTES, UdpHeader } from "../wire/udp";
import { IcmpRate } from "./icmp-rate";
import { Ipv4Output, STAGING_BYTES } from "./ipv4-output";
import { Payload } from "./payload";
import { Route } from "./route";

/** Bytes of the quote at most: 576 less IP and ICMP header. */
const QUOTE_BYTES: u32 = 548;
/** Bytes that are quoted behind the first two words at most, of a datagram without options. */
const REST_BYTES: u32 = QUOTE_BYTES - IPV4_HEADER_BYTES - 8;

export class IcmpErrorsOut {
  /**
   * Answers the datagram whose IP header and first two words are in Received and whose rest is in the frame being read.
   * Counts nothing but what keeps the error itself from going out.
   *
   * @param flags   FLAG_* of the datagram
   * @param word0   IcmpHeader.word0 of the message; @param word1 its second word, memory order (12: the pointer)
   * @param payload bytes of the datagram after its header
   */
  static send(device: Device, flags: u32, word0: u32, word1: u32, payload: u32): void {
    // Words that the datagram does not have, padding of the frame, may be among them: they are not sent.
    if (payload > 8) Frame.read(device, IcmpErrorsOut.rest(), min<u32>(device.rxWords, REST_BYTES >>> 2));
    IcmpErrorsOut.finish(flags, word0, word1, payload);
  }

  /**
   * Answers a UDP datagram to a port that nobody has, if its checksum is right. Counts the datagram as dropped.
   * Its length field was checked against the payload by Udp.input.
   */
  static portUnreachable(device: Device, flags: u32): void {
    const header = Received.ipv4();
    const transport = header.payload();
    const word0 = load<u32>(transport);
    const word1 = load<u32>(transport, 4);
    const length = UdpHeader.length(word1);
    let sum = bulk_sum5(header.sourceBe(), header.destinationBe(), word0, word1, (PROTOCOL_UDP << 8) | (word1 << 16));
    // What can be quoted stays; what comes after it is only summed, and lies behind it.
    let place = IcmpErrorsOut.rest();
    for (let left = length - UDP_HEADER_BYTES; left; place = Ipv4Output.buffer() + (STAGING_BYTES - REST_BYTES)) {
      const bytes = min<u32>(left, REST_BYTES);
      sum = Payload.take(device, place, bytes, sum);
      left -= bytes;
    }
    if (UdpHeader.checksumBe(word1) && !Checksum.isValid(sum)) {
      Counter.add(COUNTER_DROP_UDP_CHECKSUM);
      return;
    }
    Counter.add(COUNTER_DROP_UDP_NO_PORT);
    IcmpErrorsOut.finish(flags, IcmpHeader.word0(ICMP_UNREACHABLE, ICMP_CODE_PORT), 0, length);
  }

  /** Where the quote begins. */
  @inline private static quote(): usize {
    return Ipv4Output.payload() + ICMP_HEADER_BYTES;
  }

  /** Where the datagram goes on behind the two words that are in Received. */
  private static rest(): usize {
    return IcmpErrorsOut.quote() + Received.ipv4().headerBytes() + 8;
  }

  /** The rules of RFC 1122 §3.2.2 and the rate limit. Sources that must not be answered never get this far. */
  private static mayAnswer(flags: u32): bool {
    const header = Received.ipv4();
    if (flags || (header.flagsAndOffset() & IPV4_OFFSET_MASK) != 0) return false;
    if (header.protocol() == PROTOCOL_ICMP) {
      if (IcmpHeader.type(load<u32>(header.payload())) != ICMP_ECHO_REQUEST) return false;
    }
    if (IcmpRate.allow(header.sourceBe())) return true;
    Counter.add(COUNTER_DROP_ICMP_RATE);
    return false;
  }

  /** Completes and sends the message, if it may be sent. What it quotes behind the first two words is in place. Parameters as of `send`. */
  private static finish(flags: u32, word0: u32, word1: u32, payload: u32): void {
    if (!IcmpErrorsOut.mayAnswer(flags)) return;
    const header = Received.ipv4();
    const headerBytes = header.headerBytes();
    memory.copy(IcmpErrorsOut.quote(), Received.network(), headerBytes + 8);
    const message = Ipv4Output.payload();
    const length = ICMP_HEADER_BYTES + min<u32>(headerBytes + payload, QUOTE_BYTES);
    store<u32>(message, word0);
    store<u32>(message, word1, 4);
    store<u16>(message, <u16>Checksum.finish(Checksum.sumBytes(message, length, 0)), 2);
    const source = header.destinationBe();
    const destination = header.sourceBe();
    const p = Route.reply(destination);
    if (!p) return;
    const neighbour = Neighbour.at(p);
    const id = Ipv4Output.nextId(destination, source, PROTOCOL_ICMP);
    Ipv4Output.begin(source, destination, PROTOCOL_ICMP, CONFIG_NET_INITIAL_TTL, id, length);
    if (Ipv4Output.sendStaged(neighbour, length) < 0) {
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return;
    }
    Counter.add(COUNTER_ICMP_ERRORS_OUT);
  }
}
