/** What npm would publish: everything that an installed package reads. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { CORE_ENTRY, compileAssemblyScript } from "../../cli/build/index.js";
import { DEFAULTS_BOARD, resolveConfig } from "../../cli/config/index.js";
import { packagePath } from "../../cli/package-root.js";

function packedFiles(): Set<string> {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: packagePath(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [packed] = JSON.parse(output) as { files: { path: string }[] }[];
  return new Set(packed?.files.map(({ path }) => path));
}

function filesIn(...folder: string[]): string[] {
  const path = folder.join("/");
  return readdirSync(packagePath(...folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${(entry.parentPath ?? entry.path).slice(packagePath().length + 1)}/${entry.name}`)
    .filter((file) => file.startsWith(path));
}

test("the package has every source of the core, the C host, the template, the examples and the boards", async () => {
  const packed = packedFiles();
  const core = await compileAssemblyScript({
    entry: CORE_ENTRY,
    config: resolveConfig({ board: DEFAULTS_BOARD }),
    optimize: "debug",
  });
  const needed = [
    ...[...core.sources.keys()].map((path) => path.slice(packagePath().length + 1)),
    ...filesIn("runtime", "mcu").filter((path) => path.endsWith(".h")),
    ...filesIn("runtime", "aot", "include"),
    ...filesIn("posix"),
    ...filesIn("examples"),
    ...filesIn("cli", "new", "template"),
    ...filesIn("boards"),
    ...filesIn("kconfig"),
    ...["package.json", "README.md", "LICENSE", "CHANGELOG.md", "Kconfig.ts", "config.ts", "scripts/setup.sh"],
  ];
  assert.ok(needed.length > 100, `${needed.length} files`);
  assert.deepEqual(
    needed.filter((path) => !packed.has(path)),
    [],
  );
});

test("the package has no tests, no caches and no build results", () => {
  const packed = [...packedFiles()];
  assert.deepEqual(
    packed.filter((path) => /^(test|bench|build|node_modules)\/|\.pcap$|\.log$/.test(path)),
    [],
  );
});
