/**
 * What a raw socket has besides the fields of every socket. A raw socket does not remember what its last datagram went through, so these
 * fields lie where a UDP socket has `cachedHeader0` and what follows.
 */
import { Socket } from "../socket/socket";

/** Protocol of a socket that only sends: IPPROTO_RAW. */
export const PROTOCOL_RAW: u32 = 255;

@unmanaged
@final
export class RawFields {
  /** IP protocol number, 1 to 255: of what it receives, and of the headers that it is given. */
  protocol: u32;
  /** 1 when what is sent begins with its own IP header (IP_HDRINCL). */
  headerIncluded: u32;
  /** ICMP_FILTER: bit n set keeps messages of type n away; types from 32 on always come. */
  icmpFilter: u32;
  /** Where the last datagram went, network order: an ICMP error counts only when it is about such a one (RFC 5927 §4). */
  lastDestination: u32;

  @inline static of(socket: Socket): RawFields {
    return changetype<RawFields>(changetype<usize>(socket) + offsetof<Socket>("cachedHeader0"));
  }
}
