/**
 * A host of the simulation: a stack in virtual time with a program of non-blocking stream sockets. The program runs (`onActivity`)
 * after every poll of its stack, as one that sleeps in select would, and at times of its own.
 *
 * Calls answer 0 or more when they are done, else the negative WASI errno: loops of programs look at both, and nothing is thrown.
 */
import { Core, PENDING } from "../../runtime/node/core.js";
import { namedCounters } from "../../runtime/node/counter-names.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { SeededRandom } from "../../runtime/node/random.js";
import type { Segment } from "../../runtime/node/wire.js";
import type { World } from "../../runtime/node/world.js";
import type { WorldNode } from "../../runtime/node/world-node.js";
import { findSystemCall, type SystemCall } from "../../runtime/syscall/table/index.js";
import { ipBytes } from "../harness/bytes.js";
import type { CompiledCore } from "../harness/compile.js";
import { errnoName, errnoNumber } from "../harness/errno.js";

const AF_INET = 1;
const SOCK_STREAM_NONBLOCK = 0x801;
const IPPROTO_TCP = 6;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const MSG_FASTOPEN = 0x2000_0000;
/** WASI's flag of descriptors. */
const FDFLAGS_NONBLOCK = 4;

/** Guest addresses of the arguments of calls. */
const VECTOR = 64;
const OUT = 80;
const ADDRESS = 96;
const OPTION = 128;
const POLL = 256;
/** Polled descriptors that fit. */
const POLL_ENTRIES = 400;
const BUFFER = 4096;
/** Most bytes of one send or recv. */
export const TRANSFER_BYTES = 0x1_0000;

export const POLLIN = 1;
export const POLLOUT = 4;
export const SHUT_RD = 1;
export const SHUT_WR = 2;

/** -6 for "EAGAIN". */
export function failure(name: string): number {
  return -errnoNumber(name);
}

/** "EAGAIN" for -6; "12" for 12. */
export function describeResult(result: number): string {
  return result < 0 ? errnoName(-result) : String(result);
}

export const EAGAIN = failure("EAGAIN");
export const EINPROGRESS = failure("EINPROGRESS");

const rows = new Map<string, SystemCall>();
function row(name: string): SystemCall {
  let found = rows.get(name);
  if (found === undefined) {
    found = findSystemCall("socklet_v1", name) ?? findSystemCall("wasi_snapshot_preview1", name);
    if (found === undefined) throw new Error(`there is no system call ${name}`);
    rows.set(name, found);
  }
  return found;
}

export class StreamHost {
  readonly node: WorldNode;
  readonly ip: string;
  /** Called after each poll of the stack, with the stack ready for calls. */
  onActivity: () => void = () => {};
  private readonly core: Core;
  private readonly memory = new GuestMemory(new ArrayBuffer(BUFFER + TRANSFER_BYTES));
  private active = false;

  constructor(
    readonly world: World,
    segment: Segment,
    readonly compiled: CompiledCore,
    options: { readonly name: string; readonly seed: number },
  ) {
    this.ip = compiled.config.string("NET_CONFIG_MY_IPV4_ADDR");
    this.core = new Core({ module: compiled.module, random: new SeededRandom(options.seed) });
    for (let task = 0; task < compiled.config.int("NET_TASKS"); task++) this.core.setGuest(task, this.memory);
    this.node = world.node(options.name, this.core, segment);
    if (this.node.initResult !== 0) throw new Error(`core_init of ${options.name} answered ${this.node.initResult}`);
    const poll = this.node.poll.bind(this.node);
    this.node.poll = () => {
      poll();
      this.run();
    };
  }

  /** Lets the program run now. */
  run(): void {
    if (this.active) return;
    this.active = true;
    try {
      this.onActivity();
    } finally {
      this.active = false;
    }
  }

  /** Lets the program run in `delay` µs. */
  runAfter(delay: number): void {
    this.world.after(delay, () => this.run());
  }

  // ---- calls ------------------------------------------------------------------------------------------------------

  /** A new socket that does not block: its descriptor. */
  socket(): number {
    const errno = this.call("socket", AF_INET, SOCK_STREAM_NONBLOCK, IPPROTO_TCP, OUT);
    return errno < 0 ? errno : this.memory.load32(OUT);
  }

  bind(fd: number, port: number, ip = "0.0.0.0"): number {
    return this.call("sock_bind", fd, this.address(ip, port));
  }

  listen(fd: number, backlog: number): number {
    return this.call("sock_listen", fd, backlog);
  }

  /** The next connection's descriptor, which does not block either. */
  accept(fd: number): number {
    const errno = this.call("sock_accept", fd, FDFLAGS_NONBLOCK, OUT);
    return errno < 0 ? errno : this.memory.load32(OUT);
  }

  connect(fd: number, ip: string, port: number): number {
    return this.call("sock_connect", fd, this.address(ip, port));
  }

  /** Where the next `send` takes its bytes from. */
  room(length: number): Uint8Array {
    return this.memory.bytes.subarray(BUFFER, BUFFER + Math.min(length, TRANSFER_BYTES));
  }

  /** Sends the first `length` bytes of `room()`: how many were taken. */
  send(fd: number, length: number): number {
    this.memory.store32(VECTOR, BUFFER);
    this.memory.store32(VECTOR + 4, Math.min(length, TRANSFER_BYTES));
    const errno = this.call("sock_send", fd, VECTOR, 1, 0, OUT);
    return errno < 0 ? errno : this.memory.load32(OUT);
  }

  /** As `send`, to an address, with MSG_FASTOPEN: connects as well. */
  sendFast(fd: number, length: number, ip: string, port: number): number {
    this.memory.write(ADDRESS, Uint8Array.of(AF_INET, 0, port >> 8, port & 255, ...ipBytes(ip)));
    const errno = this.call("send_to", fd, BUFFER, Math.min(length, TRANSFER_BYTES), MSG_FASTOPEN, ADDRESS, 8, OUT);
    return errno < 0 ? errno : this.memory.load32(OUT);
  }

  /** Receives up to `length` bytes; they are the first of `room()`. 0: the peer has sent all. */
  recv(fd: number, length: number): number {
    this.memory.store32(VECTOR, BUFFER);
    this.memory.store32(VECTOR + 4, Math.min(length, TRANSFER_BYTES));
    const errno = this.call("sock_recv", fd, VECTOR, 1, 0, OUT, OUT + 4);
    return errno < 0 ? errno : this.memory.load32(OUT);
  }

  /** @param how SHUT_RD, SHUT_WR or both */
  shutdown(fd: number, how: number): number {
    return this.call("sock_shutdown", fd, how);
  }

  close(fd: number): number {
    return this.call("fd_close", fd);
  }

  /** Closing answers the peer with a reset (SO_LINGER of 0 s). */
  lingerZero(fd: number): number {
    return this.call("sock_set_linger", fd, 1, 0);
  }

  reuseAddress(fd: number): number {
    return this.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  }

  setOption(fd: number, level: number, name: number, value: number): number {
    this.memory.store32(OPTION, value);
    return this.call("set_option", fd, level, name, OPTION, 4);
  }

  /** SO_ERROR: the pending error as negative errno, and it is taken. */
  takeError(fd: number): number {
    this.memory.store32(OPTION + 4, 4);
    const errno = this.call("get_option", fd, SOL_SOCKET, SO_ERROR, OPTION, OPTION + 4);
    return errno < 0 ? errno : -this.memory.load32(OPTION);
  }

  /** What poll says of each descriptor now. */
  poll(entries: readonly { readonly fd: number; readonly events: number }[]): number[] {
    if (entries.length > POLL_ENTRIES) throw new Error(`${entries.length} descriptors are too many for one poll`);
    entries.forEach(({ fd, events }, i) => {
      this.memory.store32(POLL + i * 8, fd);
      this.memory.store16(POLL + i * 8 + 4, events);
      this.memory.store16(POLL + i * 8 + 6, 0);
    });
    const errno = this.call("poll", POLL, entries.length, 0, OUT);
    if (errno < 0) throw new Error(`poll answered ${errnoName(-errno)}`);
    return entries.map((_, i) => this.memory.load16(POLL + i * 8 + 6));
  }

  // ---- what is left ---------------------------------------------------------------------------------------------------

  /** Counters that are not 0, by name. */
  counters(): Record<string, number> {
    return namedCounters((id) => this.core.counter(id));
  }

  /** Pools with something in them, other than the neighbour table: "tcp send buffers 1". */
  usedPools(): string[] {
    return this.core
      .pools()
      .filter((pool) => pool.used > 0 && !/neighbour|arp/i.test(pool.name))
      .map((pool) => `${pool.name} ${pool.used}`);
  }

  private address(ip: string, port: number): number {
    this.memory.bytes.fill(0, ADDRESS, ADDRESS + 24);
    this.memory.write(ADDRESS + 4, ipBytes(ip));
    this.memory.store16(ADDRESS + 8, port);
    return ADDRESS;
  }

  private call(name: string, ...args: number[]): number {
    const { core, constants } = row(name);
    const result = this.node.call(core, 0, ...constants, ...args);
    if (result === PENDING) throw new Error(`${name} waits, although nothing here may block`);
    return result === 0 ? 0 : -result;
  }
}
