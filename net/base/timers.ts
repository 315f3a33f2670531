/**
 * The earliest deadline of all: one word. Arming a timer is a store into the owner's own record and a call of `arm`
 * here; when the moment comes, core_poll asks every owner (`expire(ticks)`) and keeps the earliest answer.
 */
import { host_request_poll } from "../../hal/imports";
import { Clock, NO_DEADLINE } from "./clock";

/** u32 next deadline, ticks. */
const STATE: usize = memory.data(4, 4);

export class Timers {
  /** Something is due at `deadline` (ticks). */
  static arm(deadline: u32): void {
    if (<i32>(deadline - load<u32>(STATE)) < 0) {
      store<u32>(STATE, deadline);
      // Inside a poll the host hears of it anyway, and polls once more than it must; keeping track would cost every poll.
      host_request_poll();
    }
  }

  /** As `arm`, for core_poll itself: the host is about to hear of it. */
  @inline static note(deadline: u32): void {
    if (<i32>(deadline - load<u32>(STATE)) < 0) store<u32>(STATE, deadline);
  }

  /** Starts over: nothing is due before `ticks` + NO_DEADLINE. */
  @inline static reset(ticks: u32): void {
    store<u32>(STATE, ticks + NO_DEADLINE);
  }

  /** Ticks until the earliest deadline; 0 when it has come. */
  @inline static ahead(): u32 {
    return Timers.aheadOf(Clock.ticks());
  }

  /** As `ahead`, where the caller has the present moment at hand. */
  @inline static aheadOf(ticks: u32): u32 {
    const ahead = <i32>(load<u32>(STATE) - ticks);
    return ahead > 0 ? <u32>ahead : 0;
  }
}
