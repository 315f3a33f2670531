/**
 * ICMP errors out (RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.2). An error quotes the IP header and as much of the datagram
 * as fits 576 bytes in all, never a byte that was not received, and never answers an error, a broadcast or a fragment.
 */
import { CONFIG_NET_INITIAL_TTL } from "../../config";
import { Device } from "../../hal/device";
import { Frame } from "../../hal/frame";
import { bulk_add_carry, bulk_sum, bulk_sum5 } from "../../hal/imports";
import { Checksum } from "../base/checksum";
import {
  COUNTER_DROP_ICMP_RATE,
  COUNTER_DROP_NO_ROUTE,
  COUNTER_DROP_NO_TX_ROOM,
  COUNTER_DROP_UDP_CHECKSUM,
  COUNTER_DROP_UDP_NO_PORT,
  COUNTER_ICMP_ERRORS_OUT,
  Counter,
} from "../base/counters";
import { Neighbour } from "../link/neighbour";
import { Received } from "../link/received";
import { ICMP_CODE_PORT, ICMP_ECHO_REQUEST, ICMP_HEADER_BYTES, ICMP_UNREACHABLE, IcmpHeader } from "../wire/icmpv4";
import { IPV4_OFFSET_MASK, PROTOCOL_ICMP, PROTOCOL_UDP } from "../wire/ipv4";
import { UDP_HEADER_BYTES, UdpHeader } from "../wire/udp";
import { IcmpRate } from "./icmp-rate";
import { Ipv4Output, STAGING_BYTES } from "./ipv4-output";
import { Route } from "./route";

/** Bytes of the quote at most: 576 less IP and ICMP header. */
const QUOTE_BYTES: u32 = 548;
/** Words that are summed at once where they are not kept. */
const SCRATCH_WORDS: u32 = 128;

export class IcmpErrorsOut {
  /**
   * Answers the datagram whose IP header and first two words are in Received and whose rest is in the frame being read.
   * Counts nothing but what keeps the error itself from going out.
   *
   * @param flags       FLAG_* of the datagram
   * @param word1       second word of the message, memory order (12: the pointer)
   * @param headerBytes of the datagram; @param payload its bytes after the header
   */
  static send(device: Device, flags: u32, type: u32, code: u32, word1: u32, headerBytes: u32, payload: u32): void {
    if (!IcmpErrorsOut.mayAnswer(flags, headerBytes)) return;
    const quote = IcmpErrorsOut.copyHeader(headerBytes);
    const room = QUOTE_BYTES - headerBytes;
    const quoted = payload < room ? payload : room;
    if (quoted > 8) {
      const words = (quoted - 8 + 3) >>> 2;
      const left = device.rxWords;
      Frame.read(device, quote + headerBytes + 8, words < left ? words : left);
    }
    IcmpErrorsOut.finish(type, code, word1, headerBytes + quoted);
  }

  /**
   * Answers a UDP datagram to a port that nobody has, if its checksum is right. Counts the datagram as dropped.
   * Its length field was checked against the payload by Udp.input.
   */
  static portUnreachable(device: Device, flags: u32, headerBytes: u32): void {
    const header = Received.ipv4();
    const transport = header.payload();
    const word0 = load<u32>(transport);
    const word1 = load<u32>(transport, 4);
    const length = UdpHeader.length(word1);
    const source = header.sourceBe();
    const destination = header.destinationBe();
    const quote = IcmpErrorsOut.copyHeader(headerBytes);
    const room = QUOTE_BYTES - headerBytes;
    const quoted = length < room ? length : room;
    // Payload that is quoted stays; what comes after it is only summed.
    let left = length - UDP_HEADER_BYTES;
    let place = quote + headerBytes + UDP_HEADER_BYTES;
    const kept = (quoted - UDP_HEADER_BYTES) >>> 2;
    let sum = bulk_sum5(source, destination, word0, word1, (PROTOCOL_UDP << 8) | (word1 << 16));
    sum = Frame.takeSum(device, place, kept, sum);
    left -= kept << 2;
    place += kept << 2;
    const scratch = Ipv4Output.buffer() + (STAGING_BYTES - (SCRATCH_WORDS << 2));
    while (left >= 4) {
      const words = left >>> 2 < SCRATCH_WORDS ? left >>> 2 : SCRATCH_WORDS;
      sum = Frame.takeSum(device, scratch, words, sum);
      left -= words << 2;
    }
    if (left) {
      const last = Frame.word(device) & Checksum.lastWordMask(left);
      sum = bulk_add_carry(sum, last);
      if (quoted == length) store<u32>(place, last);
    }
    if (UdpHeader.checksumBe(word1) && !Checksum.isValid(sum)) {
      Counter.add(COUNTER_DROP_UDP_CHECKSUM);
      return;
    }
    Counter.add(COUNTER_DROP_UDP_NO_PORT);
    if (!IcmpErrorsOut.mayAnswer(flags, headerBytes)) return;
    IcmpErrorsOut.finish(ICMP_UNREACHABLE, ICMP_CODE_PORT, 0, headerBytes + quoted);
  }

  /** Copies header and first two words into the staging buffer. Returns where the quote begins. */
  private static copyHeader(headerBytes: u32): usize {
    const quote = Ipv4Output.payload() + ICMP_HEADER_BYTES;
    memory.copy(quote, Received.network(), headerBytes + 8);
    return quote;
  }

  /** The rules of RFC 1122 §3.2.2 and the rate limit. Sources that must not be answered never get this far. */
  private static mayAnswer(flags: u32, headerBytes: u32): bool {
    const header = Received.ipv4();
    if (flags || (header.flagsAndOffset() & IPV4_OFFSET_MASK) != 0) return false;
    if (header.protocol() == PROTOCOL_ICMP) {
      if (IcmpHeader.type(load<u32>(changetype<usize>(header) + headerBytes)) != ICMP_ECHO_REQUEST) return false;
    }
    if (IcmpRate.allow(header.sourceBe())) return true;
    Counter.add(COUNTER_DROP_ICMP_RATE);
    return false;
  }

  /** Completes and sends the message whose quote of `quoteBytes` bytes is in place. */
  private static finish(type: u32, code: u32, word1: u32, quoteBytes: u32): void {
    const message = Ipv4Output.payload();
    const length = ICMP_HEADER_BYTES + quoteBytes;
    const words = (length + 3) >>> 2;
    const tail = message + ((words - 1) << 2);
    store<u32>(tail, load<u32>(tail) & Checksum.lastWordMask(length));
    store<u32>(message, IcmpHeader.word0(type, code));
    store<u32>(message, word1, 4);
    store<u16>(message, <u16>Checksum.finish(bulk_sum(message, words, 0)), 2);
    const header = Received.ipv4();
    const source = header.destinationBe();
    const destination = header.sourceBe();
    const p = Route.reply(destination);
    if (!p) {
      Counter.add(COUNTER_DROP_NO_ROUTE);
      return;
    }
    const neighbour = Neighbour.at(p);
    const id = Ipv4Output.nextId(destination, source, PROTOCOL_ICMP);
    Ipv4Output.begin(
      neighbour,
      source,
      destination,
      PROTOCOL_ICMP,
      CONFIG_NET_INITIAL_TTL,
      id,
      0,
      length,
      false,
      false,
    );
    if (Ipv4Output.sendStaged(neighbour, length) < 0) {
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return;
    }
    Counter.add(COUNTER_ICMP_ERRORS_OUT);
  }
}
