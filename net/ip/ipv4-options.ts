/**
 * IPv4 options in (RFC 791 §3.1). None is acted on, but for a source route, which is refused (RFC 7126 §4.3, §4.4), or, with
 * CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE, taken when it ends here: this host forwards nothing.
 */

import { CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE } from "../../config";
import { Ipv4Header } from "../wire/ipv4";
import {
  IPV4_OPTION_END as END_OF_LIST,
  IPV4_OPTION_LOOSE_ROUTE as LOOSE_SOURCE_ROUTE,
  IPV4_OPTION_NOP as NO_OPERATION,
  IPV4_OPTION_STRICT_ROUTE as STRICT_SOURCE_ROUTE,
} from "../wire/ipv4-option";

/** "Examine the packet" (RFC 2113): type 148, 4 bytes, value 0, as they lie in memory. */
const ROUTER_ALERT: u32 = 0x0494;
const ROUTER_ALERT_BYTES: u32 = 4;
/** A source route of one address. */
const ROUTE_LEAST: u32 = 7;

/** Answers of `check`; a positive one is the offset of the octet in the header that is wrong. */
export const OPTIONS_FINE: i32 = 0;
export const OPTIONS_SOURCE_ROUTE: i32 = -1;

export class Ipv4Options {
  /**
   * Walks the options of a header.
   * @param header usize → u8[headerBytes]; @param headerBytes 20 to 60
   */
  static check(header: usize, headerBytes: u32): i32 {
    let at: u32 = 20;
    let routed = false;
    while (at < headerBytes) {
      const type = <u32>load<u8>(header + at);
      if (type == END_OF_LIST) return OPTIONS_FINE;
      if (type == NO_OPERATION) {
        at++;
        continue;
      }
      if (at + 1 >= headerBytes) return at;
      const length = <u32>load<u8>(header + at, 1);
      if (length < 2 || length > headerBytes - at) return at + 1;
      if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE) {
        if (!CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE) return OPTIONS_SOURCE_ROUTE;
        // One of them, of whole addresses; and all of it has been gone through.
        if (routed || length < 3 || (length & 3) != 3) return routed ? at : at + 1;
        if (<u32>load<u8>(header + at, 2) <= length) return OPTIONS_SOURCE_ROUTE;
        routed = true;
      }
      at += length;
    }
    return OPTIONS_FINE;
  }

  /**
   * Where a datagram of ours that came back in an ICMP error was to go in the end: the last address of its source route, unless the
   * routers have been through it, or its destination. @param header a quote that has all of its header
   */
  static destination(header: Ipv4Header): u32 {
    const place = changetype<usize>(header);
    const headerBytes = header.headerBytes();
    let at: u32 = 20;
    while (at + ROUTE_LEAST <= headerBytes) {
      const type = <u32>load<u8>(place + at);
      if (type == END_OF_LIST) break;
      if (type == NO_OPERATION) {
        at++;
        continue;
      }
      const length = <u32>load<u8>(place + at, 1);
      if (length < 2 || length > headerBytes - at) break;
      const isRoute = type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE;
      if (isRoute && length >= ROUTE_LEAST && <u32>load<u8>(place + at, 2) < length)
        return load<u32>(place + at + length - 4);
      at += length;
    }
    return header.destinationBe();
  }

  /** True when the options of a header that `check` finds fine have a Router Alert (RFC 2113 §2.1). Parameters as of `check`. */
  static hasRouterAlert(header: usize, headerBytes: u32): bool {
    let at: u32 = 20;
    while (at + ROUTER_ALERT_BYTES <= headerBytes) {
      const type = <u32>load<u8>(header + at);
      if (type == END_OF_LIST) return false;
      if (load<u32>(header + at) == ROUTER_ALERT) return true;
      at += type == NO_OPERATION ? 1 : <u32>load<u8>(header + at, 1);
    }
    return false;
  }
}
