/**
 * IPv4 header (RFC 791 §3.1).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+---------------+-------------------------------+
 *     |version|  IHL  |type of service|         total length          | +0
 *     +-------+-------+---------------+-----+-------------------------+
 *     |        identification         |flags|     fragment offset     | +4
 *     +---------------+---------------+-----+-------------------------+
 *     | time to live  |   protocol    |        header checksum        | +8
 *     +---------------+---------------+-------------------------------+
 *     |                        source address                         | +12
 *     +---------------------------------------------------------------+
 *     |                      destination address                      | +16
 *     +---------------------------------------------------------------+
 *     |                      options, 0 to 40 bytes                   | +20
 *     +---------------------------------------------------------------+
 */
import { Be } from "../base/be";

/** Bytes of a header without options, and of the largest. */
export const IPV4_HEADER_BYTES: u32 = 20;
export const IPV4_HEADER_MAX_BYTES: u32 = 60;

/** Protocol numbers. */
export const PROTOCOL_ICMP: u32 = 1;
export const PROTOCOL_IGMP: u32 = 2;
export const PROTOCOL_TCP: u32 = 6;
export const PROTOCOL_UDP: u32 = 17;

/** Flags and offset as they lie in the high half of the second word (little-endian load of the header). */
export const IPV4_WORD_DONT_FRAGMENT: u32 = 0x0040_0000;
/** Bits of that word that make a datagram a fragment: "more fragments" and the offset. */
export const IPV4_WORD_FRAGMENT_MASK: u32 = 0xff3f_0000;

/** Flags in host order. */
export const IPV4_MORE_FRAGMENTS: u32 = 0x2000;
export const IPV4_DONT_FRAGMENT: u32 = 0x4000;
export const IPV4_OFFSET_MASK: u32 = 0x1fff;

/** First byte of the shortest header of version 4, and how many there are from it on. The lower half counts words. */
const SHORTEST: u32 = 0x45;
const LENGTHS: u32 = 11;

@unmanaged
@final
export class Ipv4Header {
  protected versionAndWords: u8;
  protected service: u8;
  protected total: u16;
  protected id: u16;
  protected fragment: u16;
  protected ttl: u8;
  protected carried: u8;
  protected checksum: u16;
  protected source: u32;
  protected destination: u32;

  /** Lays the view over `p`: usize → u8[20 to 60]. */
  @inline static at(p: usize): Ipv4Header {
    return changetype<Ipv4Header>(p);
  }

  /** True for version 4 and a length of 20 to 60 bytes. */
  @inline isVersion4(): bool {
    return <u32>this.versionAndWords - SHORTEST < LENGTHS;
  }

  /** Header length, bytes; IHL below 5 gives less than 20. */
  @inline headerBytes(): u32 {
    return (<u32>this.versionAndWords & 15) << 2;
  }

  /** 20 to 60, a multiple of 4; the version becomes 4. */
  @inline setHeaderBytes(bytes: u32): void {
    this.versionAndWords = <u8>(0x40 | (bytes >>> 2));
  }

  @inline typeOfService(): u32 {
    return this.service;
  }

  /** Bytes of header and payload. */
  @inline totalLength(): u32 {
    return Be.swap16(this.total);
  }

  /** Memory order. */
  @inline identificationBe(): u32 {
    return this.id;
  }

  /** Flags (IPV4_MORE_FRAGMENTS, IPV4_DONT_FRAGMENT) and the offset in units of 8 bytes. */
  @inline flagsAndOffset(): u32 {
    return Be.swap16(this.fragment);
  }

  @inline timeToLive(): u32 {
    return this.ttl;
  }

  @inline protocol(): u32 {
    return this.carried;
  }

  /** Source address, network order. */
  @inline sourceBe(): u32 {
    return this.source;
  }

  /** Destination address, network order. */
  @inline destinationBe(): u32 {
    return this.destination;
  }

  /** Bytes of header and payload, to 65,535. */
  @inline setTotalLength(bytes: u32): void {
    this.total = <u16>Be.swap16(bytes);
  }

  /** Memory order. */
  @inline setIdentificationBe(id: u32): void {
    this.id = <u16>id;
  }

  /** Flags (IPV4_MORE_FRAGMENTS, IPV4_DONT_FRAGMENT) and the offset in units of 8 bytes. */
  @inline setFlagsAndOffset(value: u32): void {
    this.fragment = <u16>Be.swap16(value);
  }

  /** Memory order, as Checksum.finish gives it. */
  @inline setChecksumBe(sum: u32): void {
    this.checksum = <u16>sum;
  }

  /** Source address, network order. */
  @inline setSourceBe(addressBe: u32): void {
    this.source = addressBe;
  }

  /** Destination address, network order. */
  @inline setDestinationBe(addressBe: u32): void {
    this.destination = addressBe;
  }

  /** First word of what follows the header. The caller has checked that the header is there. */
  @inline payload(): usize {
    return changetype<usize>(this) + this.headerBytes();
  }
}

/** Questions about addresses in network order. */
export class Ipv4Address {
  /** 127.0.0.0/8. */
  @inline static isLoopback(addressBe: u32): bool {
    return (addressBe & 0xff) == 127;
  }

  /** 224.0.0.0/4. */
  @inline static isMulticast(addressBe: u32): bool {
    return (addressBe & 0xf0) == 0xe0;
  }

  /** The MAC address of a group: 01:00:5e and its low 23 bits (RFC 1112 §6.4). First four bytes, memory order. */
  @inline static groupMacLow(groupBe: u32): u32 {
    return 0x005e0001 | ((groupBe & 0x7f00) << 16);
  }

  /** The last two bytes, in the low half. */
  @inline static groupMacHigh(groupBe: u32): u32 {
    return groupBe >>> 16;
  }

  /** True for what an interface may have: not 0/8, not 127/8, below 224. */
  @inline static isUnicast(addressBe: u32): bool {
    const first = addressBe & 0xff;
    return first - 1 < 223 && first != 127;
  }
}
