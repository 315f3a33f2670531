/**
 * A simulated Ethernet segment in virtual time: every frame sent reaches every other port, after the delay, the loss and
 * the damage that its options say.
 */
import type { SeededRandom } from "./random.js";

/** Who is connected to a segment. */
export interface Port {
  readonly name: string;
  /** A frame arrives; the bytes are the port's own. */
  receive(frame: Uint8Array): void;
}

/** What happens to frames on their way. Probabilities are from 0 to 1 and apply to each receiver apart. */
export interface Impairments {
  /** Microseconds from the last bit sent to the frame's arrival. */
  delay: number;
  /** Up to so many microseconds more, evenly distributed: frames overtake each other. */
  jitter: number;
  loss: number;
  /** Probability that a second copy follows (with a jitter of its own). */
  duplicate: number;
  /** Probability that one random bit of the frame is turned over. */
  corrupt: number;
  /** Probability that a frame is held back for `reorderDelay`, so that later ones overtake it. */
  reorder: number;
  /** Microseconds. */
  reorderDelay: number;
  /** Largest payload of a frame, bytes: longer ones are lost, as behind a bad tunnel. */
  mtu: number;
  /** Line rate, bits per second; Infinity for none. Frames queue up behind each other. */
  bitsPerSecond: number;
  /** Microseconds a frame may queue before it is lost. */
  queueLimit: number;
  up: boolean;
}

export const PERFECT: Readonly<Impairments> = {
  delay: 0,
  jitter: 0,
  loss: 0,
  duplicate: 0,
  corrupt: 0,
  reorder: 0,
  reorderDelay: 0,
  mtu: Number.POSITIVE_INFINITY,
  bitsPerSecond: Number.POSITIVE_INFINITY,
  queueLimit: Number.POSITIVE_INFINITY,
  up: true,
};

/** What a segment did, counted per receiver. */
export interface SegmentCounters {
  sent: number;
  delivered: number;
  lost: number;
  duplicated: number;
  corrupted: number;
  reordered: number;
  tooLong: number;
  queueFull: number;
  down: number;
}

/** What a segment needs of the world it is in. */
export interface SegmentClock {
  readonly now: number;
  readonly random: SeededRandom;
  at(time: number, run: () => void): void;
  /** Each frame as it was sent, before any damage. */
  recordFrame(sender: string, frame: Uint8Array): void;
}

/** Bytes of an Ethernet header, and of preamble, CRC and gap, which take time on the line. */
const ETHERNET_HEADER = 14;
const LINE_OVERHEAD = 24;

export class Segment {
  readonly counters: SegmentCounters = {
    sent: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
    tooLong: 0,
    queueFull: 0,
    down: 0,
  };
  /** May be changed at any time; frames on their way are not touched. */
  readonly impairments: Impairments;
  private readonly ports: Port[] = [];
  /** When the line is free again. */
  private freeAt = 0;

  constructor(
    private readonly clock: SegmentClock,
    impairments: Partial<Impairments> = {},
  ) {
    this.impairments = { ...PERFECT, ...impairments };
  }

  attach(port: Port): void {
    this.ports.push(port);
  }

  detach(port: Port): void {
    const index = this.ports.indexOf(port);
    if (index >= 0) this.ports.splice(index, 1);
  }

  /** `sender` puts a frame on the wire now. */
  send(sender: Port, frame: Uint8Array): void {
    this.clock.recordFrame(sender.name, frame);
    this.counters.sent += 1;
    const settings = this.impairments;
    if (!settings.up) {
      this.counters.down += 1;
      return;
    }
    if (frame.length - ETHERNET_HEADER > settings.mtu) {
      this.counters.tooLong += 1;
      return;
    }
    let onWire = this.clock.now;
    if (Number.isFinite(settings.bitsPerSecond)) {
      const start = Math.max(onWire, this.freeAt);
      if (start - onWire > settings.queueLimit) {
        this.counters.queueFull += 1;
        return;
      }
      onWire = start + ((frame.length + LINE_OVERHEAD) * 8 * 1_000_000) / settings.bitsPerSecond;
      this.freeAt = onWire;
    }
    for (const port of this.ports) {
      if (port === sender) continue;
      this.carry(port, frame, onWire);
    }
  }

  private carry(port: Port, frame: Uint8Array, onWire: number): void {
    const { loss, duplicate } = this.impairments;
    const random = this.clock.random;
    if (random.chance(loss)) {
      this.counters.lost += 1;
      return;
    }
    this.deliver(port, frame, onWire);
    if (random.chance(duplicate)) {
      this.counters.duplicated += 1;
      this.deliver(port, frame, onWire);
    }
  }

  private deliver(port: Port, frame: Uint8Array, onWire: number): void {
    const settings = this.impairments;
    const random = this.clock.random;
    let time = onWire + settings.delay;
    if (settings.jitter > 0) time += random.below(settings.jitter + 1);
    if (random.chance(settings.reorder)) {
      this.counters.reordered += 1;
      time += settings.reorderDelay;
    }
    const copy = frame.slice();
    if (random.chance(settings.corrupt)) {
      this.counters.corrupted += 1;
      const bit = random.below(copy.length * 8);
      copy[bit >> 3] ^= 1 << (bit & 7);
    }
    this.clock.at(Math.ceil(time), () => {
      this.counters.delivered += 1;
      port.receive(copy);
    });
  }
}
