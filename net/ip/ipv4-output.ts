/**
 * IPv4 output through the staging buffer: datagrams that are not written word by word into the chip, and fragments.
 *
 *     const payload = Ipv4Output.begin(source, destination, protocol, ttlTos, fragment, bytes);
 *     … write `bytes` bytes at `payload` …
 *     Ipv4Output.sendStaged(neighbour, bytes);
 *
 * There is one staging buffer: nothing else may be sent or received between the two calls.
 *
 * Whole datagrams go out with "don't fragment" and need no identification (RFC 6864 §4.1): path MTUs are learned
 * (net/ip/path-mtu.ts). Fragments have one that is unique for its destination and cannot be guessed (RFC 7739 §5.3).
 */
import { CONFIG_NET_LOOPBACK } from "../../config";
import { bulk_sum5, host_random } from "../../hal/imports";
import { Be } from "../base/be";
import { Checksum } from "../base/checksum";
import { COUNTER_IP_FRAGMENTS_OUT, COUNTER_IP_OUT, Counter } from "../base/counters";
import { EAGAIN } from "../base/errno";
import { Random } from "../base/random";
import { Arp } from "../link/arp/arp";
import { Loopback } from "../link/loopback";
import { NEIGHBOUR_LOOPBACK, Neighbour } from "../link/neighbour";
import { PACKET_SOCKETS } from "../socket/raw-kinds";
import { ETHERNET_HEADER_BYTES, ETHERNET_SPACE, ETHERTYPE_IPV4_BE, FRAME_BUFFER_BYTES } from "../wire/ethernet";
import { IPV4_HEADER_BYTES, IPV4_MORE_FRAGMENTS, IPV4_WORD_FRAGMENT_MASK } from "../wire/ipv4";

/** Bytes of the staging buffer: padding, Ethernet header, one datagram of the MTU. */
export const STAGING_BYTES: u32 = FRAME_BUFFER_BYTES;

function staging(): usize {
  return memory.data(1516, 4);
}
/** Where the payload of a datagram begins in it. */
function stagedPayload(): usize {
  return staging() + ETHERNET_SPACE + IPV4_HEADER_BYTES;
}

/** u32 secret, u32 secret, 8 counters (RFC 7739 §5.3). */
const IDS: usize = memory.data(8 + 8 * 4, 4);

if (STAGING_BYTES != 1516) ERROR("the staging buffer holds one frame");

export class Ipv4Output {
  /** Draws the secrets of the identifications. */
  static initialise(): void {
    Random.fill(IDS, 40);
  }

  /** The staging buffer: usize → u8[STAGING_BYTES], word layout of hal/device.ts. Free between two datagrams. */
  @inline static buffer(): usize {
    return staging();
  }

  /** Where the payload of a datagram begins in the staging buffer (20 bytes of IP header before it), 4-aligned. */
  @inline static payload(): usize {
    return stagedPayload();
  }

  /**
   * The identification of a datagram that may be fragmented, for all its fragments: a counter chosen by destination
   * and source, moved on by a random step, plus an offset that depends on both and a secret.
   * @returns 16 bits, to be stored as they are
   * @see RFC 6864 §4.2 (unique), RFC 7739 §5.3 (not predictable)
   */
  static nextId(dstBe: u32, srcBe: u32, protocol: u32): u32 {
    let hash = (dstBe ^ load<u32>(IDS)) * 0x9e3779b1;
    hash = (rotl<u32>(hash, 15) ^ srcBe ^ (protocol << 24)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13) ^ load<u32>(IDS, 4)) * 0xc2b2ae35;
    hash ^= hash >>> 16;
    const counter = IDS + 8 + ((hash >>> 29) << 2);
    const value = load<u32>(counter) + 1 + (host_random() & 3);
    store<u32>(counter, value);
    return (hash + value) & 0xffff;
  }

  /**
   * What a fragment has in the second word of its header beside the identification.
   * @param offset of its payload in the datagram's, bytes, a multiple of 8; 0 for the first; @param more others follow
   */
  @inline static fragment(offset: u32, more: bool): u32 {
    return Be.high16((offset >>> 3) | (more ? IPV4_MORE_FRAGMENTS : 0));
  }

  /**
   * Writes the IP header of a datagram or fragment into the staging buffer.
   *
   * @param source, destination  network order
   * @param ttlTos         TTL in the low byte, type of service in the second
   * @param fragment       second word of the header: IPV4_WORD_DONT_FRAGMENT for a whole datagram; else an identification, with
   *                       `fragment` for each of several
   * @param bytes          payload of this fragment; at most the MTU less 20, a multiple of 8 when more follow
   * @returns usize → u8[bytes], 4-aligned, where the payload belongs
   */
  static begin(source: u32, destination: u32, protocol: u32, ttlTos: u32, fragment: u32, bytes: u32): usize {
    if (fragment & IPV4_WORD_FRAGMENT_MASK) Counter.add(COUNTER_IP_FRAGMENTS_OUT);
    const word0 = 0x45 | (ttlTos & 0xff00) | Be.high16(bytes + IPV4_HEADER_BYTES);
    const word2 = (ttlTos & 0xff) | (protocol << 8);
    const ip = staging() + ETHERNET_SPACE;
    store<u32>(ip, word0);
    store<u32>(ip, fragment, 4);
    store<u32>(ip, word2 | (Checksum.finish(bulk_sum5(word0, fragment, word2, source, destination)) << 16), 8);
    store<u32>(ip, source, 12);
    store<u32>(ip, destination, 16);
    return stagedPayload();
  }

  /**
   * Sends what is in the staging buffer: to the chip, into the loopback queue, or, while the neighbour is not resolved,
   * into the place where it waits for that (which starts the resolution).
   * @param payloadBytes bytes after the IP header
   * @returns 0 (sent, waiting, or dropped with a count: a full loopback queue), or -EAGAIN: the chip has no room now
   */
  static sendStaged(neighbour: Neighbour, payloadBytes: u32): i32 {
    const bytes = payloadBytes + (ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES);
    if (neighbour.isDirect()) return neighbour.send(staging(), bytes) ? 0 : -EAGAIN;
    if (CONFIG_NET_LOOPBACK && neighbour.state == NEIGHBOUR_LOOPBACK) {
      if (PACKET_SOCKETS) Ipv4Output.writeLoopbackHeader();
      if (Loopback.enqueue(staging(), bytes)) Counter.add(COUNTER_IP_OUT);
      return 0;
    }
    Arp.queue(changetype<usize>(neighbour), staging(), bytes);
    return 0;
  }

  /** The header that a packet socket on the loopback interface sees: no addresses, and the type. */
  private static writeLoopbackHeader(): void {
    store<u32>(staging(), 0);
    store<u32>(staging(), 0, 4);
    store<u32>(staging(), 0, 8);
    store<u32>(staging(), ETHERTYPE_IPV4_BE << 16, 12);
  }
}
