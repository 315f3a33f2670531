/**
 * A TAP interface of this machine as a wire: the Linux kernel is the peer. For tests as root, in a network namespace.
 *
 * Node cannot open TAP devices itself; `socat` does, and hands each frame over in a UDP datagram on 127.0.0.1.
 *
 *     const wire = await TapWire.open({ namespace: "test", address: "10.0.2.2/24" });   // after: ip netns add test
 *     // ip netns exec test ping 10.0.2.15
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import type { RealWire } from "../real-wire.js";

let count = 0;

export interface TapOptions {
  /** Name of an existing network namespace. */
  readonly namespace: string;
  /** Address of the kernel's end with its prefix length, `10.0.2.2/24`. */
  readonly address: string;
  /** Name of the interface inside the namespace; default tap0. */
  readonly interfaceName?: string;
  /** MAC address of the kernel's end; default one that the kernel chooses. */
  readonly mac?: string;
}

/** Milliseconds for socat to start. */
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
    let complaint = "";
    helper.stderr?.on("data", (text) => {
      complaint += text;
    });
    try {
      await started(helper, helperPort, () => complaint);
      wire.configure(temporary, options);
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

  private configure(temporary: string, options: TapOptions): void {
    const { namespace, address, mac } = options;
    const name = options.interfaceName ?? "tap0";
    execFileSync("ip", ["link", "set", temporary, "netns", namespace, "name", name], { stdio: "ignore" });
    const inside = (...args: string[]): void => {
      execFileSync("ip", ["netns", "exec", namespace, ...args], { stdio: "ignore" });
    };
    // IPv6 would only add frames that no test looks for.
    inside("sh", "-c", `echo 1 > /proc/sys/net/ipv6/conf/${name}/disable_ipv6`);
    if (mac !== undefined) inside("ip", "link", "set", name, "address", mac);
    inside("ip", "address", "add", address, "dev", name);
    inside("ip", "link", "set", name, "up");
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

/**
 * Resolves when socat has opened both its addresses. It opens the port last: before that it still asks for the interface by
 * its name, and would end if the interface were in the namespace already.
 */
async function started(helper: ChildProcess, port: number, complaint: () => string): Promise<void> {
  const bound = new RegExp(`: 0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} `);
  for (const start = Date.now(); !bound.test(readFileSync("/proc/net/udp", "utf8")); ) {
    if (helper.exitCode !== null) throw new Error(`socat cannot open a TAP interface: ${complaint().trim()}`);
    if (Date.now() - start > START_LIMIT) throw new Error("socat does not open its port");
    await new Promise((resolve) => setTimeout(resolve, 5));
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
