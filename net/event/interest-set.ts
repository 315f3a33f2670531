/**
 * epoll: a set of descriptors, and the list of those on which something has happened. Tasks.wake feeds the list; waiting looks at nothing
 * else, so that its cost does not grow with the set. What the list names may be over by then, and is looked at again.
 *
 * A descriptor leaves its sets when it is closed. (On Linux it stays while another descriptor of the same socket is open, and then cannot
 * be removed any more.) A set cannot be in a set.
 * @see https://man7.org/linux/man-pages/man7/epoll.7.html
 */
import { CONFIG_EPOLL, CONFIG_EPOLL_SETS, CONFIG_NET_TCP } from "../../config";
import { guest_store32, guest_store64 } from "../../hal/imports";
import { EEXIST, EINVAL, ENOENT, ENOSPC } from "../base/errno";
import { Pool } from "../base/pool";
import { HANDLE_INTERESTS, Handle } from "../socket/handle";
import { Handles } from "../socket/handles";
import { Operations } from "../socket/operations";
import {
  EVENT_ERROR,
  EVENT_HANGUP,
  EVENT_PRIORITY,
  EVENT_READ,
  EVENT_READ_HANGUP,
  EVENT_WRITE,
  Socket,
  SocketPool,
} from "../socket/socket";
import { Tasks } from "../socket/task";
import { INTEREST_DISABLED, INTEREST_READY, Interest } from "./interest";

/** Linux's numbers. */
const EPOLLIN: u32 = 0x01;
const EPOLLPRI: u32 = 0x02;
const EPOLLOUT: u32 = 0x04;
const EPOLLERR: u32 = 0x08;
const EPOLLHUP: u32 = 0x10;
const EPOLLRDHUP: u32 = 0x2000;
const EPOLLONESHOT: u32 = 1 << 30;
const EPOLLET: u32 = 1 << 31;
/** Bits that can be asked for. */
const KNOWN: u32 = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP | EPOLLONESHOT | EPOLLET;

/** Bytes of a struct epoll_event: u32 events at 0, u64 data at 8. */
export const EPOLL_EVENT_BYTES: u32 = 16;

@unmanaged
@final
export class InterestSet extends Handle {
  /** usize → Interest: all of the set. */
  private first: usize;
  /** usize → Interest: those that an event has come for, the oldest first. */
  private readyFirst: usize;
  private readyLast: usize;

  static initialise(): void {
    Interest.initialise();
    Pool.at(InterestSet.pool()).initialise(InterestSet.storage());
  }

  /** usize → Handle of a new set with one reference, or 0 when CONFIG_EPOLL_SETS are open. */
  static open(): usize {
    const p = Pool.at(InterestSet.pool()).take();
    if (!p) return 0;
    Handle.at(p).kind = HANDLE_INTERESTS;
    Handle.at(p).references = 1;
    return p;
  }

  /** The last descriptor is gone. */
  static close(handle: Handle): void {
    const set = changetype<InterestSet>(handle);
    while (set.first) set.remove(Interest.at(set.first));
    Pool.at(InterestSet.pool()).give(changetype<usize>(set));
  }

  /**
   * Puts the descriptor `fd` of `object` (a Socket or a Handle that is no set) into the set.
   * @returns 0, -EINVAL (unknown bits in `events`), -EEXIST (it is in the set), -ENOSPC (all CONFIG_EPOLL_INTERESTS are taken)
   */
  add(fd: i32, object: usize, events: u32, data: u64): i32 {
    if (events & ~KNOWN) return -EINVAL;
    if (this.find(fd, object)) return -EEXIST;
    const p = Interest.take(object);
    if (!p) return -ENOSPC;
    const interest = Interest.at(p);
    interest.set = changetype<usize>(this);
    interest.descriptor = fd;
    interest.events = events;
    interest.data = data;
    interest.nextInSet = this.first;
    if (this.first) Interest.at(this.first).previousInSet = p;
    this.first = p;
    InterestSet.review(interest);
    return 0;
  }

  /** Asks for other events. 0, -EINVAL (unknown bits), -ENOENT (it is not in the set). */
  modify(fd: i32, object: usize, events: u32, data: u64): i32 {
    if (events & ~KNOWN) return -EINVAL;
    const p = this.find(fd, object);
    if (!p) return -ENOENT;
    const interest = Interest.at(p);
    interest.events = events;
    interest.data = data;
    interest.state &= ~INTEREST_DISABLED;
    InterestSet.review(interest);
    return 0;
  }

  /** Takes the descriptor out of the set. 0, -ENOENT. */
  delete(fd: i32, object: usize): i32 {
    const p = this.find(fd, object);
    if (!p) return -ENOENT;
    this.remove(Interest.at(p));
    return 0;
  }

  /**
   * Writes what is ready to the guest memory at `place` (usize → epoll_event[most], checked), each descriptor once.
   * @returns how many
   */
  collect(task: i32, place: usize, most: u32): u32 {
    let count: u32 = 0;
    const last = this.readyLast;
    while (this.readyFirst && count < most) {
      const p = this.readyFirst;
      const interest = Interest.at(p);
      this.unqueue(interest);
      const events = InterestSet.eventsOf(interest);
      if (events) {
        guest_store32(task, place, events);
        guest_store64(task, place + 8, interest.data);
        place += EPOLL_EVENT_BYTES;
        count++;
        if (interest.events & EPOLLONESHOT) interest.state |= INTEREST_DISABLED;
        else if (!(interest.events & EPOLLET)) this.queue(interest);
      }
      if (p == last) break;
    }
    return count;
  }

  /** EVENT_READ when `collect` would find something. What is over leaves the list. */
  static events(handle: Handle): u32 {
    const set = changetype<InterestSet>(handle);
    while (set.readyFirst) {
      const interest = Interest.at(set.readyFirst);
      if (InterestSet.eventsOf(interest)) return EVENT_READ;
      set.unqueue(interest);
    }
    return 0;
  }

  /** Something happened on `object` (a Socket or a Handle). True when somebody waits for a set that it is in. */
  static wake(object: usize): bool {
    let woken = false;
    for (let p = Interest.first(object); p; p = Interest.at(p).nextInObject) {
      const interest = Interest.at(p);
      if (interest.state & INTEREST_DISABLED) continue;
      const set = changetype<InterestSet>(interest.set);
      if (!(interest.state & INTEREST_READY)) set.queue(interest);
      if (Tasks.wakeWaiting(interest.set)) woken = true;
    }
    return woken;
  }

  /** The descriptor `fd` of `object` is closed: it leaves all sets. */
  static forget(object: usize, fd: i32): void {
    let p = Interest.first(object);
    while (p) {
      const interest = Interest.at(p);
      p = interest.nextInObject;
      if (interest.descriptor == fd) changetype<InterestSet>(interest.set).remove(interest);
    }
  }

  private find(fd: i32, object: usize): usize {
    let p = Interest.first(object);
    while (p && (Interest.at(p).set != changetype<usize>(this) || Interest.at(p).descriptor != fd))
      p = Interest.at(p).nextInObject;
    return p;
  }

  private remove(interest: Interest): void {
    if (interest.state & INTEREST_READY) this.unqueue(interest);
    if (interest.nextInSet) Interest.at(interest.nextInSet).previousInSet = interest.previousInSet;
    if (interest.previousInSet) Interest.at(interest.previousInSet).nextInSet = interest.nextInSet;
    else this.first = interest.nextInSet;
    Interest.give(interest);
  }

  /** After a change of what is asked for: what holds now is reported, also to edge-triggered ones. */
  private static review(interest: Interest): void {
    if (interest.state & INTEREST_READY || !InterestSet.eventsOf(interest)) return;
    changetype<InterestSet>(interest.set).queue(interest);
    Tasks.wakeWaiting(interest.set);
  }

  private queue(interest: Interest): void {
    const p = changetype<usize>(interest);
    interest.state |= INTEREST_READY;
    interest.nextReady = 0;
    interest.previousReady = this.readyLast;
    if (this.readyLast) Interest.at(this.readyLast).nextReady = p;
    else this.readyFirst = p;
    this.readyLast = p;
  }

  private unqueue(interest: Interest): void {
    interest.state &= ~INTEREST_READY;
    if (interest.nextReady) Interest.at(interest.nextReady).previousReady = interest.previousReady;
    else this.readyLast = interest.previousReady;
    if (interest.previousReady) Interest.at(interest.previousReady).nextReady = interest.nextReady;
    else this.readyFirst = interest.nextReady;
  }

  /** EPOLL* that hold now and are asked for; errors and hang-ups are always. */
  private static eventsOf(interest: Interest): u32 {
    const object = interest.object;
    const state = SocketPool.owns(object)
      ? Operations.events(Socket.at(object)) | Operations.readHangup(Socket.at(object))
      : Handles.eventsOfMember(Handle.at(object));
    const asked = interest.events;
    let events: u32 = 0;
    if (state & EVENT_READ) events |= EPOLLIN & asked;
    if (CONFIG_NET_TCP && state & EVENT_PRIORITY) events |= EPOLLPRI & asked;
    if (state & EVENT_WRITE) events |= EPOLLOUT & asked;
    if (state & EVENT_READ_HANGUP) events |= EPOLLRDHUP & asked;
    if (state & EVENT_HANGUP) events |= EPOLLHUP;
    if (state & EVENT_ERROR) events |= EPOLLERR;
    return events;
  }

  private static storage(): usize {
    return memory.data(CONFIG_EPOLL ? CONFIG_EPOLL_SETS * 28 : 4, 4);
  }

  /** The statistics of the pool. */
  static pool(): usize {
    return memory.data<u32>([CONFIG_EPOLL_SETS, <u32>offsetof<InterestSet>(), 0, 0, 0, 0]);
  }
}

if (offsetof<InterestSet>() != 28) ERROR("an epoll set has 28 bytes");
