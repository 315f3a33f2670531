/** Runs an image in QEMU: arguments from the board's data, console on stdin and stdout, exit code by semihosting. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import type { McuBoard } from "../../boards/types.js";
import type { ResolvedConfig } from "../config/index.js";
import { parseIpv4 } from "../config/values.js";
import { UserError } from "../errors.js";
import { EXIT_INTERRUPTED, EXIT_TIMEOUT } from "./exit-codes.js";
import type { RunOptions, RunResult } from "./types.js";

/** Time that QEMU has to end after SIGTERM before it is killed, milliseconds. */
const GRACE = 2000;

function dotted(bits: number): string {
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}

/** QEMU's user network around the addresses that the firmware is configured with. */
function userNetwork(config: ResolvedConfig): string {
  const toBits = (name: string): number =>
    (parseIpv4(config.string(name)) ?? []).reduce((sum, byte) => ((sum << 8) | byte) >>> 0, 0);
  const mask = toBits("NET_CONFIG_MY_IPV4_NETMASK");
  const network = (toBits("NET_CONFIG_MY_IPV4_ADDR") & mask) >>> 0;
  if (dotted(network) === "10.0.2.0" && dotted(mask) === "255.255.255.0") return "";
  const prefix = mask.toString(2).replaceAll("0", "").length;
  const gateway = toBits("NET_CONFIG_MY_IPV4_GW");
  const host = gateway === 0 ? "" : `,host=${dotted(gateway)}`;
  return `,net=${dotted(network)}/${prefix}${host}`;
}

/**
 * The arguments of QEMU for an image.
 *
 * @param elf path of the image
 */
export function qemuArguments(board: McuBoard, config: ResolvedConfig, elf: string, options: RunOptions): string[] {
  const guest = config.string("NET_CONFIG_MY_IPV4_ADDR");
  const forwards = options.forwards.map(
    (forward) => `,hostfwd=${forward.protocol}:127.0.0.1:${forward.hostPort}-${guest}:${forward.guestPort}`,
  );
  const list = [...board.qemu.arguments, "-kernel", elf];
  list.push("-display", "none", "-monitor", "none", "-serial", "stdio");
  list.push("-semihosting-config", "enable=on,target=native");
  list.push("-nic", `user,id=net0${userNetwork(config)}${forwards.join("")}`);
  if (options.pcap !== undefined)
    list.push("-object", `filter-dump,id=dump0,netdev=net0,file=${escapeComma(options.pcap)}`);
  if (options.icount !== undefined) list.push("-icount", `shift=${options.icount}`);
  return list;
}

/** QEMU doubles commas inside values. */
function escapeComma(path: string): string {
  return path.replaceAll(",", ",,");
}

/** A sentence for what QEMU wrote to its error output before it ended. */
function explainFailure(binary: string, text: string, code: number | null, signal: string | null): string {
  const taken = /Could not set up host forwarding rule '(\w+):([\d.]*):(\d+)-/.exec(text);
  if (taken !== null) {
    return `Port ${taken[3]} (${taken[1]}) of this machine is in use. Choose another with --forward ${taken[1]}:PORT:…, or 0 for any free one.`;
  }
  const first = text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line.startsWith(binary) || line !== "");
  const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  return `${binary} ${how}${first === undefined ? ", without a message" : `: ${first.replace(`${binary}: `, "")}`}.`;
}

function checkInstalled(board: McuBoard): void {
  const probe = spawnSync(board.qemu.binary, ["--version"], { stdio: "ignore" });
  if (probe.error === undefined) return;
  throw new UserError(
    `${board.qemu.binary} is not installed; ${board.name} runs in it. "sh scripts/setup.sh" installs it (Debian package ` +
      `${board.qemu.package}), and "socklet run … -b native_sim" needs no emulator.`,
  );
}

/** Ends the child: asks, then insists. Resolves nothing; the exit event follows. */
function stop(child: ChildProcess): void {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
  timer.unref();
  child.once("exit", () => clearTimeout(timer));
}

/**
 * Runs an image until its application exits, the time is over, or somebody stops it.
 *
 * @throws UserError when QEMU is not installed
 */
export function runQemu(board: McuBoard, config: ResolvedConfig, elf: string, options: RunOptions): Promise<RunResult> {
  checkInstalled(board);
  const child = spawn(board.qemu.binary, qemuArguments(board, config, elf, options), {
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    // A group of its own: Ctrl-C reaches QEMU through us, once, and not from the terminal as well.
    detached: true,
  });
  let stopped: "timeout" | "interrupted" | undefined;
  let errors = "";
  const end = (reason: "timeout" | "interrupted"): void => {
    stopped ??= reason;
    stop(child);
  };
  // Whatever ends this process takes QEMU along.
  const onProcessExit = (): void => {
    child.kill("SIGKILL");
  };
  const onInterrupt = (): void => end("interrupted");
  const timer = options.timeout === undefined ? undefined : setTimeout(() => end("timeout"), options.timeout * 1000);
  process.once("exit", onProcessExit);
  options.signal?.addEventListener("abort", onInterrupt, { once: true });
  if (options.signal?.aborted === true) end("interrupted");

  child.stdout?.on("data", (bytes: Buffer) => options.onConsole(bytes));
  child.stderr?.on("data", (bytes: Buffer) => {
    errors += bytes.toString();
  });
  if (child.stdin !== null && options.input !== undefined) {
    child.stdin.on("error", () => undefined);
    options.input.pipe(child.stdin);
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      process.off("exit", onProcessExit);
      options.signal?.removeEventListener("abort", onInterrupt);
      if (child.stdin !== null) options.input?.unpipe(child.stdin);
      if (stopped === "timeout") {
        const message = `Still running after ${options.timeout} s (--timeout): stopped.`;
        resolve({ reason: "timeout", code: EXIT_TIMEOUT, message });
      } else if (stopped === "interrupted") {
        resolve({ reason: "interrupted", code: EXIT_INTERRUPTED });
      } else if (code === null || errors.includes(`${board.qemu.binary}: `)) {
        const message = explainFailure(board.qemu.binary, errors, code, signal);
        resolve({ reason: "died", code: code === null || code === 0 ? 1 : code, message });
      } else {
        resolve({ reason: "exit", code });
      }
    });
  });
}
