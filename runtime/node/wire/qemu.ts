/**
 * The wire of a QEMU board: QEMU's `-netdev stream` over a Unix socket, with this process as the server. Every frame that
 * the board sends arrives here, byte for byte, and every frame sent here arrives at the board's network chip.
 *
 *     const wire = await QemuWire.listen();
 *     spawn("qemu-system-arm", [..., ...wire.arguments("net0"), "-nic", …]);
 *     wire.attach((frame) => …);
 *     await wire.connected;
 *     wire.send(frame);
 *
 * Framing: the length of the frame, 4 bytes big-endian, then the frame without CRC.
 * @see QEMU net/stream.c, net/net.c (net_fill_rstate)
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RealWire } from "../real-wire.js";

const LENGTH_BYTES = 4;
/** Longest frame that is believed; more means that the stream is out of step. */
const LONGEST_FRAME = 69_632;

/** Cuts a stream of length-prefixed frames. */
export class FrameStream {
  private buffered: Buffer = Buffer.alloc(0);

  /** Takes the next bytes; the frames that are complete now. @throws RangeError when the length cannot be */
  push(bytes: Uint8Array): Uint8Array[] {
    this.buffered = this.buffered.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.buffered, bytes]);
    const frames: Uint8Array[] = [];
    let offset = 0;
    while (this.buffered.length - offset >= LENGTH_BYTES) {
      const length = this.buffered.readUInt32BE(offset);
      if (length > LONGEST_FRAME) throw new RangeError(`a frame of ${length} bytes: the stream is out of step`);
      if (this.buffered.length - offset - LENGTH_BYTES < length) break;
      frames.push(Uint8Array.from(this.buffered.subarray(offset + LENGTH_BYTES, offset + LENGTH_BYTES + length)));
      offset += LENGTH_BYTES + length;
    }
    this.buffered = this.buffered.subarray(offset);
    return frames;
  }
}

export class QemuWire implements RealWire {
  /** Resolves when the board has connected. */
  readonly connected: Promise<void>;
  private readonly folder: string;
  private readonly server: Server;
  private socket: Socket | undefined;
  private receive: (frame: Uint8Array) => void = () => {};

  /** Opens a socket in a folder of its own. */
  static async listen(): Promise<QemuWire> {
    const wire = new QemuWire(mkdtempSync(join(tmpdir(), "socklet-wire-")));
    await new Promise<void>((resolve, reject) => {
      wire.server.once("error", reject);
      wire.server.listen(wire.path, resolve);
    });
    return wire;
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.server = createServer();
    this.connected = new Promise((resolve) => {
      this.server.on("connection", (socket) => {
        this.take(socket);
        resolve();
      });
    });
  }

  /** Path of the Unix socket. */
  get path(): string {
    return join(this.folder, "wire");
  }

  /** QEMU's arguments for a network back end named `id` that is connected to this wire. */
  arguments(id: string): string[] {
    return ["-netdev", `stream,id=${id},server=off,addr.type=unix,addr.path=${this.path}`];
  }

  attach(receive: (frame: Uint8Array) => void): void {
    this.receive = receive;
  }

  send(frame: Uint8Array): void {
    const message = new Uint8Array(LENGTH_BYTES + frame.length);
    new DataView(message.buffer).setUint32(0, frame.length);
    message.set(frame, LENGTH_BYTES);
    this.socket?.write(message);
  }

  private take(socket: Socket): void {
    this.socket?.destroy(); // a board that was started anew
    this.socket = socket;
    const stream = new FrameStream();
    socket.on("data", (bytes) => {
      for (const frame of stream.push(bytes)) this.receive(frame);
    });
    socket.on("error", () => socket.destroy()); // QEMU ended
  }

  async close(): Promise<void> {
    this.socket?.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
