/** `socklet boards` */
import { BOARDS } from "../../boards/index.js";
import type { CommandOptions } from "../options.js";
import type { CommandContext } from "../program.js";
import { formatTable } from "../table.js";

const KIB = 1024;

function memory(bytes: number): string {
  return bytes >= KIB * KIB ? `${bytes / (KIB * KIB)} MiB` : `${bytes / KIB} KiB`;
}

/** Lists the boards: name, flash, RAM, network device, title. */
export async function boardsCommand(
  context: CommandContext,
  _target: string,
  options: CommandOptions,
): Promise<number> {
  if (options.json === true) {
    context.stdout.write(`${JSON.stringify(BOARDS, null, 2)}\n`);
    return 0;
  }
  const rows = BOARDS.map((board) =>
    board.kind === "mcu"
      ? [
          board.name,
          memory(board.flash.length),
          memory(board.ram.length),
          board.nic.driver,
          board.qemu.binary,
          board.title,
        ]
      : [board.name, "-", "-", "host", "node", board.title],
  );
  context.stdout.write(`${formatTable([["board", "flash", "RAM", "network", "runs in", ""], ...rows], [1, 2])}\n`);
  return 0;
}
