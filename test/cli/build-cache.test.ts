/** BuildCache: whole or not there, bounded, safe for two processes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { BuildCache, cacheDirectory, writeWhole } from "../../cli/build/build-cache.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "socklet-cache-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const files = (text: string): Map<string, Uint8Array> => new Map([["a", Buffer.from(text)]]);
const text = (cache: BuildCache, key: string): string | undefined => cache.read(key)?.get("a")?.toString();
const entry = (key: string): string => join(directory, `${key}.entry`);

test("what was written is read, all files of it, empty ones too", () => {
  const cache = new BuildCache(join(directory, "not", "there", "yet"));
  assert.equal(cache.read("one"), undefined);
  const [first, second] = [randomBytes(5000), new Uint8Array(0)];
  cache.write(
    "one",
    new Map([
      ["first", first],
      ["second", second],
      ["ä", Buffer.from("third")],
    ]),
  );
  const read = new BuildCache(cache.directory).read("one");
  assert.deepEqual([...(read?.keys() ?? [])], ["first", "second", "ä"]);
  assert.equal(Buffer.compare(read?.get("first") as Uint8Array, first), 0);
  assert.equal(read?.get("second")?.length, 0);
  assert.equal(read?.get("ä")?.toString(), "third");
});

test("an entry that was cut off, changed or is something else is none, and can be written again", () => {
  const cache = new BuildCache(directory);
  const spoil: readonly ((path: string) => void)[] = [
    (path) => truncateSync(path, 0),
    (path) => truncateSync(path, readFileSync(path).length - 3),
    (path) => writeFileSync(path, "something else\n"),
    (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.length - 2] ^= 1;
      writeFileSync(path, bytes);
    },
  ];
  for (const [index, each] of spoil.entries()) {
    cache.write("one", files("right"));
    assert.equal(text(cache, "one"), "right");
    each(entry("one"));
    assert.equal(cache.read("one"), undefined, `spoilt in way ${index}`);
  }
  cache.write("one", files("again"));
  assert.equal(text(cache, "one"), "again");
});

test("what a process that was killed has begun to write is no entry, and is deleted later", () => {
  const cache = new BuildCache(directory);
  const part = `${entry("one")}.1-abcd.part`;
  writeFileSync(part, "half of");
  assert.equal(cache.read("one"), undefined);
  cache.write("two", files("2"));
  assert.ok(
    readdirSync(directory).some((name) => name.endsWith(".part")),
    "it may still be at work",
  );
  utimesSync(part, 0, 0);
  cache.write("three", files("3"));
  assert.deepEqual(readdirSync(directory).sort(), ["three.entry", "two.entry"]);
});

test("the cache has a bound, and what was used last stays", () => {
  const cache = new BuildCache(directory, 10_000);
  const some = (): Map<string, Uint8Array> => new Map([["a", randomBytes(2000)]]);
  for (const [age, key] of ["one", "two", "three", "four"].entries()) {
    cache.write(key, some());
    utimesSync(entry(key), 1000 + age, 1000 + age);
  }
  assert.notEqual(cache.read("one"), undefined);
  cache.write("five", some());
  const left = ["one", "two", "three", "four", "five"].filter((key) => cache.read(key) !== undefined);
  assert.deepEqual(left, ["one", "four", "five"]);
});

test("two who make the same come one after the other, two who make different things do not wait", async () => {
  const cache = new BuildCache(directory);
  const log: string[] = [];
  const make = (key: string, name: string) =>
    cache.alone(key, async () => {
      log.push(`${name} begins`);
      if (text(cache, key) === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        cache.write(key, files(name));
      }
      log.push(`${name} ends with what ${text(cache, key)} made`);
    });
  await Promise.all([make("same", "first"), make("same", "second"), make("other", "third")]);
  assert.deepEqual(log.slice(0, 2), ["first begins", "third begins"]);
  assert.deepEqual(log.slice(-2), ["second begins", "second ends with what first made"]);
  assert.ok(!readdirSync(directory).some((name) => name.endsWith(".lock")));
});

test("nobody waits for a process that has gone, nor after a failure", async () => {
  const cache = new BuildCache(directory);
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(join(directory, "one.lock"), String(pid));
  assert.equal(await cache.alone("one", async () => "made"), "made");
  if (process.platform === "linux") {
    // Its number is another process's now: this one's.
    writeFileSync(join(directory, "one.lock"), `${process.pid} 1`);
    assert.equal(await cache.alone("one", async () => "made"), "made");
  }
  await assert.rejects(
    cache.alone("one", async () => {
      throw new Error("it does not compile");
    }),
    /it does not compile/,
  );
  assert.equal(await cache.alone("one", async () => "made again"), "made again");
});

test("a place that cannot be written to is a cache without entries", async () => {
  writeFileSync(join(directory, "file"), "");
  const cache = new BuildCache(join(directory, "file", "below"));
  cache.write("one", files("1"));
  assert.equal(cache.read("one"), undefined);
  assert.equal(await cache.alone("one", async () => "made"), "made");
});

test("a file that is written anew has the old contents or the new, and leaves nothing beside it", () => {
  const path = join(directory, "file");
  writeWhole(path, "old");
  writeWhole(path, "new");
  assert.equal(readFileSync(path, "utf8"), "new");
  assert.throws(() => writeWhole(directory, "a folder is in the way"));
  assert.deepEqual(readdirSync(directory), ["file"]);
});

test("SOCKLET_CACHE chooses the folder; else it is among the results", () => {
  const before = process.env.SOCKLET_CACHE;
  try {
    process.env.SOCKLET_CACHE = directory;
    assert.equal(cacheDirectory("build"), directory);
    process.env.SOCKLET_CACHE = "";
    assert.equal(cacheDirectory(directory), join(directory, ".cache"));
  } finally {
    if (before === undefined) delete process.env.SOCKLET_CACHE;
    else process.env.SOCKLET_CACHE = before;
  }
});
