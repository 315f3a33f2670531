/** eventfd and epoll as verbs of a script, on top of socket-calls.ts. */
import type { Call } from "./socket-calls.js";
import type { Stack } from "./stack.js";

export const EFD_SEMAPHORE = 2;
export const EFD_NONBLOCK = 0x4000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 1;
export const EPOLLPRI = 2;
export const EPOLLOUT = 4;
export const EPOLLERR = 8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLONESHOT = 0x4000_0000;
export const EPOLLET = 0x8000_0000;

/** What epoll_wait says of one descriptor. */
export interface EpollEvent {
  readonly events: number;
  readonly data: bigint;
}

export function eventfd(stack: Stack, value = 0, flags = 0): number {
  const out = stack.scratch(4);
  const fd = stack.wait(stack.start("eventfd", [value, flags, out], () => stack.memory.load32(out)));
  stack.open.add(fd);
  return fd;
}

/** Starts writing `value` to an event counter. */
export function beginWrite(stack: Stack, fd: number, value: bigint, length = 8): Call<number> {
  const at = stack.scratch(32);
  stack.memory.store64(at, value);
  stack.memory.store32(at + 16, at);
  stack.memory.store32(at + 20, length);
  return stack.start("fd_write", [fd, at + 16, 1, at + 24], () => stack.memory.load32(at + 24));
}

/** Starts reading an event counter. */
export function beginRead(stack: Stack, fd: number, length = 8): Call<bigint> {
  const at = stack.scratch(48);
  stack.memory.store32(at + 16, at);
  stack.memory.store32(at + 20, length);
  return stack.start("fd_read", [fd, at + 16, 1, at + 24], () => stack.memory.load64(at));
}

export function writeEvent(stack: Stack, fd: number, value: bigint): void {
  stack.wait(beginWrite(stack, fd, value));
}

export function readEvent(stack: Stack, fd: number): bigint {
  return stack.wait(beginRead(stack, fd));
}

export function epollCreate(stack: Stack, flags = 0): number {
  const out = stack.scratch(4);
  const fd = stack.wait(stack.start("epoll_create", [flags, out], () => stack.memory.load32(out)));
  stack.open.add(fd);
  return fd;
}

/** epoll_ctl; `data` is the descriptor unless told otherwise. */
export function epollControl(
  stack: Stack,
  epfd: number,
  operation: number,
  fd: number,
  events = 0,
  data = BigInt(fd >>> 0),
): void {
  const at = stack.scratch(16);
  stack.memory.store32(at, events);
  stack.memory.store64(at + 8, data);
  stack.wait(stack.start("epoll_control", [epfd, operation, fd, at], () => undefined));
}

export function epollAdd(stack: Stack, epfd: number, fd: number, events: number): void {
  epollControl(stack, epfd, EPOLL_CTL_ADD, fd, events);
}

/** Starts waiting; `timeout` in ms, -1 for ever. */
export function beginEpollWait(stack: Stack, epfd: number, timeout: number, most = 16): Call<EpollEvent[]> {
  const at = stack.scratch(most * 16);
  const out = stack.scratch(4);
  return stack.start("epoll_wait", [epfd, at, most, timeout, out], () =>
    Array.from({ length: stack.memory.load32(out) }, (_, i) => ({
      events: stack.memory.load32(at + i * 16) >>> 0,
      data: stack.memory.load64(at + i * 16 + 8),
    })),
  );
}

export function epollWait(stack: Stack, epfd: number, timeout = 0, most = 16): EpollEvent[] {
  return stack.wait(beginEpollWait(stack, epfd, timeout, most));
}
