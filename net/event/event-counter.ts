/**
 * eventfd: a counter behind a descriptor. Writing adds to it, reading takes it all, or 1 of it.
 * @see https://man7.org/linux/man-pages/man2/eventfd.2.html
 */
import { CONFIG_EVENTFD, CONFIG_ZVFS_EVENTFD_MAX } from "../../config";
import { EAGAIN, EINVAL, PENDING } from "../base/errno";
import { Pool } from "../base/pool";
import { GuestVector } from "../socket/guest-vector";
import { HANDLE_COUNTER, Handle } from "../socket/handle";
import { EVENT_READ, EVENT_WRITE, STATE_NONBLOCK } from "../socket/socket";
import { Task, Tasks } from "../socket/task";

/** The largest value that the counter has. */
const MOST: u64 = u64.MAX_VALUE - 1;
/** Bytes of every read and write. */
const VALUE_BYTES: u32 = 8;
/** `Handle.options`: a read takes 1 (EFD_SEMAPHORE). */
const SEMAPHORE: u32 = 1;

@unmanaged
@final
export class EventCounter extends Handle {
  value: u64;

  static initialise(): void {
    Pool.at(EventCounter.pool()).initialise(EventCounter.storage());
  }

  /** usize → Handle of a new counter with one reference, or 0 when CONFIG_ZVFS_EVENTFD_MAX are open. */
  static open(value: u32, semaphore: bool, nonblock: bool): usize {
    const p = Pool.at(EventCounter.pool()).take();
    if (!p) return 0;
    const counter = changetype<EventCounter>(p);
    counter.kind = HANDLE_COUNTER;
    counter.references = 1;
    counter.options = (semaphore ? SEMAPHORE : 0) | (nonblock ? STATE_NONBLOCK : 0);
    counter.value = value;
    return p;
  }

  /** The last descriptor is gone. */
  static close(handle: Handle): void {
    Pool.at(EventCounter.pool()).give(changetype<usize>(handle));
  }

  /**
   * Takes the counter into the shared GuestVector.
   * @returns 8, PENDING, -EINVAL (the buffers do not have 8 bytes), -EAGAIN (it is 0, and the call must not wait)
   */
  static read(handle: Handle, task: i32): i32 {
    const counter = changetype<EventCounter>(handle);
    const vector = GuestVector.shared();
    if (vector.total != VALUE_BYTES) return -EINVAL;
    if (!counter.value) return EventCounter.wait(counter, task);
    const taken: u64 = counter.has(SEMAPHORE) ? 1 : counter.value;
    store<u64>(EventCounter.scratch(), taken);
    vector.writeAt(task, 0, EventCounter.scratch(), VALUE_BYTES);
    counter.value -= taken;
    Task.at(task).finish();
    Tasks.wake(changetype<usize>(counter));
    return <i32>VALUE_BYTES;
  }

  /**
   * Adds what the shared GuestVector names.
   * @returns 8, PENDING, -EINVAL (the buffers do not have 8 bytes, or 2^64 - 1 is to be added), -EAGAIN (the sum would be more than
   *          2^64 - 2, and the call must not wait)
   */
  static write(handle: Handle, task: i32): i32 {
    const counter = changetype<EventCounter>(handle);
    const vector = GuestVector.shared();
    if (vector.total != VALUE_BYTES) return -EINVAL;
    vector.read(task, EventCounter.scratch(), 0, VALUE_BYTES);
    const added = load<u64>(EventCounter.scratch());
    if (added > MOST) {
      Task.at(task).finish();
      return -EINVAL;
    }
    if (added > MOST - counter.value) return EventCounter.wait(counter, task);
    counter.value += added;
    Task.at(task).finish();
    if (added) Tasks.wake(changetype<usize>(counter));
    return <i32>VALUE_BYTES;
  }

  private static wait(counter: EventCounter, task: i32): i32 {
    const waiting = Task.at(task);
    if (counter.has(STATE_NONBLOCK)) {
      waiting.finish();
      return -EAGAIN;
    }
    waiting.wait(changetype<usize>(counter), 0);
    return PENDING;
  }

  /** EVENT_* that hold now: readable unless 0, writable while 1 can be added. */
  static events(handle: Handle): u32 {
    const value = changetype<EventCounter>(handle).value;
    return (value ? EVENT_READ : 0) | (value < MOST ? EVENT_WRITE : 0);
  }

  /** Bytes that can be read at once. */
  static readable(handle: Handle): u32 {
    return changetype<EventCounter>(handle).value ? VALUE_BYTES : 0;
  }

  private static storage(): usize {
    return memory.data(CONFIG_EVENTFD ? CONFIG_ZVFS_EVENTFD_MAX * 24 : 8, 8);
  }

  /** usize → u64: a value on its way. */
  private static scratch(): usize {
    return memory.data(8, 8);
  }

  /** The statistics of the pool. */
  static pool(): usize {
    return memory.data<u32>([CONFIG_ZVFS_EVENTFD_MAX, <u32>offsetof<EventCounter>(), 0, 0, 0, 0]);
  }
}

if (offsetof<EventCounter>() != 24) ERROR("an event counter has 24 bytes");
