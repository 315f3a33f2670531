/**
 * What the user of a connection asks for: OPEN, CLOSE, ABORT (RFC 9293 §3.10.1, §3.10.4, §3.10.5). SEND and RECEIVE are
 * Sender.write and Receiver.read.
 */
import {
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_TCP_CUBIC,
  CONFIG_NET_TCP_CUBIC_DEFAULT,
  CONFIG_NET_TCP_ECN,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_FIN_WAIT_2_TIMEOUT,
  CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT,
  CONFIG_NET_TCP_KEEPCNT_DEFAULT,
  CONFIG_NET_TCP_KEEPIDLE_DEFAULT,
  CONFIG_NET_TCP_KEEPINTVL_DEFAULT,
  CONFIG_NET_TCP_RECV_BUFFER,
  CONFIG_NET_TCP_SEND_BUFFER,
  CONFIG_NET_TCP_SYN_RETRY_COUNT,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { Clock } from "../../base/clock";
import { EADDRINUSE, EINVAL, ENETUNREACH, ETIMEDOUT } from "../../base/errno";
import { LONG_TICKS_PER_SECOND, LongClock } from "../../base/long-clock";
import { Route } from "../../ip/route";
import { Interfaces } from "../../link/interface";
import { Neighbour } from "../../link/neighbour";
import { HeaderOptions } from "../../socket/header-options";
import { STATE_CONNECTED } from "../../socket/socket";
import { Tasks } from "../../socket/task";
import { Ipv4Address } from "../../wire/ipv4";
import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_RST, TCP_SYN } from "../../wire/tcp";
import { Acknowledgement } from "./acknowledgement";
import {
  CLOSE_WAIT,
  CLOSED,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  LISTEN,
  LONG_FIN_WAIT_2,
  LONG_KEEPALIVE,
  LONG_OFF,
  SYN_RECEIVED,
  SYN_SENT,
  TCP_ACTIVE,
  TCP_CORK,
  TCP_CUBIC,
  TCP_FIN_QUEUED,
  TCP_FIN_RECEIVED,
  TCP_FIN_SENT,
  TCP_HAS_ECN,
  TCP_HAS_SACK,
  TCP_HAS_SCALE,
  TCP_HAS_TIMESTAMPS,
  TCP_KEEPALIVE,
  TCP_LINGER,
  TCP_MORE,
  TCP_OUTPUT_BLOCKED,
  TCP_SYN_LOST,
  TCP_URGENT_BYTE,
  TCP_URGENT_PENDING,
  TCP_URGENT_SENDING,
  TCP_WANTS_ROOM,
  Tcb,
  TIMER_OFF,
} from "./connection";
import { Connections } from "./connections";
import { FastOpenClient } from "./fast-open-client";
import { InitialSequence } from "./initial-sequence";
import { Listeners } from "./listener";
import { Output } from "./output";
import { ReceiveRings } from "./receive-ring";
import { ReceiveWindow } from "./receive-window";
import { Receiver } from "./receiver";
import { RoundTrip } from "./round-trip";
import { Segment } from "./segment";
import { Sender } from "./sender";
import { TcpTimers } from "./timers";

/** What a connection leaves behind in the flags when the record is used for another one. */
const CONNECTION_FLAGS: u32 =
  TCP_HAS_TIMESTAMPS |
  TCP_HAS_SACK |
  TCP_HAS_SCALE |
  TCP_HAS_ECN |
  TCP_FIN_QUEUED |
  TCP_FIN_SENT |
  TCP_FIN_RECEIVED |
  TCP_SYN_LOST |
  TCP_URGENT_PENDING |
  TCP_URGENT_BYTE |
  TCP_URGENT_SENDING |
  TCP_ACTIVE |
  TCP_MORE |
  TCP_WANTS_ROOM;

export class Calls {
  /** Default options of a new record, which is all zero. */
  static open(tcb: Tcb): void {
    tcb.enter(CLOSED);
    tcb.ringCapacity = CONFIG_NET_TCP_RECV_BUFFER;
    tcb.sendCapacity = CONFIG_NET_TCP_SEND_BUFFER;
    tcb.keepIdle = <u16>CONFIG_NET_TCP_KEEPIDLE_DEFAULT;
    tcb.keepInterval = <u16>CONFIG_NET_TCP_KEEPINTVL_DEFAULT;
    tcb.keepCount = <u8>CONFIG_NET_TCP_KEEPCNT_DEFAULT;
    tcb.synCount = <u8>CONFIG_NET_TCP_SYN_RETRY_COUNT;
    if (CONFIG_NET_TCP_CUBIC && CONFIG_NET_TCP_CUBIC_DEFAULT) tcb.raise(TCP_CUBIC);
  }

  /**
   * Active open: sends a SYN to `address`, `port` (network order). The local port is set; the local address is chosen
   * by route when it is 0.
   * @returns 0; -ENETUNREACH (no route, or an address that no connection can go to: broadcast, multicast, any),
   *          -EHOSTUNREACH (the next hop is known to be silent), -ENOBUFS (no room for it), -EADDRINUSE (this connection
   *          exists already), -EINVAL (port 0)
   */
  static connect(tcb: Tcb, address: u32, port: u32): i32 {
    if (!port) return -EINVAL;
    // RFC 9293 §3.9.2.3, MUST-46.
    if (!Calls.isConnectable(address)) return -ENETUNREACH;
    const p = HeaderOptions.find(tcb, address);
    if (!p) return Route.error();
    const local = tcb.localAddress ? tcb.localAddress : Route.source(Neighbour.at(p));
    const ports = (tcb.ports & 0xffff0000) | port;
    if (Connections.lookup(local, address, ports)) return -EADDRINUSE;
    tcb.localAddress = local;
    tcb.remoteAddress = address;
    tcb.ports = ports;
    tcb.lower(CONNECTION_FLAGS);
    tcb.raise(TCP_ACTIVE);
    ReceiveRings.detach(tcb);
    const iss = InitialSequence.isn(local, address, ports);
    tcb.tsOffset = InitialSequence.timestampOffset(local, address, ports);
    tcb.sndUna = iss;
    tcb.sndNxt = iss + 1;
    tcb.sndWnd = 0;
    tcb.sndWndMax = 0;
    tcb.sndScale = 0;
    tcb.rcvScale = CONFIG_NET_TCP_WINDOW_SCALE ? <u8>ReceiveWindow.scaleFor(tcb.ringCapacity) : 0;
    tcb.rcvNxt = 0;
    tcb.rcvAdv = 0;
    tcb.srtt = 0;
    tcb.backoff = 0;
    tcb.rto = CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT * 1000;
    tcb.forgetWay();
    tcb.enter(SYN_SENT);
    Connections.insert(tcb);
    if (CONFIG_NET_TCP_FASTOPEN && FastOpenClient.begins(tcb)) {
      FastOpenClient.connect(tcb);
      return 0;
    }
    // The field has no other use before the handshake is over: it holds the moment of the SYN.
    tcb.congestionMemory = Clock.ticks();
    Output.control(tcb, iss, Calls.synFlags(tcb));
    Sender.armLone(tcb);
    return 0;
  }

  /** Flags of our SYN: with ECN it asks for that, but not any more after two without an answer (RFC 3168 §6.1.1). */
  static synFlags(tcb: Tcb): u32 {
    return CONFIG_NET_TCP_ECN && <u32>tcb.backoff < 3 ? TCP_SYN | TCP_ECE | TCP_CWR : TCP_SYN;
  }

  private static isConnectable(address: u32): bool {
    return (Ipv4Address.isUnicast(address) && address != Interfaces.nic().broadcast) || Ipv4Address.isLoopback(address);
  }

  /** Our SYN has been acknowledged: ESTABLISHED. The peer offers `window` bytes. */
  static established(tcb: Tcb, segment: Segment, window: u32): void {
    tcb.enter(tcb.is(TCP_FIN_QUEUED) ? FIN_WAIT_1 : ESTABLISHED);
    tcb.sendTimer = <u8>TIMER_OFF;
    tcb.backoff = 0;
    tcb.set(STATE_CONNECTED, true);
    RoundTrip.initialise(tcb);
    Connections.open(tcb);
    Acknowledgement.setWindow(tcb, window, segment.seq, segment.ack);
    Tasks.wake(changetype<usize>(tcb));
  }

  /** FIN after everything that is queued (shutdown for writing). Nothing in states without an open sending side. */
  static shutdownSend(tcb: Tcb): void {
    const state = <u32>tcb.state;
    if (state == ESTABLISHED) tcb.enter(FIN_WAIT_1);
    else if (state == CLOSE_WAIT) tcb.enter(LAST_ACK);
    else if (state != SYN_RECEIVED) return;
    // In SYN-RECEIVED the FIN goes out once our SYN has been acknowledged: see `established`.
    tcb.raise(TCP_FIN_QUEUED);
    tcb.lower(TCP_CORK | TCP_MORE);
    // Without anything queued before it the FIN is all that there is to send.
    if (CONFIG_NET_FAST_PATHS && state != SYN_RECEIVED && !tcb.sendBuffer && !tcb.is(TCP_OUTPUT_BLOCKED)) {
      Sender.sendFin(tcb);
    } else {
      Sender.run(tcb);
    }
  }

  /**
   * The last descriptor is gone. Unread data, or SO_LINGER of 0 s: the connection is reset (RFC 9293 §3.6, SHLD-3; RFC 2525
   * §2.17). Otherwise queued data and a FIN go out, and the record lives on without references until both sides have
   * finished. The record may be gone afterwards.
   */
  static close(tcb: Tcb): void {
    const state = <u32>tcb.state;
    if (state == LISTEN) {
      Listeners.close(tcb);
      Connections.release(tcb);
      return;
    }
    if (state == CLOSED || state == SYN_SENT) {
      Connections.release(tcb);
      return;
    }
    if (tcb.ringCount || (tcb.is(TCP_LINGER) && !tcb.linger)) {
      Calls.abort(tcb);
      return;
    }
    Receiver.discard(tcb);
    tcb.longTimer = <u8>LONG_OFF;
    if (state == FIN_WAIT_2) Calls.limitFinWait2(tcb);
    else Calls.shutdownSend(tcb);
  }

  /** Resets the connection: a RST goes out where the peer knows of it, and nothing is kept. The record may be gone afterwards. */
  static abort(tcb: Tcb): void {
    const state = <u32>tcb.state;
    if (state >= SYN_RECEIVED && state <= LAST_ACK) Output.control(tcb, tcb.sndNxt, TCP_RST | TCP_ACK);
    Receiver.discard(tcb);
    Connections.release(tcb);
  }

  /** The peer has this long to send its FIN to a connection that no descriptor refers to. */
  static limitFinWait2(tcb: Tcb): void {
    tcb.longTimer = <u8>LONG_FIN_WAIT_2;
    const seconds: u32 = tcb.finWait2Timeout ? tcb.finWait2Timeout : CONFIG_NET_TCP_FIN_WAIT_2_TIMEOUT;
    tcb.longAt = LongClock.now() + seconds * LONG_TICKS_PER_SECOND;
    TcpTimers.arm(tcb);
  }

  /** Starts keep-alive when it is wanted and the connection is open; stops it when it is not. */
  static startKeepAlive(tcb: Tcb): void {
    const state = <u32>tcb.state;
    if (tcb.longTimer == <u8>LONG_FIN_WAIT_2) return;
    if (!tcb.is(TCP_KEEPALIVE) || state < ESTABLISHED) {
      tcb.longTimer = <u8>LONG_OFF;
      return;
    }
    tcb.longTimer = <u8>LONG_KEEPALIVE;
    tcb.probes = 0;
    tcb.heardAt = LongClock.now();
    tcb.longAt = LongClock.now() + <u32>tcb.keepIdle * LONG_TICKS_PER_SECOND;
    TcpTimers.arm(tcb);
  }

  /**
   * The keep-alive timer is due (RFC 9293 §3.8.4): a probe, unless the peer has been heard of meanwhile or something of ours
   * is in flight, which probes as well. After keepCount probes without an answer, or TCP_USER_TIMEOUT, the connection is given
   * up: it may be gone afterwards.
   */
  static keepAlive(tcb: Tcb): void {
    const now = LongClock.now();
    const idle = now - tcb.heardAt;
    const first = <u32>tcb.keepIdle * LONG_TICKS_PER_SECOND;
    if (idle < first || tcb.sndUna != tcb.sndNxt || Sender.queued(tcb)) {
      tcb.longAt = (idle < first ? tcb.heardAt : now) + first;
      return;
    }
    const limit = tcb.userTimeout;
    let most = <u32>tcb.keepCount;
    let silence = <u32>tcb.probes;
    if (limit) {
      most = LongClock.ofMilliseconds(limit) + 1;
      if (silence) silence = idle;
    }
    if (silence >= most) {
      // The peer may still be there and have lost only our probes: it should know (RFC 9293 §3.8.4 leaves that open).
      Output.control(tcb, tcb.sndNxt, TCP_RST | TCP_ACK);
      Connections.fail(tcb, ETIMEDOUT);
      return;
    }
    tcb.probes += 1;
    // An old sequence number and no data: the peer must answer with an ACK.
    Output.control(tcb, tcb.sndUna - 1, TCP_ACK);
    tcb.longAt = now + <u32>tcb.keepInterval * LONG_TICKS_PER_SECOND;
  }
}
