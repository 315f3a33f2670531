/**
 * Mutated frames into the core: no trap, bounded work for each, and it still answers. One socket is open, waits in recvfrom with its
 * buffer lent to the core, and echoes what comes.
 */
import { compileAssemblyScript } from "../../cli/build/assemblyscript.js";
import { packagePath } from "../../cli/package-root.js";
import { Core, PENDING } from "../../runtime/node/core.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { HostNic } from "../../runtime/node/host-nic.js";
import { configuration } from "../harness/compile.js";
import { arpReply, corpus, echoRequest, OPEN_PORT, udpToOpenPort } from "./corpus.js";
import { FUEL, withFuel } from "./fuel.js";
import { Dice, mutate } from "./mutate.js";

/**
 * Loop turns and function calls that one frame may cost, poll included. The bound comes from the code: reassembly touches at
 * most the 32 words of its bitmap and the entries of a table once each; the measured maximum is about 50.
 */
export const WORK_BOUND = 256;
/** The application's buffer (an odd length: datagrams end at every byte of a word) and what fills its memory behind it. */
const BUFFER = 1024;
const BUFFER_BYTES = 701;
const CANARY = 0xa5;
/** Longest answer to one frame: a fragmented echo of the largest datagram that can be reassembled (8 KiB in this run). */
const FRAMES_OUT_BOUND = 8;
const SETTINGS = { NET_IPV4_FRAGMENT_BUFFER: 8192, NET_SOCKETS_UDP_RCVBUF: 9000 };
/** The same, with raw and packet sockets for a second task that reads them. */
const WATCHED_SETTINGS = {
  ...SETTINGS,
  NET_TASKS: 2,
  NET_MAX_CONTEXTS: 8,
  NET_SOCKETS_UDP_BUFFERS: 8,
  ZVFS_OPEN_MAX: 16,
  NET_SOCKETS_INET_RAW: true,
  NET_SOCKETS_PACKET: true,
  APP_RAW_SOCKETS: true,
};
/** Family, type (SOCK_NONBLOCK is in it) and protocol of these sockets: raw ones of ICMP, UDP and TCP, packet sockets of everything. */
const WATCHERS = [
  [1, 0x803, 1],
  [1, 0x803, 17],
  [1, 0x803, 6],
  [3, 0x803, 0x0300],
  [3, 0x802, 0x0300],
] as const;
/** Where the second task's buffer lies, and its bytes. */
const WATCHER_BUFFER = 16_384;
const WATCHER_BYTES = 12_000;

export interface FuzzResult {
  readonly frames: number;
  readonly framesOut: number;
  readonly datagramsIn: number;
  /** Copies that raw and packet sockets have read. */
  readonly copies: number;
  /** Most loop turns and calls that a frame cost. */
  readonly mostWork: number;
  /** The frame that did. */
  readonly mostWorkFrame: string;
  readonly answers: number;
}

/** The core with its counter of work. */
export async function compileWithFuel(watched = false): Promise<WebAssembly.Module> {
  const { text } = await compileAssemblyScript({
    entry: packagePath("runtime", "syscall", "core.ts"),
    config: configuration({ settings: watched ? WATCHED_SETTINGS : SETTINGS }),
    optimize: "speed",
  });
  return new WebAssembly.Module(await withFuel(text()));
}

class FuzzTarget {
  readonly core: Core;
  readonly nic = new HostNic();
  framesOut = 0;
  datagramsIn = 0;
  lastOut: Uint8Array | undefined;
  private readonly memory = new GuestMemory(new ArrayBuffer(65_536));
  private readonly fuel: WebAssembly.Global;
  /** Descriptors of raw and packet sockets. */
  private readonly watchers: number[] = [];
  /** Copies that these have read. */
  copies = 0;
  private now = 1_000_000n;

  constructor(module: WebAssembly.Module, watched: boolean) {
    this.core = new Core({ module, nic: this.nic });
    this.fuel = this.core.exported(FUEL) as WebAssembly.Global;
    this.nic.onTransmit = (frame) => {
      this.framesOut++;
      this.lastOut = frame;
    };
    this.core.setGuest(0, this.memory);
    if (this.core.init(this.now) !== 0) throw new Error("core_init failed");
    this.memory.store32(0, 0xdead);
    this.expect("sys_sock_open", -1, 0, 0, 0);
    // 0.0.0.0:OPEN_PORT as a WAMR address at 16
    this.memory.write(16, new Uint8Array(24));
    this.memory.store16(24, OPEN_PORT);
    this.expect("sys_sock_bind", 3, 16);
    this.memory.store32(64, BUFFER);
    this.memory.store32(68, BUFFER_BYTES);
    this.memory.bytes.fill(CANARY, BUFFER + BUFFER_BYTES, WATCHER_BUFFER);
    if (watched) this.watch();
    this.receive();
  }

  /** Echoes all that has arrived; then the call waits, and has lent its buffer to the core. */
  private receive(): void {
    // iovec at 64, sender at 32, count at 60.
    while (this.core.call("sys_sock_recv_from", 0, this.now, 3, 64, 1, 0, 32, 60) === 0) {
      this.datagramsIn++;
      this.memory.store32(68, this.memory.load32(60));
      const errno = this.core.call("sys_sock_send_to", 0, this.now, 3, 64, 1, 0, 32, 60);
      // A send that waits for room in the chip would wait for ever here: the model always has room.
      if (errno === PENDING) throw new Error("sending waits although the device has room");
      this.memory.store32(68, BUFFER_BYTES);
    }
  }

  /** Opens the raw and packet sockets. */
  private watch(): void {
    this.core.setGuest(1, this.memory);
    for (const [family, type, protocol] of WATCHERS) {
      this.expect("sys_socket", family, type, protocol, 80);
      this.watchers.push(this.memory.load32(80));
    }
  }

  /** Reads what the raw and packet sockets have; every other time, so that their rings fill up now and then. */
  private look(): void {
    for (const fd of this.watchers) {
      const args = [fd, WATCHER_BUFFER, WATCHER_BYTES, 0, 0, 0, 84] as const;
      while (this.core.call("sys_recv_from", 1, this.now, ...args) === 0) this.copies++;
    }
  }

  /** True when nothing was written behind the buffer. */
  get canaryIntact(): boolean {
    return this.memory.bytes.subarray(BUFFER + BUFFER_BYTES, WATCHER_BUFFER).every((byte) => byte === CANARY);
  }

  private expect(name: string, ...args: number[]): void {
    const errno = this.core.call(name, 0, this.now, ...args);
    if (errno !== 0) throw new Error(`${name} answered ${errno}`);
  }

  /** One frame in, everything that follows from it. Work that it cost. */
  feed(frame: Uint8Array, passed: number): number {
    this.now += BigInt(passed);
    this.fuel.value = 0;
    this.nic.receive(frame);
    this.core.poll(this.now);
    const work = this.fuel.value as number;
    if (this.core.ready(0)) this.receive();
    if (passed & 1) this.look();
    return work;
  }
}

/** Feeds `count` frames, `watched` by raw and packet sockets or not. Throws with the seed and the frame at the first trap, overrun or silence. */
export async function fuzzFrames(
  count: number,
  seed: number,
  onProgress?: (done: number) => void,
  watched = false,
): Promise<FuzzResult> {
  const target = new FuzzTarget(await compileWithFuel(watched), watched);
  const seeds = corpus();
  const dice = new Dice(seed);
  let mostWork = 0;
  let mostWorkFrame = "";
  let answers = 0;
  for (let i = 0; i < count; i++) {
    const frame = mutate(dice.pick(seeds), seeds, dice);
    const framesBefore = target.framesOut;
    let work: number;
    try {
      work = target.feed(frame, dice.roll(50) === 0 ? dice.roll(2_000_000) : dice.roll(2000));
    } catch (error) {
      throw new Error(`seed ${seed}, frame ${i} (${Buffer.from(frame).toString("hex")}): ${error}`, { cause: error });
    }
    if (work > mostWork) {
      mostWork = work;
      mostWorkFrame = Buffer.from(frame).toString("hex");
    }
    if (work > WORK_BOUND)
      throw new Error(`seed ${seed}, frame ${i} cost ${work} steps (bound ${WORK_BOUND}): ${mostWorkFrame}`);
    if (target.framesOut - framesBefore > FRAMES_OUT_BOUND) {
      throw new Error(
        `seed ${seed}, frame ${i} was answered with ${target.framesOut - framesBefore} frames: ${Buffer.from(frame).toString("hex")}`,
      );
    }
    if (i % 1000 === 999) {
      stillAnswers(target, seed, i);
      answers++;
      onProgress?.(i + 1);
    }
  }
  return {
    frames: count,
    framesOut: target.framesOut,
    datagramsIn: target.datagramsIn,
    copies: target.copies,
    mostWork,
    mostWorkFrame,
    answers,
  };
}

/** A ping and a datagram are answered. */
function stillAnswers(target: FuzzTarget, seed: number, i: number): void {
  if (!target.canaryIntact)
    throw new Error(`seed ${seed}: before frame ${i} the core wrote behind the application's buffer`);
  // The mutations may have changed what the stack believes of the peer's MAC address; this is the peer's own word.
  target.feed(arpReply(), 1000);
  const before = target.framesOut;
  target.feed(echoRequest(56), 10);
  if (target.framesOut === before) throw new Error(`seed ${seed}: after frame ${i} a ping is not answered`);
  const between = target.framesOut;
  target.feed(udpToOpenPort(64), 10);
  target.feed(arpReply(), 10);
  if (target.framesOut === between) throw new Error(`seed ${seed}: after frame ${i} a datagram is not echoed`);
}
