/** docs/sockets.md: the socket API by name, from the docstrings of posix/, posix/names.json and the contract programs. */
import { readdirSync, readFileSync } from "node:fs";
import { packagePath } from "../../cli/package-root.js";
import { FLAGS, FUNCTIONS, OPTIONS } from "./surface.js";

/** What posix/ exports under one name. */
interface Entry {
  /** POSIX's name, and Zephyr's. */
  readonly name: string;
  readonly zephyr: string;
  /** Docstring, without its stars; empty when there is none. */
  readonly text: string;
  /** File below posix/. */
  readonly file: string;
}

/** Files whose functions need an option; calls without it fail with ENOSYS, or the core's own errno. */
const NEEDS: Readonly<Record<string, string>> = {
  "zsock/epoll.ts": "CONFIG_EPOLL",
  "zsock/eventfd.ts": "CONFIG_EVENTFD",
  "sys/un.ts": "CONFIG_NET_SOCKETS_UNIX",
};
const NEEDS_BY_NAME: Readonly<Record<string, string>> = {
  getaddrinfo: "CONFIG_DNS_RESOLVER",
  socketpair: "CONFIG_NET_SOCKETS_UNIX",
  AF_UNIX: "CONFIG_NET_SOCKETS_UNIX",
  SOCK_SEQPACKET: "CONFIG_NET_SOCKETS_UNIX",
  SCM_RIGHTS: "CONFIG_NET_SOCKETS_UNIX",
  TCP_CONGESTION: "CONFIG_NET_TCP_CUBIC for cubic",
};

function textOf(path: string): string {
  return readFileSync(packagePath(path), "utf8");
}

function filesBelow(folder: string): string[] {
  return readdirSync(packagePath(folder), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts"))
    .sort();
}

/** All exports of posix/ with their docstrings, by their own name. */
function exported(): Map<string, { text: string; file: string }> {
  const result = new Map<string, { text: string; file: string }>();
  const declaration =
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s*)?^(?:@\w+(?:\([^)]*\))?\s+)*export (?:function|const|class) (\w+)/gm;
  for (const file of filesBelow("posix")) {
    for (const [, comment = "", name = ""] of textOf(`posix/${file}`).matchAll(declaration)) {
      const text = comment.replace(/^\s*\* ?/gm, "").trim();
      const before = result.get(name);
      if (before === undefined || before.text === "") result.set(name, { text, file });
    }
  }
  return result;
}

/** The entries of those names that exist. */
function entries(names: readonly string[]): Map<string, Entry> {
  const twins = JSON.parse(textOf("posix/names.json")) as Record<string, { twin: string }>;
  const all = exported();
  const result = new Map<string, Entry>();
  for (const name of names) {
    const zephyr = twins[name]?.twin ?? name;
    const found = all.get(zephyr);
    if (found !== undefined) result.set(name, { name, zephyr, ...found });
  }
  return result;
}

/** Contract programs without their imports: name → text. */
function programs(): Map<string, string> {
  const result = new Map<string, string>();
  for (const file of filesBelow("test/assembly/contract")) {
    const [program = ""] = file.split("/");
    const text = textOf(`test/assembly/contract/${file}`).replace(/^import [\s\S]*?;$/gm, "");
    result.set(program, `${result.get(program) ?? ""}\n${text}`);
  }
  return result;
}

/** The contract programs that use the entry under one of its names. */
function users({ name, zephyr }: Entry, texts: ReadonlyMap<string, string>): string[] {
  const word = new RegExp(`\\b(?:${name}|${zephyr})\\b`);
  return [...texts]
    .filter(([, text]) => word.test(text))
    .map(([program]) => program.replace(/\.ts$/, ""))
    .sort();
}

/** Names that exist and no contract program uses. */
export function withoutProgram(): string[] {
  const texts = programs();
  return [...entries([...FUNCTIONS, ...OPTIONS, ...FLAGS]).values()]
    .filter((entry) => users(entry, texts).length === 0)
    .map(({ name }) => name);
}

/** One line of text for a table. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}

/** What a docstring says before its first tag, and what it says of the result. */
function parts(text: string): { readonly about: string; readonly result: string } {
  const [about = ""] = text.split(/\n\s*@|^@/);
  const result = /@returns?\s+([\s\S]*?)(?:\n\s*@|$)/.exec(text)?.[1] ?? "";
  return { about: cell(about), result: cell(result) };
}

function functionTable(found: ReadonlyMap<string, Entry>, texts: ReadonlyMap<string, string>): string[] {
  const lines = [
    "| name | Zephyr's | what it does | result and errnos | needs | contract programs |",
    "|---|---|---|---|---|---|",
  ];
  for (const entry of found.values()) {
    const { about, result } = parts(entry.text);
    const needs = NEEDS_BY_NAME[entry.name] ?? NEEDS[entry.file] ?? "";
    const tests = users(entry, texts).join(", ");
    lines.push(`| \`${entry.name}\` | \`${entry.zephyr}\` | ${about} | ${result} | ${needs} | ${tests} |`);
  }
  return lines;
}

function constantTable(found: ReadonlyMap<string, Entry>, texts: ReadonlyMap<string, string>): string[] {
  const lines = ["| name | Zephyr's | meaning | needs | contract programs |", "|---|---|---|---|---|"];
  for (const entry of found.values()) {
    const needs = NEEDS_BY_NAME[entry.name] ?? NEEDS[entry.file] ?? "";
    const about = parts(entry.text).about;
    lines.push(`| \`${entry.name}\` | \`${entry.zephyr}\` | ${about} | ${needs} | ${users(entry, texts).join(", ")} |`);
  }
  return lines;
}

/** The text of docs/sockets.md. */
export function socketsPage(): string {
  const texts = programs();
  const all = [...FUNCTIONS, ...OPTIONS, ...FLAGS];
  const there = entries(all);
  const missing = all.filter((name) => !there.has(name)).map((name) => `\`${name}\``);
  return [
    "# The socket API",
    "",
    "Generated from the docstrings of `posix/` (`npm run docs`). The names on the left exist with `CONFIG_NET_SOCKETS_POSIX_NAMES=y`, which is the default; Zephyr's always do.",
    "A contract program (`test/assembly/contract`) runs on `native_sim`, `qemu_cortex_m3` and `mps2_an385` with each test run; `test/requirements` fails when something here is used by none.",
    "",
    "## Functions",
    "",
    ...functionTable(entries(FUNCTIONS), texts),
    "",
    "## Options",
    "",
    ...constantTable(entries(OPTIONS), texts),
    "",
    "## Flags and numbers",
    "",
    ...constantTable(entries(FLAGS), texts),
    "",
    "## Not there",
    "",
    `${missing.length === 0 ? "Nothing of the list in test/requirements/surface.ts." : `${missing.join(", ")}.`}`,
    "",
  ].join("\n");
}
