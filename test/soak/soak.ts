/**
 * Datagrams of random sizes through examples/udp_echo on any board, over a wire that loses nothing.
 *
 * First politely: few datagrams outstanding, no more bytes than the socket's receive ring holds. Each must come back, byte for byte.
 * Then too fast: bursts that do not fit. What does not come back must be accounted for by counters, exactly.
 */

import { SeededRandom } from "../../runtime/node/random.js";
import { FragmentChecker } from "../harness/fragment-checker.js";
import type { Packet } from "../harness/parse.js";
import { render } from "../harness/parse.js";
import { Firmware, type State } from "../properties/firmware.js";

export interface SoakOptions {
  readonly board: string;
  /** Of both kinds together; one in twenty is sent in a burst. */
  readonly datagrams: number;
  readonly seed?: number;
  readonly onProgress?: (done: number) => void;
}

export interface SoakReport {
  readonly board: string;
  readonly polite: number;
  readonly fragmented: number;
  readonly bytes: number;
  /** Datagrams per second of this machine's time, politely. */
  readonly rate: number;
  readonly hurried: number;
  readonly hurriedAnswered: number;
  /** Where the others stayed: name of the counter → datagrams. `chip`: frames that never left the network chip's FIFO. */
  readonly drops: Readonly<Record<string, number>>;
  /** Pools whose use differs from before the soak; must be none. */
  readonly leaks: readonly string[];
}

/** Largest payload of a frame, and what udp_echo takes. */
const FRAME_PAYLOAD = 1472;
const LARGEST = 8000;
const FRAGMENTED = 0.05;
/** Payload bytes of an IP fragment. */
const FRAGMENT = 1480;
const OUTSTANDING = 4;
/** CONFIG_NET_SOCKETS_UDP_RCVBUF of udp_echo, and what a datagram takes in it besides its payload. */
const RING = 8192;
const RECORD = 32;
const HURRIED = 20;
const BURST = 48;
/** A datagram that is not back after so long is lost, ms; the same for the end of a burst. */
const PATIENCE = 20_000;
const QUIET = 400;
const FIRST_PORT = 1024;
const PORTS = 60_000;

interface Outstanding {
  readonly payload: Uint8Array;
  readonly answered: () => void;
  readonly wrong: (error: Error) => void;
}

class Soak {
  bytes = 0;
  fragmented = 0;
  private readonly random: SeededRandom;
  private readonly open = new Map<number, Outstanding>();
  private readonly fragments = new FragmentChecker();
  private number = 0;
  private lastAnswer = 0;

  constructor(
    private readonly firmware: Firmware,
    seed: number,
  ) {
    this.random = new SeededRandom(seed);
    firmware.onPacket = (packet) => this.arrived(packet);
  }

  private arrived(packet: Packet): void {
    const { ip } = packet;
    if (ip !== undefined && (ip.mf || ip.offset > 0)) {
      const whole = this.fragments.add(packet);
      if (whole !== undefined) this.answer(whole);
    } else if (packet.udp !== undefined) this.answer(packet);
  }

  private answer(packet: Packet): void {
    const port = packet.udp?.dstPort ?? 0;
    const asked = this.open.get(port);
    this.lastAnswer = performance.now();
    if (asked === undefined) return; // gave up waiting for it, or a second answer: counted by whoever compares totals
    this.open.delete(port);
    const right =
      packet.udp?.srcPort === 7 &&
      packet.ip?.src === this.firmware.ip &&
      packet.problems.length === 0 &&
      Buffer.compare(packet.udp.payload, asked.payload) === 0;
    if (right) asked.answered();
    else asked.wrong(new Error(`not what was sent: ${render(packet.frame)} ${packet.problems.join("; ")}`));
  }

  private payload(size: number): Uint8Array {
    const payload = new Uint8Array(size);
    let word = this.random.next32();
    for (let i = 0; i < size; i++) {
      word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
      payload[i] = word >>> 24;
    }
    return payload;
  }

  /** Sends one datagram; resolves when its answer is there. */
  private send(size: number): Promise<void> {
    const { peer } = this.firmware;
    const number = this.number++;
    const srcPort = FIRST_PORT + (number % PORTS);
    const payload = this.payload(size);
    const answer = new Promise<void>((answered, wrong) => this.open.set(srcPort, { payload, answered, wrong }));
    const fields = { srcPort, dstPort: 7, ip: { id: number & 0xffff } };
    if (size <= FRAME_PAYLOAD) this.firmware.send(peer.udp(fields, payload));
    else this.firmware.send(...peer.udpFragments(fields, payload, FRAGMENT));
    this.bytes += size;
    return answer;
  }

  private size(): number {
    if (this.random.fraction() >= FRAGMENTED) return this.random.below(FRAME_PAYLOAD + 1);
    this.fragmented++;
    return FRAME_PAYLOAD + 1 + this.random.below(LARGEST - FRAME_PAYLOAD);
  }

  /** So many datagrams, few at a time. @throws Error when one does not come back as it was */
  async polite(count: number, onProgress: (done: number) => void): Promise<void> {
    const flying = new Set<Promise<void>>();
    let room = RING;
    for (let sent = 0; sent < count; sent++) {
      const size = this.size();
      // A record of the ring is contiguous: one that needs several frames is sure of its place only when it is alone.
      const cost = size > FRAME_PAYLOAD ? RING : size + RECORD;
      while (flying.size >= OUTSTANDING || cost > room) await this.withPatience(Promise.race(flying), sent);
      room -= cost;
      const one: Promise<void> = this.send(size).finally(() => {
        room += cost;
        flying.delete(one);
      });
      flying.add(one);
      if (sent % 1000 === 0) onProgress(sent);
    }
    await this.withPatience(Promise.all(flying), count);
  }

  private async withPatience(done: Promise<unknown>, sent: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(async () => {
        const sizes = [...this.open.values()].map(({ payload }) => payload.length);
        const { counters, device } = await this.firmware.state();
        const counted = JSON.stringify({ ...counters, ...device });
        reject(new Error(`after ${sent} datagrams, those of ${sizes} bytes did not come back; counters: ${counted}`));
      }, PATIENCE);
    });
    try {
      await Promise.race([done, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** So many datagrams in bursts; how many came back. */
  async hurried(count: number): Promise<number> {
    let answered = 0;
    let wrong: Error | undefined;
    for (let sent = 0; sent < count; ) {
      const burst = Math.min(BURST, count - sent);
      for (let i = 0; i < burst; i++) {
        this.send(this.random.below(FRAME_PAYLOAD + 1)).then(
          () => answered++,
          (error: Error) => {
            wrong = error;
          },
        );
      }
      sent += burst;
      await this.quiet();
      if (wrong !== undefined) throw wrong;
    }
    this.open.clear();
    return answered;
  }

  /** Resolves when nothing has come for a while. */
  private async quiet(): Promise<void> {
    this.lastAnswer = performance.now();
    while (this.open.size > 0 && performance.now() - this.lastAnswer < QUIET) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.open.clear();
  }
}

/** Counters of what was dropped, and of what the chip lost, as a difference of two states. */
function drops(before: State, after: State, frames: number): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(after.counters)) {
    const difference = value - (before.counters[name] ?? 0);
    if (name.startsWith("drop_") && difference !== 0) result[name] = difference;
  }
  // Errors that the driver reads from the chip, and frames of which the chip says nothing (QEMU's LAN9118 counts no drops).
  const chip = frames - (after.device.rxFrames - before.device.rxFrames);
  if (chip !== 0) result.chip = chip;
  return result;
}

/** Boots udp_echo on a board, does all of it, and reports. @throws Error when an answer is wrong or one is missing */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { board, datagrams, seed = 1, onProgress = () => undefined } = options;
  const firmware = await Firmware.boot(board, "examples/udp_echo");
  try {
    await firmware.up();
    await firmware.printed(/listening/);
    const run = new Soak(firmware, seed);
    const start = await firmware.state();
    const polite = datagrams - Math.floor(datagrams / HURRIED);
    const begin = performance.now();
    await run.polite(polite, onProgress);
    const rate = Math.round((polite / (performance.now() - begin)) * 1000);
    const middle = await firmware.state();
    const lost = Object.entries(drops(start, middle, middle.device.rxFrames - start.device.rxFrames));
    if (lost.length > 0) throw new Error(`all came back, and yet some were dropped: ${JSON.stringify(lost)}`);
    const hurried = datagrams - polite;
    const hurriedAnswered = await run.hurried(hurried);
    const end = await firmware.state();
    const leaks = end.pools
      .filter(({ used }, i) => used !== start.pools[i].used)
      .map(({ name, used }) => `${name} ${used}`);
    const { bytes, fragmented } = run;
    const counted = drops(middle, end, hurried);
    return { board, polite, fragmented, bytes, rate, hurried, hurriedAnswered, drops: counted, leaks };
  } finally {
    await firmware.close();
  }
}

/** Why a report is no success, or undefined. */
export function fault(report: SoakReport): string | undefined {
  const missing = report.hurried - report.hurriedAnswered;
  const counted = Object.values(report.drops).reduce((sum, count) => sum + count, 0);
  if (missing !== counted)
    return `${missing} datagrams are missing, and the counters have ${JSON.stringify(report.drops)}`;
  if (report.leaks.length > 0) return `pools are not as before: ${report.leaks.join(", ")}`;
  return undefined;
}

/** One line. */
export function describe(report: SoakReport): string {
  const { board, polite, fragmented, bytes, rate, hurried, hurriedAnswered } = report;
  return (
    `${board}: ${polite} datagrams (${fragmented} fragmented, ${(bytes / 1e6).toFixed(1)} MB) came back byte for byte, ${rate}/s; of ` +
    `${hurried} in bursts ${hurriedAnswered}, the others counted: ${JSON.stringify(report.drops)}`
  );
}
