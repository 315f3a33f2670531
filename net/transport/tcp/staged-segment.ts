/** A segment that is built in the staging buffer: what connections and replies have in common that do not write into the chip. */
import { bulk_sum5 } from "../../../hal/imports";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import { Ipv4Output } from "../../ip/ipv4-output";
import { IPV4_WORD_DONT_FRAGMENT, PROTOCOL_TCP } from "../../wire/ipv4";
import { Tuple } from "./tuple";

export class StagedSegment {
  /**
   * Writes the headers of a segment whose options and payload are in place, `optionBytes` and 20 bytes behind `Ipv4Output.payload()`. The
   * caller writes the options of the IP header, if there are any, and sends it.
   *
   * @param tuple  from local to remote
   * @param seq, ack host order; `ack` 0 without TCP_ACK
   * @param word3  TcpHeader.word3; @param urgent the pointer
   * @param bytes  of header, options and payload
   * @param ttlTos TTL in the low byte, type of service in the second
   * @param optionBytes of the IP header
   */
  static write(
    tuple: Tuple,
    seq: u32,
    ack: u32,
    word3: u32,
    urgent: u32,
    bytes: u32,
    ttlTos: u32,
    optionBytes: u32,
  ): void {
    const local = tuple.local;
    const remote = tuple.remote;
    const all = bytes + optionBytes;
    const start = Ipv4Output.begin(local, remote, PROTOCOL_TCP, ttlTos, IPV4_WORD_DONT_FRAGMENT, all) + optionBytes;
    store<u32>(start, rotl<u32>(tuple.ports, 16));
    store<u32>(start, Be.swap32(seq), 4);
    store<u32>(start, Be.swap32(ack), 8);
    store<u32>(start, word3, 12);
    store<u32>(start, Be.high16(urgent), 16);
    const sum = bulk_sum5(local, remote, (PROTOCOL_TCP << 8) | Be.high16(bytes), 0, 0);
    store<u16>(start, <u16>Checksum.finish(Checksum.sumBytes(start, bytes, sum)), 16);
  }
}
