/**
 * ICMP errors for sockets with IP_RECVERR (ip(7), udp(7), raw(7) of Linux): every error about a datagram of theirs is queued and becomes the
 * pending error, whether or not the socket is connected and whether or not the network may mend it. Only with CONFIG_NET_SOCKETS_RECVERR.
 *
 * Whoever can guess a port can forge an error about a socket without a peer (RFC 5927 §4): that is the price of the option, on Linux too.
 */
import { CONFIG_NET_UDP } from "../../config";
import { IcmpErrno } from "../ip/icmp-errno";
import { Interfaces } from "../link/interface";
import { RawInput } from "../raw/raw-input";
import { UdpTable } from "../transport/udp/socket-table";
import { ICMP_CODE_FRAGMENTATION_NEEDED, ICMP_UNREACHABLE } from "../wire/icmpv4";
import { IPV4_OFFSET_MASK, Ipv4Header, PROTOCOL_UDP } from "../wire/ipv4";
import { UDP_HEADER_BYTES } from "../wire/udp";
import { ErrorQueue, ORIGIN_ICMP, QueuedError } from "./error-queue";
import { DISCOVER_DONT, PathDiscovery } from "./path-discovery";
import { RAW_SOCKETS } from "./raw-kinds";
import { OPTION_RECEIVE_ERRORS, Socket } from "./socket";

/** ICMP_UNREACHABLE: the host does not answer. */
const CODE_HOST: u32 = 1;

/** The error that is being handed on. */
@unmanaged
@final
class Report {
  /** usize → the IP header of the datagram that it is about. */
  datagram: usize;
  /** Bytes of that datagram that there are. */
  bytes: u32;
  /** Who says so, network order. */
  offender: u32;
  type: u32;
  code: u32;
  /** `ee_info`. */
  info: u32;

  static shared(): Report {
    return changetype<Report>(memory.data(24, 4));
  }
}

export class IcmpReport {
  /**
   * An ICMP error came.
   * @param datagram usize → the quoted IP header, checked with its first 8 octets of transport; @param bytes of the quote
   * @param offender source of the message, network order
   * @param word1    second word of the message as it lies in memory
   */
  static note(datagram: usize, bytes: u32, offender: u32, type: u32, code: u32, word1: u32): void {
    const report = Report.shared();
    report.datagram = datagram;
    report.bytes = bytes;
    report.offender = offender;
    report.type = type;
    report.code = code;
    report.info = IcmpErrno.info(type, code, word1);
  }

  /**
   * Hands what `note` was told to the UDP socket at `p`.
   * @returns true when the socket has IP_RECVERR: then nothing else is to be done about it
   */
  static udp(p: usize): bool {
    const socket = Socket.at(p);
    if (!socket.has(OPTION_RECEIVE_ERRORS)) return false;
    const report = Report.shared();
    const tooBig = report.type == ICMP_UNREACHABLE && report.code == ICMP_CODE_FRAGMENTATION_NEEDED;
    // Routers may fragment what the socket sends: it need not know that one would rather not.
    if (tooBig && PathDiscovery.mode(socket) == DISCOVER_DONT) return true;
    const header = Ipv4Header.at(report.datagram);
    IcmpReport.queue(socket, header.headerBytes() + UDP_HEADER_BYTES, load<u32>(header.payload()) >>> 16);
    return true;
  }

  /**
   * The same for a raw socket that can have sent the datagram.
   * @param whole the socket sends its own IP headers (IP_HDRINCL), and gets the quoted one too
   */
  static raw(socket: Socket, whole: bool): void {
    IcmpReport.queue(socket, whole ? 0 : Ipv4Header.at(Report.shared().datagram).headerBytes(), 0);
  }

  /** Queues the error with the payload that begins `skip` bytes after the IP header; `port` in network order. */
  private static queue(socket: Socket, skip: u32, port: u32): void {
    const report = Report.shared();
    const errno = IcmpErrno.of(report.type, report.code);
    if (!errno) return;
    // Also without a free place: SO_ERROR then says that there was something.
    socket.setError(errno);
    const p = ErrorQueue.add(socket, errno, ORIGIN_ICMP | (report.type << 8) | (report.code << 16));
    if (!p) return;
    const error = QueuedError.at(p);
    error.info = report.info;
    error.offender = report.offender;
    error.destination = Ipv4Header.at(report.datagram).destinationBe();
    error.port = <u16>port;
    if (skip < report.bytes) error.setPayload(report.datagram + skip, report.bytes - skip);
  }

  /**
   * The next hop does not answer (ARP gave up), and a datagram that waited for it is lost: for its socket this is an ICMP error of this device
   * itself, host unreachable, as on Linux.
   * @param datagram usize → its IP header; @param bytes of the frame from there on
   */
  static unanswered(datagram: usize, bytes: u32): void {
    const header = Ipv4Header.at(datagram);
    if ((header.flagsAndOffset() & IPV4_OFFSET_MASK) != 0) return;
    const local = header.sourceBe();
    const remote = header.destinationBe();
    if (!Interfaces.isLocal(local)) return;
    const length = min<u32>(bytes, header.totalLength());
    IcmpReport.note(datagram, length, local, ICMP_UNREACHABLE, CODE_HOST, 0);
    if (RAW_SOCKETS) RawInput.icmpError(local, remote, header.protocol(), ICMP_UNREACHABLE, CODE_HOST);
    if (!CONFIG_NET_UDP || header.protocol() != PROTOCOL_UDP) return;
    // Seen from here, source and destination are exchanged.
    const p = UdpTable.find(local, remote, rotl<u32>(load<u32>(header.payload()), 16));
    if (p) IcmpReport.udp(p);
  }
}
