/**
 * The earliest deadline of all: one word. Arming a timer is a store into the owner's own record and a call of `arm`
 * here; when the moment comes, core_poll asks every owner (`expire(ticks)`) and keeps the earliest answer.
 */
import { host_request_poll } from "../../hal/imports";
import { Clock, NO_DEADLINE } from "./clock";

/** u32 next deadline (ticks), u32 1 while core_poll or core_task_park runs (the host will hear of `next` anyway). */
const STATE: usize = memory.data(8, 4);
const INSIDE: usize = 4;

export class Timers {
  /** Something is due at `deadline` (ticks). */
  static arm(deadline: u32): void {
    if (<i32>(deadline - load<u32>(STATE)) < 0) {
      store<u32>(STATE, deadline);
      if (!load<u32>(STATE, INSIDE)) host_request_poll();
    }
  }

  /** The earliest deadline, ticks. */
  @inline static next(): u32 {
    return load<u32>(STATE);
  }

  /** Starts over: nothing is due before `ticks` + NO_DEADLINE. */
  @inline static reset(ticks: u32): void {
    store<u32>(STATE, ticks + NO_DEADLINE);
  }

  /** Marks that the host is going to read `next` when the entry returns. */
  @inline static setInside(inside: bool): void {
    store<u32>(STATE, u32(inside), INSIDE);
  }

  /** The earliest deadline as the host's 64-bit time. */
  @inline static nextAbsolute(): u64 {
    const now = Clock.now();
    const ahead = <i32>(load<u32>(STATE) - <u32>now);
    return ahead > 0 ? now + <u64>ahead : now;
  }
}
