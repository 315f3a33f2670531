/** Sending again what is in flight: whole records of Flight, in segments of the present size. */
import { Clock } from "../../base/clock";
import { TCP_ACK, TCP_FIN, TCP_PSH } from "../../wire/tcp";
import { TCP_FIN_SENT, Tcb } from "./connection";
import { Flight, MARK_LOST, MARK_RETRANSMITTED } from "./flight";
import { Output } from "./output";
import { SendBuffer } from "./send-buffer";
import { Undo } from "./undo";

/** Segments that one call sends at most. */
const BURST: i32 = 16;

export class Retransmission {
  /** Sends what is marked LOST, oldest first, as far as cwnd allows. False when the chip had no room (a new try is arranged). */
  static sendLost(tcb: Tcb, buffer: SendBuffer): bool {
    let left = BURST;
    let end = tcb.sndUna;
    for (let i: u32 = 0; i < buffer.recordCount && buffer.lostBytes && left > 0; i++) {
      const record = Flight.record(buffer, i);
      const start = end;
      end = Flight.end(record);
      if (!(Flight.marks(record) & MARK_LOST)) continue;
      const most = tcb.payloadRoom();
      let bytes = end - start - Retransmission.fin(tcb, end);
      // Longer than a segment: joined, or sent when segments were longer. The rest becomes a record of its own.
      if (bytes > most && Flight.split(buffer, i, start + most)) {
        bytes = most;
        end = start + most;
      }
      const pipe = Flight.pipe(tcb, buffer);
      // With nothing on the wire one segment always goes: there is no ACK to wait for.
      if (pipe && pipe + bytes > tcb.cwnd) return true;
      if (!Retransmission.send(tcb, buffer, i, start)) return false;
      left--;
    }
    return true;
  }

  /** TCP_FIN, which is also the number of sequence numbers that it takes, when a record up to `end` has our FIN; 0 otherwise. */
  private static fin(tcb: Tcb, end: u32): u32 {
    return end == tcb.sndNxt && tcb.is(TCP_FIN_SENT) ? TCP_FIN : 0;
  }

  /**
   * Sends record `index`, which begins at `start`, again; its mark LOST goes. False when the chip had no room: the record is as it was, although segments
   * of a long one may have gone.
   */
  static send(tcb: Tcb, buffer: SendBuffer, index: u32, start: u32): bool {
    const record = Flight.record(buffer, index);
    const end = Flight.end(record);
    const fin = Retransmission.fin(tcb, end);
    const flags: u32 = end == tcb.sndNxt ? TCP_PSH | fin : 0;
    const most = tcb.payloadRoom();
    let seq = start;
    let bytes = end - start - fin;
    // Only a record that could not be split is longer than one segment.
    for (let i = 0; bytes > most && i < BURST; i++) {
      if (!Output.data(tcb, buffer, seq, most, 0)) return false;
      seq += most;
      bytes -= most;
    }
    if (bytes) {
      if (!Output.data(tcb, buffer, seq, bytes < most ? bytes : most, flags)) return false;
    } else if (!Output.control(tcb, seq, TCP_ACK | TCP_FIN)) {
      return false;
    }
    const word = load<u32>(record, 4);
    if (word & MARK_LOST) buffer.lostBytes -= end - start;
    store<u32>(record, (Clock.ticks() & ~7) | ((word & 7 & ~MARK_LOST) | MARK_RETRANSMITTED), 4);
    Undo.stamp(tcb, buffer);
    return true;
  }
}
