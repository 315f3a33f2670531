/**
 * The descriptor table: one word per descriptor, the address of its socket, which counts them, or a handle's (net/socket/handle.ts). 0, 1 and 2
 * are the console. A new descriptor is the lowest free number (POSIX).
 */
import { CONFIG_EPOLL, CONFIG_NET_FAST_PATHS, CONFIG_ZVFS_OPEN_MAX } from "../../config";
import { EBADF, EINVAL, EMFILE, ENOTSOCK, PENDING } from "../../net/base/errno";
import { Pool } from "../../net/base/pool";
import { InterestSet } from "../../net/event/interest-set";
import { HANDLES, Handle } from "../../net/socket/handle";
import { Handles } from "../../net/socket/handles";
import { Operations } from "../../net/socket/operations";
import { Socket } from "../../net/socket/socket";
import { Tasks } from "../../net/socket/task";

/** Entries of the console's descriptors are 1, 2 and 3: their numbers plus 1. Addresses of sockets are larger than this, the last of them. */
export const CONSOLE: usize = 3;
const FIRST_SOCKET: i32 = 3;

const TABLE: usize = memory.data(CONFIG_ZVFS_OPEN_MAX * 4, 4);
/** u32[WORDS]: one bit for each number, set while it is free. Where size counts the table itself is searched instead. */
const WORDS: i32 = (CONFIG_ZVFS_OPEN_MAX + 31) >>> 5;
const FREE: usize = CONFIG_NET_FAST_PATHS ? memory.data(((CONFIG_ZVFS_OPEN_MAX + 31) >>> 5) * 4, 4) : 0;
const POOL: usize = memory.data<u32>([CONFIG_ZVFS_OPEN_MAX, 4, 0, 0, 0, 0]);

export class Descriptors {
  static initialise(): void {
    if (CONFIG_NET_FAST_PATHS) for (let fd: i32 = 0; fd < CONFIG_ZVFS_OPEN_MAX; fd++) Descriptors.mark(fd, true);
    Descriptors.reset();
  }

  @inline private static place(fd: i32): usize {
    return TABLE + ((<usize>fd) << 2);
  }

  private static put(fd: i32, entry: usize): void {
    Descriptors.hold(fd, entry);
    if (entry > CONSOLE) Pool.at(POOL).noteTaken();
  }

  @inline private static hold(fd: i32, entry: usize): void {
    store<usize>(Descriptors.place(fd), entry);
    if (CONFIG_NET_FAST_PATHS) Descriptors.mark(fd, false);
  }

  /** usize → the word of FREE that has the bit of `fd`. */
  @inline private static word(fd: i32): usize {
    return WORDS == 1 ? FREE : FREE + ((<usize>(fd >>> 5)) << 2);
  }

  /** Notes whether the number `fd` is free. */
  @inline private static mark(fd: i32, free: bool): void {
    const word = Descriptors.word(fd);
    const bit: u32 = 1 << (fd & 31);
    const bits = load<u32>(word);
    store<u32>(word, free ? bits | bit : (bits | bit) ^ bit);
  }

  /** The lowest free number, -1 when there is none. */
  @inline private static lowest(): i32 {
    if (!CONFIG_NET_FAST_PATHS) return Descriptors.lowestFrom(0);
    if (WORDS == 1) {
      const bits = load<u32>(FREE);
      return bits ? ctz<u32>(bits) : -1;
    }
    for (let word: i32 = 0; word < WORDS; word++) {
      const bits = load<u32>(FREE + ((<usize>word) << 2));
      if (bits) return (word << 5) + ctz<u32>(bits);
    }
    return -1;
  }

  /** The lowest free number from `fd` on, -1 when there is none. */
  private static lowestFrom(fd: i32): i32 {
    while (fd < CONFIG_ZVFS_OPEN_MAX) {
      if (!load<usize>(Descriptors.place(fd))) return fd;
      fd++;
    }
    return -1;
  }

  /** Frees the number `fd`. The pool counts descriptors of sockets: the console's come with the task. */
  private static clear(fd: i32, entry: usize): void {
    store<usize>(Descriptors.place(fd), 0);
    if (CONFIG_NET_FAST_PATHS) Descriptors.mark(fd, true);
    if (entry > CONSOLE) Pool.at(POOL).used -= 1;
  }

  /** Entry of a socket (its address), a handle or the console (1 to CONSOLE), or 0 when `fd` is not open. */
  @inline static get(fd: i32): usize {
    return <u32>fd < <u32>CONFIG_ZVFS_OPEN_MAX ? load<usize>(Descriptors.place(fd)) : 0;
  }

  /** True for the entry of an internet socket. */
  @inline static isSocket(entry: usize): bool {
    return HANDLES ? <isize>entry > <isize>CONSOLE : entry > CONSOLE;
  }

  /** Address of the Socket or Handle of an entry that is not the console's. */
  @inline static object(entry: usize): usize {
    return HANDLES && Handle.isEntry(entry) ? changetype<usize>(Handle.of(entry)) : entry;
  }

  /** `fd` is about to mean nothing, or something else: it leaves the epoll sets that it is in. */
  @inline private static leave(fd: i32, entry: usize): void {
    if (CONFIG_EPOLL && entry > CONSOLE) InterestSet.forget(Descriptors.object(entry), fd);
  }

  /** errno for an entry that is no socket: ENOTSOCK for the console and handles, EBADF for what is not open. */
  static notSocket(entry: usize): i32 {
    return entry ? ENOTSOCK : EBADF;
  }

  /** Gives `entry`, that of a socket or a handle, the lowest free number. The number, or -EMFILE when all CONFIG_ZVFS_OPEN_MAX are taken. */
  static add(entry: usize): i32 {
    const fd = Descriptors.lowest();
    if (fd < 0) {
      Pool.at(POOL).refused += 1;
      return -EMFILE;
    }
    Descriptors.hold(fd, entry);
    Pool.at(POOL).noteTaken();
    return fd;
  }

  /** True when `add` would find a number; otherwise counted as refused. */
  @inline static hasRoom(): bool {
    if (Descriptors.lowest() >= 0) return true;
    Pool.at(POOL).refused += 1;
    return false;
  }

  /** Closes `fd`. 0, or EBADF. */
  static close(fd: i32): i32 {
    const entry = Descriptors.get(fd);
    if (!entry) return EBADF;
    Descriptors.clear(fd, entry);
    Descriptors.leave(fd, entry);
    if (Handle.isEntry(entry)) Handles.release(Handle.of(entry), fd);
    else if (entry > CONSOLE) Operations.release(Socket.at(entry), fd);
    return 0;
  }

  /** Moves `from` onto `to`, which is closed first (fd_renumber). 0, or EBADF when one of them is not open. */
  static renumber(from: i32, to: i32): i32 {
    const entry = Descriptors.get(from);
    if (!entry || !Descriptors.get(to)) return EBADF;
    if (from == to) return 0;
    Descriptors.close(to);
    Descriptors.clear(from, entry);
    Descriptors.leave(from, entry);
    if (entry > CONSOLE) Tasks.leaveDescriptor(Descriptors.object(entry), from);
    Descriptors.put(to, entry);
    return 0;
  }

  /**
   * Gives what is open as `fd` a second number: the lowest free one from `lowest` on. Both are the same open socket, with one set of flags.
   * @returns the number, -EBADF, -EINVAL (`lowest` is none that the table has), -EMFILE (none is free)
   */
  static duplicate(fd: i32, lowest: i32): i32 {
    const entry = Descriptors.get(fd);
    if (!entry) return -EBADF;
    if (<u32>lowest >= <u32>CONFIG_ZVFS_OPEN_MAX) return -EINVAL;
    const number = Descriptors.lowestFrom(lowest);
    if (number < 0) {
      Pool.at(POOL).refused += 1;
      return -EMFILE;
    }
    Descriptors.share(number, entry);
    return number;
  }

  /** As `duplicate`, with the number `to`, which is closed first when it is open. 0, or EBADF (`fd`, or `to` is none that the table has). */
  static duplicateOnto(fd: i32, to: i32): i32 {
    const entry = Descriptors.get(fd);
    if (!entry || <u32>to >= <u32>CONFIG_ZVFS_OPEN_MAX) return EBADF;
    if (fd == to) return 0;
    Descriptors.close(to);
    Descriptors.share(to, entry);
    return 0;
  }

  private static share(fd: i32, entry: usize): void {
    if (Handle.isEntry(entry)) Handles.retain(Handle.of(entry));
    else if (entry > CONSOLE) Operations.retain(Socket.at(entry));
    Descriptors.put(fd, entry);
  }

  /** The answer of a system call on `fd` for a result inside the core: PENDING, the errno of a negative one, 0. */
  @inline static failure(task: i32, fd: i32, result: i32): i32 {
    if (result != PENDING) return -result;
    Tasks.waitsThrough(task, fd);
    return PENDING;
  }

  /** Closes everything and opens the console again: the application starts anew. */
  static reset(): void {
    for (let fd: i32 = 0; fd < CONFIG_ZVFS_OPEN_MAX; fd++) Descriptors.close(fd);
    for (let fd: i32 = 0; fd < FIRST_SOCKET; fd++) Descriptors.put(fd, <usize>fd + 1);
  }

  /** The statistics of the table. */
  @inline static pool(): usize {
    return POOL;
  }
}
