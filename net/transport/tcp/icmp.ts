/**
 * ICMP errors about our segments (RFC 9293 §3.9.2.2, RFC 5461, RFC 5927). A quote counts only when its sequence number is of
 * something in flight, so that nobody off the path can use them. Nothing aborts an established connection. A socket with IP_RECVERR hears of
 * every error at once; a stream has no error queue (ip(7) of Linux).
 */

import { CONFIG_NET_MAX_CONTEXTS, CONFIG_NET_TCP_FASTOPEN } from "../../../config";
import { ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT } from "../../base/errno";
import { IcmpErrno } from "../../ip/icmp-errno";
import { PathMtu } from "../../ip/path-mtu";
import { ERROR_QUEUE } from "../../socket/error-queue";
import { HeaderOptions } from "../../socket/header-options";
import { OPTION_RECEIVE_ERRORS, SOCKET_TCP, SocketPool } from "../../socket/socket";
import { Tasks } from "../../socket/task";
import { ETHERNET_MTU } from "../../wire/ethernet";
import { ICMP_UNREACHABLE } from "../../wire/icmpv4";
import { IPV4_HEADER_BYTES } from "../../wire/ipv4";
import { TCP_HEADER_BYTES } from "../../wire/tcp";
import { SYN_SENT, TCP_IN_TABLE, TCP_MSS_DEFAULT, Tcb } from "./connection";
import { Connections } from "./connections";
import { FastOpenClient } from "./fast-open-client";
import { Recovery } from "./recovery";
import { SendBuffer } from "./send-buffer";
import { Sender } from "./sender";

const CODE_NET: u32 = 0;
const CODE_HOST: u32 = 1;
const CODE_PROTOCOL: u32 = 2;
const CODE_PORT: u32 = 3;

export class TcpIcmp {
  /**
   * The connection that can have sent what an error quotes.
   * @param local, remote quoted source and destination, network order; @param ports as `Socket.ports`
   * @param seq quoted sequence number, host order
   * @returns usize → Tcb, or 0
   */
  static find(local: u32, remote: u32, ports: u32, seq: u32): usize {
    const p = Connections.lookup(local, remote, ports);
    if (!p) return 0;
    const tcb = Tcb.of(p);
    return seq - tcb.sndUna < tcb.sndNxt - tcb.sndUna ? p : 0;
  }

  /** An error about a segment of `tcb`, but for one that it is too large: see `pathChanged`. */
  static error(tcb: Tcb, type: u32, code: u32): void {
    if (ERROR_QUEUE && tcb.has(OPTION_RECEIVE_ERRORS)) {
      const errno = IcmpErrno.of(type, code);
      if (errno) TcpIcmp.pass(tcb, errno);
      return;
    }
    // Hard errors end an attempt to connect; all others, and in every other state, may mend (RFC 5461).
    if (type == ICMP_UNREACHABLE && <u32>tcb.state == SYN_SENT) {
      if (CONFIG_NET_TCP_FASTOPEN) FastOpenClient.unanswered(tcb);
      if (code == CODE_PORT) Connections.fail(tcb, ECONNREFUSED);
      else if (code == CODE_PROTOCOL) Connections.fail(tcb, ENOPROTOOPT);
      else if (code == CODE_NET || code == CODE_HOST) tcb.probes = <u8>(code == CODE_NET ? ENETUNREACH : EHOSTUNREACH);
    }
  }

  /**
   * IP_RECVERR (tcp(7) of Linux): an attempt to connect ends with any error; to a connection that exists the next call says it once, and the
   * connection goes on.
   */
  private static pass(tcb: Tcb, errno: i32): void {
    if (<u32>tcb.state == SYN_SENT) {
      Connections.fail(tcb, errno);
      return;
    }
    tcb.setError(errno);
    Tasks.wake(changetype<usize>(tcb));
  }

  /** The path takes less than before, or IP_OPTIONS more: segments in flight that are too large go again at once, smaller (RFC 1191 §6.4). */
  static pathChanged(tcb: Tcb): void {
    const before = <u32>tcb.mss;
    Connections.fitMss(tcb);
    const p = tcb.sendBuffer;
    if (<u32>tcb.mss >= before || !p) return;
    tcb.predicted = 0;
    Recovery.pathShrunk(tcb, SendBuffer.at(p));
    Sender.run(tcb);
  }

  /**
   * Full segments do not get through and nobody says why (RFC 4821 §7, RFC 2923 §2.1): from now on smaller ones, down to the
   * size that every path carries.
   */
  static blackHole(tcb: Tcb): void {
    if (<u32>tcb.mss <= TCP_MSS_DEFAULT) return;
    PathMtu.report(
      tcb.remoteAddress,
      TCP_MSS_DEFAULT + IPV4_HEADER_BYTES + TCP_HEADER_BYTES,
      ETHERNET_MTU,
      ETHERNET_MTU,
    );
    Connections.fitMss(tcb);
  }

  /** The next hop to `destination` (network order) does not answer: who is connecting there hears of it, and who asks for all errors. */
  static hostUnreachable(destination: u32): void {
    for (let i: i32 = 0; i < CONFIG_NET_MAX_CONTEXTS; i++) {
      const tcb = Tcb.of(SocketPool.record(i));
      if (tcb.kind != SOCKET_TCP || !tcb.is(TCP_IN_TABLE) || HeaderOptions.hop(tcb) != destination) continue;
      if (<u32>tcb.state == SYN_SENT) Connections.fail(tcb, EHOSTUNREACH);
      else if (ERROR_QUEUE && tcb.has(OPTION_RECEIVE_ERRORS)) TcpIcmp.pass(tcb, EHOSTUNREACH);
    }
  }
}
