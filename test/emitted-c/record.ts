/**
 * Writes down what happens to every core of this process while `run` runs: calls of its exports, frames that its device
 * receives, and what the scripts do to the application's memory between calls. The hooks are on Core and HostNic, so scripts
 * need not know of it.
 */
import { Core } from "../../runtime/node/core.js";
import type { GuestMemory } from "../../runtime/node/guest-memory.js";
import { HostNic } from "../../runtime/node/host-nic.js";
import type { NicModel } from "../../runtime/node/register-model.js";
import type { Tape, TapeEvent } from "./tape.js";

type Invoke = (this: Core, name: string, ...args: (number | bigint)[]) => number | bigint | undefined;

const CHUNK = 4096;

/** Ranges in which `now` differs from `before`, at most one a chunk. */
function changes(before: Uint8Array, now: Uint8Array): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  if (Buffer.compare(before, now) === 0) return ranges;
  for (let start = 0; start < now.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, now.length);
    if (Buffer.compare(before.subarray(start, end), now.subarray(start, end)) === 0) continue;
    let [from, to] = [start, end];
    while (before[from] === now[from]) from++;
    while (before[to - 1] === now[to - 1]) to--;
    ranges.push({ from, to });
  }
  return ranges;
}

class Recording {
  readonly events: TapeEvent[] = [];
  /** A core that went back to a snapshot has no tape from there on. */
  ended = false;
  private ready = true;
  private shadow: Uint8Array | undefined;

  push(event: TapeEvent): void {
    if (!this.ended) this.events.push(event);
  }

  /** Before a call: what the script did to memory and device. */
  before(memory: GuestMemory | undefined, nic: NicModel): void {
    if (nic instanceof HostNic && nic.transmitReady !== this.ready) {
      this.ready = nic.transmitReady;
      this.push({ kind: "transmitReady", ready: this.ready });
    }
    if (memory === undefined) return;
    this.shadow ??= new Uint8Array(memory.limit);
    for (const { from, to } of changes(this.shadow, memory.bytes)) {
      this.push({ kind: "write", address: from, bytes: memory.bytes.slice(from, to) });
      this.shadow.set(memory.bytes.subarray(from, to), from);
    }
  }

  /** After a call: what the core changed is to be compared. */
  after(memory: GuestMemory | undefined): void {
    if (memory === undefined) return;
    const shadow = this.shadow ?? new Uint8Array(memory.limit);
    this.shadow = shadow;
    for (const { from, to } of changes(shadow, memory.bytes)) {
      this.push({ kind: "read", address: from, length: to - from });
      shadow.set(memory.bytes.subarray(from, to), from);
    }
  }
}

/** Everything that is compared at the end of a tape: the whole application's memory and the whole core. */
function ending(guestBytes: number): TapeEvent[] {
  return [{ kind: "read", address: 0, length: guestBytes }, { kind: "memory" }];
}

/** The tapes of all cores that `run` makes, in their order. */
export async function recordTapes(name: string, run: () => void | Promise<void>): Promise<Tape[]> {
  const recordings = new Map<NicModel, Recording>();
  const sizes = new Map<Recording, number>();
  const of = (nic: NicModel): Recording => {
    let recording = recordings.get(nic);
    if (recording === undefined) {
      recording = new Recording();
      recordings.set(nic, recording);
    }
    return recording;
  };
  const prototype = Core.prototype as unknown as { invoke: Invoke; restore(snapshot: Uint8Array): void };
  const { invoke, restore } = prototype;
  const { receive, setLink } = HostNic.prototype;
  prototype.invoke = function (callee, ...args) {
    const recording = of(this.nic);
    const memory = this.guest(0);
    if (recording.events.length === 0) {
      const mac = this.macAddress();
      if ("seed" in this.random) recording.push({ kind: "seed", seed: Number(this.random.seed) >>> 0 });
      if (mac !== undefined) recording.push({ kind: "mac", mac });
      recording.push({ kind: "input", bytes: new Uint8Array(0) });
    }
    recording.before(memory, this.nic);
    if (memory !== undefined) sizes.set(recording, memory.limit);
    recording.push({ kind: "call", name: callee, args });
    const result = invoke.call(this, callee, ...args);
    recording.after(memory);
    return result;
  };
  prototype.restore = function (snapshot) {
    of((this as unknown as Core).nic).ended = true;
    restore.call(this, snapshot);
  };
  HostNic.prototype.receive = function (frame) {
    of(this).push({ kind: "frame", frame: frame.slice() });
    return receive.call(this, frame);
  };
  HostNic.prototype.setLink = function (up) {
    of(this).push({ kind: "link", up });
    setLink.call(this, up);
  };
  try {
    await run();
  } finally {
    Object.assign(prototype, { invoke, restore });
    Object.assign(HostNic.prototype, { receive, setLink });
  }
  return [...recordings.values()].map((recording) => ({
    name,
    events: [...recording.events, ...ending(sizes.get(recording) ?? 0)],
  }));
}
