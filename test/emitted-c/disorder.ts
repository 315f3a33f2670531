/**
 * A tape of disorder: mutated frames, system calls with good and bad arguments, a device that is full or unplugged, and time
 * that passes, all from one seed. The host's part of the contract is kept: a call that answers PENDING is parked and repeated
 * with the same arguments, or the task is reset.
 */
import { Core, NO_DEADLINE, PENDING } from "../../runtime/node/core.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { HostNic } from "../../runtime/node/host-nic.js";
import { SeededRandom } from "../../runtime/node/random.js";
import { SYSTEM_CALLS, type SystemCall } from "../../runtime/syscall/table/index.js";
import { arpReply, corpus, OPEN_PORT } from "../fuzz/corpus.js";
import { Dice, mutate } from "../fuzz/mutate.js";
import { LISTENING_PORT, PEER_PORT, TcpScene } from "../fuzz/tcp-scene.js";
import { ipBytes } from "../harness/bytes.js";
import { recordTapes } from "./record.js";
import { APP_MEMORY, type SubjectCore } from "./runner.js";
import type { Tape } from "./tape.js";

/** Where arguments lie in guest memory. */
const VECTOR = 64;
const ADDRESS = 128;
const OUT_WORD = 256;
const SETS = 512;
const BUFFER = 4096;
const MICROSECONDS_A_MINUTE = 60_000_000;

class Disorder {
  readonly dice: Dice;
  readonly core: Core;
  readonly nic = new HostNic();
  readonly memory = new GuestMemory(new ArrayBuffer(APP_MEMORY));
  private now: bigint;
  private deadline = NO_DEADLINE;
  private parked: { call: SystemCall; args: (number | bigint)[] } | undefined;
  private readonly frames = corpus();
  private readonly scene = new TcpScene();

  constructor(subject: SubjectCore, seed: number) {
    this.dice = new Dice(seed);
    // Half of the seeds start shortly before the ticks wrap.
    this.now = seed % 2 === 0 ? 2n ** 32n - 3_000_000n : 0n;
    this.core = new Core({
      module: subject.module,
      nic: this.nic,
      random: new SeededRandom(seed),
      mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    });
    this.nic.onTransmit = (frame) => this.scene.observe(frame);
    this.core.setGuest(0, this.memory);
    this.core.init(this.now);
    this.startProgram();
  }

  /** Four sockets: UDP on the port that the frames go to, UDP connected to the peer, a listener, a connection to the peer. */
  private startProgram(): void {
    this.core.call("sys_sock_open", 0, this.now, -1, 0, 0, OUT_WORD);
    this.address("0.0.0.0", OPEN_PORT);
    this.core.call("sys_sock_bind", 0, this.now, 3, ADDRESS);
    this.core.call("sys_sock_open", 0, this.now, -1, 0, 0, OUT_WORD);
    this.address("10.0.2.2", 5555);
    this.core.call("sys_sock_connect", 0, this.now, 4, ADDRESS);
    this.stream(5);
    this.address("0.0.0.0", LISTENING_PORT);
    this.core.call("sys_sock_bind", 0, this.now, 5, ADDRESS);
    this.core.call("sys_sock_listen", 0, this.now, 5, 3);
    this.stream(6);
    this.address("10.0.2.2", PEER_PORT);
    this.core.call("sys_sock_connect", 0, this.now, 6, ADDRESS);
  }

  /** A stream socket that does not block, with descriptor `fd` when all below are taken. */
  private stream(fd: number): void {
    this.core.call("sys_sock_open", 0, this.now, -1, 0, 1, OUT_WORD);
    this.core.call("sys_fd_fdstat_set_flags", 0, this.now, fd, 4);
  }

  private address(ip: string, port: number): void {
    this.memory.write(ADDRESS, new Uint8Array(24));
    this.memory.write(ADDRESS + 4, ipBytes(ip));
    this.memory.store16(ADDRESS + 8, port);
  }

  private poll(): void {
    this.deadline = this.core.poll(this.now);
    const parked = this.parked;
    if (parked !== undefined && this.core.ready(0)) {
      this.parked = undefined;
      this.make(parked.call, parked.args);
    }
  }

  private make(call: SystemCall, args: (number | bigint)[]): void {
    const result = this.core.call(call.core, 0, this.now, ...call.constants, ...args);
    if (result === PENDING) {
      this.parked = { call, args };
      this.deadline = this.core.park(0, this.now);
    }
    if (this.core.pollRequested) this.deadline = this.now;
  }

  private pass(): void {
    const dice = this.dice;
    if (dice.roll(4) === 0 && this.deadline !== NO_DEADLINE && this.deadline > this.now) {
      const ahead = this.deadline - this.now;
      this.now += ahead < BigInt(10 * MICROSECONDS_A_MINUTE) ? ahead : BigInt(MICROSECONDS_A_MINUTE);
    } else {
      this.now += BigInt(dice.pick([1, 100, 2000, 200_000, 3_000_000]) + dice.roll(1000));
      if (dice.roll(200) === 0) this.now += BigInt(dice.roll(30) * MICROSECONDS_A_MINUTE);
    }
    this.poll();
  }

  /** A value for a parameter: mostly sensible, now and then not. */
  private argument(type: string, name: string): number | bigint {
    const dice = this.dice;
    if (type === "i64") return BigInt(dice.pick([0, 1, 1000, 50_000, 5_000_000]));
    if (type === "pointer") {
      if (dice.roll(12) === 0)
        return dice.pick([0, APP_MEMORY - 4, APP_MEMORY - 1, APP_MEMORY, 0x7fff_ffff, 0xffff_fffc]);
      if (/addr$/.test(name)) return ADDRESS;
      if (/data$|iovs/.test(name)) return VECTOR;
      if (/fds$|^in$/.test(name)) return SETS + dice.roll(3) * 16;
      if (name === "buf") return BUFFER + dice.roll(8);
      return OUT_WORD + 8 * dice.roll(8);
    }
    if (name === "fd" || name === "from" || name === "to")
      return dice.pick([3, 3, 3, 4, 5, 5, 6, 6, 6, 6, 7, 7, 8, 1, -1, 99]);
    if (/len$/.test(name)) return dice.pick([0, 1, 2, 3, 8, 16, 64]);
    return dice.pick([0, 0, 1, 2, 3, 4, 6, 17, 32, 64, -1]);
  }

  private prepareMemory(): void {
    const { dice, memory } = this;
    for (let i = 0; i < 4; i++) {
      memory.store32(VECTOR + i * 8, dice.roll(20) === 0 ? 0xffff_0000 : BUFFER + dice.roll(9000));
      memory.store32(VECTOR + i * 8 + 4, dice.roll(20) === 0 ? APP_MEMORY : dice.roll(i === 0 ? 3000 : 400));
    }
    this.address(
      dice.pick(["10.0.2.2", "10.0.2.2", "10.0.2.77", "127.0.0.1", "10.0.2.15", "8.8.8.8", "10.0.2.255"]),
      dice.pick([7, 5555, 0, 53, LISTENING_PORT, PEER_PORT]),
    );
    // Sets of select, entries of poll, subscriptions: bits and descriptors that may exist.
    for (let i = 0; i < 12; i++) memory.store32(SETS + i * 4, dice.pick([0, 3, 4, 5, 0x18, 0x0001_0003, 0x0005_0004]));
    for (let i = 0; i < 8; i++) memory.store32(OUT_WORD + i * 8, dice.pick([0, 1, 4, 8, 16]));
    for (let i = 0; i < 64; i++) memory.store8(BUFFER + dice.roll(9000), dice.roll(256));
  }

  private systemCall(): void {
    const dice = this.dice;
    if (this.parked !== undefined) {
      // A program does nothing else while it waits; it can only be ended.
      if (dice.roll(4) > 0) return;
      this.parked = undefined;
      this.core.reset(0, this.now);
      this.startProgram();
      return;
    }
    this.prepareMemory();
    const busy = [
      "recv_from",
      "send_to",
      "sock_recv_from",
      "sock_send_to",
      "sock_send",
      "sock_send",
      "sock_recv",
      "sock_accept",
      "select",
      "poll",
      "poll_oneoff",
    ];
    const wanted = dice.pick(busy);
    const call =
      dice.roll(3) > 0 ? (SYSTEM_CALLS.find(({ name }) => name === wanted) as SystemCall) : dice.pick(SYSTEM_CALLS);
    const args = call.parameters.map(({ type, name }) => this.argument(type, name));
    this.make(call, args);
    if (dice.roll(50) === 0) {
      this.parked = undefined;
      this.core.reset(0, this.now);
      this.startProgram();
    }
  }

  step(): void {
    const dice = this.dice;
    switch (dice.roll(6)) {
      case 0:
        this.systemCall();
        break;
      case 1:
        this.systemCall();
        this.pass();
        break;
      case 2:
        this.nic.setLink(dice.roll(40) > 0);
        this.nic.transmitReady = dice.roll(12) > 0;
        this.nic.receive(arpReply());
        break;
      default:
        for (let i = dice.roll(20) === 0 ? 80 : 1 + dice.roll(3); i > 0; i--) {
          if (dice.roll(2) === 0) {
            // As it is: a connection must be able to live for a while.
            this.nic.receive(this.scene.frame(dice));
            continue;
          }
          const frame = dice.roll(4) === 0 ? this.scene.frame(dice) : dice.pick(this.frames);
          this.nic.receive(dice.roll(2) === 0 ? frame : mutate(frame, this.frames, dice));
        }
        this.pass();
    }
  }

  finish(): void {
    this.nic.setLink(true);
    this.nic.transmitReady = true;
    for (let i = 0; i < 30; i++) this.pass();
    for (let id = 0; id < 64; id++) this.core.counter(id);
    this.core.pools();
  }
}

/** `steps` steps of disorder in `subject`, written down. */
export async function disorder(subject: SubjectCore, seed: number, steps: number): Promise<Tape> {
  const [tape] = await recordTapes(`seed ${seed}`, () => {
    const run = new Disorder(subject, seed);
    for (let i = 0; i < steps; i++) run.step();
    run.finish();
  });
  return tape;
}
