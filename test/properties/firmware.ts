/**
 * Firmware under test: built, booted and connected to a wire that ends in the test, on any board. In QEMU the core's memory is
 * copied out through the monitor and read by an instance of the same core.wasm, so that counters and pools are there for every board.
 *
 *     const firmware = await Firmware.boot("mps2_an385", application);
 *     await firmware.answersPing();
 *     firmware.send(firmware.peer.udp({ srcPort: 5000, dstPort: 7 }, "hello"));
 *     const packet = await firmware.receive((packet) => packet.udp?.dstPort === 5000);
 *     (await firmware.state()).counters.udp_in
 *     await firmware.close();
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { McuBoard } from "../../boards/types.js";
import { requireBoard } from "../../cli/boards.js";
import type { BuildResult } from "../../cli/build/index.js";
import { splitWords } from "../../runtime/node/application.js";
import { Core, type PoolUse } from "../../runtime/node/core.js";
import { namedCounters } from "../../runtime/node/counter-names.js";
import { Machine } from "../../runtime/node/machine.js";
import type { RealWire } from "../../runtime/node/real-wire.js";
import { QemuWire } from "../../runtime/node/wire/qemu.js";
import { buildForTest } from "../harness/board-build.js";
import { macBytes } from "../harness/bytes.js";
import { type Packet, parseFrame, render } from "../harness/parse.js";
import { Peer } from "../harness/peer.js";
import { writeMemory } from "./gdb.js";
import { Qmp } from "./qmp.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Every board. */
export const BOARDS = ["native_sim", "qemu_cortex_m3", "mps2_an385"] as const;
export type BoardName = (typeof BOARDS)[number];

/** Shortest frame that Ethernet carries; QEMU's chips do not all pad what they send. */
const MINIMUM_FRAME = 60;
/** Longest wait for a frame or a text, ms: the machine may be busy with other things. */
const PATIENCE = 30_000;
/** Time between two tries, ms: for an answer, and while the board starts. */
const RETRY = 500;
const STARTING = 20;

/** Why firmware cannot run on this board here, or false. */
export function missing(name: string): string | false {
  const board = requireBoard(name);
  if (board.kind === "native") return false;
  for (const tool of ["arm-none-eabi-gcc", board.qemu.binary]) {
    if (spawnSync(tool, ["--version"]).error !== undefined) {
      return `${tool} is not installed (scripts/setup.sh installs it)`;
    }
  }
  return false;
}

export interface BootOptions {
  /** Arguments of -D. */
  readonly defines?: readonly string[];
  /** Further arguments of QEMU. */
  readonly qemu?: readonly string[];
}

/** What the stack says of itself. */
export interface State {
  /** Counters that are not 0, by name. */
  readonly counters: Readonly<Record<string, number>>;
  readonly pools: readonly PoolUse[];
  /** The network device's own. */
  readonly device: DeviceCounters;
}

/** @see hal/device.ts */
export interface DeviceCounters {
  readonly rxFrames: number;
  readonly rxErrors: number;
  readonly txNoRoom: number;
  readonly txErrors: number;
}

/** Words of hal/device.ts from the start of the record. */
const DEVICE_WORD = { rxFrames: 9, rxErrors: 11, txNoRoom: 14, txErrors: 15 } as const;
const ETHERNET_MTU = 1500;

/** The counters of the network device in a core's memory: the record is known by interface number, MTU and MAC address. */
function deviceCounters(memory: Uint8Array, mac: string): DeviceCounters {
  const words = new Uint32Array(memory.slice(0, memory.length & ~3).buffer);
  const address = new DataView(Uint8Array.from([...macBytes(mac), 0, 0]).buffer);
  const start = [0, 1, ETHERNET_MTU, address.getUint32(0, true), address.getUint32(4, true)];
  const at = words.findIndex((_, index) => start.every((word, i) => words[index + i] === word));
  if (at < 0) throw new Error("the record of the network device was not found in the core's memory");
  const read = (name: keyof typeof DEVICE_WORD): number => words[at + DEVICE_WORD[name]];
  return {
    rxFrames: read("rxFrames"),
    rxErrors: read("rxErrors"),
    txNoRoom: read("txNoRoom"),
    txErrors: read("txErrors"),
  };
}

/** One running board. */
interface Host {
  waits(): Promise<void>;
  coreMemory(): Promise<Uint8Array>;
  setCoreMemory(bytes: Uint8Array): Promise<void>;
  /** Resolves with the exit code when the application ends; -1 when something else ended it. */
  readonly ended: Promise<number>;
  close(): Promise<void>;
}

interface Waiting {
  readonly wanted: (packet: Packet) => boolean;
  readonly take: (packet: Packet) => void;
  readonly timer: NodeJS.Timeout;
}

export class Firmware {
  /** Everything that was printed so far. */
  console = "";
  /** What QEMU itself complained about. */
  emulator = "";
  /** A station on the wire, with the gateway's address. */
  readonly peer: Peer;
  readonly mac: string;
  readonly ip: string;
  /** Called with every frame that nobody waits for. */
  onPacket: (packet: Packet) => void = () => {};
  /** Polls of the core, on native_sim. */
  polls = 0;
  /** QEMU's monitor, on boards in QEMU. */
  qmp: Qmp | undefined;

  private host!: Host;
  private wire!: RealWire;
  private readonly waiting: Waiting[] = [];
  private listeners: (() => void)[] = [];
  private readonly module: Promise<WebAssembly.Module>;
  private reader: Core | undefined;
  private closed = false;

  private constructor(readonly result: BuildResult) {
    const { config } = result;
    this.mac = config.string("ETH_MAC_ADDRESS").toLowerCase();
    this.ip = config.string("NET_CONFIG_MY_IPV4_ADDR");
    this.peer = new Peer({ mac: "02:00:00:00:00:99", ip: config.string("NET_CONFIG_MY_IPV4_GW") }, this);
    this.module = WebAssembly.compile(new Uint8Array(result.core.wasm));
  }

  /** Builds `application` (a folder under the repository) for `board` and boots it; its wire ends in the test. */
  static async boot(board: string, application: string, options: BootOptions = {}): Promise<Firmware> {
    const result = await buildForTest(application, board, options.defines);
    const firmware = new Firmware(result);
    if (result.firmware === undefined) await firmware.startNative();
    else await firmware.startQemu(options.qemu ?? []);
    return firmware;
  }

  private print(bytes: Uint8Array): void {
    this.console += new TextDecoder().decode(bytes);
    for (const listener of this.listeners) listener();
  }

  private arrived(frame: Uint8Array): void {
    const padded = new Uint8Array(Math.max(MINIMUM_FRAME, frame.length));
    padded.set(frame);
    const packet = parseFrame(padded);
    if (packet.arp?.operation === 1 && packet.arp.tpa === this.peer.ip) this.send(this.peer.arpReply());
    const index = this.waiting.findIndex(({ wanted }) => wanted(packet));
    if (index < 0) this.onPacket(packet);
    else this.waiting.splice(index, 1)[0].take(packet);
  }

  private async startNative(): Promise<void> {
    const { application, app, config } = this.result;
    const sent: Uint8Array[] = [];
    let receive = (frame: Uint8Array): void => void sent.push(frame);
    const machineWire: RealWire = {
      attach: (take) => {
        receive = (frame) => setImmediate(take, frame);
        for (const frame of sent) receive(frame);
      },
      send: (frame) => setImmediate(() => this.arrived(frame)),
      close: async () => {},
    };
    this.wire = { attach: () => {}, send: (frame) => receive(frame), close: async () => {} };
    const machine = new Machine({
      core: await this.module,
      application: {
        name: application.name,
        wasm: app.wasm,
        memorySize: config.int("APP_MEMORY_SIZE"),
        onTrap: config.string("APP_ON_TRAP") === "restart" ? "restart" : "stop",
        arguments: splitWords(config.string("APP_ARGS")),
        environment: splitWords(config.string("APP_ENVIRONMENT")),
      },
      wire: machineWire,
      mac: macBytes(this.mac),
      console: (bytes) => this.print(bytes),
    });
    const poll = machine.core.poll.bind(machine.core);
    machine.core.poll = (now) => {
      this.polls++;
      return poll(now);
    };
    // The application runs in a thread of its own: an answer on the wire does not mean that it waits for the next datagram already.
    let parked = false;
    const { call, park } = machine.core;
    machine.core.call = (...args) => {
      parked = false;
      return call.apply(machine.core, args);
    };
    machine.core.park = (...args) => {
      parked = true;
      return park.apply(machine.core, args);
    };
    machine.start();
    this.reader = machine.core;
    this.host = {
      waits: async () => {
        while (!parked) await new Promise((resolve) => setImmediate(resolve));
      },
      coreMemory: async () => machine.core.bytes,
      setCoreMemory: async (bytes) => machine.core.bytes.set(bytes),
      ended: machine.ended.then((end) => (end.kind === "exit" ? end.code : -1)),
      close: () => machine.close(),
    };
  }

  private async startQemu(extra: readonly string[]): Promise<void> {
    const { config, firmware } = this.result;
    if (firmware === undefined) throw new Error("there is no image");
    const { qemu } = config.board as McuBoard;
    const qmp = await Qmp.listen();
    const wire = await QemuWire.listen();
    this.qmp = qmp;
    this.wire = wire;
    wire.attach((frame) => this.arrived(frame));
    const parameters = [...qemu.arguments, "-kernel", firmware.elf, "-display", "none", "-serial", "stdio"];
    parameters.push("-semihosting-config", "enable=on,target=native", ...qmp.arguments);
    parameters.push(...wire.arguments("wire0"), "-net", "nic,netdev=wire0", ...extra);
    const child = spawn(qemu.binary, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    const onExit = (): void => void child.kill("SIGKILL");
    process.once("exit", onExit);
    child.stdout.on("data", (bytes: Buffer) => this.print(bytes));
    child.stderr.on("data", (bytes: Buffer) => {
      this.emulator += bytes.toString();
    });
    this.host = {
      waits: async () => {},
      coreMemory: () => qmp.memory(symbol(firmware.elf, "core_memory"), firmware.coreMemory),
      setCoreMemory: (bytes) => writeMemory(qmp, symbol(firmware.elf, "core_memory"), bytes),
      ended: new Promise((resolve) => child.once("exit", (code) => resolve(code ?? -1))),
      close: async () => {
        process.off("exit", onExit);
        await kill(child);
        await qmp.close();
      },
    };
    await wire.connected;
    await qmp.ready();
  }

  /** Resolves with the exit code when the application ends. */
  get ended(): Promise<number> {
    return this.host.ended;
  }

  /** Frames onto the wire, in this order. */
  send(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.wire.send(frame);
  }

  /** The next frame that is `wanted`; frames before it go to `onPacket`. */
  receive(wanted: (packet: Packet) => boolean, patience = PATIENCE): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        const printed = `its console:\n${this.console}\n${this.emulator}`;
        reject(new Error(`the board did not answer within ${patience / 1000} s; ${printed}`));
      }, patience);
      const take = (packet: Packet): void => {
        clearTimeout(timer);
        resolve(packet);
      };
      const entry: Waiting = { wanted, take, timer };
      this.waiting.push(entry);
    });
  }

  /** Sends `frame` every so many milliseconds until an answer that is `wanted` comes. */
  async ask(frame: Uint8Array, wanted: (packet: Packet) => boolean, every = RETRY): Promise<Packet> {
    const answer = this.receive(wanted);
    const timer = setInterval(() => this.send(frame), every);
    this.send(frame);
    try {
      return await answer;
    } finally {
      clearInterval(timer);
    }
  }

  /** Resolves when the board has started and its stack knows the peer: it has answered an ARP request of the peer's. */
  async up(): Promise<void> {
    const isReply = ({ arp }: Packet): boolean => arp?.operation === 2 && arp.spa === this.ip;
    await this.ask(this.peer.arpRequest(), isReply, STARTING);
  }

  /** One ping and its answer; milliseconds of this machine's time. @throws Error when there is no right answer */
  async ping(sequence: number, payload: Uint8Array | string = "still there?", patience = PATIENCE): Promise<number> {
    const begin = performance.now();
    const frame = this.peer.ping({ id: 0x50c, sequence }, payload);
    const answer = this.receive(({ icmp }) => icmp?.id === 0x50c && icmp.sequence === sequence, patience);
    this.send(frame);
    const packet = await answer;
    const sent = parseFrame(frame).icmp?.payload ?? new Uint8Array();
    if (packet.icmp?.type !== 0 || packet.problems.length > 0 || Buffer.compare(packet.icmp.payload, sent) !== 0) {
      throw new Error(`not the answer to the ping: ${render(packet.frame)} ${packet.problems.join("; ")}`);
    }
    return performance.now() - begin;
  }

  /** Resolves when the console has `pattern`. @throws Error when it has not after a while */
  async printed(pattern: RegExp, patience = PATIENCE): Promise<RegExpExecArray> {
    const deadline = Date.now() + patience;
    for (;;) {
      const match = pattern.exec(this.console);
      if (match !== null) return match;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${pattern} was not printed within ${patience / 1000} s, only:\n${this.console}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.listeners = this.listeners.filter((each) => each !== done);
          resolve();
        };
        const timer = setTimeout(done, left);
        this.listeners.push(done);
      });
    }
  }

  /**
   * Resolves when the application waits in a system call. On an emulated board it does when the answer to a later ping is here: it
   * takes microseconds there, and a frame of QEMU's more.
   */
  waits(): Promise<void> {
    return this.host.waits();
  }

  /** A copy of the core's memory. The board should be quiet, or the core may be at work on it. */
  async coreMemory(): Promise<Uint8Array> {
    return Uint8Array.from(await this.host.coreMemory());
  }

  /** Puts another state into the core: one that `coreMemory` of a board with the same firmware gave. Both should be quiet. */
  setCoreMemory(bytes: Uint8Array): Promise<void> {
    return this.host.setCoreMemory(bytes);
  }

  /** Counters and pools. The board should be quiet. */
  async state(): Promise<State> {
    const memory = await this.coreMemory();
    if (this.qmp !== undefined) {
      this.reader ??= new Core({ module: await this.module });
      this.reader.bytes.set(memory, (this.result.config.board as McuBoard).ram.origin);
    }
    const core = this.reader as Core;
    return {
      counters: namedCounters((id) => core.counter(id)),
      pools: core.pools(),
      device: deviceCounters(memory, this.mac),
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const { timer } of this.waiting) clearTimeout(timer);
    await this.host.close();
    await this.wire.close();
  }
}

/** Address of a symbol of an image. */
function symbol(elf: string, name: string): number {
  const { stdout } = spawnSync("arm-none-eabi-nm", [elf], { encoding: "utf8" });
  const match = new RegExp(`^([0-9a-f]+) \\w ${name}$`, "m").exec(stdout);
  if (match === null) throw new Error(`${elf} has no symbol ${name}`);
  return Number.parseInt(match[1], 16);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
