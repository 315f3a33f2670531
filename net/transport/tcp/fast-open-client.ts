/**
 * TCP Fast Open of a client (RFC 7413 §4.2): the first SYN asks for a cookie, or has one and the first data.
 *
 * The data of a SYN lies in the send buffer like all data, and counts as not yet sent: SND.NXT is the number after the SYN. What the
 * SYN-ACK acknowledges of it leaves the buffer; the rest goes out as new data, and so it does when the SYN had to be sent again, which is
 * done without data and option (§4.1.3.1). So nothing of loss recovery has to know of it.
 *
 * In a SYN goes at most what the server takes in a segment (536 bytes when that is not known) less 40 bytes, as on Linux: what
 * its options take, and what boxes on the way may add to them.
 *
 * A simultaneous open goes on without: our SYN-ACK has no data, and what the peer acknowledges of the SYN's counts (RFC 9293 §3.5).
 */
import { Clock } from "../../base/clock";
import { GuestVector } from "../../socket/guest-vector";
import {
  OPTION_FASTOPEN_CONNECT,
  OPTION_FASTOPEN_NO_COOKIE,
  STATE_FASTOPEN_ASKED,
  STATE_FASTOPEN_DATA,
  STATE_FASTOPEN_DEFERRED,
  STATE_FASTOPEN_OPENING,
  STATE_FASTOPEN_STATUS,
} from "../../socket/socket";
import { Tasks } from "../../socket/task";
import { Calls } from "./calls";
import { TCP_MSS_DEFAULT, TCP_SYN_LOST, Tcb } from "./connection";
import { FastOpenCache, FastOpenServerRecord } from "./fast-open-cache";
import { FastOpenOption } from "./fast-open-option";
import { Output } from "./output";
import { HAS_FASTOPEN, HAS_MSS, Segment } from "./segment";
import { SendBuffer, SendBuffers } from "./send-buffer";
import { Sender } from "./sender";

/** tcpi_fastopen_client_fail of struct tcp_info, with Linux's numbers; 0 = it has not failed. */
export const FASTOPEN_NO_COOKIE_YET: u32 = 1;
export const FASTOPEN_DATA_NOT_TAKEN: u32 = 2;
export const FASTOPEN_SYN_SENT_AGAIN: u32 = 3;

/** What a connection keeps of this in `Socket.options`. */
const CONNECTION: u32 =
  STATE_FASTOPEN_ASKED | STATE_FASTOPEN_DATA | STATE_FASTOPEN_OPENING | (3 << STATE_FASTOPEN_STATUS);
/** Bytes of all options together. */
const OPTIONS_MOST: u32 = 40;

export class FastOpenClient {
  // ---- opening ----------------------------------------------------------------------------------------------------------

  /** A new connection begins: nothing of the last one counts. True when its SYN is this file's business. */
  static begins(tcb: Tcb): bool {
    tcb.options &= ~CONNECTION;
    return tcb.has(STATE_FASTOPEN_DEFERRED | OPTION_FASTOPEN_CONNECT);
  }

  /**
   * The connection `tcb` is in SYN-SENT, its addresses and numbers are set. With STATE_FASTOPEN_DEFERRED the caller goes on with `open`.
   * With TCP_FASTOPEN_CONNECT the SYN waits for the first send when data may go with it; otherwise it goes now, and asks for a cookie.
   */
  static connect(tcb: Tcb): void {
    if (tcb.has(STATE_FASTOPEN_DEFERRED)) return;
    if (!FastOpenClient.canBringData(tcb)) {
      FastOpenClient.open(tcb, 0, null);
      return;
    }
    tcb.options |= STATE_FASTOPEN_DEFERRED;
    // It is writable now.
    Tasks.wake(changetype<usize>(tcb));
  }

  /** True when a SYN to this peer may have data. */
  private static canBringData(tcb: Tcb): bool {
    const p = FastOpenCache.find(tcb.localAddress, tcb.remoteAddress);
    if (FastOpenCache.isPaused(p, tcb.remotePort())) return false;
    return tcb.has(OPTION_FASTOPEN_NO_COOKIE) || (p != 0 && FastOpenServerRecord.at(p).cookieBytes != 0);
  }

  /**
   * Sends the SYN of `tcb`, which is in SYN-SENT, with as much of `vector` as may go with it.
   * @param vector null: no data
   * @returns bytes of `vector` that were taken: they are in the send buffer
   */
  static open(tcb: Tcb, task: i32, vector: GuestVector | null): u32 {
    tcb.options = (tcb.options & ~STATE_FASTOPEN_DEFERRED) | STATE_FASTOPEN_OPENING;
    let taken: u32 = 0;
    const p = FastOpenCache.find(tcb.localAddress, tcb.remoteAddress);
    if (!FastOpenCache.isPaused(p, tcb.remotePort())) {
      tcb.options |= STATE_FASTOPEN_ASKED;
      const cookieBytes = p ? <u32>FastOpenServerRecord.at(p).cookieBytes : 0;
      const bare = tcb.has(OPTION_FASTOPEN_NO_COOKIE);
      if (!bare) {
        if (cookieBytes) FastOpenOption.bring(FastOpenServerRecord.at(p).cookie(), cookieBytes);
        else FastOpenOption.ask();
      }
      if (!bare && !cookieBytes) FastOpenClient.setStatus(tcb, FASTOPEN_NO_COOKIE_YET);
      else if (vector) taken = FastOpenClient.queue(tcb, task, vector, p ? <u32>FastOpenServerRecord.at(p).mss : 0);
    }
    // The field has no other use before the handshake is over: it holds the moment of the SYN.
    tcb.congestionMemory = Clock.ticks();
    // A chip without room makes the next try a SYN like any other.
    if (!Output.open(tcb, Calls.synFlags(tcb), taken)) tcb.options &= ~STATE_FASTOPEN_ASKED;
    FastOpenOption.clear();
    Sender.armLone(tcb);
    return taken;
  }

  /** Puts what fits into the SYN into the send buffer. @param mss what the server takes, 0 = not known. @returns bytes */
  private static queue(tcb: Tcb, task: i32, vector: GuestVector, mss: u32): u32 {
    let room = Output.pathRoom(tcb, tcb.remoteAddress);
    const wanted = <u32>tcb.peerMss;
    if (wanted && wanted < room) room = wanted;
    if (!mss) mss = TCP_MSS_DEFAULT;
    if (mss < room) room = mss;
    if (room <= OPTIONS_MOST || !vector.total || !SendBuffers.attach(tcb)) return 0;
    return Sender.queueFirst(tcb, task, vector, room - OPTIONS_MOST);
  }

  // ---- the answer -------------------------------------------------------------------------------------------------------

  /** True when `ack` acknowledges our SYN, and nothing that it had not. */
  static acknowledges(tcb: Tcb, ack: u32): bool {
    return ack - tcb.sndNxt <= Sender.queued(tcb);
  }

  /** In SYN-SENT or SYN-RECEIVED: what `ack` acknowledges of the SYN's data leaves the buffer, and counts as sent. @returns bytes of it */
  static takeAcknowledged(tcb: Tcb, ack: u32): u32 {
    if (!FastOpenClient.acknowledges(tcb, ack)) return 0;
    tcb.options &= ~STATE_FASTOPEN_OPENING;
    const p = tcb.sendBuffer;
    if (!p) return 0;
    const buffer = SendBuffer.at(p);
    const taken = ack - tcb.sndNxt;
    tcb.sndNxt = ack;
    buffer.start = buffer.offset(taken);
    buffer.length -= taken;
    if (!buffer.length) SendBuffers.detach(tcb);
    if (taken) tcb.options |= STATE_FASTOPEN_DATA;
    return taken;
  }

  /**
   * The SYN-ACK: what it acknowledges and brings.
   * @param segment its ACK has been found acceptable (`acknowledges`)
   * @see RFC 7413 §4.1.3, §4.1.3.1, §4.2.2
   */
  static answered(tcb: Tcb, segment: Segment): void {
    const queued = Sender.queued(tcb);
    const taken = FastOpenClient.takeAcknowledged(tcb, segment.ack);
    if (!tcb.has(STATE_FASTOPEN_ASKED)) return;
    const lost = tcb.is(TCP_SYN_LOST);
    if (queued && !taken) FastOpenClient.setStatus(tcb, lost ? FASTOPEN_SYN_SENT_AGAIN : FASTOPEN_DATA_NOT_TAKEN);
    const local = tcb.localAddress;
    const remote = tcb.remoteAddress;
    const bytes = segment.hasOption(HAS_FASTOPEN) ? FastOpenOption.length() : 0;
    if (bytes) {
      const record = FastOpenCache.obtain(local, remote);
      record.cookieBytes = <u8>bytes;
      memory.copy(record.cookie(), FastOpenOption.cookie(), bytes);
      FastOpenCache.worked(record);
    } else if (!taken) {
      // A SYN that had to be sent again has been noted.
      if (queued && !lost) FastOpenCache.failed(local, remote, tcb.remotePort());
      return;
    }
    const record = FastOpenCache.obtain(local, remote);
    if (!bytes) FastOpenCache.worked(record);
    record.mss = <u16>(segment.hasOption(HAS_MSS) ? segment.mss : TCP_MSS_DEFAULT);
  }

  /** The SYN has not been answered in time; or an ICMP error has been. */
  static unanswered(tcb: Tcb): void {
    if (!tcb.has(STATE_FASTOPEN_ASKED) || tcb.is(TCP_SYN_LOST)) return;
    FastOpenCache.failed(tcb.localAddress, tcb.remoteAddress, tcb.remotePort());
  }

  // ---- TCP_INFO ---------------------------------------------------------------------------------------------------------

  private static setStatus(tcb: Tcb, status: u32): void {
    tcb.options = (tcb.options & ~(3 << STATE_FASTOPEN_STATUS)) | (status << STATE_FASTOPEN_STATUS);
  }

  /** FASTOPEN_*, 0 = it has not failed. */
  static status(tcb: Tcb): u32 {
    return (tcb.options >>> STATE_FASTOPEN_STATUS) & 3;
  }
}
