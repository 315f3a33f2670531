/**
 * The structures of the socket API, laid over linear memory: no allocation, no header, the layout of the C structures.
 *
 * Declare one as C's `static` would, at the top of the program:
 *
 *     const peer = Static.of<sockaddr_in>();
 *     peer.sin_port = htons(7);
 *
 * Every function takes such an object or a plain address (`usize`) where C takes a pointer; NULL is 0.
 */
import { CONFIG_ZVFS_OPEN_MAX } from "../../config";

/** Unsigned length of an address. */
export type socklen_t = u32;

/** The address that points nowhere. */
export const NULL: usize = 0;

/** Memory that exists from the start of the program to its end, as C's `static` gives it. All zero at first. */
export class Static {
  /** A structure of type T, 8-aligned. Each place in the source that says this has a structure of its own. */
  @inline static of<T>(): T {
    return changetype<T>(memory.data(offsetof<T>(), 8));
  }
}

/** One C `int` in memory, for the functions that take an `int *` or a `socklen_t *`. */
@unmanaged
@final
export class IntCell {
  value: i32;
}

/** The head that all socket addresses share. */
@unmanaged
@final
export class sockaddr {
  /** AF_INET. */
  sa_family: u16;
}

/** An IPv4 address and port: 8 bytes. */
@unmanaged
@final
export class sockaddr_in {
  /** AF_INET. */
  sin_family: u16;
  /** Port in network order: `htons(7)`. */
  sin_port: u16;
  /** Address in network order: `htonl(INADDR_ANY)`, `inet_addr("192.0.2.1")`. */
  sin_addr: u32;
}

/** Room for an address of any family: 24 bytes. */
@unmanaged
@final
export class sockaddr_storage {
  ss_family: u16;
  padding0: u16;
  padding1: u32;
  padding2: u64;
  padding3: u64;
}

/** A time span: 16 bytes, and so it crosses into SO_RCVTIMEO. */
@unmanaged
@final
export class zsock_timeval {
  /** Whole seconds. */
  tv_sec: i64;
  /** Microseconds, 0 to 999,999. */
  tv_usec: i64;
}

/** One entry of the array that poll looks at: 8 bytes. */
@unmanaged
@final
export class zsock_pollfd {
  /** Descriptor; the entry is ignored when it is negative. */
  fd: i32;
  /** POLLIN, POLLOUT: what to wait for. */
  events: i16;
  /** What has happened: `events` and POLLERR, POLLHUP, POLLNVAL. */
  revents: i16;

  /** Entry `index` of the array at `array` (usize → zsock_pollfd[]). */
  @inline static at(array: usize, index: i32): zsock_pollfd {
    return changetype<zsock_pollfd>(array + <usize>index * offsetof<zsock_pollfd>());
  }
}

/** Descriptors that a zsock_fd_set has room for: CONFIG_ZVFS_OPEN_MAX rounded up to a multiple of 32. */
export const ZSOCK_FD_SETSIZE: i32 = (CONFIG_ZVFS_OPEN_MAX + 31) & ~31;

/**
 * A set of descriptors: ZSOCK_FD_SETSIZE bits, descriptor n is bit n % 32 of word n / 32.
 * Declare it with `zsock_fd_set.create()`; the class has no fields, since their number depends on the configuration.
 */
@unmanaged
@final
export class zsock_fd_set {
  /** An empty set in static memory: each place in the source that says this has a set of its own. */
  @inline static create(): zsock_fd_set {
    return changetype<zsock_fd_set>(memory.data(ZSOCK_FD_SETSIZE >> 3, 4));
  }
}
