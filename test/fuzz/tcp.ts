/**
 * Segments, right and wrong ones and mutations of both, into a program that listens, connects, echoes and closes: no trap, bounded work
 * and few frames for each, and afterwards a new connection still works.
 */
import { compileAssemblyScript } from "../../cli/build/assemblyscript.js";
import { packagePath } from "../../cli/package-root.js";
import { Core } from "../../runtime/node/core.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { HostNic } from "../../runtime/node/host-nic.js";
import { ipBytes } from "../harness/bytes.js";
import { configuration } from "../harness/compile.js";
import { errnoNumber } from "../harness/errno.js";
import { cookieOf, KEY } from "../net/tcp/fast-open.js";
import { arpReply, corpus, echoRequest, PEER, US } from "./corpus.js";
import { FUEL, withFuel } from "./fuel.js";
import { Dice, mutate } from "./mutate.js";
import { LISTENING_PORT, PEER_PORT, TcpScene } from "./tcp-scene.js";

/**
 * Loop turns and calls that one frame may cost, poll included: a segment may end a connection (its pieces go back to their pools), be
 * answered by as many segments as a send buffer has records, and walk the ranges out of order and the records in flight once each.
 */
export const TCP_WORK_BOUND = 2000;
/** Frames that one frame may cause: what a send buffer and the timers of all connections hold. */
const FRAMES_OUT_BOUND = 40;
/** With TCP Fast Open: the limit of the listener, the numbers of the options, and the key of its cookies. */
const FAST_LIMIT = 3;
const IPPROTO_TCP = 6;
const TCP_FASTOPEN = 23;
const TCP_FASTOPEN_KEY = 33;
const MSG_FASTOPEN = 0x2000_0000;
const SETTINGS = { NET_MAX_CONTEXTS: 12, ZVFS_OPEN_MAX: 16, NET_TCP_SYN_QUEUE: 4, NET_TCP_TIME_WAIT: 4 };
const STREAM_NONBLOCK = 0x801;
const EAGAIN = errnoNumber("EAGAIN");
/** Guest addresses. */
const VECTOR = 64;
const OUT = 80;
const ADDRESS = 96;
const BUFFER = 1024;
const BUFFER_BYTES = 3001;
const CANARY = 0xa5;
/** Connections that the program keeps; more, and it closes the oldest. */
const MOST_OPEN = 7;
const CHECK_PORT = 30_000;

export interface TcpFuzzResult {
  readonly framesOut: number;
  readonly accepted: number;
  readonly connected: number;
  readonly bytesIn: number;
  readonly mostWork: number;
  readonly mostWorkFrame: string;
  readonly answers: number;
}

class TcpTarget {
  readonly core: Core;
  readonly nic = new HostNic();
  readonly scene = new TcpScene();
  framesOut = 0;
  accepted = 0;
  connected = 0;
  bytesIn = 0;
  private readonly memory = new GuestMemory(new ArrayBuffer(65_536));
  private readonly fuel: WebAssembly.Global;
  private readonly open: number[] = [];
  private readonly listener: number;
  private now = 1_000_000n;

  constructor(
    module: WebAssembly.Module,
    private readonly dice: Dice,
    private readonly fastOpen: boolean,
  ) {
    this.core = new Core({ module, nic: this.nic });
    this.fuel = this.core.exported(FUEL) as WebAssembly.Global;
    this.nic.onTransmit = (frame) => {
      this.framesOut++;
      this.scene.observe(frame);
    };
    this.core.setGuest(0, this.memory);
    if (this.core.init(this.now) !== 0) throw new Error("core_init failed");
    this.memory.bytes.fill(CANARY, BUFFER + BUFFER_BYTES);
    this.listener = this.socket();
    this.address("0.0.0.0", LISTENING_PORT);
    this.expect("sys_sock_bind", this.listener, ADDRESS);
    this.expect("sys_sock_listen", this.listener, 4);
    if (fastOpen) this.startFastOpen();
    this.feed(arpReply(), 10);
  }

  /** The listener takes SYNs with data, and the peer knows its cookie. */
  private startFastOpen(): void {
    this.memory.store32(OUT, FAST_LIMIT);
    this.expect("sys_set_option", this.listener, IPPROTO_TCP, TCP_FASTOPEN, OUT, 4);
    this.memory.write(BUFFER, Buffer.from(KEY, "hex"));
    this.expect("sys_set_option", this.listener, IPPROTO_TCP, TCP_FASTOPEN_KEY, BUFFER, 16);
    this.scene.cookie = Buffer.from(cookieOf(PEER.ip, US.ip), "hex");
  }

  /** One frame in, everything that follows from it. Work that it cost. */
  feed(frame: Uint8Array, passed: number): number {
    this.now += BigInt(passed);
    this.fuel.value = 0;
    this.nic.receive(frame);
    this.core.poll(this.now);
    return this.fuel.value as number;
  }

  /** What the program does between frames. */
  program(): void {
    const { dice } = this;
    this.accept();
    if (this.open.length > MOST_OPEN) this.close(this.open.shift() as number);
    if (dice.roll(60) === 0) this.connect();
    for (const fd of [...this.open]) {
      if (dice.roll(3) > 0) this.echo(fd);
      if (dice.roll(300) === 0) this.call("sys_sock_shutdown", fd, 1 + dice.roll(3));
      if (dice.roll(300) === 0) {
        this.open.splice(this.open.indexOf(fd), 1);
        this.close(fd);
      }
    }
  }

  /** Ends all connections with a reset. */
  closeAll(): void {
    this.accept();
    for (const fd of this.open.splice(0)) {
      this.call("sys_sock_set_linger", fd, 1, 0);
      this.close(fd);
    }
  }

  /** A ping is answered, and a new connection carries a byte there and back. */
  stillAnswers(): string | undefined {
    if (!this.memory.bytes.subarray(BUFFER + BUFFER_BYTES).every((byte) => byte === CANARY))
      return "memory behind the buffer is changed";
    this.closeAll();
    // Half-open connections go, and what waits to be sent again.
    for (let i = 0; i < 80; i++) this.feed(arpReply(), 1_000_000);
    this.closeAll();
    let before = this.framesOut;
    this.feed(echoRequest(56), 10);
    if (this.framesOut === before) return "a ping is not answered";
    const port = CHECK_PORT + this.dice.roll(30_000);
    this.feed(this.scene.plainSyn(port), 10);
    const answer = this.scene.goodAnswer(port, ".", new Uint8Array(0));
    if (answer === undefined) return "a SYN is not answered";
    this.feed(answer, 10);
    this.accept();
    const came = this.bytesIn;
    this.feed(this.scene.goodAnswer(port, "P.", Uint8Array.of(42)) as Uint8Array, 10);
    before = this.framesOut;
    for (const fd of this.open) this.echo(fd);
    if (this.bytesIn !== came + 1) return "a new connection does not deliver";
    if (this.framesOut === before) return "a new connection does not echo";
    return undefined;
  }

  private accept(): void {
    while (this.call("sys_sock_accept", this.listener, 4, OUT) === 0) {
      this.accepted++;
      this.open.push(this.memory.load32(OUT));
    }
  }

  private connect(): void {
    const fd = this.socket();
    if (fd < 0) return;
    if (this.fastOpen) {
      this.memory.write(ADDRESS, Uint8Array.of(1, 0, PEER_PORT >> 8, PEER_PORT & 255, ...ipBytes(PEER.ip)));
      this.call("sys_send_to", fd, BUFFER, this.dice.roll(BUFFER_BYTES), MSG_FASTOPEN, ADDRESS, 8, OUT);
    } else {
      this.address(PEER.ip, PEER_PORT);
      this.call("sys_sock_connect", fd, ADDRESS);
    }
    this.connected++;
    this.open.push(fd);
  }

  private echo(fd: number): void {
    this.vector(1 + this.dice.roll(BUFFER_BYTES));
    if (this.call("sys_sock_recv", fd, VECTOR, 1, 0, OUT, OUT + 4) !== 0) return;
    const count = this.memory.load32(OUT);
    this.bytesIn += count;
    if (count === 0) return;
    this.vector(count);
    const errno = this.call("sys_sock_send", fd, VECTOR, 1, 0, OUT);
    if (errno === EAGAIN) this.dice.roll(2);
  }

  private close(fd: number): void {
    this.expect("sys_fd_close", fd);
  }

  private socket(): number {
    return this.call("sys_socket", 1, STREAM_NONBLOCK, 6, OUT) === 0 ? this.memory.load32(OUT) : -1;
  }

  private vector(length: number): void {
    this.memory.store32(VECTOR, BUFFER);
    this.memory.store32(VECTOR + 4, length);
  }

  private address(ip: string, port: number): void {
    this.memory.write(ADDRESS, new Uint8Array(24));
    this.memory.write(ADDRESS + 4, ipBytes(ip));
    this.memory.store16(ADDRESS + 8, port);
  }

  private expect(name: string, ...args: number[]): void {
    const errno = this.call(name, ...args);
    if (errno !== 0) throw new Error(`${name}(${args.join(", ")}) answered ${errno}`);
  }

  private call(name: string, ...args: number[]): number {
    const errno = this.core.call(name, 0, this.now, ...args);
    if (errno < 0) throw new Error(`${name} waits, although nothing here may block`);
    return errno;
  }
}

/** Feeds `count` frames, with `fastOpen` SYNs with cookies and data in both directions. Throws with the seed and the frame at the first trap, overrun or silence. */
export async function fuzzTcp(
  count: number,
  seed: number,
  onProgress?: (done: number) => void,
  fastOpen = false,
): Promise<TcpFuzzResult> {
  const { text } = await compileAssemblyScript({
    entry: packagePath("runtime", "syscall", "core.ts"),
    config: configuration({ settings: fastOpen ? { ...SETTINGS, NET_TCP_FASTOPEN: true } : SETTINGS }),
    optimize: "speed",
  });
  const dice = new Dice(seed);
  const target = new TcpTarget(new WebAssembly.Module(await withFuel(text())), dice, fastOpen);
  const seeds = corpus();
  let mostWork = 0;
  let mostWorkFrame = "";
  let answers = 0;
  for (let i = 0; i < count; i++) {
    const whole = dice.roll(30) === 0 ? dice.pick(seeds) : target.scene.frame(dice);
    const frame = dice.roll(3) === 0 ? mutate(whole, seeds, dice) : whole;
    const hex = (): string => Buffer.from(frame).toString("hex");
    const before = target.framesOut;
    let work: number;
    try {
      work = target.feed(frame, dice.roll(50) === 0 ? dice.roll(3_000_000) : dice.roll(2000));
      target.program();
    } catch (error) {
      throw new Error(`seed ${seed}, frame ${i} (${hex()}): ${error}`, { cause: error });
    }
    if (work > mostWork) {
      mostWork = work;
      mostWorkFrame = hex();
    }
    if (work > TCP_WORK_BOUND)
      throw new Error(`seed ${seed}, frame ${i} cost ${work} steps (bound ${TCP_WORK_BOUND}): ${hex()}`);
    const out = target.framesOut - before;
    if (out > FRAMES_OUT_BOUND) throw new Error(`seed ${seed}, frame ${i} was answered with ${out} frames: ${hex()}`);
    if (i % 1000 === 999) {
      const wrong = target.stillAnswers();
      if (wrong !== undefined) throw new Error(`seed ${seed}, after frame ${i}: ${wrong}`);
      answers++;
      onProgress?.(i + 1);
    }
  }
  const { framesOut, accepted, connected, bytesIn } = target;
  return { framesOut, accepted, connected, bytesIn, mostWork, mostWorkFrame, answers };
}
