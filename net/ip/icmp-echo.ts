/**
 * The echo server (RFC 792, RFC 1122 §3.2.2.6). The data moves once from the frame into the staging buffer, summed on the
 * way, and from there into the chip; the checksum of the answer follows from that of the request.
 *
 * The answer keeps type of service, identification and "don't fragment" of the request: whoever asks chooses an
 * identification that is unique for his requests, which makes it unique for the answers.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_INITIAL_TTL,
  CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE,
  CONFIG_NET_IPV4_FRAGMENT,
} from "../../config";
import { Device } from "../../hal/device";
import { bulk_add_carry, bulk_copy, bulk_sum5 } from "../../hal/imports";
import { Nic } from "../../hal/nic";
import { Be } from "../base/be";
import { Checksum } from "../base/checksum";
import {
  COUNTER_DROP_ICMP_CHECKSUM,
  COUNTER_DROP_ICMP_MALFORMED,
  COUNTER_DROP_NO_TX_ROOM,
  COUNTER_ICMP_ECHO_REPLIES,
  COUNTER_ICMP_IN,
  COUNTER_IP_OUT,
  Counter,
} from "../base/counters";
import { Interfaces } from "../link/interface";
import { Neighbour } from "../link/neighbour";
import { WholeFrame } from "../link/whole-frame";
import { WHOLE_FRAMES } from "../socket/raw-kinds";
import { ETHERNET_HEADER_BYTES, ETHERNET_MTU } from "../wire/ethernet";
import { ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, ICMP_HEADER_BYTES } from "../wire/icmpv4";
import { IPV4_HEADER_BYTES, IPV4_WORD_DONT_FRAGMENT, PROTOCOL_ICMP } from "../wire/ipv4";
import { Ipv4Output } from "./ipv4-output";
import { OptionsOut } from "./options-out";
import { Payload } from "./payload";
import { ReturnRoute } from "./return-route";
import { Route } from "./route";

/** Bytes of the largest message that a frame holds. */
const FRAME_MESSAGE: u32 = ETHERNET_MTU - IPV4_HEADER_BYTES;

export class IcmpEcho {
  /**
   * Answers an echo request to one of our unicast addresses.
   * @param src, dst  of the request, network order
   * @param length    bytes of the ICMP message, at least 8
   * @param w4, w5    first words of its IP header
   * @param word0, word1 first words of the message; the rest is in the frame being read
   */
  static input(device: Device, src: u32, dst: u32, length: u32, w4: u32, w5: u32, word0: u32, word1: u32): void {
    if (CONFIG_NET_FAST_PATHS && length <= FRAME_MESSAGE) {
      IcmpEcho.inputFrame(device, src, dst, length, w4, w5, word0, word1);
      return;
    }
    let message = Ipv4Output.payload();
    let sum: u32;
    if (length <= FRAME_MESSAGE) {
      const data = message + ICMP_HEADER_BYTES;
      sum = Payload.take(device, data, length - ICMP_HEADER_BYTES, bulk_add_carry(word0, word1));
    } else {
      // It lies in a reassembly buffer, and is answered in place.
      if (!CONFIG_NET_IPV4_FRAGMENT || !device.rxMemory || (WHOLE_FRAMES && WholeFrame.holds(device.rxMemory))) {
        Counter.add(COUNTER_DROP_ICMP_MALFORMED);
        return;
      }
      message = device.rxMemory - ICMP_HEADER_BYTES;
      sum = Checksum.sumBytes(message, length, 0);
    }
    if (!Checksum.isValid(sum)) {
      Counter.add(COUNTER_DROP_ICMP_CHECKSUM);
      return;
    }
    Counter.add(COUNTER_ICMP_IN);
    IcmpEcho.answer(message, src, dst, length, w4, w5, IcmpEcho.replyWord(word0), word1);
  }

  /** As `input`, for what came in one frame: the answer goes straight into the chip when the way is at hand. */
  @inline private static inputFrame(
    device: Device,
    src: u32,
    dst: u32,
    length: u32,
    w4: u32,
    w5: u32,
    word0: u32,
    word1: u32,
  ): void {
    const message = Ipv4Output.payload();
    const data = message + ICMP_HEADER_BYTES;
    const rest = length - ICMP_HEADER_BYTES;
    if (!Checksum.isValid(Payload.take(device, data, rest, bulk_add_carry(word0, word1)))) {
      Counter.add(COUNTER_DROP_ICMP_CHECKSUM);
      return;
    }
    Counter.add(COUNTER_ICMP_IN);
    const reply0 = IcmpEcho.replyWord(word0);
    if (ReturnRoute.bytesTo(src) || !Route.isLast(src)) {
      IcmpEcho.answer(message, src, dst, length, w4, w5, reply0, word1);
      return;
    }
    // The only device that routes lead to directly.
    const nic = Interfaces.nicDevice();
    if (!Nic.txBegin(nic, length + (ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES))) {
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return;
    }
    const ip0 = 0x45 | (w4 & 0xff00) | Be.high16(length + IPV4_HEADER_BYTES);
    const ip1 = w5 & (IPV4_WORD_DONT_FRAGMENT | 0xffff);
    const ip2 = CONFIG_NET_INITIAL_TTL | (PROTOCOL_ICMP << 8);
    Nic.txHeader(
      nic,
      length + (ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES),
      Route.lastHeader(0),
      Route.lastHeader(1),
      Route.lastHeader(2),
      Route.lastHeader(3),
    );
    Nic.txWord(nic, ip0);
    Nic.txWord(nic, ip1);
    Nic.txWord(nic, ip2 | (Checksum.finish(bulk_sum5(ip0, ip1, ip2, dst, src)) << 16));
    Nic.txWord(nic, dst);
    Nic.txWord(nic, src);
    Nic.txWord(nic, reply0);
    Nic.txWord(nic, word1);
    Nic.txWrite(nic, data, (rest + 3) >>> 2);
    Nic.txEnd(nic);
    Counter.add(COUNTER_IP_OUT);
    Counter.add(COUNTER_ICMP_ECHO_REPLIES);
  }

  /** Completes the answer at `message`, whose first words are `reply0` and `word1`, and sends it. */
  private static answer(
    message: usize,
    src: u32,
    dst: u32,
    length: u32,
    w4: u32,
    w5: u32,
    reply0: u32,
    word1: u32,
  ): void {
    store<u32>(message, reply0);
    store<u32>(message, word1, 4);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && length <= FRAME_MESSAGE && ReturnRoute.bytesTo(src)) {
      IcmpEcho.sendBack(src, dst, length, w4, w5);
    } else {
      IcmpEcho.send(message, src, dst, length, w4, w5);
    }
  }

  /**
   * Sends the answer at `message`, with the words that `input` has got. What came in one frame lies in the staging buffer and goes out as it
   * came, what is larger goes out in fragments.
   */
  private static send(message: usize, src: u32, dst: u32, length: u32, w4: u32, w5: u32): void {
    const p = Route.reply(src);
    if (!p) return;
    const neighbour = Neighbour.at(p);
    let room = length;
    if (CONFIG_NET_IPV4_FRAGMENT && length > FRAME_MESSAGE) {
      room = (neighbour.mtu(src) - IPV4_HEADER_BYTES) & ~7;
      w4 = 0;
      w5 = Ipv4Output.nextId(src, dst, PROTOCOL_ICMP);
    }
    const ttlTos = CONFIG_NET_INITIAL_TTL | (w4 & 0xff00);
    const fragment = w5 & (IPV4_WORD_DONT_FRAGMENT | 0xffff);
    let offset: u32 = 0;
    do {
      const left = length - offset;
      const more = left > room;
      const bytes = more ? room : left;
      const place = Ipv4Output.begin(
        dst,
        src,
        PROTOCOL_ICMP,
        ttlTos,
        fragment | Ipv4Output.fragment(offset, more),
        bytes,
      );
      // To where it is, if it came in one frame.
      bulk_copy(place, message + offset, (bytes + 3) >>> 2);
      if (Ipv4Output.sendStaged(neighbour, bytes) < 0) {
        Counter.add(COUNTER_DROP_NO_TX_ROOM);
        return;
      }
      offset += bytes;
    } while (CONFIG_NET_IPV4_FRAGMENT && offset < length);
    Counter.add(COUNTER_ICMP_ECHO_REPLIES);
  }

  /** Sends the answer in the staging buffer back over a source route (RFC 1122 §3.2.2.6). */
  private static sendBack(src: u32, dst: u32, length: u32, w4: u32, w5: u32): void {
    const p = Route.reply(ReturnRoute.hop(src));
    if (!p) return;
    const routeBytes = ReturnRoute.bytesTo(src);
    const all = length + routeBytes;
    if (all > FRAME_MESSAGE) {
      // It came without fragments and would have to go back in some: whoever asks has to ask for less.
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return;
    }
    const neighbour = Neighbour.at(p);
    const ttlTos = CONFIG_NET_INITIAL_TTL | (w4 & 0xff00);
    const fragment = w5 & (IPV4_WORD_DONT_FRAGMENT | 0xffff);
    const place = Ipv4Output.begin(dst, src, PROTOCOL_ICMP, ttlTos, fragment, all);
    memory.copy(place + routeBytes, place, length);
    OptionsOut.write(ReturnRoute.list(), routeBytes, dst, src, 0);
    if (Ipv4Output.sendStaged(neighbour, all) < 0) Counter.add(COUNTER_DROP_NO_TX_ROOM);
    else Counter.add(COUNTER_ICMP_ECHO_REPLIES);
  }

  /** The first word of the answer: the type goes from 8 to 0, so the checksum goes up by as much (RFC 1624). */
  @inline private static replyWord(word0: u32): u32 {
    const sum = (word0 >>> 16) + (ICMP_ECHO_REQUEST - ICMP_ECHO_REPLY);
    return (sum + (sum >>> 16)) << 16;
  }
}
