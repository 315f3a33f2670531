/**
 * Tasks of the application, and what each waits for. A call that cannot be done answers PENDING after `wait`; the host
 * parks the task (`park`, which fixes the deadline), and repeats the call when `ready` says so. The record outlives the
 * repetition: bytes already moved and the deadline are still there.
 */
import { CONFIG_EPOLL, CONFIG_NET_FAST_PATHS, CONFIG_NET_TASKS, CONFIG_OPTIMIZE_FOR_SIZE } from "../../config";
import { Clock, NO_DEADLINE } from "../base/clock";
import { Timers } from "../base/timers";
import { InterestSet } from "../event/interest-set";
import { Socket, STATE_RECEIVE_TIMED } from "./socket";

/** `Task.waitsFor`: any socket (select, poll). */
export const WAIT_ANY: usize = 1;
/** `Task.waitsFor`: only time. */
export const WAIT_TIME: usize = 2;

/** `Task.state`; 0 = no call waits. From `wait` until the call is finished. */
const TASK_PENDING: u32 = 1;
/** The call should be repeated. */
const TASK_READY: u32 = 2;
/** It has a time-out: `time` becomes a deadline when the task is parked, is one, or has come. */
const TIME_RELATIVE: u32 = 4;
const TIME_ARMED: u32 = 8;
const TIME_OVER: u32 = 16;
/** `retryAt` counts. */
const TASK_RETRY: u32 = 32;
/** A receiving call has lent its buffer, which is empty; it has the next datagram or segment. */
const LENT_EMPTY: u32 = 64;
const LENT_FILLED: u32 = 128;

/**
 * Whether a waiting receive call lends its buffer (see Task.lend). It saves about 200 instructions a datagram and costs
 * about 500 bytes of flash.
 */
export const LENDING: bool = CONFIG_NET_FAST_PATHS && !CONFIG_OPTIMIZE_FOR_SIZE;

@unmanaged
@final
export class Task {
  /** TASK_*, TIME_* and LENT_*: one word, since most calls look at, set or clear several of them. */
  private state: u32;
  /** usize → Socket, WAIT_ANY or WAIT_TIME; 0 = nothing. */
  waitsFor: usize;
  /** Time-out of the call, µs from the moment it is parked; then the absolute deadline, µs. */
  private time: u64;
  /** Moment for a retry that no event announces (room in the chip), ticks. */
  private retryAt: u32;
  /** Bytes that the call has moved in earlier rounds. */
  moved: u32;

  // ---- a receiving call that waits lends its buffer, so that the payload goes there straight from the chip ----
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

  /** True from `wait` until the call is finished. */
  @inline get pending(): bool {
    return (this.state & TASK_PENDING) != 0;
  }

  /** 1 when the call should be repeated. */
  @inline get isReady(): i32 {
    return i32((this.state & TASK_READY) != 0);
  }

  /** True when the lent buffer has what the call waited for. */
  @inline get isFilled(): bool {
    return (this.state & LENT_FILLED) != 0;
  }

  /** The call is over (done or failed): the next one starts from nothing. Without a test it is one call in a small image. */
  @inline finish(): void {
    if (CONFIG_OPTIMIZE_FOR_SIZE || this.state) this.clear();
  }

  /** Forgets everything. The fields not named here mean nothing while these are 0. */
  @inline clear(): void {
    this.state = 0;
    this.waitsFor = 0;
    this.moved = 0;
  }

  /** `clear`, for a call whose lent buffer is filled: it has moved nothing itself. */
  @inline finishLending(): void {
    this.state = 0;
    this.waitsFor = 0;
  }

  /** As `wait`, for a receiving call that does not wait yet: it takes the next payload into the guest buffer at `buffer` (4-aligned, range checked). */
  @inline waitLending(socket: Socket, buffer: usize, length: u32): void {
    this.waitsFor = changetype<usize>(socket);
    this.lentBuffer = buffer;
    this.lentLength = length;
    this.state = TASK_PENDING | LENT_EMPTY;
    if (socket.has(STATE_RECEIVE_TIMED)) this.limit(socket.receiveTimeout);
  }

  /** The call that has just begun to wait does so for `timeout` µs; 0 = for ever. */
  private limit(timeout: u64): void {
    if (!timeout) return;
    this.state |= TIME_RELATIVE;
    this.time = timeout;
  }

  /** As `fill`, with who has sent it. */
  @inline fillFrom(length: u32, address: u32, port: u32): void {
    this.filledAddress = address;
    this.filledPort = port;
    this.fill(length);
  }

  /** The lent buffer has the payload: the call is to be repeated, and finds it there. */
  @inline fill(length: u32): void {
    this.filledLength = length;
    this.state = TASK_PENDING | TASK_READY | LENT_FILLED;
  }

  /**
   * The call is to be repeated. An empty buffer is no longer lent: the repeated call looks at the socket first (it may be shut, closed, or have
   * an error), and lends it again if it waits.
   */
  @inline wake(): void {
    this.state = (this.state | TASK_READY) & ~LENT_EMPTY;
  }

  /** True while an empty buffer is lent for what arrives on `socket`. */
  @inline lendsFor(socket: usize): bool {
    return (this.state & LENT_EMPTY) != 0 && this.waitsFor == socket;
  }

  /** True when parking changes a deadline: the call has a time-out or asks for a retry. */
  @inline isTimed(): bool {
    return (this.state & (TIME_RELATIVE | TIME_ARMED | TIME_OVER | TASK_RETRY)) != 0;
  }

  /** True when the time-out of this call has passed; `finish` is then up to the caller. */
  @inline timedOut(): bool {
    return (this.state & TIME_OVER) != 0;
  }

  /**
   * The call has to wait for `what` (a Socket, WAIT_ANY or WAIT_TIME).
   * @param timeout µs from now; 0 = for ever. Ignored when the call already has a deadline.
   */
  wait(what: usize, timeout: u64): void {
    this.waitsFor = what;
    let state = this.state & ~TASK_READY;
    if (!(state & TASK_PENDING)) {
      state |= TASK_PENDING;
      if (timeout) {
        state |= TIME_RELATIVE;
        this.time = timeout;
      }
    }
    this.state = state;
  }

  /** As `wait`, until the absolute time `deadline` (µs). */
  waitUntil(what: usize, deadline: u64): void {
    this.waitsFor = what;
    let state = this.state & ~TASK_READY;
    if (!(state & TASK_PENDING)) {
      state |= TASK_PENDING | TIME_ARMED;
      this.time = deadline;
    }
    this.state = state;
  }

  /** The call is to be repeated after `delay` µs even if nothing happens. */
  retryAfter(delay: u32): void {
    this.state |= TASK_RETRY;
    this.retryAt = Clock.ticks() + delay;
  }

  /** Before the host sleeps: turns the time-out into a deadline. */
  park(): void {
    if (this.state & TIME_RELATIVE) {
      const deadline = Clock.now() + this.time;
      this.time = deadline < this.time ? u64.MAX_VALUE : deadline;
      this.state = (this.state & ~TIME_RELATIVE) | TIME_ARMED;
    }
    Timers.note(Clock.ticks() + this.expire());
  }

  /** Looks at the deadline. Ticks until the next look, NO_DEADLINE for none. */
  expire(): u32 {
    let next = NO_DEADLINE;
    if (!this.pending) return next;
    if (this.state & TIME_ARMED) {
      const now = Clock.now();
      if (now >= this.time) {
        this.state = (this.state & ~TIME_ARMED) | TIME_OVER | TASK_READY;
      } else {
        const left = this.time - now;
        if (left < <u64>next) next = <u32>left;
      }
    }
    if (this.state & TASK_RETRY) {
      const left = <i32>(this.retryAt - Clock.ticks());
      if (left <= 0) {
        this.state = (this.state & ~TASK_RETRY) | TASK_READY;
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
  /** Something happened on `socket`: whoever waits for it, or for any, is ready. @see Task.wake */
  static wake(socket: usize): void {
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      const waitsFor = task.waitsFor;
      if (waitsFor != socket && waitsFor != WAIT_ANY) continue;
      task.wake();
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
      task.wake();
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
      task.wake();
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
      task.wake();
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
      if (task.waitsFor == WAIT_TIME) task.wake();
    }
  }

  /** As `wake`; true when somebody waited. */
  @inline static wakeFor(socket: usize): bool {
    let woken = false;
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      const waitsFor = task.waitsFor;
      if (waitsFor != socket && waitsFor != WAIT_ANY) continue;
      task.wake();
      woken = true;
    }
    if (CONFIG_EPOLL && InterestSet.wake(socket)) woken = true;
    return woken;
  }

  /** The task that waits for `socket` and has lent an empty buffer; -1 = none. */
  @inline static lender(socket: usize): i32 {
    for (let i: i32 = 0; i < CONFIG_NET_TASKS; i++) {
      const task = Task.at(i);
      if (task.lendsFor(socket)) return i;
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
