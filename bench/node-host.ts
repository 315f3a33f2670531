/**
 * A core in real time, in this process and without a thread of its own: what native_sim runs, with the program's side called from here.
 * Two of them are joined by a wire that is a function call: a frame that one sends waits in the other's device at once.
 *
 * Sockets do not block. Calls answer 0 or more when they are done, else the negative WASI errno; nothing is thrown for EAGAIN.
 */
import { Core, PENDING } from "../runtime/node/core.js";
import { GuestMemory } from "../runtime/node/guest-memory.js";
import { HostNic } from "../runtime/node/host-nic.js";
import { SeededRandom } from "../runtime/node/random.js";
import { findSystemCall } from "../runtime/syscall/table/index.js";
import { ipBytes } from "../test/harness/bytes.js";
import type { CompiledCore } from "../test/harness/compile.js";
import { errnoName, errnoNumber } from "../test/harness/errno.js";

const AF_INET = 1;
const SOCK_STREAM_NONBLOCK = 0x801;
const SOCK_DGRAM_NONBLOCK = 0x802;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
/** WASI's flag of descriptors. */
const FDFLAGS_NONBLOCK = 4;
export const SHUT_WR = 2;
export const EAGAIN = -errnoNumber("EAGAIN");
export const EINPROGRESS = -errnoNumber("EINPROGRESS");

/** Guest addresses of the arguments of calls. */
const VECTOR = 64;
const OUT = 80;
const ADDRESS = 96;
/** Bytes of WAMR's address record: 4 for the kind, 4 of address, the port in host order, rest 0. */
const ADDRESS_BYTES = 24;
const BUFFER = 4096;
/** Most bytes of one send or recv. */
export const CALL_BYTES = 0x1_0000;
/** As native_sim has it. */
const RECEIVE_SLOTS = 256;

function row(name: string): { core: string; constants: readonly number[] } {
  const found = findSystemCall("socklet_v1", name) ?? findSystemCall("wasi_snapshot_preview1", name);
  if (found === undefined) throw new Error(`there is no system call ${name}`);
  return found;
}

/** Looked up once: the search would be a good part of what is measured. */
const CALLS = {
  socket: row("socket"),
  bind: row("sock_bind"),
  listen: row("sock_listen"),
  accept: row("sock_accept"),
  connect: row("sock_connect"),
  send: row("sock_send"),
  recv: row("sock_recv"),
  sendTo: row("sock_send_to"),
  recvFrom: row("sock_recv_from"),
  shutdown: row("sock_shutdown"),
  close: row("fd_close"),
};

export class NodeHost {
  readonly ip: string;
  /** Frames that this host has put on the wire. */
  framesSent = 0;
  /** Frames that its device had no room for. */
  framesLost = 0;
  private readonly core: Core;
  private readonly nic = new HostNic({ receiveSlots: RECEIVE_SLOTS });
  private readonly memory = new GuestMemory(new ArrayBuffer(BUFFER + CALL_BYTES));
  private readonly started = process.hrtime.bigint();
  private deadline = 0n;
  private framesIn = false;

  constructor(compiled: CompiledCore, seed: number) {
    this.ip = compiled.config.string("NET_CONFIG_MY_IPV4_ADDR");
    this.core = new Core({ module: compiled.module, nic: this.nic, random: new SeededRandom(seed) });
    this.core.setGuest(0, this.memory);
    const result = this.core.init(this.now());
    if (result !== 0) throw new Error(`core_init answered ${result}`);
  }

  /** The wire: from now on, what one sends the other has. */
  static join(one: NodeHost, other: NodeHost): void {
    one.nic.onTransmit = (frame) => one.transmit(frame, other);
    other.nic.onTransmit = (frame) => other.transmit(frame, one);
  }

  private transmit(frame: Uint8Array, to: NodeHost): void {
    this.framesSent++;
    to.framesIn = true;
    if (!to.nic.receive(frame)) to.framesLost++;
  }

  /** µs since this host was made. */
  private now(): bigint {
    return (process.hrtime.bigint() - this.started) / 1000n;
  }

  /** Polls once when a frame waits, the core asked for it or a deadline has come. @returns whether it did */
  poll(): boolean {
    const now = this.now();
    if (!this.framesIn && !this.core.pollRequested && this.deadline > now) return false;
    this.framesIn = false;
    this.deadline = this.core.poll(now);
    if (this.deadline <= now) this.framesIn = true; // frames are left
    return true;
  }

  /** Pools with something in them, other than what stays for its time: the neighbour table and TIME-WAIT. */
  usedPools(): string[] {
    const used = this.core.pools().filter((pool) => pool.used > 0 && !/neighbour|arp|TIME-WAIT/i.test(pool.name));
    return used.map((pool) => `${pool.name} ${pool.used}`);
  }

  // ---- calls ------------------------------------------------------------------------------------------------------

  streamSocket(): number {
    return this.moved(this.call(CALLS.socket, AF_INET, SOCK_STREAM_NONBLOCK, IPPROTO_TCP, OUT));
  }

  datagramSocket(): number {
    return this.moved(this.call(CALLS.socket, AF_INET, SOCK_DGRAM_NONBLOCK, IPPROTO_UDP, OUT));
  }

  bind(fd: number, port: number): number {
    return this.call(CALLS.bind, fd, this.address("0.0.0.0", port));
  }

  listen(fd: number): number {
    return this.call(CALLS.listen, fd, 1);
  }

  /** The next connection's descriptor, which does not block either. */
  accept(fd: number): number {
    return this.moved(this.call(CALLS.accept, fd, FDFLAGS_NONBLOCK, OUT));
  }

  connect(fd: number, ip: string, port: number): number {
    return this.call(CALLS.connect, fd, this.address(ip, port));
  }

  /** The first `length` bytes of the buffer that `send` takes from and `recv` fills. */
  room(length: number): Uint8Array {
    return this.memory.bytes.subarray(BUFFER, BUFFER + Math.min(length, CALL_BYTES));
  }

  /** Sends the first `length` bytes of `room()`: how many were taken. */
  send(fd: number, length: number): number {
    return this.moved(this.call(CALLS.send, fd, this.vector(length), 1, 0, OUT));
  }

  /** Receives up to `length` bytes, which are then the first of `room()`. 0: the peer has sent all. */
  recv(fd: number, length: number): number {
    return this.moved(this.call(CALLS.recv, fd, this.vector(length), 1, 0, OUT, OUT + 4));
  }

  /** Sends the first `length` bytes of `room()` as one datagram. */
  sendTo(fd: number, length: number, ip: string, port: number): number {
    return this.moved(this.call(CALLS.sendTo, fd, this.vector(length), 1, 0, this.address(ip, port), OUT));
  }

  /** Receives one datagram of up to `length` bytes; its bytes are then the first of `room()`. */
  recvFrom(fd: number, length: number): number {
    return this.moved(this.call(CALLS.recvFrom, fd, this.vector(length), 1, 0, ADDRESS, OUT));
  }

  shutdown(fd: number, how: number): number {
    return this.call(CALLS.shutdown, fd, how);
  }

  close(fd: number): number {
    return this.call(CALLS.close, fd);
  }

  /** The number that a call has left at OUT. */
  private moved(result: number): number {
    return result < 0 ? result : this.memory.load32(OUT);
  }

  private vector(length: number): number {
    this.memory.store32(VECTOR, BUFFER);
    this.memory.store32(VECTOR + 4, Math.min(length, CALL_BYTES));
    return VECTOR;
  }

  private address(ip: string, port: number): number {
    this.memory.bytes.fill(0, ADDRESS, ADDRESS + ADDRESS_BYTES);
    this.memory.write(ADDRESS + 4, ipBytes(ip));
    this.memory.store16(ADDRESS + 8, port);
    return ADDRESS;
  }

  private call({ core, constants }: { core: string; constants: readonly number[] }, ...args: number[]): number {
    const result = this.core.call(core, 0, this.now(), ...constants, ...args);
    if (result === PENDING) throw new Error(`${core} waits, although nothing here may block`);
    return result === 0 ? 0 : -result;
  }
}

/** @throws Error when a call failed */
export function done(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} answered ${errnoName(-result)}`);
  return result;
}
