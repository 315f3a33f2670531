/**
 * IP_OPTIONS of a socket (RFC 1122 §4.1.3.2, §4.2.3.8; ip(7) of Linux): options that are in each IP header that it sends. With a source
 * route everything goes to the first hop, and over no other router when the route is strict. They lie in a table beside the pool of sockets, so
 * that records do not grow. Only with CONFIG_NET_IPV4_HDR_OPTIONS.
 *
 * The connections of a listener do not have its options, as on Linux, but for a source route that their peer came over (return-route.ts).
 */
import { CONFIG_APP_RAW_SOCKETS, CONFIG_NET_IPV4_HDR_OPTIONS } from "../../config";
import { OptionsOut } from "../ip/options-out";
import { ReturnRoute } from "../ip/return-route";
import { Route } from "../ip/route";
import { ON_LINK } from "../link/on-link";
import { IPV4_OPTION_STRICT_ROUTE, IPV4_OPTIONS_MAX_BYTES } from "../wire/ipv4-option";
import { HeaderOptionEntry, HeaderOptionTable } from "./header-option-table";
import { Socket, SocketPool } from "./socket";

export class HeaderOptions {
  private static of(socket: Socket): HeaderOptionEntry {
    return HeaderOptionTable.at(SocketPool.indexOf(changetype<usize>(socket)));
  }

  /** Bytes of options in each header that `socket` sends: 0 to 40, a multiple of 4. */
  @inline static bytes(socket: Socket): u32 {
    return CONFIG_NET_IPV4_HDR_OPTIONS ? HeaderOptions.of(socket).bytes : 0;
  }

  /** usize → u8[bytes]: as they were set. */
  static list(socket: Socket): usize {
    return HeaderOptions.of(socket).list();
  }

  /**
   * Sets the options; they are filled up with zeros to a multiple of 4.
   * @param list usize → u8[40], of which `bytes` count; changed @param bytes 0 to 40; 0 = none
   * @returns 0, or -EINVAL: see OptionsOut.check. Nothing has changed then.
   */
  static set(socket: Socket, list: usize, bytes: u32): i32 {
    const whole = (bytes + 3) & ~3;
    memory.fill(list + bytes, 0, whole - bytes);
    const route = OptionsOut.check(list, whole, CONFIG_APP_RAW_SOCKETS);
    if (route < 0) return route;
    const options = HeaderOptions.of(socket);
    options.bytes = whole;
    options.route = <u32>route;
    memory.copy(options.list(), list, IPV4_OPTIONS_MAX_BYTES);
    // What is remembered of the way to the last destination is a header without options.
    socket.forgetWay();
    return 0;
  }

  /** `socket` is a connection that the datagram which is being handled has completed: what it sends goes back the way that that one came. */
  static keepRoute(socket: Socket): void {
    const bytes = ReturnRoute.bytesTo(socket.remoteAddress);
    if (!bytes) return;
    const options = HeaderOptions.of(socket);
    options.bytes = bytes;
    options.route = 1;
    memory.copy(options.list(), ReturnRoute.list(), IPV4_OPTIONS_MAX_BYTES);
  }

  /** True when they have a source route. */
  static hasRoute(socket: Socket): bool {
    return CONFIG_NET_IPV4_HDR_OPTIONS && HeaderOptions.of(socket).route != 0;
  }

  /** Where what goes to the peer of `socket` goes first, network order. */
  @inline static hop(socket: Socket): u32 {
    return CONFIG_NET_IPV4_HDR_OPTIONS ? HeaderOptions.firstHop(socket, socket.remoteAddress) : socket.remoteAddress;
  }

  private static firstHop(socket: Socket, destination: u32): u32 {
    const options = HeaderOptions.of(socket);
    return options.route ? OptionsOut.firstHop(options.list() + options.route - 1) : destination;
  }

  /** As Route.find for what `socket` sends to `destination`, network order. */
  @inline static find(socket: Socket, destination: u32): usize {
    if (!CONFIG_NET_IPV4_HDR_OPTIONS) return Route.find(destination, socket.way);
    return HeaderOptions.route(socket, destination);
  }

  private static route(socket: Socket, destination: u32): usize {
    const options = HeaderOptions.of(socket);
    const route = options.route;
    const strict = route && <u32>load<u8>(options.list() + route - 1) == IPV4_OPTION_STRICT_ROUTE;
    return Route.find(HeaderOptions.firstHop(socket, destination), strict ? socket.way | ON_LINK : socket.way);
  }

  /** Writes them into what is being built in the staging buffer: see OptionsOut.write. */
  static write(socket: Socket, source: u32, destination: u32, offset: u32): void {
    const options = HeaderOptions.of(socket);
    OptionsOut.write(options.list(), options.bytes, source, destination, offset);
  }
}
