/** The commands and their options. Each action loads what it needs when it runs. */
import { Command, CommanderError } from "commander";
import { addOptions, type CommandOptions } from "./options.js";

/** What a command leaves for the process. */
export interface CommandContext {
  /** Results and the firmware's console. */
  readonly stdout: { write(text: string | Uint8Array): unknown; readonly isTTY?: boolean };
  /** Progress, warnings, errors. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stdin?: NodeJS.ReadableStream;
  /** Stops what runs. */
  readonly signal?: AbortSignal;
}

type Action = (context: CommandContext, target: string, options: CommandOptions) => Promise<number>;

/** Each action is a module of its own, loaded when it runs. */
const ACTIONS: Readonly<Record<string, () => Promise<Action>>> = {
  build: async () => (await import("./commands/build.js")).buildCommand,
  run: async () => (await import("./commands/run.js")).runCommand,
  boards: async () => (await import("./commands/boards.js")).boardsCommand,
  size: async () => (await import("./commands/size.js")).sizeCommand,
  config: async () => (await import("./commands/config.js")).configCommand,
  doctor: async () => (await import("./commands/doctor.js")).doctorCommand,
  new: async () => (await import("./commands/new.js")).newCommand,
};

/**
 * Runs one command line.
 *
 * @param argv what follows `socklet`
 * @returns the exit code: 0, the application's, 1 when the work failed, 2 when the command line is wrong
 */
export async function runProgram(argv: readonly string[], version: string, context: CommandContext): Promise<number> {
  let code = 0;
  const act =
    (name: string) =>
    async (target: string | CommandOptions, options: CommandOptions): Promise<void> => {
      const action = await (ACTIONS[name] as () => Promise<Action>)();
      code = typeof target === "string" ? await action(context, target, options) : await action(context, "", target);
    };
  const program = new Command("socklet")
    .description("TCP/IP sockets for microcontroller firmware written in TypeScript")
    .version(version, "-V, --version", "[flag] print the version")
    .helpOption("-h, --help", "[flag] print help")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });

  const add = (usage: string, description: string): Command =>
    program.command(usage).description(description).exitOverride().helpOption("-h, --help", "[flag] print help");

  addOptions(
    add("build <app>", "compile an application for a board"),
    "board",
    "conf",
    "define",
    "buildDir",
    "json",
  ).action(act("build"));
  addOptions(
    add("run <app>", "build an application and run it: in QEMU, or in Node for native_sim"),
    ...(["board", "conf", "define", "forward", "pcap", "timeout", "icount", "buildDir", "json"] as const),
  ).action(act("run"));
  addOptions(add("boards", "list the boards"), "json").action(act("boards"));
  addOptions(
    add("size <app>", "flash and RAM of an application, by part and by pool"),
    "board",
    "conf",
    "define",
    "buildDir",
    "json",
  ).action(act("size"));
  addOptions(
    add("config <app>", "every option, its value and where it came from"),
    "board",
    "conf",
    "define",
    "json",
  ).action(act("config"));
  addOptions(add("doctor", "what is installed, and what to do about what is not"), "json").action(act("doctor"));
  addOptions(add("new <dir>", "make an application that can be built at once")).action(act("new"));

  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // Help and version end this way too, with exit code 0; the message has been printed.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
