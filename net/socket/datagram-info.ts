/**
 * What can be said about a datagram besides its sender: where it was sent to, TTL and type of service
 * (CONFIG_NET_CONTEXT_RECV_PKTINFO), and when it came (CONFIG_NET_CONTEXT_TIMESTAMPING). IPv4 notes the header of what it hands on,
 * the ring keeps it in front of the payload (datagram-ring.ts), receiving takes it out again:
 *
 *     +0 destination, network order
 *     +4 TTL (byte 0), type of service (byte 1), interface (high half)
 *     +8 u64 arrival, µs since the start; at +0 without CONFIG_NET_CONTEXT_RECV_PKTINFO
 *
 * An image without these options has none of this, and its records are as short as ever.
 */
import { CONFIG_NET_CONTEXT_RECV_PKTINFO, CONFIG_NET_CONTEXT_TIMESTAMPING } from "../../config";
import { Clock } from "../base/clock";

/** True when datagrams carry any of it. */
export const DATAGRAM_INFO: bool = CONFIG_NET_CONTEXT_RECV_PKTINFO || CONFIG_NET_CONTEXT_TIMESTAMPING;

const HEADER_BYTES: u32 = CONFIG_NET_CONTEXT_RECV_PKTINFO ? 8 : 0;
const TIME_BYTES: u32 = CONFIG_NET_CONTEXT_TIMESTAMPING ? 8 : 0;
/** Bytes of it in a record. */
export const DATAGRAM_INFO_BYTES: u32 = HEADER_BYTES + TIME_BYTES;

export class DatagramInfo {
  /** usize → u32 destination, u32 rest: the datagram that IPv4 is handing on. */
  private static noted(): usize {
    return memory.data(8, 4);
  }

  /** usize → u32 destination, u32 rest, u64 arrival: the datagram that was received last. */
  private static taken(): usize {
    return memory.data(16, 8);
  }

  /**
   * IPv4 hands on a datagram.
   * @param destination network order
   * @param word0       first word of the IP header as it lies in memory; @param word2 the third one
   * @param index       INTERFACE_*
   */
  @inline static note(destination: u32, word0: u32, word2: u32, index: u32): void {
    if (!CONFIG_NET_CONTEXT_RECV_PKTINFO) return;
    store<u32>(DatagramInfo.noted(), destination);
    store<u32>(DatagramInfo.noted(), (word2 & 0xff) | (word0 & 0xff00) | (index << 16), 4);
  }

  /** The datagram goes into a ring: `place` (usize → u8[DATAGRAM_INFO_BYTES], 4-aligned) gets what was noted. */
  static keep(place: usize): void {
    if (CONFIG_NET_CONTEXT_RECV_PKTINFO) {
      store<u32>(place, load<u32>(DatagramInfo.noted()));
      store<u32>(place, load<u32>(DatagramInfo.noted(), 4), 4);
    }
    if (CONFIG_NET_CONTEXT_TIMESTAMPING) store<u64>(place + HEADER_BYTES, Clock.now());
  }

  /** A call receives the datagram whose record has it at `place`. */
  static take(place: usize): void {
    const taken = DatagramInfo.taken();
    if (CONFIG_NET_CONTEXT_RECV_PKTINFO) {
      store<u32>(taken, load<u32>(place));
      store<u32>(taken, load<u32>(place, 4), 4);
    }
    if (CONFIG_NET_CONTEXT_TIMESTAMPING) store<u64>(taken, load<u64>(place + HEADER_BYTES), 8);
  }

  /** Where the datagram was sent to, network order. */
  static destination(): u32 {
    return load<u32>(DatagramInfo.taken());
  }

  /** TTL that it came with. */
  static timeToLive(): u32 {
    return load<u8>(DatagramInfo.taken(), 4);
  }

  /** Type of service that it came with. */
  static typeOfService(): u32 {
    return load<u8>(DatagramInfo.taken(), 5);
  }

  /** INTERFACE_* that it came over. */
  static interfaceIndex(): u32 {
    return load<u16>(DatagramInfo.taken(), 6);
  }

  /** When it came, µs since the start. */
  static arrivedAt(): u64 {
    return load<u64>(DatagramInfo.taken(), 8);
  }
}
