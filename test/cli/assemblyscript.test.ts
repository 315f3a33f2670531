/** compileAssemblyScript: what it serves to asc, what it says about mistakes. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type AssemblyScriptRequest, CORE_ENTRY, compileAssemblyScript } from "../../cli/build/index.js";
import { DEFAULTS_BOARD, resolveConfig } from "../../cli/config/index.js";
import { UserError } from "../../cli/errors.js";
import { packagePath } from "../../cli/package-root.js";

/** Outside of the package, as an application of somebody else is. */
const ELSEWHERE = join(tmpdir(), "socklet-elsewhere");
const MAIN = join(ELSEWHERE, "main.ts");

function request(
  source: string,
  defines: string[] = [],
  more: Partial<AssemblyScriptRequest> = {},
): AssemblyScriptRequest {
  return {
    entry: MAIN,
    config: resolveConfig({ board: DEFAULTS_BOARD, defines }),
    optimize: "speed",
    virtualFiles: new Map([[MAIN, source]]),
    ...more,
  };
}

function instance(wasm: Uint8Array): Record<string, () => number> {
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  return new WebAssembly.Instance(module, {}).exports as Record<string, () => number>;
}

/** Sections of a module without those named "name", as [id, bytes]. */
function codeSections(wasm: Uint8Array): [number, string][] {
  const sections: [number, string][] = [];
  const number = (at: number): [number, number] => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return [value, at];
    }
  };
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at] ?? 0;
    const [size, begin] = number(at + 1);
    if (id !== 0) sections.push([id, Buffer.from(wasm.subarray(begin, begin + size)).toString("hex")]);
    at = begin + size;
  }
  return sections;
}

async function failure(source: string, defines: string[] = []): Promise<string> {
  try {
    await compileAssemblyScript(request(source, defines));
  } catch (error) {
    assert.ok(error instanceof UserError, `a UserError, not ${error}`);
    return error.message;
  }
  assert.fail("it compiled");
}

test("an application outside of the package imports socklet/… and its own configuration", async () => {
  const source =
    'import { CONFIG_NET_TASKS } from "socklet/config";\nexport function tasks(): i32 { return CONFIG_NET_TASKS; }\n';
  const { wasm } = await compileAssemblyScript(request(source, ["CONFIG_NET_TASKS=7"]));
  assert.equal(instance(wasm).tasks?.(), 7);
});

test("what an option switches off is absent from the module", async () => {
  const source = `import { CONFIG_NET_UDP } from "socklet/config";
@inline function secret(): i32 { return 0x5ec2e7; }
export function f(): i32 { if (CONFIG_NET_UDP) return secret(); return 0; }\n`;
  const on = await compileAssemblyScript(request(source));
  const off = await compileAssemblyScript(request(source, ["CONFIG_NET_UDP=n"]));
  assert.match(on.text(), /6210279|0x5ec2e7/);
  assert.doesNotMatch(off.text(), /6210279/);
});

test("functions have names, and the names change no code", async () => {
  const source = `const TABLE: usize = memory.data(64, 4);
function inner(n: u32): u32 { let s: u32 = 0; for (let i: u32 = 0; i < n; i++) s += load<u32>(TABLE + ((i & 15) << 2)) ^ n; return s; }
export function a(n: u32): u32 { return inner(n) + inner(n << 1); }
export function b(n: u32): u32 { return inner(n) - 1; }\n`;
  const specifier: string = "assemblyscript/asc";
  const { main: asc } = (await import(specifier)) as {
    main(argv: string[], hooks: object): Promise<{ error: Error | null }>;
  };
  for (const [optimize, flag] of [
    ["speed", "-O3"],
    ["size", "-Oz"],
  ] as const) {
    const named = await compileAssemblyScript(request(source, [], { optimize }));
    const module = new WebAssembly.Module(new Uint8Array(named.wasm));
    assert.equal(WebAssembly.Module.customSections(module, "name").length, 1);
    let plain = new Uint8Array();
    const argv = ["main.ts", "-o", "main.wasm", "--runtime", "stub", "--noAssert", "--memoryBase", "16", flag];
    const { error } = await asc(argv, {
      readFile: (name: string) => (name === "main.ts" ? source : null),
      writeFile: (_: string, bytes: Uint8Array) => {
        plain = Uint8Array.from(bytes);
      },
      listFiles: () => [],
    });
    assert.equal(error, null);
    assert.deepEqual(codeSections(named.wasm), codeSections(plain));
  }
});

test("the end of static data is known, whether anything allocates or not", async () => {
  const plain = await compileAssemblyScript(
    request("const A: usize = memory.data(1000, 4);\nexport function f(): u32 { return load<u32>(A); }\n"),
  );
  assert.equal(plain.heapBase, 1016);
  const allocating = await compileAssemblyScript(
    request("export function f(): usize { return __heap_base + heap.alloc(8); }\n"),
  );
  const base = allocating.heapBase;
  assert.ok(base >= 16 && base < 200, `${base}`);
});

test("assertions are checked in debug, and cost nothing otherwise", async () => {
  const source = "export function f(): i32 { assert(false); return 3; }\n";
  assert.equal(instance((await compileAssemblyScript(request(source))).wasm).f?.(), 3);
  const debug = await compileAssemblyScript(request(source, [], { optimize: "debug" }));
  assert.throws(() => instance(debug.wasm).f?.(), WebAssembly.RuntimeError);
});

test("a mistake is reported with file, line and column", async () => {
  const text = await failure("export function f(): i32 {\n  return missing;\n}\n");
  assert.match(text, /Cannot find name 'missing'/);
  assert.match(text, /main\.ts\(2,10\)/);
});

test("an entry file that is not there is named", async () => {
  await assert.rejects(compileAssemblyScript(request("", [], { entry: join(ELSEWHERE, "absent.ts") })), /absent\.ts/);
});

test("a POSIX name that is switched off: the error names the option, where it was set, and the zsock_ twin", async () => {
  const define = "CONFIG_NET_SOCKETS_POSIX_NAMES=n";
  const text = await failure(
    'import { recv } from "socklet/posix/sys/socket";\nexport function f(): usize { return recv.index; }\n',
    [define],
  );
  assert.match(text, /"recv" exists only with CONFIG_NET_SOCKETS_POSIX_NAMES=y/);
  assert.match(text, /-DCONFIG_NET_SOCKETS_POSIX_NAMES=n/);
  assert.match(text, /Import zsock_recv from "socklet\/posix\/sys\/socket"/);
  const macro = await failure(
    'import { FD_SET } from "socklet/posix/sys/select";\nFD_SET(0, changetype<usize>(0));\n',
    [define],
  );
  assert.match(macro, /ZSOCK_FD_SET/);
  // A name that never existed gets no such advice.
  const unknown = await failure('import { recvv } from "socklet/posix/sys/socket";\nrecvv();\n', [define]);
  assert.doesNotMatch(unknown, /POSIX_NAMES/);
});

test("zsock_ names compile with the option off", async () => {
  const source = `import { zsock_socket } from "socklet/posix/sys/socket";
export function f(): i32 { return zsock_socket(1, 2, 0); }\n`;
  const { wasm } = await compileAssemblyScript(request(source, ["CONFIG_NET_SOCKETS_POSIX_NAMES=n"]));
  assert.ok(wasm.length > 0);
});

test("compilations at the same time do not disturb each other", async () => {
  const results = await Promise.all(
    [1, 2, 3].map((n) =>
      compileAssemblyScript(
        request(
          'import { CONFIG_NET_TASKS } from "socklet/config";\nexport function f(): i32 { return CONFIG_NET_TASKS; }\n',
          [`CONFIG_NET_TASKS=${n}`],
        ),
      ),
    ),
  );
  assert.deepEqual(
    results.map(({ wasm }) => instance(wasm).f?.()),
    [1, 2, 3],
  );
});

test("an application that throws needs no host function for it: the throw is a trap", async () => {
  const source = "const LIST: i32[] = [1, 2];\nexport function f(i: i32): i32 { return LIST[i]; }\n";
  const { wasm } = await compileAssemblyScript(request(source));
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm))), []);
  const { f } = instance(wasm) as unknown as { f(index: number): number };
  assert.equal(f(1), 2);
  assert.throws(() => f(2), WebAssembly.RuntimeError);
});

test("a small image inlines of the stack what is short, of an application what it asks for", async () => {
  const source = `const TABLE: usize = memory.data(1024, 4);
class Table {
  @inline static short(i: u32): u32 { return load<u32>(TABLE + i); }
  @inline static long(i: u32): u32 {
    const there = load<u32>(TABLE + ((i & 255) << 2)) * 31 + i;
    store<u32>(TABLE + ((there & 255) << 2), there ^ (i << 3));
    return there;
  }
}
export function f(i: u32): u32 { return Table.short(i) + Table.long(i) + Table.long(i + 1) + Table.long(i ^ 3); }\n`;
  const called = async (folder: string, optimize: AssemblyScriptRequest["optimize"]): Promise<string[]> => {
    const entry = join(folder, "inlined.ts");
    const virtualFiles = new Map([[entry, source]]);
    const { text } = await compileAssemblyScript(request("", [], { entry, virtualFiles, optimize }));
    return [...new Set([...text().matchAll(/call \$\S*Table[.#](\w+)/g)].map(([, name]) => name ?? ""))];
  };
  assert.deepEqual(await called(packagePath("net"), "size"), ["long"]);
  assert.deepEqual(await called(packagePath("net"), "speed"), []);
  assert.deepEqual(await called(packagePath("examples"), "size"), []);
  assert.deepEqual(await called(ELSEWHERE, "size"), []);
});

test("without UDP and raw sockets a small stack has no code for datagrams, and with UDP it has", async () => {
  const datagrams = async (defines: string[]): Promise<number> => {
    const config = resolveConfig({ board: DEFAULTS_BOARD, defines: ["CONFIG_OPTIMIZE_FOR_SIZE=y", ...defines] });
    const { text } = await compileAssemblyScript({ entry: CORE_ENTRY, config, optimize: "size" });
    return [...text().matchAll(/\(func \S*\b(DatagramSocket|UdpOutput|UdpInput)\b/g)].length;
  };
  const streams = ["CONFIG_NET_SOCKETS_INET_RAW=n", "CONFIG_NET_SOCKETS_PACKET=n"];
  assert.equal(await datagrams([...streams, "CONFIG_NET_UDP=n"]), 0);
  assert.ok((await datagrams(streams)) > 0);
});
