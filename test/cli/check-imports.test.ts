/** The check of an application's imports and exports against the system-call table. */
import assert from "node:assert/strict";
import { test } from "node:test";
import wabtModule from "wabt";
import { checkApplicationModule } from "../../cli/build/check-imports.js";
import { UserError } from "../../cli/errors.js";

const wabt = await wabtModule();
const ENDING = '(memory (export "memory") 1) (func (export "_start"))';

function check(text: string): string[] {
  const module = wabt.parseWat("app.wat", `(module ${text})`);
  const { buffer } = module.toBinary({});
  module.destroy();
  return checkApplicationModule(buffer).map((call) => call.name);
}

function refused(text: string): string {
  try {
    check(text);
  } catch (error) {
    assert.ok(error instanceof UserError, `a UserError, not ${error}`);
    return error.message;
  }
  assert.fail("it was accepted");
}

test("a WASI command that imports system calls is accepted, and its calls are listed", () => {
  const imports = `
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
    (import "socklet_v1" "socket" (func (param i32 i32 i32 i32) (result i32)))`;
  assert.deepEqual(check(imports + ENDING), ["proc_exit", "clock_time_get", "socket"]);
  assert.deepEqual(check(ENDING), []);
});

test("an unknown import is named together with the nearest call", () => {
  assert.match(
    refused(`(import "wasi_snapshot_preview1" "sock_recieve_from" (func)) ${ENDING}`),
    /imports wasi_snapshot_preview1\.sock_recieve_from, which socklet does not have\. Did you mean wasi_snapshot_preview1\.sock_recv_from\?/,
  );
});

test("an unknown module is named together with those there are", () => {
  assert.match(
    refused(`(import "wasi_unstable" "fd_write" (func)) ${ENDING}`),
    /There is wasi_snapshot_preview1\.fd_write/,
  );
  assert.match(
    refused(`(import "nonsense" "nothing" (func)) ${ENDING}`),
    /The modules are wasi_snapshot_preview1 and socklet_v1/,
  );
});

test("imports of AssemblyScript's library come with what to use instead", () => {
  assert.match(refused(`(import "env" "seed" (func (result f64))) ${ENDING}`), /instead of Math\.random\(\)/);
  assert.match(refused(`(import "env" "console.log" (func (param i32))) ${ENDING}`), /socklet\/posix\/stdio/);
});

test("an import of the wrong type is named together with the right type", () => {
  assert.match(
    refused(`(import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32))) ${ENDING}`),
    /imports wasi_snapshot_preview1\.fd_close with the wrong type; it is \(i32\) → i32/,
  );
});

test("a module without _start or memory is not an application", () => {
  assert.match(refused('(memory (export "memory") 1)'), /does not export the function _start/);
  assert.match(refused('(func (export "_start"))'), /does not export its memory/);
});
