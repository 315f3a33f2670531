/** A driver compiled to WebAssembly, on a register model. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { compileAssemblyScript } from "../../cli/build/assemblyscript.js";
import { DEFAULTS_BOARD, resolveConfig } from "../../cli/config/index.js";
import type { ChipModel } from "../models/chip.js";

const ENTRY = fileURLToPath(new URL("../assembly/drivers/nic.ts", import.meta.url));
export const BASE = 0x4020_0000;
export const ADDRESS = Uint8Array.of(0x02, 0x00, 0x5e, 0x10, 0x20, 0x30);
const GUEST_BYTES = 4096;

export type DriverName = "LAN9118" | "STELLARIS" | "HOST";

/** Exports of test/assembly/drivers/nic.ts. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  buffer(): number;
  probe(macLow: number, macHigh: number): number;
  rxBegin(): number;
  rxFirst(): number;
  rxWord(): number;
  rxRead(dst: number, words: number): void;
  rxReadSum(dst: number, words: number, seed: number): number;
  rxReadGuestSum(task: number, guest: number, words: number, seed: number): number;
  rxSkip(words: number): void;
  rxEnd(): void;
  txBegin(length: number): number;
  txFirst(length: number, word: number): void;
  txWord(word: number): void;
  txWrite(src: number, words: number): void;
  txWriteGuest(task: number, guest: number, bytes: number): void;
  txEnd(): void;
  acknowledge(): void;
  setMulticast(all: number): void;
  setGroups(low: number, high: number): void;
  groupHash(macLow: number, macHigh: number): number;
  checkLink(): void;
  linkUp(): number;
  rxWords(): number;
  rxErrors(): number;
  txFrames(): number;
  txBytes(): number;
  txNoRoom(): number;
  txErrors(): number;
}

/** One step of reading a frame: `read`, `sum` and `guest` move words and are compared, `skip` leaves a gap. */
export interface ReadStep {
  readonly how: "word" | "read" | "sum" | "guest" | "skip";
  readonly words: number;
}

/** Ones-complement sum of two 32-bit words. */
export function addCarry(a: number, b: number): number {
  const sum = (a >>> 0) + (b >>> 0);
  return sum > 0xffff_ffff ? (sum - 0xffff_ffff) >>> 0 : sum;
}

/** 32-bit ones-complement sum folded to 16 bits. */
export function fold(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return folded === 0xffff ? 0 : folded; // both are zero in ones complement
}

const modules = new Map<DriverName, Promise<WebAssembly.Module>>();

function compile(name: DriverName): Promise<WebAssembly.Module> {
  let module = modules.get(name);
  if (module === undefined) {
    const board = {
      ...DEFAULTS_BOARD,
      defaults: {
        ETH_HOST: name === "HOST",
        ETH_LAN9118: name === "LAN9118",
        ETH_STELLARIS: name === "STELLARIS",
        ETH_BASE_ADDRESS: BASE,
      },
    };
    module = compileAssemblyScript({ entry: ENTRY, config: resolveConfig({ board }), optimize: "speed" }).then(
      ({ wasm }) => WebAssembly.compile(new Uint8Array(wasm)),
    );
    modules.set(name, module);
  }
  return module;
}

export class Driver {
  readonly log: string[] = [];
  readonly guest = new Uint8Array(GUEST_BYTES);
  private readonly guestView = new DataView(this.guest.buffer);

  private constructor(
    readonly model: ChipModel,
    module: WebAssembly.Module,
  ) {
    const instance = new WebAssembly.Instance(module, this.imports());
    this.nic = instance.exports as unknown as Exports;
  }

  readonly nic: Exports;

  /** A fresh instance of the driver on `model`, not probed yet. */
  static async on(name: DriverName, model: ChipModel): Promise<Driver> {
    return new Driver(model, await compile(name));
  }

  private get view(): DataView {
    return new DataView(this.nic.memory.buffer);
  }

  private offset(address: number): number {
    const offset = (address >>> 0) - BASE;
    ok(offset >= 0 && offset < this.model.windowBytes && offset % 4 === 0, `register ${(address >>> 0).toString(16)}`);
    return offset;
  }

  private *take(port: number, words: number): Generator<number> {
    ok(words >>> 0 <= 384, `${words >>> 0} words asked of a port at once`);
    const offset = this.offset(port);
    for (let i = 0; i < words; i++) yield this.model.read32(offset);
  }

  private imports(): WebAssembly.Imports {
    const give = (port: number, words: number, source: DataView, from: number): void => {
      ok(words >>> 0 <= 384, `${words >>> 0} words given to a port at once`);
      for (let i = 0; i < words; i++) this.model.write32(this.offset(port), source.getUint32(from + 4 * i, true));
    };
    const readSum = (port: number, target: DataView, dst: number, words: number, seed: number): number => {
      let sum = seed;
      let at = dst;
      for (const word of this.take(port, words)) {
        target.setUint32(at, word, true);
        sum = addCarry(sum, word);
        at += 4;
      }
      return sum | 0;
    };
    return {
      mmio: {
        read32: (address: number) => this.model.read32(this.offset(address)) | 0,
        write32: (address: number, value: number) => this.model.write32(this.offset(address), value >>> 0),
      },
      port: {
        take: (port: number) => this.model.read32(this.offset(port)) | 0,
        put4: (port: number, ...words: number[]) => {
          for (const word of words) this.model.write32(this.offset(port), word >>> 0);
        },
        read: (port: number, dst: number, words: number) => void readSum(port, this.view, dst, words, 0),
        read_sum: (port: number, dst: number, words: number, seed: number) =>
          readSum(port, this.view, dst, words, seed),
        read_guest_sum: (port: number, _task: number, guest: number, words: number, seed: number) =>
          readSum(port, this.guestView, guest, words, seed),
        skip: (port: number, words: number) => {
          for (const _ of this.take(port, words));
        },
        write: (port: number, src: number, words: number) => give(port, words, this.view, src),
        write_guest: (port: number, _task: number, guest: number, bytes: number) => {
          give(port, bytes >>> 2, this.guestView, guest);
          const left = bytes & 3;
          if (left === 0) return;
          const word = this.guestView.getUint32(guest + (bytes & ~3), true);
          this.model.write32(this.offset(port), (word & ((1 << (left * 8)) - 1)) >>> 0);
        },
      },
      host: {
        log: (text: number, length: number) => {
          this.log.push(Buffer.from(this.nic.memory.buffer, text, length).toString("latin1"));
        },
      },
    };
  }

  /** Calls probe with ADDRESS. */
  probe(): number {
    const view = new DataView(ADDRESS.buffer);
    return this.nic.probe(view.getUint32(0, true), view.getUint16(4, true));
  }

  /** Probes and expects success. */
  start(): this {
    equal(this.probe(), 0, this.log.join("\n"));
    return this;
  }

  /** Takes the frame that rxBegin announces: the first word, then by `steps` (what they leave is dropped), and compares it. */
  expectFrame(frame: Uint8Array, steps: readonly ReadStep[]): void {
    const { nic } = this;
    equal(nic.rxBegin(), frame.length);
    equal(nic.rxWords(), (frame.length + 5) >>> 2);
    const buffer = nic.buffer();
    this.view.setUint32(buffer, nic.rxFirst() >>> 0, true);
    this.compare(frame, 0, 1);
    let at = 1;
    for (const { how, words } of steps) {
      const take = Math.min(words, nic.rxWords());
      if (take === 0) break;
      const left = nic.rxWords() - take;
      if (how === "word") {
        const view = this.view;
        for (let i = 0; i < take; i++) view.setUint32(buffer + 4 * i, nic.rxWord() >>> 0, true);
        this.compare(frame, at, take);
      } else if (how === "read") {
        nic.rxRead(buffer, take);
        this.compare(frame, at, take);
      } else if (how === "sum") {
        const sum = nic.rxReadSum(buffer, take, 0x1234_5678);
        equal(fold(sum), fold(this.compare(frame, at, take, 0x1234_5678)), "sum of the words moved");
      } else if (how === "guest") {
        const sum = nic.rxReadGuestSum(0, 16, take, 0xffff_fff0);
        new Uint8Array(nic.memory.buffer, buffer, take * 4).set(this.guest.subarray(16, 16 + take * 4));
        equal(fold(sum), fold(this.compare(frame, at, take, 0xffff_fff0)), "sum of the words moved to the guest");
      } else {
        nic.rxSkip(take);
      }
      equal(nic.rxWords(), left);
      at += take;
    }
    nic.rxEnd();
    equal(nic.rxWords(), 0);
  }

  /** Compares `words` words in the buffer with the frame from word `at`; returns their sum, added to `seed`. */
  private compare(frame: Uint8Array, at: number, words: number, seed = 0): number {
    const moved = new Uint8Array(this.nic.memory.buffer, this.nic.buffer(), words * 4);
    const first = at * 4 - 2;
    const from = Math.max(first, 0);
    const to = Math.min(first + words * 4, frame.length);
    if (to > from) {
      deepEqual(Buffer.from(moved.subarray(from - first, to - first)), Buffer.from(frame.subarray(from, to)));
    }
    let sum = seed;
    const view = new DataView(this.nic.memory.buffer, this.nic.buffer());
    for (let i = 0; i < words; i++) sum = addCarry(sum, view.getUint32(4 * i, true));
    return sum;
  }

  /** Sends a frame: the first word and `header` more one by one, then `split` words from core memory, the rest from the guest. */
  send(frame: Uint8Array, header = 3, split = 400): boolean {
    const { nic } = this;
    const words = (frame.length + 5) >>> 2;
    const image = new Uint8Array(words * 4).fill(0xa5);
    image.set(frame, 2);
    const view = new DataView(image.buffer);
    if (!nic.txBegin(frame.length)) return false;
    nic.txFirst(frame.length, view.getUint32(0, true));
    const inRegisters = Math.min(header + 1, words);
    const fromCore = Math.min(split, words - inRegisters);
    const fromGuest = Math.max(0, frame.length + 2 - (inRegisters + fromCore) * 4);
    for (let i = 1; i < inRegisters; i++) nic.txWord(view.getUint32(4 * i, true));
    new Uint8Array(nic.memory.buffer).set(image.subarray(inRegisters * 4), nic.buffer());
    nic.txWrite(nic.buffer(), fromCore);
    this.guest.set(image.subarray((inRegisters + fromCore) * 4), 8);
    nic.txWriteGuest(0, 8, fromGuest);
    nic.txEnd();
    return true;
  }

  /** What must hold at the end of every test that did not break the chip itself. */
  expectClean(): void {
    deepEqual(this.model.violations, []);
    equal(this.model.underflows, 0, "words read from an empty FIFO");
  }
}
