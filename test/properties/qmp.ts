/**
 * A connection to QEMU's machine protocol: its monitor's commands, and a copy of the guest's memory.
 *
 * @see QEMU docs/interop/qmp-spec.txt
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly QMP?: unknown;
}

/** Longest wait for an answer, ms. */
const PATIENCE = 30_000;

export class Qmp {
  private readonly folder = mkdtempSync(join(tmpdir(), "socklet-qmp-"));
  private readonly server: Server = createServer();
  private socket: Socket | undefined;
  private text = "";
  private readonly waiting: ((answer: Answer) => void)[] = [];
  private greeted: () => void = () => {};
  private readonly greeting = new Promise<void>((resolve) => {
    this.greeted = resolve;
  });

  /** Waits for QEMU, started with `arguments`, to call. */
  static async listen(): Promise<Qmp> {
    const qmp = new Qmp();
    await new Promise<void>((resolve) => qmp.server.listen(qmp.path, resolve));
    qmp.server.on("connection", (socket) => qmp.take(socket));
    return qmp;
  }

  private get path(): string {
    return join(this.folder, "qmp");
  }

  get arguments(): string[] {
    return ["-chardev", `socket,id=qmp0,path=${this.path}`, "-mon", "chardev=qmp0,mode=control"];
  }

  private take(socket: Socket): void {
    this.socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      this.text += data.toString();
      for (let end = this.text.indexOf("\n"); end >= 0; end = this.text.indexOf("\n")) {
        const answer = JSON.parse(this.text.slice(0, end)) as Answer;
        this.text = this.text.slice(end + 1);
        if (answer.QMP !== undefined) this.greeted();
        else if (answer.event === undefined) this.waiting.shift()?.(answer);
      }
    });
  }

  /** Resolves when commands can be given. */
  async ready(): Promise<void> {
    await this.greeting;
    await this.execute("qmp_capabilities");
  }

  /** @throws Error with QEMU's words when the command fails */
  execute(command: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`QEMU did not answer ${command}`)), PATIENCE);
      this.waiting.push((answer) => {
        clearTimeout(timer);
        if (answer.error === undefined) resolve(answer.return);
        else reject(new Error(`${command}: ${answer.error.desc}`));
      });
      this.socket?.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
    });
  }

  /** A command of the human monitor; what it prints. */
  async monitor(line: string): Promise<string> {
    return String(await this.execute("human-monitor-command", { "command-line": line }));
  }

  /** A copy of `length` bytes of the guest's memory at `address`. */
  async memory(address: number, length: number): Promise<Uint8Array> {
    const file = join(this.folder, "memory");
    await this.execute("pmemsave", { val: address, size: length, filename: file });
    const bytes = Uint8Array.from(readFileSync(file));
    rmSync(file);
    return bytes;
  }

  async close(): Promise<void> {
    this.socket?.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
