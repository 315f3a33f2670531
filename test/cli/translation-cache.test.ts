/** C text out of the cache: the same as a new one, and never that of something else. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { BuildCache } from "../../cli/build/build-cache.js";
import { translateCached } from "../../cli/build/translation-cache.js";
import { translate } from "../../runtime/aot/index.js";

/** A module with a memory of one page and a function that answers 7: magic and version, types, functions, memory, exports, code. */
const WASM = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[3, 2, 1, 0],
  ...[5, 3, 1, 0, 1],
  ...[7, 5, 1, 1, 0x66, 0, 0],
  ...[10, 6, 1, 4, 0, 0x41, 7, 0x0b],
]);

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "socklet-translations-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const entries = (): string[] => readdirSync(directory).filter((name) => name.endsWith(".entry"));
const take = (options: { name: string; memorySize: number }, translator = "1") =>
  translateCached(WASM, options, translator, new BuildCache(directory));

test("what comes out of the cache is what was translated", async () => {
  const options = { name: "core", memorySize: 4096 };
  const { memoryImage: _, ...plain } = await translate(WASM, options);
  assert.match(plain.source, /core_f\(void\)/);
  assert.deepEqual(await take(options), plain);
  assert.equal(entries().length, 1);
  assert.deepEqual(await take(options), plain);
  assert.equal(entries().length, 1);
});

test("other options or another translator are another translation", async () => {
  await take({ name: "core", memorySize: 4096 });
  assert.match((await take({ name: "core", memorySize: 8192 })).source, /8192u/);
  assert.match((await take({ name: "other", memorySize: 4096 })).source, /other_f\(void\)/);
  await take({ name: "core", memorySize: 4096 }, "2");
  assert.equal(entries().length, 4);
});

test("a damaged entry is translated again", async () => {
  const options = { name: "core", memorySize: 4096 };
  const first = await take(options);
  truncateSync(join(directory, entries()[0]), 60);
  assert.deepEqual(await take(options), first);
  assert.deepEqual(await take(options), first);
});
