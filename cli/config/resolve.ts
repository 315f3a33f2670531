/** Puts the layers of a configuration together: defaults, board, prj.conf, other files, command line. Later ones win. */
import type { Board } from "../../boards/types.js";
import { type KconfigOption, OPTIONS } from "../../Kconfig.js";
import { UserError } from "../errors.js";
import { didYouMean } from "../nearest.js";
import { type Assignment, parseDefine, parsePrjConf } from "./prj-conf.js";
import { describeOrigin, type Origin, ResolvedConfig, type ResolvedOption } from "./resolved.js";
import { checkValue, parseValue } from "./values.js";

/** A file of assignments; `path` is only used in messages. */
export interface ConfFile {
  readonly path: string;
  readonly text: string;
}

export interface ConfigSources {
  readonly board: Board;
  /** The application's prj.conf. */
  readonly prjConf?: ConfFile;
  /** Files above it (--conf), the last one highest. */
  readonly confs?: readonly ConfFile[];
  /** Arguments of -D, as `CONFIG_X=y`. The last one for a symbol wins. */
  readonly defines?: readonly string[];
}

const BY_NAME: ReadonlyMap<string, KconfigOption> = new Map(OPTIONS.map((option) => [option.name, option]));

/** `prj.conf:3: ` or `-DCONFIG_X=y: `, to begin a message with. */
function where(origin: Origin): string {
  return `${describeOrigin(origin)}: `;
}

/** The layers under the application's: defaults of Kconfig.ts, then those of the board. */
function baseEntries(board: Board): Map<string, ResolvedOption> {
  const entries = new Map<string, ResolvedOption>();
  for (const option of OPTIONS) {
    entries.set(option.name, { option, value: option.default, origin: { kind: "default" } });
  }
  for (const [name, value] of Object.entries(board.defaults)) {
    const option = BY_NAME.get(name);
    if (option === undefined) {
      throw new UserError(
        `boards/${board.name}: CONFIG_${name} is not an option.${didYouMean(name, BY_NAME.keys(), "CONFIG_")}`,
      );
    }
    const problem = checkValue(option, value);
    if (problem !== undefined) throw new UserError(`boards/${board.name}: CONFIG_${name} ${problem}.`);
    entries.set(name, { option, value, origin: { kind: "board", board: board.name } });
  }
  return entries;
}

/** One assignment of the application or the command line, checked by itself. */
function assign(entries: Map<string, ResolvedOption>, assignment: Assignment, origin: Origin): void {
  const { name, text } = assignment;
  const option = BY_NAME.get(name);
  if (option === undefined) {
    const hint = didYouMean(name, BY_NAME.keys(), "CONFIG_");
    throw new UserError(
      `${where(origin)}CONFIG_${name} is not an option of socklet.${hint} "socklet config" lists all options.`,
    );
  }
  if (option.internal === true) {
    throw new UserError(
      `${where(origin)}CONFIG_${name} is set by the board, not by an application. Choose another board with -b instead.`,
    );
  }
  const parsed = parseValue(option, text, origin.kind === "command line");
  if ("problem" in parsed) throw new UserError(`${where(origin)}CONFIG_${name} ${parsed.problem}.`);
  const problem = checkValue(option, parsed.value);
  if (problem !== undefined) throw new UserError(`${where(origin)}CONFIG_${name} ${problem}.`);
  entries.set(name, { option, value: parsed.value, origin });
}

/** What an option needs and does not get, as `CONFIG_A=y`, or undefined. */
function unmetDependency(option: KconfigOption, entries: ReadonlyMap<string, ResolvedOption>): string | undefined {
  for (const dependency of option.depends ?? []) {
    const negated = dependency.startsWith("!");
    const symbol = negated ? dependency.slice(1) : dependency;
    const isSet = entries.get(symbol)?.value === true;
    if (isSet === negated) return `CONFIG_${symbol}=${negated ? "n" : "y"}`;
  }
  return undefined;
}

/** Rules between options. Only what was set by hand is held against its dependencies, as in Kconfig. */
function checkTogether(entries: ReadonlyMap<string, ResolvedOption>): void {
  for (const { option, value, origin } of entries.values()) {
    if (origin.kind === "default" || origin.kind === "board" || value === false) continue;
    const needed = unmetDependency(option, entries);
    if (needed === undefined) continue;
    const [symbol = ""] = needed.slice("CONFIG_".length).split("=");
    const culprit = entries.get(symbol);
    const because =
      culprit === undefined || culprit.origin.kind === "default" ? "" : ` (${describeOrigin(culprit.origin)})`;
    throw new UserError(
      `${where(origin)}CONFIG_${option.name} needs ${needed}, but CONFIG_${symbol} is ${culprit?.value === true ? "y" : "n"}${because}. ` +
        `Set ${needed} or remove this line.`,
    );
  }
}

/**
 * The configuration of an application on a board.
 *
 * @throws UserError for an unknown symbol, a wrong type, a value out of range, an unmet dependency, an option that
 *   only boards set; each with file and line (or the -D argument), the rule, and the nearest name
 */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const { board, prjConf, confs = [], defines = [] } = sources;
  const entries = baseEntries(board);
  for (const { path, text } of prjConf === undefined ? confs : [prjConf, ...confs]) {
    for (const assignment of parsePrjConf(path, text)) {
      assign(entries, assignment, { kind: "file", path, line: assignment.line });
    }
  }
  for (const argument of defines) {
    assign(entries, parseDefine(argument), { kind: "command line", argument });
  }
  checkTogether(entries);
  return new ResolvedConfig(board, entries);
}

/** A board that sets nothing, for the defaults of Kconfig.ts: what config.ts in the tree holds. */
export const DEFAULTS_BOARD: Board = {
  kind: "native",
  name: "defaults",
  title: "the defaults of Kconfig.ts",
  ram: { origin: 0, length: 0 },
  defaults: {},
};
