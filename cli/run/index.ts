/** Runs what a build made: images in QEMU, native_sim in this process. */
import type { BuildResult } from "../build/index.js";
import { runQemu } from "./qemu.js";
import type { RunOptions, RunResult } from "./types.js";

export { EXIT_INTERRUPTED, EXIT_TIMEOUT } from "./exit-codes.js";
export { chooseFreePorts, describeForward, type Forward, parseForward } from "./forward.js";
export { qemuArguments, runQemu } from "./qemu.js";
export type { RunOptions, RunResult } from "./types.js";

/** Runs the result of a build until it ends, the time is over or somebody stops it. */
export async function runFirmware(result: BuildResult, options: RunOptions): Promise<RunResult> {
  const { board } = result.config;
  if (board.kind === "mcu") {
    if (result.firmware === undefined) throw new Error(`${board.name} was built without firmware.elf.`);
    return runQemu(board, result.config, result.firmware.elf, options);
  }
  const { runNative } = await import("./native.js");
  return runNative(result, options);
}
