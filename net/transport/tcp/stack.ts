/** What the stack needs to know of TCP as a whole: its start, its timers, its pools. */
import { CONFIG_NET_TCP_FASTOPEN } from "../../../config";
import { FastOpenCookie } from "./fast-open-cookie";
import { FastOpenOption } from "./fast-open-option";
import { InitialSequence } from "./initial-sequence";
import { OutOfOrder } from "./out-of-order";
import { ReceiveRings } from "./receive-ring";
import { SendBuffers } from "./send-buffer";
import { SynQueue } from "./syn-queue";
import { TimeWait } from "./time-wait";
import { TcpTimers } from "./timers";
import { TupleHash } from "./tuple-hash";

/** How many pools there are. */
export const TCP_POOLS: i32 = 5;

export class TcpStack {
  /** Once, before the first frame. */
  static initialise(): void {
    InitialSequence.initialise();
    TupleHash.initialise();
    SynQueue.initialise();
    TimeWait.initialise();
    ReceiveRings.initialise();
    SendBuffers.initialise();
    OutOfOrder.initialise();
    TcpTimers.initialise();
    if (CONFIG_NET_TCP_FASTOPEN) {
      FastOpenCookie.initialise();
      FastOpenOption.initialise();
    }
  }

  /** Does what is due, and notes what comes next. */
  static expire(ticks: u32): void {
    TcpTimers.expire(ticks);
    SynQueue.expire(ticks);
    TimeWait.expire(ticks);
  }

  /** usize → the record of pool `index`, below TCP_POOLS. */
  static pool(index: i32): usize {
    switch (index) {
      case 0:
        return ReceiveRings.pool();
      case 1:
        return SendBuffers.pool();
      case 2:
        return OutOfOrder.pool();
      case 3:
        return SynQueue.pool();
      case 4:
        return TimeWait.pool();
      default:
        return 0;
    }
  }
}
