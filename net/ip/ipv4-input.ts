/**
 * IPv4 input (RFC 791, RFC 1122 §3.2.1). `plain` is the fast path: header words in registers, one look at each, and
 * nothing that it doubts is dropped there. `inputFrame` and `inputMemory` are the slow path, which decides about
 * everything else: options, fragments, broadcast, loopback, and which counter a drop belongs to.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE,
  CONFIG_NET_IPV4_FRAGMENT,
  CONFIG_NET_IPV4_IGMP,
  CONFIG_NET_LOOPBACK,
  CONFIG_NET_TCP,
  CONFIG_NET_UDP,
} from "../../config";
import { DEVICE_KIND_LOOPBACK, Device } from "../../hal/device";
import { Frame } from "../../hal/frame";
import { bulk_sum, bulk_sum5 } from "../../hal/imports";
import { Be } from "../base/be";
import { Checksum } from "../base/checksum";
import {
  COUNTER_DROP_FRAGMENT_MALFORMED,
  COUNTER_DROP_IP_CHECKSUM,
  COUNTER_DROP_IP_DESTINATION,
  COUNTER_DROP_IP_HEADER,
  COUNTER_DROP_IP_OPTIONS,
  COUNTER_DROP_IP_PROTOCOL,
  COUNTER_DROP_IP_SOURCE,
  COUNTER_DROP_UDP_LENGTH,
  COUNTER_IP_IN,
  Counter,
} from "../base/counters";
import { FLAG_IP_BROADCAST, FLAG_IP_MULTICAST } from "../link/ethernet";
import { ALL_HOSTS_ADDRESS, BROADCAST_ADDRESS, INTERFACE_LOOPBACK, INTERFACE_NIC, Interfaces } from "../link/interface";
import { Received } from "../link/received";
import { RawInput } from "../raw/raw-input";
import { DATAGRAM_INFO, DatagramInfo } from "../socket/datagram-info";
import { ERROR_QUEUE } from "../socket/error-queue";
import { RAW_SOCKETS } from "../socket/raw-kinds";
import { LENDING } from "../socket/task";
import { Tcp } from "../transport/tcp/input";
import { Udp } from "../transport/udp/input";
import { ETHERNET_HEADER_BYTES, ETHERNET_SPACE } from "../wire/ethernet";
import {
  ICMP_CODE_PROTOCOL,
  ICMP_ECHO_REQUEST,
  ICMP_PARAMETER_PROBLEM,
  ICMP_UNREACHABLE,
  IcmpHeader,
} from "../wire/icmpv4";
import {
  IPV4_HEADER_BYTES,
  IPV4_MORE_FRAGMENTS,
  IPV4_OFFSET_MASK,
  IPV4_WORD_FRAGMENT_MASK,
  Ipv4Address,
  PROTOCOL_ICMP,
  PROTOCOL_IGMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from "../wire/ipv4";
import { UDP_HEADER_BYTES } from "../wire/udp";
import { IcmpEcho } from "./icmp-echo";
import { IcmpErrorsOut } from "./icmp-errors-out";
import { IcmpInput } from "./icmp-input";
import { Ipv4Options, OPTIONS_SOURCE_ROUTE } from "./ipv4-options";
import { IgmpInput } from "./multicast/igmp-input";
import { Memberships } from "./multicast/memberships";
import { Reassembly } from "./reassembly";
import { ReturnRoute } from "./return-route";

/** Answers of `plain`: handled; no socket on that UDP port; to be looked at by the slow path. */
const DONE: i32 = 0;
const NO_PORT: i32 = 1;
const NOT_PLAIN: i32 = 2;
/** Words that a slow path wants beyond the IP header. */
const TRANSPORT_WORDS: u32 = 2;

export class Ipv4Input {
  static readonly DONE: i32 = DONE;
  static readonly NO_PORT: i32 = NO_PORT;
  static readonly NOT_PLAIN: i32 = NOT_PLAIN;

  /**
   * The fast path: an unfragmented UDP datagram, TCP segment or echo request without options, from a possible source to our address.
   * @param device the frame being read; w10 was its last word taken
   * @param length bytes of the frame, at least 42
   * @param left   its words after w10: `rxWords` is not lowered yet
   * @param w4     to w8: IP header; w9, w10: first two words after it; as they lie in memory
   * @returns      DONE, NO_PORT or NOT_PLAIN; nothing was consumed after the last two. The frame is not ended.
   */
  @inline static plain(
    device: Device,
    length: u32,
    left: u32,
    w4: u32,
    w5: u32,
    w6: u32,
    w7: u32,
    w8: u32,
    w9: u32,
    w10: u32,
  ): i32 {
    const nic = Interfaces.nic();
    const beyond = (Be.swap32(w4) & 0xffff) - (IPV4_HEADER_BYTES + 8);
    if (
      (w4 & 0xff) == 0x45 &&
      w8 == nic.address &&
      (w5 & IPV4_WORD_FRAGMENT_MASK) == 0 &&
      // One compare for a total length below 28 (it wraps around) and one beyond the frame.
      beyond <= length - 42 &&
      nic.isPossibleSource(w7) &&
      Checksum.isValid(bulk_sum5(w4, w5, w6, w7, w8))
    ) {
      const protocol = (w6 >>> 8) & 0xff;
      if (CONFIG_NET_TCP && protocol == PROTOCOL_TCP) {
        Tcp.inputPlain(device, left, w7, w8, beyond + 8, w4, w9, w10);
        return DONE;
      }
      if (CONFIG_NET_UDP && LENDING && protocol == PROTOCOL_UDP) {
        if (DATAGRAM_INFO) DatagramInfo.note(w8, w4, w6, INTERFACE_NIC);
        return Udp.inputPlain(device, left, w7, w8, beyond + 8, w9, w10);
      }
      device.rxWords = left;
      if (CONFIG_NET_UDP && protocol == PROTOCOL_UDP) {
        if (DATAGRAM_INFO) DatagramInfo.note(w8, w4, w6, INTERFACE_NIC);
        Counter.add(COUNTER_IP_IN);
        return Udp.input(device, 0, w7, w8, beyond + 8, w9, w10);
      }
      if (protocol == PROTOCOL_ICMP && (w9 & 0xffff) == ICMP_ECHO_REQUEST) {
        Counter.add(COUNTER_IP_IN);
        IcmpEcho.input(device, w7, w8, beyond + 8, w4, w5, w9, w10);
        return DONE;
      }
    }
    device.rxWords = left;
    return NOT_PLAIN;
  }

  /**
   * The slow path for a frame of the NIC, whose first `words` words are in Received. Ends the frame.
   * @param length bytes of the frame; @param flags FLAG_LINK_GROUP or 0
   */
  static inputFrame(device: Device, length: u32, words: u32, flags: u32): void {
    const taken = words > ETHERNET_SPACE >>> 2 ? words - (ETHERNET_SPACE >>> 2) : 0;
    const complete = Ipv4Input.input(device, length - ETHERNET_HEADER_BYTES, taken, flags);
    Frame.end(device);
    if (CONFIG_NET_IPV4_FRAGMENT && complete) Ipv4Input.deliverReassembled(device, complete);
  }

  /** The slow path for a frame that lies in core memory; `device.rxMemory` points to the IP header. Ends the frame. */
  static inputMemory(device: Device): void {
    if (!CONFIG_NET_FAST_PATHS) Received.clear();
    const complete = Ipv4Input.input(device, device.rxLength - ETHERNET_HEADER_BYTES, 0, 0);
    device.rxWords = 0;
    if (CONFIG_NET_IPV4_FRAGMENT && complete) Ipv4Input.deliverReassembled(device, complete);
    device.rxMemory = 0;
  }

  /** Nobody has the port of the plain datagram in Received, whose payload is the rest of the frame. */
  static noPort(device: Device): void {
    IcmpErrorsOut.portUnreachable(device, 0);
  }

  /**
   * Checks one datagram and hands it on.
   * @param bytes from the IP header to the end of the frame, padding included
   * @param taken words of them that are already in Received
   * @returns     0, or usize → a completed reassembly, to be delivered once the frame has been ended
   */
  private static input(device: Device, bytes: u32, taken: u32, flags: u32): usize {
    const header = Received.ipv4();
    const at = changetype<usize>(header);
    if (bytes < IPV4_HEADER_BYTES) return Ipv4Input.drop(COUNTER_DROP_IP_HEADER);
    if (taken < IPV4_HEADER_BYTES >>> 2) {
      Frame.read(device, at + (taken << 2), (IPV4_HEADER_BYTES >>> 2) - taken);
      taken = IPV4_HEADER_BYTES >>> 2;
    }
    const headerBytes = header.headerBytes();
    const total = header.totalLength();
    if (!header.isVersion4()) return Ipv4Input.drop(COUNTER_DROP_IP_HEADER);
    if (headerBytes > total || total > bytes) return Ipv4Input.drop(COUNTER_DROP_IP_HEADER);
    Ipv4Input.takeWords(device, at, taken, (headerBytes >>> 2) + TRANSPORT_WORDS);
    if (!Checksum.isValid(bulk_sum(at, headerBytes >>> 2, 0))) return Ipv4Input.drop(COUNTER_DROP_IP_CHECKSUM);
    const source = header.sourceBe();
    const destination = header.destinationBe();
    if (CONFIG_NET_LOOPBACK && device.kind == DEVICE_KIND_LOOPBACK) {
      if (!Interfaces.isLocal(source)) return Ipv4Input.drop(COUNTER_DROP_IP_SOURCE);
      // What was sent to a group comes back to its members here; UDP asks which they are.
      if (CONFIG_NET_IPV4_IGMP && Ipv4Address.isMulticast(destination)) flags |= FLAG_IP_MULTICAST;
      else if (!Interfaces.isLocal(destination)) return Ipv4Input.drop(COUNTER_DROP_IP_DESTINATION);
    } else {
      const nic = Interfaces.nic();
      if (nic.isMartianSource(source) && !Ipv4Input.isProxyQuery(source)) return Ipv4Input.drop(COUNTER_DROP_IP_SOURCE);
      if (destination == BROADCAST_ADDRESS || destination == nic.broadcast) flags |= FLAG_IP_BROADCAST;
      else if (Ipv4Input.isOurGroup(destination)) flags |= FLAG_IP_MULTICAST;
      // A unicast datagram in a broadcast frame is dropped too (RFC 1122 §3.3.6).
      else if (flags || destination != nic.address || !destination) return Ipv4Input.drop(COUNTER_DROP_IP_DESTINATION);
    }
    const payload = total - headerBytes;
    if (headerBytes > IPV4_HEADER_BYTES) {
      const verdict = Ipv4Options.check(at, headerBytes);
      if (verdict != 0) {
        Counter.add(COUNTER_DROP_IP_OPTIONS);
        if (verdict != OPTIONS_SOURCE_ROUTE) {
          IcmpErrorsOut.send(device, flags, IcmpHeader.word0(ICMP_PARAMETER_PROBLEM, 0), verdict, payload);
        }
        return 0;
      }
    }
    Counter.add(COUNTER_IP_IN);
    if ((header.flagsAndOffset() & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET_MASK)) != 0) {
      if (CONFIG_NET_IPV4_FRAGMENT) return Reassembly.input(device, flags, headerBytes, payload);
      return Ipv4Input.drop(COUNTER_DROP_FRAGMENT_MALFORMED);
    }
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && !ReturnRoute.begin(header))
      return Ipv4Input.drop(COUNTER_DROP_IP_OPTIONS);
    Ipv4Input.deliver(device, flags, payload);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE) ReturnRoute.end();
    return 0;
  }

  /** True for 224.0.0.1, and for a group that somebody here is a member of. */
  @inline private static isOurGroup(destination: u32): bool {
    if (!CONFIG_NET_IPV4_IGMP) return destination == ALL_HOSTS_ADDRESS;
    return Ipv4Address.isMulticast(destination) && Memberships.isMember(destination, INTERFACE_NIC);
  }

  /** True for an IGMP message from 0.0.0.0: what a switch sends that asks in a router's place (RFC 4541 §2.1.1). */
  @inline private static isProxyQuery(source: u32): bool {
    return CONFIG_NET_IPV4_IGMP && !source && Received.ipv4().protocol() == PROTOCOL_IGMP;
  }

  /**
   * Makes `words` words of the datagram available at `at`; zeros where the frame has no more, which lie there already when the frame has not
   * come the fast way.
   */
  private static takeWords(device: Device, at: usize, taken: u32, words: u32): void {
    if (words <= taken) return;
    const missing = words - taken;
    const left = device.rxWords;
    const available = missing < left ? missing : left;
    if (CONFIG_NET_FAST_PATHS) memory.fill(at + (taken << 2), 0, missing << 2);
    Frame.read(device, at + (taken << 2), available);
  }

  /**
   * Hands a whole datagram to its protocol. Header and two words are in Received, the rest is in the frame being read.
   * @param payload bytes after the header
   */
  private static deliver(device: Device, flags: u32, payload: u32): void {
    const header = Received.ipv4();
    const protocol = header.protocol();
    const transport = header.payload();
    const word0 = load<u32>(transport);
    const word1 = load<u32>(transport, 4);
    const source = header.sourceBe();
    const destination = header.destinationBe();
    const shown = RAW_SOCKETS && RawInput.deliver(device, header.headerBytes(), payload);
    if (CONFIG_NET_UDP && protocol == PROTOCOL_UDP) {
      if (payload < UDP_HEADER_BYTES) {
        Counter.add(COUNTER_DROP_UDP_LENGTH);
        return;
      }
      if (DATAGRAM_INFO) Ipv4Input.noteHeader(device);
      if (Udp.input(device, flags, source, destination, payload, word0, word1)) {
        IcmpErrorsOut.portUnreachable(device, flags);
      }
      return;
    }
    if (CONFIG_NET_TCP && protocol == PROTOCOL_TCP) {
      store<u32>(Tcp.header(), word0);
      store<u32>(Tcp.header(), word1, 4);
      Tcp.input(device, flags, source, destination, payload, header.typeOfService() & 3, 2);
      return;
    }
    if (protocol == PROTOCOL_ICMP) {
      if (ERROR_QUEUE && DATAGRAM_INFO) Ipv4Input.noteHeader(device);
      IcmpInput.input(device, flags, payload, word0, word1);
      return;
    }
    if (CONFIG_NET_IPV4_IGMP && protocol == PROTOCOL_IGMP) {
      IgmpInput.input(device, flags, header.headerBytes(), payload);
      return;
    }
    if (shown) return;
    Counter.add(COUNTER_DROP_IP_PROTOCOL);
    IcmpErrorsOut.send(device, flags, IcmpHeader.word0(ICMP_UNREACHABLE, ICMP_CODE_PROTOCOL), 0, payload);
  }

  /** Tells the datagram's socket of the header in Received. */
  private static noteHeader(device: Device): void {
    const header = Received.ipv4();
    const words = changetype<usize>(header);
    const index = device.kind == DEVICE_KIND_LOOPBACK ? INTERFACE_LOOPBACK : INTERFACE_NIC;
    DatagramInfo.note(header.destinationBe(), load<u32>(words), load<u32>(words, 8), index);
  }

  /** Hands on a datagram that was put together, and frees its buffer. The frame has been ended. */
  private static deliverReassembled(device: Device, complete: usize): void {
    const payload = Reassembly.open(device, complete);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && !ReturnRoute.begin(Received.ipv4()))
      Counter.add(COUNTER_DROP_IP_OPTIONS);
    else Ipv4Input.deliver(device, Reassembly.flags(complete), payload);
    if (CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE) ReturnRoute.end();
    device.rxMemory = 0;
    device.rxWords = 0;
    Reassembly.close(complete);
  }

  /** Counts one drop. @returns 0 */
  private static drop(counter: i32): usize {
    Counter.add(counter);
    return 0;
  }
}
