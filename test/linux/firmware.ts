/** A program on any board, with a TAP interface of the Linux kernel at the other end of its wire, in a network namespace. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { McuBoard } from "../../boards/types.js";
import type { BuildResult } from "../../cli/build/index.js";
import { splitWords } from "../../runtime/node/application.js";
import { Machine } from "../../runtime/node/machine.js";
import type { QemuWire } from "../../runtime/node/wire/qemu.js";
import { TapWire } from "../../runtime/node/wire/tap.js";
import { buildForTest } from "../harness/board-build.js";
import { macBytes } from "../harness/bytes.js";
import { LINUX_IP, LINUX_PREFIX, type Namespace, TAP } from "./namespace.js";

export interface LinuxFirmware {
  readonly ip: string;
  readonly mac: string;
  console(): string;
  close(): Promise<void>;
}

async function startNative(result: BuildResult, namespace: Namespace): Promise<LinuxFirmware> {
  const { application, app, config, core } = result;
  const wire = await TapWire.open({
    namespace: namespace.name,
    address: `${LINUX_IP}/${LINUX_PREFIX}`,
    interfaceName: TAP,
  });
  const mac = config.string("ETH_MAC_ADDRESS").toLowerCase();
  let text = "";
  const machine = new Machine({
    core: await WebAssembly.compile(new Uint8Array(core.wasm)),
    application: {
      name: application.name,
      wasm: app.wasm,
      memorySize: config.int("APP_MEMORY_SIZE"),
      arguments: splitWords(config.string("APP_ARGS")),
    },
    wire,
    mac: macBytes(mac),
    console: (bytes) => {
      text += new TextDecoder().decode(bytes);
    },
  });
  machine.start();
  return { ip: config.string("NET_CONFIG_MY_IPV4_ADDR"), mac, console: () => text, close: () => machine.close() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function startQemu(result: BuildResult, elf: string, namespace: Namespace, options: StartOptions): LinuxFirmware {
  const { config } = result;
  const { wire } = options;
  if (wire === undefined) namespace.addTap();
  const { qemu } = config.board as McuBoard;
  const parameters = [...qemu.arguments, "-kernel", elf, "-display", "none", "-monitor", "none", "-serial", "stdio"];
  parameters.push("-semihosting-config", "enable=on,target=native", ...(options.qemu ?? []));
  if (wire === undefined) parameters.push("-nic", `tap,ifname=${TAP},script=no,downscript=no`);
  else parameters.push(...wire.arguments("wire0"), "-net", "nic,netdev=wire0");
  const child = namespace.start(qemu.binary, parameters);
  const onExit = (): void => void child.kill("SIGKILL");
  process.once("exit", onExit);
  let text = "";
  // What QEMU says itself stands behind the console, and never within one of its lines.
  let emulator = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    emulator += bytes.toString();
  });
  return {
    ip: config.string("NET_CONFIG_MY_IPV4_ADDR"),
    mac: config.string("ETH_MAC_ADDRESS").toLowerCase(),
    console: () => (emulator === "" ? text : `${text}\n${emulator}`),
    close: async () => {
      process.off("exit", onExit);
      await kill(child);
    },
  };
}

export interface StartOptions {
  /** Folder of the program; default examples/udp_echo. */
  readonly application?: string;
  /** Further arguments of QEMU. */
  readonly qemu?: readonly string[];
  /** Where the wire of a board in QEMU ends; default a TAP interface in the namespace, which QEMU opens itself. */
  readonly wire?: QemuWire;
}

/** Builds a program for `board` and starts it with its wire in `namespace`. */
export async function start(
  board: string,
  namespace: Namespace,
  defines: readonly string[],
  options: StartOptions = {},
): Promise<LinuxFirmware> {
  const result = await buildForTest(options.application ?? "examples/udp_echo", board, defines);
  return result.firmware === undefined
    ? startNative(result, namespace)
    : startQemu(result, result.firmware.elf, namespace, options);
}
