/**
 * The board (mps2_an385 in QEMU at 31.25 MIPS) and the Linux kernel, with a stream between them whose every byte is checked. The wire is a
 * TAP interface that QEMU opens itself, or leads through a relay that loses frames (lossy-relay.ts). Needs root.
 */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QemuWire } from "../runtime/node/wire/qemu.js";
import { type LinuxFirmware, start } from "../test/linux/firmware.js";
import { LINUX_IP, Namespace, TAP } from "../test/linux/namespace.js";
import { openTap } from "../test/linux/tcp-link.js";
import { LossyRelay } from "./lossy-relay.js";
import { BOARD } from "./measure.js";

const APPLICATION = "bench/assembly/tcp_checked";
/** 32 ns an instruction. */
const ICOUNT = "shift=5";
/** As in the program. */
const FACTOR = 0x9e37_79b1;
const SINK_PORT = 9;
const SOURCE_PORT = 19;
/** ms for the board to boot, and for a transfer. */
const PATIENCE = 180_000;
/** ms between two looks at the console. */
const LOOK = 20;
/** ms that socat has to end. */
const GRACE = 2000;

export interface LinkOptions {
  /** Bytes of the board's receive and of its send buffer. */
  readonly buffer: number;
  /** Bytes of a stream: a multiple of 4, at most 2 MiB. */
  readonly bytes: number;
  /** Leads the wire through a relay whose losses follow from this seed; default: a TAP interface of QEMU's own. */
  readonly relay?: number;
}

/** A stream of `length` bytes as the program has it: word i is i times an odd number, little-endian. */
export function checkedBytes(length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 4) bytes.writeUInt32LE(Math.imul(i >>> 2, FACTOR) >>> 0, i);
  return bytes;
}

/** The position of the first byte that is not what was sent, be it wrong, missing or too much; -1 when all are right. */
export function firstDifference(received: Uint8Array, sent: Uint8Array): number {
  if (Buffer.compare(received, sent) === 0) return -1;
  const wrong = received.findIndex((byte, i) => byte !== sent[i]);
  return wrong < 0 ? received.length : wrong;
}

/** Waits until `look` answers something. @throws Error after PATIENCE, or what `look` throws */
async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const begin = Date.now(); ; ) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() - begin > PATIENCE) throw new Error(`waited ${PATIENCE / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

export class CheckedLink {
  /** Of a wire that leads through one. */
  relay: LossyRelay | undefined;
  private readonly directory = mkdtempSync(join(tmpdir(), "socklet-bench-"));
  private readonly closers: (() => void | Promise<void>)[] = [];
  private namespace!: Namespace;
  private firmware!: LinuxFirmware;

  private constructor(private readonly options: LinkOptions) {
    this.closers.push(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  /** Builds the program, boots it and waits until it listens. */
  static async open(options: LinkOptions): Promise<CheckedLink> {
    const link = new CheckedLink(options);
    try {
      await link.boot(options.relay === undefined ? undefined : await link.openRelay(options.relay));
    } catch (error) {
      await link.close();
      throw error;
    }
    return link;
  }

  /** Ends the board and removes the namespace. */
  async close(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  private async openRelay(seed: number): Promise<QemuWire> {
    const { namespace, tap } = await openTap(LINUX_IP);
    this.namespace = namespace;
    this.closers.push(() => namespace.destroy());
    this.closers.push(() => tap.close());
    const wire = await QemuWire.listen();
    this.closers.push(() => wire.close());
    this.relay = new LossyRelay(wire, tap, seed);
    return wire;
  }

  private async boot(wire: QemuWire | undefined): Promise<void> {
    const { buffer, bytes } = this.options;
    if (wire === undefined) {
      const namespace = Namespace.create();
      this.namespace = namespace;
      this.closers.push(() => namespace.destroy());
    }
    const defines = [
      `CONFIG_NET_TCP_RECV_BUFFER=${buffer}`,
      `CONFIG_NET_TCP_SEND_BUFFER=${buffer}`,
      `CONFIG_APP_ARGS=${bytes}`,
    ];
    const qemu = ["-icount", ICOUNT];
    const firmware = await start(BOARD, this.namespace, defines, { application: APPLICATION, qemu, wire });
    this.firmware = firmware;
    this.closers.push(() => firmware.close());
    await until("the program to listen", () => (firmware.console().includes("listening") ? true : undefined));
    const { ip, mac } = firmware;
    this.namespace.ip("neighbour", "replace", ip, "lladdr", mac, "dev", TAP, "nud", "permanent");
  }

  /**
   * A stream from Linux to the board, which wants a `source` next.
   * @param stream what Linux sends; default what the board expects
   * @returns MB/s in time of the guest. @throws Error when a byte is wrong or missing
   */
  async sink(stream: Uint8Array = checkedBytes(this.options.bytes)): Promise<number> {
    const { bytes } = this.options;
    const from = join(this.directory, "stream");
    writeFileSync(from, stream);
    const said = await this.transfer("sink", [`OPEN:${from},rdonly`, `TCP:${this.firmware.ip}:${SINK_PORT}`]);
    const right = Number(/right up to (\d+)/.exec(said)?.[1]);
    if (right < bytes && right < stream.length)
      throw new Error(`the board received a wrong word at ${right} of ${bytes} bytes`);
    return this.rate(said);
  }

  /**
   * A stream from the board to Linux, which the board wants after each `sink`.
   * @returns MB/s in time of the guest. @throws Error when a byte is wrong or missing
   */
  async source(): Promise<number> {
    const to = join(this.directory, "received");
    const said = await this.transfer("source", [`TCP:${this.firmware.ip}:${SOURCE_PORT}`, `CREATE:${to}`]);
    const wrong = firstDifference(readFileSync(to), checkedBytes(this.options.bytes));
    if (wrong >= 0) throw new Error(`what Linux received is wrong from byte ${wrong} on`);
    return this.rate(said);
  }

  /** Runs socat from one address to the other; the line that the board prints at the end. */
  private async transfer(name: string, addresses: readonly string[]): Promise<string> {
    const before = this.firmware.console().length;
    const peer = this.namespace.start("socat", ["-u", ...addresses]);
    let complaint = "";
    peer.stderr?.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    const ended = once(peer, "exit");
    const line = new RegExp(`^${name}: .*\n`, "m");
    try {
      return await until(`the end of a transfer (${name})`, () => {
        if ((peer.exitCode ?? 0) !== 0) throw new Error(`socat failed: ${complaint.trim()}`);
        return line.exec(this.firmware.console().slice(before))?.[0];
      });
    } finally {
      // The board has waited for its end of stream: a moment later socat is gone by itself.
      const timer = setTimeout(() => peer.kill(), GRACE);
      await ended;
      clearTimeout(timer);
    }
  }

  private rate(said: string): number {
    const [, bytes, microseconds] = /(\d+) bytes in (\d+) us/.exec(said) ?? [];
    if (Number(bytes) !== this.options.bytes)
      throw new Error(`the board moved ${bytes} of ${this.options.bytes} bytes`);
    return Number(bytes) / Number(microseconds);
  }
}
