/**
 * Socket calls as verbs of a script: they go through the core's `sys_*` functions with a guest memory of the harness.
 *
 *     const fd = stack.openUdp();
 *     stack.bind(fd, 7);
 *     const { from, port, data } = stack.recvFrom(fd);            // lets virtual time pass until a datagram is there
 *     const call = stack.begin.recvFrom(fd);                      // starts, does not wait
 *     stack.inject(…); call.done; call.value().data;
 *     assert.equal(stack.errno(() => stack.bind(fd, 7)), "EINVAL");
 *
 * Verbs throw ErrnoError when the call fails. One call per task at a time; `stack.task` says for which task (default 0).
 */
import { readFileSync } from "node:fs";
import { PENDING } from "../../runtime/node/core.js";
import type { GuestMemory } from "../../runtime/node/guest-memory.js";
import type { World } from "../../runtime/node/world.js";
import type { ParkedCall, WorldNode } from "../../runtime/node/world-node.js";
import { findSystemCall, type SystemCall } from "../../runtime/syscall/table/index.js";
import { type Bytes, bytes, ipBytes, ipText } from "./bytes.js";
import { ErrnoError, errnoName } from "./errno.js";

export const AF_INET = 1;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0x800;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const MSG_OOB = 0x01;
export const MSG_PEEK = 0x02;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_MORE = 0x8000;
/** Directions of `shutdown`. */
export type ShutdownHow = "rd" | "wr" | "rdwr";
export const POLLIN = 1;
export const POLLPRI = 2;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_OOBINLINE = 10;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
/** fd_fdstat_set_flags. */
const FDFLAGS_NONBLOCK = 4;

/** Bytes of a sockaddr_in as socklet_v1 has it: family, port and address in network order. */
const SOCKADDR_BYTES = 8;
/** Bytes of WAMR's address record. */
const ADDRESS_RECORD_BYTES = 24;
/** First guest address that verbs use; below it a script may put what it likes. */
const SCRATCH = 4096;
/** Virtual time after which a call counts as blocked for ever, µs. */
const FOREVER = 3_600_000_000;

export interface Received {
  readonly from: string;
  readonly port: number;
  readonly data: Uint8Array;
  /** What the call reported: more than `data.length` with MSG_TRUNC. */
  readonly length: number;
}

export interface PollEntry {
  readonly fd: number;
  readonly events: number;
}

/** A system call that was started. */
export class Call<T> {
  constructor(
    private readonly name: string,
    private readonly immediate: number,
    private readonly parked: ParkedCall | undefined,
    private readonly read: () => T,
    private readonly startedAt: number,
  ) {}

  get done(): boolean {
    return this.parked === undefined || this.parked.result !== undefined;
  }

  /** When it was done, µs. */
  get doneAt(): number {
    return this.parked?.doneAt ?? this.startedAt;
  }

  /** "SUCCESS" or the name of the error. */
  get errno(): string {
    if (!this.done) throw new Error(`${this.name} is still waiting`);
    return errnoName(this.parked?.result ?? this.immediate);
  }

  /** What the call gives. @throws ErrnoError when it failed, Error when it is still waiting */
  value(): T {
    if (!this.done) throw new Error(`${this.name} is still waiting`);
    const result = this.parked?.result ?? this.immediate;
    if (result !== 0) throw new ErrnoError(this.name, result);
    return this.read();
  }
}

/** Verbs that start a call without waiting for it. */
export interface Begin {
  recvFrom(fd: number, options?: { length?: number; flags?: number }): Call<Received>;
  recv(fd: number, length?: number): Call<Uint8Array>;
  /** recv with MSG_ flags; no sender is asked for. */
  recvWith(fd: number, options?: { length?: number; flags?: number }): Call<Uint8Array>;
  sendTo(fd: number, ip: string, port: number, data: Bytes, flags?: number): Call<number>;
  send(fd: number, data: Bytes): Call<number>;
  /** send with MSG_ flags, no address given. */
  sendWith(fd: number, data: Bytes, flags: number): Call<number>;
  connect(fd: number, ip: string, port: number): Call<undefined>;
  /** Gives the new descriptor. `flags`: SOCK_NONBLOCK's meaning as WASI's sock_accept has it (FDFLAGS_NONBLOCK 4). */
  accept(fd: number, flags?: number): Call<number>;
  close(fd: number): Call<undefined>;
  poll(entries: readonly PollEntry[], timeoutMs: number): Call<number[]>;
  select(
    read: readonly number[],
    write: readonly number[],
    timeoutUs: bigint | number,
    except?: readonly number[],
  ): Call<Selected>;
}

/** Descriptors that select found ready. */
export interface Selected {
  read: number[];
  write: number[];
  /** Only when descriptors were given for it. */
  except?: number[];
}

export abstract class SocketCalls {
  abstract readonly world: World;
  abstract readonly node: WorldNode;
  abstract readonly memory: GuestMemory;
  /** The task on whose behalf calls are made. */
  task = 0;
  /** Descriptors opened by verbs and not closed. */
  readonly open = new Set<number>();

  private next = SCRATCH;

  /** Guest memory for `size` bytes (zeroed, 8-aligned), until the next verb with no call waiting. */
  scratch(size: number): number {
    const address = this.next;
    this.next += (size + 7) & ~7;
    if (this.next > this.memory.limit) throw new Error("the harness's guest memory is full");
    this.memory.bytes.fill(0, address, address + size);
    return address;
  }

  /**
   * A system call by the name an application imports it under; constants of the table are put in. Its errno, or PENDING
   * when the task is parked now (`stack.node.parked(task)`).
   */
  sys(name: string, ...args: (number | bigint)[]): number {
    const row = systemCall(name);
    this.onCall();
    const result = this.node.call(row.core, this.task, ...row.constants, ...args);
    this.world.settle();
    return result;
  }

  /** Runs `run`; the name of the error it failed with, or "SUCCESS". */
  errno(run: () => unknown): string {
    try {
      run();
      return "SUCCESS";
    } catch (error) {
      if (error instanceof ErrnoError) return error.code;
      throw error;
    }
  }

  private free(): void {
    if (this.node.waiting === 0) this.next = SCRATCH;
  }

  /** A system call begins: what the stack sends now may be the application's doing. */
  protected onCall(): void {}

  /** Starts a call by its imported name; `read` says what it gives. */
  start<T>(name: string, args: readonly (number | bigint)[], read: () => T): Call<T> {
    const row = systemCall(name);
    this.onCall();
    const result = this.node.call(row.core, this.task, ...row.constants, ...args);
    const parked = result === PENDING ? this.node.parked(this.task) : undefined;
    const call = new Call(name, result, parked, read, this.world.now);
    this.world.settle();
    return call;
  }

  /** Waits, in virtual time, until `call` is done. */
  wait<T>(call: Call<T>): T {
    if (!call.done && !this.world.runUntil(() => call.done, this.world.now + FOREVER)) {
      throw new Error("the call is blocked for ever (an hour of virtual time)");
    }
    return call.value();
  }

  private now<T>(name: string, args: readonly (number | bigint)[], read: () => T): T {
    return this.wait(this.start(name, args, read));
  }

  /** Opens a socket of any kind. @returns descriptor */
  socket(family: number, type: number, protocol = 0): number {
    this.free();
    const out = this.scratch(4);
    const fd = this.now("socket", [family, type, protocol, out], () => this.memory.load32(out));
    this.open.add(fd);
    return fd;
  }

  openTcp(flags = 0): number {
    return this.socket(AF_INET, SOCK_STREAM | flags, IPPROTO_TCP);
  }

  openUdp(): number {
    return this.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  }

  close(fd: number): void {
    this.now("fd_close", [fd], () => undefined);
    this.open.delete(fd);
  }

  /** Another descriptor for the same: the lowest free number from `lowest` on. */
  dup(fd: number, lowest = 0): number {
    this.free();
    const out = this.scratch(4);
    const copy = this.now("dup", [fd, lowest, out], () => this.memory.load32(out));
    this.open.add(copy);
    return copy;
  }

  /** Binds to `port` on `ip`, by default on every address; port 0 chooses one. */
  bind(fd: number, port: number, ip = "0.0.0.0"): void {
    this.free();
    this.now("sock_bind", [fd, this.addressRecord(ip, port)], () => undefined);
  }

  /** Blocks, in virtual time, unless the socket does not. */
  connect(fd: number, ip: string, port: number): void {
    this.wait(this.begin.connect(fd, ip, port));
  }

  listen(fd: number, backlog = 5): void {
    this.now("sock_listen", [fd, backlog], () => undefined);
  }

  /** The next connection of a listener, waiting for one in virtual time. @returns its descriptor */
  accept(fd: number, flags = 0): number {
    return this.wait(this.begin.accept(fd, flags));
  }

  shutdown(fd: number, how: ShutdownHow): void {
    // WASI has a bit for each direction.
    this.now("sock_shutdown", [fd, how === "rd" ? 1 : how === "wr" ? 2 : 3], () => undefined);
  }

  /** getsockname. */
  localAddress(fd: number): { ip: string; port: number } {
    this.free();
    const record = this.scratch(ADDRESS_RECORD_BYTES);
    return this.now("sock_addr_local", [fd, record], () => this.readRecord(record));
  }

  /** getpeername. */
  peerAddress(fd: number): { ip: string; port: number } {
    this.free();
    const record = this.scratch(ADDRESS_RECORD_BYTES);
    return this.now("sock_addr_remote", [fd, record], () => this.readRecord(record));
  }

  nonBlocking(fd: number, on = true): void {
    this.now("fd_fdstat_set_flags", [fd, on ? FDFLAGS_NONBLOCK : 0], () => undefined);
  }

  /** SO_RCVTIMEO, µs; 0 for none. */
  receiveTimeout(fd: number, microseconds: number | bigint): void {
    this.now("sock_set_recv_timeout", [fd, BigInt(microseconds)], () => undefined);
  }

  /** setsockopt with an int. */
  setOption(fd: number, level: number, name: number, value: number): void {
    this.free();
    const at = this.scratch(4);
    this.memory.store32(at, value);
    this.now("set_option", [fd, level, name, at, 4], () => undefined);
  }

  /** getsockopt of an int. */
  getOption(fd: number, level: number, name: number): number {
    this.free();
    const at = this.scratch(8);
    this.memory.store32(at + 4, 4);
    return this.now("get_option", [fd, level, name, at, at + 4], () => this.memory.load32(at) | 0);
  }

  /** setsockopt by name: `setSocketOption(fd, "TCP_NODELAY", 1)`; the level follows from the name. */
  setSocketOption(fd: number, name: string, value: number): void {
    this.setOption(fd, optionLevel(name), socketConstant(name), value);
  }

  /** getsockopt by name, of an int. */
  getSocketOption(fd: number, name: string): number {
    return this.getOption(fd, optionLevel(name), socketConstant(name));
  }

  /** setsockopt with bytes, little-endian as the structures are. */
  setOptionBytes(fd: number, level: number, name: number, value: Bytes): void {
    this.free();
    const data = bytes(value);
    const at = this.scratch(data.length);
    this.memory.write(at, data);
    this.now("set_option", [fd, level, name, at, data.length], () => undefined);
  }

  /** getsockopt of up to `length` bytes. */
  getOptionBytes(fd: number, level: number, name: number, length: number): Uint8Array {
    this.free();
    const at = this.scratch(length);
    const size = this.scratch(4);
    this.memory.store32(size, length);
    return this.now("get_option", [fd, level, name, at, size], () =>
      this.memory.bytes.slice(at, at + this.memory.load32(size)),
    );
  }

  /** SO_LINGER; `seconds` undefined switches it off. */
  linger(fd: number, seconds: number | undefined): void {
    this.now("sock_set_linger", [fd, seconds === undefined ? 0 : 1, seconds ?? 0], () => undefined);
  }

  /** Receives a datagram with its sender, blocking in virtual time. */
  recvFrom(fd: number, options: { length?: number; flags?: number } = {}): Received {
    return this.wait(this.begin.recvFrom(fd, options));
  }

  recv(fd: number, length = 2048): Uint8Array {
    return this.wait(this.begin.recv(fd, length));
  }

  /** recv with MSG_ flags. */
  recvWith(fd: number, options: { length?: number; flags?: number } = {}): Uint8Array {
    return this.wait(this.begin.recvWith(fd, options));
  }

  /** send with MSG_ flags. @returns bytes sent */
  sendWith(fd: number, data: Bytes, flags: number): number {
    return this.wait(this.begin.sendWith(fd, data, flags));
  }

  /** @returns bytes sent */
  sendTo(fd: number, ip: string, port: number, data: Bytes, flags = 0): number {
    return this.wait(this.begin.sendTo(fd, ip, port, data, flags));
  }

  /** On a connected socket. @returns bytes sent */
  send(fd: number, data: Bytes): number {
    return this.wait(this.begin.send(fd, data));
  }

  /** @returns revents of each entry */
  poll(entries: readonly PollEntry[], timeoutMs: number): number[] {
    return this.wait(this.begin.poll(entries, timeoutMs));
  }

  /** @param timeoutUs µs, -1 for no limit. @returns the descriptors that are ready */
  select(
    read: readonly number[],
    write: readonly number[],
    timeoutUs: bigint | number,
    except: readonly number[] = [],
  ): Selected {
    return this.wait(this.begin.select(read, write, timeoutUs, except));
  }

  readonly begin: Begin = {
    recvFrom: (fd, options = {}) => {
      this.free();
      const length = options.length ?? 2048;
      const buffer = this.scratch(length);
      const address = this.scratch(SOCKADDR_BYTES);
      const out = this.scratch(8);
      this.memory.store32(out, SOCKADDR_BYTES);
      return this.start("recv_from", [fd, buffer, length, options.flags ?? 0, address, out, out + 4], () => {
        const count = this.memory.load32(out + 4);
        return {
          from: ipText(this.memory.bytes.slice(address + 4, address + 8)),
          port: swap16(this.memory.load16(address + 2)),
          data: this.memory.bytes.slice(buffer, buffer + Math.min(count, length)),
          length: count,
        };
      });
    },
    recv: (fd, length = 2048) => {
      this.free();
      const buffer = this.scratch(length);
      const vector = this.scratch(8);
      const out = this.scratch(8);
      this.memory.store32(vector, buffer);
      this.memory.store32(vector + 4, length);
      return this.start("sock_recv", [fd, vector, 1, 0, out, out + 4], () =>
        this.memory.bytes.slice(buffer, buffer + this.memory.load32(out)),
      );
    },
    recvWith: (fd, options = {}) => {
      this.free();
      const length = options.length ?? 2048;
      const buffer = this.scratch(length);
      const out = this.scratch(4);
      return this.start("recv_from", [fd, buffer, length, options.flags ?? 0, 0, 0, out], () =>
        this.memory.bytes.slice(buffer, buffer + Math.min(this.memory.load32(out), length)),
      );
    },
    sendWith: (fd, data, flags) => {
      this.free();
      const payload = bytes(data);
      const buffer = this.scratch(payload.length);
      this.memory.write(buffer, payload);
      const out = this.scratch(4);
      return this.start("send_to", [fd, buffer, payload.length, flags, 0, 0, out], () => this.memory.load32(out));
    },
    connect: (fd, ip, port) => {
      this.free();
      return this.start("sock_connect", [fd, this.addressRecord(ip, port)], () => undefined);
    },
    accept: (fd, flags = 0) => {
      this.free();
      const out = this.scratch(4);
      return this.start("sock_accept", [fd, flags, out], () => {
        const accepted = this.memory.load32(out);
        this.open.add(accepted);
        return accepted;
      });
    },
    close: (fd) => {
      this.open.delete(fd);
      return this.start("fd_close", [fd], () => undefined);
    },
    sendTo: (fd, ip, port, data, flags = 0) => {
      this.free();
      const payload = bytes(data);
      const buffer = this.scratch(payload.length);
      this.memory.write(buffer, payload);
      const address = this.scratch(SOCKADDR_BYTES);
      this.memory.store16(address, AF_INET);
      this.memory.store16(address + 2, swap16(port));
      this.memory.write(address + 4, ipBytes(ip));
      const out = this.scratch(4);
      const args = [fd, buffer, payload.length, flags, address, SOCKADDR_BYTES, out];
      return this.start("send_to", args, () => this.memory.load32(out));
    },
    send: (fd, data) => {
      this.free();
      const payload = bytes(data);
      const buffer = this.scratch(payload.length);
      this.memory.write(buffer, payload);
      const vector = this.scratch(8);
      this.memory.store32(vector, buffer);
      this.memory.store32(vector + 4, payload.length);
      const out = this.scratch(4);
      return this.start("sock_send", [fd, vector, 1, 0, out], () => this.memory.load32(out));
    },
    poll: (entries, timeoutMs) => {
      this.free();
      const list = this.scratch(entries.length * 8);
      entries.forEach((entry, index) => {
        this.memory.store32(list + index * 8, entry.fd);
        this.memory.store16(list + index * 8 + 4, entry.events);
      });
      const out = this.scratch(4);
      return this.start("poll", [list, entries.length, timeoutMs, out], () =>
        entries.map((_, index) => this.memory.load16(list + index * 8 + 6)),
      );
    },
    select: (read, write, timeoutUs, except = []) => {
      this.free();
      const highest = Math.max(-1, ...read, ...write, ...except);
      const words = Math.max(4, (highest >> 5) + 1);
      const sets = [read, write, except].map((list) => {
        const set = this.scratch(words * 4);
        for (const fd of list)
          this.memory.store32(set + (fd >> 5) * 4, this.memory.load32(set + (fd >> 5) * 4) | (1 << (fd & 31)));
        return set;
      });
      const out = this.scratch(4);
      const members = (set: number): number[] =>
        Array.from({ length: highest + 1 }, (_, fd) => fd).filter(
          (fd) => (this.memory.load32(set + (fd >> 5) * 4) >>> (fd & 31)) & 1,
        );
      const third = except.length > 0 ? sets[2] : 0;
      return this.start("select", [highest + 1, sets[0], sets[1], third, BigInt(timeoutUs), out], () => ({
        read: members(sets[0]),
        write: members(sets[1]),
        ...(third === 0 ? {} : { except: members(third) }),
      }));
    },
  };

  private addressRecord(ip: string, port: number): number {
    const record = this.scratch(ADDRESS_RECORD_BYTES);
    this.memory.write(record + 4, ipBytes(ip));
    this.memory.store16(record + 8, port);
    return record;
  }

  private readRecord(record: number): { ip: string; port: number } {
    return { ip: ipText(this.memory.bytes.slice(record + 4, record + 8)), port: this.memory.load16(record + 8) };
  }
}

/** The row of the table for a call by its imported name. */
function systemCall(name: string): SystemCall {
  const row = findSystemCall("socklet_v1", name) ?? findSystemCall("wasi_snapshot_preview1", name);
  if (row === undefined) throw new Error(`there is no system call ${name}`);
  return row;
}

/** Numbers of the socket API by name, as the headers of firmware have them (posix/zsock/constants.ts, without ZSOCK_). */
const constants = new Map<string, number>();

/** The number of `SO_KEEPALIVE`, `TCP_NODELAY` and so on. */
export function socketConstant(name: string): number {
  if (constants.size === 0) {
    const text = readFileSync(new URL("../../posix/zsock/constants.ts", import.meta.url), "utf8");
    for (const [, key, value] of text.matchAll(/export const (?:ZSOCK_)?(\w+): i32 = (0x[0-9a-f]+|\d+);/gi))
      if (!constants.has(key)) constants.set(key, Number(value));
  }
  const number = constants.get(name);
  if (number === undefined) throw new Error(`the socket API has no constant ${name}`);
  return number;
}

function optionLevel(name: string): number {
  return name.startsWith("TCP_") ? IPPROTO_TCP : name.startsWith("IP_") ? 0 : SOL_SOCKET;
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
