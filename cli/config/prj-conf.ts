/** The format of prj.conf, as Zephyr has it: assignments, comments, and `# CONFIG_X is not set`. */
import { UserError } from "../errors.js";

/** One line that says something. */
export interface Assignment {
  /** Symbol without CONFIG_. */
  readonly name: string;
  /** Right-hand side without blanks around it and without a trailing comment; quotes are kept. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

const NOT_SET = /^#\s*CONFIG_(\w+) is not set\s*$/;
const ASSIGNMENT = /^CONFIG_(\w+)\s*=\s*(.*)$/;

/** The right-hand side without a comment behind it. A # inside quotes belongs to the text. */
function withoutComment(text: string): string {
  const string = /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(text);
  if (string !== null) return string[1] ?? "";
  return text.replace(/\s+#.*$/, "").trim();
}

/**
 * Reads a prj.conf. What the symbols mean is not looked at here.
 *
 * @param path for messages
 * @throws UserError with file and line for a line that is neither blank, nor a comment, nor `CONFIG_NAME=value`
 */
export function parsePrjConf(path: string, text: string): Assignment[] {
  const assignments: Assignment[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const content = raw.trim();
    const line = index + 1;
    const notSet = NOT_SET.exec(content);
    if (notSet !== null) {
      assignments.push({ name: notSet[1] ?? "", text: "n", line });
      continue;
    }
    if (content === "" || content.startsWith("#")) continue;
    const assignment = ASSIGNMENT.exec(content);
    if (assignment === null) {
      const missing = /^\w+\s*=/.test(content) ? ` Symbols begin with CONFIG_: CONFIG_${content}` : "";
      throw new UserError(`${path}:${line}: expected CONFIG_NAME=value, found "${content}".${missing}`);
    }
    assignments.push({ name: assignment[1] ?? "", text: withoutComment(assignment[2] ?? ""), line });
  }
  return assignments;
}

/**
 * Reads the argument of `-D`: `CONFIG_X=y`.
 *
 * @throws UserError when it has another form
 */
export function parseDefine(argument: string): Assignment {
  const match = ASSIGNMENT.exec(argument.trim());
  if (match === null) {
    throw new UserError(`-D${argument}: expected -DCONFIG_NAME=value, for example -DCONFIG_NET_MAX_CONTEXTS=8.`, 2);
  }
  return { name: match[1] ?? "", text: (match[2] ?? "").trim(), line: 0 };
}
