/** Choosing a board by its name. */
import { BOARDS } from "../boards/index.js";
import type { Board, McuBoard } from "../boards/types.js";
import { UserError } from "./errors.js";
import { didYouMean } from "./nearest.js";

/** The board taken when -b is not given: the emulated one that the examples are shown on. */
export const DEFAULT_BOARD = "qemu_cortex_m3";

/**
 * A board by its name.
 *
 * @throws UserError (exit code 2) that names the nearest board when there is none of that name
 */
export function requireBoard(name: string): Board {
  const board = BOARDS.find((each) => each.name === name);
  if (board !== undefined) return board;
  const names = BOARDS.map((each) => each.name);
  throw new UserError(
    `There is no board "${name}".${didYouMean(name, names)} The boards are ${names.join(", ")}; "socklet boards" says more.`,
    2,
  );
}

/** Boards that run compiled firmware. */
export function mcuBoards(): McuBoard[] {
  return BOARDS.filter((board) => board.kind === "mcu");
}
