/** `socklet run <app>` */
import { existsSync } from "node:fs";
import pc from "picocolors";
import { DEFAULT_BOARD, requireBoard } from "../boards.js";
import { build } from "../build/index.js";
import { UserError } from "../errors.js";
import { consoleLogger, silentLogger } from "../logger.js";
import type { CommandOptions } from "../options.js";
import type { CommandContext } from "../program.js";
import { chooseFreePorts, describeForward, parseForward } from "../run/forward.js";
import { runFirmware } from "../run/index.js";

/** Builds an application and runs it. The application's exit code becomes the command's. */
export async function runCommand(context: CommandContext, target: string, options: CommandOptions): Promise<number> {
  const logger = options.json === true ? silentLogger : consoleLogger(context.stderr);
  const board = requireBoard(options.board ?? DEFAULT_BOARD);
  if (options.icount !== undefined && board.kind === "native") {
    throw new UserError("--icount counts instructions in QEMU; native_sim has none. Choose another board with -b.", 2);
  }
  const result = await build({
    application: target,
    board: board.name,
    confs: options.conf,
    defines: options.define,
    buildDirectory: options.buildDir,
    logger,
  });
  const { application, config } = result;
  const forwards = await chooseFreePorts((options.forward ?? application.forward).map(parseForward));
  const guest = config.string("NET_CONFIG_MY_IPV4_ADDR");
  if (options.json === true) {
    const start = { event: "start", board: config.board.name, address: guest, forwards };
    context.stderr.write(`${JSON.stringify(start)}\n`);
  } else {
    for (const forward of forwards) logger.info(describeForward(forward, guest));
    if (application.tryIt !== undefined && options.forward === undefined) {
      logger.info(`${pc.dim("try it from another terminal:")} ${application.tryIt}`);
    }
    logger.info(pc.dim(`${application.name} on ${config.board.name}; Ctrl-C ends it`));
  }
  const run = await runFirmware(result, {
    forwards,
    pcap: options.pcap,
    timeout: options.timeout,
    icount: options.icount,
    onConsole: (bytes) => context.stdout.write(bytes),
    input: context.stdin,
    signal: context.signal,
  });
  if (options.json === true) {
    context.stderr.write(`${JSON.stringify({ event: "end", ...run })}\n`);
  } else if (run.message !== undefined) {
    context.stderr.write(`${run.reason === "died" ? pc.red("error:") : pc.yellow("stopped:")} ${run.message}\n`);
  }
  if (options.pcap !== undefined && existsSync(options.pcap) && options.json !== true) {
    logger.info(`frames are in ${options.pcap}`);
  }
  return run.code;
}
