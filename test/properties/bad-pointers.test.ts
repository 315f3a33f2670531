/**
 * Property 3 on every board: a program that hands out addresses outside of its memory gets errnos, the same on every host as in
 * virtual time, where system-calls.test.ts looks at every byte.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type BuildResult, build } from "../../cli/build/index.js";
import { runFirmware } from "../../cli/run/index.js";
import { VirtualMachine } from "../../runtime/node/virtual-machine.js";
import { World } from "../../runtime/node/world.js";
import { errnoNumber } from "../harness/errno.js";
import { LINES, writeProgram } from "./bad-pointers.js";
import { BOARDS, missing, ROOT } from "./firmware.js";

const TIMEOUT = 60;
/** Virtual time for the program, µs. */
const DURATION = 10_000_000;

/** The one address of the program's that has a byte behind it, and the calls that write no more than one. */
const LAST_BYTE = 1;
const ONE_BYTE = /^sock_get_(broadcast|reuse_addr|reuse_port|ip_ttl)\.value /;

/** Calls that are given a length of 0 with this address: nothing is written, and up to the first byte outside that is no fault. */
const NOTHING_WRITTEN = /^socklet_(local|peer)_address\.addr /;

let folder = "";
let expected: string[] = [];

function buildFor(board: string): Promise<BuildResult> {
  return build({ application: join(folder, "bad_pointers"), board, buildDirectory: join(folder, "build") });
}

/** The program's own lines. */
function own(console: string): string[] {
  return console.split(/\r?\n/).filter((line) => /^\w+\.\w+|^all called/.test(line));
}

before(async () => {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  folder = mkdtempSync(join(ROOT, "build", "bad-pointers-"));
  writeProgram(join(folder, "bad_pointers"));
  const { application, config, core, app } = await buildFor("native_sim");
  const machine = new VirtualMachine(new World(), undefined, {
    core: { module: new WebAssembly.Module(new Uint8Array(core.wasm)) },
    application: { name: application.name, wasm: app.wasm, memorySize: config.int("APP_MEMORY_SIZE") },
  });
  assert.deepEqual(machine.run(DURATION), { kind: "exit", code: 0 }, machine.console);
  expected = own(machine.console);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("every call with an address outside answers EFAULT, or refuses for a reason that comes first", (context) => {
  assert.equal(expected.length, LINES + 1, expected.join("\n"));
  const before = ["EBADF", "ENOTSUP", "EINVAL", "ENOTCONN", "ESPIPE", "ENOPROTOOPT", "EAFNOSUPPORT", "EPROTONOSUPPORT"];
  // EAGAIN: an address whose length is given as 0 is not written to, and nothing has come.
  before.push("EPROTOTYPE", "EDESTADDRREQ", "EAGAIN");
  // What the configuration leaves out.
  before.push("ENOSYS");
  const allowed = new Set(before.map(errnoNumber));
  let faults = 0;
  for (const line of expected.slice(0, -1)) {
    const errnos = line
      .replace(/^\S+(?: -> buffer)? /, "")
      .split(" ")
      .map(Number);
    for (const [index, errno] of errnos.entries()) {
      if (errno === errnoNumber("EFAULT")) faults++;
      else if (index <= LAST_BYTE && errno === 0 && NOTHING_WRITTEN.test(line)) continue;
      else if (index === LAST_BYTE && errno === 0) assert.match(line, ONE_BYTE);
      else assert.ok(allowed.has(errno), line);
    }
  }
  context.diagnostic(`${expected.length - 1} addresses of ${LINES} in the table, ${faults} times EFAULT`);
  assert.ok(faults > LINES * 2);
});

for (const board of BOARDS) {
  test(`the same answers as in virtual time (${board})`, { skip: missing(board) }, async () => {
    let console = "";
    const result = await runFirmware(await buildFor(board), {
      forwards: [],
      timeout: TIMEOUT,
      onConsole: (bytes) => {
        console += new TextDecoder().decode(bytes);
      },
    });
    assert.equal(result.code, 0, console);
    assert.deepEqual(own(console), expected);
  });
}
