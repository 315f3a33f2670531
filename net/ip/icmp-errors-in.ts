/**
 * ICMP errors in (RFC 1122 §3.2.2). What they quote was written by somebody else: every length in it is checked, and an
 * error counts only when a socket can have sent the datagram that it quotes (RFC 5927 §4).
 */
import { CONFIG_NET_IPV4_HDR_OPTIONS, CONFIG_NET_TCP, CONFIG_NET_UDP } from "../../config";
import { Device } from "../../hal/device";
import { bulk_add_carry } from "../../hal/imports";
import { Be } from "../base/be";
import { Checksum } from "../base/checksum";
import {
  COUNTER_DROP_ICMP_CHECKSUM,
  COUNTER_DROP_ICMP_MALFORMED,
  COUNTER_DROP_ICMP_QUOTE,
  COUNTER_ICMP_ERRORS_IN,
  Counter,
} from "../base/counters";
import { Received } from "../link/received";
import { RawInput } from "../raw/raw-input";
import { ERROR_QUEUE } from "../socket/error-queue";
import { IcmpReport } from "../socket/icmp-report";
import { RAW_SOCKETS } from "../socket/raw-kinds";
import { Tcb } from "../transport/tcp/connection";
import { TcpIcmp } from "../transport/tcp/icmp";
import { Udp } from "../transport/udp/input";
import { UdpTable } from "../transport/udp/socket-table";
import { ETHERNET_MTU } from "../wire/ethernet";
import { ICMP_CODE_FRAGMENTATION_NEEDED, ICMP_HEADER_BYTES, ICMP_UNREACHABLE, IcmpHeader } from "../wire/icmpv4";
import { IPV4_HEADER_BYTES, IPV4_OFFSET_MASK, Ipv4Header, PROTOCOL_TCP, PROTOCOL_UDP } from "../wire/ipv4";
import { Ipv4Options } from "./ipv4-options";
import { Ipv4Output } from "./ipv4-output";
import { PathMtu } from "./path-mtu";
import { Payload } from "./payload";

/** An IP header and the first words of what it carries. */
const SMALLEST_QUOTE: u32 = 28;
/** Transport bytes that every error quotes: ports and a little more. */
const QUOTED_TRANSPORT: u32 = 8;

export class IcmpErrorsIn {
  /**
   * Takes one error of type 3, 11 or 12.
   * @param dst    our address that it was sent to, network order
   * @param length bytes of the message; word0 and word1 are its header, the rest is in the frame being read
   */
  static input(device: Device, dst: u32, length: u32, word0: u32, word1: u32): void {
    if (length < ICMP_HEADER_BYTES + SMALLEST_QUOTE || length > ETHERNET_MTU - IPV4_HEADER_BYTES) {
      Counter.add(COUNTER_DROP_ICMP_MALFORMED);
      return;
    }
    const quote = Ipv4Output.payload() + ICMP_HEADER_BYTES;
    const quoteBytes = length - ICMP_HEADER_BYTES;
    if (!Checksum.isValid(Payload.take(device, quote, quoteBytes, bulk_add_carry(word0, word1)))) {
      Counter.add(COUNTER_DROP_ICMP_CHECKSUM);
      return;
    }
    if (!IcmpErrorsIn.accept(quote, quoteBytes, dst, word0, word1)) Counter.add(COUNTER_DROP_ICMP_QUOTE);
    else Counter.add(COUNTER_ICMP_ERRORS_IN);
  }

  /** Passes a valid message on; false when its quote is not of a datagram that one of our sockets can have sent. */
  private static accept(quote: usize, quoteBytes: u32, dst: u32, word0: u32, word1: u32): bool {
    const header = Ipv4Header.at(quote);
    const headerBytes = header.headerBytes();
    if (!header.isVersion4()) return false;
    if (headerBytes + QUOTED_TRANSPORT > quoteBytes) return false;
    // What came back must have come from the address that it came back to, which is ours.
    const source = header.sourceBe();
    if (source != dst) return false;
    if ((header.flagsAndOffset() & IPV4_OFFSET_MASK) != 0) return false;
    const remote = CONFIG_NET_IPV4_HDR_OPTIONS ? Ipv4Options.destination(header) : header.destinationBe();
    // Seen from here, source and destination are exchanged.
    const ports = rotl<u32>(load<u32>(header.payload()), 16);
    const type = IcmpHeader.type(word0);
    const code = IcmpHeader.code(word0);
    if (CONFIG_NET_TCP && header.protocol() == PROTOCOL_TCP) {
      const p = TcpIcmp.find(source, remote, ports, Be.swap32(load<u32>(header.payload(), 4)));
      if (!p) return false;
      if (IcmpErrorsIn.noteTooBig(header, remote, word0, word1)) TcpIcmp.pathChanged(Tcb.of(p));
      else TcpIcmp.error(Tcb.of(p), type, code);
      return true;
    }
    if (ERROR_QUEUE) IcmpErrorsIn.note(quote, quoteBytes, word0, word1);
    const ofRaw = RAW_SOCKETS && IcmpErrorsIn.acceptRaw(header, word0, word1);
    if (!CONFIG_NET_UDP || header.protocol() != PROTOCOL_UDP) return ofRaw;
    const p = UdpTable.find(source, remote, ports);
    if (!p) return ofRaw;
    IcmpErrorsIn.noteTooBig(header, remote, word0, word1);
    if (!ERROR_QUEUE || !IcmpReport.udp(p)) Udp.icmpError(source, remote, rotl<u32>(ports, 16), type, code);
    return true;
  }

  /** True for an error that says that `quoted`, to `remote`, was too large for the way there: then the path's MTU is known. */
  private static noteTooBig(quoted: Ipv4Header, remote: u32, word0: u32, word1: u32): bool {
    if (IcmpHeader.type(word0) != ICMP_UNREACHABLE || IcmpHeader.code(word0) != ICMP_CODE_FRAGMENTATION_NEEDED)
      return false;
    PathMtu.report(remote, IcmpHeader.nextHopMtu(word1), quoted.totalLength(), ETHERNET_MTU);
    return true;
  }

  /** Tells IcmpReport what the sockets with IP_RECVERR will want to know. */
  private static note(quote: usize, quoteBytes: u32, word0: u32, word1: u32): void {
    const offender = Received.ipv4().sourceBe();
    IcmpReport.note(quote, quoteBytes, offender, IcmpHeader.type(word0), IcmpHeader.code(word0), word1);
  }

  /** Passes an error about a datagram of a raw socket on; false when there is none that can have sent it. */
  private static acceptRaw(quoted: Ipv4Header, word0: u32, word1: u32): bool {
    const remote = CONFIG_NET_IPV4_HDR_OPTIONS ? Ipv4Options.destination(quoted) : quoted.destinationBe();
    const type = IcmpHeader.type(word0);
    const code = IcmpHeader.code(word0);
    if (!RawInput.icmpError(quoted.sourceBe(), remote, quoted.protocol(), type, code)) return false;
    IcmpErrorsIn.noteTooBig(quoted, remote, word0, word1);
    return true;
  }
}
