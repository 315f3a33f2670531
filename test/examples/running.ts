/** Starts an example on a board, with ports of this machine forwarded to it. */
import { spawnSync } from "node:child_process";
import { requireBoard } from "../../cli/boards.js";
import { chooseFreePorts, parseForward, type RunResult, runFirmware } from "../../cli/run/index.js";
import { buildForTest } from "../harness/board-build.js";

export const BOARDS = ["native_sim", "qemu_cortex_m3", "mps2_an385"] as const;
/** QEMU's user network, and the gateway of native_sim, take this address for 127.0.0.1 of the machine. */
export const HOST_SEEN_FROM_FIRMWARE = "10.0.2.2";
export const PATIENCE_SECONDS = 60;

/** Why examples cannot run on `board` here, or false. */
export function missing(board: string): string | false {
  const found = requireBoard(board);
  if (found.kind === "native") return false;
  for (const tool of [found.qemu.binary, "arm-none-eabi-gcc"]) {
    if (spawnSync(tool, ["--version"]).status !== 0) return `${tool} is not installed (scripts/setup.sh)`;
  }
  return false;
}

export interface Running {
  /** Ports of this machine, in the order of the forwards. */
  readonly ports: readonly number[];
  readonly console: () => string;
  readonly ended: Promise<RunResult>;
  /** Waits until the console shows `pattern`. @throws Error with the console when it does not */
  printed(pattern: RegExp): Promise<void>;
  stop(): void;
}

/** Builds an example for `board` and starts it. @param patience seconds after which it is stopped */
export function start(
  name: string,
  board: string,
  forwards: string[],
  defines: string[] = [],
  patience = PATIENCE_SECONDS,
): Promise<Running> {
  return startProgram(`examples/${name}`, board, forwards, defines, patience);
}

/** As `start`, of any program: a folder below the repository. */
export async function startProgram(
  folder: string,
  board: string,
  forwards: string[],
  defines: string[] = [],
  patience = PATIENCE_SECONDS,
): Promise<Running> {
  const result = await buildForTest(folder, board, defines);
  const chosen = await chooseFreePorts(forwards.map((text) => parseForward(text)));
  const abort = new AbortController();
  let text = "";
  const ended = runFirmware(result, {
    forwards: chosen,
    timeout: patience,
    signal: abort.signal,
    onConsole: (bytes) => {
      text += new TextDecoder().decode(bytes);
    },
  });
  const printed = async (pattern: RegExp): Promise<void> => {
    const end = Date.now() + patience * 1000;
    while (!pattern.test(text)) {
      if (Date.now() > end) throw new Error(`The console never shows ${pattern}:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    ports: chosen.map((forward) => forward.hostPort),
    console: () => text,
    ended,
    printed,
    stop: () => abort.abort(),
  };
}
