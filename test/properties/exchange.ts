/**
 * A busy exchange with one core, as a list of events that can be cut anywhere: each event is made from its number alone, and all that
 * the host keeps beside the core (time, next deadline, the call that waits, the application's memory) is data that can be copied.
 */
import { createHash } from "node:crypto";
import { Core, NO_DEADLINE, PENDING } from "../../runtime/node/core.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { SeededRandom } from "../../runtime/node/random.js";
import { SYSTEM_CALLS, type SystemCall } from "../../runtime/syscall/table/index.js";
import { hex, ipBytes } from "../harness/bytes.js";
import { Peer } from "../harness/peer.js";

const GUEST_BYTES = 16_384;
/** Places in the application's memory. */
const RESULT = 64;
const ADDRESS = 128;
const SETS = 256;
const BUFFER = 1024;
const BUFFER_BYTES = 3000;
const MOST_POLLS = 1000;
const MSG_DONTWAIT = 0x40;
/** Descriptors 3 and 4 as a set. */
const BOTH_SOCKETS = 0x18;
const PORTS = [5000, 5001];

interface Call {
  readonly name: string;
  readonly args: readonly (number | bigint)[];
}

interface HostState {
  now: bigint;
  deadline: bigint;
  waiting: Call | undefined;
}

/** Everything: the core's memory and chip, and what the host and the application keep. */
export interface Moment {
  readonly core: Uint8Array;
  readonly host: HostState;
  readonly guest: Uint8Array;
}

export class Exchange {
  readonly core: Core;
  /** What could be seen from outside, a line each: frames, answers, deadlines. */
  readonly trace: string[] = [];
  private readonly memory = new GuestMemory(new ArrayBuffer(GUEST_BYTES));
  private host: HostState = { now: 1_000_000n, deadline: 0n, waiting: undefined };

  constructor(
    module: WebAssembly.Module,
    private readonly target: { readonly mac: string; readonly ip: string },
  ) {
    this.core = new Core({ module, random: new SeededRandom(42) });
    this.core.setGuest(0, this.memory);
    this.core.nic.onTransmit = (frame) => this.trace.push(`${this.host.now} frame ${hex(frame)}`);
  }

  /** From the beginning: two sockets, descriptors 3 and 4. */
  start(): void {
    this.core.init(this.host.now);
    this.settle();
    for (const [index, port] of PORTS.entries()) {
      this.call("socket", 1, 2, 17, RESULT);
      this.address("0.0.0.0", port);
      this.call("sock_bind", 3 + index, ADDRESS);
    }
  }

  moment(): Moment {
    return { core: this.core.snapshot(), host: { ...this.host }, guest: this.memory.bytes.slice() };
  }

  /** Goes on from a moment of another instance. */
  restore(moment: Moment): void {
    this.core.restore(moment.core);
    this.host = { ...moment.host };
    this.memory.bytes.set(moment.guest);
  }

  /** The event with this number. */
  event(number: number): void {
    this.trace.push(`event ${number}`);
    const random = new SeededRandom(1000 + number);
    const peer = new Peer(
      { mac: `02:00:00:00:00:${10 + random.below(12)}`, ip: `10.0.2.${2 + random.below(12)}` },
      this.target,
    );
    const payload = new Uint8Array(random.below(1400)).map((_, i) => (i + number) & 0xff);
    const udp = { srcPort: 4000 + random.below(3), dstPort: [...PORTS, 9][random.below(3)] as number };
    switch (random.below(10)) {
      case 0:
        this.receive(peer.arpRequest());
        break;
      case 1:
        this.receive(peer.ping({ sequence: number & 0xffff }, payload));
        break;
      case 2:
      case 3:
        this.receive(peer.udp(udp, payload));
        break;
      case 4: {
        // Some fragments of a datagram, in any order; now and then all of them.
        const pieces = peer.udpFragments({ ...udp, ip: { id: number & 0xffff } }, payload, 400);
        for (const piece of pieces.reverse()) if (random.fraction() < 0.85) this.receive(piece);
        break;
      }
      case 5:
        this.receive(peer.udp({ ...udp, checksum: "bad" }, payload));
        break;
      case 6:
        this.send(3 + random.below(2), `10.0.2.${2 + random.below(12)}`, payload);
        break;
      case 7:
        this.call("recv_from", 3 + random.below(2), BUFFER, BUFFER_BYTES, MSG_DONTWAIT, 0, 0, RESULT);
        break;
      case 8:
        if (random.below(2) === 0) this.call("recv_from", 3 + random.below(2), BUFFER, BUFFER_BYTES, 0, 0, 0, RESULT);
        else this.select(random.below(2) === 0 ? 0 : BOTH_SOCKETS, BigInt(random.below(400_000)));
        break;
      default:
        this.advance(BigInt(random.below(700_000)));
    }
    this.settle();
    this.trace.push(`${this.host.now} deadline ${this.host.deadline}`);
  }

  private receive(frame: Uint8Array): void {
    this.core.nic.receive(frame);
  }

  private address(ip: string, port: number): void {
    this.memory.bytes.fill(0, ADDRESS, ADDRESS + 24);
    this.memory.write(ADDRESS + 4, ipBytes(ip));
    this.memory.store16(ADDRESS + 8, port);
  }

  private send(fd: number, ip: string, payload: Uint8Array): void {
    if (this.host.waiting !== undefined) return;
    this.address(ip, 7);
    this.memory.store32(SETS, BUFFER);
    this.memory.store32(SETS + 4, payload.length);
    this.memory.write(BUFFER, payload);
    this.call("sock_send_to", fd, SETS, 1, 0, ADDRESS, RESULT);
  }

  private select(descriptors: number, timeout: bigint): void {
    if (this.host.waiting !== undefined) return;
    this.memory.store32(SETS, descriptors);
    this.call("select", 5, SETS, 0, 0, timeout, RESULT);
  }

  /** A call of the application, unless it waits in one. */
  private call(name: string, ...args: (number | bigint)[]): void {
    if (this.host.waiting !== undefined) return;
    this.attempt({ name, args });
    this.settle();
  }

  private attempt(call: Call): void {
    const row = SYSTEM_CALLS.find(({ name }) => name === call.name) as SystemCall;
    const { host, core } = this;
    const result = core.call(row.core, 0, host.now, ...row.constants, ...call.args);
    host.waiting = result === PENDING ? call : undefined;
    if (result === PENDING) host.deadline = core.park(0, host.now);
    const memory = createHash("sha256").update(this.memory.bytes).digest("hex").slice(0, 16);
    this.trace.push(`${host.now} ${call.name} ${result === PENDING ? "waits" : result} memory ${memory}`);
  }

  /** Polls until nothing is due. */
  private settle(): void {
    const { host, core } = this;
    for (let polls = 0; polls < MOST_POLLS; polls++) {
      host.deadline = core.poll(host.now);
      if (host.waiting !== undefined && core.ready(0)) this.attempt(host.waiting);
      if (host.deadline > host.now && !core.pollRequested && !core.nic.interrupt) return;
    }
    throw new Error("the core asks for polls without end");
  }

  private advance(delay: bigint): void {
    const { host } = this;
    const end = host.now + delay;
    while (host.deadline !== NO_DEADLINE && host.deadline <= end) {
      host.now = host.deadline > host.now ? host.deadline : host.now + 1n;
      this.settle();
    }
    host.now = end;
  }
}
