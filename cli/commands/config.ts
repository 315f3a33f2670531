/** `socklet config <app>` */
import { MENUS } from "../../Kconfig.js";
import { loadApplication, loadConf } from "../application.js";
import { DEFAULT_BOARD, requireBoard } from "../boards.js";
import { describeOrigin, formatValue, type ResolvedConfig, resolveConfig } from "../config/index.js";
import type { CommandOptions } from "../options.js";
import type { CommandContext } from "../program.js";
import { formatTable } from "../table.js";

function asJson(config: ResolvedConfig): string {
  const options = [...config.entries.values()].map(({ option, value, origin }) => ({
    name: `CONFIG_${option.name}`,
    value,
    origin: describeOrigin(origin),
    prompt: option.prompt,
  }));
  return JSON.stringify({ board: config.board.name, options }, null, 2);
}

function asTable(config: ResolvedConfig): string {
  const parts = MENUS.map((menu) => {
    const rows = menu.options.flatMap((option) => {
      const entry = config.entries.get(option.name);
      if (entry === undefined) return [];
      return [
        [`CONFIG_${option.name}=${formatValue(option, entry.value)}`, describeOrigin(entry.origin), option.prompt],
      ];
    });
    return `# ${menu.title}\n${formatTable(rows)}`;
  });
  return parts.join("\n\n");
}

/** Lists every option with its value and where it came from. */
export async function configCommand(context: CommandContext, target: string, options: CommandOptions): Promise<number> {
  const application = loadApplication(target);
  const board = requireBoard(options.board ?? DEFAULT_BOARD);
  const config = resolveConfig({
    board,
    prjConf: application.prjConf,
    confs: options.conf?.map(loadConf),
    defines: options.define,
  });
  context.stdout.write(`${options.json === true ? asJson(config) : asTable(config)}\n`);
  return 0;
}
