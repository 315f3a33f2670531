/** Which C compiler is installed: an image that another one has built is not the same. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import type { McuBoard } from "../../boards/types.js";
import { COMPILERS } from "../../runtime/mcu/image.js";

/** What the compiler runs and links into every image. */
const PROGRAMS = ["cc1", "as", "collect2", "ld"];
const LIBRARIES = ["libc_nano.a", "libm.a", "libgcc.a", "nano.specs"];

const known = new Map<string, string>();

/**
 * A text that changes with the compiler's version, and with the size or time of its parts and libraries: they are packages of their own.
 * Empty without a compiler.
 */
export function compilerIdentity(board: McuBoard): string {
  const { binary } = COMPILERS[board.arch];
  const key = [process.env.PATH, binary, ...board.cpuFlags].join("\n");
  const found = known.get(key) ?? identify(binary, board.cpuFlags);
  known.set(key, found);
  return found;
}

function identify(binary: string, flags: readonly string[]): string {
  const ask = (...parameters: string[]): string => spawnSync(binary, parameters, { encoding: "utf8" }).stdout ?? "";
  const version = ask("--version");
  if (version === "") return "";
  const paths = [
    ...PROGRAMS.map((name) => ask(`-print-prog-name=${name}`)),
    ...LIBRARIES.map((name) => ask(...flags, `-print-file-name=${name}`)),
  ].map((path) => path.trim());
  const parts = paths.map((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return `${path} ${found?.size} ${found?.mtimeMs}`;
  });
  return [version, ...parts].join("\n");
}
