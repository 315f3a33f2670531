/**
 * The way back of a datagram that came over a source route (RFC 1122 §3.2.1.8c, §3.2.2.6, §4.2.3.8): its routers in reverse order, as a list
 * of IP_OPTIONS (options-out.ts). It is there while that datagram is handled: what answers it at once goes back over it, and a connection
 * that it completes keeps it. Only with CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE; without it such datagrams are dropped (RFC 7126 §4.3, §4.4).
 *
 * Of a half-open connection nothing is kept: when its SYN-ACK has to go out again by itself it goes the usual way, and the route of the
 * segment that completes the handshake counts. Later segments of a connection do not change it, as on Linux (RFC 1122 would, and whoever
 * guesses the four-tuple could lead a connection away). An echo that is larger than a frame is answered the usual way.
 */
import { CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE } from "../../config";
import { Interfaces } from "../link/interface";
import { Ipv4Address, Ipv4Header } from "../wire/ipv4";
import {
  IPV4_OPTION_END,
  IPV4_OPTION_LOOSE_ROUTE,
  IPV4_OPTION_NOP,
  IPV4_OPTION_STRICT_ROUTE,
} from "../wire/ipv4-option";
import { OptionsOut } from "./options-out";

/** Bytes before the first address of a route, and the pointer to it. */
const ROUTE_HEAD: u32 = 3;
const ROUTE_FIRST: u32 = 4;

@unmanaged
@final
class State {
  /** Bytes of the list, a multiple of 4; 0 = the datagram came without a route. */
  bytes: u32;
  /** Who sent it, network order. */
  source: u32;
  /** u8[40], of which this is the first word. */
  list: u32;
}

/** Memory of this file. In a function, so that an image without it has nothing of it. */
class Memory {
  static state(): State {
    return changetype<State>(memory.data(48, 4));
  }
}

export class ReturnRoute {
  /**
   * A datagram is going to be handled. Its options are well-formed, and a source route among them has ended here.
   * @returns false when there cannot be a way back: an address that no router has, or, of a strict route, a last router that is not on the link
   */
  static begin(header: Ipv4Header): bool {
    const end = changetype<usize>(header) + header.headerBytes();
    let option = changetype<usize>(header) + 20;
    while (option < end) {
      const type = <u32>load<u8>(option);
      if (type == IPV4_OPTION_END) break;
      if (type == IPV4_OPTION_NOP) {
        option++;
        continue;
      }
      const length = <u32>load<u8>(option, 1);
      if (type == IPV4_OPTION_LOOSE_ROUTE || type == IPV4_OPTION_STRICT_ROUTE) {
        Memory.state().source = header.sourceBe();
        return ReturnRoute.reverse(option, type, length);
      }
      option += length;
    }
    return true;
  }

  /** The datagram has been handled. */
  static end(): void {
    Memory.state().bytes = 0;
  }

  private static reverse(option: usize, type: u32, length: u32): bool {
    // Without an address it came straight here.
    if (length <= ROUTE_HEAD) return true;
    const state = Memory.state();
    const list = ReturnRoute.list();
    memory.fill(list, 0, 40);
    store<u8>(list, <u8>type);
    store<u8>(list, <u8>length, 1);
    store<u8>(list, <u8>ROUTE_FIRST, 2);
    for (let at = ROUTE_HEAD; at < length; at += 4) {
      const address = load<u32>(option + at);
      if (!ReturnRoute.isRouter(address)) return false;
      store<u32>(list + (length - 4 + ROUTE_HEAD - at), address);
    }
    if (type == IPV4_OPTION_STRICT_ROUTE && !Interfaces.nic().isOnLink(OptionsOut.firstHop(list))) return false;
    state.bytes = (length + 3) & ~3;
    return true;
  }

  private static isRouter(address: u32): bool {
    return Ipv4Address.isUnicast(address) && !Interfaces.isLocal(address) && address != Interfaces.nic().broadcast;
  }

  /** Bytes of the list when the datagram that is being handled came from `remote` (network order) over a source route; else 0. */
  @inline static bytesTo(remote: u32): u32 {
    return CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE && Memory.state().source == remote ? Memory.state().bytes : 0;
  }

  /** usize → u8[40]: the list. */
  static list(): usize {
    return changetype<usize>(Memory.state()) + offsetof<State>("list");
  }

  /** Where an answer to `remote` goes first, network order. */
  @inline static hop(remote: u32): u32 {
    return ReturnRoute.bytesTo(remote) ? OptionsOut.firstHop(ReturnRoute.list()) : remote;
  }
}
