/** The boards this package knows. A new board is a folder with its data and one line here. */
import { board as mps2An385 } from "./mps2_an385/board.js";
import { board as nativeSim } from "./native_sim/board.js";
import { board as qemuCortexM3 } from "./qemu_cortex_m3/board.js";
import type { Board } from "./types.js";

/** Every board, in the order in which they are shown. */
export const BOARDS: readonly Board[] = [nativeSim, qemuCortexM3, mps2An385];

/** The board called `name`, or undefined. */
export function findBoard(name: string): Board | undefined {
  return BOARDS.find((board) => board.name === name);
}
