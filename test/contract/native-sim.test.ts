/**
 * The contract suite on native_sim: as `socklet run` runs it, and in virtual time, deterministic to the last byte.
 * Both in one file, since they share what is built.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildResult } from "../../cli/build/index.js";
import { splitWords } from "../../runtime/node/application.js";
import { VirtualMachine } from "../../runtime/node/virtual-machine.js";
import { World } from "../../runtime/node/world.js";
import { buildProgram, contractSuite, type Runner, runOnBoard } from "./programs.js";

/** Virtual time that a program may take, µs. */
const DURATION = 60_000_000;

function runVirtually({ application, config, core, app }: BuildResult): { console: string; code: number } {
  const machine = new VirtualMachine(new World(), undefined, {
    core: { module: new WebAssembly.Module(core.wasm) },
    application: {
      name: application.name,
      wasm: app.wasm,
      memorySize: config.int("APP_MEMORY_SIZE"),
      arguments: splitWords(config.string("APP_ARGS")),
      environment: splitWords(config.string("APP_ENVIRONMENT")),
    },
  });
  const result = machine.run(DURATION);
  return { console: machine.console, code: result.kind === "exit" ? result.code : -1 };
}

const run: Runner = async (result) => runVirtually(result);

contractSuite("native_sim", "native_sim", runOnBoard);
contractSuite("native_sim in virtual time", "native_sim", run);

test("two runs of a program in virtual time print the same", async () => {
  const result = await buildProgram("process", "native_sim");
  const first = runVirtually(result);
  assert.ok(first.console.length > 1000);
  assert.deepEqual(runVirtually(result), first);
});
