/**
 * Waiting for several sockets at once.
 *
 *     const set = SocketSet.create();
 *     set.add(listener.fd(), READABLE);
 *     if (set.wait(1000) > 0) {
 *       for (let fd = set.next(); fd >= 0; fd = set.next()) { … }
 *     }
 */
import { CONFIG_NET_SOCKETS_POLL_MAX } from "../../config";
import { EBADF, ENOSPC } from "../errno";
import { ZSOCK_POLLERR, ZSOCK_POLLHUP, ZSOCK_POLLIN, ZSOCK_POLLNVAL, ZSOCK_POLLOUT } from "../zsock/constants";
import { Result } from "../zsock/result";
import { zsock_pollfd } from "../zsock/types";
import { zsock_poll } from "../zsock/wait";

/** Receiving, or accepting, would not wait. */
export const READABLE: i32 = ZSOCK_POLLIN;
/** Sending would not wait. */
export const WRITABLE: i32 = ZSOCK_POLLOUT;
/** Only in `events`: the connection is over, has an error, or the descriptor is not open. */
export const BROKEN: i32 = ZSOCK_POLLERR | ZSOCK_POLLHUP | ZSOCK_POLLNVAL;

const HEAD_BYTES: i32 = 8;
const ENTRY_BYTES: i32 = 8;

@unmanaged
@final
export class SocketSet {
  private count: u32;
  /** Entry that `next` looks at next; the one behind the last that it gave. */
  private cursor: u32;

  /**
   * An empty set in static memory, for CONFIG_NET_SOCKETS_POLL_MAX descriptors: each place in the source that says this has a set of its own.
   */
  @inline static create(): SocketSet {
    return changetype<SocketSet>(memory.data(HEAD_BYTES + CONFIG_NET_SOCKETS_POLL_MAX * ENTRY_BYTES, 4));
  }

  @inline private entry(index: u32): zsock_pollfd {
    return zsock_pollfd.at(changetype<usize>(this) + HEAD_BYTES, <i32>index);
  }

  /** Index of the entry of `fd`; `count` when there is none. */
  private find(fd: i32): u32 {
    let index: u32 = 0;
    while (index < this.count && this.entry(index).fd != fd) index++;
    return index;
  }

  /** Waits for `events` (READABLE, WRITABLE or both) of `fd` from now on. False with ENOSPC: the set is full. */
  add(fd: i32, events: i32): bool {
    const index = this.find(fd);
    if (index == this.count) {
      if (index == <u32>CONFIG_NET_SOCKETS_POLL_MAX) return Result.error(ENOSPC) == 0;
      this.count += 1;
      this.entry(index).revents = 0;
    }
    const entry = this.entry(index);
    entry.fd = fd;
    entry.events = <i16>events;
    return true;
  }

  /** No longer waits for `fd`; allowed between two `next`. False with EBADF: it is not in the set. */
  remove(fd: i32): bool {
    const index = this.find(fd);
    if (index == this.count) return Result.error(EBADF) == 0;
    this.count -= 1;
    for (let i = index; i < this.count; i++) {
      store<u64>(changetype<usize>(this.entry(i)), load<u64>(changetype<usize>(this.entry(i + 1))));
    }
    if (this.cursor > index) this.cursor -= 1;
    return true;
  }

  /** Descriptors in the set. */
  size(): u32 {
    return this.count;
  }

  /**
   * Waits until something has happened.
   * @param timeout milliseconds; negative for ever, 0 for not at all
   * @returns descriptors that `next` will give, 0 when the time is over, -1 with an error
   */
  wait(timeout: i32): i32 {
    this.cursor = 0;
    return zsock_poll<usize>(changetype<usize>(this) + HEAD_BYTES, this.count, timeout);
  }

  /** The next descriptor to which something has happened, -1 when there is no more. */
  next(): i32 {
    while (this.cursor < this.count) {
      const entry = this.entry(this.cursor);
      this.cursor += 1;
      if (entry.revents) return entry.fd;
    }
    return -1;
  }

  /** What has happened to the descriptor that `next` gave last: READABLE, WRITABLE, BROKEN. */
  events(): i32 {
    return this.cursor ? this.entry(this.cursor - 1).revents : 0;
  }
}
