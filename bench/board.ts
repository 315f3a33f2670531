/**
 * A board in QEMU whose wire ends here, and whose every instruction is logged. The peer and the board go in lock-step: a frame is sent
 * when the board sleeps, that is when the last instruction in its log is a WFI. So what it executes does not depend on how fast the
 * peer is, two operations never share a wake-up, and counts repeat from run to run.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McuBoard } from "../boards/types.js";
import { disassemble } from "./disassembly.js";
import { lastAddress, mark, traceArguments } from "./trace.js";

/** Longest wait for an answer of the board, ms. */
const PATIENCE = 20_000;
/** Two looks at a log that has not grown lie this far apart, ms: time enough for a WFI that an interrupt ends at once. */
const LOOK = 1;

export class TracedBoard {
  readonly logFile: string;
  private readonly directory: string;
  private readonly frames: Uint8Array[] = [];
  private readonly waiting: ((frame: Uint8Array) => void)[] = [];
  private received = Buffer.alloc(0);
  private child!: ChildProcess;
  private server!: Server;
  private wire!: Socket;
  /** Size of the log when the last frame was sent: the board has taken it when there is more. */
  private sizeWhenSent = -1;

  private constructor(private readonly sleeps: ReadonlySet<number>) {
    this.directory = mkdtempSync(join(tmpdir(), "socklet-bench-"));
    this.logFile = join(this.directory, "trace");
  }

  /** Boots `elf`; resolves when QEMU has connected its wire. */
  static async boot(board: McuBoard, elf: string, icount: number): Promise<TracedBoard> {
    const code = disassemble(elf);
    const sleeps = [...code.values()].filter(({ mnemonic }) => mnemonic === "wfi").map(({ address }) => address);
    if (sleeps.length === 0) throw new Error(`${elf} has no WFI: it never sleeps, so nothing can be measured`);
    const traced = new TracedBoard(new Set(sleeps));
    const path = join(traced.directory, "wire");
    traced.server = createServer();
    traced.server.listen(path);
    await once(traced.server, "listening");
    const parameters = [
      ...board.qemu.arguments,
      "-kernel",
      elf,
      "-display",
      "none",
      "-monitor",
      "none",
      "-serial",
      "null",
    ];
    parameters.push("-semihosting-config", "enable=on,target=native", "-icount", `shift=${icount}`);
    parameters.push("-netdev", `stream,id=n0,server=off,addr.type=unix,addr.path=${path}`, "-net", "nic,netdev=n0");
    parameters.push(...traceArguments(traced.logFile));
    traced.child = spawn(board.qemu.binary, parameters, { stdio: ["ignore", "ignore", "inherit"] });
    [traced.wire] = (await once(traced.server, "connection")) as [Socket];
    traced.wire.on("data", (data) => traced.take(data));
    traced.wire.on("error", () => undefined);
    return traced;
  }

  private take(data: Buffer): void {
    this.received = Buffer.concat([this.received, data]);
    while (this.received.length >= 4) {
      const length = this.received.readUInt32BE(0);
      if (this.received.length < 4 + length) return;
      const frame = Uint8Array.from(this.received.subarray(4, 4 + length));
      this.received = this.received.subarray(4 + length);
      const taker = this.waiting.shift();
      if (taker === undefined) this.frames.push(frame);
      else taker(frame);
    }
  }

  /** Frames in one go: they are there together. */
  send(...frames: readonly Uint8Array[]): void {
    const parts = frames.flatMap((frame) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(frame.length);
      return [head, frame];
    });
    this.sizeWhenSent = mark(this.logFile);
    this.wire.write(Buffer.concat(parts));
  }

  /** The next frame that the board sends. */
  next(): Promise<Uint8Array> {
    const frame = this.frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the board sent nothing for ${PATIENCE / 1000} s`)), PATIENCE);
      this.waiting.push((taken) => {
        clearTimeout(timer);
        resolve(taken);
      });
    });
  }

  /** Sends again and again until the board answers: it may still be starting. */
  async ask(frame: Uint8Array, everyMs = 500): Promise<Uint8Array> {
    const answer = this.next();
    const timer = setInterval(() => this.send(frame), everyMs);
    this.send(frame);
    try {
      return await answer;
    } finally {
      clearInterval(timer);
    }
  }

  /** Waits until the board has taken what was sent and sleeps; the position in the log. Frames that nobody took are dropped. */
  async quiet(): Promise<number> {
    const size = await this.asleep();
    this.frames.length = 0;
    return size;
  }

  /** Waits until the board has taken what was sent and sleeps; the position in the log. */
  async asleep(): Promise<number> {
    const begin = Date.now();
    let before = -1;
    for (;;) {
      const size = mark(this.logFile);
      const done = size > this.sizeWhenSent && this.sleeps.has(lastAddress(this.logFile, size) ?? -1);
      if (done && size === before) return size;
      before = done ? size : -1;
      if (Date.now() - begin > PATIENCE) throw new Error(`the board did not go to sleep for ${PATIENCE / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  async close(): Promise<void> {
    const gone = this.child.exitCode === null ? once(this.child, "exit") : Promise.resolve();
    this.child.kill("SIGKILL");
    await gone;
    this.wire.destroy();
    this.server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
