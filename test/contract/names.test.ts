/** POSIX names and zsock_ names are the same functions: the images are equal, byte for byte. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { requireBoard } from "../../cli/boards.js";
import { compileAssemblyScript } from "../../cli/build/index.js";
import { resolveConfig } from "../../cli/config/index.js";
import type { PosixName } from "../../runtime/syscall/table/generate-declarations.js";
import { ROOT, readSource } from "./sources.js";

const NAMES: Readonly<Record<string, PosixName>> = JSON.parse(readSource("posix/names.json"));

/** WebAssembly of a program in the folder of udp_echo, whose options it has. */
async function compile(source: string, defines: readonly string[] = []): Promise<Uint8Array> {
  const directory = join(ROOT, "examples/udp_echo");
  const entry = join(directory, "names-test.ts");
  const { wasm } = await compileAssemblyScript({
    entry,
    config: resolveConfig({ board: requireBoard("native_sim"), defines }),
    optimize: "speed",
    baseDirectory: directory,
    virtualFiles: new Map([[entry, source]]),
  });
  return wasm;
}

/** The source with each POSIX name that is imported replaced by its twin, everywhere but in strings and comments. */
function withTwins(source: string): string {
  const imported = new Set(
    [...source.matchAll(/import \{([^}]*)\}/g)].flatMap(([, list = ""]) => list.split(",").map((name) => name.trim())),
  );
  return source.replace(/"[^"\n]*"|\/\/.*|\/\*[\s\S]*?\*\/|\b[A-Za-z_]\w*\b/g, (word) =>
    imported.has(word) ? (NAMES[word]?.twin ?? word) : word,
  );
}

for (const example of ["udp_echo", "select_two_ports", "udp_client"]) {
  test(`${example}: the image is the same with zsock_ names, and with the POSIX names switched off`, async () => {
    const source = readSource(`examples/${example}/main.ts`);
    const renamed = withTwins(source);
    assert.match(renamed, /\bzsock_socket\(/);
    assert.doesNotMatch(renamed, /\bsocket\(/);
    const image = await compile(source);
    assert.deepEqual(await compile(renamed), image);
    assert.deepEqual(await compile(renamed, ["CONFIG_NET_SOCKETS_POSIX_NAMES=n"]), image);
  });
}

test("every POSIX name can be imported from its header, beside its twin", async () => {
  const lines = Object.entries(NAMES).map(
    ([name, { twin, header }]) => `import { ${name}, ${twin} } from "socklet/posix/${header}";`,
  );
  const image = await compile(`${lines.join("\n")}\n`);
  assert.ok(WebAssembly.validate(image));
});

test("the names that newer versions of Zephyr use can be imported too", async () => {
  const twins = [...readSource("posix/zsock/twins.ts").matchAll(/\b(\w+) as (\w+)\b/g)];
  assert.ok(twins.length > 40);
  const use = twins.map(([, name, twin]) => `import { ${name}, ${twin} } from "socklet/posix/zsock";`);
  const same = twins
    .filter(([, name = ""]) => /^[A-Z_0-9]+$/.test(name))
    .map(([, name, twin]) => `if (${name} != ${twin}) unreachable();`);
  const image = await compile(`${use.join("\n")}\n${same.join("\n")}\n`);
  assert.ok(WebAssembly.validate(image));
  new WebAssembly.Instance(new WebAssembly.Module(image));
});
