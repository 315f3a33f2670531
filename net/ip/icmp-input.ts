/**
 * ICMP input (RFC 792, RFC 1122 §3.2.2). Echo requests are answered, errors go to icmp-errors-in.ts, everything else is
 * dropped: timestamps, address masks and redirects are not spoken (RFC 6633 and RFC 6918 retired most of them; redirects
 * are a way to divert traffic).
 */
import { Device } from "../../hal/device";
import { COUNTER_DROP_ICMP_MALFORMED, COUNTER_DROP_ICMP_TYPE, Counter } from "../base/counters";
import { Received } from "../link/received";
import { RawInput } from "../raw/raw-input";
import { RAW_SOCKETS } from "../socket/raw-kinds";
import {
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_BYTES,
  ICMP_PARAMETER_PROBLEM,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  IcmpHeader,
} from "../wire/icmpv4";
import { IcmpEcho } from "./icmp-echo";
import { IcmpErrorsIn } from "./icmp-errors-in";

export class IcmpInput {
  /**
   * Takes one message. Its IP header is in Received, what follows its first two words in the frame being read.
   * @param flags   FLAG_* of the datagram; @param length bytes of the message
   */
  static input(device: Device, flags: u32, length: u32, word0: u32, word1: u32): void {
    if (length < ICMP_HEADER_BYTES) {
      Counter.add(COUNTER_DROP_ICMP_MALFORMED);
      return;
    }
    const header = Received.ipv4();
    const at = changetype<usize>(header);
    const type = IcmpHeader.type(word0);
    // Neither answers nor errors follow from a datagram to many (RFC 1122 §3.2.2.6 lets us not answer broadcasts).
    if (!flags) {
      if (type == ICMP_ECHO_REQUEST && IcmpHeader.code(word0) == 0) {
        const w4 = load<u32>(at);
        const w5 = load<u32>(at, 4);
        IcmpEcho.input(device, header.sourceBe(), header.destinationBe(), length, w4, w5, word0, word1);
        return;
      }
      if (type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM) {
        IcmpErrorsIn.input(device, header.destinationBe(), length, word0, word1);
        return;
      }
    }
    // What a raw socket reads, the answers to a ping among it, is not dropped.
    if (!RAW_SOCKETS || !RawInput.isTaken()) Counter.add(COUNTER_DROP_ICMP_TYPE);
  }
}
