/**
 * Raw sockets send: a payload behind a header that is made here, in fragments when it is larger than the path's MTU, or a datagram that
 * brings its own header (IP_HDRINCL), of which what may be 0 is filled in. Everything is built in the staging buffer.
 *
 * @see Linux's raw(7)
 */
import { CONFIG_NET_IPV4_FRAGMENT, CONFIG_NET_IPV4_HDR_OPTIONS } from "../../config";
import { Device } from "../../hal/device";
import { bulk_sum } from "../../hal/imports";
import { Checksum } from "../base/checksum";
import { COUNTER_RAW_OUT, Counter } from "../base/counters";
import { EINVAL, EMSGSIZE } from "../base/errno";
import { Ipv4Output } from "../ip/ipv4-output";
import { Route } from "../ip/route";
import { BROADCAST_ADDRESS, Interfaces } from "../link/interface";
import { Neighbour } from "../link/neighbour";
import { ERROR_QUEUE, ErrorQueue } from "../socket/error-queue";
import { GuestVector } from "../socket/guest-vector";
import { HeaderOptions } from "../socket/header-options";
import { Socket } from "../socket/socket";
import { ETHERNET_SPACE } from "../wire/ethernet";
import { IPV4_HEADER_BYTES, IPV4_WORD_DONT_FRAGMENT, Ipv4Address, Ipv4Header } from "../wire/ipv4";
import { RawFields } from "./raw-fields";

/** Bytes of the largest datagram. */
const LARGEST_DATAGRAM: u32 = 65_535;

export class RawOutput {
  /**
   * Sends one datagram.
   *
   * @param destination next destination, network order; not 0. With IP_HDRINCL it decides about the way alone, as on Linux: the header
   *                    keeps its own
   * @param vector      the payload, or the datagram with its header
   * @returns 0, or -EMSGSIZE (larger than a datagram can be; than the MTU without fragmentation, or of the link with IP_HDRINCL), -EINVAL
   *          (IP_HDRINCL: shorter than a header, or than the header says it is; or the header says that it has less than 20 bytes, which
   *          Linux would send; or the socket has IP_OPTIONS as well), -EAGAIN (the chip has no room now), -ENETUNREACH (no route), -EHOSTUNREACH (the neighbour does not
   *          answer), -ENOBUFS (no room to queue it)
   */
  static send(socket: Socket, destination: u32, task: i32, vector: GuestVector): i32 {
    if (vector.total > LARGEST_DATAGRAM) return -EMSGSIZE;
    const optionBytes = HeaderOptions.bytes(socket);
    // There is no saying which of the two headers would count.
    if (CONFIG_NET_IPV4_HDR_OPTIONS && optionBytes && RawFields.of(socket).headerIncluded) return -EINVAL;
    const p = HeaderOptions.find(socket, destination);
    if (!p) return Route.error();
    const neighbour = Neighbour.at(p);
    RawFields.of(socket).lastDestination = destination;
    if (RawFields.of(socket).headerIncluded) {
      if (ERROR_QUEUE) RawOutput.checkIncluded(socket, neighbour, destination, vector.total);
      return RawOutput.sendIncluded(neighbour, RawOutput.source(socket, neighbour), task, vector);
    }
    if (vector.total > LARGEST_DATAGRAM - IPV4_HEADER_BYTES - optionBytes) return -EMSGSIZE;
    return RawOutput.sendPayload(socket, neighbour, destination, task, vector);
  }

  /** IP_HDRINCL: a datagram that is larger than the link takes will be refused; with IP_RECVERR the socket can read by how much. */
  private static checkIncluded(socket: Socket, neighbour: Neighbour, destination: u32, length: u32): void {
    const mtu = Device.at(neighbour.device).mtu;
    if (length > mtu) ErrorQueue.tooBig(socket, destination, 0, mtu);
  }

  /** The address that datagrams of `socket` come from. One that is bound to a group or a broadcast address sends from the interface's. */
  private static source(socket: Socket, neighbour: Neighbour): u32 {
    const local = socket.localAddress;
    const isOwn =
      local && !Ipv4Address.isMulticast(local) && local != BROADCAST_ADDRESS && local != Interfaces.nic().broadcast;
    return isOwn ? local : Route.source(neighbour);
  }

  private static sendPayload(
    socket: Socket,
    neighbour: Neighbour,
    destination: u32,
    task: i32,
    vector: GuestVector,
  ): i32 {
    const protocol = RawFields.of(socket).protocol;
    const source = RawOutput.source(socket, neighbour);
    const length = vector.total;
    const optionBytes = HeaderOptions.bytes(socket);
    const room = neighbour.mtu(destination) - IPV4_HEADER_BYTES - optionBytes;
    const fragmented = length > room;
    if (fragmented && !CONFIG_NET_IPV4_FRAGMENT) {
      if (ERROR_QUEUE) ErrorQueue.tooBig(socket, destination, 0, room + IPV4_HEADER_BYTES);
      return -EMSGSIZE;
    }
    const fragment = fragmented ? Ipv4Output.nextId(destination, source, protocol) : IPV4_WORD_DONT_FRAGMENT;
    let offset: u32 = 0;
    do {
      const left = length - offset;
      const more = left > room;
      // Fragments carry multiples of 8 bytes.
      const bytes = more ? room & ~7 : left;
      const ttlTos = socket.ttlTos;
      const place = Ipv4Output.begin(
        source,
        destination,
        protocol,
        ttlTos,
        fragment | Ipv4Output.fragment(offset, more),
        bytes + optionBytes,
      );
      if (CONFIG_NET_IPV4_HDR_OPTIONS && optionBytes) HeaderOptions.write(socket, source, destination, offset);
      vector.read(task, place + optionBytes, offset, bytes);
      const result = Ipv4Output.sendStaged(neighbour, bytes + optionBytes);
      // Once part of it is on the wire the rest is lost like any other datagram.
      if (result < 0) return offset ? 0 : result;
      offset += bytes;
    } while (offset < length);
    Counter.add(COUNTER_RAW_OUT);
    return 0;
  }

  /** Always filled in: total length and checksum. Filled in when 0: source and identification. */
  private static sendIncluded(neighbour: Neighbour, source: u32, task: i32, vector: GuestVector): i32 {
    const length = vector.total;
    if (length > Device.at(neighbour.device).mtu) return -EMSGSIZE;
    if (length < IPV4_HEADER_BYTES) return -EINVAL;
    const place = Ipv4Output.buffer() + ETHERNET_SPACE;
    vector.read(task, place, 0, length);
    const header = Ipv4Header.at(place);
    const headerBytes = header.headerBytes();
    if (headerBytes < IPV4_HEADER_BYTES || headerBytes > length) return -EINVAL;
    if (!header.sourceBe()) header.setSourceBe(source);
    if (!header.identificationBe()) {
      const id = Ipv4Output.nextId(header.destinationBe(), header.sourceBe(), header.protocol());
      header.setIdentificationBe(id);
    }
    header.setTotalLength(length);
    header.setChecksumBe(0);
    header.setChecksumBe(Checksum.finish(bulk_sum(place, headerBytes >>> 2, 0)));
    const result = Ipv4Output.sendStaged(neighbour, length - IPV4_HEADER_BYTES);
    if (result < 0) return result;
    Counter.add(COUNTER_RAW_OUT);
    return 0;
  }
}
