/** socklet_v1: eventfd and epoll, with the layouts and, but for EFD_NONBLOCK, the numbers of Linux. */
import { CONFIG_EPOLL, CONFIG_EPOLL_INTERESTS, CONFIG_EVENTFD } from "../../config";
import { guest_check, guest_load32, guest_load64, guest_store32 } from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EBADF, EFAULT, EINVAL, ENFILE, ENOSYS, EPERM, PENDING } from "../../net/base/errno";
import { EventCounter } from "../../net/event/event-counter";
import { EPOLL_EVENT_BYTES, InterestSet } from "../../net/event/interest-set";
import { HANDLE_INTERESTS, Handle } from "../../net/socket/handle";
import { Handles } from "../../net/socket/handles";
import { Task } from "../../net/socket/task";
import { CONSOLE, Descriptors } from "./descriptors";

/** Zephyr's EFD_SEMAPHORE and EFD_NONBLOCK; CLOEXEC has Linux's number and no meaning here. */
const EFD_SEMAPHORE: i32 = 2;
const EFD_NONBLOCK: i32 = 0x4000;
const CLOEXEC: i32 = 0x80000;

/** Operations of epoll_ctl. */
const EPOLL_CTL_ADD: i32 = 1;
const EPOLL_CTL_DEL: i32 = 2;
const EPOLL_CTL_MOD: i32 = 3;

/** Gives a new handle (usize → Handle, 0 = none left) the lowest free descriptor and writes that to `fdOut`. 0, ENFILE, EMFILE. */
export function openHandle(task: i32, handle: usize, fdOut: usize): i32 {
  if (!handle) return ENFILE;
  const fd = Descriptors.add(Handle.at(handle).entry());
  if (fd < 0) {
    Handles.release(Handle.at(handle), fd);
    return -fd;
  }
  guest_store32(task, fdOut, fd);
  return 0;
}

/** eventfd(). ENOSYS (not built in), EFAULT, EINVAL (unknown flag), EMFILE, ENFILE (all CONFIG_ZVFS_EVENTFD_MAX are open). */
export function sys_eventfd(task: i32, value: u32, flags: i32, fdOut: usize): i32 {
  if (!CONFIG_EVENTFD) return ENOSYS;
  if (!guest_check(task, fdOut, 4)) return EFAULT;
  if (flags & ~(EFD_SEMAPHORE | EFD_NONBLOCK | CLOEXEC)) return EINVAL;
  return openHandle(task, EventCounter.open(value, (flags & EFD_SEMAPHORE) != 0, (flags & EFD_NONBLOCK) != 0), fdOut);
}

/** epoll_create1(). ENOSYS (not built in), EFAULT, EINVAL (unknown flag), EMFILE, ENFILE (all CONFIG_EPOLL_SETS are open). */
export function sys_epoll_create(task: i32, flags: i32, fdOut: usize): i32 {
  if (!CONFIG_EPOLL) return ENOSYS;
  if (!guest_check(task, fdOut, 4)) return EFAULT;
  if (flags & ~CLOEXEC) return EINVAL;
  return openHandle(task, InterestSet.open(), fdOut);
}

/** The set that is open as `entry`, or 0. */
function setOf(entry: usize): usize {
  if (!Handle.isEntry(entry) || Handle.of(entry).kind != HANDLE_INTERESTS) return 0;
  return changetype<usize>(Handle.of(entry));
}

/**
 * epoll_ctl(). ENOSYS (not built in), EBADF (one of the two is not open), EFAULT, EPERM (the console), EINVAL (`epfd` is no epoll descriptor, `fd` is
 * one, unknown operation, unknown bits in the events), EEXIST, ENOENT, ENOSPC (all CONFIG_EPOLL_INTERESTS are taken).
 */
export function sys_epoll_control(task: i32, epfd: i32, operation: i32, fd: i32, event: usize): i32 {
  if (!CONFIG_EPOLL) return ENOSYS;
  const entry = Descriptors.get(epfd);
  const member = Descriptors.get(fd);
  if (!entry || !member) return EBADF;
  if (operation != EPOLL_CTL_DEL && !guest_check(task, event, EPOLL_EVENT_BYTES)) return EFAULT;
  if (member <= CONSOLE) return EPERM;
  const p = setOf(entry);
  if (!p || setOf(member)) return EINVAL;
  const set = changetype<InterestSet>(p);
  const object = Descriptors.object(member);
  if (operation == EPOLL_CTL_DEL) return -set.delete(fd, object);
  const events = guest_load32(task, event);
  const data = guest_load64(task, event + 8);
  if (operation == EPOLL_CTL_ADD) return -set.add(fd, object, events, data);
  if (operation == EPOLL_CTL_MOD) return -set.modify(fd, object, events, data);
  return EINVAL;
}

/**
 * epoll_wait(). `timeoutMs` -1: for ever. No more than CONFIG_EPOLL_INTERESTS events are written whatever `most` says. ENOSYS (not built in), EBADF,
 * EINVAL (`epfd` is no epoll descriptor; `most` is 0 or negative), EFAULT.
 */
export function sys_epoll_wait(
  task: i32,
  now: u64,
  epfd: i32,
  events: usize,
  most: i32,
  timeoutMs: i32,
  readyOut: usize,
): i32 {
  if (!CONFIG_EPOLL) return ENOSYS;
  Clock.enter(now);
  const entry = Descriptors.get(epfd);
  if (!entry) return EBADF;
  const p = setOf(entry);
  if (!p || most <= 0) return EINVAL;
  const room = <u32>min<i32>(most, CONFIG_EPOLL_INTERESTS);
  if (!guest_check(task, events, room * EPOLL_EVENT_BYTES) || !guest_check(task, readyOut, 4)) return EFAULT;
  const count = changetype<InterestSet>(p).collect(task, events, room);
  const waiting = Task.at(task);
  if (!count && timeoutMs && !waiting.timedOut()) {
    waiting.wait(p, timeoutMs < 0 ? 0 : <u64>timeoutMs * 1000);
    return Descriptors.failure(task, epfd, PENDING);
  }
  waiting.finish();
  guest_store32(task, readyOut, count);
  return 0;
}
