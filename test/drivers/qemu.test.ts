/** The drivers of the boards on QEMU's own models of the chips: interrupts, FIFOs and lengths as QEMU has them. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { board as mps2 } from "../../boards/mps2_an385/board.js";
import { board as lm3s } from "../../boards/qemu_cortex_m3/board.js";
import type { McuBoard } from "../../boards/types.js";
import { compileAssemblyScript } from "../../cli/build/assemblyscript.js";
import { resolveConfig } from "../../cli/config/index.js";
import { translate } from "../../runtime/aot/index.js";
import { compileImage } from "../../runtime/mcu/image.js";
import { padded } from "../models/chip.js";

const PEER = Uint8Array.of(0x02, 0, 0, 0, 0x99, 0x01);
const TIMEOUT = 20_000;

const missing = ["qemu-system-arm", "arm-none-eabi-gcc"].filter(
  (tool) => spawnSync(tool, ["--version"], { stdio: "ignore" }).error !== undefined,
);

const entry = (name: string) => fileURLToPath(new URL(`../assembly/drivers/${name}.ts`, import.meta.url));

/** Builds echo-core and busy-app for `board`; the path of the image. */
async function buildImage(board: McuBoard, directory: string): Promise<string> {
  const config = resolveConfig({ board, defines: ["CONFIG_APP_MEMORY_SIZE=4096"] });
  const compile = (name: string) => compileAssemblyScript({ entry: entry(name), config, optimize: "speed" });
  const [core, app] = [await compile("echo-core"), await compile("busy-app")];
  const coreMemorySize = Math.ceil(core.heapBase / 8) * 8;
  const { elf } = await compileImage(
    {
      board,
      config,
      name: "echo",
      coreMemorySize,
      core: await translate(core.wasm, { name: "core", memorySize: coreMemorySize }),
      app: await translate(app.wasm, { name: "app", memorySize: 4096 }),
    },
    directory,
  );
  return elf;
}

/** QEMU with its NIC on a socket: frames, each behind its length (u32, big-endian). */
class Board {
  readonly received: Uint8Array[] = [];
  console = "";
  private readonly qemu: ChildProcess;
  private readonly server: Server;
  private socket: Socket | undefined;
  private pending: Buffer = Buffer.alloc(0);
  private wake: (() => void) | undefined;

  constructor(board: McuBoard, elf: string, directory: string) {
    const path = join(directory, "wire");
    this.server = createServer((socket) => {
      this.socket = socket;
      socket.on("data", (bytes) => this.take(bytes));
      socket.on("error", () => {});
      this.wake?.();
    }).listen(path);
    this.qemu = spawn(
      board.qemu.binary,
      [
        ...board.qemu.arguments,
        ...["-kernel", elf, "-display", "none", "-monitor", "none", "-serial", "stdio"],
        ...["-semihosting-config", "enable=on,target=native"],
        ...["-netdev", `stream,id=n0,server=off,addr.type=unix,addr.path=${path}`, "-net", "nic,netdev=n0"],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    for (const stream of [this.qemu.stdout, this.qemu.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        this.console += bytes.toString("latin1");
        this.wake?.();
      });
    }
  }

  private take(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    while (this.pending.length >= 4) {
      const length = this.pending.readUInt32BE(0);
      if (this.pending.length < 4 + length) break;
      this.received.push(Uint8Array.from(this.pending.subarray(4, 4 + length)));
      this.pending = this.pending.subarray(4 + length);
    }
    this.wake?.();
  }

  /** Waits until `condition` holds, without polling. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + TIMEOUT;
    while (!condition()) {
      const left = deadline - Date.now();
      ok(left > 0, `${what} did not happen within ${TIMEOUT / 1000} s; the console says: ${this.console}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The chip takes frames: the socket is connected and the driver has said so. */
  ready(): Promise<void> {
    return this.until(() => this.socket !== undefined && /ready/.test(this.console), "the start");
  }

  send(...frames: Uint8Array[]): void {
    for (const frame of frames) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      this.socket?.write(Buffer.concat([length, frame]));
    }
  }

  /** Sends frames and waits for as many back. */
  async exchange(frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const from = this.received.length;
    this.send(...frames);
    await this.until(() => this.received.length >= from + frames.length, `the answer to ${frames.length} frames`);
    return this.received.slice(from);
  }

  async stop(): Promise<void> {
    const closed = once(this.qemu, "close");
    this.qemu.kill();
    await closed;
    this.socket?.destroy();
    this.server.close();
  }
}

for (const [board, pads] of [
  [mps2, false],
  [lm3s, true],
] as const) {
  const skip = missing.length > 0 ? `${missing.join(" and ")} not installed` : false;
  describe(`the driver of ${board.name} on QEMU's model`, { skip }, () => {
    const own = Uint8Array.from(board.nic.mac.split(":"), (byte) => Number.parseInt(byte, 16));
    const directory = mkdtempSync(join(tmpdir(), "socklet-driver-"));
    let running: Board;

    /** To `destination`, from the peer, EtherType 0x88b5 (local experiments). */
    const frameTo = (destination: Uint8Array, length: number, salt: number, type = 0xb5): Uint8Array => {
      const frame = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >>> 8) * 3 + salt * 13 + 1) & 0xff);
      frame.set([...destination, ...PEER, 0x88, type]);
      return frame;
    };
    const answer = (frame: Uint8Array, length = frame.length): Uint8Array => {
      const reply = frame.slice(0, length);
      reply.set([...PEER, ...own]);
      return pads ? padded(reply) : reply;
    };
    const counters = async () => {
      const [reply] = await running.exchange([frameTo(own, 60, 0, 0xb6)]);
      const view = new DataView(Uint8Array.from(reply ?? []).buffer, 14);
      const names = ["rxErrors", "txFrames", "txBytes", "txNoRoom", "txErrors"] as const;
      return Object.fromEntries(names.map((name, i) => [name, view.getUint32(4 * i, true)]));
    };

    before(async () => {
      running = new Board(board, await buildImage(board, directory), directory);
      await running.ready();
    });
    after(async () => {
      await running?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    test("frames of all lengths come back byte for byte, by interrupts alone", async () => {
      for (let length = 60; length <= 1514; length += length < 200 || length > 1480 ? 1 : 37) {
        const frame = frameTo(own, length, length);
        const [reply] = await running.exchange([frame]);
        deepEqual(Buffer.from(reply ?? []), Buffer.from(answer(frame)), `length ${length}`);
      }
    });

    test("frames that were taken in part leave the next one whole", async () => {
      const broadcast = new Uint8Array(6).fill(0xff);
      for (let length = 60; length < 80; length++) {
        const cut = frameTo(broadcast, length, length);
        const whole = frameTo(own, length + 1, length);
        const words = ((length + 5) >>> 2) - 4;
        const replies = await running.exchange([cut, whole]);
        deepEqual(replies.map(Buffer.from), [answer(cut, 14 + (words >>> 1) * 4), answer(whole)].map(Buffer.from));
      }
    });

    test("bursts as large as the FIFO come back in order, thousands of frames", async () => {
      let sent = 0;
      for (let round = 0; round < 500; round++) {
        const burst = Array.from({ length: 6 }, (_, i) =>
          frameTo(own, 60 + ((round * 241 + i * 97) % 1455), round + i),
        );
        const replies = await running.exchange(burst);
        sent += burst.length;
        deepEqual(
          replies.map((reply) => Buffer.from(reply)),
          burst.map((frame) => Buffer.from(answer(frame))),
          `round ${round}`,
        );
      }
      equal(sent, 3000);
    });

    test("a frame longer than Ethernet allows is dropped and counted, the next one comes back", async () => {
      const earlier = await counters();
      for (const length of [1519, 1800, 2000]) {
        running.send(frameTo(own, length, 1));
        const next = frameTo(own, 100, length);
        const [reply] = await running.exchange([next]);
        deepEqual(Buffer.from(reply ?? []), Buffer.from(answer(next)));
      }
      const later = await counters();
      equal(later.rxErrors - earlier.rxErrors, 3);
      equal(later.txErrors, 0);
      equal(later.txNoRoom, 0);
      equal(later.txFrames - earlier.txFrames, 4, "three answers and the counters themselves");
    });
  });
}
