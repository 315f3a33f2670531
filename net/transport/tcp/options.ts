/** Options of the segments that we send (RFC 9293 §3.2, RFC 7323, RFC 2018, RFC 2883), in the order that Linux uses. */
import {
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_TIMESTAMPS,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { Be } from "../../base/be";
import { LongClock } from "../../base/long-clock";
import { TCP_ACK, TCP_OPTION_SACK, TCP_RST, TCP_SYN, TCP_TIMESTAMPS_WORD } from "../../wire/tcp";
import { TCP_HAS_SACK, TCP_HAS_SCALE, TCP_HAS_TIMESTAMPS, Tcb } from "./connection";
import { FastOpenOption } from "./fast-open-option";
import { OutOfOrder } from "./out-of-order";
import { Output } from "./output";

/** Words that begin an option, memory order. */
export const WORD_MSS: u32 = 0x0402;
/** SACK permitted and kind and length of timestamps. */
const WORD_SACK_TIMESTAMPS: u32 = 0x0a080204;
const WORD_NOP_NOP_SACK_PERMITTED: u32 = 0x02040101;
const WORD_NOP_SCALE: u32 = 0x00030301;
const WORD_NOP_NOP_SACK: u32 = 0x0101 | (TCP_OPTION_SACK << 16);
/** Bytes of the timestamps option with its padding. */
const TIMESTAMPS_BYTES: u32 = 12;
/** Bytes of all options together. */
const OPTIONS_MAX: u32 = 40;

/** What a SYN of ours asks for. */
const WANTED: u32 = TCP_HAS_SACK | TCP_HAS_TIMESTAMPS | TCP_HAS_SCALE;

/** u32 left, u32 right edge of a duplicate to report; equal = none. */
const DUPLICATE: usize = CONFIG_NET_TCP ? memory.data(8, 4) : 0;

export class TcpOptions {
  /** The next `write` reports [left, right) as a duplicate; equal values = nothing. */
  static noteDuplicate(left: u32, right: u32): void {
    store<u32>(DUPLICATE, left);
    store<u32>(DUPLICATE, right, 4);
  }

  /**
   * Writes the options of a segment.
   * @param place  usize → u8[40], 4-aligned
   * @param length bytes of payload: SACK blocks go only onto segments without
   * @returns bytes written, a multiple of 4
   */
  static write(tcb: Tcb, place: usize, flags: u32, length: u32): u32 {
    if (flags & TCP_SYN) return TcpOptions.writeSyn(tcb, place, flags);
    if (flags & TCP_RST) return 0;
    let bytes: u32 = 0;
    if (CONFIG_NET_TCP_TIMESTAMPS && tcb.is(TCP_HAS_TIMESTAMPS)) {
      bytes = TcpOptions.writeTimestamps(place, LongClock.now() + tcb.tsOffset, tcb.tsRecent);
    }
    if (CONFIG_NET_TCP_SACK && tcb.is(TCP_HAS_SACK) && !length)
      bytes += TcpOptions.writeSack(tcb, place + bytes, OPTIONS_MAX - bytes);
    return bytes;
  }

  /** Writes a timestamps option alone. @returns its bytes */
  static writeTimestamps(place: usize, tsVal: u32, tsEcr: u32): u32 {
    store<u32>(place, TCP_TIMESTAMPS_WORD);
    store<u32>(place, Be.swap32(tsVal), 4);
    store<u32>(place, Be.swap32(tsEcr), 8);
    return TIMESTAMPS_BYTES;
  }

  private static writeSack(tcb: Tcb, place: usize, room: u32): u32 {
    const left = load<u32>(DUPLICATE);
    const right = load<u32>(DUPLICATE, 4);
    const most = (room - 4) >>> 3;
    let count: u32 = 0;
    if (left != right) {
      store<u32>(place, Be.swap32(left), 4);
      store<u32>(place, Be.swap32(right), 8);
      count = 1;
    }
    count += OutOfOrder.writeBlocks(tcb, place + 4 + (count << 3), most - count);
    if (!count) return 0;
    store<u32>(place, WORD_NOP_NOP_SACK | (((count << 3) + 2) << 24));
    return 4 + (count << 3);
  }

  /** On a SYN everything that we want and the peer may have asked for; on a SYN-ACK what was agreed. */
  private static writeSyn(tcb: Tcb, place: usize, flags: u32): u32 {
    let agreed = WANTED;
    let tsEcr: u32 = 0;
    if (flags & TCP_ACK) {
      agreed = tcb.detail;
      tsEcr = tcb.tsRecent;
    }
    const mss = TcpOptions.ownMss(tcb);
    const tsVal = CONFIG_NET_TCP_TIMESTAMPS ? LongClock.now() + tcb.tsOffset : 0;
    const bytes = TcpOptions.writeAgreed(place, mss, agreed, tsVal, tsEcr, tcb.rcvScale);
    return CONFIG_NET_TCP_FASTOPEN ? bytes + FastOpenOption.write(place + bytes) : bytes;
  }

  /**
   * Writes the options of a SYN or SYN-ACK in the order that Linux has.
   * @param mss    our MSS, at most 65,535
   * @param agreed TCP_HAS_*: which of the others there are
   * @param scale  shift of our window
   * @returns bytes of all
   */
  static writeAgreed(place: usize, mss: u32, agreed: u32, tsVal: u32, tsEcr: u32, scale: u32): u32 {
    const start = place;
    store<u32>(place, WORD_MSS | Be.high16(mss));
    place += 4;
    const sack = CONFIG_NET_TCP_SACK && (agreed & TCP_HAS_SACK) != 0;
    if (CONFIG_NET_TCP_TIMESTAMPS && agreed & TCP_HAS_TIMESTAMPS) {
      TcpOptions.writeTimestamps(place, tsVal, tsEcr);
      if (sack) store<u32>(place, WORD_SACK_TIMESTAMPS);
      place += TIMESTAMPS_BYTES;
    } else if (sack) {
      store<u32>(place, WORD_NOP_NOP_SACK_PERMITTED);
      place += 4;
    }
    if (CONFIG_NET_TCP_WINDOW_SCALE && agreed & TCP_HAS_SCALE) {
      store<u32>(place, WORD_NOP_SCALE | (scale << 24));
      place += 4;
    }
    return <u32>(place - start);
  }

  /** The MSS option of our SYN: what the link carries, or TCP_MAXSEG when that is less (RFC 6691). */
  static ownMss(tcb: Tcb): u32 {
    const path = Output.pathRoom(tcb, tcb.remoteAddress);
    const wanted = <u32>tcb.peerMss;
    return wanted && wanted < path ? wanted : path;
  }
}
