/** Reading and writing through descriptors of any kind, their flags, and closing them (WASI preview 1). */
import { CONFIG_NET_IPV4_IGMP, CONFIG_NET_SOCKETS_UNIX, CONFIG_NET_TCP } from "../../config";
import {
  guest_check,
  guest_load32,
  guest_store8,
  guest_store16,
  guest_store32,
  guest_store64,
  host_console_read,
  host_console_write,
} from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EAGAIN, EBADF, EFAULT, EINVAL, ENOTSUP, ESPIPE, PENDING } from "../../net/base/errno";
import { LOCAL_DATAGRAM, LocalSocket } from "../../net/local/local-socket";
import { GuestVector } from "../../net/socket/guest-vector";
import { HANDLE_LOCAL, Handle } from "../../net/socket/handle";
import { Handles } from "../../net/socket/handles";
import { Operations } from "../../net/socket/operations";
import { Socket, STATE_NONBLOCK } from "../../net/socket/socket";
import { Task, WAIT_TIME } from "../../net/socket/task";
import { CONSOLE, Descriptors } from "./descriptors";

/** File types of preview 1. */
const FILETYPE_UNKNOWN: u32 = 0;
const FILETYPE_CHARACTER_DEVICE: u32 = 2;
const FILETYPE_SOCKET_DGRAM: u32 = 5;
const FILETYPE_SOCKET_STREAM: u32 = 6;
/** The only descriptor flag that means something here. */
const FDFLAG_NONBLOCK: i32 = 4;
/** Rights: fd_read, fd_fdstat_set_flags, fd_write, fd_filestat_get, poll_fd_readwrite, sock_shutdown, sock_accept. */
const RIGHTS: u64 = (1 << 1) | (1 << 3) | (1 << 6) | (1 << 21) | (1 << 27) | (1 << 28) | (1 << 29);
const FDSTAT_BYTES: u32 = 24;
const FILESTAT_BYTES: u32 = 64;
const IOVEC_BYTES: u32 = 8;
/** Entries of a console write; more than a socket may have, since nothing is stored. */
const CONSOLE_VECTOR_MAX: u32 = 1024;
/** How often a blocked reader looks at the console, µs. */
const CONSOLE_INTERVAL: u32 = 10_000;

/** Closes a descriptor; the last one of a socket closes it, and waits for that when SO_LINGER says so. EBADF. */
export function sys_fd_close(task: i32, now: u64, fd: i32): i32 {
  if (CONFIG_NET_TCP || CONFIG_NET_IPV4_IGMP) Clock.enter(now);
  if (CONFIG_NET_TCP) {
    const entry = Descriptors.get(fd);
    if (Descriptors.isSocket(entry) && Operations.mustLinger(Socket.at(entry), task))
      return Descriptors.failure(task, fd, PENDING);
    Task.at(task).finish();
  }
  return Descriptors.close(fd);
}

/** Moves `from` onto `to`, which must be open and is closed first. EBADF. */
export function sys_fd_renumber(_task: i32, now: u64, from: i32, to: i32): i32 {
  if (CONFIG_NET_TCP || CONFIG_NET_IPV4_IGMP) Clock.enter(now);
  return Descriptors.renumber(from, to);
}

/**
 * dup, and F_DUPFD of fcntl: the lowest free number from `lowest` on becomes a second descriptor of what is open as `fd`. EFAULT, EBADF, EINVAL (`lowest`
 * is below 0 or not below CONFIG_ZVFS_OPEN_MAX), EMFILE.
 */
export function sys_dup(task: i32, fd: i32, lowest: i32, fdOut: usize): i32 {
  if (!guest_check(task, fdOut, 4)) return EFAULT;
  const result = Descriptors.duplicate(fd, lowest);
  if (result < 0) return -result;
  guest_store32(task, fdOut, result);
  return 0;
}

/** dup2: `to` becomes a second descriptor of `from`; when it is open it is closed first. EBADF (`from` is not open, `to` out of range). */
export function sys_dup2(_task: i32, now: u64, from: i32, to: i32): i32 {
  if (CONFIG_NET_TCP || CONFIG_NET_IPV4_IGMP) Clock.enter(now);
  return Descriptors.duplicateOnto(from, to);
}

/** Nothing here has a position. EBADF, ESPIPE. */
export function sys_fd_seek(_task: i32, fd: i32, _offset: i64, _whence: i32, _out: usize): i32 {
  return Descriptors.get(fd) ? ESPIPE : EBADF;
}

/** No directory is opened in advance: EBADF, which ends a C library's search. */
export function sys_fd_prestat_get(_task: i32, _fd: i32, _out: usize): i32 {
  return EBADF;
}

/** No directory is opened in advance: EBADF. */
export function sys_fd_prestat_dir_name(_task: i32, _fd: i32, _path: usize, _length: u32): i32 {
  return EBADF;
}

function handleType(handle: Handle): u32 {
  if (!CONFIG_NET_SOCKETS_UNIX || handle.kind != HANDLE_LOCAL) return FILETYPE_UNKNOWN;
  return changetype<LocalSocket>(handle).type == LOCAL_DATAGRAM ? FILETYPE_SOCKET_DGRAM : FILETYPE_SOCKET_STREAM;
}

function fileType(entry: usize): u32 {
  if (Handle.isEntry(entry)) return handleType(Handle.of(entry));
  if (entry <= CONSOLE) return FILETYPE_CHARACTER_DEVICE;
  return Socket.at(entry).isDatagram() ? FILETYPE_SOCKET_DGRAM : FILETYPE_SOCKET_STREAM;
}

/** Type, flags and rights: fdstat, 24 bytes. EBADF, EFAULT. */
export function sys_fd_fdstat_get(task: i32, fd: i32, out: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!entry) return EBADF;
  if (!guest_check(task, out, FDSTAT_BYTES)) return EFAULT;
  const nonblock = Handle.isEntry(entry)
    ? Handle.of(entry).has(STATE_NONBLOCK)
    : entry > CONSOLE && Socket.at(entry).has(STATE_NONBLOCK);
  guest_store16(task, out, fileType(entry));
  guest_store16(task, out + 2, nonblock ? FDFLAG_NONBLOCK : 0);
  guest_store32(task, out + 4, 0);
  guest_store64(task, out + 8, RIGHTS);
  guest_store64(task, out + 16, RIGHTS);
  return 0;
}

/** Sets the flags; NONBLOCK alone is known. EBADF, ENOTSUP (another flag, or the console). */
export function sys_fd_fdstat_set_flags(_task: i32, fd: i32, flags: i32): i32 {
  const entry = Descriptors.get(fd);
  if (!entry) return EBADF;
  if (flags & ~FDFLAG_NONBLOCK) return ENOTSUP;
  if (entry <= CONSOLE) return flags ? ENOTSUP : 0;
  if (Handle.isEntry(entry)) Handle.of(entry).set(STATE_NONBLOCK, flags != 0);
  else Socket.at(entry).set(STATE_NONBLOCK, flags != 0);
  return 0;
}

/** Type as a file: filestat, 64 bytes, zero but for the type at +16. EBADF, EFAULT. */
export function sys_fd_filestat_get(task: i32, fd: i32, out: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!entry) return EBADF;
  if (!guest_check(task, out, FILESTAT_BYTES)) return EFAULT;
  for (let offset: usize = 0; offset < FILESTAT_BYTES; offset += 8) guest_store64(task, out + offset, 0);
  guest_store8(task, out + 16, fileType(entry));
  return 0;
}

/**
 * Writes. EBADF, EFAULT, EINVAL (more than 1,024 buffers), and what sending answers on a socket (send without
 * address).
 */
export function sys_fd_write(task: i32, now: u64, fd: i32, iovs: usize, count: u32, countOut: usize): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!entry) return EBADF;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  let result: i32;
  if (entry <= CONSOLE) {
    result = writeConsole(task, <i32>entry - 1, iovs, count);
  } else {
    const error = GuestVector.shared().load(task, iovs, count);
    if (error) return -error;
    result = Handle.isEntry(entry)
      ? Handles.write(Handle.of(entry), task)
      : Operations.send(Socket.at(entry), task, 0, 0, 0);
  }
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, countOut, result);
  return 0;
}

function writeConsole(task: i32, fd: i32, iovs: usize, count: u32): i32 {
  if (count > CONSOLE_VECTOR_MAX) return -EINVAL;
  if (!guest_check(task, iovs, count * IOVEC_BYTES)) return -EFAULT;
  // All buffers are checked before the first byte is printed.
  for (let i: u32 = 0; i < count; i++) {
    const iov = iovs + i * IOVEC_BYTES;
    if (!guest_check(task, guest_load32(task, iov), guest_load32(task, iov + 4))) return -EFAULT;
  }
  let written = 0;
  for (let i: u32 = 0; i < count; i++) {
    const iov = iovs + i * IOVEC_BYTES;
    const length = guest_load32(task, iov + 4);
    if (!length) continue;
    const taken = host_console_write(task, fd, guest_load32(task, iov), length);
    if (taken < 0) return written ? written : taken;
    written += taken;
    if (<u32>taken < length) break;
  }
  return written;
}

/** Reads. EBADF, EFAULT, EINVAL (more than 16 buffers), and what receiving answers on a socket. */
export function sys_fd_read(task: i32, fd: i32, iovs: usize, count: u32, countOut: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!entry) return EBADF;
  const vector = GuestVector.shared();
  const error = vector.load(task, iovs, count);
  if (error) return -error;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  const result = Descriptors.isSocket(entry) ? Operations.receive(Socket.at(entry), task, 0) : readOther(entry, task);
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, countOut, result);
  return 0;
}

/** Reads from what is no internet socket. */
function readOther(entry: usize, task: i32): i32 {
  return Handle.isEntry(entry) ? Handles.read(Handle.of(entry), task) : readConsole(task, GuestVector.shared());
}

function readConsole(task: i32, vector: GuestVector): i32 {
  const waiting = Task.at(task);
  const result = vector.firstLength ? host_console_read(task, vector.first, vector.firstLength) : 0;
  if (result != -EAGAIN) {
    waiting.finish();
    return result;
  }
  waiting.wait(WAIT_TIME, 0);
  waiting.retryAfter(CONSOLE_INTERVAL);
  return PENDING;
}
