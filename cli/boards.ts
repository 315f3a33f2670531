/** The boards of the package: each folder of boards/ with a board.ts. */
import { existsSync, readdirSync } from "node:fs";
import type { Board } from "../boards/types.js";
import { UserError } from "./errors.js";
import { didYouMean } from "./nearest.js";
import { packagePath } from "./package-root.js";

/** Names of all boards, in alphabetical order. */
export function boardNames(): string[] {
  return readdirSync(packagePath("boards"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(packagePath("boards", entry.name, "board.ts")))
    .map((entry) => entry.name)
    .sort();
}

/**
 * A board by its name.
 *
 * @throws UserError (exit code 2) that names the nearest board when there is none of that name
 */
export async function findBoard(name: string): Promise<Board> {
  const names = boardNames();
  if (!names.includes(name)) {
    throw new UserError(
      `There is no board "${name}".${didYouMean(name, names)} Boards: ${names.join(", ")} ("socklet boards" says more).`,
      2,
    );
  }
  // Beside this file in dist/ as in the tree: board.js is compiled from, or resolved to, board.ts.
  const module = (await import(new URL(`../boards/${name}/board.js`, import.meta.url).href)) as {
    readonly board: Board;
  };
  return module.board;
}

/** All boards. */
export function allBoards(): Promise<Board[]> {
  return Promise.all(boardNames().map(findBoard));
}

/** The board taken when -b is not given: the emulated one that the examples are shown on. */
export const DEFAULT_BOARD = "qemu_cortex_m3";
