/** Modules and images out of the cache: never a stale one, whatever changes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { requireBoard } from "../../cli/boards.js";
import { compileAssemblyScript } from "../../cli/build/assemblyscript.js";
import { BuildCache } from "../../cli/build/build-cache.js";
import { compilerIdentity } from "../../cli/build/compiler-identity.js";
import { CORE_ENTRY } from "../../cli/build/index.js";
import { type CompiledModule, compileCached, mentionedOptions, requestKey } from "../../cli/build/module-cache.js";
import { DEFAULTS_BOARD, resolveConfig } from "../../cli/config/index.js";
import { OPTIONS } from "../../Kconfig.js";
import { compileCore } from "../harness/compile.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "socklet-modules-"));
  put("main.ts", 'import { part } from "./part";\nexport function f(): i32 {\n  return part();\n}\n');
  put("part.ts", "export function part(): i32 {\n  return 1;\n}\n");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(name: string, text: string): void {
  const path = join(directory, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

function compile(defines: readonly string[] = [], optimize: "speed" | "debug" = "speed"): Promise<CompiledModule> {
  const config = resolveConfig({ board: DEFAULTS_BOARD, defines });
  return compileCached(
    { entry: join(directory, "main.ts"), config, optimize },
    new BuildCache(join(directory, "cache")),
  );
}

function answer({ wasm }: CompiledModule): number {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)), {});
  return (instance.exports as { f(): number }).f();
}

/** Whether it was taken from the cache, and what its function answers. */
async function outcome(...how: Parameters<typeof compile>): Promise<[cached: boolean, value: number]> {
  const module = await compile(...how);
  return [module.cached, answer(module)];
}

test("the same sources make the same module, once", async () => {
  const first = await compile();
  const second = await compile();
  assert.deepEqual([first.cached, second.cached], [false, true]);
  assert.deepEqual({ ...second, cached: false, wasm: [...second.wasm] }, { ...first, wasm: [...first.wasm] });
});

test("a changed source makes another module; changed back, the first is still there", async () => {
  assert.deepEqual(await outcome(), [false, 1]);
  put("part.ts", "export function part(): i32 {\n  return 2;\n}\n");
  assert.deepEqual(await outcome(), [false, 2]);
  put("part.ts", "export function part(): i32 {\n  return 1;\n}\n");
  assert.deepEqual(await outcome(), [true, 1]);
});

test("a file that comes before the one that was read makes another module, and so does one that goes", async () => {
  rmSync(join(directory, "part.ts"));
  put("part/index.ts", "export function part(): i32 {\n  return 3;\n}\n");
  assert.deepEqual(await outcome(), [false, 3]);
  put("part.ts", "export function part(): i32 {\n  return 4;\n}\n");
  assert.deepEqual(await outcome(), [false, 4]);
  rmSync(join(directory, "part.ts"));
  assert.deepEqual(await outcome(), [true, 3]);
  rmSync(join(directory, "part"), { recursive: true });
  await assert.rejects(compile(), /part/);
});

test("a changed import makes another module", async () => {
  assert.deepEqual(await outcome(), [false, 1]);
  put("other.ts", "export function part(): i32 {\n  return 5;\n}\n");
  put("main.ts", 'import { part } from "./other";\nexport function f(): i32 {\n  return part();\n}\n');
  assert.deepEqual(await outcome(), [false, 5]);
  put("other.ts", "export function part(): i32 {\n  return 6;\n}\n");
  assert.deepEqual(await outcome(), [false, 6]);
});

test("an option that a source mentions makes another module, one that none mentions does not", async () => {
  put(
    "part.ts",
    'import { CONFIG_NET_TASKS } from "socklet/config";\nexport function part(): i32 {\n  return CONFIG_NET_TASKS;\n}\n',
  );
  assert.deepEqual(await outcome(), [false, 1]);
  assert.deepEqual(await outcome(["CONFIG_NET_TASKS=3"]), [false, 3]);
  assert.deepEqual(await outcome(["CONFIG_NET_MAX_CONTEXTS=9"]), [true, 1]);
  assert.deepEqual(await outcome(["CONFIG_NET_TASKS=3", "CONFIG_NET_MAX_CONTEXTS=9"]), [true, 3]);
});

test("a source that takes all options without naming them depends on all", async () => {
  put(
    "part.ts",
    'import * as options from "socklet/config";\nexport function part(): i32 {\n  return options.CONFIG_NET_TASKS;\n}\n',
  );
  assert.deepEqual(await outcome(), [false, 1]);
  assert.deepEqual(await outcome(["CONFIG_NET_MAX_CONTEXTS=9"]), [false, 1]);
  assert.deepEqual(await outcome(["CONFIG_NET_MAX_CONTEXTS=9"]), [true, 1]);
  assert.equal(mentionedOptions(['export * from "../config";']), undefined);
  assert.equal(mentionedOptions(["import * as all from '../config'"]), undefined);
  assert.deepEqual(mentionedOptions(["CONFIG_B + CONFIG_A", 'import * as x from "./y";']), ["CONFIG_A", "CONFIG_B"]);
});

test("another way of compiling, another compiler: another module", async () => {
  assert.deepEqual(await outcome(), [false, 1]);
  assert.deepEqual(await outcome([], "debug"), [false, 1]);
  const config = resolveConfig({ board: DEFAULTS_BOARD });
  const request = { entry: join(directory, "main.ts"), config, optimize: "speed" } as const;
  assert.equal(requestKey(request), requestKey({ ...request }));
  assert.notEqual(requestKey(request, "0.0.1"), requestKey(request));
});

test("a module that the disk has spoilt is compiled again", async () => {
  assert.deepEqual(await outcome(), [false, 1]);
  const cache = join(directory, "cache");
  for (const name of readdirSync(cache)) truncateSync(join(cache, name), 40);
  assert.deepEqual(await outcome(), [false, 1]);
  assert.deepEqual(await outcome(), [true, 1]);
});

test("a warning is said again", async () => {
  put("part.ts", 'export function part(): i32 {\n  WARNING("mind the gap");\n  return 1;\n}\n');
  const first = await compile();
  assert.match(first.diagnostics.join(), /mind the gap/);
  assert.deepEqual((await compile()).diagnostics, first.diagnostics);
});

test("the core: options that none of its files mentions make no difference, in any byte", async () => {
  const core = await compileCore();
  const { sources } = await compileAssemblyScript({ entry: CORE_ENTRY, config: core.config, optimize: "debug" });
  const mentioned = new Set(mentionedOptions(sources.values()));
  const others = OPTIONS.filter(({ name, type, internal, depends }) => {
    // One whose dependencies are not met cannot be set.
    const settable = internal !== true && depends === undefined && (type === "int" || type === "bool");
    return settable && !mentioned.has(`CONFIG_${name}`);
  });
  assert.ok(others.length > 3, others.map(({ name }) => name).join(" "));
  const defines = others.map(({ name, type, multipleOf = 8 }) => {
    const value = core.config.get(name);
    return `CONFIG_${name}=${type === "bool" ? (value === true ? "n" : "y") : Number(value) + multipleOf}`;
  });
  const config = resolveConfig({ board: DEFAULTS_BOARD, defines });
  const { wasm } = await compileAssemblyScript({ entry: CORE_ENTRY, config, optimize: "speed" });
  assert.equal(Buffer.compare(wasm, core.wasm), 0);
});

test("another C compiler makes another image", { skip: process.platform === "win32" }, () => {
  const board = requireBoard("qemu_cortex_m3");
  assert.ok(board.kind === "mcu");
  const before = process.env.PATH;
  const withCompiler = (version: string): string => {
    const bin = join(directory, `bin-${version}`);
    mkdirSync(bin);
    writeFileSync(join(bin, "arm-none-eabi-gcc"), `#!/bin/sh\necho "gcc ${version}"\n`, { mode: 0o755 });
    process.env.PATH = `${bin}${delimiter}${before}`;
    return compilerIdentity(board);
  };
  try {
    const old = withCompiler("12.2");
    assert.match(old, /gcc 12\.2/);
    assert.notEqual(withCompiler("12.3"), old);
  } finally {
    process.env.PATH = before;
  }
  if (spawnSync("arm-none-eabi-gcc", ["--version"]).error === undefined) {
    assert.match(compilerIdentity(board), /cc1 \d+ [\d.]+\n[\s\S]*libgcc\.a \d+ [\d.]+/, "its parts count as well");
  }
});
