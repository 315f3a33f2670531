/**
 * Fetches lwIP's source from Debian into build/lwip: the bench compares with it, and nothing of it is in this repository. apt gets a
 * sources list, lists and a cache of its own, so the system's are left as they are. The mirror is the one that the system uses.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../cli/package-root.js";

/** The release of Debian that has lwIP 2.2.1, whichever release this machine runs. */
const SUITE = "trixie";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Longest time of one step, ms. */
const PATIENCE = 120_000;

export interface LwipSource {
  /** Folder that has src/core. */
  readonly directory: string;
  /** Version of Debian's package. */
  readonly version: string;
}

/** Why there is no lwIP to compare with: the middle of a sentence. */
export class LwipMissing extends Error {}

function run(what: string, command: string, args: readonly string[], directory: string): void {
  const { error, status, stderr } = spawnSync(command, args, { cwd: directory, encoding: "utf8", timeout: PATIENCE });
  if (error !== undefined && (error as NodeJS.ErrnoException).code === "ENOENT")
    throw new LwipMissing(`${command} is not installed (it comes with Debian's package dpkg-dev or apt)`);
  if (error !== undefined) throw new LwipMissing(`${what} failed: ${error.message}`);
  const complaint = stderr.split("\n").find((line) => /^E:/.test(line)) ?? `exit code ${status}`;
  if (status !== 0) throw new LwipMissing(`${what} failed: ${complaint}`);
}

/** Debian mirrors in the sources lists below `folder`, old format and new. */
function mirrors(folder: string): string[] {
  const lists = [join(folder, "sources.list")];
  const parts = join(folder, "sources.list.d");
  if (existsSync(parts)) lists.push(...readdirSync(parts).map((name) => join(parts, name)));
  const found = new Set<string>();
  for (const list of lists.filter((path) => existsSync(path))) {
    for (const line of readFileSync(list, "utf8").split("\n")) {
      if (!/^\s*(deb|deb-src|URIs:)\s/.test(line)) continue;
      for (const [address] of line.matchAll(/\S+:\/\/\S+\/debian\/?(?=\s|$)/g)) found.add(address);
    }
  }
  return [...found];
}

/** Options that keep apt inside `state`. */
function privateApt(state: string): string[] {
  const settings = {
    "Dir::Etc::SourceList": join(state, "sources.list"),
    "Dir::Etc::SourceParts": join(state, "parts"),
    "Dir::State::Lists": join(state, "lists"),
    "Dir::Cache": join(state, "cache"),
    "APT::Sandbox::User": "root",
    "APT::Update::Error-Mode": "any",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

function download(home: string, systemSources: string): void {
  const [mirror] = mirrors(systemSources);
  if (mirror === undefined) throw new LwipMissing(`${systemSources} names no Debian mirror`);
  const state = join(home, "apt");
  const packages = join(home, "package");
  for (const folder of [join(state, "lists", "partial"), join(state, "cache", "archives", "partial"), packages])
    mkdirSync(folder, { recursive: true });
  mkdirSync(join(state, "parts"), { recursive: true });
  const signed = existsSync(KEYRING) ? ` [signed-by=${KEYRING}]` : "";
  writeFileSync(join(state, "sources.list"), `deb-src${signed} ${mirror} ${SUITE} main\n`);
  const apt = privateApt(state);
  run("apt-get update", "apt-get", [...apt, "update"], packages);
  run("apt-get source lwip", "apt-get", [...apt, "source", "--download-only", "lwip"], packages);
  const description = readdirSync(packages).find((name) => name.endsWith(".dsc"));
  if (description === undefined) throw new LwipMissing("apt-get source lwip gave no description file");
  const unpacked = join(home, "unpacking");
  rmSync(unpacked, { recursive: true, force: true });
  run("dpkg-source", "dpkg-source", ["-x", description, unpacked], packages);
  const version = /^Version: (\S+)/m.exec(readFileSync(join(packages, description), "utf8"))?.[1] ?? "unknown";
  writeFileSync(join(unpacked, "debian-version"), version);
  // Only a complete source gets this name.
  renameSync(unpacked, join(home, "source"));
}

/**
 * The source, fetched on the first call.
 *
 * @param home folder for it
 * @param systemSources folder with the system's sources lists
 * @throws LwipMissing when it cannot be had
 */
export function lwipSource(home = packagePath("build", "lwip"), systemSources = "/etc/apt"): LwipSource {
  const directory = join(home, "source");
  if (!existsSync(join(directory, "debian-version"))) download(home, systemSources);
  return { directory, version: readFileSync(join(directory, "debian-version"), "utf8") };
}
