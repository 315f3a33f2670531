/**
 * Raw sockets receive. Every datagram that IPv4 has found to be good, put together if it came in fragments, is shown to every raw socket of
 * its protocol before the protocol itself sees it; each gets a copy, as long as its ring has room. The stack handles the datagram all the
 * same. At most CONFIG_NET_MAX_CONTEXTS copies of one datagram are made.
 *
 * @see Linux's raw(7)
 */
import { Device } from "../../hal/device";
import { bulk_sum } from "../../hal/imports";
import { Checksum } from "../base/checksum";
import { COUNTER_DROP_RAW_RING_FULL, COUNTER_RAW_IN, Counter } from "../base/counters";
import { ECONNREFUSED, ENOPROTOOPT } from "../base/errno";
import { INTERFACE_NIC } from "../link/interface";
import { Received } from "../link/received";
import { DATAGRAM_HEADER_BYTES } from "../socket/datagram-ring";
import { ERROR_QUEUE } from "../socket/error-queue";
import { IcmpReport } from "../socket/icmp-report";
import { OPTION_RECEIVE_ERRORS, Socket, STATE_READ_SHUT } from "../socket/socket";
import { Tasks } from "../socket/task";
import { ICMP_CODE_PORT, ICMP_CODE_PROTOCOL, ICMP_HEADER_BYTES, ICMP_UNREACHABLE, IcmpHeader } from "../wire/icmpv4";
import { IPV4_MORE_FRAGMENTS, Ipv4Header, PROTOCOL_ICMP } from "../wire/ipv4";
import { RawFields } from "./raw-fields";
import { RawTable } from "./raw-table";

/** Bytes of the payload that are in `Received`, behind the header. */
const RECEIVED_BYTES: u32 = 8;
/** ICMP types that a filter has a bit for. */
const FILTERED_TYPES: u32 = 32;

/** Memory of this file. In a function, so that an image without raw sockets has nothing of it. */
class Memory {
  /** u32: 1 when the datagram shown last was one that a raw socket waits for. */
  static taken(): usize {
    return memory.data(4, 4);
  }
}

export class RawInput {
  /**
   * Shows a whole datagram to the raw sockets. Header and two words are in Received, the rest is at `device.rxMemory`.
   * @param payload bytes after the header
   * @returns true when there is a socket for it, whether or not it had room: then nobody is told that the protocol is not spoken here
   */
  static deliver(device: Device, headerBytes: u32, payload: u32): bool {
    const header = Received.ipv4();
    const protocol = header.protocol();
    const source = header.sourceBe();
    const destination = header.destinationBe();
    const bytes = headerBytes + payload;
    let taken = false;
    for (let p = RawTable.first(); p; p = Socket.at(p).hashNext) {
      const socket = Socket.at(p);
      if (!RawTable.matches(socket, protocol, destination, source, device.index)) continue;
      taken = true;
      if (socket.has(STATE_READ_SHUT)) continue;
      if (protocol == PROTOCOL_ICMP && RawInput.isFiltered(socket, headerBytes, payload)) continue;
      const record = socket.ring().reserve((bytes + 3) >>> 2);
      if (!record) {
        Counter.add(COUNTER_DROP_RAW_RING_FULL);
        continue;
      }
      RawInput.copy(record + DATAGRAM_HEADER_BYTES, device, headerBytes, payload);
      socket.ring().commit(record, bytes, source, 0);
      Counter.add(COUNTER_RAW_IN);
      Tasks.wake(p);
    }
    store<u32>(Memory.taken(), u32(taken));
    return taken;
  }

  /** True when the datagram that is being handled was one that a raw socket waits for. */
  @inline static isTaken(): bool {
    return load<u32>(Memory.taken()) != 0;
  }

  /** True when an ICMP message is to be kept from `socket`: by its filter, or because it is shorter than a header, as on Linux. */
  private static isFiltered(socket: Socket, headerBytes: u32, payload: u32): bool {
    if (payload < ICMP_HEADER_BYTES) return true;
    const type = IcmpHeader.type(load<u32>(Received.network() + headerBytes));
    return type < FILTERED_TYPES && (RawFields.of(socket).icmpFilter & (1 << type)) != 0;
  }

  /** Copies the datagram to `place`. What was put together from fragments has the header of a whole one, as on Linux. */
  private static copy(place: usize, device: Device, headerBytes: u32, payload: u32): void {
    const near = min<u32>(payload, RECEIVED_BYTES);
    memory.copy(place, Received.network(), headerBytes + near);
    if (payload > near) memory.copy(place + headerBytes + near, device.rxMemory, payload - near);
    const header = Ipv4Header.at(place);
    if (!(header.flagsAndOffset() & IPV4_MORE_FRAGMENTS)) return;
    header.setTotalLength(headerBytes + payload);
    header.setFlagsAndOffset(0);
    header.setChecksumBe(0);
    header.setChecksumBe(Checksum.finish(bulk_sum(place, headerBytes >>> 2, 0)));
  }

  /**
   * An ICMP error about a datagram that this device sent, its quote checked by the caller: connected sockets of that protocol hear of a port or
   * protocol that does not exist, as those of UDP do; those with IP_RECVERR of every error, which is what IcmpReport was told last. All can read the
   * message itself on a socket of ICMP.
   * @param local, remote quoted source (ours) and destination, network order
   * @returns false when no raw socket can have sent it: one counts only when its last datagram went there
   */
  static icmpError(local: u32, remote: u32, protocol: u32, type: u32, code: u32): bool {
    const isHard = type == ICMP_UNREACHABLE && (code == ICMP_CODE_PORT || code == ICMP_CODE_PROTOCOL);
    let found = false;
    for (let p = RawTable.first(); p; p = Socket.at(p).hashNext) {
      const socket = Socket.at(p);
      if (!RawTable.matches(socket, protocol, local, remote, INTERFACE_NIC)) continue;
      if (RawFields.of(socket).lastDestination != remote) continue;
      found = true;
      if (ERROR_QUEUE && socket.has(OPTION_RECEIVE_ERRORS)) {
        IcmpReport.raw(socket, RawFields.of(socket).headerIncluded != 0);
        continue;
      }
      if (!isHard || !socket.remoteAddress) continue;
      socket.setError(code == ICMP_CODE_PORT ? ECONNREFUSED : ENOPROTOOPT);
      Tasks.wake(p);
    }
    return found;
  }
}
