/** A core in virtual time: when it is polled next, and the calls of its tasks that wait. */
import { type Core, NO_DEADLINE, PENDING } from "./core.js";
import type { Port, Segment } from "./wire.js";
import type { World } from "./world.js";

/**
 * When cores are polled: `exact` at their deadlines; `extra` also at random times in between (the frames must be the same);
 * `late` up to `LATE_LIMIT` after the deadline or the frame that calls for it.
 */
export type PollMode = "exact" | "extra" | "late";

/** Microseconds. */
export const LATE_LIMIT = 5000;

/** A bound of the world was hit: the core asks for endless work. */
export class StormError extends Error {
  override readonly name = "StormError";
}

/** Frames that one poll or system call may send before it is an output storm. */
const MAX_FRAMES_PER_ENTRY = 256;
/** Polls in a row at the same microsecond, beyond one per frame received, before the clock moves on. */
const MAX_POLLS_AT_ONCE = 64;
/** Polls of mode `extra` between two that are due. */
const EXTRA_POLLS = 2;
/** Microseconds: how far ahead mode `extra` looks when no timer runs. */
const EXTRA_HORIZON = 1_000_000;

/** A system call that answered PENDING. `result` is set when it is done. */
export interface ParkedCall {
  readonly task: number;
  readonly name: string;
  readonly args: readonly (number | bigint)[];
  result: number | undefined;
  /** When it was done, µs. */
  doneAt: number;
}

export class WorldNode implements Port {
  /** Answer of core_init. */
  readonly initResult: number;
  /** When the core is polled next, µs; Infinity for never. */
  wakeAt = Number.POSITIVE_INFINITY;
  /** Times that the core asked again and again for a poll at the same microsecond: a bug. */
  guardHits = 0;
  /** Polls so far. */
  polls = 0;
  /** Called with each frame the core sends, before it is on the wire. */
  onSend: (frame: Uint8Array) => void = () => {};

  private readonly parkedCalls = new Map<number, ParkedCall>();
  private deadline = Number.POSITIVE_INFINITY;
  private extraLeft: number[] = [];
  private sentInEntry = 0;
  private pollsNow = 0;
  private pollTime = -1;
  private allowance = MAX_POLLS_AT_ONCE;

  constructor(
    private readonly world: World,
    readonly name: string,
    readonly core: Core,
    private readonly segment: Segment | undefined,
  ) {
    core.nic.onTransmit = (frame) => this.transmit(frame);
    segment?.attach(this);
    this.initResult = this.enter(() => core.init(this.micros()));
    this.wake(this.world.now);
  }

  /** A frame from the wire: into the device, and the core is polled. */
  receive(frame: Uint8Array): void {
    this.core.nic.receive(frame);
    this.allowance += 1;
    this.wake(this.world.now);
  }

  setLink(up: boolean): void {
    this.core.nic.setLink(up);
    this.wake(this.world.now);
  }

  /** Asks for a poll at `time`, or earlier when one is due earlier. */
  wake(time: number): void {
    const late = this.world.mode === "late" ? this.world.pollRandom.below(LATE_LIMIT + 1) : 0;
    this.wakeAt = Math.min(this.wakeAt, time + late);
  }

  /** Polls the core now. */
  poll(): void {
    const world = this.world;
    const now = world.now;
    if (now !== this.pollTime) {
      this.pollTime = now;
      this.pollsNow = 0;
      this.allowance = MAX_POLLS_AT_ONCE;
    }
    this.polls += 1;
    this.pollsNow += 1;
    this.wakeAt = Number.POSITIVE_INFINITY;
    const extra = this.extraLeft.length > 0 && this.extraLeft[0] <= now && now < this.deadline;
    this.setDeadline(this.enter(() => this.core.poll(this.micros())));
    if (world.mode === "extra" && !extra) {
      const horizon = Math.min(this.deadline, now + EXTRA_HORIZON) - now;
      this.extraLeft = [];
      if (horizon > 1) {
        for (let i = 0; i < EXTRA_POLLS; i++) this.extraLeft.push(now + 1 + world.pollRandom.below(horizon - 1));
        this.extraLeft.sort((a, b) => a - b);
      }
    }
    while (this.extraLeft.length > 0 && this.extraLeft[0] <= now) this.extraLeft.shift();
    if (this.extraLeft.length > 0) this.wakeAt = Math.min(this.wakeAt, this.extraLeft[0]);
    this.retryParked();
  }

  /**
   * A system call (core function, constants and parameters; see `Core.call`). When it has to wait, the task is parked and
   * the call is repeated as the core says; `parked(task)` has it.
   */
  call(name: string, task: number, ...args: (number | bigint)[]): number {
    if (this.parkedCalls.has(task)) throw new Error(`task ${task} of ${this.name} waits in a system call already`);
    const result = this.enter(() => this.core.call(name, task, this.micros(), ...args));
    if (result === PENDING) this.park({ task, name, args, result: undefined, doneAt: -1 });
    // What one task does may be what another one waits for.
    if (this.parkedCalls.size > 0) this.wakeReady();
    return result;
  }

  private wakeReady(): void {
    for (const call of this.parkedCalls.values()) {
      if (this.enter(() => this.core.ready(call.task))) this.wake(this.world.now);
    }
  }

  /** The call that `task` waits in, or undefined. */
  parked(task: number): ParkedCall | undefined {
    return this.parkedCalls.get(task);
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.parkedCalls.size;
  }

  /** Ends the program of `task`: its parked call is given up, its descriptors are closed. */
  reset(task: number): void {
    this.parkedCalls.delete(task);
    this.enter(() => this.core.reset(task, this.micros()));
  }

  /** Takes over the core's state and forgets parked calls; the core is polled at the current time. */
  restore(snapshot: Uint8Array): void {
    this.core.restore(snapshot);
    this.parkedCalls.clear();
    this.deadline = Number.POSITIVE_INFINITY;
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.extraLeft = [];
    this.wake(this.world.now);
  }

  /** Anything else that enters the core (core_interface_set and the like): as a host would do it. */
  enter<T>(entry: () => T): T {
    this.sentInEntry = 0;
    const result = entry();
    if (this.core.pollRequested) this.wake(this.world.now);
    return result;
  }

  private park(call: ParkedCall): void {
    this.parkedCalls.set(call.task, call);
    this.setDeadline(this.enter(() => this.core.park(call.task, this.micros())));
    if (this.enter(() => this.core.ready(call.task))) this.wake(this.world.now);
  }

  private retryParked(): void {
    for (const call of [...this.parkedCalls.values()]) {
      if (!this.enter(() => this.core.ready(call.task))) continue;
      this.parkedCalls.delete(call.task);
      const result = this.enter(() => this.core.call(call.name, call.task, this.micros(), ...call.args));
      if (result === PENDING) this.park(call);
      else {
        call.result = result;
        call.doneAt = this.world.now;
      }
    }
  }

  private setDeadline(deadline: bigint): void {
    const now = this.world.now;
    if (deadline === NO_DEADLINE) {
      this.deadline = Number.POSITIVE_INFINITY;
      return;
    }
    this.deadline = Number(deadline);
    let time = this.deadline;
    if (time < now)
      time = now + 1; // a deadline that has passed
    else if (time === now && this.pollTime === now && this.pollsNow > this.allowance) {
      this.guardHits += 1;
      time = now + 1;
    }
    this.wake(time);
  }

  private transmit(frame: Uint8Array): void {
    this.sentInEntry += 1;
    if (this.sentInEntry > MAX_FRAMES_PER_ENTRY) {
      throw new StormError(`output storm: ${this.name} sent ${this.sentInEntry} frames in one entry into the core`);
    }
    this.onSend(frame);
    this.segment?.send(this, frame);
  }

  private micros(): bigint {
    return BigInt(Math.floor(this.world.now));
  }
}
