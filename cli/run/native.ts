/** Runs an application on native_sim: in this process, with the machine's own sockets behind a gateway. */
import { Gateway } from "../../runtime/node/gateway/gateway.js";
import { Machine } from "../../runtime/node/machine.js";
import type { BuildResult } from "../build/index.js";
import { parseMac } from "../config/values.js";
import { UserError } from "../errors.js";
import { EXIT_INTERRUPTED, EXIT_TIMEOUT } from "./exit-codes.js";
import type { RunOptions, RunResult } from "./types.js";

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

async function openGateway(result: BuildResult, options: RunOptions): Promise<Gateway> {
  const { config } = result;
  try {
    return await Gateway.open({
      node: config.string("NET_CONFIG_MY_IPV4_ADDR"),
      address: config.string("NET_CONFIG_MY_IPV4_GW"),
      forwards: options.forwards,
      outside: true,
    });
  } catch (error) {
    // Taken ports: a sentence already.
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
}

/** What ends a run from outside: the time, Ctrl-C. */
function stopper(options: RunOptions): { readonly stopped: Promise<RunResult>; readonly cancel: () => void } {
  let cancel = (): void => undefined;
  const stopped = new Promise<RunResult>((resolve) => {
    const interrupt = (): void => resolve({ reason: "interrupted", code: EXIT_INTERRUPTED });
    const message = `Still running after ${options.timeout} s (--timeout): stopped.`;
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => resolve({ reason: "timeout", code: EXIT_TIMEOUT, message }), options.timeout * 1000);
    options.signal?.addEventListener("abort", interrupt, { once: true });
    if (options.signal?.aborted === true) interrupt();
    cancel = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", interrupt);
    };
  });
  return { stopped, cancel };
}

async function machineEnd(machine: Machine): Promise<RunResult> {
  const end = await machine.ended;
  if (end.kind === "exit") return { reason: "exit", code: end.code };
  if (end.kind === "closed") return { reason: "interrupted", code: EXIT_INTERRUPTED };
  return {
    reason: "died",
    code: 1,
    message:
      "The stack trapped; that is a bug of socklet. The line above says where; --pcap shows the frames before it.",
  };
}

/** Connects console input to the machine; answers what undoes it. */
function connectInput(machine: Machine, input: NodeJS.ReadableStream | undefined): () => void {
  if (input === undefined) return () => undefined;
  const onData = (bytes: Uint8Array | string): void => {
    machine.type(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  };
  const onEnd = (): void => machine.type(undefined);
  input.on("data", onData);
  input.on("end", onEnd);
  return () => {
    input.off("data", onData);
    input.off("end", onEnd);
    input.pause();
  };
}

/**
 * Runs the application of a build for native_sim until it ends, the time is over or somebody stops it.
 *
 * @throws UserError when a forwarded port is taken
 */
export async function runNative(result: BuildResult, options: RunOptions): Promise<RunResult> {
  const { application, config } = result;
  const wire = await openGateway(result, options);
  const machine = new Machine({
    core: await WebAssembly.compile(new Uint8Array(result.core.wasm)),
    application: {
      name: application.name,
      wasm: result.app.wasm,
      memorySize: config.int("APP_MEMORY_SIZE"),
      onTrap: config.string("APP_ON_TRAP") === "restart" ? "restart" : "stop",
      arguments: words(config.string("APP_ARGS")),
      environment: words(config.string("APP_ENVIRONMENT")),
    },
    wire,
    console: options.onConsole,
    mac: Uint8Array.from(parseMac(config.string("ETH_MAC_ADDRESS")) ?? []),
    nicBase: config.int("ETH_BASE_ADDRESS"),
    pcap: options.pcap,
  });
  const { stopped, cancel } = stopper(options);
  const disconnect = connectInput(machine, options.input);
  try {
    machine.start();
    return await Promise.race([machineEnd(machine), stopped]);
  } finally {
    cancel();
    disconnect();
    await machine.close();
  }
}
