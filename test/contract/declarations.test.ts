/** The generated files of posix/ are what their sources say, and every name has its place. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ERROR_TEXT } from "../../runtime/syscall/table/error-text.js";
import { declarationName, generatedFiles, posixNames } from "../../runtime/syscall/table/generate-declarations.js";
import { SYSTEM_CALLS } from "../../runtime/syscall/table/index.js";
import { ROOT, readSource } from "./sources.js";

for (const [path, text] of Object.entries(generatedFiles(ROOT))) {
  test(`${path} is up to date`, () => {
    assert.equal(readSource(path), text, "run: npx tsx runtime/syscall/table/generate-declarations.ts");
  });
}

test("every system call is declared once", () => {
  const names = SYSTEM_CALLS.map(declarationName);
  assert.equal(new Set(names).size, names.length);
  const text = readSource("posix/imports.ts");
  for (const name of names) assert.match(text, new RegExp(`function ${name}\\(`));
});

test("every POSIX name is the twin of a zsock_, ZSOCK_, zvfs_ or ZVFS_ name, and its header has both", () => {
  const names = posixNames(join(ROOT, "posix/names"));
  assert.ok(Object.keys(names).length > 40);
  for (const [name, { twin, header }] of Object.entries(names)) {
    assert.match(twin, /^(zsock_|ZSOCK_|zvfs_|ZVFS_|ZFD_)/, name);
    assert.ok(existsSync(join(ROOT, "posix", `${header}.ts`)), `${name}: posix/${header}.ts`);
    assert.match(readSource(`posix/${header}.ts`), /export \* from "[./]+names\//, header);
  }
});

test("nothing but names is in posix/names: an option takes these files away", () => {
  for (const file of readdirSync(join(ROOT, "posix/names"))) {
    const text = readSource(`posix/names/${file}`).replace(/\/\*\*[\s\S]*?\*\//g, "");
    const rest = text.replace(/export \{[^}]*\} from "[^"]+";/g, "").trim();
    assert.equal(rest, "", file);
    for (const [, list = ""] of text.matchAll(/export \{([^}]*)\}/g)) {
      for (const part of list.split(",").filter((each) => each.trim() !== "")) assert.match(part, /\w+ as \w+/, file);
    }
  }
});

/** Names and numbers of posix/errno.ts. */
function errnoConstants(): Map<string, number> {
  return new Map(
    [...readSource("posix/errno.ts").matchAll(/^export const (E\w+): i32 = (\d+);/gm)].map(
      ([, name, value]): [string, number] => [name as string, Number(value)],
    ),
  );
}

test("strerror's texts are by rising number and belong to errnos that exist", () => {
  const numbers = ERROR_TEXT.map(([number]) => number);
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  );
  const known = new Set(errnoConstants().values());
  for (const number of numbers) assert.ok(known.has(number), String(number));
});

test("each WASI errno has the Zephyr number of the same name", () => {
  const table =
    /static numbers\(\): usize \{[^[]*\[([\s\S]*?)\]\)/.exec(readSource("posix/zsock/result.ts"))?.[1] ?? "";
  const rows = [...table.matchAll(/(\d+), \/\/ (\w+)/g)];
  assert.equal(rows.length, 77);
  const constants = errnoConstants();
  const exceptions: Readonly<Record<string, number>> = { success: 0, notsup: 95, notcapable: 1 };
  for (const [, number, name = ""] of rows) {
    const expected = exceptions[name] ?? constants.get(`E${name.toUpperCase()}`);
    assert.equal(Number(number), expected, name);
  }
});

const PREPROCESSOR = spawnSync("arm-none-eabi-gcc", ["-D__LINUX_ERRNO_EXTENSIONS__", "-dM", "-E", "-"], {
  input: "#include <errno.h>\n",
  encoding: "utf8",
});

test("errno's numbers are newlib's, which are Zephyr's", {
  skip: PREPROCESSOR.error !== undefined ? "arm-none-eabi-gcc, whose headers are compared, is not installed" : false,
}, () => {
  const defined = new Map(
    [...PREPROCESSOR.stdout.matchAll(/^#define (E\w+) (\d+|E\w+)/gm)].map(([, name, value]): [string, string] => [
      name as string,
      value as string,
    ]),
  );
  const constants = errnoConstants();
  assert.ok(constants.size > 70);
  for (const [name, number] of constants) {
    const value = defined.get(name) ?? "";
    assert.equal(Number(/^\d+$/.test(value) ? value : defined.get(value)), number, name);
  }
});
