/** SEGMENT ARRIVES in SYN-SENT: RFC 9293 §3.10.7.3, with the options of the SYN-ACK (RFC 7323, RFC 2018, RFC 3168, RFC 6691). */
import {
  CONFIG_NET_TCP_ECN,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_TIMESTAMPS,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { Clock } from "../../base/clock";
import { COUNTER_DROP_TCP_STATE, COUNTER_TCP_RESETS_IN, Counter } from "../../base/counters";
import { ECONNREFUSED } from "../../base/errno";
import { LongClock } from "../../base/long-clock";
import { STATE_FASTOPEN_DEFERRED } from "../../socket/socket";
import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_RST, TCP_SYN, TCP_URG } from "../../wire/tcp";
import { Calls } from "./calls";
import {
  SYN_RECEIVED,
  TCP_ACK_NOW,
  TCP_HAS_ECN,
  TCP_HAS_SACK,
  TCP_HAS_SCALE,
  TCP_HAS_TIMESTAMPS,
  TCP_MSS_DEFAULT,
  TCP_SYN_LOST,
  Tcb,
  TIMER_OFF,
} from "./connection";
import { Connections } from "./connections";
import { FastOpenClient } from "./fast-open-client";
import { Output } from "./output";
import { Reply } from "./reply";
import { RoundTrip } from "./round-trip";
import { HAS_MSS, HAS_SACK_PERMITTED, HAS_SCALE, HAS_TIMESTAMPS, Segment } from "./segment";
import { SegmentArrives } from "./segment-arrives";
import { Sender } from "./sender";

export class SynSent {
  /** A segment of a connection in SYN-SENT. */
  static segmentArrives(tcb: Tcb, segment: Segment): void {
    const hasAck = segment.has(TCP_ACK);
    // First: only the ACK of our SYN can be (nothing else has been sent, but for data in the SYN).
    const acceptable =
      hasAck && (CONFIG_NET_TCP_FASTOPEN ? FastOpenClient.acknowledges(tcb, segment.ack) : segment.ack == tcb.sndNxt);
    if (hasAck && !acceptable) {
      if (segment.has(TCP_RST)) Counter.add(COUNTER_DROP_TCP_STATE);
      else Reply.reset(segment);
      return;
    }
    // Second: a RST counts when it acknowledges our SYN (RFC 5961 §3.2 leaves that as it was).
    if (segment.has(TCP_RST)) {
      if (!acceptable) {
        Counter.add(COUNTER_DROP_TCP_STATE);
        return;
      }
      Counter.add(COUNTER_TCP_RESETS_IN);
      Connections.fail(tcb, ECONNREFUSED);
      return;
    }
    // Fourth: SYN.
    if (!segment.has(TCP_SYN)) {
      Counter.add(COUNTER_DROP_TCP_STATE);
      return;
    }
    SynSent.takeSyn(tcb, segment, acceptable);
    if (!acceptable) {
      // A simultaneous open: the SYN goes out again, with an ACK.
      if (CONFIG_NET_TCP_FASTOPEN) tcb.options &= ~STATE_FASTOPEN_DEFERRED;
      tcb.enter(SYN_RECEIVED);
      tcb.backoff = 0;
      Output.control(tcb, tcb.sndUna, TCP_SYN | TCP_ACK);
      Sender.armLone(tcb);
      return;
    }
    if (!tcb.is(TCP_SYN_LOST)) RoundTrip.sample(tcb, Clock.ticks() - tcb.congestionMemory);
    if (CONFIG_NET_TCP_FASTOPEN) FastOpenClient.answered(tcb, segment);
    tcb.sndUna = segment.ack;
    // The window of a SYN is not scaled (RFC 7323 §2.2).
    Calls.established(tcb, segment, segment.window);
    tcb.raise(TCP_ACK_NOW);
    // What follows the SYN in the same segment.
    // Urgent data is announced on established connections only (CVE-2019-12261).
    segment.flags &= ~(TCP_SYN | TCP_URG);
    segment.seq += 1;
    const room = tcb.rcvAdv - tcb.rcvNxt;
    if (segment.length > room) segment.length = room;
    SegmentArrives.text(tcb, segment);
  }

  /** Takes over sequence number and options of the peer's SYN. */
  private static takeSyn(tcb: Tcb, segment: Segment, answered: bool): void {
    const window = tcb.rcvAdv - tcb.rcvNxt;
    const next = segment.seq + 1;
    tcb.rcvNxt = next;
    tcb.rcvAdv = next + window;
    tcb.lastAckSent = next;
    const wanted = <u32>tcb.peerMss;
    const offered = segment.hasOption(HAS_MSS) ? segment.mss : TCP_MSS_DEFAULT;
    tcb.peerMss = <u16>(wanted && wanted < offered ? wanted : offered);
    if (CONFIG_NET_TCP_WINDOW_SCALE && segment.hasOption(HAS_SCALE)) {
      tcb.raise(TCP_HAS_SCALE);
      tcb.sndScale = <u8>segment.scale;
    } else {
      tcb.rcvScale = 0;
    }
    if (CONFIG_NET_TCP_TIMESTAMPS && segment.hasOption(HAS_TIMESTAMPS)) {
      tcb.raise(TCP_HAS_TIMESTAMPS);
      tcb.tsRecent = segment.tsVal;
      tcb.tsRecentAt = LongClock.now();
    }
    if (CONFIG_NET_TCP_SACK && segment.hasOption(HAS_SACK_PERMITTED)) tcb.raise(TCP_HAS_SACK);
    if (CONFIG_NET_TCP_ECN && answered && (segment.flags & (TCP_ECE | TCP_CWR)) == TCP_ECE) tcb.raise(TCP_HAS_ECN);
    if (answered) tcb.sendTimer = <u8>TIMER_OFF;
  }
}
