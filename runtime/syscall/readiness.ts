/** Waiting for several descriptors at once: select, poll and poll_oneoff. */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_SOCKETS_POLL_MAX, CONFIG_NET_TCP, CONFIG_ZVFS_OPEN_MAX } from "../../config";
import {
  guest_check,
  guest_load8,
  guest_load16,
  guest_load32,
  guest_load64,
  guest_store16,
  guest_store32,
  guest_store64,
  host_realtime_offset,
} from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EBADF, EFAULT, EINVAL, ENOTSUP, PENDING } from "../../net/base/errno";
import { Handle } from "../../net/socket/handle";
import { Handles } from "../../net/socket/handles";
import { Operations } from "../../net/socket/operations";
import { EVENT_ERROR, EVENT_HANGUP, EVENT_PRIORITY, EVENT_READ, EVENT_WRITE, Socket } from "../../net/socket/socket";
import { Task, WAIT_ANY } from "../../net/socket/task";
import { CONSOLE, Descriptors } from "./descriptors";

/** FD_SETSIZE: the descriptor table rounded up to whole words of a set. */
const FD_SETSIZE: i32 = (CONFIG_ZVFS_OPEN_MAX + 31) & ~31;

/** Zephyr's POLL numbers. */
const POLLIN: u32 = 0x01;
const POLLPRI: u32 = 0x02;
const POLLOUT: u32 = 0x04;
const POLLERR: u32 = 0x08;
const POLLHUP: u32 = 0x10;
const POLLNVAL: u32 = 0x20;
const POLLFD_BYTES: u32 = 8;

/** EVENT_* that hold on an open descriptor. The console can be written at any time; input is not announced. */
function eventsOf(entry: usize): u32 {
  if (Handle.isEntry(entry)) return Handles.events(Handle.of(entry));
  return entry <= CONSOLE ? EVENT_WRITE : Operations.events(Socket.at(entry));
}

/** Ends a wait without events, or goes on with it. 1 = the time is over. */
function waitOrTimeOut(task: i32, timeoutUs: i64): bool {
  const waiting = Task.at(task);
  if (timeoutUs == 0 || waiting.timedOut()) return true;
  waiting.wait(WAIT_ANY, timeoutUs < 0 ? 0 : <u64>timeoutUs);
  return false;
}

/**
 * The sets of select while it is at work, for reading, writing and exceptions: each the address of the application's, 0 = no set, and behind it
 * words of a bit for each descriptor, of what is asked for, and then of that which holds. The application's sets change last.
 */
const SET_BYTES: u32 = 4 + ((CONFIG_ZVFS_OPEN_MAX + 31) & ~31) / 8;
const SETS: usize = memory.data((4 + ((CONFIG_ZVFS_OPEN_MAX + 31) & ~31) / 8) * 3, 4);
/** What makes a descriptor stay in the three sets, EVENT_* of the first one in the lowest byte. None is 0: that ends the loop. */
const WANTED: u32 =
  EVENT_READ | EVENT_ERROR | EVENT_HANGUP | ((EVENT_WRITE | EVENT_ERROR | EVENT_HANGUP) << 8) | (EVENT_PRIORITY << 16);

/**
 * select: the three sets (bit fd of word fd / 32, 0 = no set) are read, and written when the call ends; while it waits they
 * stay as they are. nready counts bits.
 * EINVAL (nfds below 0 or above FD_SETSIZE), EBADF (a set names a descriptor that is not open), EFAULT.
 */
export function sys_select(
  task: i32,
  now: u64,
  nfds: i32,
  readSet: usize,
  writeSet: usize,
  exceptSet: usize,
  timeoutUs: i64,
  readyOut: usize,
): i32 {
  Clock.enter(now);
  if (<u32>nfds > <u32>FD_SETSIZE) return EINVAL;
  const bytes = ((<u32>nfds + 31) / 32) * 4;
  if (
    (readSet && !guest_check(task, readSet, bytes)) ||
    (writeSet && !guest_check(task, writeSet, bytes)) ||
    (exceptSet && !guest_check(task, exceptSet, bytes)) ||
    !guest_check(task, readyOut, 4)
  ) {
    return EFAULT;
  }
  store<usize>(SETS, readSet);
  store<usize>(SETS + SET_BYTES, writeSet);
  store<usize>(SETS + SET_BYTES * 2, exceptSet);
  let ready: u32 = 0;
  for (let base: u32 = 0; base < bytes; base += 4) {
    // A word's last bits are those of descriptors from nfds on.
    const mask = <u32>-1 >>> (32 - min<u32>(<u32>nfds - base * 8, 32));
    let asked: u32 = 0;
    for (let set = SETS; set < SETS + SET_BYTES * 3; set += SET_BYTES) {
      const address = load<usize>(set);
      const word = address ? guest_load32(task, address + base) & mask : 0;
      store<u32>(set + base, word, 4);
      asked |= word;
    }
    // With fast paths the words are in variables while their descriptors are asked, and the sets have no loop of their own.
    let read = CONFIG_NET_FAST_PATHS ? load<u32>(SETS + base, 4) : 0;
    let write = CONFIG_NET_FAST_PATHS ? load<u32>(SETS + SET_BYTES + base, 4) : 0;
    let except = CONFIG_NET_FAST_PATHS ? load<u32>(SETS + SET_BYTES * 2 + base, 4) : 0;
    while (asked) {
      const position = ctz(asked);
      const bit: u32 = 1 << position;
      asked ^= bit;
      const entry = Descriptors.get(<i32>(base * 8 + position));
      if (!entry) {
        Task.at(task).finish();
        return EBADF;
      }
      const events = eventsOf(entry);
      if (CONFIG_NET_FAST_PATHS) {
        if (read & bit) {
          if (events & WANTED & 0xff) ready++;
          else read ^= bit;
        }
        if (write & bit) {
          if (events & (WANTED >>> 8) & 0xff) ready++;
          else write ^= bit;
        }
        if (except & bit) {
          if (events & (WANTED >>> 16) & 0xff) ready++;
          else except ^= bit;
        }
        continue;
      }
      let set = SETS + base;
      for (let wanted = WANTED; wanted; wanted >>>= 8) {
        const word = load<u32>(set, 4);
        if (word & bit) {
          if (events & wanted & 0xff) ready++;
          else store<u32>(set, word ^ bit, 4);
        }
        set += SET_BYTES;
      }
    }
    if (CONFIG_NET_FAST_PATHS) {
      store<u32>(SETS + base, read, 4);
      store<u32>(SETS + SET_BYTES + base, write, 4);
      store<u32>(SETS + SET_BYTES * 2 + base, except, 4);
    }
  }
  if (!ready && !waitOrTimeOut(task, timeoutUs)) return PENDING;
  Task.at(task).finish();
  for (let base: u32 = 0; base < bytes; base += 4) {
    for (let set = SETS; set < SETS + SET_BYTES * 3; set += SET_BYTES) {
      const address = load<usize>(set);
      if (address) guest_store32(task, address + base, load<u32>(set + base, 4));
    }
  }
  guest_store32(task, readyOut, ready);
  return 0;
}

/**
 * poll over struct pollfd {i32 fd, i16 events, i16 revents}. A negative fd is passed over; one that is not open gets
 * POLLNVAL. EINVAL (more than CONFIG_NET_SOCKETS_POLL_MAX entries), EFAULT.
 */
export function sys_poll(task: i32, now: u64, fds: usize, nfds: u32, timeoutMs: i32, readyOut: usize): i32 {
  Clock.enter(now);
  if (nfds > <u32>CONFIG_NET_SOCKETS_POLL_MAX) return EINVAL;
  if (!guest_check(task, fds, nfds * POLLFD_BYTES) || !guest_check(task, readyOut, 4)) return EFAULT;
  let ready = 0;
  for (let i: u32 = 0; i < nfds; i++) {
    const place = fds + i * POLLFD_BYTES;
    const fd = <i32>guest_load32(task, place);
    let result: u32 = 0;
    if (fd >= 0) {
      const entry = Descriptors.get(fd);
      result = entry ? pollEvents(eventsOf(entry), guest_load16(task, place + 4)) : POLLNVAL;
    }
    guest_store16(task, place + 6, result);
    if (result) ready++;
  }
  if (!ready && !waitOrTimeOut(task, <i64>timeoutMs * 1000)) return PENDING;
  Task.at(task).finish();
  guest_store32(task, readyOut, ready);
  return 0;
}

function pollEvents(events: u32, asked: u32): u32 {
  let result: u32 = 0;
  if (events & EVENT_READ) result |= POLLIN & asked;
  if (CONFIG_NET_TCP && events & EVENT_PRIORITY) result |= POLLPRI & asked;
  if (events & EVENT_WRITE) result |= POLLOUT & asked;
  if (events & EVENT_HANGUP) result |= POLLHUP;
  if (events & EVENT_ERROR) result |= POLLERR;
  return result;
}

// ---- poll_oneoff ------------------------------------------------------------------------------------------------

const SUBSCRIPTION_BYTES: u32 = 48;
const EVENT_BYTES: u32 = 32;
const TYPE_CLOCK: u32 = 0;
const TYPE_FD_READ: u32 = 1;
const TYPE_FD_WRITE: u32 = 2;
const CLOCK_REALTIME: u32 = 0;
const CLOCK_MONOTONIC: u32 = 1;
const CLOCK_ABSOLUTE: u32 = 1;
const EVENT_FLAG_HANGUP: u32 = 1;

/**
 * Waits for descriptors and clocks (preview 1). Ready descriptors give an event each, with the pending error of the socket
 * and the bytes that can be read; clocks are reported when their time has come. Any mix of clocks is allowed.
 * EINVAL (no subscription, more than CONFIG_NET_SOCKETS_POLL_MAX, an unknown type or clock), ENOTSUP (a CPU-time
 * clock), EFAULT.
 */
export function sys_poll_oneoff(
  task: i32,
  now: u64,
  subscriptions: usize,
  events: usize,
  count: u32,
  countOut: usize,
): i32 {
  Clock.enter(now);
  if (!count || count > <u32>CONFIG_NET_SOCKETS_POLL_MAX) return EINVAL;
  if (
    !guest_check(task, subscriptions, count * SUBSCRIPTION_BYTES) ||
    !guest_check(task, events, count * EVENT_BYTES) ||
    !guest_check(task, countOut, 4)
  ) {
    return EFAULT;
  }
  let fired: u32 = 0;
  let earliest = u64.MAX_VALUE;
  for (let i: u32 = 0; i < count; i++) {
    const place = subscriptions + i * SUBSCRIPTION_BYTES;
    const type = guest_load8(task, place + 8);
    if (type == TYPE_CLOCK) {
      const deadline = clockDeadline(task, place);
      if (deadline < 0) {
        Task.at(task).finish();
        return <i32>-deadline;
      }
      if (<u64>deadline < earliest) earliest = <u64>deadline;
    } else if (type == TYPE_FD_READ || type == TYPE_FD_WRITE) {
      if (descriptorEvent(task, place, type, events + fired * EVENT_BYTES)) fired++;
    } else {
      Task.at(task).finish();
      return EINVAL;
    }
  }
  const waiting = Task.at(task);
  if (!fired && earliest > now && !waiting.timedOut()) {
    if (earliest == u64.MAX_VALUE) waiting.wait(WAIT_ANY, 0);
    else waiting.waitUntil(WAIT_ANY, earliest);
    return PENDING;
  }
  const over = waiting.timedOut() || earliest <= now;
  waiting.finish();
  if (!fired && over) {
    // The clocks that are due; after a time-out, those with the earliest deadline.
    for (let i: u32 = 0; i < count; i++) {
      const place = subscriptions + i * SUBSCRIPTION_BYTES;
      if (guest_load8(task, place + 8) != TYPE_CLOCK || <u64>clockDeadline(task, place) > max<u64>(now, earliest))
        continue;
      storeEvent(task, events + fired * EVENT_BYTES, guest_load64(task, place), 0, TYPE_CLOCK, 0, 0);
      fired++;
    }
  }
  guest_store32(task, countOut, fired);
  return 0;
}

/** Deadline of a clock subscription, µs on the monotonic clock (below 2^63), or -errno. */
function clockDeadline(task: i32, place: usize): i64 {
  const id = guest_load32(task, place + 16);
  if (id > 3) return -EINVAL;
  if (id > CLOCK_MONOTONIC) return -ENOTSUP;
  // Nanoseconds, rounded up so that no wait ends early.
  const timeout = guest_load64(task, place + 24);
  const micros = timeout / 1000 + u64(timeout % 1000 != 0);
  if (!(guest_load16(task, place + 40) & CLOCK_ABSOLUTE)) return <i64>(Clock.now() + micros);
  const offset = id == CLOCK_REALTIME ? host_realtime_offset() : 0;
  return micros > offset ? <i64>(micros - offset) : 0;
}

function descriptorEvent(task: i32, place: usize, type: u32, event: usize): bool {
  const userdata = guest_load64(task, place);
  const entry = Descriptors.get(<i32>guest_load32(task, place + 16));
  if (!entry) {
    storeEvent(task, event, userdata, EBADF, type, 0, 0);
    return true;
  }
  const state = eventsOf(entry);
  const asked = type == TYPE_FD_READ ? EVENT_READ : EVENT_WRITE;
  if (!(state & (asked | EVENT_ERROR | EVENT_HANGUP))) return false;
  const isSocket = Descriptors.isSocket(entry);
  const error = isSocket ? Socket.at(entry).error : Handle.isEntry(entry) ? Handles.error(Handle.of(entry)) : 0;
  const bytes = type == TYPE_FD_READ && isSocket ? Operations.readable(Socket.at(entry)) : readableOther(entry, type);
  storeEvent(task, event, userdata, error, type, bytes, state & EVENT_HANGUP ? EVENT_FLAG_HANGUP : 0);
  return true;
}

/** Bytes that can be read from what is no internet socket. */
function readableOther(entry: usize, type: u32): u32 {
  return type == TYPE_FD_READ && Handle.isEntry(entry) ? Handles.readable(Handle.of(entry)) : 0;
}

function storeEvent(task: i32, event: usize, userdata: u64, error: i32, type: u32, bytes: u32, flags: u32): void {
  guest_store64(task, event, userdata);
  guest_store64(task, event + 8, <u64>error | ((<u64>type) << 16));
  guest_store64(task, event + 16, bytes);
  guest_store64(task, event + 24, flags);
}
