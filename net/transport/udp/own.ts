/**
 * Datagrams that the stack itself sends: built in the staging buffer, without a socket.
 *
 *     const payload = OwnDatagram.payload();
 *     … write `bytes` bytes there …
 *     OwnDatagram.send(neighbour, source, destination, ports, bytes);
 */
import { CONFIG_NET_INITIAL_TTL } from "../../../config";
import { bulk_sum5 } from "../../../hal/imports";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import { COUNTER_UDP_OUT, Counter } from "../../base/counters";
import { Ipv4Output } from "../../ip/ipv4-output";
import { Neighbour } from "../../link/neighbour";
import { IPV4_WORD_DONT_FRAGMENT, PROTOCOL_UDP } from "../../wire/ipv4";
import { UDP_HEADER_BYTES } from "../../wire/udp";
import { UDP_PSEUDO_PROTOCOL } from "./input";

export class OwnDatagram {
  /** Where the payload is built: usize → u8[1472], 4-aligned. Free between two datagrams. */
  @inline static payload(): usize {
    return Ipv4Output.payload() + UDP_HEADER_BYTES;
  }

  /**
   * Sends the payload that was built.
   * @param source, destination network order; @param ports source in the low half, destination in the high half, network order
   * @returns 0, or -EAGAIN: the chip has no room now
   */
  static send(neighbour: Neighbour, source: u32, destination: u32, ports: u32, bytes: u32): i32 {
    const datagram = bytes + UDP_HEADER_BYTES;
    const start = Ipv4Output.begin(
      source,
      destination,
      PROTOCOL_UDP,
      CONFIG_NET_INITIAL_TTL,
      IPV4_WORD_DONT_FRAGMENT,
      datagram,
    );
    const length = Be.swap16(datagram);
    const seed = bulk_sum5(source, destination, ports, length, UDP_PSEUDO_PROTOCOL | (length << 16));
    const sum = Checksum.finish(Checksum.sumBytes(start + UDP_HEADER_BYTES, bytes, seed));
    store<u32>(start, ports);
    store<u32>(start, length | ((sum ? sum : 0xffff) << 16), 4);
    const result = Ipv4Output.sendStaged(neighbour, datagram);
    if (!result) Counter.add(COUNTER_UDP_OUT);
    return result;
  }
}
