/**
 * IPv4 options that a socket puts into what it sends (RFC 791 §3.1; RFC 1122 §3.2.1.8): which may be set, and what becomes of them in a
 * datagram. Lists lie as they are set: a source route begins with the first hop. Only with CONFIG_NET_IPV4_HDR_OPTIONS.
 *
 * The rules are those of Linux (ip(7), IP_OPTIONS).
 */
import { bulk_sum, host_realtime_offset } from "../../hal/imports";
import { Be } from "../base/be";
import { Checksum } from "../base/checksum";
import { Clock } from "../base/clock";
import { EINVAL } from "../base/errno";
import { Interfaces } from "../link/interface";
import { IPV4_HEADER_BYTES, Ipv4Header } from "../wire/ipv4";
import {
  IPV4_OPTION_COPIED,
  IPV4_OPTION_END,
  IPV4_OPTION_LOOSE_ROUTE,
  IPV4_OPTION_NOP,
  IPV4_OPTION_RECORD_ROUTE,
  IPV4_OPTION_ROUTER_ALERT,
  IPV4_OPTION_STRICT_ROUTE,
  IPV4_OPTION_TIMESTAMP,
  IPV4_OPTIONS_MAX_BYTES,
} from "../wire/ipv4-option";
import { Ipv4Output } from "./ipv4-output";

/** The pointer of a route that nobody has been through, and of timestamps without one. Pointers count from 1, at the type. */
const ROUTE_FIRST: u32 = 4;
const STAMPS_FIRST: u32 = 5;
/** Flags of timestamps: times alone, with addresses, with addresses that are given. The other half of that byte counts hosts without room. */
const STAMPS_ALONE: u32 = 0;
const STAMPS_WITH_ADDRESS: u32 = 1;
const STAMPS_OF_GIVEN: u32 = 3;
const OVERFLOW_MOST: u32 = 15;

const MILLISECONDS_A_DAY: u64 = 86_400_000;
/** In a timestamp: not milliseconds since midnight UT (RFC 791 §3.1). */
const NOT_STANDARD: u32 = 0x80000000;

export class OptionsOut {
  /**
   * Checks a list. What stands behind its end becomes zero.
   * @param list       usize → u8[bytes]; @param bytes 0 to 40
   * @param privileged may have options that are not known here
   * @returns where its source route begins, plus 1; 0 when it has none; or -EINVAL
   */
  static check(list: usize, bytes: u32, privileged: bool): i32 {
    let route: u32 = 0;
    // One route, one record, one list of timestamps (a bit for each).
    let seen: u32 = 0;
    let at: u32 = 0;
    while (at < bytes) {
      const option = list + at;
      const type = <u32>load<u8>(option);
      if (type == IPV4_OPTION_END) {
        memory.fill(option, 0, bytes - at);
        break;
      }
      if (type == IPV4_OPTION_NOP) {
        at++;
        continue;
      }
      const left = bytes - at;
      if (left < 2) return -EINVAL;
      const length = <u32>load<u8>(option, 1);
      if (length < 2 || length > left) return -EINVAL;
      const bit = OptionsOut.bit(type);
      if (bit & seen) return -EINVAL;
      seen |= bit;
      if (!OptionsOut.isFine(option, type, length, privileged)) return -EINVAL;
      if (bit == 1) route = at + 1;
      at += length;
    }
    return <i32>route;
  }

  /** A bit for an option that may be there once, 1 for a source route; 0 for others. */
  private static bit(type: u32): u32 {
    if (type == IPV4_OPTION_LOOSE_ROUTE || type == IPV4_OPTION_STRICT_ROUTE) return 1;
    if (type == IPV4_OPTION_RECORD_ROUTE) return 2;
    return type == IPV4_OPTION_TIMESTAMP ? 4 : 0;
  }

  private static isFine(option: usize, type: u32, length: u32, privileged: bool): bool {
    if (type == IPV4_OPTION_ROUTER_ALERT) return length >= 4;
    const bit = OptionsOut.bit(type);
    if (!bit) return privileged;
    if (length < 3) return false;
    const pointer = <u32>load<u8>(option, 2);
    // Nobody has been through the route, and it leads somewhere.
    if (bit == 1) return pointer == ROUTE_FIRST && length >= 7 && ((length - 3) & 3) == 0;
    if (bit == 2) return pointer >= ROUTE_FIRST && (pointer > length || pointer + 3 <= length);
    if (length < 4 || pointer < STAMPS_FIRST) return false;
    const flags = <u32>load<u8>(option, 3);
    const kind = flags & 0xf;
    if (pointer > length) return kind == STAMPS_OF_GIVEN || flags >>> 4 < OVERFLOW_MOST;
    if (pointer + 3 > length) return false;
    if (kind == STAMPS_ALONE) return true;
    return kind == STAMPS_WITH_ADDRESS || kind == STAMPS_OF_GIVEN ? pointer + 7 <= length : privileged;
  }

  /** The first hop of the source route at `option`, network order. */
  static firstHop(option: usize): u32 {
    return load<u32>(option, 3);
  }

  /**
   * Writes a list into the datagram or fragment that is being built in the staging buffer (Ipv4Output.begin, told of as many bytes more).
   * A source route gets the destination at its end and loses its first hop, to which the datagram goes; this host is the first in records of
   * routes and times. Later fragments have only the options that are to be copied (RFC 791 §3.1).
   *
   * @param list   usize → u8[bytes], as `check` left it; @param bytes a multiple of 4, not 0
   * @param offset 0 for a datagram or its first fragment
   */
  static write(list: usize, bytes: u32, source: u32, destination: u32, offset: u32): void {
    const place = Ipv4Output.payload();
    const header = Ipv4Header.at(place - IPV4_HEADER_BYTES);
    memory.copy(place, list, bytes);
    let at: u32 = 0;
    while (at < bytes) {
      const option = place + at;
      const type = <u32>load<u8>(option);
      if (type == IPV4_OPTION_END) break;
      if (type == IPV4_OPTION_NOP) {
        at++;
        continue;
      }
      const length = <u32>load<u8>(option, 1);
      if (offset && !(type & IPV4_OPTION_COPIED)) {
        memory.fill(option, <u8>IPV4_OPTION_NOP, length);
      } else if (type == IPV4_OPTION_LOOSE_ROUTE || type == IPV4_OPTION_STRICT_ROUTE) {
        header.setDestinationBe(OptionsOut.firstHop(option));
        memory.copy(option + 3, option + 7, length - 7);
        store<u32>(option + length - 4, destination);
      } else if (type == IPV4_OPTION_RECORD_ROUTE) {
        OptionsOut.record(option, length, source);
      } else if (type == IPV4_OPTION_TIMESTAMP) {
        OptionsOut.stamp(option, length, source);
      }
      at += length;
    }
    header.setHeaderBytes(IPV4_HEADER_BYTES + bytes);
    header.setChecksumBe(0);
    const words = (IPV4_HEADER_BYTES + bytes) >>> 2;
    header.setChecksumBe(Checksum.finish(bulk_sum(changetype<usize>(header), words, 0)));
  }

  private static record(option: usize, length: u32, source: u32): void {
    const pointer = <u32>load<u8>(option, 2);
    if (pointer > length) return;
    store<u32>(option + pointer - 1, source);
    store<u8>(option, <u8>(pointer + 4), 2);
  }

  private static stamp(option: usize, length: u32, source: u32): void {
    const pointer = <u32>load<u8>(option, 2);
    if (pointer > length) return;
    const kind = <u32>load<u8>(option, 3) & 0xf;
    let place = option + pointer - 1;
    let bytes: u32 = 4;
    if (kind == STAMPS_WITH_ADDRESS || kind == STAMPS_OF_GIVEN) {
      // Of addresses that are given each waits for its host.
      if (kind == STAMPS_OF_GIVEN && !Interfaces.isLocal(load<u32>(place))) return;
      if (kind == STAMPS_WITH_ADDRESS) store<u32>(place, source);
      place += 4;
      bytes = 8;
    } else if (kind != STAMPS_ALONE) {
      return;
    }
    store<u32>(place, Be.swap32(OptionsOut.time()));
    store<u8>(option, <u8>(pointer + bytes), 2);
  }

  /** Milliseconds since midnight UT, or since the start when nobody knows the time of day (RFC 791 §3.1). */
  private static time(): u32 {
    const offset = host_realtime_offset();
    const milliseconds = (Clock.now() + offset) / 1000;
    return offset ? <u32>(milliseconds % MILLISECONDS_A_DAY) : <u32>milliseconds | NOT_STANDARD;
  }
}

if (IPV4_OPTIONS_MAX_BYTES != 40) ERROR("a header has room for 40 bytes of options");
