/** The import rule of docs/architecture.md: who may import whom. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Layer {
  /** Files of the layer: a folder with a slash at its end, or one file. The first layer that fits counts. */
  readonly files: string;
  /** What they may import besides their own layer. */
  readonly may: readonly string[];
}

/** Rows of the table in docs/architecture.md, the narrower ones first. */
const LAYERS: readonly Layer[] = [
  { files: "Kconfig.ts", may: ["kconfig/"] },
  { files: "kconfig/", may: [] },
  { files: "config.ts", may: [] },
  { files: "net.ts", may: ["posix/"] },
  { files: "posix/", may: ["config.ts"] },
  { files: "hal/", may: ["config.ts"] },
  { files: "net/", may: ["hal/", "config.ts"] },
  { files: "runtime/syscall/table/", may: [] },
  { files: "runtime/syscall/", may: ["net/", "hal/", "config.ts"] },
  { files: "runtime/aot/", may: [] },
  { files: "runtime/mcu/", may: ["boards/", "runtime/syscall/table/", "runtime/aot/"] },
  { files: "runtime/node/", may: ["runtime/syscall/table/"] },
  { files: "boards/", may: [] },
  { files: "cli/", may: ["Kconfig.ts", "boards/", "runtime/"] },
];

const IMPORT = /^\s*(?:import|export)\b[^"';]*?(?:from\s*)?["']([^"']+)["']/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*["']([^"']+)["']/g;

/** Modules that a source text imports, as written. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
  return [...code.matchAll(IMPORT), ...code.matchAll(DYNAMIC_IMPORT)].map((match) => match[1] ?? "");
}

function layerOf(path: string): Layer | undefined {
  return LAYERS.find(({ files }) => (files.endsWith("/") ? path.startsWith(files) : path === files));
}

/** What `path` imports of this package, as paths from its root (without extension), or outside: undefined. */
function target(path: string, specifier: string): string | undefined {
  if (specifier.startsWith("socklet/")) return specifier.slice("socklet/".length);
  if (!specifier.startsWith(".")) return undefined;
  return normalize(join(dirname(path), specifier)).replace(/\.js$/, ".ts");
}

function allowed(from: Layer, to: string): boolean {
  const place = /\.ts$/.test(to) ? to : `${to}.ts`;
  const layer = layerOf(place);
  if (layer === from) return true;
  return from.may.some((entry) => (entry.endsWith("/") ? place.startsWith(entry) : place === entry));
}

/** Imports of one file that break the rule. */
function violations(path: string, text: string): string[] {
  const from = layerOf(path);
  if (from === undefined) return [];
  return importsOf(text).flatMap((specifier) => {
    const to = target(path, specifier);
    return to === undefined || allowed(from, to) ? [] : [`${path} imports ${to}`];
  });
}

const sources = ["kconfig", "posix", "hal", "net", "runtime", "boards", "cli"]
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
  )
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.startsWith("cli/new/template/"))
  .concat("Kconfig.ts", "config.ts", "net.ts");

test("every import obeys the table of docs/architecture.md", () => {
  assert.ok(sources.length > 50, "the sources were found");
  assert.deepEqual(
    sources.flatMap((path) => violations(path, readFileSync(join(ROOT, path), "utf8"))),
    [],
  );
});

test("a driver does not import the stack, and nothing below imports the CLI", () => {
  assert.deepEqual(violations("hal/drivers/x.ts", 'import { Udp } from "../../net/transport/udp/input";'), [
    "hal/drivers/x.ts imports net/transport/udp/input",
  ]);
  assert.deepEqual(violations("net/x.ts", 'export * from "../runtime/syscall/core";'), [
    "net/x.ts imports runtime/syscall/core",
  ]);
  assert.deepEqual(violations("runtime/mcu/x.ts", 'const a = await import("../../cli/main.js");'), [
    "runtime/mcu/x.ts imports cli/main.ts",
  ]);
  assert.deepEqual(violations("posix/x.ts", 'import {\n  a,\n  b,\n} from "socklet/net/stack";'), [
    "posix/x.ts imports net/stack",
  ]);
});

test("the layers of the table are the folders of docs/architecture.md", () => {
  const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  for (const { files } of LAYERS) {
    if (files === "runtime/syscall/table/") continue;
    const documented = page.includes(`| \`${files}\` |`) || page.includes(`| \`${files}<name>/\` |`);
    assert.ok(documented, `docs/architecture.md has a row for ${files}`);
  }
});
