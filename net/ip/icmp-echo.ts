/**
 * The echo server (RFC 792, RFC 1122 §3.2.2.6). The data moves once from the frame into the staging buffer, summed on the
 * way, and from there into the chip; the checksum of the answer follows from that of the request.
 *
 * The answer keeps type of service, identification and "don't fragment" of the request: whoever asks chooses an
 * identification that is unique for his requests, which makes it unique for the answers.
 */
import { CONFIG_NET_INITIAL_TTL, CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE, CONFIG_NET_IPV4_FRAGMENT } from "../../config";
import { Device } from "../../hal/device";
import { Frame } from "../../hal/frame";
import { bulk_add_carry, bulk_copy, bulk_sum5 } from "../../hal/imports";
import { Nic } from "../../hal/nic";
import { Be } from "../base/be";
import { Checksum } from "../base/checksum";
import {
  COUNTER_DROP_ICMP_CHECKSUM,
  COUNTER_DROP_ICMP_MALFORMED,
  COUNTER_DROP_NO_ROUTE,
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
import { ReturnRoute } from "./return-route";
import { Route } from "./route";

export class IcmpEcho {
  /**
   * Answers an echo request to one of our unicast addresses.
   * @param src, dst  of the request, network order
   * @param length    bytes of the ICMP message, at least 8
   * @param w4, w5    first words of its IP header
   * @param word0, word1 first words of the message; the rest is in the frame being read
   */
  static input(device: Device, src: u32, dst: u32, length: u32, w4: u32, w5: u32, word0: u32, word1: u32): void {
    if (length > ETHERNET_MTU - IPV4_HEADER_BYTES) {
      IcmpEcho.inputLarge(device, src, dst, length, word0, word1);
      return;
    }
    const data = Ipv4Output.payload() + ICMP_HEADER_BYTES;
    const rest = length - ICMP_HEADER_BYTES;
    const words = rest >>> 2;
    let sum = Frame.readSum(device, data, words, bulk_add_carry(word0, word1));
    if (rest & 3) {
      const last = Frame.word(device) & Checksum.lastWordMask(rest);
      store<u32>(data + (words << 2), last);
      sum = bulk_add_carry(sum, last);
    }
    if (!Checksum.isValid(sum)) {
      Counter.add(COUNTER_DROP_ICMP_CHECKSUM);
      return;
    }
    Counter.add(COUNTER_ICMP_IN);
    const reply0 = IcmpEcho.replyWord(word0);
    if (ReturnRoute.bytesTo(src) || !Route.isLast(src)) {
      IcmpEcho.sendStaged(src, dst, length, w4, w5, reply0, word1);
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

  /** The answer whose data is in the staging buffer, to whom the route is not at hand, or back over a source route (RFC 1122 §3.2.2.6). */
  private static sendStaged(src: u32, dst: u32, length: u32, w4: u32, w5: u32, reply0: u32, word1: u32): void {
    const p = Route.reply(ReturnRoute.hop(src));
    if (!p) {
      Counter.add(COUNTER_DROP_NO_ROUTE);
      return;
    }
    const routeBytes = ReturnRoute.bytesTo(src);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && length + routeBytes > ETHERNET_MTU - IPV4_HEADER_BYTES) {
      // It came without fragments and would have to go back in some: whoever asks has to ask for less.
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return;
    }
    const neighbour = Neighbour.at(p);
    const ttlTos = CONFIG_NET_INITIAL_TTL | (w4 & 0xff00);
    const dontFragment = (w5 & IPV4_WORD_DONT_FRAGMENT) != 0;
    const payload = Ipv4Output.payload() + routeBytes;
    const all = length + routeBytes;
    Ipv4Output.begin(neighbour, dst, src, PROTOCOL_ICMP, ttlTos, w5 & 0xffff, 0, all, false, dontFragment);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && routeBytes) {
      memory.copy(payload, Ipv4Output.payload(), length);
      OptionsOut.write(ReturnRoute.list(), routeBytes, dst, src, 0);
    }
    store<u32>(payload, reply0);
    store<u32>(payload, word1, 4);
    if (Ipv4Output.sendStaged(neighbour, all) < 0) Counter.add(COUNTER_DROP_NO_TX_ROOM);
    else Counter.add(COUNTER_ICMP_ECHO_REPLIES);
  }

  /** The first word of the answer: the type goes from 8 to 0, so the checksum goes up by as much (RFC 1624). */
  @inline private static replyWord(word0: u32): u32 {
    const sum = (word0 >>> 16) + (ICMP_ECHO_REQUEST - ICMP_ECHO_REPLY);
    return (sum + (sum >>> 16)) << 16;
  }

  /** A request larger than a frame: it lies in a reassembly buffer, is answered in place, and goes out in fragments. */
  private static inputLarge(device: Device, src: u32, dst: u32, length: u32, word0: u32, word1: u32): void {
    if (!CONFIG_NET_IPV4_FRAGMENT || !device.rxMemory || (WHOLE_FRAMES && WholeFrame.holds(device.rxMemory))) {
      Counter.add(COUNTER_DROP_ICMP_MALFORMED);
      return;
    }
    const message = device.rxMemory - ICMP_HEADER_BYTES;
    if (!Checksum.isValid(Checksum.sumBytes(message, length, 0))) {
      Counter.add(COUNTER_DROP_ICMP_CHECKSUM);
      return;
    }
    Counter.add(COUNTER_ICMP_IN);
    const p = Route.reply(src);
    if (!p) {
      Counter.add(COUNTER_DROP_NO_ROUTE);
      return;
    }
    const neighbour = Neighbour.at(p);
    store<u32>(message, IcmpEcho.replyWord(word0));
    store<u32>(message, word1, 4);
    const room = (neighbour.mtu(src) - IPV4_HEADER_BYTES) & ~7;
    const id = Ipv4Output.nextId(src, dst, PROTOCOL_ICMP);
    let offset: u32 = 0;
    while (offset < length) {
      const left = length - offset;
      const more = left > room;
      const bytes = more ? room : left;
      const place = Ipv4Output.begin(
        neighbour,
        dst,
        src,
        PROTOCOL_ICMP,
        CONFIG_NET_INITIAL_TTL,
        id,
        offset,
        bytes,
        more,
        false,
      );
      bulk_copy(place, message + offset, (bytes + 3) >>> 2);
      if (Ipv4Output.sendStaged(neighbour, bytes) < 0) {
        Counter.add(COUNTER_DROP_NO_TX_ROOM);
        return;
      }
      offset += bytes;
    }
    Counter.add(COUNTER_ICMP_ECHO_REPLIES);
  }
}
