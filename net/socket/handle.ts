/**
 * What a descriptor can stand for besides the console and internet sockets. The descriptor table tells the two apart by the sign of its
 * entry, in the comparison that it makes anyway, so that internet sockets pay nothing for the others.
 */
import { CONFIG_EPOLL, CONFIG_EVENTFD, CONFIG_NET_SOCKETS_UNIX } from "../../config";

/** True when the image has handles of any kind. */
export const HANDLES: bool = CONFIG_EVENTFD || CONFIG_EPOLL || CONFIG_NET_SOCKETS_UNIX;

/** `Handle.kind`. A new kind is a new number and a line in each switch of handles.ts. */
export const HANDLE_COUNTER: u32 = 1;
export const HANDLE_INTERESTS: u32 = 2;
export const HANDLE_LOCAL: u32 = 3;

/** Set in the entry of a handle in the descriptor table; no address has it. */
const HANDLE_TAG: usize = 0x80000000;

/** The head that the records of all kinds share. */
@unmanaged
export class Handle {
  /** HANDLE_*. While the record is free this word is the pool's link. */
  kind: u32;
  /** Descriptors that refer to it. */
  references: u32;
  /** STATE_* of socket.ts. */
  options: u32;
  /** usize → the first Interest in it (net/event/interest.ts); 0 = none. */
  interests: usize;

  @inline static at(p: usize): Handle {
    return changetype<Handle>(p);
  }

  /** The handle of an entry of the descriptor table. */
  @inline static of(entry: usize): Handle {
    return changetype<Handle>(entry & ~HANDLE_TAG);
  }

  /** The entry of the descriptor table for it. */
  @inline entry(): usize {
    return changetype<usize>(this) | HANDLE_TAG;
  }

  /** True when the entry `entry` of the descriptor table is one of a handle. */
  @inline static isEntry(entry: usize): bool {
    return HANDLES && <isize>entry < 0;
  }

  @inline has(bits: u32): bool {
    return (this.options & bits) != 0;
  }

  /** Switches `bits` on or off. */
  @inline set(bits: u32, on: bool): void {
    this.options = on ? this.options | bits : this.options & ~bits;
  }
}
