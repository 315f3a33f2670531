/**
 * Keeps what was built under a name that says everything it was made from, so that no program builds the same thing twice:
 * not a second application with the same stack, not the next test. Nothing here can be stale: another input is another name.
 *
 * One file an entry. It is written beside its place and renamed, so it is there whole or not at all, and it carries a checksum:
 * what a full disk or a power cut has spoilt is built again. The entries that were used longest ago go when there are too many.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";

/** Bytes of all entries together, at most. */
const LIMIT = 256 * 1024 * 1024;
/** Entries go until so much of the limit is left, so that not every write has to look for one. */
const KEPT = 0.75;
/** Leftovers of processes that were killed are deleted after so long, milliseconds. */
const LEFTOVER_AGE = 60 * 60_000;
/** A process that builds one thing for longer than this is not waited for, milliseconds. */
const LONGEST_BUILD = 3 * 60_000;
/** Time between two looks at whether another process is done, milliseconds. */
const PAUSE = 50;
const ENTRY = ".entry";

/** Files of an entry: name → contents. */
export type CachedFiles = ReadonlyMap<string, Uint8Array>;

/** Hash of texts and bytes, one after the other. */
export function hash(...parts: (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(`${part.length} `).update(part);
  return digest.digest("hex");
}

/** Writes a file that others may be reading or writing at the same time: they see the old contents or the new. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  const part = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.part`;
  try {
    writeFileSync(part, contents);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** The folder of the cache: SOCKLET_CACHE when it is set, else `.cache` among the results. */
export function cacheDirectory(buildDirectory: string): string {
  const chosen = process.env.SOCKLET_CACHE;
  return resolve(chosen === undefined || chosen === "" ? join(buildDirectory, ".cache") : chosen);
}

/** A process as the owner of a lock: its number and, where that can be told, when it began. Numbers are used again. */
function identity(pid: number): string {
  try {
    // The number of the field counts from behind the name, which may have blanks in it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")")).split(" ")[20]}`;
  } catch {
    return String(pid);
  }
}

function isAlive(owner: string): boolean {
  const pid = Number.parseInt(owner, 10);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return identity(pid) === owner;
}

interface EntryHead {
  readonly checksum: string;
  /** Name and bytes of each file. */
  readonly files: readonly (readonly [name: string, length: number])[];
}

function encode(files: CachedFiles): Uint8Array {
  const body = Buffer.concat([...files.values()]);
  const head: EntryHead = { checksum: hash(body), files: [...files].map(([name, { length }]) => [name, length]) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), deflateSync(body, { level: 1 })]);
}

/** @throws Error when anything is not as `encode` wrote it */
function decode(bytes: Buffer): CachedFiles {
  const end = bytes.indexOf("\n");
  const { checksum, files } = JSON.parse(bytes.toString("utf8", 0, end)) as EntryHead;
  const body = inflateSync(bytes.subarray(end + 1));
  if (hash(body) !== checksum) throw new Error("The entry is damaged.");
  let at = 0;
  return new Map(
    files.map(([name, length]) => {
      at += length;
      return [name, body.subarray(at - length, at)];
    }),
  );
}

export class BuildCache {
  /** @param limit bytes of all entries together, at most */
  constructor(
    readonly directory: string,
    private readonly limit: number = LIMIT,
  ) {}

  /** The files that were written under `key`, or undefined when there are none or they are damaged. */
  read(key: string): CachedFiles | undefined {
    const path = this.path(key);
    try {
      const files = decode(readFileSync(path));
      const now = new Date();
      utimesSync(path, now, now); // used just now: others go first
      return files;
    } catch {
      return undefined;
    }
  }

  /** Keeps `files` under `key`. A cache that cannot be written to is one that never has anything; the build goes on. */
  write(key: string, files: CachedFiles): void {
    const path = this.path(key);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeWhole(path, encode(files));
      this.prune();
    } catch {
      // Full, read-only, not a folder: the next build says so where it writes its own results.
    }
  }

  /**
   * Calls `make` when no other process is making the same; otherwise waits until that one has ended. `make` should therefore look
   * into the cache first.
   */
  async alone<T>(key: string, make: () => Promise<T>): Promise<T> {
    const lock = join(this.directory, `${key}.lock`);
    const end = Date.now() + LONGEST_BUILD;
    let state = this.lock(lock);
    while (state === "taken" && Date.now() < end) {
      await new Promise((proceed) => setTimeout(proceed, PAUSE));
      state = this.lock(lock);
    }
    try {
      return await make();
    } finally {
      if (state === "mine") rmSync(lock, { force: true });
    }
  }

  private lock(path: string): "mine" | "taken" | "impossible" {
    try {
      mkdirSync(this.directory, { recursive: true });
      writeFileSync(path, identity(process.pid), { flag: "wx" });
      return "mine";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return "impossible";
    }
    try {
      const owner = readFileSync(path, "utf8");
      // Empty: its owner is about to write its number.
      const works = owner === "" ? Date.now() - statSync(path).mtimeMs < PAUSE * 20 : isAlive(owner);
      if (!works) rmSync(path, { force: true }); // its owner was killed
    } catch {
      // It has gone in the meantime.
    }
    return "taken";
  }

  private path(key: string): string {
    return join(this.directory, `${key}${ENTRY}`);
  }

  /** Deletes the entries that were used longest ago while there are too many bytes, and what killed processes left. */
  private prune(): void {
    const now = Date.now();
    const entries: { readonly path: string; readonly size: number; readonly used: number }[] = [];
    for (const name of readdirSync(this.directory)) {
      const path = join(this.directory, name);
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined || !found.isFile()) continue;
      if (name.endsWith(ENTRY)) entries.push({ path, size: found.size, used: found.mtimeMs });
      else if (/\.(part|lock)$/.test(name) && now - found.mtimeMs > LEFTOVER_AGE) rmSync(path, { force: true });
    }
    let total = entries.reduce((sum, { size }) => sum + size, 0);
    if (total <= this.limit) return;
    entries.sort((a, b) => a.used - b.used);
    for (const { path, size } of entries) {
      if (total <= this.limit * KEPT) return;
      rmSync(path, { force: true });
      total -= size;
    }
  }
}
