/**
 * Virtual time: cores and wires driven by one clock that jumps from event to event. Nothing sleeps; the same seed gives the
 * same frames at the same microsecond.
 *
 *     const world = new World({ seed: 7 });
 *     const wire = world.segment({ delay: 500, loss: 0.01 });
 *     const a = world.node("a", new Core({ module, random: new SeededRandom(1) }), wire);
 *     const b = world.node("b", new Core({ module, random: new SeededRandom(2) }), wire);
 *     world.advance(2_000_000);             // two seconds
 *     writePcap("failure.pcap", world.frames);
 */
import { createHash } from "node:crypto";
import type { Core } from "./core.js";
import { type CapturedFrame, writePcap } from "./pcap.js";
import { SeededRandom } from "./random.js";
import { type Impairments, Segment, type SegmentClock } from "./wire.js";
import { type PollMode, StormError, WorldNode } from "./world-node.js";

export interface WorldOptions {
  /** First value of the clock, µs; default 0. */
  readonly start?: number;
  /** Seed of the wires' and the poll mode's random numbers; default 1. */
  readonly seed?: number;
  readonly mode?: PollMode;
  /** False keeps no frames (long soaks); default true. */
  readonly record?: boolean;
  /** Steps that one `advance` may take before it is a timer storm; default 1,000,000. */
  readonly maxSteps?: number;
}

/** A frame on a wire of the world, with its sender. */
export interface WorldFrame extends CapturedFrame {
  readonly sender: string;
}

interface Event {
  readonly time: number;
  /** Events of the same time run in the order in which they were made. */
  readonly order: number;
  readonly run: () => void;
}

export class World implements SegmentClock {
  /** Microseconds. */
  now: number;
  readonly random: SeededRandom;
  /** Random numbers of the poll mode, apart so that they change nothing else. */
  readonly pollRandom: SeededRandom;
  readonly mode: PollMode;
  /** Every frame that was put on a wire, in order. */
  readonly frames: WorldFrame[] = [];
  readonly nodes: WorldNode[] = [];
  /** Steps taken so far: points in time at which something happened. */
  steps = 0;

  private readonly record: boolean;
  private readonly maxSteps: number;
  private readonly events: Event[] = [];
  private order = 0;

  constructor(options: WorldOptions = {}) {
    this.now = options.start ?? 0;
    this.random = new SeededRandom(options.seed ?? 1);
    this.pollRandom = new SeededRandom((options.seed ?? 1) ^ 0x5eed_5eed);
    this.mode = options.mode ?? "exact";
    this.record = options.record ?? true;
    this.maxSteps = options.maxSteps ?? 1_000_000;
  }

  /** A new wire. */
  segment(impairments: Partial<Impairments> = {}): Segment {
    return new Segment(this, impairments);
  }

  /** A core on a wire. It is initialised (`core_init`) at the current time. */
  node(name: string, core: Core, segment?: Segment): WorldNode {
    const node = new WorldNode(this, name, core, segment);
    this.nodes.push(node);
    return node;
  }

  /** Runs `run` at `time` (not before now). */
  at(time: number, run: () => void): void {
    const event = { time: Math.max(time, this.now), order: this.order++, run };
    // Insertion from the end: most events are later than all others.
    let index = this.events.length;
    while (index > 0 && this.events[index - 1].time > event.time) index -= 1;
    this.events.splice(index, 0, event);
  }

  /** Runs `run` in `delay` microseconds. */
  after(delay: number, run: () => void): void {
    this.at(this.now + delay, run);
  }

  /** Lets `duration` microseconds pass. */
  advance(duration: number): void {
    const end = this.now + duration;
    this.runUntil(() => false, end);
    this.now = Math.max(this.now, end);
  }

  /**
   * Runs until `done()` or `end` (µs, absolute). True when `done()`. The clock stands at the event that made it so, or
   * at the last event not after `end`.
   */
  runUntil(done: () => boolean, end: number): boolean {
    for (let steps = 0; ; steps++) {
      if (done()) return true;
      const next = this.nextTime();
      if (next > end) return false;
      if (steps >= this.maxSteps) {
        throw new StormError(`timer storm: ${steps} steps, and at ${this.now} µs still not at ${end} µs`);
      }
      this.step(next);
    }
  }

  /** Does everything that is due now, without letting time pass. */
  settle(): void {
    this.runUntil(() => false, this.now);
  }

  /** When something happens next; Infinity for never. */
  nextTime(): number {
    let next = this.events.length > 0 ? this.events[0].time : Number.POSITIVE_INFINITY;
    for (const node of this.nodes) next = Math.min(next, node.wakeAt);
    return Math.max(next, this.now);
  }

  private step(time: number): void {
    this.now = time;
    this.steps += 1;
    while (this.events.length > 0 && this.events[0].time <= time) (this.events.shift() as Event).run();
    for (const node of this.nodes) if (node.wakeAt <= time) node.poll();
  }

  recordFrame(sender: string, frame: Uint8Array): void {
    if (this.record) this.frames.push({ time: this.now, sender, frame: frame.slice() });
  }

  /** A number for all frames so far, their senders and times: equal traces have equal hashes. */
  traceHash(): string {
    const hash = createHash("sha256");
    for (const { time, sender, frame } of this.frames) {
      hash.update(`${time} ${sender} ${frame.length}\n`);
      hash.update(frame);
    }
    return hash.digest("hex");
  }

  /** Writes the frames so far as a capture file. */
  writePcap(path: string): void {
    writePcap(path, this.frames);
  }
}

export { LATE_LIMIT, type PollMode, StormError } from "./world-node.js";
