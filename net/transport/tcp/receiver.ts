/**
 * The payload of segments: into the receive ring, in order or out of it; when an ACK is due; and reading
 * (RFC 9293 §3.10.7.4 seventh step, §3.8.6.3; RFC 5681 §4.2).
 */
import { CONFIG_NET_TCP_ACK_TIMEOUT, CONFIG_NET_TCP_SACK } from "../../../config";
import { guest_store8 } from "../../../hal/imports";
import { Clock } from "../../base/clock";
import { COUNTER_DROP_TCP_NO_BUFFER, COUNTER_DROP_TCP_REASSEMBLY_FULL, Counter } from "../../base/counters";
import { GuestVector } from "../../socket/guest-vector";
import { STATE_READ_SHUT } from "../../socket/socket";
import { Tasks } from "../../socket/task";
import {
  ESTABLISHED,
  FIN_WAIT_2,
  SYN_RECEIVED,
  TCP_ACK_DELAYED,
  TCP_ACK_NOW,
  TCP_ACK_WITH_READ,
  TCP_FIN_RECEIVED,
  TCP_IN_ACCEPT_QUEUE,
  TCP_OOBINLINE,
  TCP_QUICKACK,
  TCP_URGENT_BYTE,
  TCP_URGENT_PENDING,
  Tcb,
} from "./connection";
import { OutOfOrder } from "./out-of-order";
import { Output } from "./output";
import { ReceiveRing, ReceiveRings } from "./receive-ring";
import { ReceiveWindow } from "./receive-window";
import { Segment } from "./segment";
import { Sender } from "./sender";
import { Sequence } from "./sequence";
import { TcpTimers } from "./timers";

const ACK_DELAY: u32 = CONFIG_NET_TCP_ACK_TIMEOUT * 1000;
/** What an application that was woken for data has to read it before the ACK goes out without it, µs. */
const READ_DELAY: u32 = 1000;

export class Receiver {
  // ---- segments ----------------------------------------------------------------------------------------------

  /**
   * Takes the payload of a segment that has been cut to the window. What could not be taken is counted, and asked for again
   * by an ACK at once.
   */
  static take(tcb: Tcb, segment: Segment): void {
    const length = segment.length;
    const seq = segment.seq;
    if (tcb.has(STATE_READ_SHUT)) {
      // Nobody will read it; acknowledging it lets the peer finish (as Linux does).
      if (seq != tcb.rcvNxt) {
        Receiver.refuse(tcb);
        return;
      }
      tcb.rcvNxt = seq + length;
      if (Sequence.before(tcb.rcvAdv, tcb.rcvNxt)) tcb.rcvAdv = tcb.rcvNxt;
      Receiver.owe(tcb);
      return;
    }
    if (!ReceiveRings.attach(tcb)) {
      Counter.add(COUNTER_DROP_TCP_NO_BUFFER);
      Receiver.refuse(tcb);
      return;
    }
    if (seq != tcb.rcvNxt) {
      Receiver.takeEarly(tcb, segment);
      return;
    }
    ReceiveRing.put(tcb, 0, segment.data, length);
    let taken = length;
    if (tcb.outOfOrder) {
      taken += OutOfOrder.advance(tcb, seq + length);
      // A hole was filled, or part of one: the peer should know at once (RFC 5681 §4.2).
      tcb.raise(TCP_ACK_NOW);
    }
    tcb.ringCount += taken;
    tcb.rcvNxt += taken;
    if (tcb.is(TCP_URGENT_PENDING)) Receiver.noteUrgentByte(tcb);
    Receiver.owe(tcb);
  }

  /** Payload beyond a hole. It goes to its place in the ring; the ACK that follows says what is missing. */
  private static takeEarly(tcb: Tcb, segment: Segment): void {
    const left = segment.seq;
    const right = left + segment.length;
    if (OutOfOrder.covers(tcb, left, right)) {
      // The range that it lies in becomes the first, to follow the duplicate in the report (RFC 2883 §4).
      if (CONFIG_NET_TCP_SACK) OutOfOrder.add(tcb, left, right);
      tcb.lower(TCP_ACK_NOW);
      if (!Output.acknowledgeDuplicate(tcb, left, right)) tcb.raise(TCP_ACK_NOW);
      return;
    }
    if (!OutOfOrder.add(tcb, left, right)) {
      Counter.add(COUNTER_DROP_TCP_REASSEMBLY_FULL);
    } else {
      ReceiveRing.put(tcb, left - tcb.rcvNxt, segment.data, segment.length);
    }
    Receiver.refuse(tcb);
  }

  /** What came could not be taken, or not in order: an ACK goes out at once. */
  private static refuse(tcb: Tcb): void {
    tcb.raise(TCP_ACK_NOW);
    if (!tcb.ringCount && !tcb.outOfOrder) ReceiveRings.detach(tcb);
  }

  /**
   * Data has been taken in order: every second segment is acknowledged at once, a single one after a delay. When an
   * application waits for the data, it reads at once, and the ACK goes out with the room which that makes.
   */
  @inline static owe(tcb: Tcb): void {
    const woken = Tasks.wakeFor(changetype<usize>(tcb));
    if (tcb.is(TCP_ACK_NOW | TCP_ACK_WITH_READ)) {
      // A burst that nobody has read yet: the sender should not wait for more than a few segments.
      if (tcb.rcvNxt - tcb.lastAckSent >= (<u32>tcb.mss) << 2) tcb.raise(TCP_ACK_NOW);
      return;
    }
    if (!tcb.is(TCP_ACK_DELAYED | TCP_QUICKACK) && ACK_DELAY) {
      tcb.raise(TCP_ACK_DELAYED);
      Receiver.armAcknowledge(tcb, ACK_DELAY);
    } else if (woken) {
      tcb.raise(TCP_ACK_DELAYED | TCP_ACK_WITH_READ);
      Receiver.armAcknowledge(tcb, READ_DELAY);
    } else {
      tcb.raise(TCP_ACK_NOW);
    }
  }

  /** As `owe`, for data that is in the hands of the application already: there is nothing to wait for. */
  @inline static oweDirect(tcb: Tcb): void {
    if (tcb.is(TCP_ACK_NOW)) return;
    if (!tcb.is(TCP_ACK_DELAYED | TCP_QUICKACK) && ACK_DELAY) {
      tcb.raise(TCP_ACK_DELAYED);
      Receiver.armAcknowledge(tcb, ACK_DELAY);
    } else {
      tcb.raise(TCP_ACK_NOW);
    }
  }

  /** As `owe`, for a FIN, which is noted: an application that waits for it closes its side at once, and our FIN acknowledges the peer's. */
  @inline static oweFin(tcb: Tcb): void {
    if (Receiver.wakeForFin(tcb) && ACK_DELAY && !tcb.is(TCP_ACK_NOW)) {
      tcb.raise(TCP_FIN_RECEIVED | TCP_ACK_DELAYED);
      Receiver.armAcknowledge(tcb, ACK_DELAY);
    } else {
      tcb.raise(TCP_FIN_RECEIVED | TCP_ACK_NOW);
    }
  }

  /** Wakes who waits for the end of the stream, or for the connection. True when somebody did. */
  @inline private static wakeForFin(tcb: Tcb): bool {
    return Tasks.wakeFor(tcb.is(TCP_IN_ACCEPT_QUEUE) ? tcb.listener : changetype<usize>(tcb));
  }

  /** Segments arrive inside a poll. */
  @inline private static armAcknowledge(tcb: Tcb, delay: u32): void {
    const deadline = Clock.ticks() + delay;
    tcb.acknowledgeAt = deadline;
    TcpTimers.noteAt(tcb, deadline);
  }

  // ---- urgent data (RFC 9293 §3.8.5, RFC 6093) ---------------------------------------------------------------

  /**
   * The URG bit of an acceptable segment.
   * @param after sequence number after the urgent byte: SEG.SEQ + SEG.UP, not before SEG.SEQ
   */
  static noteUrgent(tcb: Tcb, after: u32): void {
    // Only forward: what has been read past, or is behind the mark that is known, says nothing (CVE-2019-12263).
    if (tcb.is(TCP_URGENT_PENDING) && Sequence.atOrBefore(after, tcb.rcvUp)) return;
    if (Sequence.atOrBefore(after, Receiver.firstUnread(tcb))) return;
    // Beyond what can be in the window it is nonsense.
    if (after - tcb.rcvNxt > 65_536 && Sequence.after(after, tcb.rcvNxt)) return;
    tcb.rcvUp = after;
    tcb.raise(TCP_URGENT_PENDING);
    tcb.lower(TCP_URGENT_BYTE);
    Receiver.noteUrgentByte(tcb);
    Tasks.wake(changetype<usize>(tcb));
  }

  /** When the urgent byte has arrived: keeps it for MSG_OOB. */
  private static noteUrgentByte(tcb: Tcb): void {
    if (tcb.is(TCP_URGENT_BYTE | TCP_OOBINLINE)) return;
    const behind = Receiver.firstUnread(tcb) + tcb.ringCount - (tcb.rcvUp - 1);
    if (<i32>behind <= 0 || behind > tcb.ringCount) return;
    tcb.urgentByte = load<u8>(tcb.ringBase + ReceiveRing.offset(tcb, tcb.ringCount - behind));
    tcb.raise(TCP_URGENT_BYTE);
  }

  /** Sequence number of the first unread byte. */
  private static firstUnread(tcb: Tcb): u32 {
    // The peer's FIN occupies a number and no byte.
    return tcb.rcvNxt - tcb.ringCount - u32(tcb.is(TCP_FIN_RECEIVED));
  }

  /** Bytes before the urgent byte; a large number without one. */
  private static beforeMark(tcb: Tcb): u32 {
    if (!tcb.is(TCP_URGENT_PENDING)) return <u32>-1;
    const ahead = tcb.rcvUp - 1 - Receiver.firstUnread(tcb);
    return <i32>ahead < 0 ? <u32>-1 : ahead;
  }

  /** True when the next byte to be read is at the urgent mark (sockatmark). */
  static atMark(tcb: Tcb): bool {
    return Receiver.beforeMark(tcb) == 0;
  }

  // ---- reading -----------------------------------------------------------------------------------------------

  /** Bytes that `read` can give now: up to the urgent mark, without the urgent byte itself unless it is read in line. */
  @inline static available(tcb: Tcb): u32 {
    return tcb.is(TCP_URGENT_PENDING) ? Receiver.availableToMark(tcb) : tcb.ringCount;
  }

  private static availableToMark(tcb: Tcb): u32 {
    const before = Receiver.beforeMark(tcb);
    const count = tcb.ringCount;
    if (before >= count) return count;
    if (before) return before;
    if (tcb.is(TCP_OOBINLINE)) return count;
    // At the mark, out of line: the urgent byte is passed over.
    return count - 1;
  }

  /**
   * Copies unread bytes into `vector` from its offset `offset` on, and offers the peer the room that this makes.
   * @param limit most bytes, at most what the vector has from there on
   * @param peek  the bytes stay unread
   * @returns bytes copied; 0 when there are none. A read never goes past the urgent mark, it ends before it.
   */
  @inline static read(tcb: Tcb, task: i32, vector: GuestVector, offset: u32, limit: u32, peek: bool): u32 {
    if (tcb.is(TCP_URGENT_PENDING)) {
      if (peek) return Receiver.peekToMark(tcb, task, vector, offset, limit);
      Receiver.passMark(tcb);
    }
    let bytes = Receiver.available(tcb);
    if (bytes > limit) bytes = limit;
    if (!bytes) return 0;
    ReceiveRing.get(tcb, task, vector, offset, bytes);
    if (!peek) Receiver.taken(tcb, bytes);
    return bytes;
  }

  /** `bytes` bytes have been read. */
  @inline static taken(tcb: Tcb, bytes: u32): void {
    ReceiveRing.drop(tcb, bytes);
    if (!tcb.ringCount && !tcb.outOfOrder) ReceiveRings.detach(tcb);
    if (tcb.is(TCP_ACK_WITH_READ) || ReceiveWindow.shouldUpdate(tcb)) Receiver.tell(tcb);
  }

  /** Sends the ACK that was waiting for the read, or the news of a larger window. */
  private static tell(tcb: Tcb): void {
    const state = <u32>tcb.state;
    // After the peer's FIN there is nothing more to come.
    if (state < SYN_RECEIVED || state > FIN_WAIT_2 || tcb.is(TCP_FIN_RECEIVED)) return;
    tcb.raise(TCP_ACK_NOW);
    Sender.run(tcb);
  }

  /** As `read`, for a peek while urgent data is pending: what a read would give, the mark stays. */
  private static peekToMark(tcb: Tcb, task: i32, vector: GuestVector, offset: u32, limit: u32): u32 {
    const bytes = min<u32>(Receiver.available(tcb), limit);
    if (!bytes) return 0;
    const tail = tcb.ringTail;
    const count = tcb.ringCount;
    if (!tcb.is(TCP_OOBINLINE) && !Receiver.beforeMark(tcb)) ReceiveRing.drop(tcb, 1);
    ReceiveRing.get(tcb, task, vector, offset, bytes);
    tcb.ringTail = tail;
    tcb.ringCount = count;
    return bytes;
  }

  /** When the read begins at the mark: the mark is passed, with the urgent byte unless that is read in line. */
  private static passMark(tcb: Tcb): void {
    if (Receiver.beforeMark(tcb) || !tcb.ringCount) return;
    if (!tcb.is(TCP_OOBINLINE)) Receiver.taken(tcb, 1);
    tcb.lower(TCP_URGENT_PENDING);
  }

  /**
   * Puts the urgent byte into the first byte of `vector` (MSG_OOB). The caller has seen TCP_URGENT_BYTE.
   * @returns 1, or 0 when the vector is empty
   */
  static readUrgent(tcb: Tcb, task: i32, vector: GuestVector, peek: bool): u32 {
    if (!vector.total) return 0;
    guest_store8(task, vector.firstAddress(), tcb.urgentByte);
    if (!peek) tcb.lower(TCP_URGENT_BYTE);
    return 1;
  }

  /** Everything unread is thrown away (close with unread data). */
  static discard(tcb: Tcb): void {
    if (tcb.outOfOrder) OutOfOrder.detach(tcb);
    if (tcb.ringBase) ReceiveRings.detach(tcb);
  }

  /** True when this connection can still get data from the peer. */
  static isOpen(tcb: Tcb): bool {
    const state = <u32>tcb.state;
    return state >= ESTABLISHED && state <= FIN_WAIT_2;
  }
}
