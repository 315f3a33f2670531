/**
 * Tasks of the application, and what each waits for. A call that cannot be done answers PENDING after `wait`; the host
 * parks the task (`park`, which fixes the deadline), and repeats the call when `ready` says so. The record outlives the
 * repetition: bytes already moved and the deadline are still there.
 */
import { CONFIG_EPOLL, CONFIG_NET_TASKS, CONFIG_OPTIMIZE_FOR_SIZE } from "../../config";
import { Clock, NO_DEADLINE } from "../base/clock";
import { Timers } from "../base/timers";
import { InterestSet } from "../event/interest-set";

/** `Task.waitsFor`: any socket (select, poll). */
export const WAIT_ANY: usize = 1;
/** `Task.waitsFor`: only time. */
export const WAIT_TIME: usize = 2;

/** `Task.timing`; 0 = no time-out. RELATIVE: `time` becomes a deadline when the task is parked. */
const TIME_RELATIVE: u32 = 1;
const TIME_ARMED: u32 = 2;
const TIME_OVER: u32 = 3;

/**
 * Whether a waiting receive call lends its buffer (see Task.lend). It saves about 200 instructions a datagram and costs
 * about 500 bytes of flash.
 */
export const LENDING: bool = !CONFIG_OPTIMIZE_FOR_SIZE;

/** `Task.lent`. 0 = no buffer. */
export const LENT_EMPTY: u32 = 1;
export const LENT_FILLED: u32 = 2;

@unmanaged
@final
export class Task {
  /** 1 from `wait` until the call is finished. */
  pending: u32;
  /** 1 when the call should be repeated. */
  isReady: u32;
  /** usize → Socket, WAIT_ANY or WAIT_TIME; 0 = nothing. */
  waitsFor: usize;
  /** TIME_*. */
  private timing: u32;
  /** Time-out of the call, µs from the moment it is parked; then the absolute deadline, µs. */
  private time: u64;
  /** Moment for a retry that no event announces (room in the chip), ticks; valid while `retry` is 1. */
  private retryAt: u32;
  private retry: u32;
  /** Bytes that the call has moved in earlier rounds. */
  moved: u32;

  // ---- a receiving call that waits lends its buffer, so that the payload goes there straight from the chip ----
  /** LENT_*. */
  lent: u32;
  /** Guest address, 4-aligned and checked, and length of the buffer. */
  lentBuffer: usize;
  lentLength: u32;
  /** Once LENT_FILLED: bytes in the buffer, and who sent them (network order). */
  filledLength: u32;
  filledAddress: u32;
  filledPort: u32;

  @inline static at(task: i32): Task {
    return changetype<Task>(TASKS + <usize>(CONFIG_NET_TASKS == 1 ? 0 : task) * offsetof<Task>());
  }

  /** The call is over (done or failed): the next one starts from nothing. */
  @inline finish(): void {
    if (this.pending) this.clear();
  }

  /** Forgets everything. The fields not named here mean nothing while these are 0. */
  @inline clear(): void {
    this.pending = 0;
    this.isReady = 0;
    this.waitsFor = 0;
    this.timing = 0;
    this.retry = 0;
    this.moved = 0;
    this.lent = 0;
  }

  /** The waiting call takes its next datagram into the guest buffer at `buffer` (4-aligned, range checked). */
  @inline lend(buffer: usize, length: u32): void {
    this.lent = LENT_EMPTY;
    this.lentBuffer = buffer;
    this.lentLength = length;
  }

  /** The lent buffer has a datagram: the call is to be repeated, and finds it there. */
  @inline fill(length: u32, address: u32, port: u32): void {
    this.lent = LENT_FILLED;
    this.filledLength = length;
    this.filledAddress = address;
    this.filledPort = port;
    this.isReady = 1;
  }

  /** True when parking changes a deadline: the call has a time-out or asks for a retry. */
  @inline isTimed(): bool {
    return (this.timing | this.retry) != 0;
  }

  /** True when the time-out of this call has passed; `finish` is then up to the caller. */
  @inline timedOut(): bool {
    return this.timing == TIME_OVER;
  }

  /**
   * The call has to wait for `what` (a Socket, WAIT_ANY or WAIT_TIME).
   * @param timeout µs from now; 0 = for ever. Ignored when the call already has a deadline.
   */
  wait(what: usize, timeout: u64): void {
    this.waitsFor = what;
    this.isReady = 0;
    if (!this.pending) {
      this.pending = 1;
      if (timeout) {
        this.timing = TIME_RELATIVE;
        this.time = timeout;
      }
    }
  }

  /** As `wait`, until the absolute time `deadline` (µs). */
  waitUntil(what: usize, deadline: u64): void {
    this.waitsFor = what;
    this.isReady = 0;
    if (!this.pending) {
      this.pending = 1;
      this.timing = TIME_ARMED;
      this.time = deadline;
    }
  }

  /** The call is to be repeated after `delay` µs even if nothing happens. */
  retryAfter(delay: u32): void {
    this.retry = 1;
    this.retryAt = Clock.ticks() + delay;
  }

  /** Before the host sleeps: turns the time-out into a deadline. */
  park(): void {
    if (this.timing == TIME_RELATIVE) {
      const deadline = Clock.now() + this.time;
      this.time = deadline < this.time ? u64.MAX_VALUE : deadline;
      this.timing = TIME_ARMED;
    }
    Timers.note(Clock.ticks() + this.expire());
  }

  /** Looks at the deadline. Ticks until the next look, NO_DEADLINE for none. */
  expire(): u32 {
    let next = NO_DEADLINE;
    if (!this.pending) return next;
    if (this.timing == TIME_ARMED) {
      const now = Clock.now();
      if (now >= this.time) {
        this.timing = TIME_OVER;
        this.isReady = 1;
      } else {
        const left = this.time - now;
        if (left < <u64>next) next = <u32>left;
      }
    }
    if (this.retry) {
      const left = <i32>(this.retryAt - Clock.ticks());
      if (left <= 0) {
        this.retry = 0;
        this.isReady = 1;
      } else if (<u32>left < next) {
        next = <u32>left;
      }
    }
    return next;
  }
}

const TASKS: usize = memory.data(CONFIG_NET_TASKS * <i32>offsetof<Task>(), 8);

/** All tasks. */
export class Tasks {
  /**
   * Something happened on `socket`: whoever waits for it, or for any, is ready. An empty buffer is no longer lent: the
   * repeated call looks at the socket first (it may be shut, closed, or have an error), and lends it again if it waits.
   */
  static wake(socket: usize): void {
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      const waitsFor = task.waitsFor;
      if (waitsFor != socket && waitsFor != WAIT_ANY) continue;
      task.isReady = 1;
      if (task.lent == LENT_EMPTY) task.lent = 0;
    }
    if (CONFIG_EPOLL) InterestSet.wake(socket);
  }

  /** Whoever waits for `what` itself is ready. True when somebody waited. */
  static wakeWaiting(what: usize): bool {
    let woken = false;
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      const waitsFor = task.waitsFor;
      // Select and poll may have an epoll descriptor among theirs.
      if (waitsFor != what && waitsFor != WAIT_ANY) continue;
      task.isReady = 1;
      woken = true;
    }
    return woken;
  }

  /**
   * `socket` is closed: as `wake`, and the calls that wait for it begin anew when they are repeated. They find a descriptor that
   * is not open, or another socket under its number.
   */
  static leave(socket: usize): void {
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      if (task.waitsFor == socket) task.clear();
      else if (task.waitsFor != WAIT_ANY) continue;
      task.isReady = 1;
    }
  }

  /**
   * The descriptor `fd` is closed, and its socket lives on under other numbers: as `leave`, for the calls that came through `fd` alone.
   * With one task nobody waits while something is closed.
   */
  static leaveDescriptor(socket: usize, fd: i32): void {
    if (CONFIG_NET_TASKS > 1) Tasks.leaveThrough(socket, fd);
  }

  private static leaveThrough(socket: usize, fd: i32): void {
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      if (task.waitsFor == socket && load<i32>(Tasks.descriptor(i)) == fd) task.clear();
      else if (task.waitsFor != WAIT_ANY) continue;
      task.isReady = 1;
    }
  }

  /** The call of `task` waits for what is open as `fd`. */
  @inline static waitsThrough(task: i32, fd: i32): void {
    if (CONFIG_NET_TASKS > 1) store<i32>(Tasks.descriptor(task), fd);
  }

  /** usize → i32: the descriptor that the waiting call of `task` was given. */
  private static descriptor(task: i32): usize {
    return memory.data(CONFIG_NET_TASKS * 4, 4) + ((<usize>task) << 2);
  }

  /** Something happened that is no socket's: whoever waits for time alone looks again. */
  static wakeAny(): void {
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      if (task.waitsFor == WAIT_TIME) task.isReady = 1;
    }
  }

  /** As `wake`; true when somebody waited. */
  @inline static wakeFor(socket: usize): bool {
    let woken = false;
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      const waitsFor = task.waitsFor;
      if (waitsFor != socket && waitsFor != WAIT_ANY) continue;
      task.isReady = 1;
      if (task.lent == LENT_EMPTY) task.lent = 0;
      woken = true;
    }
    if (CONFIG_EPOLL && InterestSet.wake(socket)) woken = true;
    return woken;
  }

  /** The task that waits for `socket` and has lent an empty buffer; -1 = none. */
  @inline static lender(socket: usize): i32 {
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      if (task.lent == LENT_EMPTY && task.waitsFor == socket) return i;
    }
    return -1;
  }

  /** Looks at all deadlines. Ticks until the next one. */
  static expire(): u32 {
    let next = NO_DEADLINE;
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const left = Task.at(i).expire();
      if (left < next) next = left;
    }
    return next;
  }
}
