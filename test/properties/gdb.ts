/**
 * As much of GDB's remote protocol as it takes to write a guest's memory: QEMU's monitor can only read it.
 *
 * @see https://sourceware.org/gdb/current/onlinedocs/gdb.html/Remote-Protocol.html
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Qmp } from "./qmp.js";

/** Bytes of one packet. */
const CHUNK = 1024;
const PACKET = /\$([^#]*)#[0-9a-f]{2}/;

class Gdb {
  private text = "";
  private waiting: ((packet: string) => void) | undefined;

  constructor(private readonly socket: Socket) {
    socket.on("data", (data) => {
      this.text += data.toString("latin1");
      for (let packet = PACKET.exec(this.text); packet !== null; packet = PACKET.exec(this.text)) {
        this.text = this.text.slice(packet.index + packet[0].length);
        socket.write("+");
        // That the guest has stopped, since a debugger came, is no answer.
        if (!packet[1]?.startsWith("T")) this.waiting?.(packet[1] ?? "");
      }
    });
  }

  /** Sends a packet; the answer to it. */
  ask(packet: string): Promise<string> {
    const sum = [...packet].reduce((total, letter) => (total + letter.charCodeAt(0)) & 0xff, 0);
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.socket.write(`$${packet}#${sum.toString(16).padStart(2, "0")}`);
    });
  }
}

/** Stops the guest, writes `bytes` at `address` of its memory, and lets it go on. @throws Error when QEMU refuses */
export async function writeMemory(qmp: Qmp, address: number, bytes: Uint8Array): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "socklet-gdb-"));
  const path = join(folder, "gdb");
  await qmp.monitor(`gdbserver unix:${path},server=on,wait=off`);
  const socket = connect(path);
  try {
    await once(socket, "connect");
    const gdb = new Gdb(socket);
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const part = Buffer.from(bytes.subarray(at, at + CHUNK));
      const answer = await gdb.ask(
        `M${(address + at).toString(16)},${part.length.toString(16)}:${part.toString("hex")}`,
      );
      if (answer !== "OK") throw new Error(`QEMU answers "${answer}" when memory is written`);
    }
    await gdb.ask("D");
  } finally {
    socket.destroy();
    await qmp.monitor("gdbserver none");
    rmSync(folder, { recursive: true, force: true });
  }
}
