/** `socklet new <dir>` */
import { basename, relative, resolve } from "node:path";
import { createApplication } from "../new/create.js";
import type { CommandOptions } from "../options.js";
import type { CommandContext } from "../program.js";

/** Makes an application and says how to go on. */
export async function newCommand(context: CommandContext, target: string, _options: CommandOptions): Promise<number> {
  const directory = resolve(target);
  const files = createApplication(directory);
  const shown = relative(process.cwd(), directory) || ".";
  for (const file of files) context.stdout.write(`${shown}/${file}\n`);
  context.stdout.write(
    `\n${basename(directory)} is ready. To run it:\n\n  socklet run ${shown}\n\nor, on its own with npm:\n\n  cd ${shown} && npm install && npm start\n`,
  );
  return 0;
}
