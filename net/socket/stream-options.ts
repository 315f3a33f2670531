/**
 * Options of stream sockets. An option is named by `level << 16 | number`, with the numbers of the socket API (Zephyr's;
 * Linux's where Zephyr has none): the boundary passes them on as they come.
 */
import {
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_CUBIC,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_FIN_WAIT_2_TIMEOUT,
  CONFIG_NET_TCP_RECV_BUFFER,
  CONFIG_NET_TCP_SEND_BUFFER,
} from "../../config";
import { EINVAL, ENOPROTOOPT } from "../base/errno";
import { Calls } from "../transport/tcp/calls";
import {
  ESTABLISHED,
  LISTEN,
  SYN_RECEIVED,
  TCP_ACK_DELAYED,
  TCP_ACK_NOW,
  TCP_CORK,
  TCP_CUBIC,
  TCP_HAS_ECN,
  TCP_HAS_SACK,
  TCP_HAS_SCALE,
  TCP_HAS_TIMESTAMPS,
  TCP_IN_RECOVERY,
  TCP_KEEPALIVE,
  TCP_LINGER,
  TCP_MORE,
  TCP_MSS_DEFAULT,
  TCP_NODELAY,
  TCP_OOBINLINE,
  TCP_QUICKACK,
  TCP_URGENT_BYTE,
  Tcb,
} from "../transport/tcp/connection";
import { Receiver } from "../transport/tcp/receiver";
import { Sender } from "../transport/tcp/sender";
import { Socket, STATE_FASTOPEN_PENDING } from "./socket";
import { StreamFastOpen } from "./stream-fast-open";
import { LEVEL_SOCKET, LEVEL_TCP } from "./stream-option-number";
import { Tasks } from "./task";

export const STREAM_SNDBUF: u32 = LEVEL_SOCKET | 7;
export const STREAM_RCVBUF: u32 = LEVEL_SOCKET | 8;
export const STREAM_KEEPALIVE: u32 = LEVEL_SOCKET | 9;
const STREAM_OOBINLINE: u32 = LEVEL_SOCKET | 10;
export const STREAM_LINGER: u32 = LEVEL_SOCKET | 13;
const STREAM_RCVLOWAT: u32 = LEVEL_SOCKET | 18;
const STREAM_SNDLOWAT: u32 = LEVEL_SOCKET | 19;
const STREAM_ACCEPTCONN: u32 = LEVEL_SOCKET | 30;
export const STREAM_NODELAY: u32 = LEVEL_TCP | 1;
export const STREAM_KEEPIDLE: u32 = LEVEL_TCP | 2;
export const STREAM_KEEPINTVL: u32 = LEVEL_TCP | 3;
const STREAM_KEEPCNT: u32 = LEVEL_TCP | 4;
const STREAM_SYNCNT: u32 = LEVEL_TCP | 7;
const STREAM_LINGER2: u32 = LEVEL_TCP | 8;
const STREAM_DEFER_ACCEPT: u32 = LEVEL_TCP | 9;
const STREAM_WINDOW_CLAMP: u32 = LEVEL_TCP | 10;
export const STREAM_INFO: u32 = LEVEL_TCP | 11;
export const STREAM_QUICKACK: u32 = LEVEL_TCP | 12;
export const STREAM_CONGESTION: u32 = LEVEL_TCP | 13;
const STREAM_USER_TIMEOUT: u32 = LEVEL_TCP | 18;
const STREAM_MAXSEG: u32 = LEVEL_TCP | 0x102;
const STREAM_CORK: u32 = LEVEL_TCP | 0x103;
const STREAM_ATMARK: u32 = LEVEL_TCP | 0x110;
const STREAM_OUTQ: u32 = LEVEL_TCP | 0x111;

/** Smallest buffers that SO_SNDBUF and SO_RCVBUF give, bytes: the segment that every host takes. */
const BUFFER_MIN: u32 = 536;
/** Longest times and highest counts that are kept. Linux has the same bounds for keep-alive. */
const KEEP_SECONDS_MAX: u32 = 32_767;
const COUNT_MAX: u32 = 127;
const DEFER_MAX: u32 = 255;
const FIN_WAIT_2_MAX: u32 = 3600;
const U16_MAX: u32 = 65_535;
/** TCP_MAXSEG, bytes: as Linux. */
const MAXSEG_MIN: u32 = 88;
const MAXSEG_MAX: u32 = 32_767;

/** "newreno" and "cubic", padded with NUL to 8 bytes. */
const NEWRENO_FIRST: u32 = 0x7277656e;
const NEWRENO_SECOND: u32 = 0x006f6e65;
const CUBIC_FIRST: u32 = 0x69627563;
const CUBIC_SECOND: u32 = 0x63;

/** Words of struct tcp_info that are filled in: up to tcpi_total_retrans. */
const INFO_WORDS: u32 = 26;
export const STREAM_INFO_BYTES: u32 = INFO_WORDS * 4;
/** Linux's numbers of the states, in the order of ours. */
const INFO_STATES: usize = CONFIG_NET_TCP ? memory.data<u8>([7, 10, 2, 3, 1, 4, 5, 8, 11, 9, 6]) : 0;

export class StreamOptions {
  /** Flag of a yes-or-no option, or 0. */
  private static flag(option: u32): u32 {
    switch (option) {
      case STREAM_KEEPALIVE:
        return TCP_KEEPALIVE;
      case STREAM_OOBINLINE:
        return TCP_OOBINLINE;
      case STREAM_NODELAY:
        return TCP_NODELAY;
      case STREAM_CORK:
        return TCP_CORK;
      case STREAM_QUICKACK:
        return TCP_QUICKACK;
      default:
        return 0;
    }
  }

  /** Value of an option that is a number (0 or more), or -ENOPROTOOPT. */
  static get(socket: Socket, option: u32): i32 {
    const tcb = changetype<Tcb>(socket);
    const flag = StreamOptions.flag(option);
    if (flag) return i32(tcb.is(flag));
    const listens = <u32>tcb.state == LISTEN;
    switch (option) {
      case STREAM_SNDBUF:
        return <i32>tcb.sendCapacity;
      case STREAM_RCVBUF:
        return <i32>tcb.ringCapacity;
      case STREAM_RCVLOWAT:
        return <i32>max<u32>(<u32>tcb.receiveLowWater, 1);
      case STREAM_SNDLOWAT:
        return 1;
      case STREAM_ACCEPTCONN:
        return i32(listens);
      case STREAM_KEEPIDLE:
        return <i32>tcb.keepIdle;
      case STREAM_KEEPINTVL:
        return <i32>tcb.keepInterval;
      case STREAM_KEEPCNT:
        return <i32>tcb.keepCount;
      case STREAM_SYNCNT:
        return <i32>tcb.synCount;
      case STREAM_LINGER2:
        return tcb.finWait2Timeout ? <i32>tcb.finWait2Timeout : CONFIG_NET_TCP_FIN_WAIT_2_TIMEOUT;
      case STREAM_DEFER_ACCEPT:
        return <i32>tcb.deferAccept;
      case STREAM_WINDOW_CLAMP:
        return listens ? 0 : <i32>((<u32>tcb.clamp) << 8);
      case STREAM_USER_TIMEOUT:
        return <i32>tcb.userTimeout;
      case STREAM_MAXSEG:
        if (tcb.isSynchronized()) return <i32>tcb.payloadRoom();
        return tcb.peerMss ? <i32>tcb.peerMss : <i32>TCP_MSS_DEFAULT;
      case STREAM_ATMARK:
        return i32(Receiver.atMark(tcb));
      case STREAM_OUTQ:
        return <i32>Sender.queued(tcb);
      default:
        return CONFIG_NET_TCP_FASTOPEN ? StreamFastOpen.get(tcb, option) : -ENOPROTOOPT;
    }
  }

  /**
   * Sets an option that is a number. What sends or starts a timer needs the time: the caller has entered it.
   * @returns 0, -EINVAL (a value that the option cannot have, or not now), -ENOPROTOOPT
   */
  static set(socket: Socket, option: u32, value: i32): i32 {
    const tcb = changetype<Tcb>(socket);
    if (StreamOptions.setFlag(tcb, option, value != 0)) return 0;
    const listens = <u32>tcb.state == LISTEN;
    switch (option) {
      case STREAM_SNDBUF:
      case STREAM_RCVBUF: {
        // As on Linux a negative number is a large one, and every number is brought into the range there is.
        const sends = option == STREAM_SNDBUF;
        const most: u32 = sends ? CONFIG_NET_TCP_SEND_BUFFER : CONFIG_NET_TCP_RECV_BUFFER;
        const bytes = min<u32>(max<u32>(<u32>value, BUFFER_MIN), most);
        if (sends) {
          tcb.sendCapacity = bytes;
          Tasks.wake(changetype<usize>(tcb));
        } else {
          tcb.ringCapacity = bytes;
          StreamOptions.setLowWater(tcb, <u32>tcb.receiveLowWater);
        }
        return 0;
      }
      case STREAM_RCVLOWAT:
        StreamOptions.setLowWater(tcb, <u32>value);
        return 0;
      case STREAM_KEEPIDLE:
        if (<u32>(value - 1) >= KEEP_SECONDS_MAX) return -EINVAL;
        tcb.keepIdle = <u16>value;
        if (tcb.is(TCP_KEEPALIVE)) Calls.startKeepAlive(tcb);
        return 0;
      case STREAM_KEEPINTVL:
        if (<u32>(value - 1) >= KEEP_SECONDS_MAX) return -EINVAL;
        tcb.keepInterval = <u16>value;
        return 0;
      case STREAM_KEEPCNT:
        if (<u32>(value - 1) >= COUNT_MAX) return -EINVAL;
        tcb.keepCount = <u8>value;
        return 0;
      case STREAM_SYNCNT:
        if (<u32>(value - 1) >= COUNT_MAX) return -EINVAL;
        tcb.synCount = <u8>value;
        return 0;
      case STREAM_LINGER2:
        if (<u32>value > FIN_WAIT_2_MAX) return -EINVAL;
        tcb.finWait2Timeout = <u16>value;
        return 0;
      case STREAM_DEFER_ACCEPT:
        if (value < 0) return -EINVAL;
        tcb.deferAccept = <u8>min<u32>(<u32>value, DEFER_MAX);
        return 0;
      case STREAM_WINDOW_CLAMP:
        // A listener keeps something else in that field.
        if (value < 0 || listens) return -EINVAL;
        tcb.clamp = <u16>min<u32>((<u32>value + 255) >>> 8, U16_MAX);
        return 0;
      case STREAM_USER_TIMEOUT:
        if (value < 0) return -EINVAL;
        tcb.userTimeout = <u32>value;
        return 0;
      case STREAM_MAXSEG:
        return StreamOptions.setMaxSegment(tcb, <u32>value);
      default:
        return CONFIG_NET_TCP_FASTOPEN ? StreamFastOpen.set(tcb, option, value) : -ENOPROTOOPT;
    }
  }

  /** Switches a yes-or-no option, and does what that means at once. False when it is none. */
  private static setFlag(tcb: Tcb, option: u32, on: bool): bool {
    // Each has its own call, before what is particular to it: were the flag a variable, GCC would copy all of this for each of its values.
    const open = <u32>tcb.state >= SYN_RECEIVED;
    switch (option) {
      case STREAM_KEEPALIVE:
        tcb.put(TCP_KEEPALIVE, on);
        Calls.startKeepAlive(tcb);
        return true;
      case STREAM_OOBINLINE:
        tcb.put(TCP_OOBINLINE, on);
        // The byte is in the stream again, and not to be had twice.
        if (on) tcb.lower(TCP_URGENT_BYTE);
        return true;
      case STREAM_QUICKACK:
        tcb.put(TCP_QUICKACK, on);
        if (!on || !open || !tcb.is(TCP_ACK_DELAYED)) return true;
        tcb.raise(TCP_ACK_NOW);
        break;
      case STREAM_NODELAY:
        tcb.put(TCP_NODELAY, on);
        if (!on || !open) return true;
        // TCP_CORK taken off or TCP_NODELAY put on: what was held back goes.
        tcb.lower(TCP_MORE);
        break;
      case STREAM_CORK:
        tcb.put(TCP_CORK, on);
        if (on || !open) return true;
        tcb.lower(TCP_MORE);
        break;
      default:
        return false;
    }
    Sender.run(tcb);
    return true;
  }

  /** SO_RCVLOWAT. More than half of the buffer is never waited for: the window might not let it come. */
  private static setLowWater(tcb: Tcb, bytes: u32): void {
    tcb.receiveLowWater = <u16>min<u32>(min<u32>(bytes, tcb.ringCapacity >>> 1), U16_MAX);
    Tasks.wake(changetype<usize>(tcb));
  }

  /** TCP_MAXSEG: what we announce and send at most; on a connection it can only become smaller. */
  private static setMaxSegment(tcb: Tcb, bytes: u32): i32 {
    if (bytes && (bytes < MAXSEG_MIN || bytes > MAXSEG_MAX)) return -EINVAL;
    if (<u32>tcb.state <= LISTEN) {
      tcb.peerMss = <u16>bytes;
      return 0;
    }
    if (<u32>tcb.state < ESTABLISHED || !bytes || bytes > <u32>tcb.mss) return -EINVAL;
    tcb.mss = <u16>bytes;
    tcb.peerMss = <u16>min<u32>(<u32>tcb.peerMss, bytes);
    return 0;
  }

  // ---- SO_LINGER -----------------------------------------------------------------------------------------------

  /** Seconds of SO_LINGER, or -1 while it is off. */
  static linger(socket: Socket): i32 {
    const tcb = changetype<Tcb>(socket);
    return tcb.is(TCP_LINGER) ? <i32>tcb.linger : -1;
  }

  /**
   * @param seconds at most 65,535 are kept; a negative number counts as more than that, as on Linux
   * @returns 0, or -EINVAL: a listener has none. Connections that it gives do not inherit any.
   */
  static setLinger(socket: Socket, on: bool, seconds: i32): i32 {
    const tcb = changetype<Tcb>(socket);
    if (<u32>tcb.state == LISTEN) return on ? -EINVAL : 0;
    tcb.put(TCP_LINGER, on);
    if (on) tcb.linger = <u16>min<u32>(<u32>seconds, U16_MAX);
    return 0;
  }

  // ---- TCP_CONGESTION ------------------------------------------------------------------------------------------

  /** Word `index` (0 or 1) of the name of the congestion control: ASCII in memory order, NUL behind it. */
  static congestion(socket: Socket, index: u32): u32 {
    if (CONFIG_NET_TCP_CUBIC && changetype<Tcb>(socket).is(TCP_CUBIC)) return index ? CUBIC_SECOND : CUBIC_FIRST;
    return index ? NEWRENO_SECOND : NEWRENO_FIRST;
  }

  /** Chooses the congestion control by the two words of its name; what lies behind a NUL means nothing. False when it is not built in. */
  static setCongestion(socket: Socket, first: u32, second: u32): bool {
    const tcb = changetype<Tcb>(socket);
    const cubic = first != NEWRENO_FIRST || second != NEWRENO_SECOND;
    if (cubic && (!CONFIG_NET_TCP_CUBIC || first != CUBIC_FIRST || (second & 0xffff) != CUBIC_SECOND)) return false;
    if (cubic != tcb.is(TCP_CUBIC)) {
      // What one of them remembers means nothing to the other.
      tcb.congestionMemory = 0;
      tcb.put(TCP_CUBIC, cubic);
    }
    return true;
  }

  // ---- TCP_INFO ------------------------------------------------------------------------------------------------

  /**
   * Word `index` (below STREAM_INFO_BYTES / 4) of struct tcp_info as Linux lays it out. Times are µs, windows segments of tcpi_snd_mss
   * bytes. 0 for what is not kept per connection: last times of sending and receiving, SACK counts, total retransmissions.
   */
  static info(socket: Socket, index: u32): u32 {
    const tcb = changetype<Tcb>(socket);
    const state = <u32>tcb.state;
    const listens = state == LISTEN;
    const segment = state >= ESTABLISHED ? tcb.payloadRoom() : TCP_MSS_DEFAULT;
    switch (index) {
      case 0:
        return (
          <u32>load<u8>(INFO_STATES + <usize>(StreamOptions.isPending(tcb) ? SYN_RECEIVED : state)) |
          StreamOptions.infoCongestionState(tcb) |
          ((<u32>tcb.backoff) << 16) |
          (state >= ESTABLISHED ? (<u32>tcb.probes) << 24 : 0)
        );
      case 1:
        return (
          <u32>tcb.backoff |
          (StreamOptions.infoOptions(tcb) << 8) |
          ((<u32>tcb.sndScale) << 16) |
          ((<u32>tcb.rcvScale) << 20) |
          (CONFIG_NET_TCP_FASTOPEN ? StreamFastOpen.infoFlags(tcb) << 24 : 0)
        );
      case 2:
        return tcb.rto;
      case 4:
        return segment;
      case 5:
        return tcb.peerMss ? <u32>tcb.peerMss : TCP_MSS_DEFAULT;
      case 6:
        // Of a listener: connections that wait to be accepted, and how many may.
        if (listens) return <u32>tcb.clamp;
        return state >= ESTABLISHED ? (tcb.flightSize() + segment - 1) / segment : 0;
      case 7:
        return listens ? <u32>tcb.linger : 0;
      case 15:
        return state >= ESTABLISHED ? <u32>tcb.mss + 40 : 0;
      case 17:
        return tcb.srtt >>> 3;
      case 18:
        return tcb.rttvar >>> 2;
      case 19:
        return tcb.ssthresh / segment;
      case 20:
        return tcb.cwnd / segment;
      case 24:
        return listens ? 0 : tcb.ringCapacity;
      default:
        return 0;
    }
  }

  /** tcpi_ca_state in the second byte: 0 open, 3 recovery. */
  private static infoCongestionState(tcb: Tcb): u32 {
    return tcb.is(TCP_IN_RECOVERY) ? 3 << 8 : 0;
  }

  /** True for a connection that a SYN with a cookie has made, and whose handshake is not over: SYN-RECEIVED to the outside. */
  @inline private static isPending(tcb: Tcb): bool {
    return CONFIG_NET_TCP_FASTOPEN && tcb.has(STATE_FASTOPEN_PENDING);
  }

  /** TCPI_OPT_TIMESTAMPS 1, SACK 2, WSCALE 4, ECN 8, SYN_DATA 32. */
  private static infoOptions(tcb: Tcb): u32 {
    return (
      u32(tcb.is(TCP_HAS_TIMESTAMPS)) |
      (u32(tcb.is(TCP_HAS_SACK)) << 1) |
      (u32(tcb.is(TCP_HAS_SCALE)) << 2) |
      (u32(tcb.is(TCP_HAS_ECN)) << 3) |
      (CONFIG_NET_TCP_FASTOPEN ? StreamFastOpen.infoOptions(tcb) : 0)
    );
  }
}
