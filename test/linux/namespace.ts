/**
 * A network namespace with one TAP device: a Linux host of the test's own, whose only neighbour is the firmware under test.
 * Needs root. Everything is gone after `destroy`.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Address of the Linux side; the firmware's default gateway. */
export const LINUX_IP = "10.0.2.2";
export const TAP = "tap0";

/** Why tests with a namespace cannot run here, or undefined when they can. */
export function whyNot(): string | undefined {
  if (process.platform !== "linux") return "network namespaces need Linux";
  if (process.getuid?.() !== 0) return "network namespaces and TAP devices need root";
  if (!existsSync("/dev/net/tun")) return "this machine has no /dev/net/tun";
  for (const [command, option] of [["ip", "-V"], ["ping", "-V"], ["qemu-system-arm", "--version"]]) {
    if (spawnSync(command, [option]).status !== 0) return `${command} is not installed (scripts/setup.sh --tests installs it)`;
  }
  return undefined;
}

export interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Namespace {
  private readonly children: ChildProcess[] = [];

  private constructor(readonly name: string) {}

  static create(): Namespace {
    const namespace = new Namespace(`socklet-${process.pid}-${Math.floor(Math.random() * 1e6)}`);
    execFileSync("ip", ["netns", "add", namespace.name]);
    try {
      namespace.ip("link", "set", "lo", "up");
      namespace.ip("tuntap", "add", "dev", TAP, "mode", "tap");
      // No IPv6 chatter on the wire: the tests count frames.
      namespace.run("sh", ["-c", `echo 1 > /proc/sys/net/ipv6/conf/${TAP}/disable_ipv6`]);
      namespace.ip("addr", "add", `${LINUX_IP}/24`, "dev", TAP);
      namespace.ip("link", "set", TAP, "up");
    } catch (error) {
      namespace.destroy();
      throw error;
    }
    return namespace;
  }

  /** `ip ARGUMENTS` inside; throws when it fails. */
  ip(...parameters: string[]): string {
    return execFileSync("ip", ["-n", this.name, ...parameters], { encoding: "utf8" });
  }

  /** Runs a command inside and waits for it; at most `seconds`. */
  run(command: string, parameters: readonly string[], seconds = 60, input?: string): Output {
    const result = spawnSync("ip", ["netns", "exec", this.name, command, ...parameters], {
      encoding: "utf8",
      timeout: seconds * 1000,
      input,
    });
    return { status: result.status ?? -1, stdout: result.stdout ?? "", stderr: result.stderr ?? "" };
  }

  /** Starts a command inside; it is ended by `destroy` at the latest. */
  start(command: string, parameters: readonly string[]): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.name, command, ...parameters], { stdio: ["ignore", "pipe", "pipe"] });
    this.children.push(child);
    return child;
  }

  destroy(): void {
    for (const child of this.children) if (child.exitCode === null) child.kill("SIGKILL");
    spawnSync("ip", ["netns", "delete", this.name]);
  }
}

/** Resolves when the child has printed `text`; rejects when it ends before or after `seconds`. */
export function untilPrinted(child: ChildProcess, text: string, seconds = 20): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const timer = setTimeout(() => reject(new Error(`"${text}" was not printed within ${seconds} s, only:\n${printed}`)), seconds * 1000);
    const take = (data: Buffer): void => {
      printed += data.toString();
      if (!printed.includes(text)) return;
      clearTimeout(timer);
      resolve(printed);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it printed "${text}":\n${printed}`));
    });
  });
}
