/**
 * UDP output (RFC 768). The fast path sums the payload where it lies, in the application's memory, writes the headers
 * into the chip and moves the payload there: no buffer in between. What it does not take (an unresolved neighbour,
 * loopback, more than one fragment, an unaligned or gathered payload) is built in the staging buffer.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_IPV4_FRAGMENT,
  CONFIG_NET_IPV4_HDR_OPTIONS,
  CONFIG_NET_IPV4_IGMP,
} from "../../../config";
import { bulk_add_carry, bulk_sum5, guest_sum } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import { COUNTER_UDP_DIRECT_OUT, COUNTER_UDP_OUT, Counter } from "../../base/counters";
import { EAGAIN, EINVAL, EMSGSIZE } from "../../base/errno";
import { Ipv4Output } from "../../ip/ipv4-output";
import { Route } from "../../ip/route";
import { BROADCAST_ADDRESS, Interfaces } from "../../link/interface";
import { Neighbour, Neighbours } from "../../link/neighbour";
import { ERROR_QUEUE, ErrorQueue, SEND_STAMPS } from "../../socket/error-queue";
import { GuestVector } from "../../socket/guest-vector";
import { HeaderOptions } from "../../socket/header-options";
import { Multicast } from "../../socket/multicast";
import { DISCOVER_DO, DISCOVER_DONT, PathDiscovery } from "../../socket/path-discovery";
import { Socket } from "../../socket/socket";
import { Timestamping } from "../../socket/timestamping";
import { IPV4_WORD_DONT_FRAGMENT, Ipv4Address } from "../../wire/ipv4";
import { UDP_HEADER_BYTES, UDP_PSEUDO_PROTOCOL } from "./input";

const PROTOCOL_UDP: u32 = 17;
const ETHERNET_HEADER_BYTES: u32 = 14;
const IP_HEADER_BYTES: u32 = 20;
const HEADERS_BYTES: u32 = ETHERNET_HEADER_BYTES + IP_HEADER_BYTES + UDP_HEADER_BYTES;
/** Version 4, header of five words. */
const VERSION_IHL: u32 = 0x45;
/** "Don't fragment", as the 16-bit flags word lies in memory. An atomic datagram needs no identification (RFC 6864). */
const DONT_FRAGMENT: u32 = 0x0040;
/** Largest payload of a UDP datagram over IPv4. */
const MAX_PAYLOAD: u32 = 65_535 - IP_HEADER_BYTES - UDP_HEADER_BYTES;

/** Answer of `send`: nothing was sent, `sendDirect` can do it now. No errno has this number. */
export const SEND_DIRECT: i32 = -1000;

export class UdpOutput {
  /**
   * Sends one datagram, or finds out that `sendDirect` can.
   *
   * @param socket      bound (has a local port)
   * @param destination address, network order; not 0
   * @param ports       local port in the low half, destination port in the high half, network order
   * @param vector      the payload, checked to lie in the application's memory
   * @returns           0, SEND_DIRECT, or -EMSGSIZE (larger than a datagram can be, or than the MTU without fragmentation or with DISCOVER_DO or _PROBE),
   *                    -EAGAIN (the chip has no room now), -ENETUNREACH (no route), -EHOSTUNREACH (the neighbour
   *                    does not answer), -ENOBUFS (no room to queue it)
   */
  static send(socket: Socket, destination: u32, ports: u32, task: i32, vector: GuestVector): i32 {
    if (vector.total > MAX_PAYLOAD) return -EMSGSIZE;
    if (CONFIG_NET_IPV4_IGMP && Ipv4Address.isMulticast(destination)) {
      return UdpOutput.sendMulticast(socket, destination, ports, task, vector);
    }
    const p = HeaderOptions.find(socket, destination);
    if (!p) return Route.error();
    const neighbour = Neighbour.at(p);
    const source = UdpOutput.isSource(socket.localAddress) ? socket.localAddress : Route.source(neighbour);
    // The short way sets "don't fragment", knows no options and stamps nothing.
    const slowly = (SEND_STAMPS && Timestamping.stampsSent(socket)) || HeaderOptions.bytes(socket) != 0;
    if (CONFIG_NET_FAST_PATHS && neighbour.isDirect() && PathDiscovery.mode(socket) != DISCOVER_DONT && !slowly) {
      UdpOutput.remember(socket, neighbour, source, destination);
      if (vector.count == 1 && UdpOutput.isDirect(socket, destination, vector.first, vector.total)) return SEND_DIRECT;
    }
    return UdpOutput.sendStaged(socket, neighbour, source, destination, ports, task, vector);
  }

  /** To a group, always through the staging buffer: members on this host may want a copy. Parameters and answer as of `send`, and -EINVAL: there is no source route to a group (RFC 1112 §6.1). */
  private static sendMulticast(socket: Socket, destination: u32, ports: u32, task: i32, vector: GuestVector): i32 {
    if (HeaderOptions.hasRoute(socket)) return -EINVAL;
    const p = Route.find(destination, Multicast.route(socket, destination));
    if (!p) return Route.error();
    const neighbour = Neighbour.at(p);
    const source = Multicast.source(socket, neighbour);
    return UdpOutput.sendStaged(socket, neighbour, source, destination, ports, task, vector);
  }

  /**
   * True when a socket that is bound to `address` sends from it: not from any, a group or a broadcast address (RFC 1122 §3.2.1.3: no
   * datagram comes from these).
   */
  private static isSource(address: u32): bool {
    return (
      address != 0 &&
      address != BROADCAST_ADDRESS &&
      address != Interfaces.nic().broadcast &&
      !Ipv4Address.isMulticast(address)
    );
  }

  /** Notes what the next datagram to `destination` needs (see Socket.cachedDestination). */
  private static remember(socket: Socket, neighbour: Neighbour, source: u32, destination: u32): void {
    const ttlTos = socket.ttlTos;
    socket.cachedDestination = destination;
    socket.cachedGeneration = Neighbours.generation();
    socket.cachedHeader0 = neighbour.header0;
    socket.cachedHeader1 = neighbour.header1;
    socket.cachedHeader2 = neighbour.header2;
    socket.cachedHeader3 = neighbour.header3;
    socket.cachedRoom = PathDiscovery.room(socket, neighbour, destination) - (IP_HEADER_BYTES + UDP_HEADER_BYTES);
    socket.cachedSource = source;
    socket.cachedIpSum = bulk_sum5(
      VERSION_IHL | (ttlTos & 0xff00),
      DONT_FRAGMENT << 16,
      (ttlTos & 0xff) | (PROTOCOL_UDP << 8),
      source,
      destination,
    );
    socket.cachedPseudoSum = bulk_sum5(source, destination, UDP_PSEUDO_PROTOCOL, 0, 0);
  }

  /**
   * True when `sendDirect` takes a payload of one buffer: what the socket remembers still holds, so route, next hop and
   * permissions are as last time; it is aligned and fits one frame.
   */
  @inline static isDirect(socket: Socket, destination: u32, buffer: usize, length: u32): bool {
    return (
      CONFIG_NET_FAST_PATHS &&
      socket.cachedGeneration == Neighbours.generation() &&
      socket.cachedDestination == destination &&
      length <= socket.cachedRoom &&
      !(buffer & 3)
    );
  }

  /**
   * Sends one datagram from the application's memory straight into the chip. `isDirect` has said that it can be.
   * @returns 0, or -EAGAIN: the chip has no room now
   */
  @inline static sendDirect(socket: Socket, destination: u32, ports: u32, task: i32, buffer: usize, length: u32): i32 {
    const device = Interfaces.nicDevice();
    // Asked first: from here on nothing fails, and what the caller needs for another way need not be kept.
    if (!Nic.txBegin(device, length + HEADERS_BYTES)) return -EAGAIN;
    const udpLength = Be.swap16(length + UDP_HEADER_BYTES);
    // The length counts twice: in the pseudo-header and in the header.
    const pseudo = bulk_add_carry(bulk_add_carry(socket.cachedPseudoSum, ports), udpLength << 1);
    const sum = guest_sum(task, buffer, length, pseudo);
    Nic.txHeader(
      device,
      length + HEADERS_BYTES,
      socket.cachedHeader0,
      socket.cachedHeader1,
      socket.cachedHeader2,
      socket.cachedHeader3,
    );
    const ttlTos = socket.ttlTos;
    const lengthWord = Be.high16(length + (IP_HEADER_BYTES + UDP_HEADER_BYTES));
    const headerSum = Checksum.finish(bulk_add_carry(socket.cachedIpSum, lengthWord));
    Nic.txWord(device, VERSION_IHL | (ttlTos & 0xff00) | lengthWord);
    Nic.txWord(device, DONT_FRAGMENT << 16);
    Nic.txWord(device, (ttlTos & 0xff) | (PROTOCOL_UDP << 8) | (headerSum << 16));
    Nic.txWord(device, socket.cachedSource);
    Nic.txWord(device, destination);
    Nic.txWord(device, ports);
    Nic.txWord(device, udpLength | (UdpOutput.checksum(sum) << 16));
    Nic.txWriteGuest(device, task, buffer, length);
    Nic.txEnd(device);
    Counter.add(COUNTER_UDP_DIRECT_OUT);
    return 0;
  }

  /** The checksum field: a sum of 0 is sent as all ones, since 0 means "none" (RFC 768). */
  @inline private static checksum(sum: u32): u32 {
    const value = Checksum.finish(sum);
    return value ? value : 0xffff;
  }

  /** `sendDirect` as a function of its own: for the ways that are taken less often, and for small images. */
  static sendDirectCalled(socket: Socket, destination: u32, ports: u32, task: i32, buffer: usize, length: u32): i32 {
    return UdpOutput.sendDirect(socket, destination, ports, task, buffer, length);
  }

  /**
   * Builds the datagram, or its fragments, in the staging buffer. The checksum covers the whole payload and stands in
   * the first fragment, so the payload is summed in a pass of its own.
   */
  private static sendStaged(
    socket: Socket,
    neighbour: Neighbour,
    source: u32,
    destination: u32,
    ports: u32,
    task: i32,
    vector: GuestVector,
  ): i32 {
    const length = vector.total;
    const datagram = length + UDP_HEADER_BYTES;
    const optionBytes = HeaderOptions.bytes(socket);
    if (CONFIG_NET_IPV4_HDR_OPTIONS && length > MAX_PAYLOAD - optionBytes) return -EMSGSIZE;
    // Fragments carry multiples of 8 bytes.
    const mtuPayload = PathDiscovery.room(socket, neighbour, destination) - IP_HEADER_BYTES - optionBytes;
    const fragmentPayload = mtuPayload & ~7;
    const fragmented = datagram > mtuPayload;
    const mode = PathDiscovery.mode(socket);
    if (fragmented && (!CONFIG_NET_IPV4_FRAGMENT || mode >= DISCOVER_DO)) {
      if (ERROR_QUEUE) ErrorQueue.tooBig(socket, destination, ports >>> 16, mtuPayload + IP_HEADER_BYTES + optionBytes);
      return -EMSGSIZE;
    }
    const dontFragment = !fragmented && mode != DISCOVER_DONT;
    const udpLength = Be.swap16(datagram);
    let sum = bulk_sum5(source, destination, ports, udpLength, UDP_PSEUDO_PROTOCOL | (udpLength << 16));
    if (fragmented) sum = UdpOutput.sumThrough(task, vector, sum);
    // What may be fragmented, here or on the way, needs an identification (RFC 6864 §4.1).
    const fragment = dontFragment ? IPV4_WORD_DONT_FRAGMENT : Ipv4Output.nextId(destination, source, PROTOCOL_UDP);
    const toGroup = CONFIG_NET_IPV4_IGMP && Ipv4Address.isMulticast(destination);
    const ttlTos = toGroup ? Multicast.ttlTos(socket) : socket.ttlTos;
    let offset: u32 = 0;
    while (offset < datagram) {
      const left = datagram - offset;
      const more = left > mtuPayload;
      const bytes = more ? fragmentPayload : left;
      const start =
        Ipv4Output.begin(
          source,
          destination,
          PROTOCOL_UDP,
          ttlTos,
          fragment | Ipv4Output.fragment(offset, more),
          bytes + optionBytes,
        ) + optionBytes;
      if (CONFIG_NET_IPV4_HDR_OPTIONS && optionBytes) HeaderOptions.write(socket, source, destination, offset);
      let place = start;
      let payload = bytes;
      if (!offset) {
        store<u32>(place, ports);
        store<u32>(place, udpLength, 4);
        place += UDP_HEADER_BYTES;
        payload -= UDP_HEADER_BYTES;
      }
      vector.read(task, place, offset ? offset - UDP_HEADER_BYTES : 0, payload);
      if (!offset) {
        if (!fragmented) sum = Checksum.sumBytes(place, payload, sum);
        store<u16>(start, <u16>UdpOutput.checksum(sum), 6);
      }
      const result = toGroup
        ? Multicast.sendStaged(socket, neighbour, destination, bytes + optionBytes)
        : Ipv4Output.sendStaged(neighbour, bytes + optionBytes);
      if (result < 0) {
        // Part of a datagram is on the wire: the rest is lost like any other datagram, and counted as such.
        return offset ? 0 : result;
      }
      offset += bytes;
    }
    Counter.add(COUNTER_UDP_OUT);
    return 0;
  }

  /** Sum of the whole payload, taken through the staging buffer piece by piece. */
  private static sumThrough(task: i32, vector: GuestVector, seed: u32): u32 {
    const buffer = Ipv4Output.buffer();
    let sum = seed;
    let offset: u32 = 0;
    while (offset < vector.total) {
      const left = vector.total - offset;
      const bytes = left < 1024 ? left : 1024;
      vector.read(task, buffer, offset, bytes);
      sum = Checksum.sumBytes(buffer, bytes, sum);
      offset += bytes;
    }
    return sum;
  }
}
