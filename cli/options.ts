/** The options of all commands, in one table: every command takes what it needs, and the help is the same everywhere. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_BOARD } from "./boards.js";

function collect(value: string, list: readonly string[] = []): string[] {
  return [...list, value];
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError("It must be a number above 0.");
  }
  return value;
}

function shift(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 10) throw new InvalidArgumentError("It must be a whole number, 0 to 10.");
  return value;
}

/** Every option; help begins with the type and ends with the default. */
const OPTIONS = {
  board: () => new Option("-b, --board <name>", `[name] board to build for (default: ${DEFAULT_BOARD})`),
  define: () =>
    new Option(
      "-D, --define <CONFIG_X=y>",
      "[assignment] set an option, above prj.conf and --conf; several allowed (default: none)",
    ).argParser(collect),
  conf: () =>
    new Option(
      "--conf <file>",
      "[path] a file like prj.conf, above it; several allowed, the last one wins (default: none)",
    ).argParser(collect),
  buildDir: () =>
    new Option("--build-dir <dir>", "[path] where results go, as <dir>/<app>/<board> (default: build)").default(
      "build",
      "build",
    ),
  forward: () =>
    new Option(
      "--forward <protocol:here:there>",
      "[udp:5555:7] a port of 127.0.0.1 that reaches a port of the firmware; here 0: any free one; several allowed (default: what the app's package.json says)",
    ).argParser(collect),
  pcap: () => new Option("--pcap <file>", "[path] write all frames to a file for tcpdump or Wireshark (default: off)"),
  timeout: () =>
    new Option("--timeout <seconds>", "[number] stop after so many seconds, exit code 124 (default: none)").argParser(
      positive,
    ),
  icount: () =>
    new Option(
      "--icount <n>",
      "[0-10] count instructions in QEMU; each takes 2^n ns of guest time (default: off)",
    ).argParser(shift),
  json: () => new Option("--json", "[flag] print JSON for a program to read (default: off)"),
} as const;

export type OptionName = keyof typeof OPTIONS;

/** What commander hands to an action; a command reads those it asked for. */
export interface CommandOptions {
  readonly board?: string;
  readonly define?: readonly string[];
  readonly conf?: readonly string[];
  readonly buildDir: string;
  readonly forward?: readonly string[];
  readonly pcap?: string;
  readonly timeout?: number;
  readonly icount?: number;
  readonly json?: boolean;
}

/** Adds options of the table to a command. */
export function addOptions(command: Command, ...names: OptionName[]): Command {
  for (const name of names) {
    const option = OPTIONS[name]();
    // The default stands in the description already.
    if (option.defaultValue !== undefined) option.defaultValueDescription = undefined;
    command.addOption(option);
  }
  return command;
}
