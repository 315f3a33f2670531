/**
 * UDP input (RFC 768; RFC 1122 §4.1). The payload goes from the frame being read straight into the ring of the socket,
 * its checksum taken on the way; the record is committed only when the checksum is right.
 */
import { CONFIG_NET_IPV4_IGMP, CONFIG_NET_SOCKETS_MTU_DISCOVER } from "../../../config";
import { Device } from "../../../hal/device";
import { Frame } from "../../../hal/frame";
import { bulk_add_carry, bulk_sum, bulk_sum5, guest_store8 } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";
import { Be } from "../../base/be";
import { Checksum } from "../../base/checksum";
import {
  COUNTER_DROP_UDP_BROADCAST,
  COUNTER_DROP_UDP_CHECKSUM,
  COUNTER_DROP_UDP_CLOSED,
  COUNTER_DROP_UDP_LENGTH,
  COUNTER_DROP_UDP_RING_FULL,
  COUNTER_IP_IN,
  COUNTER_UDP_DIRECT_IN,
  COUNTER_UDP_IN,
  Counter,
} from "../../base/counters";
import { ECONNREFUSED, EMSGSIZE, ENOPROTOOPT } from "../../base/errno";
import { Ipv4Output } from "../../ip/ipv4-output";
import { Memberships } from "../../ip/multicast/memberships";
import { INTERFACE_LOOPBACK, INTERFACE_NIC } from "../../link/interface";
import { OwnPorts, SERVICES } from "../../service/own-ports";
import { Services } from "../../service/services";
import { DATAGRAM_HEADER_BYTES } from "../../socket/datagram-ring";
import { Multicast } from "../../socket/multicast";
import { DISCOVER_DO, PathDiscovery } from "../../socket/path-discovery";
import { Socket, STATE_READ_SHUT } from "../../socket/socket";
import { Task, Tasks } from "../../socket/task";
import { ICMP_CODE_FRAGMENTATION_NEEDED } from "../../wire/icmpv4";
import { Ipv4Address } from "../../wire/ipv4";
import { UdpTable } from "./socket-table";

/** Bytes of the UDP header. */
export const UDP_HEADER_BYTES: u32 = 8;
/** Protocol number, as the 16-bit word [0, protocol] of the pseudo-header lies in memory. */
export const UDP_PSEUDO_PROTOCOL: u32 = 17 << 8;
/** Largest payload for a service of the stack: what fits one frame. */
const SERVICE_BYTES: u32 = 1472;
/** Answer of `input`: nobody listens on that port, and the payload has not been read. */
export const NO_PORT: i32 = 1;

/** ICMP type 3 and its codes that end a wait (RFC 1122 §4.2.3.9 calls them hard errors). */
const ICMP_UNREACHABLE: u32 = 3;
const CODE_PROTOCOL: u32 = 2;
const CODE_PORT: u32 = 3;

export class Udp {
  /**
   * Takes one datagram of the fast path: unicast, from the chip. When a call waits for it, the payload goes from the chip
   * straight into that call's buffer; everything else is for `input`. A datagram whose checksum is wrong has written there
   * too, but the call goes on waiting and never says so; bytes behind the payload stay untouched.
   * Parameters and answer as of `input`.
   */
  @inline static inputPlain(device: Device, left: u32, src: u32, dst: u32, length: u32, word0: u32, word1: u32): i32 {
    const payload = Be.swap16(word1) - UDP_HEADER_BYTES;
    const p = UdpTable.find(dst, src, word0);
    const lender = Tasks.lender(p);
    // A length that is not the datagram's own is for `input`, which may have to count it.
    if (lender < 0 || payload != length - UDP_HEADER_BYTES || payload > Task.at(lender).lentLength) {
      device.rxWords = left;
      Counter.add(COUNTER_IP_IN);
      return Udp.input(device, 0, src, dst, length, word0, word1);
    }
    const task = Task.at(lender);
    const words = payload >>> 2;
    const seed = bulk_sum5(src, dst, word0, word1, UDP_PSEUDO_PROTOCOL | (word1 << 16));
    device.rxWords = left;
    let sum = Nic.rxReadGuestSum(device, lender, task.lentBuffer, words, seed);
    if (payload & 3)
      sum = bulk_add_carry(sum, Udp.takeTail(device, lender, task.lentBuffer + (words << 2), payload & 3));
    if (!Checksum.isValid(sum) && word1 >>> 16) {
      Counter.add(COUNTER_IP_IN);
      Counter.add(COUNTER_DROP_UDP_CHECKSUM);
      return 0;
    }
    task.fillFrom(payload, src, word0 & 0xffff);
    Counter.add(COUNTER_UDP_DIRECT_IN);
    return 0;
  }

  /**
   * Takes one datagram. One that comes to many, as broadcast or multicast, is copied to every socket that fits (RFC 1122 §4.1.3.5), with
   * CONFIG_NET_IPV4_IGMP to those that are members of the group; none is no error.
   *
   * @param device the frame being read; its next word is the first payload word
   * @param flags  bit 0 link broadcast or multicast, bit 1 IP broadcast, bit 2 IP multicast
   * @param src    source address, network order; already known not to be a martian
   * @param dst    destination address, network order
   * @param length bytes of IP payload (≥ 8), all of them present
   * @param word0  ports; @param word1 length and checksum: the header as it lies in memory
   * @returns      0 = delivered or counted as dropped; NO_PORT = nobody listens, nothing was read
   * @see RFC 768; RFC 1122 §4.1.3.4 (checksum)
   */
  static input(device: Device, flags: u32, src: u32, dst: u32, length: u32, word0: u32, word1: u32): i32 {
    const payload = Be.swap16(word1) - UDP_HEADER_BYTES;
    // One compare for both: a length below 8 wraps around and is larger than anything.
    if (payload > length - UDP_HEADER_BYTES) {
      Counter.add(COUNTER_DROP_UDP_LENGTH);
      return 0;
    }
    if (SERVICES && OwnPorts.has(word0 >>> 16)) return Udp.inputService(device, src, dst, payload, word0, word1);
    let p = flags ? UdpTable.first(word0 >>> 16) : UdpTable.find(dst, src, word0);
    if (!p && !flags) return NO_PORT;
    const words = (payload + 3) >>> 2;
    const seed = bulk_sum5(src, dst, word0, word1, UDP_PSEUDO_PROTOCOL | (word1 << 16));
    let source: usize = 0;
    let fits = false;
    for (; p; p = Socket.at(p).hashNext) {
      const socket = Socket.at(p);
      if (flags && !Udp.getsCopy(socket, src, dst, word0)) continue;
      fits = true;
      const ring = socket.ring();
      const record = ring.reserve(words);
      if (record) {
        const data = record + DATAGRAM_HEADER_BYTES;
        // The first copy comes from the frame; the others from it.
        if (source) {
          memory.copy(data, source, words << 2);
        } else {
          let sum = Frame.readSum(device, data, words, seed);
          if (payload & 3) sum = Udp.trim(sum, data, payload, words);
          if (!Checksum.isValid(sum) && word1 >>> 16) {
            Counter.add(COUNTER_DROP_UDP_CHECKSUM);
            return 0;
          }
          if (socket.options & STATE_READ_SHUT) {
            Counter.add(COUNTER_DROP_UDP_CLOSED);
            return 0;
          }
          source = data;
          Counter.add(COUNTER_UDP_IN);
        }
        ring.commit(record, payload, src, word0 & 0xffff);
        Tasks.wake(p);
      } else {
        Counter.add(COUNTER_DROP_UDP_RING_FULL);
      }
      if (!flags) return 0;
    }
    if (!fits) Counter.add(COUNTER_DROP_UDP_BROADCAST);
    return 0;
  }

  /** A datagram for a service of the stack: read into the staging buffer, which is free while a frame is being read. */
  private static inputService(device: Device, src: u32, dst: u32, payload: u32, word0: u32, word1: u32): i32 {
    if (payload > SERVICE_BYTES) {
      Counter.add(COUNTER_DROP_UDP_LENGTH);
      return 0;
    }
    const data = Ipv4Output.payload();
    const words = (payload + 3) >>> 2;
    let sum = bulk_sum5(src, dst, word0, word1, UDP_PSEUDO_PROTOCOL | (word1 << 16));
    sum = Frame.takeSum(device, data, words, sum);
    if (payload & 3) sum = Udp.trim(sum, data, payload, words);
    if (!Checksum.isValid(sum) && word1 >>> 16) Counter.add(COUNTER_DROP_UDP_CHECKSUM);
    else Services.input(src, word0, data, payload);
    return 0;
  }

  /** Takes the last word of a payload, of which `bytes` (1 to 3) belong to it; they are stored. @returns the word, masked */
  static takeTail(device: Device, task: i32, guest: usize, bytes: u32): u32 {
    device.rxWords -= 1;
    const word = Nic.rxWord(device) & Checksum.lastWordMask(bytes);
    let rest = word;
    for (let i: u32 = 0; i < bytes; i++) {
      guest_store8(task, guest + i, rest);
      rest >>>= 8;
    }
    return word;
  }

  /**
   * True when the checksum of a datagram that nobody takes is right, so that it may be answered with an ICMP error.
   * @param data usize → u8[payload], padded to words in core memory (4-aligned); payload = bytes after the UDP header
   */
  static isIntact(src: u32, dst: u32, word0: u32, word1: u32, data: usize, payload: u32): bool {
    if (!(word1 >>> 16)) return true;
    const words = (payload + 3) >>> 2;
    const seed = bulk_sum5(src, dst, word0, word1, UDP_PSEUDO_PROTOCOL | (word1 << 16));
    let sum = bulk_sum(data, words, seed);
    if (payload & 3) sum = Udp.trim(sum, data, payload, words);
    return Checksum.isValid(sum);
  }

  /** Takes the bytes behind the payload out of `sum` and zeroes them. */
  @inline private static trim(sum: u32, data: usize, payload: u32, words: u32): u32 {
    const place = data + ((words - 1) << 2);
    const last = load<u32>(place);
    const kept = last & Checksum.lastWordMask(payload);
    store<u32>(place, kept);
    return bulk_add_carry(Checksum.subtract(sum, last), kept);
  }

  /** True when `socket` is one of those that get a copy of a broadcast or multicast datagram. */
  private static getsCopy(socket: Socket, src: u32, dst: u32, ports: u32): bool {
    if (!UdpTable.score(socket, dst, src, ports) || socket.has(STATE_READ_SHUT)) return false;
    return !CONFIG_NET_IPV4_IGMP || Udp.isMember(changetype<usize>(socket), src, dst);
  }

  /** True when the socket at `p` wants a datagram to `dst`: a broadcast, or one to a group that it is a member of, from a source that it hears. */
  private static isMember(p: usize, src: u32, dst: u32): bool {
    if (!Ipv4Address.isMulticast(dst)) return true;
    // A copy of what went out to the NIC comes over the loopback device too, but from the address of the NIC.
    const index = Ipv4Address.isLoopback(src) ? INTERFACE_LOOPBACK : INTERFACE_NIC;
    return Memberships.accepts(p, dst, src, index, Multicast.all(Socket.at(p)));
  }

  /**
   * An ICMP error about a datagram that we sent, its quote checked by the caller. A connected socket hears of a port
   * or protocol that does not exist, and, where its datagrams are not fragmented, of one that the path does not take (EMSGSIZE; Linux says that
   * to sockets with DISCOVER_WANT too, although their next datagram is sent in fragments); everything else is a hint that the network may mend
   * (RFC 1122 §4.1.3.3).
   * @param src quoted source (ours), network order; @param dst quoted destination; @param ports quoted port word
   */
  static icmpError(src: u32, dst: u32, ports: u32, type: u32, code: u32): void {
    const tooBig = CONFIG_NET_SOCKETS_MTU_DISCOVER && code == ICMP_CODE_FRAGMENTATION_NEEDED;
    if (type != ICMP_UNREACHABLE || (code != CODE_PORT && code != CODE_PROTOCOL && !tooBig)) return;
    // Seen from here the quoted datagram has source and destination exchanged.
    const seen = rotl<u32>(ports, 16);
    for (let p = UdpTable.first(seen >>> 16); p; p = Socket.at(p).hashNext) {
      const socket = Socket.at(p);
      if (socket.remoteAddress != dst || socket.ports != seen) continue;
      if (socket.localAddress && socket.localAddress != src) continue;
      if (tooBig && PathDiscovery.mode(socket) < DISCOVER_DO) continue;
      socket.setError(tooBig ? EMSGSIZE : code == CODE_PORT ? ECONNREFUSED : ENOPROTOOPT);
      Tasks.wake(p);
    }
  }
}
