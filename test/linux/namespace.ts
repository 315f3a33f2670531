/**
 * A network namespace: a Linux host of the test's own, whose only neighbour is the firmware under test. Needs root.
 * Everything is gone after `destroy`.
 */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Address of the Linux side; the firmware's default gateway. */
export const LINUX_IP = "10.0.2.2";
export const LINUX_PREFIX = 24;
export const TAP = "tap0";

let count = 0;

/** Why tests with a namespace cannot run here, or undefined when they can. */
export function whyNot(): string | undefined {
  if (process.platform !== "linux") return "network namespaces need Linux";
  if (process.getuid?.() !== 0) return "network namespaces and TAP devices need root";
  if (!existsSync("/dev/net/tun")) return "this machine has no /dev/net/tun";
  for (const [command, option] of [
    ["ip", "-V"],
    ["ping", "-V"],
    ["tcpdump", "--version"],
    ["socat", "-V"],
  ]) {
    if (spawnSync(command, [option]).error !== undefined) {
      return `${command} is not installed (scripts/setup.sh --tests installs it)`;
    }
  }
  try {
    const probe = Namespace.create();
    try {
      probe.addTap();
    } finally {
      probe.destroy();
    }
  } catch (error) {
    return `a namespace with a TAP interface cannot be made here: ${String(error).split("\n")[0]}`;
  }
  return undefined;
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Namespace {
  private constructor(readonly name: string) {}

  /** An empty one, with its loopback interface up. */
  static create(): Namespace {
    const namespace = new Namespace(`socklet-${process.pid}-${count++}`);
    execFileSync("ip", ["netns", "add", namespace.name]);
    namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  /** Adds TAP with the address LINUX_IP, for a program inside to open. */
  addTap(): void {
    this.ip("tuntap", "add", "dev", TAP, "mode", "tap");
    // No IPv6 chatter on the wire.
    const silence = `echo 1 > /proc/sys/net/ipv6/conf/${TAP}/disable_ipv6`;
    execFileSync("ip", ["netns", "exec", this.name, "sh", "-c", silence]);
    this.ip("address", "add", `${LINUX_IP}/${LINUX_PREFIX}`, "dev", TAP);
    this.ip("link", "set", TAP, "up");
  }

  /** `ip ARGUMENTS` inside. @throws Error when it fails */
  ip(...parameters: string[]): string {
    return execFileSync("ip", ["-n", this.name, ...parameters], { encoding: "utf8" });
  }

  /** Runs a program inside while this process goes on: what it takes when the stack that answers is in here. */
  run(program: string, parameters: readonly string[]): Promise<Output> {
    return new Promise((resolve) => {
      execFile("ip", ["netns", "exec", this.name, program, ...parameters], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr });
      });
    });
  }

  /** Starts a program inside. ip(8) replaces itself by it, so that a signal to the child reaches the program. */
  start(program: string, parameters: readonly string[]): ChildProcess {
    return spawn("ip", ["netns", "exec", this.name, program, ...parameters], { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Deletes it, with all interfaces in it. */
  destroy(): void {
    spawnSync("ip", ["netns", "delete", this.name]);
  }
}
