/**
 * A TAP interface of this machine as a wire: the Linux kernel is the peer. For tests as root, in a network namespace.
 *
 * Node cannot open TAP devices itself; `socat` does, and hands each frame over in a UDP datagram on 127.0.0.1.
 *
 *     const namespace = NetworkNamespace.create();
 *     const wire = await TapWire.open({ namespace, address: "10.0.2.2/24" });
 *     namespace.run("ping", ["-c", "1", "10.0.2.15"]);
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import type { RealWire } from "../real-wire.js";

let count = 0;

/** A network namespace of its own, made with ip(8) and deleted by `close`. Needs root. */
export class NetworkNamespace {
  private constructor(readonly name: string) {}

  /** A fresh namespace with its loopback interface up. @throws Error when this is not allowed here */
  static create(): NetworkNamespace {
    const name = `socklet-${process.pid}-${count++}`;
    execFileSync("ip", ["netns", "add", name]);
    const namespace = new NetworkNamespace(name);
    namespace.run("ip", ["link", "set", "lo", "up"]);
    return namespace;
  }

  /** Why namespaces and TAP devices cannot be made here, or undefined when they can: the reason of a skipped test. */
  static unavailable(): string | undefined {
    if (process.platform !== "linux") return "network namespaces exist on Linux only";
    if (process.getuid?.() !== 0) return "network namespaces need root";
    try {
      execFileSync("socat", ["-V"], { stdio: "ignore" });
    } catch {
      return "socat is not installed (apt-get install socat)";
    }
    try {
      const probe = NetworkNamespace.create();
      try {
        probe.run("ip", ["tuntap", "add", "probe", "mode", "tap"]);
      } finally {
        probe.close();
      }
    } catch (error) {
      return `a namespace with a TAP interface cannot be made here: ${String(error).split("\n")[0]}`;
    }
    return undefined;
  }

  /** Runs a program inside and waits for it; its standard output. @throws when it fails */
  run(program: string, args: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", this.name, program, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Runs a program inside while this process goes on: what it takes to have the stack in here answer it. */
  runAsync(program: string, args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile("ip", ["netns", "exec", this.name, program, ...args], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr });
      });
    });
  }

  /** Starts a program inside. */
  spawn(program: string, args: readonly string[]): ChildProcess {
    return spawn("ip", ["netns", "exec", this.name, program, ...args]);
  }

  /** Deletes it, with all interfaces in it. */
  close(): void {
    execFileSync("ip", ["netns", "delete", this.name]);
  }
}

export interface TapOptions {
  readonly namespace: NetworkNamespace;
  /** Address of the kernel's end with its prefix length, `10.0.2.2/24`. */
  readonly address: string;
  /** Name of the interface inside the namespace; default tap0. */
  readonly interfaceName?: string;
  /** MAC address of the kernel's end; default one that the kernel chooses. */
  readonly mac?: string;
}

/** Milliseconds for the interface to appear. */
const START_LIMIT = 10_000;

export class TapWire implements RealWire {
  private receive: (frame: Uint8Array) => void = () => {};
  private closing = false;

  /** Makes the interface and waits until it is up. */
  static async open(options: TapOptions): Promise<TapWire> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", resolve);
    });
    const { port } = socket.address();
    const helperPort = await freePort();
    // The interface is made here, with a name that nobody else has, and then moved: its descriptor stays good.
    const temporary = `sk${process.pid % 100_000}x${count++}`;
    const helper = spawn(
      "socat",
      [
        "-b",
        "65536",
        `TUN,tun-type=tap,iff-no-pi,tun-name=${temporary}`,
        `UDP-DATAGRAM:127.0.0.1:${port},bind=127.0.0.1:${helperPort}`,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const wire = new TapWire(socket, helper, helperPort);
    try {
      await wire.configure(temporary, options);
    } catch (error) {
      await wire.close();
      throw error;
    }
    return wire;
  }

  private constructor(
    private readonly socket: Socket,
    private readonly helper: ChildProcess,
    private readonly helperPort: number,
  ) {
    socket.setRecvBufferSize(1 << 20);
    socket.on("message", (frame) => this.receive(Uint8Array.from(frame)));
    socket.on("error", () => {});
  }

  private async configure(temporary: string, options: TapOptions): Promise<void> {
    let complaint = "";
    this.helper.stderr?.on("data", (text) => {
      complaint += text;
    });
    const { namespace, address, mac } = options;
    const name = options.interfaceName ?? "tap0";
    for (const start = Date.now(); ; ) {
      try {
        execFileSync("ip", ["link", "set", temporary, "netns", namespace.name, "name", name], { stdio: "ignore" });
        break;
      } catch {
        if (this.helper.exitCode !== null) throw new Error(`socat cannot open a TAP interface: ${complaint.trim()}`);
        if (Date.now() - start > START_LIMIT) throw new Error(`the interface ${temporary} does not appear`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    // IPv6 would only add frames that no test looks for.
    namespace.run("sysctl", ["-qw", `net.ipv6.conf.${name}.disable_ipv6=1`]);
    if (mac !== undefined) namespace.run("ip", ["link", "set", name, "address", mac]);
    namespace.run("ip", ["address", "add", address, "dev", name]);
    namespace.run("ip", ["link", "set", name, "up"]);
  }

  attach(receive: (frame: Uint8Array) => void): void {
    this.receive = receive;
  }

  send(frame: Uint8Array): void {
    if (!this.closing) this.socket.send(frame, this.helperPort, "127.0.0.1", () => {});
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    const ended = new Promise<void>((resolve) => {
      if (this.helper.exitCode !== null || this.helper.signalCode !== null) resolve();
      else this.helper.once("exit", () => resolve());
    });
    this.helper.kill();
    await ended;
    await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }
}

function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
