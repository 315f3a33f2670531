/**
 * The imports of core.wasm in TypeScript: `mmio`, `port`, `bulk`, `guest` and `host`.
 * @see hal/imports.ts (the contract of each function)
 */
import type { GuestMemory } from "./guest-memory.js";
import type { RandomSource } from "./random.js";
import { RegisterFault, type RegisterModel } from "./register-model.js";
import { carry, sumWords } from "./sums.js";

/** Most words that one bulk call moves: one Ethernet frame. */
const MAX_WORDS = 384;

/** WASI errno, as the core uses inside. */
const EAGAIN = 6;
const EBADF = 8;
const EFAULT = 21;

/** A register window and the model behind it. */
export interface RegisterWindow {
  readonly base: number;
  readonly length: number;
  readonly model: RegisterModel;
}

/** What the imports need of the instance that they serve. */
export interface CoreEnvironment {
  /** The core's memory; set once it is instantiated. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly windows: readonly RegisterWindow[];
  readonly random: RandomSource;
  guest(task: number): GuestMemory | undefined;
  macAddress(): Uint8Array | undefined;
  strings(kind: number): Uint8Array[];
  log(line: string): void;
  consoleWrite(task: number, fd: number, bytes: Uint8Array): void;
  /** Up to `length` bytes, an empty array at the end of input, undefined when none are there now. */
  consoleRead(task: number, length: number): Uint8Array | undefined;
  exit(task: number, code: number): void;
  requestPoll(): void;
  /** Microseconds, wall clock less monotonic clock; 0 when unknown. */
  realtimeOffset(): bigint;
}

/** The import object for one instance of the core. */
export function coreImports(core: CoreEnvironment): WebAssembly.Imports {
  const decoder = new TextDecoder();

  function model(access: string, address: number): RegisterModel {
    for (const window of core.windows) {
      if (address >= window.base && address < window.base + window.length) return window.model;
    }
    throw new RegisterFault(access, address);
  }

  /** Index of the first word of a range of core memory. A range that is not all inside is a bug in the core. */
  function range(what: string, address: number, words: number): number {
    const start = address >>> 0;
    if (start & 3) throw new RangeError(`${what}: core address 0x${start.toString(16)} is not 4-aligned`);
    if (words >>> 0 > MAX_WORDS) throw new RangeError(`${what}: ${words >>> 0} words, more than one frame`);
    if (start + words * 4 > core.bytes.length) throw new RangeError(`${what}: range ends outside core memory`);
    return start >>> 2;
  }

  const mmio = {
    read32: (address: number): number => model("read", address >>> 0).read32(address >>> 0) | 0,
    write32: (address: number, value: number): void =>
      model("write", address >>> 0).write32(address >>> 0, value >>> 0),
  };

  /** The application's memory, when `bytes` bytes at `address`, which is 4-aligned, lie inside. */
  function alignedGuest(task: number, address: number, bytes: number): GuestMemory | undefined {
    const guest = core.guest(task);
    return guest?.contains(address, bytes) && (address & 3) === 0 ? guest : undefined;
  }

  /** The word at `address`, of which `bytes` bytes count. */
  function paddedWord(guest: GuestMemory, address: number, bytes: number): number {
    const word = guest.load32(address);
    return bytes >= 4 ? word : (word & ((1 << (bytes * 8)) - 1)) >>> 0;
  }

  const port = {
    take: (register: number): number => model("port.take", register >>> 0).read32(register >>> 0) | 0,
    put4(register: number, ...words: number[]): void {
      const device = model("port.put4", register >>> 0);
      for (const word of words) device.write32(register >>> 0, word >>> 0);
    },
    read(register: number, dst: number, words: number): void {
      const first = range("port.read", dst, words);
      const device = model("port.read", register >>> 0);
      for (let i = 0; i < words; i++) core.words[first + i] = device.read32(register >>> 0);
    },
    read_sum(register: number, dst: number, words: number, seed: number): number {
      const first = range("port.read_sum", dst, words);
      const device = model("port.read_sum", register >>> 0);
      let sum = seed >>> 0;
      for (let i = 0; i < words; i++) {
        const word = device.read32(register >>> 0) >>> 0;
        core.words[first + i] = word;
        sum += word;
      }
      return carry(sum) | 0;
    },
    read_guest_sum(register: number, task: number, address: number, words: number, seed: number): number {
      const device = model("port.read_guest_sum", register >>> 0);
      const guest = core.guest(task);
      let sum = seed >>> 0;
      for (let i = 0; i < words; i++) {
        const word = device.read32(register >>> 0) >>> 0;
        guest?.store32(address + i * 4, word);
        sum += word;
      }
      return carry(sum) | 0;
    },
    skip(register: number, words: number): void {
      const device = model("port.skip", register >>> 0);
      for (let i = 0; i < words; i++) device.read32(register >>> 0);
    },
    write(register: number, src: number, words: number): void {
      const first = range("port.write", src, words);
      const device = model("port.write", register >>> 0);
      for (let i = 0; i < words; i++) device.write32(register >>> 0, core.words[first + i]);
    },
    write_guest(register: number, task: number, address: number, bytes: number): void {
      const device = model("port.write_guest", register >>> 0);
      const guest = alignedGuest(task, address, bytes);
      for (let at = 0; at < bytes >>> 0; at += 4) {
        device.write32(register >>> 0, guest === undefined ? 0 : paddedWord(guest, address + at, (bytes >>> 0) - at));
      }
    },
  };

  const bulk = {
    sum: (src: number, words: number, seed: number): number =>
      sumWords(core.words, range("bulk.sum", src, words), words, seed) | 0,
    copy_sum(dst: number, src: number, words: number, seed: number): number {
      const to = range("bulk.copy_sum", dst, words);
      const from = range("bulk.copy_sum", src, words);
      core.words.copyWithin(to, from, from + words);
      return sumWords(core.words, to, words, seed) | 0;
    },
    copy(dst: number, src: number, words: number): void {
      const to = range("bulk.copy", dst, words);
      const from = range("bulk.copy", src, words);
      core.words.copyWithin(to, from, from + words);
    },
    sum5: (a: number, b: number, c: number, d: number, e: number): number =>
      carry((a >>> 0) + (b >>> 0) + (c >>> 0) + (d >>> 0) + (e >>> 0)) | 0,
    reverse: (value: number): number =>
      (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24),
    add_carry: (a: number, b: number): number => carry((a >>> 0) + (b >>> 0)) | 0,
  };

  const guest = {
    check: (task: number, address: number, length: number): number =>
      core.guest(task)?.contains(address, length) ? 1 : 0,
    load8: (task: number, address: number): number => core.guest(task)?.load8(address) ?? 0,
    load16: (task: number, address: number): number => core.guest(task)?.load16(address) ?? 0,
    load32: (task: number, address: number): number => (core.guest(task)?.load32(address) ?? 0) | 0,
    load64: (task: number, address: number): bigint => core.guest(task)?.load64(address) ?? 0n,
    store8: (task: number, address: number, value: number): void => core.guest(task)?.store8(address, value),
    store16: (task: number, address: number, value: number): void => core.guest(task)?.store16(address, value),
    store32: (task: number, address: number, value: number): void => core.guest(task)?.store32(address, value),
    store64: (task: number, address: number, value: bigint): void => core.guest(task)?.store64(address, value),
    read(task: number, dst: number, address: number, length: number): number {
      const memory = core.guest(task);
      const size = length >>> 0;
      const to = dst >>> 0;
      if (memory === undefined || !memory.contains(address, size) || to + size > core.bytes.length) return 0;
      core.bytes.set(memory.bytes.subarray(address >>> 0, (address >>> 0) + size), to);
      return 1;
    },
    write(task: number, address: number, src: number, length: number): number {
      const memory = core.guest(task);
      const size = length >>> 0;
      const from = src >>> 0;
      if (memory === undefined || !memory.contains(address, size) || from + size > core.bytes.length) return 0;
      memory.bytes.set(core.bytes.subarray(from, from + size), address >>> 0);
      return 1;
    },
    sum(task: number, address: number, bytes: number, seed: number): number {
      const memory = alignedGuest(task, address, bytes);
      let sum = seed >>> 0;
      for (let at = 0; memory !== undefined && at < bytes >>> 0; at += 4) {
        sum += paddedWord(memory, address + at, (bytes >>> 0) - at);
      }
      return carry(sum) | 0;
    },
    read_sum(task: number, dst: number, address: number, words: number, seed: number): number {
      const memory = core.guest(task);
      const first = range("guest.read_sum", dst, words);
      if (memory === undefined || !memory.contains(address, words * 4)) return seed;
      let sum = seed >>> 0;
      for (let i = 0; i < words; i++) {
        core.words[first + i] = memory.load32(address + i * 4);
        sum += core.words[first + i];
      }
      return carry(sum) | 0;
    },
  };

  const host = {
    random: (): number => core.random.next32() | 0,
    mac_address(part: number): number {
      const mac = core.macAddress();
      if (mac === undefined) return 0;
      return part === 0 ? mac[0] | (mac[1] << 8) | (mac[2] << 16) | (mac[3] << 24) : mac[4] | (mac[5] << 8);
    },
    log(text: number, length: number): void {
      const start = text >>> 0;
      core.log(decoder.decode(core.bytes.slice(start, start + (length >>> 0))));
    },
    console_write(task: number, fd: number, address: number, length: number): number {
      if (fd !== 1 && fd !== 2) return -EBADF;
      const bytes = core.guest(task)?.read(address, length);
      if (bytes === undefined) return -EFAULT;
      core.consoleWrite(task, fd, bytes);
      return bytes.length;
    },
    console_read(task: number, address: number, length: number): number {
      const memory = core.guest(task);
      if (memory === undefined || !memory.contains(address, length)) return -EFAULT;
      const bytes = core.consoleRead(task, length >>> 0);
      if (bytes === undefined) return -EAGAIN;
      memory.write(address, bytes);
      return bytes.length;
    },
    strings_count: (kind: number): number => core.strings(kind).length,
    strings_size: (kind: number): number => core.strings(kind).reduce((sum, text) => sum + text.length + 1, 0),
    strings_byte(kind: number, index: number): number {
      let rest = index >>> 0;
      for (const text of core.strings(kind)) {
        if (rest < text.length) return text[rest];
        if (rest === text.length) return 0;
        rest -= text.length + 1;
      }
      return 0;
    },
    exit: (task: number, code: number): void => core.exit(task, code),
    request_poll: (): void => core.requestPoll(),
    realtime_offset: (): bigint => core.realtimeOffset(),
  };

  return { mmio, port, bulk, guest, host };
}
